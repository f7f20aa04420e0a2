"""A test film, frame by frame, and its truth. One shot or two are in memory at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from worldfactory.lineage import generator
from worldfactory.testfilm._disguises import DISGUISES
from worldfactory.testfilm._faults import FAULTS
from worldfactory.testfilm._plan import FilmSpec, Junction, Recipe, plan
from worldfactory.testfilm._truth import Added, FilmTruth, Flash, Shot, Transition
from worldfactory.testfilm._words import Overlay
from worldfactory.testfilm._world import World, camera_path
from worldfactory.video import Encoder

Frames = NDArray[np.uint8]
"""[N, H, W, 3]."""


class Film:
    """The film of a spec, cut from invented places and from `given` footage: name to [N, H, W, 3] of the film's size.

    Of given footage nothing is known but that it holds no cut, no added text and no defect. Raises ValueError where
    its frames are of another size.
    """

    def __init__(self, spec: FilmSpec, given: Mapping[str, Frames] | None = None) -> None:
        self.spec = spec
        self._given = dict(given or {})
        for name, frames in self._given.items():
            if frames.shape[1:] != (spec.height, spec.width, 3):
                raise ValueError(f"footage {name} is {frames.shape[1:]}, not {(spec.height, spec.width, 3)}")
        self._recipes, self._junctions = plan(spec, [(name, len(f)) for name, f in sorted(self._given.items())])

    def truth(self) -> FilmTruth:
        """What every frame shows."""
        shots: list[Shot] = []
        transitions: list[Transition] = []
        flashes: list[Flash] = []
        at = 0
        for recipe, junction in zip(self._recipes, [*self._junctions, None], strict=True):
            shots.append(
                Shot(
                    start=at, stop=at + recipe.alone, footage=recipe.place, camera=recipe.camera,
                    defects=recipe.defects, added=self._added(recipe),
                    scene_text=None if recipe.given else recipe.signs,
                    duplicate_of=recipe.duplicate_of, disguises=recipe.disguises,
                )
            )  # fmt: skip
            if recipe.flash:
                flashes.append(Flash(start=at + recipe.flash[0], stop=at + recipe.flash[1]))
            at += recipe.alone
            if junction:
                transitions.append(Transition(kind=junction.kind, start=at, stop=at + junction.frames))
                at += junction.frames
        spec = self.spec
        return FilmTruth(
            seed=spec.seed, width=spec.width, height=spec.height, fps=spec.fps.as_integer_ratio(), frames=at,
            shots=tuple(shots), transitions=tuple(transitions), flashes=tuple(flashes),
        )  # fmt: skip

    def frames(self) -> Iterator[NDArray[np.uint8]]:
        """Each [H, W, 3] uint8, in order."""
        old = self._shot(self._recipes[0])
        yield from islice(old, self._recipes[0].alone)
        for junction, recipe in zip(self._junctions, self._recipes[1:], strict=True):
            new = self._shot(recipe)
            yield from _join(junction, old, new)
            yield from islice(new, recipe.alone)
            old = new

    @staticmethod
    def _added(recipe: Recipe) -> tuple[Added, ...]:
        return (*recipe.added, *(("caption",) if "captioned" in recipe.disguises else ()))

    def _shot(self, recipe: Recipe) -> Iterator[NDArray[np.uint8]]:
        """All frames of a shot, head and tail included."""
        rng = generator(recipe.key, "edit")
        fps = float(self.spec.fps)
        if recipe.duplicate_of is not None:
            yield from self._copied(recipe)
            return
        frames = self._filmed(recipe)
        overlays = [Overlay(rng, kind, self.spec.height, self.spec.width, recipe.frames, fps) for kind in recipe.added]
        for defect in recipe.defects:
            if defect in FAULTS:
                frames = FAULTS[defect](frames, recipe.frames, rng, fps)
        strength = float(rng.uniform(0.5, 1.0))
        for index, frame in enumerate(frames):
            if recipe.flash and recipe.head + recipe.flash[0] <= index < recipe.head + recipe.flash[1]:
                frame = (frame + (255 - frame) * np.float32(strength)).astype(np.uint8)
            if overlays:
                frame = frame.copy()
                for overlay in overlays:
                    overlay.draw(frame, index)
            yield frame

    def _filmed(self, recipe: Recipe) -> Iterator[NDArray[np.uint8]]:
        if recipe.given:
            footage = self._given[recipe.place]
            # Its tail may reach past what there is; then it stands at the last frame, under the transition only.
            for index in range(recipe.frames):
                yield footage[min(max(0, recipe.begin - recipe.head + index), len(footage) - 1)]
            return
        spec = self.spec
        world = World(recipe.place, spec.height, spec.width, signs=recipe.signs, things=recipe.things)
        # The path is as long whatever the neighbours: what the shot shows alone does not depend on them.
        length = recipe.alone + round(2 * spec.fps)
        path = camera_path(generator(recipe.key, "camera"), recipe.camera, length, float(spec.fps))
        path = path[: recipe.alone + recipe.tail]
        # Nor do the things in it: a copy of it has no head.
        yield from world.film([*[path[0]] * recipe.head, *path], -recipe.head)

    def _copied(self, recipe: Recipe) -> Iterator[NDArray[np.uint8]]:
        original = replace(self._recipes[recipe.duplicate_of or 0], head=0, tail=0)
        rng = generator(recipe.key, "disguise")
        pictures: Sequence[NDArray[np.uint8]] = list(self._shot(original))
        if recipe.alone != len(pictures):
            pictures = [pictures[i] for i in np.linspace(0, len(pictures) - 1, recipe.alone).round().astype(int)]
        for disguise in recipe.disguises:
            pictures = DISGUISES[disguise](pictures, rng)
        yield from [pictures[0]] * recipe.head
        yield from pictures
        yield from [pictures[-1]] * recipe.tail


def _join(
    junction: Junction, old: Iterator[NDArray[np.uint8]], new: Iterator[NDArray[np.uint8]]
) -> Iterator[NDArray[np.uint8]]:
    if junction.kind == "fade":
        level = np.float32(255 if junction.white else 0)
        shape: tuple[int, ...] = ()
        for index in range(junction.out):
            share = np.float32((index + 1) / (junction.out + 1))
            frame = next(old)
            shape = frame.shape
            yield (frame * (1 - share) + level * share).astype(np.uint8)
        for _ in range(junction.hold):
            yield np.full(shape, level, np.uint8)
        for index in range(junction.into):
            share = np.float32((index + 1) / (junction.into + 1))
            yield (next(new) * share + level * (1 - share)).astype(np.uint8)
        return
    for index in range(junction.out):
        share = (index + 1) / (junction.out + 1)
        before, after = next(old), next(new)
        if junction.kind == "dissolve":
            yield (before * np.float32(1 - share) + after * np.float32(share)).astype(np.uint8)
        else:
            yield _wiped(junction, before, after, share)


def _wiped(junction: Junction, before: NDArray[np.uint8], after: NDArray[np.uint8], share: float) -> NDArray[np.uint8]:
    height, width = before.shape[:2]
    across = np.linspace(0, 1, width, dtype=np.float32)[None]
    down = np.linspace(0, 1, height, dtype=np.float32)[:, None]
    reached = {
        "across": across + 0 * down,
        "down": down + 0 * across,
        "slant": (across + down) / 2,
        "iris": np.hypot(across - 0.5, down - 0.5) / np.float32(0.708),
    }[junction.wipe]
    soft = np.clip((np.float32(share * 1.02) - reached) / np.float32(0.01), 0, 1)[..., None]
    return (before * (1 - soft) + after * soft).astype(np.uint8)


def write_film(spec: FilmSpec, folder: Path, given: Mapping[str, Frames] | None = None) -> FilmTruth:
    """Write `film.mp4` and `truth.json` into `folder`. Raises StoreError, VideoError."""
    film = Film(spec, given)
    truth = film.truth()
    with Encoder(folder / "film.mp4", spec.width, spec.height, spec.fps, crf=17) as encoder:
        for frame in film.frames():
            encoder.add(frame)
    truth.write(folder / "truth.json")
    return truth


def fitted(frame: NDArray[np.uint8], height: int, width: int) -> NDArray[np.uint8]:
    """A frame [h, w, 3] of any size made to cover [height, width], its middle kept and its shape unchanged."""
    rows, columns = frame.shape[:2]
    scale = max(height / rows, width / columns)
    size = max(width, round(columns * scale)), max(height, round(rows * scale))
    grown = np.asarray(cv2.resize(frame, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR))
    top, left = (grown.shape[0] - height) // 2, (grown.shape[1] - width) // 2
    return np.ascontiguousarray(grown[top : top + height, left : left + width]).astype(np.uint8)
