"""What tells a transition from motion: how a frame differs from those before it, at many distances.

Nothing here knows what is in the picture. Differences of colour and of structure and distances of colour histograms
(the lags of TransNetV2's similarities, Soucek and Lokoc 2020, at fewer places) see that something changed; what is left
of them after optical flow has moved the picture (Kroeger et al. 2016, DIS) says whether motion explains it; and
whether a frame lies half-way between the one before and the one after it is what a dissolve is, and motion is not.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

LAGS = (1, 2, 3, 5, 8, 13, 21, 34)
MOVED = (2, 7)
"""Lags at which motion is compensated."""
HALVES = (3, 6, 10, 16)
"""Half-widths at which a frame is held against the mean of its neighbours."""
_KEPT = max(LAGS[-1], 2 * HALVES[-1]) + 1
_THUMB = (32, 18)
_GRAY = (48, 27)
_FLOW = (96, 54)
_BINS = 8
FEATURES = 3 * len(LAGS) + 3 * len(MOVED) + len(HALVES) + 3


class Features:
    """Turns small frames into rows of FEATURES numbers, in constant memory."""

    def __init__(self) -> None:
        self._count = 0
        self._colour = np.zeros((_KEPT, _THUMB[0] * _THUMB[1] * 3), np.float32)
        self._shape = np.zeros((_KEPT, _GRAY[0] * _GRAY[1]), np.float32)
        self._bins = np.zeros((_KEPT, _BINS**3), np.float32)
        self._luma = np.zeros((_KEPT, _FLOW[1], _FLOW[0]), np.uint8)
        self._flow: Any = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST)
        self._grid = np.stack(np.meshgrid(np.arange(_FLOW[0]), np.arange(_FLOW[1])), -1).astype(np.float32)

    def row(self, rgb: NDArray[np.uint8], luma: NDArray[np.uint8]) -> NDArray[np.float32]:
        """[FEATURES] of the next frame: rgb [h, w, 3], luma [h, w]. Frames before the first are the first."""
        place = self._count % _KEPT
        resize: Callable[..., Any] = cv2.resize
        if min(luma.shape[1] / _FLOW[0], luma.shape[0] / _FLOW[1]) > 1.5:  # halves are cheap, other areas are not
            half = luma.shape[1] // 2, luma.shape[0] // 2
            rgb, luma = (resize(one, half, interpolation=cv2.INTER_AREA) for one in (rgb, luma))
        thumb = resize(rgb, _THUMB, interpolation=cv2.INTER_AREA)
        gray = resize(luma, _GRAY, interpolation=cv2.INTER_AREA).astype(np.float32).ravel()
        small = resize(luma, _FLOW, interpolation=cv2.INTER_AREA)
        level = (thumb >> 5).astype(np.int64)
        counts = np.bincount(((level[..., 0] << 6) + (level[..., 1] << 3) + level[..., 2]).ravel(), minlength=_BINS**3)
        spread = float(gray.std())
        entries = (
            (self._colour, thumb.ravel().astype(np.float32)),
            (self._shape, (gray - gray.mean()) / max(spread, 2.0)),
            (self._bins, np.sqrt(counts / counts.sum(), dtype=np.float32)),
            (self._luma, small),
        )
        for kept, value in entries:
            kept[place] = value
            if not self._count:
                kept[:] = value
        now = self._count
        back = [(now - lag) % _KEPT for lag in LAGS]
        change = np.abs(self._colour[back] - self._colour[place]).mean(1) / 32.0
        unlike = 1.0 - (self._shape[back] @ self._shape[place]) / self._shape.shape[1]
        apart = np.sqrt(np.maximum(0.0, 1.0 - self._bins[back] @ self._bins[place]))
        row = [*change, *unlike, *apart]
        for lag in MOVED:
            row.extend(self._moved(self._luma[(now - lag) % _KEPT], small))
        row.extend(self._half_way(now, half) for half in HALVES)
        edges = float(np.abs(np.diff(gray.reshape(_GRAY[1], _GRAY[0]), axis=1)).mean())
        row.extend((float(gray.mean()) / 128.0, spread / 64.0, edges / 16.0))
        self._count += 1
        return np.asarray(row, np.float32)

    def _moved(self, before: NDArray[np.uint8], now: NDArray[np.uint8]) -> tuple[float, float, float]:
        """(difference that is left once motion is undone, its share of the whole difference, mean motion)."""
        whole = float(np.abs(before.astype(np.float32) - now).mean())
        if whole < 0.05:
            return 0.0, 0.0, 0.0
        flow: Any = self._flow.calc(now, before, None)
        remap: Callable[..., Any] = cv2.remap
        warped = remap(before, self._grid + flow, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        left = float(np.abs(warped.astype(np.float32) - now).mean())
        return left / 16.0, left / (whole + 1.0), float(np.abs(flow).mean()) / 8.0

    def _half_way(self, now: int, half: int) -> float:
        """How far the frame `half` ago lies from the mean of this one and the one `2 * half` ago, over their distance.

        0 in the middle of a dissolve, 0.5 and more where one of the two is shown.
        """
        early = self._colour[(now - 2 * half) % _KEPT]
        late = self._colour[now % _KEPT]
        middle = self._colour[(now - half) % _KEPT]
        apart = float(np.abs(late - early).mean())
        return float(np.abs(middle - 0.5 * (early + late)).mean()) / (apart + 1.0) if apart > 1.0 else 0.5
