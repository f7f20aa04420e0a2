"""Boundaries to spans: each shot once, the transitions left out, long ones split."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from worldfactory.curate.split._types import Boundary
from worldfactory.records.source import Transition

_LATE_S = 10.0
"""Detectors are certain of a boundary no later than this."""


@dataclass(frozen=True, slots=True)
class Span:
    """The frames [start, stop) of a video; times as in `records.Segment`."""

    start: int
    stop: int
    start_s: float
    stop_s: float
    file_s: float
    before: Transition
    after: Transition
    key: bool


@dataclass(frozen=True, slots=True)
class Moment:
    """When a frame is shown, on the rising clock and on the file's; whether it was coded on its own."""

    index: int
    time_s: float
    file_s: float
    key: bool


class SpanMaker:
    """Turns moments and boundaries into spans while a video is read.

    A shot of up to `max_s` and a little more than that again is split into equal parts; of a longer one parts of
    `max_s` are taken off while it lasts, so that memory does not grow with its length.
    """

    def __init__(self, max_s: float) -> None:
        self._max_s = max_s
        self._moments: deque[Moment] = deque()
        self._start: Moment | None = None
        self._before: Transition = "edge"

    def add(self, moment: Moment) -> Iterator[Span]:
        """The next frame; yields what it makes certain."""
        if not self._moments:
            self._start = moment
        self._moments.append(moment)
        while self._start is not None and moment.time_s - self._start.time_s > 2 * self._max_s + _LATE_S:
            due = self._start.time_s + self._max_s - 1e-9
            stop = next(m for m in self._moments if m.time_s >= due)
            yield self._span(self._start, stop, self._before, "length")
            self._go_on(stop, "length")

    def bound(self, boundaries: Iterable[Boundary]) -> Iterator[Span]:
        """The spans that these boundaries, certain now, close."""
        for boundary in boundaries:
            stop = self._at(boundary.start)
            if self._start is not None and stop is not None and stop.index > self._start.index:
                yield from self._parts(self._start, stop, boundary.kind)
            self._go_on(self._at(boundary.stop) or self._moments[-1], boundary.kind)

    def close(self, step_s: float, after: Transition = "edge") -> Iterator[Span]:
        """The last span, before the end of the video or a break; the last frame is shown for `step_s`."""
        if self._start is None or not self._moments:
            return
        last = self._moments[-1]
        end = Moment(last.index + 1, last.time_s + step_s, last.file_s + step_s, True)
        yield from self._parts(self._start, end, after)
        self._moments.clear()
        self._start, self._before = None, after

    def _go_on(self, start: Moment, before: Transition) -> None:
        self._start, self._before = start, before
        while self._moments[0].index < start.index:
            self._moments.popleft()

    def _at(self, index: int) -> Moment | None:
        if not self._moments:
            return None
        place = index - self._moments[0].index
        return self._moments[place] if 0 <= place < len(self._moments) else None

    def _parts(self, start: Moment, stop: Moment, after: Transition) -> Iterator[Span]:
        length = stop.time_s - start.time_s
        count = max(1, math.ceil(length / self._max_s - 1e-6))
        edges = [start]
        moments = self._moments
        for part in range(1, count):
            due = start.time_s + length * part / count
            place = next(i for i, m in enumerate(moments) if m.time_s >= due - 1e-9)
            if edges[-1].index < moments[place].index < stop.index:
                edges.append(moments[place])
        edges.append(stop)
        last = len(edges) - 2
        for number, (here, there) in enumerate(pairwise(edges)):
            before = self._before if number == 0 else "length"
            yield self._span(here, there, before, after if number == last else "length")

    @staticmethod
    def _span(start: Moment, stop: Moment, before: Transition, after: Transition) -> Span:
        key = start.key and stop.key
        return Span(start.index, stop.index, start.time_s, stop.time_s, start.file_s, before, after, key)
