"""The test film: footage edited together with everything that curation must find, and the truth written beside it.

Cut from invented places filmed by a camera that really moves (`_world`) and from footage that it is given; the shots,
their defects, disguises and transitions are drawn from a seed (`_plan`).
"""

from worldfactory.testfilm._film import Film, fitted, write_film
from worldfactory.testfilm._plan import FilmSpec
from worldfactory.testfilm._truth import (
    Added,
    Camera,
    Defect,
    Disguise,
    FilmTruth,
    Flash,
    Shot,
    Transition,
    TransitionKind,
    duplicate_pairs,
)

__all__ = [
    "Added", "Camera", "Defect", "Disguise", "Film", "FilmSpec", "FilmTruth", "Flash", "Shot", "Transition",
    "TransitionKind", "duplicate_pairs", "fitted", "write_film",
]  # fmt: skip
