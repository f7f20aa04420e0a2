"""What every embedder takes and gives."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray


@runtime_checkable
class Embedder(Protocol):
    """Clips, and words where it has a text tower, to vectors of unit length in one space."""

    @property
    def name(self) -> str:
        """Which weights: vectors of two names are never compared."""
        ...

    @property
    def dims(self) -> int:
        """Length of a vector."""
        ...

    @property
    def reads(self) -> bool:
        """Whether it has a text tower."""
        ...

    def video(self, frames: NDArray[np.uint8]) -> NDArray[np.float32]:
        """[dims] of a clip's frames [T, H, W, 3], RGB, in order, all or some of them. Raises ValueError for none."""
        ...

    def text(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """[n, dims]. Raises ModelError if this embedder reads no text."""
        ...


def evenly(frames: NDArray[np.uint8], count: int) -> NDArray[np.uint8]:
    """[count, H, W, 3]: `count` of `frames` [T, H, W, 3], evenly spread from the first to the last.

    Raises ValueError unless they are RGB pictures, one or more.
    """
    if frames.ndim != 4 or not len(frames) or frames.shape[3] != 3 or frames.dtype != np.uint8:
        raise ValueError(f"frames are uint8 [T, H, W, 3] with T of 1 or more, not {frames.dtype} {list(frames.shape)}")
    return frames[np.linspace(0, len(frames) - 1, count).round().astype(int)]
