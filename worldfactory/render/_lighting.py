"""Light on the surfaces of a band: sun with its shadow map, sky light, lamps, reflections, wet and snow, fog, film.

Also writes what ground truth falls out here: depth as float16 bits and camera normals in two bytes.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from worldfactory.compiled import Array, shader
from worldfactory.render._occlusion import open_light
from worldfactory.render._planes import (
    BLUE,
    F0,
    F1,
    FAR,
    GLOSS_LANES,
    GLOW,
    GREEN,
    HALF,
    HAS_GLOSS,
    HAS_SKY,
    HAS_SUN,
    HAS_SURFACE,
    HAS_WATER,
    LANES,
    LB,
    LG,
    LIT,
    LR,
    NX,
    NY,
    NZ,
    PLANE,
    RED,
    SKY_LANES,
    SUN_LANES,
    P,
    Q,
    X,
    Y,
    Z,
    i32,
)
from worldfactory.render._sky import draw_sky, fog
from worldfactory.render._tables import TONE_KNEE, TONES
from worldfactory.render._weather import contact, reflect, weather


def _build_bits(typingctx: Any, value: Any) -> Any:
    del typingctx, value

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        del context, signature
        return builder.bitcast(arguments[0], ir.IntType(32))

    return types.int32(types.float32), build


_bits: Any = intrinsic(_build_bits)
"""The bits of a float32 as an int32."""


@shader
def light_surfaces(
    blocks: Array, flags: Array, inverse: Array, half: Array, opened: Array, top: int, rows: int, width: int, eye:
    Array, air: Array, sun_map: Array, shadow: Array, size: int, lamps: Array, contacts: Array, place: Array, probe:
    Array, noise: Array, tones: Array, work: Array, index: Array, texels: Array, rgb: Array, luma: Array, depth: Array,
    octahedral: Array,
) -> None:  # fmt: skip
    """Writes rows [top, top + rows) of `rgb` [H, 3 W], `luma` [H, W], `depth` [H, W] (float16 bits), `octahedral` [H,
    W] (two bytes in one).

    eye: camera position 0-2, camera-to-world 3-11, fx, fy, cx, cy 12-15. sun_map: [3, 4] world to texel and distance.
    shadow: the pairs of _shadows, [size * size]; size 0 for none. lamps: [L, 8]: place 0-2, rgb times intensity 3-5, 1
    / radius^2 6, reach 7. contacts, place: see _contact. air: see Renderer. inverse: [H, *], inverse depth. half,
    opened: see _occlusion. probe: see _probe.
    Scratch: `work` [WORK] float32, `index` [4 * PLANE], `texels` [2 * PLANE] int32.
    """
    across = (width + LANES - 1) // LANES
    wetness, snow = air[7], air[8]
    for y in range(rows):
        for chunk in range(across):
            number = y * across + chunk
            begin = chunk * LANES
            n = min(width - begin, LANES)
            block, flag = blocks[number], flags[number, 0]
            depths = inverse[top + y, begin : begin + n]
            fy = np.float32(top + y)
            line = rgb[top + y, 3 * begin : 3 * (begin + n)]
            _locate(block, work, depths, n, eye, np.float32(begin), fy, depth[top + y, begin : begin + n])
            _encode_normals(block, depths, n, eye, octahedral[top + y, begin : begin + n])
            if flag & HAS_SURFACE:
                if wetness > F0 or snow > F0:
                    weather(block, work, index, n, noise, wetness, snow)
                _sky_light(block, work, n, air)
                for k in range(len(lamps)):
                    _lamp_light(block, work, n, lamps[k])
                contact(block, work, index, texels, n, contacts, place)
                open_light(work, index, inverse[top + y], half, opened, top + y, begin, n, LR, LG, LB, P)
                if flag & HAS_SUN and air[15] > F0:
                    a, m = flags[number, SUN_LANES], flags[number, SUN_LANES + 1] - flags[number, SUN_LANES]
                    _sun_light(block[a:], work[a:], index[a:], texels[a:], m, air, sun_map, shadow, size)
                for j in range(n):
                    glow = block[GLOW + j]
                    block[RED + j] *= work[LR + j] + glow
                    block[GREEN + j] *= work[LG + j] + glow
                    block[BLUE + j] *= work[LB + j] + glow
                if wetness > F0:
                    reflect(block, work, index, n, eye, air, noise, probe, flag & HAS_WATER)
                elif flag & HAS_GLOSS:
                    a, m = flags[number, GLOSS_LANES], flags[number, GLOSS_LANES + 1] - flags[number, GLOSS_LANES]
                    reflect(block[a:], work[a:], index[a:], m, eye, air, noise, probe, flag & HAS_WATER)
                fog(block, work, n, air)
            if flag & HAS_SKY:
                a, m = flags[number, SKY_LANES], flags[number, SKY_LANES + 1] - flags[number, SKY_LANES]
                draw_sky(block[a:], work[a:], index[a:], depths[a:], m, eye, air, noise, np.float32(begin + a), fy)
            _expose(block, index, n, air[14], tones, line, luma[top + y, begin : begin + n])


@shader
def _expose(block: Array, index: Array, n: int, exposure: float, tones: Array, line: Array, luma: Array) -> None:
    """Exposed light through the film curve, by table; and one byte of brightness, by which edges are found."""
    knee, limit = np.float32(TONE_KNEE), np.float32(TONES - 1)
    for j in range(n):
        r, g, b = block[RED + j] * exposure, block[GREEN + j] * exposure, block[BLUE + j] * exposure
        index[j] = np.int32(r / (r + knee) * limit)
        index[PLANE + j] = np.int32(g / (g + knee) * limit)
        index[2 * PLANE + j] = np.int32(b / (b + knee) * limit)
    for j in range(n):
        sum_rg = i32(i32(index[j] * i32(3)) + i32(index[PLANE + j] * i32(4)))
        luma[j] = np.uint8(i32(i32(sum_rg + index[2 * PLANE + j]) >> i32(7)))
    for j in range(n):
        line[3 * j] = tones[np.uint32(index[j])]
        line[3 * j + 1] = tones[np.uint32(index[PLANE + j])]
        line[3 * j + 2] = tones[np.uint32(index[2 * PLANE + j])]


@shader
def _locate(block: Array, work: Array, depths: Array, n: int, eye: Array, x0: float, y: float, half: Array) -> None:
    """World positions, unit normals, distances along the view ray's z, and depth as float16 bits."""
    u0, v = (x0 - eye[14]) / eye[12], (y - eye[15]) / eye[13]
    du = F1 / eye[12]
    ox, oy, oz = eye[0], eye[1], eye[2]
    r00, r10, r20 = eye[3], eye[6], eye[9]
    bx, by, bz = eye[4] * v + eye[5], eye[7] * v + eye[8], eye[10] * v + eye[11]
    least = np.float32(1e-6)
    for j in range(n):
        u = u0 + du * np.float32(np.int32(j))
        i = depths[j]
        z = F1 / max(i, least)
        work[X + j] = ox + (r00 * u + bx) * z
        work[Y + j] = oy + (r10 * u + by) * z
        work[Z + j] = oz + (r20 * u + bz) * z
        work[FAR + j] = z * np.sqrt(u * u + v * v + F1)
        # Round to nearest, ties to even, as IEEE 754 asks; depths are in float16's normal range, and inf for sky.
        bits = _bits(z)
        odd = i32(i32(bits >> i32(13)) & i32(1))
        rounded = i32(i32(i32(bits + i32(i32(0xFFF) + odd)) >> i32(13)) - i32(112 << 10))
        half[j] = np.uint16(rounded if i > F0 else np.int32(0x7C00))
    for j in range(n):
        nx, ny, nz = block[NX + j], block[NY + j], block[NZ + j]
        s = F1 / np.sqrt(nx * nx + ny * ny + nz * nz + np.float32(1e-30))
        block[NX + j] = nx * s
        block[NY + j] = ny * s
        block[NZ + j] = nz * s


@shader
def _encode_normals(block: Array, depths: Array, n: int, eye: Array, octahedral: Array) -> None:
    """As truth.encode_normals, with (0, 0) for sky."""
    r00, r01, r02, r10, r11, r12, r20, r21, r22 = (
        eye[3], eye[4], eye[5], eye[6], eye[7], eye[8], eye[9], eye[10], eye[11]
    )  # fmt: skip
    scale, half = np.float32(127.5), np.float32(128.0)
    for j in range(n):
        nx, ny, nz = block[NX + j], block[NY + j], block[NZ + j]
        x = r00 * nx + r10 * ny + r20 * nz
        y = r01 * nx + r11 * ny + r21 * nz
        z = r02 * nx + r12 * ny + r22 * nz
        s = F1 / (abs(x) + abs(y) + abs(z))
        x, y = x * s, y * s
        fx, fy = F1 - abs(y), F1 - abs(x)
        fx, fy = (fx if x >= F0 else -fx), (fy if y >= F0 else -fy)
        x, y = (x if z >= F0 else fx), (y if z >= F0 else fy)
        seen = depths[j] > F0
        p, q = np.int32(x * scale + half), np.int32(y * scale + half)
        octahedral[j] = np.uint16(i32(p | i32(q << i32(8))) if seen else i32(0))


@shader
def _sky_light(block: Array, work: Array, n: int, air: Array) -> None:
    sr, sg, sb, br, bg, bb = air[0], air[1], air[2], air[3], air[4], air[5]
    for j in range(n):
        up = HALF + HALF * block[NZ + j]
        work[LR + j] = br + (sr - br) * up
        work[LG + j] = bg + (sg - bg) * up
        work[LB + j] = bb + (sb - bb) * up


@shader
def _sun_light(
    block: Array, work: Array, index: Array, texels: Array, n: int, air: Array, sun_map: Array, shadow: Array, size:
    int,
) -> None:  # fmt: skip
    sx, sy, sz, sr, sg, sb = air[16], air[17], air[18], air[19], air[20], air[21]
    if size == 0:
        for j in range(n):
            facing = max(block[NX + j] * sx + block[NY + j] * sy + block[NZ + j] * sz, F0)
            work[LR + j] += sr * facing
            work[LG + j] += sg * facing
            work[LB + j] += sb * facing
        return
    m00, m01, m02, m03 = sun_map[0, 0], sun_map[0, 1], sun_map[0, 2], sun_map[0, 3]
    m10, m11, m12, m13 = sun_map[1, 0], sun_map[1, 1], sun_map[1, 2], sun_map[1, 3]
    m20, m21, m22, m23 = sun_map[2, 0], sun_map[2, 1], sun_map[2, 2], sun_map[2, 3]
    limit, deepest = np.float32(size - 2), np.float32(65534.0)
    stride = np.int32(size)
    lift = air[22]
    bias = lift * air[30]
    for j in range(n):
        nx, ny, nz = block[NX + j], block[NY + j], block[NZ + j]
        facing = max(nx * sx + ny * sy + nz * sz, F0)
        # A surface is looked up a texel off itself, so that it doesn't shade itself.
        x, y, z = work[X + j] + nx * lift, work[Y + j] + ny * lift, work[Z + j] + nz * lift
        u = min(max(m00 * x + m01 * y + m02 * z + m03, F0), limit)
        v = min(max(m10 * x + m11 * y + m12 * z + m13, F0), limit)
        i, k = np.int32(u), np.int32(v)
        work[P + j] = u - np.float32(i)
        work[Q + j] = v - np.float32(k)
        work[LIT + j] = facing
        index[j] = i32(i32(k * stride) + i) if facing > F0 else i32(0)
        index[PLANE + j] = np.int32(min(max(m20 * x + m21 * y + m22 * z + m23 - bias, F0), deepest))
    below = np.uint32(size)
    for j in range(n):
        at = np.uint32(index[j])
        texels[j] = shadow[at]
        texels[PLANE + j] = shadow[np.uint32(at + below)]
    mask = np.int32(0xFFFF)
    for j in range(n):
        d, upper, lower = index[PLANE + j], texels[j], texels[PLANE + j]
        a, b = (F1 if d <= i32(upper & mask) else F0), (F1 if d <= i32(i32(upper >> i32(16)) & mask) else F0)
        c, e = (F1 if d <= i32(lower & mask) else F0), (F1 if d <= i32(i32(lower >> i32(16)) & mask) else F0)
        p = work[P + j]
        upper_lit = a + (b - a) * p
        lit = (upper_lit + (c + (e - c) * p - upper_lit) * work[Q + j]) * work[LIT + j]
        work[LR + j] += sr * lit
        work[LG + j] += sg * lit
        work[LB + j] += sb * lit


@shader
def _lamp_light(block: Array, work: Array, n: int, lamp: Array) -> None:
    lx, ly, lz, lr, lg, lb, tight, reach = (
        lamp[0], lamp[1], lamp[2], lamp[3], lamp[4], lamp[5], lamp[6], lamp[7]
    )  # fmt: skip
    reached = i32(0)
    square_reach = reach * reach
    for j in range(n):
        x, y, z = work[X + j] - lx, work[Y + j] - ly, work[Z + j] - lz
        reached = i32(reached | (i32(1) if x * x + y * y + z * z < square_reach else i32(0)))
    if reached == 0:
        return
    rest = F1 / (F1 + reach * reach * tight)
    soft, hard = np.float32(0.15), np.float32(0.85)
    for j in range(n):
        x, y, z = lx - work[X + j], ly - work[Y + j], lz - work[Z + j]
        square = x * x + y * y + z * z + np.float32(1e-6)
        facing = (block[NX + j] * x + block[NY + j] * y + block[NZ + j] * z) / np.sqrt(square)
        light = max(F1 / (F1 + square * tight) - rest, F0) * (soft + hard * max(facing, F0))
        work[LR + j] += lr * light
        work[LG + j] += lg * light
        work[LB + j] += lb * light
