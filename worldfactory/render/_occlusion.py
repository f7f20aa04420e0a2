"""Ambient occlusion from the depth of the picture: how open each point is to light from all sides.

A plane's inverse depth is linear on the screen. So the mean of two taps on opposite sides of a pixel, less the pixel's
own, says how far the surface there lies behind its surroundings, with no normal needed; what is far in front hides
nothing and counts for nothing. It is the volumetric obscurance of Loos and Sloan (2010), taken in pairs. The taps of a
pixel are turned by its place in a tile of 4 x 4, and a mean over such a tile, that stops at the edges of things, takes
them all together (Mittring 2007, "Finding next gen: CryEngine 2").
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from worldfactory.compiled import Array, shader
from worldfactory.render._planes import F0, F1, HALF, LANES, PLANE, i32

REACH_M = 0.65
"""How far away what darkens a point may be."""
MOST_PX = 60.0
"""The taps are no further away than this, in a picture 1280 pixels wide."""
PAIRS = 4
TILE = 4
_HERE, _SIZE, _SUM, _ONE, _OTHER, _RING = (k * PLANE for k in range(6))
WORK = 6 * PLANE
_SHARP = np.float32(40.0)


@lru_cache(maxsize=1)
def tap_table() -> NDArray[np.float32]:
    """[TILE, PAIRS, 3, LANES] float32: x, y and length of the taps of each pixel of a row, for each of four rows."""
    table = np.zeros((TILE, PAIRS, 3, LANES))
    order = np.array([[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]])
    for row in range(TILE):
        turn = np.resize(order[row], LANES)
        for pair in range(PAIRS):
            angle = np.pi / PAIRS * (pair + (turn + 0.5) / TILE**2)
            length = np.sqrt((((turn * 5 + pair * 7) % 16) + 1.5) / 17.0)
            table[row, pair] = length * np.cos(angle), length * np.sin(angle), length
    table = table.astype(np.float32)
    table.setflags(write=False)
    return table


@shader
def occlude(
    inverse: Array, width: int, height: int, focal: float, taps: Array, work: Array, index: Array, half: Array, rough:
    Array, out: Array,
) -> None:  # fmt: skip
    """out[y, x] = share of ambient light, 0 to 1, that reaches the surface at pixel (2 x, 2 y) of `inverse` depth.

    half: [ceil(H / 2) + 1, *] float32 becomes the inverse depth of those pixels. Scratch: `work` [WORK] float32,
    `index` [2 * PLANE] int32, `rough` like `out`.
    """
    across, down = (width + 1) // 2, (height + 1) // 2
    stride = np.int32(inverse.shape[1])
    flat = inverse.reshape(inverse.shape[0] * inverse.shape[1])
    right, bottom = np.float32(width - 1), np.float32(height - 1)
    reach = np.float32(REACH_M) * focal
    most = np.float32(MOST_PX) * np.float32(width) * np.float32(1.0 / 1280.0)
    strength = np.float32(1.05 / PAIRS)
    two = np.float32(2.0)
    for y in range(down):
        own = inverse[2 * y]
        fy = np.float32(2 * y)
        up = min(fy, bottom - fy)
        for begin in range(0, across, LANES):
            n = min(across - begin, LANES)
            for j in range(n):
                i = own[2 * (begin + j)]
                half[y, begin + j] = i
                work[_HERE + j] = i
            for j in range(n):
                work[_SIZE + j] = min(reach * work[_HERE + j], most)
                work[_SUM + j] = F0
            first, x0 = np.int32(np.int32(2 * y) * stride + np.int32(2 * begin)), np.float32(2 * begin)
            for pair in range(PAIRS):
                dx, dy, ring = taps[y % TILE, pair, 0], taps[y % TILE, pair, 1], taps[y % TILE, pair, 2]
                for j in range(n):
                    size = work[_SIZE + j]
                    fx = np.float32(np.int32(j)) * two + x0
                    sx, sy = np.floor(dx[j] * size + HALF), np.floor(dy[j] * size + HALF)
                    room = min(min(fx, right - fx) - abs(sx), up - abs(sy))
                    sx, sy = (sx if room >= F0 else F0), (sy if room >= F0 else F0)
                    step = i32(i32(i32(sy) * stride) + i32(sx))
                    at = i32(first + i32(i32(j) + i32(j)))
                    index[j] = i32(at + step)
                    index[PLANE + j] = i32(at - step)
                    work[_RING + j] = ring[j] * size
                for j in range(n):
                    work[_ONE + j] = flat[np.uint32(index[j])]
                    work[_OTHER + j] = flat[np.uint32(index[PLANE + j])]
                for j in range(n):
                    i = work[_HERE + j]
                    bend = (work[_ONE + j] + work[_OTHER + j]) * HALF - i
                    # In units of the tap's own distance: a right-angled corner seen from its middle bends by 1.
                    bent = bend * focal / (i * work[_RING + j] + np.float32(1e-6))
                    near = min(max((np.float32(1.5) - bent) * two, F0), F1)
                    work[_SUM + j] += min(max(bent - np.float32(0.05), F0), F1) * near
            for j in range(n):
                # Where the taps draw together to a pixel or two, there is nothing to be known.
                known = min(max((reach * work[_HERE + j] - np.float32(4.0)) * np.float32(0.2), F0), F1)
                rough[y, begin + j] = F1 - min(work[_SUM + j] * strength * known, np.float32(0.62))
    for y in range(down):
        _mean(rough[y], rough[y], rough[y], rough[y], half[y], half[y], half[y], half[y], across, out[y], True)
    for y in range(down):
        a, b, d = max(y - 2, 0), max(y - 1, 0), min(y + 1, down - 1)
        _mean(out[a], out[b], out[y], out[d], half[a], half[b], half[y], half[d], across, rough[y], False)
    for y in range(down):
        line, done = rough[y], out[y]
        for x in range(across):
            done[x] = line[x]
        done[across] = line[across - 1]
    last, more = out[down - 1], out[down]
    for x in range(across + 1):
        more[x] = last[x]
        half[down, x] = half[down - 1, x]


@shader
def _mean(
    a: Array, b: Array, c: Array, d: Array, za: Array, zb: Array, zc: Array, zd: Array, n: int, out: Array, along: bool,
) -> None:  # fmt: skip
    """out = the mean of four rows, or of four neighbours `along` one, that lie on the surface of the third."""
    start = 2 if along else 0
    stop = n - 1 if along else n
    back2, back1, ahead = (2, 1, 1) if along else (0, 0, 0)
    if along:
        for x in range(n):
            out[x] = c[x]
    for x in range(start, stop):
        z = zc[x]
        scale = _SHARP / (z + np.float32(1e-6))
        p = max(F1 - abs(za[x - back2] - z) * scale, F0)
        q = max(F1 - abs(zb[x - back1] - z) * scale, F0)
        s = max(F1 - abs(zd[x + ahead] - z) * scale, F0)
        out[x] = (a[x - back2] * p + b[x - back1] * q + c[x] + d[x + ahead] * s) / (p + q + s + F1)


@shader
def open_light(
    work: Array, index: Array, own: Array, half: Array, opened: Array, y: int, x0: int, n: int, red: int, green: int,
    blue: int, spare: int,
) -> None:  # fmt: skip
    """Takes ambient light away at `n` pixels from (x0, y) on: from the two nearest places of `opened`, the likelier
    surface first. The light is in planes `red`, `green`, `blue` of `work`; three planes from `spare` on are scratch."""
    upper, lower, above, below = opened[y >> 1], opened[(y + 1) >> 1], half[y >> 1], half[(y + 1) >> 1]
    for j in range(n):
        a, b = np.uint32((x0 + j) >> 1), np.uint32((x0 + j + 1) >> 1)
        work[spare + j] = upper[a]
        work[spare + PLANE + j] = lower[b]
        work[spare + 2 * PLANE + j] = above[a]
        index[j] = b
    for j in range(n):
        i = own[x0 + j]
        scale = np.float32(60.0) / (i + np.float32(1e-6))
        near = F1 / (np.float32(0.05) + abs(work[spare + 2 * PLANE + j] - i) * scale)
        far = F1 / (np.float32(0.05) + abs(below[np.uint32(index[j])] - i) * scale)
        part = (work[spare + j] * near + work[spare + PLANE + j] * far) / (near + far)
        work[red + j] *= part
        work[green + j] *= part
        work[blue + j] *= part
