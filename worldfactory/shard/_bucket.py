"""Buckets: clips of one shard have one size, so that a batch from it needs no padding."""

from __future__ import annotations

import math

from worldfactory.records import Clip

ASPECTS: tuple[tuple[int, int], ...] = ((16, 9), (4, 3), (1, 1), (3, 4), (9, 16))
"""The aspect ratios that video models train in (the five of Cosmos)."""


def bucket(clip: Clip) -> str:
    """`WIDTHxHEIGHT-aspect-FRAMESf`; the aspect is the one of ASPECTS nearest as a ratio."""
    wide, high = nearest_aspect(clip.width, clip.height)
    return f"{clip.width}x{clip.height}-{wide}:{high}-{clip.frames}f"


def nearest_aspect(width: int, height: int) -> tuple[int, int]:
    """The aspect of ASPECTS nearest to width : height, as a ratio."""
    shape = math.log(width / height)
    return min(ASPECTS, key=lambda aspect: abs(math.log(aspect[0] / aspect[1]) - shape))
