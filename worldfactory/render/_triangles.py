"""From bodies to triangles on the screen: transform, clip against the near plane, cull, sort into bands of rows."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from worldfactory.compiled import Array, allocating, kernel

NEAR_M = 0.05
SHAPE_COLUMNS = 12
"""Float64 columns of a triangle: x and y of its top, middle and bottom corner (0-5); inverse depth at pixel (0, 0) and
its steps along x and y (6-8); the least and greatest inverse depth of its corners (9, 10); 1 if the middle corner is
on the left, else 0 (11)."""
SPAN_COLUMNS = 8
"""Int32 columns of a triangle: first row, row after the last, mesh triangle, body, 1 if it is seen from behind, and the
triangle with which the surface goes on smoothly past the long, the upper and the lower edge (or -1)."""


@kernel
def place_triangles(
    visible: Array, mv: Array, mesh: Array, first_point: Array, point_count: Array, first_triangle: Array,
    triangle_count: Array, points: Array, corners: Array, beside: Array, two_sided: Array, camera: Array, width: int,
    height: int, near: float, vertices: Array, facing: Array, slot: Array, poly: Array, shapes: Array, spans: Array,
) -> Any:  # fmt: skip
    """Fills `shapes` [C, 12] and `spans` [C, 8] with what the bodies `visible` show; returns how many triangles.

    mv: [B, 3, 4] float32, body to camera. camera: fx, fy, cx, cy. Scratch, with room for the largest mesh: `vertices`
    [6, *] float32, `facing` [*] int8, `slot` [*] int32, `poly` [4, 3] float64.
    """
    fx, fy, cx, cy = camera[0], camera[1], camera[2], camera[3]
    vx, vy, vz = vertices[0], vertices[1], vertices[2]  # camera space
    sx, sy, si = vertices[3], vertices[4], vertices[5]  # on the screen, and inverse depth
    # `facing` of each triangle of a mesh: 1 front, 0 back, 2 crosses the near plane, 3 before it. `slot`: where it was
    # put.
    count = 0
    for row in range(len(visible)):
        body = visible[row]
        k = mesh[body]
        p0, pn = first_point[k], point_count[k]
        m = mv[body]
        m00, m01, m02, m03 = m[0, 0], m[0, 1], m[0, 2], m[0, 3]
        m10, m11, m12, m13 = m[1, 0], m[1, 1], m[1, 2], m[1, 3]
        m20, m21, m22, m23 = m[2, 0], m[2, 1], m[2, 2], m[2, 3]
        bx, by, bz = points[0, p0 : p0 + pn], points[1, p0 : p0 + pn], points[2, p0 : p0 + pn]
        nearest = np.float32(np.inf)
        for i in range(pn):
            x, y, z = bx[i], by[i], bz[i]
            cz = m20 * x + m21 * y + m22 * z + m23
            cxx = m00 * x + m01 * y + m02 * z + m03
            cyy = m10 * x + m11 * y + m12 * z + m13
            inverse = np.float32(1.0) / max(cz, near)
            vx[i], vy[i], vz[i] = cxx, cyy, cz
            sx[i], sy[i], si[i] = cxx * inverse * fx + cx, cyy * inverse * fy + cy, inverse
            nearest = min(nearest, cz)
        t0, tn = first_triangle[k], triangle_count[k]
        clips = nearest < near
        for t in range(tn):
            a, b, c = corners[t0 + t, 0], corners[t0 + t, 1], corners[t0 + t, 2]
            if clips and (vz[a] < near or vz[b] < near or vz[c] < near):
                facing[t] = 3 if vz[a] < near and vz[b] < near and vz[c] < near else 2
            else:
                area = (sx[b] - sx[a]) * (sy[c] - sy[a]) - (sx[c] - sx[a]) * (sy[b] - sy[a])
                facing[t] = 1 if area < 0.0 else 0
        first = count
        for t in range(tn):
            slot[t] = -1
            face = facing[t]
            if face == 3 or (face == 0 and two_sided[t0 + t] == 0):
                continue
            a, b, c = corners[t0 + t, 0], corners[t0 + t, 1], corners[t0 + t, 2]
            if face == 2:
                n = _clip(vx, vy, vz, a, b, c, near, poly)
                for j in range(1, n - 1):
                    area = _area(poly, j, camera)
                    if area < 0.0 or two_sided[t0 + t] != 0:
                        spans[count, 2], spans[count, 3] = t0 + t, body
                        count += _emit(
                            poly[0, 0] / poly[0, 2] * fx + cx, poly[0, 1] / poly[0, 2] * fy + cy, 1.0 / poly[0, 2],
                            poly[j, 0] / poly[j, 2] * fx + cx, poly[j, 1] / poly[j, 2] * fy + cy, 1.0 / poly[j, 2],
                            poly[j + 1, 0] / poly[j + 1, 2] * fx + cx, poly[j + 1, 1] / poly[j + 1, 2] * fy + cy,
                            1.0 / poly[j + 1, 2], -1, -1, -1, width, height, shapes[count], spans[count],
                        )  # fmt: skip
                continue
            # Most triangles of a far body fall between the pixels: leave those early.
            low, high = min(sy[a], sy[b], sy[c]), max(sy[a], sy[b], sy[c])
            if high < 0.0 or low > height - 1 or math.ceil(low) >= math.ceil(high):
                continue
            low, high = min(sx[a], sx[b], sx[c]), max(sx[a], sx[b], sx[c])
            if high < 0.0 or low > width - 1 or math.ceil(low) >= math.ceil(high):
                continue
            spans[count, 2], spans[count, 3] = t0 + t, body
            if _emit(
                sx[a], sy[a], si[a], sx[b], sy[b], si[b], sx[c], sy[c], si[c], beside[t0 + t, 0], beside[t0 + t, 1],
                beside[t0 + t, 2], width, height, shapes[count], spans[count],
            ):  # fmt: skip
                slot[t] = count
                count += 1
        for n in range(first, count):
            for edge in range(5, 8):
                t = spans[n, edge]
                spans[n, edge] = slot[t] if t >= 0 and facing[t] < 2 else -1
    return count


@kernel
def _clip(vx: Array, vy: Array, vz: Array, a: int, b: int, c: int, near: float, poly: Array) -> Any:
    """The part of a triangle beyond the near plane, as a polygon of 0, 3 or 4 corners."""
    n = 0
    for k in range(3):
        i = a if k == 0 else (b if k == 1 else c)
        j = b if k == 0 else (c if k == 1 else a)
        if vz[i] >= near:
            poly[n, 0], poly[n, 1], poly[n, 2] = vx[i], vy[i], vz[i]
            n += 1
        if (vz[i] >= near) != (vz[j] >= near):
            # From the inner corner outward, so that two triangles that share the edge find the same point.
            o, q = (i, j) if vz[i] >= near else (j, i)
            part = (float(vz[o]) - near) / (float(vz[o]) - float(vz[q]))
            poly[n, 0] = vx[o] + part * (float(vx[q]) - vx[o])
            poly[n, 1] = vy[o] + part * (float(vy[q]) - vy[o])
            poly[n, 2] = near
            n += 1
    return n


@kernel
def _area(poly: Array, j: int, camera: Array) -> Any:
    ax, ay = poly[0, 0] / poly[0, 2], poly[0, 1] / poly[0, 2]
    bx, by = poly[j, 0] / poly[j, 2], poly[j, 1] / poly[j, 2]
    cx, cy = poly[j + 1, 0] / poly[j + 1, 2], poly[j + 1, 1] / poly[j + 1, 2]
    return (bx - ax) * (cy - ay) - (cx - ax) * (by - ay)


@kernel
def _emit(
    x0: float, y0: float, i0: float, x1: float, y1: float, i1: float, x2: float, y2: float, i2: float, s01: int, s12:
    int, s20: int, width: int, height: int, shape: Array, span: Array,
) -> Any:  # fmt: skip
    """Writes one triangle, s01 the one past the edge from corner 0 to 1 and so on; returns 1, or 0 if it covers no
    pixel centre's row or column."""
    x0, y0, i0, x1, y1, i1, x2, y2, i2 = (
        float(x0), float(y0), float(i0), float(x1), float(y1), float(i1), float(x2), float(y2), float(i2)
    )  # fmt: skip
    area = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
    if abs(area) < 1e-9:
        return 0
    first = math.ceil(max(min(y0, y1, y2), 0.0))
    last = math.ceil(min(max(y0, y1, y2), float(height)))
    if first >= last or max(x0, x1, x2) < 0.0 or min(x0, x1, x2) > width - 1:
        return 0
    step_x = ((i1 - i0) * (y2 - y0) - (i2 - i0) * (y1 - y0)) / area
    step_y = ((i2 - i0) * (x1 - x0) - (i1 - i0) * (x2 - x0)) / area
    shape[6], shape[7], shape[8] = i0 - step_x * x0 - step_y * y0, step_x, step_y
    shape[9], shape[10] = min(i0, i1, i2), max(i0, i1, i2)
    behind = 0 if area < 0.0 else 1
    # Corners from top to bottom, by (y, x): every edge is then walked the same way by both triangles that share it.
    if y1 < y0 or (y1 == y0 and x1 < x0):
        x0, y0, x1, y1, s12, s20 = x1, y1, x0, y0, s20, s12
    if y2 < y1 or (y2 == y1 and x2 < x1):
        x1, y1, x2, y2, s01, s20 = x2, y2, x1, y1, s20, s01
    if y1 < y0 or (y1 == y0 and x1 < x0):
        x0, y0, x1, y1, s12, s20 = x1, y1, x0, y0, s20, s12
    shape[0], shape[1], shape[2], shape[3], shape[4], shape[5] = x0, y0, x1, y1, x2, y2
    shape[11] = 1.0 if (x1 - x0) * (y2 - y0) < (x2 - x0) * (y1 - y0) else 0.0
    span[0], span[1], span[4], span[5], span[6], span[7] = first, last, behind, s20, s01, s12
    return 1


@allocating
def sort_into_bands(spans: Array, count: int, bands: int, band_rows: int) -> Any:
    """(start [bands + 1], items): the triangles that touch band b are items[start[b]:start[b + 1]], in their order."""
    start = np.zeros(bands + 1, np.int32)
    for t in range(count):
        for b in range(spans[t, 0] // band_rows, (spans[t, 1] - 1) // band_rows + 1):
            start[b + 1] += 1
    for b in range(bands):
        start[b + 1] += start[b]
    fill = start.copy()
    items = np.empty(start[bands], np.int32)
    for t in range(count):
        for b in range(spans[t, 0] // band_rows, (spans[t, 1] - 1) // band_rows + 1):
            items[fill[b]] = t
            fill[b] += 1
    return start, items


@kernel
def draw_band(
    items: Array, shapes: Array, spans: Array, top: int, rows: int, width: int, inverse: Array, ids: Array,
) -> None:  # fmt: skip
    """The nearest triangle at each pixel centre of rows [top, top + rows): `ids` [H, W] and `inverse` [rows, *] depth.

    Pixel centres are at whole coordinates; a span holds the centres in [left, right), a triangle the rows in [top,
    bottom), which is the top-left rule.
    """
    for y in range(rows):
        for x in range(width):
            inverse[y, x] = np.float32(0.0)
            ids[top + y, x] = np.int32(-1)
    for n in range(len(items)):
        t = items[n]
        shape = shapes[t]
        x0, y0, x1, y1, x2, y2 = shape[0], shape[1], shape[2], shape[3], shape[4], shape[5]
        at0, step_x, step_y = shape[6], shape[7], shape[8]
        low, high, step = np.float32(shape[9]), np.float32(shape[10]), np.float32(shape[7])
        middle_left = shape[11] != 0.0
        long_slope = (x2 - x0) / (y2 - y0)
        upper_slope = (x1 - x0) / (y1 - y0) if y1 > y0 else 0.0
        lower_slope = (x2 - x1) / (y2 - y1) if y2 > y1 else 0.0
        for y in range(max(spans[t, 0], top), min(spans[t, 1], top + rows)):
            long = x0 + (y - y0) * long_slope
            short = x0 + (y - y0) * upper_slope if y < y1 else x1 + (y - y1) * lower_slope
            left, right = (short, long) if middle_left else (long, short)
            begin, end = math.ceil(max(left, 0.0)), math.ceil(min(right, float(width)))
            if begin >= end:
                continue
            depths, names = inverse[y - top, begin:end], ids[y, begin:end]
            at = np.float32(at0 + step_y * y + step_x * begin)
            for j in range(end - begin):
                value = min(max(at + step * np.float32(np.int32(j)), low), high)
                old, name = depths[j], names[j]
                nearer = value > old
                depths[j] = value if nearer else old
                names[j] = t if nearer else name
