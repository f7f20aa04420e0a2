"""Which surface lies under each pixel of a band, and its normal, run by run along the rows.

A run is a stretch of one row that shows one triangle. Whatever a triangle needs is set up once, when it is first seen.
Everything is linear on the screen when divided by depth (Heckbert and Moreton 1991, "Interpolation for polygon texture
mapping and shading"), so a run costs a few multiply-adds per 8 pixels.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from worldfactory.compiled import Array, kernel, shader
from worldfactory.render._planes import (
    F0,
    F1,
    GLOSS_LANES,
    HAS_GLOSS,
    HAS_SKY,
    HAS_SUN,
    HAS_SURFACE,
    HAS_WATER,
    LANES,
    NX,
    NY,
    NZ,
    SKY_LANES,
    SUN_LANES,
)

ATTRIBUTES = 36

_WATER = 12
SHINING = (5, 6, _WATER)
"""Patterns that bring gloss of their own: windows, glass_grid, water."""


@shader
def find_surfaces(
    ids: Array, top: int, rows: int, width: int, shapes: Array, spans: Array, ready: Array, attributes: Array, camera:
    Array, mv: Array, turn: Array, corners: Array, points: Array, mesh: Array, first_point: Array, normals: Array, uv:
    Array, material: Array, materials: Array, tint: Array, sun: Array, blocks: Array, flags: Array, runs: Array,
    changes: Array, change_words: Array, bodies: Array,
) -> Any:  # fmt: skip
    """Fills the normals of `blocks` [rows * ceil(W / LANES), BLOCK], their `flags` [*, 7], the body map of rows [top,
    top + rows), the attributes of the triangles seen, and `runs` [rows * width, 4]: block, first lane, lanes (rounded
    up to 8) and triangle (-1 sky) of each run, left to right; returns how many runs. Scratch: `changes`
    [W + 8 down to a multiple of 8] uint8, also seen as `change_words` uint64.
    """
    across = (width + LANES - 1) // LANES
    count = 0
    for y in range(rows):
        names = ids[top + y]
        shown = bodies[top + y]
        for j in range(width - 1):
            changes[j] = np.uint8(1 if names[j] != names[j + 1] else 0)
        for chunk in range(1, across):
            changes[chunk * LANES - 1] = 1
        changes[width - 1] = 1
        for chunk in range(across):
            number = y * across + chunk
            begin, end = chunk * LANES, min(width, chunk * LANES + LANES)
            flag = 0
            for k in range(7):
                flags[number, k] = 0
            x = begin
            while x < end:
                t = names[x]
                stop = x
                while changes[stop] == 0:
                    # Eight pixels at a time where nothing changes.
                    stop += 8 if (stop & 7) == 0 and change_words[stop >> 3] == 0 else 1
                stop += 1
                block = blocks[number, x - begin :]
                m = (stop - x + 7) & -8
                run = runs[count]
                run[0], run[1], run[2], run[3] = number, x - begin, m, t
                count += 1
                if t < 0:
                    flag |= HAS_SKY
                    _widen(flags, number, SKY_LANES, x - begin, stop - begin)
                    for j in range(m):
                        block[NX + j] = F0
                        block[NY + j] = F0
                        block[NZ + j] = F1
                    for j in range(x, stop):
                        shown[j] = 0
                    x = stop
                    continue
                if ready[t] == 0:
                    ready[t] = 1
                    _set_up(
                        spans[t], shapes[t], attributes[t], camera, mv, turn, corners, points, mesh, first_point,
                        normals, uv,
                        material, materials, tint, sun,
                    )  # fmt: skip
                a = attributes[t]
                name = np.uint16(spans[t, 3] + 1)
                for j in range(x, stop):
                    shown[j] = name
                fx, fy = np.float32(x), np.float32(top + y)
                nx, ny, nz = a[0] + a[1] * fx + a[2] * fy, a[3] + a[4] * fx + a[5] * fy, a[6] + a[7] * fx + a[8] * fy
                dnx, dny, dnz = a[1], a[4], a[7]
                for j in range(m):
                    step = np.float32(np.int32(j))
                    block[NX + j] = nx + dnx * step
                    block[NY + j] = ny + dny * step
                    block[NZ + j] = nz + dnz * step
                flag |= HAS_SURFACE
                if a[23] > F0:
                    flag |= HAS_SUN
                    _widen(flags, number, SUN_LANES, x - begin, stop - begin)
                quality = materials[material[spans[t, 2]]]
                if quality[9] > F0 or int(quality[10]) in SHINING:
                    flag |= HAS_GLOSS
                    _widen(flags, number, GLOSS_LANES, x - begin, stop - begin)
                if int(quality[10]) == _WATER:
                    flag |= HAS_WATER
                x = stop
            flags[number, 0] = flag
    return count


@kernel
def _widen(flags: Array, number: int, column: int, first: int, stop: int) -> None:
    """Takes a run, to the right of those before it, into the span of lanes that some treatment is for."""
    if flags[number, column + 1] == 0:
        flags[number, column] = first
    flags[number, column + 1] = stop


@kernel
def _set_up(
    span: Array, shape: Array, a: Array, camera: Array, mv: Array, turn: Array, corners: Array, points: Array, mesh:
    Array, first_point: Array, normals: Array, uv: Array, material: Array, materials: Array, tint: Array, sun: Array,
) -> None:  # fmt: skip
    """Fills the attributes of one triangle: value at pixel (0, 0) and steps along x and y of

    the normal 0-8, u / z 9-11, v / z 12-14 (in pattern cells); steps of 1 / z 15, 16; colours 17-19, 20-22; 23, above 0
    if any corner may face the sun; its three edges 24-32 and 1 / z 33-35.
    """
    face, body = span[2], span[3]
    m, p0 = mv[body], first_point[mesh[body]]
    ax, ay, az = _placed(m, points, p0 + corners[face, 0])
    bx, by, bz = _placed(m, points, p0 + corners[face, 1])
    cx, cy, cz = _placed(m, points, p0 + corners[face, 2])
    determinant = ax * (by * cz - bz * cy) + ay * (bz * cx - bx * cz) + az * (bx * cy - by * cx)
    scale = 1.0 / (determinant if abs(determinant) > 1e-30 else 1e-30)
    # What 1 in one corner and 0 in the others, divided by depth, is at pixel (0, 0), and its steps along x and y.
    p = _across(bx, by, bz, cx, cy, cz, scale, camera)
    q = _across(cx, cy, cz, ax, ay, az, scale, camera)
    s = _across(ax, ay, az, bx, by, bz, scale, camera)
    n, t = normals[face], turn[body]
    flat = n[0] == n[3] and n[0] == n[6] and n[1] == n[4] and n[1] == n[7] and n[2] == n[5] and n[2] == n[8]
    sign = np.float32(-1.0 if span[4] != 0 else 1.0)
    f, g, h = F0, F0, F0
    for r in range(3):
        i, j, k = sign * t[r, 0], sign * t[r, 1], sign * t[r, 2]
        u, v, w = i * n[0] + j * n[1] + k * n[2], i * n[3] + j * n[4] + k * n[5], i * n[6] + j * n[7] + k * n[8]
        f, g, h = f + u * sun[r], g + v * sun[r], h + w * sun[r]
        if flat:
            a[3 * r], a[3 * r + 1], a[3 * r + 2] = u, 0.0, 0.0
        else:
            a[3 * r] = p[0] * u + q[0] * v + s[0] * w
            a[3 * r + 1] = p[1] * u + q[1] * v + s[1] * w
            a[3 * r + 2] = p[2] * u + q[2] * v + s[2] * w
    quality, at = materials[material[face]], uv[face]
    for r in range(2):
        per = 1.0 / quality[6 + r]
        u, v, w = per * at[r], per * at[2 + r], per * at[4 + r]
        a[9 + 3 * r] = p[0] * u + q[0] * v + s[0] * w
        a[10 + 3 * r] = p[1] * u + q[1] * v + s[1] * w
        a[11 + 3 * r] = p[2] * u + q[2] * v + s[2] * w
    a[15], a[16] = p[1] + q[1] + s[1], p[2] + q[2] + s[2]
    for r in range(3):
        a[17 + r] = quality[r] * tint[body, r]
        a[20 + r] = quality[3 + r] * tint[body, r]
    a[23] = max(f, g, h)
    # Edges, as what share of a pixel lies inside each: 1/2 + A x + B y + C, clamped to [0, 1], at a pixel's centre.
    x0, y0, x1, y1, x2, y2 = shape[0], shape[1], shape[2], shape[3], shape[4], shape[5]
    side = 1.0 if shape[11] != 0.0 else -1.0
    _set_edge(a, 24, (y0 - y2) * side, (x2 - x0) * side, x0, y0)
    _set_edge(a, 27, (y1 - y0) * side, (x0 - x1) * side, x0, y0)
    _set_edge(a, 30, (y2 - y1) * side, (x1 - x2) * side, x1, y1)
    a[33], a[34], a[35] = shape[6], shape[7], shape[8]


@kernel
def _placed(m: Array, points: Array, i: int) -> Any:
    """Point `i` of a mesh in the camera's axes."""
    x, y, z = float(points[0, i]), float(points[1, i]), float(points[2, i])
    return (
        m[0, 0] * x + m[0, 1] * y + m[0, 2] * z + m[0, 3],
        m[1, 0] * x + m[1, 1] * y + m[1, 2] * z + m[1, 3],
        m[2, 0] * x + m[2, 1] * y + m[2, 2] * z + m[2, 3],
    )


@kernel
def _across(px: float, py: float, pz: float, qx: float, qy: float, qz: float, scale: float, camera: Array) -> Any:
    """The cross product of p and q times `scale`, as a plane over pixels: its value at (0, 0), steps along x and y."""
    x = (py * qz - pz * qy) * scale / camera[0]
    y = (pz * qx - px * qz) * scale / camera[1]
    return (px * qy - py * qx) * scale - x * camera[2] - y * camera[3], x, y


@kernel
def _set_edge(a: Array, at: int, dx: float, dy: float, x: float, y: float) -> None:
    """The edge through (x, y) with the inward normal (dx, dy)."""
    scale = 1.0 / max(abs(dx) + abs(dy), 1e-12)
    a[at], a[at + 1], a[at + 2] = dx * scale, dy * scale, -(dx * x + dy * y) * scale
