"""What every annotator takes and gives."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from worldfactory.annotate._answer import Answer


@runtime_checkable
class Annotator(Protocol):
    """Clips to words."""

    @property
    def name(self) -> str:
        """Which weights: what a caption is marked with."""
        ...

    def describe(self, clips: Sequence[NDArray[np.uint8]]) -> list[Answer]:
        """An answer for each of `clips`, each its sampled frames [T, H, W, 3], RGB, in order; asked in one batch.

        Raises ModelError if the model can not be run, ValueError for a clip without frames.
        """
        ...
