"""What a stage says of its work on one cell."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

R = TypeVar("R")

Progress = Callable[[int, int, str], None]
"""Called with (done, total, what)."""


def silent(done: int, total: int, what: str) -> None:
    """No progress shown."""
    del done, total, what


@dataclass(frozen=True)
class StageReport(Generic[R]):
    """The records that stand after a stage; `made` of them anew, the rest were there already."""

    stage: str
    records: tuple[R, ...]
    made: int
    notes: dict[str, float] = field(default_factory=dict[str, float])
    """Figures for people: cpu-ms a frame, bytes a clip, ..."""
    dropped: dict[str, int] = field(default_factory=dict[str, int])
    """Reason -> how many."""
