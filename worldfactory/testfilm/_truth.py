"""What a test film holds: every shot, transition and flash, frame by frame; written beside the film as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from worldfactory.errors import VideoError
from worldfactory.files import write_file
from worldfactory.records import Frozen

Camera = Literal["locked", "pan", "tilt", "zoom", "dolly", "orbit", "handheld", "unknown"]
"""What the camera does on purpose; `unknown` for footage that came from files."""
TransitionKind = Literal["cut", "dissolve", "fade", "wipe"]
Added = Literal["caption", "subtitle", "title", "lower third", "timestamp", "logo"]
"""Text and marks laid over the picture, which are no part of the scene."""
Defect = Literal[
    "static", "shake", "freeze", "repeats", "blur", "noise", "blocking", "dark", "bright", "letterbox", "pillarbox"
]
"""`repeats`: frames shown twice or more throughout; `freeze`: the picture stands for a while within the shot."""
Disguise = Literal["copy", "re-encoded", "cropped", "mirrored", "sped up", "recoloured", "captioned"]


class Shot(Frozen):
    """One shot, whole. Frames of the transitions at its ends belong to it only in part and lie outside."""

    start: int
    """First frame that shows this shot alone."""
    stop: int
    """One past the last."""
    footage: str
    """What it was cut from; shots of the same footage that are no duplicates show the same place at other times."""
    camera: Camera
    defects: tuple[Defect, ...] = ()
    added: tuple[Added, ...] = ()
    scene_text: bool | None = None
    """Whether signs with writing stand in the scene; None where nobody knows."""
    duplicate_of: int | None = None
    """Index of the shot that this is a copy of."""
    disguises: tuple[Disguise, ...] = ()


class Transition(Frozen):
    """From one shot to the next. A cut has start == stop == the first frame of the new shot."""

    kind: TransitionKind
    start: int
    """First frame that shows both shots, or neither."""
    stop: int
    """One past the last."""


class Flash(Frozen):
    """Frames of one shot that a lamp or lightning whitens, half-open; no transition."""

    start: int
    stop: int


class FilmTruth(Frozen):
    """All that is known of one film."""

    seed: int
    width: int
    height: int
    fps: tuple[int, int]
    frames: int
    shots: tuple[Shot, ...]
    transitions: tuple[Transition, ...]
    flashes: tuple[Flash, ...]

    def write(self, path: Path) -> None:
        """Write as JSON, atomically. Raises StoreError."""
        write_file(path, self.model_dump_json(indent=1).encode() + b"\n")

    @classmethod
    def read(cls, path: Path) -> FilmTruth:
        """Read what `write` wrote. Raises VideoError naming the file where it is missing or not a film's truth."""
        try:
            return cls.model_validate_json(path.read_bytes())
        except (OSError, ValidationError) as error:
            raise VideoError(f"{path}: not the truth of a test film: {error}") from error


def duplicate_pairs(shots: Sequence[Shot]) -> set[tuple[int, int]]:
    """Pairs (i, j), i < j, of shots that show the same footage at the same times, copies of copies included."""
    groups: dict[int, list[int]] = {}
    for index, shot in enumerate(shots):
        groups.setdefault(index if shot.duplicate_of is None else shot.duplicate_of, []).append(index)
    return {(a, b) for group in groups.values() for i, a in enumerate(group) for b in group[i + 1 :]}
