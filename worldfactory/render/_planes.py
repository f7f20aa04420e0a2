"""Where things lie in the buffers that the shading kernels hand on.

A block holds what is known about LANES pixels of a row, in planes PLANE apart: constant distances let LLVM vectorise
the loops without alias checks, and the room between LANES and PLANE takes what a loop in steps of 8 writes past the
end.
"""

from __future__ import annotations

import numpy as np

LANES = 256
PLANE = 272
NX, NY, NZ, RED, GREEN, BLUE, GLOSS, GLOW = (k * PLANE for k in range(8))
"""A block's planes: world normal, linear colour, gloss (above 1: water), glow."""
BLOCK = 8 * PLANE
X, Y, Z, FAR, LR, LG, LB, P, Q, LIT = (k * PLANE for k in range(10))
"""Planes of scratch space while a block is lit: world position, distance, light; and three for passing use."""
WORK = 10 * PLANE
HAS_SKY, HAS_GLOSS, HAS_SUN, HAS_SURFACE, HAS_WATER = 1, 2, 4, 8, 16
"""Flags of a block, column 0 of its row."""
SKY_LANES, SUN_LANES, GLOSS_LANES = 1, 3, 5
"""Columns that say from which lane to which there is sky, a face toward the sun, or gloss."""

F0, F1, HALF = np.float32(0.0), np.float32(1.0), np.float32(0.5)
i32 = np.int32
"""Numba widens int32 arithmetic to int64, which halves a vector's lanes: each step is narrowed again."""
