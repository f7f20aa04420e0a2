"""No shots at all: what is left to do is splitting by length."""

from __future__ import annotations

from worldfactory.curate._observe import SeenFrame
from worldfactory.curate.split._types import Boundary


class StrideDetector:
    """A cut every `stride_s` seconds."""

    def __init__(self, stride_s: float) -> None:
        if stride_s <= 0:
            raise ValueError(f"stride_s must be above 0, not {stride_s}")
        self._stride_s = stride_s
        self._cuts = 0

    def see(self, frame: SeenFrame) -> list[Boundary]:
        due = int((frame.time_s + 1e-6) / self._stride_s)
        if due <= self._cuts:
            return []
        self._cuts = due
        return [Boundary(frame.index, frame.index, "length")]

    def finish(self) -> list[Boundary]:
        return []
