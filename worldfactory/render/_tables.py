"""Tables that the kernels read: noise and the film curve."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from worldfactory.lineage import generator
from worldfactory.render._patterns import GRAIN, NOISE

TONES = 4096
TONE_KNEE = 0.2
"""The tone table is indexed by c / (c + TONE_KNEE)."""


@lru_cache(maxsize=1)
def noise_table() -> NDArray[np.int32]:
    """[NOISE * NOISE] int32: smooth periodic noise over many scales, as noise_at reads it."""
    return _fractal("noise", NOISE, 4, 0.56)


@lru_cache(maxsize=1)
def grain_table() -> NDArray[np.int32]:
    """[GRAIN * GRAIN] int32: noise that is strongest in its small scales."""
    return _fractal("grain", GRAIN, 16, 0.95)


def _fractal(stream: str, side: int, cells: int, fall: float) -> NDArray[np.int32]:
    """Value noise summed over octaves, each `fall` times as strong as the one before, spread evenly over [0, 255]."""
    total = np.zeros((side, side))
    rng = generator("render", stream)
    strength = 1.0
    while cells <= side:
        grid = rng.random((cells, cells))
        at = np.arange(side) * cells / side
        low = at.astype(np.int64)
        part = at - low
        part = part * part * (3.0 - 2.0 * part)
        high = (low + 1) % cells
        rows = grid[low] * (1.0 - part[:, None]) + grid[high] * part[:, None]
        total += strength * (rows[:, low] * (1.0 - part) + rows[:, high] * part)
        cells, strength = cells * 2, strength * fall
    rank = np.empty(side * side)
    rank[np.argsort(total, axis=None, kind="stable")] = np.arange(side * side)
    byte = np.round(rank * (255.0 / (side * side - 1))).astype(np.uint32).reshape(side, side)
    right, below = np.roll(byte, -1, 1), np.roll(byte, -1, 0)
    table = byte | right << 8 | below << 16 | np.roll(below, -1, 1) << 24
    table = table.ravel().view(np.int32)
    table.setflags(write=False)
    return table


@lru_cache(maxsize=1)
def tone_table() -> NDArray[np.uint8]:
    """[TONES] uint8: exposed linear light, by c / (c + TONE_KNEE), to sRGB.

    The film curve is Narkowicz's fit of ACES (2016); sRGB is IEC 61966-2-1.
    """
    share = np.arange(TONES) / TONES
    light = 0.85 * TONE_KNEE * share / (1.0 - share)
    film = np.clip(light * (2.51 * light + 0.03) / (light * (2.43 * light + 0.59) + 0.14), 0.0, 1.0)
    srgb = np.where(film <= 0.0031308, 12.92 * film, 1.055 * film ** (1.0 / 2.4) - 0.055)
    table = np.round(255.0 * srgb).astype(np.uint8)
    table.setflags(write=False)
    return table


@lru_cache(maxsize=1)
def light_of_bytes() -> NDArray[np.float64]:
    """[256]: the exposed linear light that the tone table makes each byte of; the least that gives 255 for 255."""
    table = tone_table()
    first, last = np.searchsorted(table, np.arange(256)), np.searchsorted(table, np.arange(256), side="right") - 1
    share = np.where(np.arange(256) == 255, first, (first + last) / 2.0) / TONES
    return TONE_KNEE * share / (1.0 - share)
