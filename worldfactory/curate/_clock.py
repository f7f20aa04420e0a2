"""The rate of a video from the times of its frames, in constant memory."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction

_USUAL = tuple(
    Fraction(rate)
    for rate in (
        5, 6, 8, 10, 12, "12.5", "12000/1001", 15, "15000/1001", 16, 18, 20, 24, "24000/1001", 25, 30, "30000/1001",
        48, "48000/1001", 50, 60, "60000/1001", 72, 90, 100, 120, "120000/1001", 144, 200, 240,
    )
)  # fmt: skip
_ROUNDING_S = 0.002
"""Containers that count milliseconds move frames by up to one either way."""


class RateMeter:
    """Told when each frame is shown; says how many there are a second, and whether they come evenly."""

    def __init__(self) -> None:
        self._gaps: Counter[int] = Counter()
        self._last: float | None = None
        self._first = 0.0
        self._frames = 0

    def see(self, time_s: float) -> None:
        """The next frame's time, rising."""
        if self._last is None:
            self._first = time_s
        elif len(self._gaps) < 10_000:  # in units of 0.1 ms; more kinds than that is variable in any case
            self._gaps[round((time_s - self._last) * 1e4)] += 1
        self._last = time_s
        self._frames += 1

    def rate(self, claimed: Fraction | None) -> Fraction:
        """Frames a second: the header's claim where the times bear it out, else the usual rate next to the mean.

        Of a video whose rate varies, the mean. Raises ValueError for fewer than two frames.
        """
        if self._last is None or self._frames < 2:
            raise ValueError("a rate takes two frames")
        mean = (self._frames - 1) / (self._last - self._first)
        # Rounded timestamps of a short video bear out more than one rate; of a long one hardly any but the right one.
        slack = _ROUNDING_S / (self._last - self._first) + 2e-4
        for rate in (*([claimed] if claimed else []), *sorted(_USUAL, key=lambda rate: abs(float(rate) - mean))):
            if abs(float(rate) - mean) <= mean * slack:
                return rate
        return Fraction(mean).limit_denominator(1001)

    def uneven(self, rate: Fraction) -> float:
        """Share of the gaps between frames that are not 1/rate."""
        step = float(1 / rate)
        odd = sum(n for gap, n in self._gaps.items() if abs(gap * 1e-4 - step) > max(_ROUNDING_S, 0.1 * step))
        return odd / max(1, sum(self._gaps.values()))
