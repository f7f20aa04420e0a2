"""What the patterns share: a run's scratch space, and what of a pixel's footprint an edge covers."""

from __future__ import annotations

from typing import Any

import numpy as np

from worldfactory.compiled import shader
from worldfactory.render._planes import F0, F1, HALF, PLANE

U, V, FU, FV, N1, N2, _REST = (k * PLANE for k in range(7))
WORK = 7 * PLANE
"""Floats of scratch space: a run's u and v, how many cells a pixel spans along them, two noises, and what they take."""


@shader
def covered(t: float, width: float, footprint: float) -> Any:
    """Share of [t - footprint/2, t + footprint/2] that lies in [k, k + width) for any whole k; t in [0, 1)."""
    low, high = t - HALF * footprint, t + HALF * footprint
    below, above = np.floor(low), np.floor(high)
    return ((above - below) * width + min(high - above, width) - min(low - below, width)) / footprint


@shader
def band(t: float, low: float, high: float, footprint: float) -> Any:
    """Share of [t - footprint/2, t + footprint/2] that lies between `low` and `high`."""
    half = HALF * footprint
    return min(max(min(t + half, high) - max(t - half, low), F0) / footprint, F1)


@shader
def hashed(i: float, j: float, seed: int) -> Any:
    """Two whole numbers and a seed to 16 well-mixed bits."""
    h = np.uint32(np.uint32(np.int32(i)) * np.uint32(0x9E3779B1)) ^ np.uint32(
        np.uint32(np.int32(j)) * np.uint32(0x85EBCA77)
    )
    h = np.uint32(np.uint32(h ^ np.uint32(seed)) * np.uint32(0xC2B2AE3D))
    h = np.uint32(h ^ np.uint32(h >> np.uint32(15)))
    h = np.uint32(h * np.uint32(0x27D4EB2F))
    return np.int32(np.uint32(h >> np.uint32(16)))
