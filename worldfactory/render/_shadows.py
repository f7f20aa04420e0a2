"""The sun's shadow map: how deep along the light the first thing stands, for each texel of a plane across the light.

A map is [S, S] int32 of pairs: a texel's depth in the low 16 bits and that of the texel to its right in the high ones,
so that one read fetches two. Depths are whole steps of about a centimetre, 65535 where nothing stands.
"""

from __future__ import annotations

import math

import numpy as np

from worldfactory.compiled import Array, kernel

OPEN = 65535


@kernel
def cast_shadows(
    rows: Array, light: Array, mesh: Array, first_point: Array, point_count: Array, first_triangle: Array,
    triangle_count: Array, points: Array, corners: Array, vertices: Array, depth: Array, touched: Array,
) -> None:  # fmt: skip
    """Draws the bodies `rows` into `depth` [S, S] uint16, keeping the least.

    light: [B, 3, 4] float32, body to (column, row, depth). touched: [len(rows), 4] int32, filled with the first column,
    first row, and those after the last, that each body may have touched. Scratch: `vertices` [3, *] float32.
    """
    size = depth.shape[0]
    sx, sy, sz = vertices[0], vertices[1], vertices[2]
    for n in range(len(rows)):
        k = mesh[rows[n]]
        m = light[rows[n]]
        p0 = first_point[k]
        left, right, low, high = np.float32(size), np.float32(0), np.float32(size), np.float32(0)
        for i in range(point_count[k]):
            x, y, z = points[0, p0 + i], points[1, p0 + i], points[2, p0 + i]
            u = m[0, 0] * x + m[0, 1] * y + m[0, 2] * z + m[0, 3]
            v = m[1, 0] * x + m[1, 1] * y + m[1, 2] * z + m[1, 3]
            sx[i], sy[i], sz[i] = u, v, m[2, 0] * x + m[2, 1] * y + m[2, 2] * z + m[2, 3]
            left, right, low, high = min(left, u), max(right, u), min(low, v), max(high, v)
        touched[n, 0], touched[n, 1] = min(max(int(left), 0), size), min(max(int(low), 0), size)
        touched[n, 2], touched[n, 3] = max(min(int(right) + 1, size), 0), max(min(int(high) + 1, size), 0)
        t0 = first_triangle[k]
        for t in range(t0, t0 + triangle_count[k]):
            a, b, c = corners[t, 0], corners[t, 1], corners[t, 2]
            _cast(
                float(sx[a]), float(sy[a]), float(sz[a]), float(sx[b]), float(sy[b]), float(sz[b]), float(sx[c]),
                float(sy[c]), float(sz[c]), size, depth,
            )  # fmt: skip


@kernel
def _cast(
    x0: float, y0: float, z0: float, x1: float, y1: float, z1: float, x2: float, y2: float, z2: float, size: int,
    depth: Array,
) -> None:  # fmt: skip
    area = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
    first, last = math.ceil(max(min(y0, y1, y2), 0.0)), math.ceil(min(max(y0, y1, y2), float(size)))
    if abs(area) < 1e-9 or first >= last:
        return
    step_x = ((z1 - z0) * (y2 - y0) - (z2 - z0) * (y1 - y0)) / area
    step_y = ((z2 - z0) * (x1 - x0) - (z1 - z0) * (x2 - x0)) / area
    at0 = z0 - step_x * x0 - step_y * y0
    low, high, step = (
        np.float32(max(min(z0, z1, z2), 0.0)),
        np.float32(min(max(z0, z1, z2), 65534.0)),
        np.float32(step_x),
    )
    if y1 < y0:
        x0, y0, x1, y1 = x1, y1, x0, y0
    if y2 < y1:
        x1, y1, x2, y2 = x2, y2, x1, y1
    if y1 < y0:
        x0, y0, x1, y1 = x1, y1, x0, y0
    long_slope = (x2 - x0) / (y2 - y0)
    upper_slope = (x1 - x0) / (y1 - y0) if y1 > y0 else 0.0
    lower_slope = (x2 - x1) / (y2 - y1) if y2 > y1 else 0.0
    for y in range(int(first), int(last)):
        long = x0 + (y - y0) * long_slope
        short = x0 + (y - y0) * upper_slope if y < y1 else x1 + (y - y1) * lower_slope
        begin, end = math.ceil(max(min(long, short), 0.0)), math.ceil(min(max(long, short), float(size)))
        if begin >= end:
            continue
        row = depth[y, int(begin) : int(end)]
        at = np.float32(at0 + step_y * y + step_x * begin)
        for j in range(len(row)):
            value = np.int32(min(max(at + step * np.float32(np.int32(j)), low), high))
            old = np.int32(row[j])
            row[j] = np.uint16(value if value < old else old)


@kernel
def pair_up(depth: Array, pairs: Array, boxes: Array) -> None:
    """Writes the pairs of `depth` [S, S] uint16 inside each of `boxes` [K, 4] (first column, row; after the last)."""
    size = depth.shape[0]
    for n in range(len(boxes)):
        # A texel is also the right one of the pair to its left.
        left, right = max(boxes[n, 0] - 1, 0), min(boxes[n, 2] + 1, size - 1)
        for y in range(boxes[n, 1], min(boxes[n, 3] + 1, size)):
            if left >= right:
                continue
            row, out = depth[y, left : right + 1], pairs[y, left:right]
            for j in range(right - left):
                out[j] = np.int32(row[j]) | np.int32(row[j + 1]) << np.int32(16)


@kernel
def copy_boxes(source: Array, target: Array, boxes: Array) -> None:
    """target = source inside each of `boxes`."""
    size = source.shape[0]
    for n in range(len(boxes)):
        for y in range(boxes[n, 1], min(boxes[n, 3] + 1, size)):
            for x in range(boxes[n, 0], min(boxes[n, 2] + 1, size)):
                target[y, x] = source[y, x]
