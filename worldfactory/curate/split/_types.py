"""Shot boundaries, and what finds them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from worldfactory.curate._observe import SeenFrame
from worldfactory.records.source import Transition


@dataclass(frozen=True, slots=True, order=True)
class Boundary:
    """The frames [start, stop) belong to neither shot; `start == stop` for a hard cut.

    The shot before ends with frame `start - 1`, the shot after begins with frame `stop`.
    """

    start: int
    stop: int
    kind: Transition
    score: float = 1.0
    """How sure the detector is, in its own measure."""


class Detector(Protocol):
    """Finds the boundaries of one video, its frames seen in order, in constant memory."""

    def see(self, frame: SeenFrame) -> list[Boundary]:
        """The boundaries that are certain after this frame; in order, none twice, none touching another."""
        ...

    def finish(self) -> list[Boundary]:
        """Those still open at the end of the video."""
        ...
