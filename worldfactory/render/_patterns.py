"""The patterns: colour, gloss and glow of the runs, from surface coordinates in pattern cells.

Edges of a pattern are averaged over the pixel's footprint in closed form (the box filter of Apodaca and Gritz 1999,
"Advanced RenderMan", chapter 11), and hashed variation fades out as cells shrink below a pixel, so that far walls don't
shimmer.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from worldfactory.compiled import Array, kernel, shader
from worldfactory.render._facades import displays, panes
from worldfactory.render._footprint import FU, FV, N1, N2, U, V, band, covered, hashed
from worldfactory.render._lettering import HIGH_SHARE, WIDE_SHARE
from worldfactory.render._planes import BLUE, F0, F1, GLOSS, GLOW, GREEN, HALF, PLANE, RED, i32

_U, _V, _FU, _FV, _N1, _N2 = U, V, FU, FV, N1, N2
NOISE, GRAIN = 512, 256
"""Texels along a side of the smooth noise and of the grain."""


@shader
def _coordinates(work: Array, depths: Array, m: int, a: Array, fx: float, fy: float) -> None:
    """u and v in cells, and how many cells one pixel spans along each."""
    u0, ux = a[9] + a[10] * fx + a[11] * fy, a[10]
    v0, vx = a[12] + a[13] * fx + a[14] * fy, a[13]
    uy, vy, wx, wy = a[11], a[14], a[15], a[16]
    least = np.float32(1e-6)
    for j in range(m):
        step = np.float32(np.int32(j))
        z = F1 / max(depths[j], least)
        u, v = (u0 + ux * step) * z, (v0 + vx * step) * z
        work[_U + j] = u
        work[_V + j] = v
        work[_FU + j] = (abs(ux - u * wx) + abs(uy - u * wy)) * z + least
        work[_FV + j] = (abs(vx - v * wx) + abs(vy - v * wy)) * z + least


@shader
def sample_noise(
    noise: Array, side: int, work: Array, index: Array, m: int, x: int, y: int, scale: float, shift_x: float, shift_y:
    float, out: int,
) -> None:  # fmt: skip
    """work[out + j] = the noise of `side` texels (a power of two) at work[x + j] * scale + shift_x and so for y.

    Bilinear, periodic, in [0, 1]. An entry of `noise` [side * side] int32 holds four texels, its own and those right,
    below and both, as four bytes. The look-ups have a loop to themselves, or LLVM vectorises nothing around them.
    """
    part = out + PLANE
    mask = np.int32(side - 1)
    for j in range(m):
        u, v = work[x + j] * scale + shift_x, work[y + j] * scale + shift_y
        left, low = np.floor(u), np.floor(v)
        work[out + j] = u - left
        work[part + j] = v - low
        index[j] = i32(i32(i32(i32(low) & mask) * i32(side)) + i32(i32(left) & mask))
    for j in range(m):
        index[j] = noise[np.uint32(index[j])]
    byte = np.int32(255)
    for j in range(m):
        four, p = index[j], work[out + j]
        a, b = np.float32(i32(four & byte)), np.float32(i32(i32(four >> i32(8)) & byte))
        c, d = np.float32(i32(i32(four >> i32(16)) & byte)), np.float32(i32(i32(four >> i32(24)) & byte))
        upper = a + (b - a) * p
        work[out + j] = (upper + (c + (d - c) * p - upper) * work[part + j]) * np.float32(1.0 / 255.0)


@shader
def paint(
    runs: Array, count: int, blocks: Array, inverse: Array, top: int, across: int, lanes: int, attributes: Array,
    spans: Array, material: Array, materials: Array, seed: Array, noise: Array, grain: Array, words: Array,
    ink: Array, lit_windows: float, work: Array, index: Array,
) -> None:  # fmt: skip
    """Fills the colour, gloss and glow of `blocks` for the first `count` runs, in order. Scratch: `work` [WORK]
    float32, `index` [PLANE] int32."""
    for n in range(count):
        number, lane, m, t = runs[n, 0], runs[n, 1], runs[n, 2], runs[n, 3]
        block = blocks[number, lane:]
        if t < 0:
            _fill(block, m, F0, F0, F0, F0, F0)
            continue
        a = attributes[t]
        quality = materials[material[spans[t, 2]]]
        pattern = int(quality[10])
        red, green, blue, gloss, glow = a[17], a[18], a[19], quality[9], quality[8]
        if pattern == 0:
            _fill(block, m, red, green, blue, gloss, glow)
            continue
        row, x = number // across, (number % across) * lanes + lane
        _coordinates(work, inverse[row, x:], m, a, np.float32(x), np.float32(top + row))
        for j in range(m):
            block[GLOSS + j] = gloss
            block[GLOW + j] = glow
        name = seed[spans[t, 3]]
        if 2 <= pattern <= 4 or pattern == 9:
            _courses(work, block, m, a, quality, name, pattern)
        elif 5 <= pattern <= 6:
            panes(work, block, m, a, quality, name, pattern, lit_windows)
        elif 7 <= pattern <= 8 or pattern == 14:
            _waves(work, block, m, a, pattern)
        elif pattern == 12:
            _water(work, index, block, m, a, noise)
        elif pattern == 15:
            _writing(work, block, m, a, quality, name, words, ink)
        elif pattern == 18:
            _patches(work, block, m, a, name)
        elif pattern == 19:
            displays(work, block, m, a, name)
        elif pattern == 20:
            _shelf(work, block, m, a, name)
        elif pattern >= 16:
            _pictures(work, index, block, m, a, name, noise, pattern)
        else:
            _organic(work, index, block, m, a, noise, grain, name, pattern)


@kernel
def _fill(block: Array, m: int, red: float, green: float, blue: float, gloss: float, glow: float) -> None:
    for j in range(m):
        block[RED + j] = red
        block[GREEN + j] = green
        block[BLUE + j] = blue
        block[GLOSS + j] = gloss
        block[GLOW + j] = glow


@shader
def _courses(work: Array, block: Array, m: int, a: Array, quality: Array, seed: int, pattern: int) -> None:
    """Stones in courses with joints between: brick (2), tiles (3), planks (4), paving (9); every stone has its own
    shade."""
    shift = HALF if pattern == 2 or pattern == 9 else F0
    loose = F1 if pattern == 4 else F0
    spread = np.float32(0.5) if pattern == 2 or pattern == 4 else np.float32(0.25)
    joint = np.float32(0.004 if pattern == 4 else 0.012)
    ju, jv = min(joint / quality[6], np.float32(0.12)), min(joint / quality[7], np.float32(0.12))
    red, green, blue, red2, green2, blue2 = a[17], a[18], a[19], a[20], a[21], a[22]
    for j in range(m):
        u, v, fu, fv = work[_U + j], work[_V + j], work[_FU + j], work[_FV + j]
        course = np.floor(v)
        odd = course - np.float32(2.0) * np.floor(course * HALF)
        u += shift * odd + loose * np.float32(hashed(course, F0, seed)) * np.float32(1.0 / 65536.0)
        stone = np.floor(u)
        seam = F1 - (F1 - covered(u - stone, ju, fu)) * (F1 - covered(v - course, jv, fv))
        fade = min(max(np.float32(1.7) - max(fu, fv), F0), F1)
        shade = F1 + spread * fade * (np.float32(hashed(stone, course, seed)) * np.float32(1.0 / 65536.0) - HALF)
        block[RED + j] = red * shade + (red2 - red * shade) * seam
        block[GREEN + j] = green * shade + (green2 - green * shade) * seam
        block[BLUE + j] = blue * shade + (blue2 - blue * shade) * seam


@shader
def _waves(work: Array, block: Array, m: int, a: Array, pattern: int) -> None:
    """Stripes across u (7), a checker (8), or corrugated sheet (14)."""
    red, green, blue, red2, green2, blue2 = a[17], a[18], a[19], a[20], a[21], a[22]
    two = np.float32(2.0)
    for j in range(m):
        u, v, fu, fv = work[_U + j], work[_V + j], work[_FU + j], work[_FV + j]
        if pattern == 8:
            u, v, fu, fv = u * HALF, v * HALF, fu * HALF, fv * HALF
        p = two * covered(u - np.floor(u), HALF, fu) - F1
        q = two * covered(v - np.floor(v), HALF, fv) - F1
        if pattern == 7:
            share = HALF + HALF * p
        elif pattern == 8:
            share = HALF + HALF * p * q
        else:
            fold = abs(u - np.floor(u) - HALF) * two
            share = F1 - HALF * fold * fold * min(max(np.float32(1.7) - fu, F0), F1) - np.float32(0.2)
        block[RED + j] = red2 + (red - red2) * share
        block[GREEN + j] = green2 + (green - green2) * share
        block[BLUE + j] = blue2 + (blue - blue2) * share


@shader
def _organic(
    work: Array, index: Array, block: Array, m: int, a: Array, noise: Array, grain: Array, seed: int, pattern: int,
) -> None:  # fmt: skip
    """Mottled (1), asphalt (10), grass (11), foliage (13): two scales of noise between the two colours."""
    fine, strength, coarse, drift, middle = (
        np.float32(22.0), np.float32(0.5), np.float32(2.2), np.float32(0.7), np.float32(0.35)
    )  # fmt: skip
    if pattern == 10:
        fine, strength, coarse, drift, middle = (
            np.float32(40.0), np.float32(0.55), np.float32(2.6), np.float32(0.6), np.float32(0.4)
        )  # fmt: skip
    elif pattern == 11:
        fine, strength, coarse, drift, middle = (
            np.float32(38.0), np.float32(1.1), np.float32(2.2), np.float32(0.8), np.float32(0.45)
        )  # fmt: skip
    elif pattern == 13:
        fine, strength, coarse, drift, middle = (
            np.float32(15.0), np.float32(1.9), np.float32(4.0), np.float32(1.1), np.float32(0.45)
        )  # fmt: skip
    red, green, blue, red2, green2, blue2 = a[17], a[18], a[19], a[20], a[21], a[22]
    offset = np.float32(seed & 255)
    # A run's footprint changes little along it: where its ends can't show the grain, no pixel of it can.
    least = min(max(work[_FU], work[_FV]), max(work[_FU + m - 1], work[_FV + m - 1]))
    grainy = least * fine < np.float32(1.8)
    if grainy:
        sample_noise(grain, GRAIN, work, index, m, _U, _V, fine, offset, F0, _N1)
    else:
        for j in range(m):
            work[_N1 + j] = HALF
    sample_noise(noise, NOISE, work, index, m, _U, _V, coarse, F0, offset, _N2)
    for j in range(m):
        foot = max(work[_FU + j], work[_FV + j])
        near = min(max(np.float32(1.8) - foot * fine, F0), F1)
        far = min(max(np.float32(1.8) - foot * coarse, F0), F1)
        share = middle + strength * near * (work[_N1 + j] - HALF) + drift * far * (work[_N2 + j] - HALF)
        share = min(max(share, F0), F1)
        block[RED + j] = red + (red2 - red) * share
        block[GREEN + j] = green + (green2 - green) * share
        block[BLUE + j] = blue + (blue2 - blue) * share


@shader
def _patches(work: Array, block: Array, m: int, a: Array, seed: int) -> None:
    """Irregular patches with seams between (18): the regions nearest to one jittered point a cell (Worley 1996, "A
    cellular texture basis function"); a seam is where the nearest two are about as far."""
    red, green, blue, red2, green2, blue2 = a[17], a[18], a[19], a[20], a[21], a[22]
    half_seam, mean, byte = np.float32(0.075), np.float32(0.3), np.float32(0.7 / 256.0)
    for j in range(m):
        u, v, foot = work[_U + j], work[_V + j], max(work[_FU + j], work[_FV + j])
        first, second, shade = np.float32(9.0), np.float32(9.0), F1
        for k in range(9):
            i, n = np.floor(u) + np.float32(k % 3 - 1), np.floor(v) + np.float32(k // 3 - 1)
            mixed = np.int32(hashed(i, n, seed))
            x = i + np.float32(0.15) + byte * np.float32(mixed & 255) - u
            y = n + np.float32(0.15) + byte * np.float32(mixed >> 8) - v
            far = np.sqrt(x * x + y * y)
            if far < first:
                second, first = first, far
                shade = np.float32(0.88) + np.float32(0.24 / 256.0) * np.float32((mixed >> 4) & 255)
            elif far < second:
                second = far
        seam = F1 - min(max((HALF * (second - first) - half_seam) / foot + HALF, F0), F1)
        near = min(max(np.float32(1.8) - np.float32(2.0) * foot, F0), F1)
        seam = mean + near * (seam - mean)
        shade = F1 + near * (shade - F1)
        block[RED + j] = red * shade + (red2 - red * shade) * seam
        block[GREEN + j] = green * shade + (green2 - green * shade) * seam
        block[BLUE + j] = blue * shade + (blue2 - blue * shade) * seam


@shader
def _shelf(work: Array, block: Array, m: int, a: Array, seed: int) -> None:
    """What stands in a row (20): each of its own width, height and colour, with a band across half of them, and the
    dark of the shelf above."""
    red, green, blue, red2, green2, blue2 = a[17], a[18], a[19], a[20], a[21], a[22]
    unit, loose, dark = np.float32(1.0 / 65536.0), np.float32(0.4), np.float32(0.05)
    # From afar: two in five of each colour and one of another.
    mean_r, mean_g, mean_b = (
        np.float32(0.30) * (red + red2) + np.float32(0.05),
        np.float32(0.30) * (green + green2) + np.float32(0.05),
        np.float32(0.30) * (blue + blue2) + np.float32(0.05),
    )
    for j in range(m):
        u, v, fu, fv = work[_U + j], work[_V + j], work[_FU + j], work[_FV + j]
        row = np.floor(v)
        t = v - row
        # Their left edges are a little to the right of the cells', by hash.
        good = np.floor(u)
        edge = loose * unit * np.float32(hashed(good, row, seed))
        if u - good < edge:
            good -= F1
            edge = loose * unit * np.float32(hashed(good, row, seed))
        end = F1 + loose * unit * np.float32(hashed(good + F1, row, seed))
        mixed = np.int32(hashed(row, good, seed + np.int32(3)))
        one, two = np.float32(mixed & 255) * np.float32(1.0 / 256.0), np.float32(mixed >> 8) * np.float32(1.0 / 256.0)
        three = np.float32(hashed(good, row, seed + np.int32(7))) * unit
        if one < np.float32(0.4):
            r, g, b = red, green, blue
        elif one < np.float32(0.75):
            r, g, b = red2, green2, blue2
        else:
            r = np.float32(0.06) + np.float32(0.5) * two * two
            g = np.float32(0.06) + np.float32(0.36) * three * three
            b = np.float32(0.06) + np.float32(0.4) * (F1 - two) * (F1 - three)
        shade = np.float32(0.7) + np.float32(0.6) * three
        banded = band(t, np.float32(0.55), np.float32(0.63), fv) + band(t, np.float32(0.1), np.float32(0.14), fv)
        shade += (np.float32(0.7) if two > HALF else np.float32(-0.25)) * banded
        # Round at its sides, and no higher than its height.
        x = u - good
        side = min(max((min(x - edge, end - x) - np.float32(0.03)) / max(fu, np.float32(0.06)) + HALF, F0), F1)
        top = np.float32(0.70) + np.float32(0.27) * two
        stands = side * min(max((top - t) / fv + HALF, F0), F1)
        shade *= dark + (F1 - dark) * stands
        near = min(max(np.float32(1.7) - max(fu, fv), F0), F1)
        block[RED + j] = mean_r + (r * shade - mean_r) * near
        block[GREEN + j] = mean_g + (g * shade - mean_g) * near
        block[BLUE + j] = mean_b + (b * shade - mean_b) * near


@shader
def _water(work: Array, index: Array, block: Array, m: int, a: Array, noise: Array) -> None:
    red, green, blue, red2, green2, blue2 = a[17], a[18], a[19], a[20], a[21], a[22]
    sample_noise(noise, NOISE, work, index, m, _U, _V, np.float32(1.4), F0, F0, _N1)
    for j in range(m):
        share = work[_N1 + j]
        block[RED + j] = red + (red2 - red) * share
        block[GREEN + j] = green + (green2 - green) * share
        block[BLUE + j] = blue + (blue2 - blue) * share
        block[GLOSS + j] = np.float32(1.8)


@shader
def _ink_to(ink: Array, begin: int, wide: int, high: int, x: float, y: float) -> Any:
    """The ink of a word left of x and below y, pixels of the word; see Lettering.tables."""
    u, v = min(max(x, F0), np.float32(wide)), min(max(y, F0), np.float32(high))
    i, j = min(i32(u), i32(wide - 1)), min(i32(v), i32(high - 1))
    p, q = u - np.float32(i), v - np.float32(j)
    at = begin + j * (wide + 1) + i
    a, b = np.float32(ink[at]), np.float32(ink[at + 1])
    c, d = np.float32(ink[at + wide + 1]), np.float32(ink[at + wide + 2])
    lower = a + (b - a) * p
    return lower + (c + (d - c) * p - lower) * q


@shader
def _writing(
    work: Array, block: Array, m: int, a: Array, quality: Array, seed: int, words: Array, ink: Array,
) -> None:  # fmt: skip
    """Words, one in each cell, chosen by hash; `quality` names those that suit, see Lettering."""
    red, green, blue, red2, green2, blue2 = a[17], a[18], a[19], a[20], a[21], a[22]
    first, count, aspect = int(quality[11]), int(quality[12]), quality[13]
    if count == 0:
        for j in range(m):
            block[RED + j] = red
            block[GREEN + j] = green
            block[BLUE + j] = blue
        return
    for j in range(m):
        u, v, fu, fv = work[_U + j], work[_V + j], work[_FU + j], work[_FV + j]
        column, row = np.floor(u), np.floor(v)
        pick = first + i32(i32(hashed(column, row, seed) * i32(count)) >> i32(16))
        begin, wide, high = words[pick, 0], words[pick, 1], words[pick, 2]
        across, upward = np.float32(wide), np.float32(high)
        ratio = across / (upward * aspect)
        tall = min(np.float32(HIGH_SHARE), np.float32(WIDE_SHARE) / ratio)
        per_u, per_v = across / (tall * ratio), upward / tall
        x, y = (u - column - HALF) * per_u + HALF * across, (v - row - HALF) * per_v + HALF * upward
        # Never less than a pixel of the word, or its steps would show from close by.
        hx, hy = HALF * max(fu * per_u, F1), HALF * max(fv * per_v, F1)
        share = F0
        if x + hx > F0 and x - hx < across and y + hy > F0 and y - hy < upward:
            share = _ink_to(ink, begin, wide, high, x + hx, y + hy) - _ink_to(ink, begin, wide, high, x - hx, y + hy)
            share += _ink_to(ink, begin, wide, high, x - hx, y - hy) - _ink_to(ink, begin, wide, high, x + hx, y - hy)
            share = share / (np.float32(4.0) * hx * hy)
        fade = min(max(np.float32(1.7) - max(fu, fv), F0), F1)
        share = share * fade + np.float32(0.2) * (F1 - fade)
        block[RED + j] = red + (red2 - red) * share
        block[GREEN + j] = green + (green2 - green) * share
        block[BLUE + j] = blue + (blue2 - blue) * share


@shader
def _pictures(
    work: Array, index: Array, block: Array, m: int, a: Array, seed: int, noise: Array, pattern: int,
) -> None:  # fmt: skip
    """A screen's lines of words (16), or a framed painting in three colours (17)."""
    red, green, blue, red2, green2, blue2 = a[17], a[18], a[19], a[20], a[21], a[22]
    unit = np.float32(1.0 / 65536.0)
    if pattern == 16:
        for j in range(m):
            u, v, fu, fv = work[_U + j], work[_V + j], work[_FU + j], work[_FV + j]
            fade = min(max(np.float32(1.7) - np.float32(2.0) * max(fu, fv), F0), F1)
            row, word = np.floor(v), np.floor(u * np.float32(1.5))
            t = v - row
            # A bar of another tone every few lines, and words between.
            heading = F1 if row - np.float32(5.0) * np.floor(row * np.float32(0.2)) > np.float32(3.5) else F0
            written = F1 if np.float32(hashed(word, row, seed)) * unit > np.float32(0.4) else F0
            line = min(max(min(t - np.float32(0.28), np.float32(0.72) - t) / fv + HALF, F0), F1)
            share = np.float32(0.45) * heading + (F1 - np.float32(0.6) * heading) * written * line
            share = np.float32(0.3) + (share - np.float32(0.3)) * fade
            block[RED + j] = red + (red2 - red) * share
            block[GREEN + j] = green + (green2 - green) * share
            block[BLUE + j] = blue + (blue2 - blue) * share
            block[GLOW + j] = max(block[GLOW + j], np.float32(0.8))
        return
    sample_noise(noise, NOISE, work, index, m, _U, _V, np.float32(70.0), np.float32(seed & 511), F0, _N1)
    for j in range(m):
        u, v = work[_U + j], work[_V + j]
        x, y = np.floor(u), np.floor(v)
        s, t = u - x, v - y
        one = np.float32(hashed(x, y, seed)) * unit
        two = np.float32(hashed(y, x, seed + np.int32(5))) * unit
        n = work[_N1 + j]
        n = n * np.float32(0.8) + t * np.float32(0.4) - np.float32(0.1)
        high = min(max((n - np.float32(0.55)) * np.float32(8.0), F0), F1)
        middle = min(max((n - np.float32(0.30)) * np.float32(8.0), F0), F1)
        r, g, b = red + (red2 - red) * middle, green + (green2 - green) * middle, blue + (blue2 - blue) * middle
        r += (np.float32(0.15) + np.float32(0.7) * one - r) * high
        g += (np.float32(0.15) + np.float32(0.5) * two - g) * high
        b += (np.float32(0.75) - np.float32(0.6) * one - b) * high
        rim = np.float32(0.05)
        edge = F1 - band(s, rim, F1 - rim, work[_FU + j]) * band(t, rim, F1 - rim, work[_FV + j])
        block[RED + j] = r + (np.float32(0.20) - r) * edge
        block[GREEN + j] = g + (np.float32(0.13) - g) * edge
        block[BLUE + j] = b + (np.float32(0.05) - b) * edge
