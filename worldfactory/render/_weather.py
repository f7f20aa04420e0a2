"""What weather and gloss add: wet and snowed-on ground, the darkness where things touch, mirrored sky."""

from __future__ import annotations

from typing import Any

import numpy as np

from worldfactory.compiled import Array, shader
from worldfactory.render._patterns import NOISE, sample_noise
from worldfactory.render._planes import (
    BLUE,
    F0,
    F1,
    FAR,
    GLOSS,
    GREEN,
    HALF,
    LB,
    LG,
    LIT,
    LR,
    NX,
    NY,
    NZ,
    PLANE,
    RED,
    P,
    Q,
    X,
    Y,
    Z,
    i32,
)
from worldfactory.render._probe import KNEE, SIDE, SOFT_SIDE

_AWAY_M = np.float32(16.0)
"""How far off what a surface mirrors is taken to be."""
_NEAR_M = np.float32(11.0)
"""How far from the probe a surface may count as being, along each axis."""
CONTACT_M = 1.1
"""How high above the ground the darkness of a contact reaches."""


@shader
def weather(block: Array, work: Array, index: Array, n: int, noise: Array, wetness: float, snow: float) -> None:
    """Darkens and polishes what lies open to the rain, whitens what lies open to the snow; patchily, by world
    position."""
    sample_noise(noise, NOISE, work, index, n, X, Y, np.float32(9.0), F0, F0, P)
    for j in range(n):
        patch, up = work[P + j], block[NZ + j]
        open_up = min(max((up - np.float32(0.3)) * np.float32(2.0), F0), F1)
        wet = wetness * (np.float32(0.35) + np.float32(0.65) * open_up)
        dark = F1 - np.float32(0.45) * wet
        puddle = min(max((patch - np.float32(0.52)) * np.float32(6.0), F0), F1)
        shine = wetness * open_up * (np.float32(0.22) + np.float32(0.6) * puddle)
        gloss = block[GLOSS + j]
        block[GLOSS + j] = gloss if gloss > F1 else max(gloss, shine)
        cover = min(max((patch + snow * np.float32(1.7) - F1) * np.float32(5.0), F0), F1) * open_up
        block[RED + j] = block[RED + j] * dark * (F1 - cover) + np.float32(0.84) * cover
        block[GREEN + j] = block[GREEN + j] * dark * (F1 - cover) + np.float32(0.87) * cover
        block[BLUE + j] = block[BLUE + j] * dark * (F1 - cover) + np.float32(0.93) * cover


@shader
def contact(block: Array, work: Array, index: Array, texels: Array, n: int, contacts: Array, place: Array) -> None:
    """Takes sky light away near the ground beside what stands on it, by the map of _contact."""
    size = len(contacts)
    low = i32(0)
    for j in range(n):
        low = i32(low | (i32(1) if work[Z + j] < np.float32(CONTACT_M) else i32(0)))
    if size <= 1 or low == 0:
        return
    x0, y0, per_m, side = place[0], place[1], place[2], i32(place[3])
    limit = np.float32(side - 2)
    for j in range(n):
        u = min(max((work[X + j] - x0) * per_m, F0), limit)
        v = min(max((work[Y + j] - y0) * per_m, F0), limit)
        i, k = i32(u), i32(v)
        work[P + j] = u - np.float32(i)
        work[Q + j] = v - np.float32(k)
        index[j] = i32(i32(k * side) + i)
    for j in range(n):
        at = np.uint32(index[j])
        texels[j] = i32(contacts[at])
        texels[PLANE + j] = i32(contacts[np.uint32(at + np.uint32(side))])
    byte = i32(255)
    for j in range(n):
        upper, lower, p = texels[j], texels[PLANE + j], work[P + j]
        a, b = np.float32(i32(upper & byte)), np.float32(i32(i32(upper >> i32(8)) & byte))
        c, d = np.float32(i32(lower & byte)), np.float32(i32(i32(lower >> i32(8)) & byte))
        top = a + (b - a) * p
        dark = (top + (c + (d - c) * p - top) * work[Q + j]) * np.float32(0.7 / 255.0)
        high = min(max(F1 - work[Z + j] * np.float32(1.0 / CONTACT_M), F0), F1)
        left = F1 - dark * high * high
        work[LR + j] *= left
        work[LG + j] *= left
        work[LB + j] *= left


@shader
def reflect(
    block: Array, work: Array, index: Array, n: int, eye: Array, air: Array, noise: Array, probe: Array, water: int,
) -> None:  # fmt: skip
    """Mirrors what surrounds the path, and the sun, in what has gloss (Schlick 1994's Fresnel factor); water's normal
    is ruffled by moving noise."""
    work_x, work_y = LR, LG  # light is spent: its planes hold the ruffled normal's tilt, then what is mirrored
    for j in range(n):
        work[work_x + j] = F0
        work[work_y + j] = F0
    if water != 0:
        drift = air[9] * np.float32(5.0)
        sample_noise(noise, NOISE, work, index, n, X, Y, np.float32(11.0), drift, F0, P)
        for j in range(n):
            work[work_x + j] = work[P + j] - HALF
        sample_noise(noise, NOISE, work, index, n, Y, X, np.float32(13.0), F0, drift, P)
        for j in range(n):
            work[work_y + j] = work[P + j] - HALF
    px, py, pz = air[31], air[32], air[33]
    sx, sy, sz, sun_on = air[16], air[17], air[18], air[15] * np.float32(1.5)
    for j in range(n):
        gloss = block[GLOSS + j]
        wavy = np.float32(0.22) if gloss > F1 else F0
        gloss = gloss - F1 if gloss > F1 else gloss
        nx, ny, nz = block[NX + j] + wavy * work[work_x + j], block[NY + j] + wavy * work[work_y + j], block[NZ + j]
        s = F1 / work[FAR + j]
        vx, vy, vz = (work[X + j] - eye[0]) * s, (work[Y + j] - eye[1]) * s, (work[Z + j] - eye[2]) * s
        facing = vx * nx + vy * ny + vz * nz
        twice = facing + facing
        rx, ry, rz = vx - twice * nx, vy - twice * ny, vz - twice * nz
        edge = F1 - min(max(-facing, F0), F1)
        edge = edge * edge
        work[LB + j] = gloss * (np.float32(0.2) + np.float32(0.8) * edge * edge)
        sun = max(rx * sx + ry * sy + rz * sz, F0)
        sun = sun * sun
        sun = sun * sun
        sun = sun * sun
        sun = sun * sun
        sun = sun * sun
        work[LIT + j] = sun * sun * sun_on
        # The probe stands elsewhere: what is mirrored is taken to be some way off (Lagarde and Zanuttini 2012).
        dx, dy, dz = rx * _AWAY_M, ry * _AWAY_M, rz * _AWAY_M
        dx += min(max(work[X + j] - px, -_NEAR_M), _NEAR_M)
        dy += min(max(work[Y + j] - py, -_NEAR_M), _NEAR_M)
        dz += min(max(work[Z + j] - pz, -_NEAR_M), _NEAR_M)
        s = F1 / (abs(dx) + abs(dy) + abs(dz))
        u, v = dx * s, dy * s
        fold_u, fold_v = F1 - abs(v), F1 - abs(u)
        fold_u, fold_v = (fold_u if u >= F0 else -fold_u), (fold_v if v >= F0 else -fold_v)
        u, v = (u if dz >= F0 else fold_u), (v if dz >= F0 else fold_v)
        sharp = gloss > np.float32(0.35)
        inner = np.float32(SIDE - 2) if sharp else np.float32(SOFT_SIDE - 2)
        side = i32(SIDE) if sharp else i32(SOFT_SIDE)
        u, v = (u * HALF + HALF) * inner + HALF, (v * HALF + HALF) * inner + HALF
        i, k = i32(u), i32(v)
        work[P + j] = u - np.float32(i)
        work[Q + j] = v - np.float32(k)
        index[j] = i32(i32(i32(k * side) + i) + (i32(0) if sharp else i32(SIDE * SIDE)))
        index[PLANE + j] = side
    for j in range(n):
        at = np.uint32(index[j])
        below = np.uint32(at + np.uint32(index[PLANE + j]))
        index[j] = probe[at]
        index[PLANE + j] = probe[np.uint32(at + np.uint32(1))]
        index[2 * PLANE + j] = probe[below]
        index[3 * PLANE + j] = probe[np.uint32(below + np.uint32(1))]
    sr, sg, sb = air[19], air[20], air[21]
    for j in range(n):
        share, sun, p, q = work[LB + j], work[LIT + j], work[P + j], work[Q + j]
        a, b, c, d = index[j], index[PLANE + j], index[2 * PLANE + j], index[3 * PLANE + j]
        red = _mirrored(a, b, c, d, i32(0), p, q) + sun * sr
        green = _mirrored(a, b, c, d, i32(10), p, q) + sun * sg
        blue = _mirrored(a, b, c, d, i32(20), p, q) + sun * sb
        block[RED + j] += (red - block[RED + j]) * share
        block[GREEN + j] += (green - block[GREEN + j]) * share
        block[BLUE + j] += (blue - block[BLUE + j]) * share


@shader
def _mirrored(a: int, b: int, c: int, d: int, shift: int, p: float, q: float) -> Any:
    """One colour of four texels of the probe, between them: ten bits of c / (c + KNEE) each."""
    ten = i32(1023)
    e, f = np.float32(i32(i32(a >> shift) & ten)), np.float32(i32(i32(b >> shift) & ten))
    g, h = np.float32(i32(i32(c >> shift) & ten)), np.float32(i32(i32(d >> shift) & ten))
    upper = e + (f - e) * p
    code = upper + (g + (h - g) * p - upper) * q
    return np.float32(KNEE) * code / (np.float32(1024.0) - code)
