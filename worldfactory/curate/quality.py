"""Technical quality of a clip: sharpness, noise, blocking, exposure, black bars, repeated and frozen frames.

Frames are compared with the one before at small size, all of them; the rest is measured on a few a second, at native
size up to 1280 wide.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from worldfactory.curate._observe import SeenFrame
from worldfactory.records import Frozen

FULL_WIDTH = 1280
"""Wider pictures are measured at this width, and lengths are in its pixels."""
_BAND = 88
"""Rows, a multiple of 8, that are looked at together."""


class QualityConfig(Frozen):
    """How quality is measured."""

    every_s: float = 0.3
    """Time between frames that are looked at closely."""
    fine_px: float = 1.0
    coarse_px: float = 2.5
    """Deviations of the two Gaussians between which edges are compared."""
    repeat_share: float = 0.12
    """A frame that differs from the last by less than this part of what frames here mostly do, is shown again."""
    frozen_s: float = 0.35
    """Repeats for so long are a freeze."""
    refined_share: float = 0.35
    """Of what frames here mostly differ by: a coder that goes on refining a picture that stands changes it by less, now
    and then."""
    bar_level: int = 26
    """Rows and columns that never get lighter are black bars, of 255."""


class QualityObserver:
    """Measures technical quality. Scores: see `scores`."""

    def __init__(self, config: QualityConfig | None = None) -> None:
        self._config = config or QualityConfig()
        self._last: NDArray[np.uint8] | None = None
        self._next_s = 0.0
        self._looks = 0
        self._times = array("d")
        self._differences = array("d")
        self._blur: list[float] = []
        self._noise: list[float] = []
        self._light: list[tuple[float, float, float]] = []
        self._colour: list[float] = []
        self._steps: dict[int, NDArray[np.float64]] = {}
        self._rows: NDArray[np.float32] | None = None
        self._columns: NDArray[np.float32] | None = None

    def see(self, frame: SeenFrame) -> None:
        """Look at the next frame."""
        if self._last is not None:
            self._differences.append(float(cv2.mean(cv2.absdiff(frame.luma, self._last))[0]))
        self._times.append(frame.time_s)
        self._last = frame.luma.copy()
        if frame.time_s < self._next_s:
            return
        self._next_s = frame.time_s + self._config.every_s
        self._look_at_light(frame)
        full: Any = frame.full_luma
        blocks = full.shape[1] <= FULL_WIDTH
        if not blocks:
            size = FULL_WIDTH, max(1, round(full.shape[0] * FULL_WIDTH / full.shape[1]))
            full = cv2.resize(full, size, interpolation=cv2.INTER_AREA)
        bands = self._bands(full)
        if blocks:
            self._look_for_blocks(bands)
        if min(bands[0].shape) >= 32:
            self._look_at_edges(bands)
            self._look_for_noise(bands)
        self._looks += 1

    def _bands(self, full: NDArray[np.uint8]) -> list[NDArray[np.uint8]]:
        """Half of the picture, [h, W] each: every other band; the others come at the next look."""
        if len(full) < 4 * _BAND:
            return [full]
        tops = range(_BAND * (self._looks % 2), len(full), 2 * _BAND)
        return [full[top : top + _BAND] for top in tops if top + _BAND <= len(full)]

    def _look_at_light(self, frame: SeenFrame) -> None:
        luma = frame.luma
        counts = np.bincount(luma.ravel(), minlength=256)
        low, high = np.searchsorted(np.cumsum(counts), (0.05 * luma.size, 0.95 * luma.size))
        self._light.append((float(low), float(high), float(counts[250:].sum() / luma.size)))
        rows, columns = _nearly_lightest(luma), _nearly_lightest(luma.T)
        self._rows = rows if self._rows is None else np.maximum(self._rows, rows)
        self._columns = columns if self._columns is None else np.maximum(self._columns, columns)
        rgb = frame.rgb.reshape(-1, 3)[::7].astype(np.float32)
        red_green, yellow_blue = rgb[:, 0] - rgb[:, 1], (rgb[:, 0] + rgb[:, 1]) / 2 - rgb[:, 2]
        spread = np.hypot(red_green.std(), yellow_blue.std())
        self._colour.append(float(spread + 0.3 * np.hypot(red_green.mean(), yellow_blue.mean())))

    def _look_at_edges(self, bands: Sequence[NDArray[np.uint8]]) -> None:
        """Deviation of the Gaussian that blurs the sharper edges, from their steepness at two scales.

        An edge of deviation s has after smoothing by f a slope in proportion to 1 / sqrt(s^2 + f^2) (Elder and Zucker
        1998, "Local Scale Control for Edge Detection and Blur Estimation"); so the ratio of two slopes gives s.
        """
        fine, coarse = self._config.fine_px, self._config.coarse_px
        strong = np.concatenate([_slope(band, coarse).ravel() for band in bands])
        steep = np.concatenate([_slope(band, fine).ravel() for band in bands])
        # A tenth of the picture, and nothing fainter than what noise leaves after the coarse smoothing.
        counts = np.bincount(strong[::3], minlength=256)
        limit = max(int(np.searchsorted(np.cumsum(counts), 0.92 * counts.sum())), 3)
        edges = np.flatnonzero(strong >= limit)
        if len(edges) < 60:
            return
        ratio = float(np.percentile(steep[edges] / strong[edges].astype(np.float32), 75))
        squared = max(ratio * ratio, 1.0 + 1e-3)
        blur = max(0.0, (coarse * coarse - squared * fine * fine) / (squared - 1)) ** 0.5
        self._blur.append(min(blur, 20.0) * FULL_WIDTH / bands[0].shape[1])

    def _look_for_noise(self, bands: Sequence[NDArray[np.uint8]]) -> None:
        """Deviation of the noise: Immerkaer 1996, "Fast Noise Variance Estimation", in the calmest blocks."""
        mask = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
        seen: list[NDArray[np.float32]] = []
        for band in bands:
            answer: Any = cv2.convertScaleAbs(cv2.filter2D(band, cv2.CV_16S, mask))
            strength, light = _by_block(answer), _by_block(band)
            seen.append(strength[(light > 24) & (light < 228)])
        calm = np.concatenate(seen)
        if calm.size >= 8:
            self._noise.append(float(np.percentile(calm, 15)) * (np.pi / 2) ** 0.5 / 6)

    def _look_for_blocks(self, bands: Sequence[NDArray[np.uint8]]) -> None:
        """Adds up how far neighbours differ, by their place on a grid of 8, each way."""
        if min(bands[0].shape) < 16:
            return
        for band in bands:
            across, down = cv2.absdiff(band[:, 1:], band[:, :-1]), cv2.absdiff(band[1:], band[:-1])
            for axis, steps in ((1, across), (0, down)):
                # Bounded, so that real edges do not drown the faint steps between blocks.
                bounded: Any = cv2.threshold(steps, 12, 0, cv2.THRESH_TRUNC)[1]
                total: Any = cv2.reduce(bounded, 1 - axis, cv2.REDUCE_SUM, dtype=cv2.CV_32S)
                profile = total.ravel() / bounded.shape[1 - axis]
                count = len(profile) // 8 * 8
                phases = profile[:count].reshape(-1, 8).mean(0)
                self._steps[axis] = self._steps.get(axis, np.zeros(8)) + phases

    def scores(self) -> dict[str, float]:
        """What was measured.

        `blur_px`: deviation of the blur on the sharper edges, in pixels of a picture 1280 wide. `noise_level`:
        deviation, of 255. `blocking_ratio`: steps on the worse phase of a grid of 8 against the others, 1 for none.
        `dark_luma`, `light_luma`: the fifth and ninety-fifth percentile, of 255. `blown_share`: pixels at white.
        `colour_level`: colourfulness, Hasler and Suesstrunk 2003. `bars_share`: of the picture in black bars on
        opposite sides. `repeat_share`: frames shown again, freezes apart. `frozen_s`: the longest time that the
        picture stood in a clip that moves otherwise.
        """
        scores: dict[str, float] = {}
        if self._blur:
            scores["blur_px"] = float(np.median(self._blur))
        if self._noise:
            scores["noise_level"] = float(np.median(self._noise))
        if self._steps:
            scores["blocking_ratio"] = min(self._grid(phases) for phases in self._steps.values())
        if self._light:
            low, high, blown = np.mean(self._light, axis=0)
            scores["dark_luma"], scores["light_luma"], scores["blown_share"] = float(low), float(high), float(blown)
            scores["colour_level"] = float(np.mean(self._colour))
        if self._rows is not None and self._columns is not None:
            scores["bars_share"] = max(self._bars(self._rows), self._bars(self._columns))
        if len(self._differences) >= 4:
            scores["repeat_share"], scores["frozen_s"] = self._repeats()
        return scores

    @staticmethod
    def _grid(phases: NDArray[np.float64]) -> float:
        worst = int(phases.argmax())
        # Coders leave traces on half the grid too; the other odd places are clean.
        others = np.delete(phases, [worst, (worst + 4) % 8])
        return float((phases[worst] + 0.05) / (np.median(others) + 0.05))

    def _bars(self, lines: NDArray[np.float32]) -> float:
        light = lines > self._config.bar_level
        if not light.any() or float(np.median(lines[light])) < 2 * self._config.bar_level:
            return 0.0
        inside = np.flatnonzero(light)
        return 2 * min(int(inside[0]), len(lines) - 1 - int(inside[-1])) / len(lines)

    def _repeats(self) -> tuple[float, float]:
        differences = np.frombuffer(self._differences, np.float64)
        times = np.frombuffer(self._times, np.float64)
        usual = float(np.percentile(differences, 90))
        if usual < 0.4:
            return 0.0, 0.0
        still = self._config.repeat_share * usual
        again = differences < still
        longest = 0.0
        for begin, end in _runs(differences < self._config.refined_share * usual):
            # What slows down passes through this range too, but most of it is no standstill.
            stood = float(times[end] - times[begin])
            if stood >= self._config.frozen_s and 2 * np.median(differences[begin:end]) < still:
                longest = max(longest, stood)
                again[begin:end] = False
        short = 0
        for begin, end in _runs(again):
            stood = float(times[end] - times[begin])
            if stood >= self._config.frozen_s:
                longest = max(longest, stood)
            else:
                short += end - begin
        return short / len(differences), longest


def _runs(mask: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Where the mask holds without a break, half-open."""
    turns = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8)))
    return [(int(begin), int(end)) for begin, end in zip(turns[::2], turns[1::2], strict=True)]


def _slope(full: NDArray[np.uint8], deviation: float) -> NDArray[np.uint8]:
    """[h - 2, w - 2]: the larger of the slopes across and down after smoothing, in half levels a pixel.

    At a diagonal edge it is less than the gradient, at all scales alike. In bytes it takes a tenth of the time.
    """
    soft: Any = cv2.GaussianBlur(full, (0, 0), deviation)
    across: Any = cv2.absdiff(soft[1:-1, 2:], soft[1:-1, :-2])
    down: Any = cv2.absdiff(soft[2:, 1:-1], soft[:-2, 1:-1])
    return cv2.max(across, down)  # pyright: ignore[reportReturnType]


def _by_block(values: NDArray[np.uint8], side: int = 16) -> NDArray[np.float32]:
    """Means of squares of this side; what is left over at the right and below is left out."""
    rows, columns = values.shape[0] // side, values.shape[1] // side
    area: Any = values[: rows * side, : columns * side].astype(np.float32)
    return cv2.resize(area, (columns, rows), interpolation=cv2.INTER_AREA)  # pyright: ignore[reportReturnType]


def _nearly_lightest(luma: NDArray[np.uint8]) -> NDArray[np.float32]:
    """[h]: of each row the value that two hundredths of its pixels exceed."""
    place = round(0.98 * (luma.shape[1] - 1))
    return np.partition(luma, place, axis=1)[:, place].astype(np.float32)
