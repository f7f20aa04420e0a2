"""The clocks of motions: time as it is, or as a pace of knots makes it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from worldfactory.records import Motion

F64 = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Clock:
    """The clocks of R motions, of which P have a pace of up to K knots, padded by knots at infinity.

    paced: [P], which motions. seconds, value, rate: [P, K]. last: [P], the last knot. period: [P] seconds from the
    first knot to the last, infinite where the pace does not repeat. gain: [P], what t gains in a period.
    """

    count: int
    paced: NDArray[np.int64]
    seconds: F64
    value: F64
    rate: F64
    last: NDArray[np.int64]
    period: F64
    gain: F64

    @classmethod
    def of(cls, motions: Sequence[Motion]) -> Clock:
        """The clocks of these motions, in their order."""
        paced = np.array([k for k, motion in enumerate(motions) if motion.pace], np.int64)
        last = np.array([len(motions[k].pace) - 1 for k in paced], np.int64)
        knots = np.full((3, len(paced), int(last.max(initial=0)) + 1), np.inf)
        for row, k in enumerate(paced):
            knots[:, row, : last[row] + 1] = np.array(motions[k].pace, np.float64).T
        repeats = np.array([motions[k].repeats for k in paced], bool)
        ends = np.arange(len(paced)), last
        span = knots[0][ends] - knots[0][:, 0]
        return cls(
            len(motions), paced, knots[0], knots[1], knots[2], last, np.where(repeats, span, np.inf),
            np.where(repeats, knots[1][ends] - knots[1][:, 0], 0.0),
        )  # fmt: skip

    def at(self, times: F64) -> F64:
        """[T, R] (or [T, 1] if none has a pace): the clocks' t at `times` [T], seconds."""
        t = times[:, None]
        if not len(self.paced):
            return t
        out = np.repeat(t, self.count, 1)
        laps = np.floor((t - self.seconds[:, 0]) / self.period)
        # A period without end has no laps, and 0 times infinity is no number.
        laps = np.where(np.isinf(self.period), 0.0, laps)
        t = t - laps * np.where(np.isinf(self.period), 0.0, self.period)
        knot = np.clip((t[..., None] >= self.seconds).sum(-1) - 1, 0, self.last - 1)
        row = np.arange(len(self.paced))
        start, end = self.seconds[row, knot], self.seconds[row, knot + 1]
        span, p, q = end - start, self.value[row, knot], self.value[row, knot + 1]
        x = np.clip((t - start) / span, 0.0, 1.0)
        a, b = span * self.rate[row, knot], span * self.rate[row, knot + 1]
        inside = p + x * (a + x * (3.0 * (q - p) - 2.0 * a - b + x * (a + b - 2.0 * (q - p))))
        beyond = np.minimum(t - start, 0.0) * self.rate[row, knot] + np.maximum(t - end, 0.0) * self.rate[row, knot + 1]
        out[:, self.paced] = inside + beyond + laps * self.gain
        return out
