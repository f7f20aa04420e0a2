"""Which shots a film has, what befalls each, and how one goes over into the next; all drawn from the seed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal, cast, get_args

import numpy as np

from worldfactory.lineage import generator
from worldfactory.testfilm._faults import FAULTS
from worldfactory.testfilm._truth import Added, Camera, Defect, Disguise, TransitionKind

CAMERAS: tuple[Camera, ...] = ("pan", "tilt", "zoom", "dolly", "orbit", "handheld", "locked")
ADDED: tuple[Added, ...] = get_args(Added)
DEFECTS: tuple[Defect, ...] = ("static", "static", "shake", "shake", *FAULTS)
"""What is drawn from: static and shaky shots come more often than the rest."""
DISGUISED: tuple[Disguise, ...] = get_args(Disguise)
Wipe = Literal["across", "down", "slant", "iris"]


@dataclass(frozen=True, slots=True)
class FilmSpec:
    """How long and how large a test film is. Same spec and footage, same bytes."""

    seed: int
    shots: int = 24
    width: int = 640
    height: int = 352
    fps: Fraction = Fraction(24)
    shortest_s: float = 2.2
    longest_s: float = 4.5
    """Of what each shot shows alone."""

    def __post_init__(self) -> None:
        if self.shots < 1 or not 0 < self.shortest_s <= self.longest_s or self.fps <= 0:
            raise ValueError(f"a film needs a shot, a rate and 0 < shortest_s <= longest_s, not {self}")


@dataclass(frozen=True, slots=True)
class Recipe:
    """One shot, before it is made. `key` names all its random numbers."""

    key: str
    place: str
    """Key of the invented place, or name of the given footage."""
    given: bool
    begin: int
    """First frame of given footage."""
    alone: int
    """Frames that show this shot alone."""
    camera: Camera
    things: bool = False
    signs: bool = False
    defects: tuple[Defect, ...] = ()
    added: tuple[Added, ...] = ()
    flash: tuple[int, int] | None = None
    """Frames from the first that it shows alone, half-open."""
    duplicate_of: int | None = None
    disguises: tuple[Disguise, ...] = ()
    head: int = 0
    tail: int = 0
    """Frames before and after, which transitions use up."""

    @property
    def frames(self) -> int:
        """All frames to make."""
        return self.head + self.alone + self.tail


@dataclass(frozen=True, slots=True)
class Junction:
    """How one shot goes over into the next."""

    kind: TransitionKind
    out: int
    """Last frames of the old shot that it takes, and of a fade those that go dark."""
    hold: int = 0
    """Of a fade: frames of colour alone."""
    into: int = 0
    """First frames of the new shot that it takes."""
    white: bool = False
    wipe: Wipe = "across"

    @property
    def frames(self) -> int:
        """Frames of the film that it lasts."""
        return self.out + self.hold + self.into if self.kind == "fade" else self.out


def plan(spec: FilmSpec, given: Sequence[tuple[str, int]]) -> tuple[list[Recipe], list[Junction]]:
    """The shots, and one junction fewer. `given`: name and number of frames of footage that may be used."""
    rng = generator(f"testfilm {spec.seed}", "plan")
    recipes: list[Recipe] = []
    for index in range(spec.shots):
        recipes.append(_shot(spec, rng, index, recipes, given))
    junctions = [_junction(rng, float(spec.fps)) for _ in range(spec.shots - 1)]
    for index, junction in enumerate(junctions):
        recipes[index] = replace(recipes[index], tail=junction.out)
        recipes[index + 1] = replace(recipes[index + 1], head=junction.into)
    return recipes, junctions


def _shot(
    spec: FilmSpec, rng: np.random.Generator, index: int, before: Sequence[Recipe], given: Sequence[tuple[str, int]]
) -> Recipe:
    fps = float(spec.fps)
    alone = round(fps * float(rng.uniform(spec.shortest_s, spec.longest_s)))
    key = f"testfilm {spec.seed} shot {index}"
    clean = [i for i, r in enumerate(before) if not (r.defects or r.added or r.flash) and r.duplicate_of is None]
    role = rng.random()
    if role < 0.2 and clean:
        return _duplicate(rng, key, before, int(rng.choice(clean)))
    usable = [(name, begins) for name, frames in given if (begins := _begins(name, frames, alone, fps, before))]
    defect = cast(Defect, str(rng.choice(DEFECTS))) if role > 0.68 else None
    if usable and defect != "static" and rng.random() < 0.4:
        name, begins = usable[int(rng.integers(len(usable)))]
        made = Recipe(key, name, True, int(rng.choice(begins)), alone, "unknown")
    else:
        # Some shots come back to a place that was seen: alike, and yet no duplicates.
        again = [r.place for r in before if not r.given]
        place = str(rng.choice(again)) if again and rng.random() < 0.15 else f"{key} place"
        camera = cast(Camera, str(rng.choice(CAMERAS)))
        if defect == "static":
            camera = "locked"
        elif defect in ("freeze", "repeats") and camera == "locked":
            camera = "pan"
        things = camera == "locked" or rng.random() < 0.4
        made = Recipe(key, place, False, 0, alone, camera, things and defect != "static", rng.random() < 0.5)
    if defect is not None:
        return replace(made, defects=(defect,))
    if role > 0.5:
        return replace(made, added=(cast(Added, str(rng.choice(ADDED))),))
    if rng.random() < 0.3 and alone > fps:
        first = int(rng.integers(round(0.4 * fps), alone - round(0.4 * fps)))
        return replace(made, flash=(first, first + int(rng.integers(1, 5))))
    return made


def _begins(name: str, frames: int, alone: int, fps: float, before: Sequence[Recipe]) -> list[int]:
    """Where a shot of given footage may begin: no two show the same stretch, which would make them copies in part."""
    taken = [(one.begin, one.begin + one.alone) for one in before if one.given and one.place == name]
    apart = round(2 * fps)  # what runs on into a dissolve
    ends = frames - alone - round(4 * fps)
    return [
        begin for begin in range(ends + 1)
        if all(begin + alone + apart <= start or stop + apart <= begin for start, stop in taken)
    ]  # fmt: skip


def _duplicate(rng: np.random.Generator, key: str, before: Sequence[Recipe], original: int) -> Recipe:
    base = before[original]
    disguises = [cast(Disguise, str(rng.choice(DISGUISED)))]
    if rng.random() < 0.25 and disguises[0] != "copy":
        disguises.append(cast(Disguise, str(rng.choice([d for d in DISGUISED[1:] if d != disguises[0]]))))
    alone = round(base.alone / float(rng.uniform(1.15, 1.6))) if "sped up" in disguises else base.alone
    return replace(base, key=key, alone=alone, duplicate_of=original, disguises=tuple(disguises), head=0, tail=0)


def _junction(rng: np.random.Generator, fps: float) -> Junction:
    kind = cast(TransitionKind, str(rng.choice(["cut", "dissolve", "fade", "wipe"], p=[0.55, 0.2, 0.13, 0.12])))
    if kind == "cut":
        return Junction(kind, 0)
    if kind == "fade":
        out, into = (round(fps * float(rng.uniform(0.3, 0.9))) for _ in range(2))
        return Junction(kind, out, int(rng.integers(0, 9)), into, white=rng.random() < 0.15)
    length = round(fps * float(rng.uniform(0.4, 1.6 if kind == "dissolve" else 1.2)))
    wipe = cast(Wipe, str(rng.choice(get_args(Wipe))))
    return Junction(kind, length, 0, length, wipe=wipe)
