"""Which surface lies under each pixel of a band, and its normal, run by run along the rows.

A run is a stretch of one row that shows one triangle. Whatever a triangle needs is set up once, when it is first seen.
Everything is linear on the screen when divided by depth (Heckbert and Moreton 1991, "Interpolation for polygon texture
mapping and shading"), so a run costs a few multiply-adds per 8 pixels.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from worldfactory.render._compile import Array, kernel, shader
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
    scratch: Array, changes: Array, change_words: Array, bodies: Array,
) -> Any:  # fmt: skip
    """Fills the normals of `blocks` [rows * ceil(W / LANES), BLOCK], their `flags` [*, 7], the body map of rows [top,
    top + rows), the attributes of the triangles seen, and `runs` [rows * width, 4]: block, first lane, lanes (rounded
    up to 8) and triangle (-1 sky) of each run, left to right; returns how many runs. Scratch: `scratch` [3, 3, 3]
    float64, `changes` [W + 8 down to a multiple of 8] uint8, also seen as `change_words` uint64.
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
                        material, materials, tint, sun, scratch,
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
    scratch: Array,
) -> None:  # fmt: skip
    """Fills the attributes of one triangle: value at pixel (0, 0) and steps along x and y of

    the normal 0-8, u / z 9-11, v / z 12-14 (in pattern cells); steps of 1 / z 15, 16; colours 17-19, 20-22; 23, above 0
    if any corner may face the sun; its three edges 24-32 and 1 / z 33-35.
    """
    face, body = span[2], span[3]
    m = mv[body]
    p0 = first_point[mesh[body]]
    vertex, across, world = scratch[0], scratch[1], scratch[2]
    for k in range(3):
        i = p0 + corners[face, k]
        x, y, z = float(points[0, i]), float(points[1, i]), float(points[2, i])
        for r in range(3):
            vertex[k, r] = m[r, 0] * x + m[r, 1] * y + m[r, 2] * z + m[r, 3]
    for k in range(3):  # column k of the inverse of `vertex`, times its determinant
        p, q = vertex[(k + 1) % 3], vertex[(k + 2) % 3]
        across[k, 0] = p[1] * q[2] - p[2] * q[1]
        across[k, 1] = p[2] * q[0] - p[0] * q[2]
        across[k, 2] = p[0] * q[1] - p[1] * q[0]
    determinant = vertex[0, 0] * across[0, 0] + vertex[0, 1] * across[0, 1] + vertex[0, 2] * across[0, 2]
    determinant = determinant if abs(determinant) > 1e-30 else 1e-30
    for k in range(3):
        for r in range(3):
            across[k, r] /= determinant
    for k in range(3):
        across[k, 0] /= camera[0]
        across[k, 1] /= camera[1]
        across[k, 2] -= across[k, 0] * camera[2] + across[k, 1] * camera[3]
    n = normals[face]
    flat = True
    for r in range(3):
        flat = flat and n[r] == n[3 + r] and n[r] == n[6 + r]
    sign = -1.0 if span[4] != 0 else 1.0
    sunny = -1.0
    for k in range(3):
        x, y, z = float(n[3 * k]), float(n[3 * k + 1]), float(n[3 * k + 2])
        for r in range(3):
            world[k, r] = sign * (turn[body, r, 0] * x + turn[body, r, 1] * y + turn[body, r, 2] * z)
        sunny = max(sunny, world[k, 0] * sun[0] + world[k, 1] * sun[1] + world[k, 2] * sun[2])
    for r in range(3):
        if flat:
            a[3 * r], a[3 * r + 1], a[3 * r + 2] = world[0, r], 0.0, 0.0
        else:
            a[3 * r] = across[0, 2] * world[0, r] + across[1, 2] * world[1, r] + across[2, 2] * world[2, r]
            a[3 * r + 1] = across[0, 0] * world[0, r] + across[1, 0] * world[1, r] + across[2, 0] * world[2, r]
            a[3 * r + 2] = across[0, 1] * world[0, r] + across[1, 1] * world[1, r] + across[2, 1] * world[2, r]
    quality = materials[material[face]]
    for r in range(2):
        q0, q1, q2 = uv[face, r] / quality[6 + r], uv[face, 2 + r] / quality[6 + r], uv[face, 4 + r] / quality[6 + r]
        a[9 + 3 * r] = across[0, 2] * q0 + across[1, 2] * q1 + across[2, 2] * q2
        a[10 + 3 * r] = across[0, 0] * q0 + across[1, 0] * q1 + across[2, 0] * q2
        a[11 + 3 * r] = across[0, 1] * q0 + across[1, 1] * q1 + across[2, 1] * q2
    a[15], a[16] = across[0, 0] + across[1, 0] + across[2, 0], across[0, 1] + across[1, 1] + across[2, 1]
    for r in range(3):
        a[17 + r] = quality[r] * tint[body, r]
        a[20 + r] = quality[3 + r] * tint[body, r]
    a[23] = sunny
    # Edges, as what share of a pixel lies inside each: 1/2 + A x + B y + C, clamped to [0, 1], at a pixel's centre.
    x0, y0, x1, y1, x2, y2 = shape[0], shape[1], shape[2], shape[3], shape[4], shape[5]
    side = 1.0 if shape[11] != 0.0 else -1.0
    _set_edge(a, 24, (y0 - y2) * side, (x2 - x0) * side, x0, y0)
    _set_edge(a, 27, (y1 - y0) * side, (x0 - x1) * side, x0, y0)
    _set_edge(a, 30, (y2 - y1) * side, (x1 - x2) * side, x1, y1)
    a[33], a[34], a[35] = shape[6], shape[7], shape[8]


@kernel
def _set_edge(a: Array, at: int, dx: float, dy: float, x: float, y: float) -> None:
    """The edge through (x, y) with the inward normal (dx, dy)."""
    scale = 1.0 / max(abs(dx) + abs(dy), 1e-12)
    a[at], a[at + 1], a[at + 2] = dx * scale, dy * scale, -(dx * x + dy * y) * scale
