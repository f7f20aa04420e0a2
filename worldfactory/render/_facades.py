"""Patterns of facades: walls with windows, curtain walls, what shops show. Edges as in _patterns."""

from __future__ import annotations

import numpy as np

from worldfactory.compiled import Array, shader
from worldfactory.render._footprint import FU, FV, U, V, covered, hashed
from worldfactory.render._planes import BLUE, F0, F1, GLOSS, GLOW, GREEN, HALF, RED

OPENING = 14
"""Where the columns of a material's opening begin in its row, see _world._opening."""


@shader
def panes(
    work: Array, block: Array, m: int, a: Array, quality: Array, seed: int, pattern: int, lit_windows: float,
) -> None:  # fmt: skip
    """A wall with a window in each cell (5), or a curtain wall of glass (6). Lit ones glow warm or cool.

    What the window is like is in the columns from OPENING of `quality`, in shares of the cell.
    """
    hole = pattern == 5
    left, wide, low, tall = quality[14], quality[15], quality[16], quality[17]
    rim_u, rim_v, columns, rows, bar_u, bar_v = (
        quality[18], quality[19], quality[20], quality[21], quality[22], quality[23]
    )  # fmt: skip
    frame_r, frame_g, frame_b = quality[24], quality[25], quality[26]
    leaf, leaf_r, leaf_g, leaf_b = quality[27], quality[28], quality[29], quality[30]
    rail, rail_r, rail_g, rail_b, rail_bars = quality[31], quality[32], quality[33], quality[34], quality[35]
    slab, spring, cell_u, cell_v, deep = quality[36], quality[37], quality[6], quality[7], quality[38]
    shiny = np.float32(0.55 if hole else 0.8)
    # Windows of houses have curtains each of its own; a tower's panes are alike, with blinds drawn down some of them.
    even, varied = np.float32(0.6 if hole else 0.9), np.float32(0.8 if hole else 0.2)
    cloth, drawn = np.float32(0.16 if hole else 0.07), np.float32(0.0 if hole else 1.9)
    red, green, blue, red2, green2, blue2 = a[17], a[18], a[19], a[20], a[21], a[22]
    unit = np.float32(1.0 / 65536.0)
    eaves, least = np.float32(0.14), np.float32(0.01)
    for j in range(m):
        u, v, fu, fv = work[U + j], work[V + j], work[FU + j], work[FV + j]
        column, floor = np.floor(u), np.floor(v)
        s, t = u - column, v - floor
        fade = min(max(np.float32(1.7) - max(fu, fv), F0), F1)
        ps, pt = s - left + rim_u, t - low + rim_v
        ps, pt = ps - np.floor(ps), pt - np.floor(pt)
        tall_2, wide_2 = tall + rim_v + rim_v, wide + rim_u + rim_u
        high = covered(pt, tall_2, fv)
        outer = covered(ps, wide_2, fu) * high
        ps, pt = s - left, t - low
        ps, pt = ps - np.floor(ps), pt - np.floor(pt)
        inner_u, inner_v = covered(ps, wide, fu), covered(pt, tall, fv)
        # A round head: how far inside the circle over the springing line, in metres.
        x, y = (ps - HALF * wide) * cell_u, (pt - spring) * cell_v
        away = np.sqrt(x * x + max(y, F0) * max(y, F0))
        soft = max(fu * cell_u, np.float32(0.002))
        radius = HALF * wide * cell_u
        inside = min(max((radius - away) / soft + HALF, F0), F1)
        around = min(max((radius + rim_u * cell_u - away) / soft + HALF, F0), F1)
        rounded = F1 if y > F0 else F0
        inner = inner_u * inner_v * (F1 - rounded + rounded * inside)
        outer = outer * (F1 - rounded + rounded * around)
        qs, qt = ps / wide * columns + HALF * bar_u, pt / tall * rows + HALF * bar_v
        qs, qt = qs - np.floor(qs), qt - np.floor(qt)
        over = (F1 - covered(qs, bar_u, fu * columns / wide)) * (F1 - covered(qt, bar_v, fv * rows / tall))
        glass = inner * over
        recess = pt - (F1 - deep) * tall
        recess = recess - np.floor(recess)
        dark = F1 - HALF * covered(recess, deep * tall, fv)
        chance = np.float32(hashed(column, floor, seed)) * unit
        other = np.float32(hashed(floor, column, seed + np.int32(77))) * unit
        lit = (F1 if chance < lit_windows else F0) * (np.float32(0.45) + np.float32(1.1) * other)
        lit = lit * fade + lit_windows * (F1 - fade)
        shade = (even + varied * other * fade) * dark
        below = pt - tall * drawn * (F1 - other)
        curtain = cloth * (F1 if other > np.float32(0.62) else F0) * fade
        curtain = curtain * min(max(below / max(fv, np.float32(0.01)) + HALF, F0), F1)
        warm = np.float32(0.8) if other < np.float32(0.75) else np.float32(0.25)
        gr, gg, gb = red2 * shade + curtain, green2 * shade + curtain, blue2 * shade + curtain
        gr += (F1 - gr) * min(lit, F1)
        gg += (F1 - np.float32(0.35) * warm - gg) * min(lit, F1)
        gb += (F1 - np.float32(0.75) * warm - gb) * min(lit, F1)
        frame = outer - glass
        # Shutters on both sides of the window, open; a streak where rain runs off the sill; a slab at the floor.
        ps = s - left + leaf
        ps = ps - np.floor(ps)
        leaves = max(covered(ps, wide + leaf + leaf, fu) * inner_v - outer, F0)
        wall = F1 - outer - leaves
        stain = (
            F1
            - np.float32(0.2)
            * inner_u
            * (F1 - high)
            * max(F1 - (low - t) / max(low, least), F0)
            * (F1 if t < low else F0)
            * fade
        )
        pt = t + slab
        pt = pt - np.floor(pt)
        ledge = covered(pt, slab, fv)
        edge = F1 + np.float32(0.35) * ledge
        # Under a balcony's slab it is dark, and before the lower part of the floor stands its railing.
        pt = t - (F1 - eaves)
        pt = pt - np.floor(pt)
        under = F1 - np.float32(0.45) * covered(pt, eaves, fv) * (F1 if rail > F0 else F0)
        qs = u * rail_bars
        qs = qs - np.floor(qs)
        front = covered(t, rail, fv) * (np.float32(0.35) + np.float32(0.65) * covered(qs, HALF, fu * rail_bars))
        back, wall_r, wall_g, wall_b = under * (F1 - front), red * stain, green * stain, blue * stain
        r = wall_r * wall + frame_r * frame + gr * glass + leaf_r * leaves
        g = wall_g * wall + frame_g * frame + gg * glass + leaf_g * leaves
        b = wall_b * wall + frame_b * frame + gb * glass + leaf_b * leaves
        block[RED + j] = min((r * back + rail_r * front) * edge, F1)
        block[GREEN + j] = min((g * back + rail_g * front) * edge, F1)
        block[BLUE + j] = min((b * back + rail_b * front) * edge, F1)
        glass = glass * back
        block[GLOSS + j] = shiny * glass * (F1 - HALF * min(lit, F1))
        block[GLOW + j] += lit * glass


@shader
def displays(work: Array, block: Array, m: int, a: Array, seed: int) -> None:
    """Behind a shop's glass: shelves of goods, each cell another shop's, or a poster over low ones; rgb is the wall
    behind them, rgb2 the frame round each pane."""
    red, green, blue, red2, green2, blue2 = a[17], a[18], a[19], a[20], a[21], a[22]
    unit = np.float32(1.0 / 65536.0)
    rim, board = np.float32(0.022), np.float32(0.05)
    for j in range(m):
        u, v, fu, fv = work[U + j], work[V + j], work[FU + j], work[FV + j]
        column, storey = np.floor(u), np.floor(v)
        s, t = u - column, v - storey
        one = np.float32(hashed(column, storey, seed)) * unit
        two = np.float32(hashed(storey, column, seed + np.int32(31))) * unit
        # Shelves of many goods; or a few in a window, on a low step.
        full = F1 if one > np.float32(0.76) else F0
        rows = F1 + full * (F1 + np.floor(np.float32(6.0) * (one - np.float32(0.76)) + HALF))
        many = np.float32(3.0) + np.floor(np.float32(4.0) * two) + full * np.float32(2.0)
        # Each of a width, height and colour of its own, gone where they are finer than a pixel.
        x, y = s * many, t * rows
        row, good = np.floor(y), np.floor(x)
        p, q = x - good, y - row
        near = min(max(np.float32(1.6) - max(fu * many, fv * rows), F0), F1)
        name = good + column * np.float32(16.0)
        first = np.float32(hashed(name, row, seed + np.int32(5))) * unit
        second = np.float32(hashed(row, name, seed + np.int32(9))) * unit
        third = np.float32(hashed(name, row, seed + np.int32(13))) * unit
        size = (np.float32(0.34) + np.float32(0.46) * first) * (np.float32(0.62) + np.float32(0.1) * full)
        gap = np.float32(0.04) + np.float32(0.22) * second
        width = max(fu * many, np.float32(1e-4))
        height = max(fv * rows, np.float32(1e-4))
        sides = min(max(min(p - gap, F1 - gap - p) / width + HALF, F0), F1)
        top = min(max((size - q) / height + HALF, F0), F1) * min(max((q - board) / height + HALF, F0), F1)
        goods = sides * top * (F1 if first > np.float32(0.3) - np.float32(0.18) * full else F0) * near + np.float32(
            0.3
        ) * (F1 - near)
        pale = np.float32(0.04) + np.float32(0.55) * third * third
        pr = pale * (np.float32(0.6) + np.float32(0.8) * second) * near + np.float32(0.19) * (F1 - near)
        pg = pale * (np.float32(0.6) + np.float32(0.6) * first) * near + np.float32(0.17) * (F1 - near)
        pb = pale * (np.float32(1.3) - np.float32(0.9) * second) * near + np.float32(0.15) * (F1 - near)
        # The room gets darker toward its ceiling's far end, and each shop has a tone of its own.
        fade = min(max(np.float32(1.7) - max(fu, fv), F0), F1)
        # The room is darker toward its far end, which is seen higher up; lamps hang in a row before it.
        tone = F1 + (np.float32(1.2) * (two - HALF) + np.float32(0.8) * (HALF - t)) * fade
        warm = F1 + np.float32(0.5) * (one - HALF) * fade
        r, g, b = red * tone * warm, green * tone, blue * tone * (np.float32(2.0) - warm)
        plank = covered(q, board, height) * near
        r, g, b = r + (pr - r) * goods, g + (pg - g) * goods, b + (pb - b) * goods
        shelf = F1 + np.float32(0.7) * plank
        r, g, b = r * shelf, g * shelf, b * shelf
        in_v = min(max(min(t - np.float32(0.48) - np.float32(0.1) * one, np.float32(0.88) - t) / fv + HALF, F0), F1)
        left = np.float32(0.1) + np.float32(0.4) * two
        in_u = min(max(min(s - left, left + np.float32(0.3) - s) / fu + HALF, F0), F1)
        poster = in_u * in_v * (F1 if one < np.float32(0.36) else F0) * fade
        ink = np.float32(0.35) if t > np.float32(0.62) else np.float32(0.72)
        r += (ink * (np.float32(0.35) + np.float32(0.65) * two) - r) * poster
        g += (ink * (np.float32(0.8) - np.float32(0.45) * two) - g) * poster
        b += (ink * (np.float32(0.25) + np.float32(1.2) * one) - b) * poster
        x = s * np.float32(3.0)
        lamp = covered(x - np.floor(x), np.float32(0.3), fu * np.float32(3.0))
        lamp *= min(max(min(t - np.float32(0.90), np.float32(0.94) - t) / fv + HALF, F0), F1) * fade
        r, g, b = r + (F1 - r) * lamp, g + (np.float32(0.9) - g) * lamp, b + (np.float32(0.7) - b) * lamp
        edge = max(
            covered(s + rim - np.floor(s + rim), rim + rim, fu), covered(t + rim - np.floor(t + rim), rim + rim, fv)
        )
        block[RED + j] = r + (red2 - r) * edge
        block[GREEN + j] = g + (green2 - g) * edge
        block[BLUE + j] = b + (blue2 - b) * edge
        block[GLOW + j] += HALF * lamp * (F1 - edge)
