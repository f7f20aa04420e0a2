"""Technical quality of a clip: sharpness, noise, blocking, exposure, black bars, repeated and frozen frames.

Frames are compared with the one before at small size, all of them; the rest is measured on a few a second, at native
size up to 1280 wide.
"""

from __future__ import annotations

from array import array
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from worldfactory.curate._observe import SeenFrame
from worldfactory.records import Frozen

FULL_WIDTH = 1280
"""Wider pictures are measured at this width, and lengths are in its pixels."""


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
        if full.shape[1] > FULL_WIDTH:
            size = FULL_WIDTH, max(1, round(full.shape[0] * FULL_WIDTH / full.shape[1]))
            full = cv2.resize(full, size, interpolation=cv2.INTER_AREA)
        else:
            self._look_for_blocks(full)
        if min(full.shape) >= 32:
            self._look_at_edges(full)
            self._look_for_noise(full)

    def _look_at_light(self, frame: SeenFrame) -> None:
        luma = frame.luma
        low, high = np.percentile(luma, (5, 95))
        self._light.append((float(low), float(high), float(np.mean(luma >= 250))))
        rows, columns = (np.percentile(luma, 98, axis=axis).astype(np.float32) for axis in (1, 0))
        self._rows = rows if self._rows is None else np.maximum(self._rows, rows)
        self._columns = columns if self._columns is None else np.maximum(self._columns, columns)
        rgb = frame.rgb.reshape(-1, 3)[::7].astype(np.float32)
        red_green, yellow_blue = rgb[:, 0] - rgb[:, 1], (rgb[:, 0] + rgb[:, 1]) / 2 - rgb[:, 2]
        spread = np.hypot(red_green.std(), yellow_blue.std())
        self._colour.append(float(spread + 0.3 * np.hypot(red_green.mean(), yellow_blue.mean())))

    def _look_at_edges(self, full: NDArray[np.uint8]) -> None:
        """Deviation of the Gaussian that blurs the sharper edges, from their steepness at two scales.

        An edge of deviation s has after smoothing by f a slope in proportion to 1 / sqrt(s^2 + f^2) (Elder and Zucker
        1998, "Local Scale Control for Edge Detection and Blur Estimation"); so the ratio of two slopes gives s.
        """
        fine, coarse = self._config.fine_px, self._config.coarse_px
        strong, steep = _slope(full, coarse), _slope(full, fine)
        # A tenth of the picture, and nothing fainter than what noise leaves after the coarse smoothing.
        limit = max(float(np.percentile(strong[::3, ::3], 92)), 1.2)
        edges = strong >= limit
        if edges.sum() < 60:
            return
        ratio = float(np.percentile(steep[edges] / strong[edges], 75))
        squared = max(ratio * ratio, 1.0 + 1e-3)
        blur = max(0.0, (coarse * coarse - squared * fine * fine) / (squared - 1)) ** 0.5
        self._blur.append(min(blur, 20.0) * FULL_WIDTH / full.shape[1])

    def _look_for_noise(self, full: NDArray[np.uint8]) -> None:
        """Deviation of the noise: Immerkaer 1996, "Fast Noise Variance Estimation", in the calmest blocks."""
        mask = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
        answer: Any = cv2.filter2D(full, cv2.CV_32F, mask)
        block = 16
        rows, columns = full.shape[0] // block, full.shape[1] // block
        size = columns, rows
        area = slice(0, rows * block), slice(0, columns * block)
        strength: Any = cv2.resize(np.abs(answer[area]), size, interpolation=cv2.INTER_AREA)
        light: Any = cv2.resize(full[area], size, interpolation=cv2.INTER_AREA)
        seen = strength[(light > 24) & (light < 228)]
        if seen.size >= 8:
            self._noise.append(float(np.percentile(seen, 15)) * (np.pi / 2) ** 0.5 / 6)

    def _look_for_blocks(self, full: NDArray[np.uint8]) -> None:
        """Adds up how far neighbours differ, by their place on a grid of 8, each way."""
        if min(full.shape) < 16:
            return
        for axis in (0, 1):
            lines = full if axis else np.ascontiguousarray(full.T)
            # Bounded, so that real edges do not drown the faint steps between blocks.
            steps = np.minimum(np.asarray(cv2.absdiff(lines[:, 1:], lines[:, :-1])), 12)
            profile = steps.mean(0)
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


def _slope(full: NDArray[np.uint8], deviation: float) -> NDArray[np.float32]:
    """Length of the gradient after smoothing, in levels a pixel."""
    soft: Any = cv2.GaussianBlur(full, (0, 0), deviation).astype(np.float32)
    across: Any = cv2.Sobel(soft, cv2.CV_32F, 1, 0, ksize=1, scale=0.5)
    down: Any = cv2.Sobel(soft, cv2.CV_32F, 0, 1, ksize=1, scale=0.5)
    return cv2.magnitude(across, down)  # pyright: ignore[reportReturnType]
