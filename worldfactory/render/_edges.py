"""Smooths the picture where surfaces meet, and only there.

An edge pixel takes the colours of its own and its four neighbours' surfaces by the share of it that each covers, front
to back. The triangles are known from the visibility buffer, so the shares are those of their edges, box-filtered;
nothing is shaded again. Ground truth stays that of the pixel's centre.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from worldfactory.compiled import Array, kernel
from worldfactory.render._planes import F0, F1, HALF, i32

_LUMA_STEP = i32(5)
"""Steps of brightness, of 255, below which an edge need not be smoothed."""
_NEARLY_ALL = np.float32(0.985)


@kernel
def smooth_edges(
    ids: Array, luma: Array, attributes: Array, ready: Array, spans: Array, marked: Array, kept: Array, names: Array,
    places: Array, weights: Array, far: Array, rgb: Array,
) -> Any:  # fmt: skip
    """Blends the edge pixels of `rgb` [H, 3 W] in place; returns how many there were.

    Scratch: `marked` [4, W + 8 down to a multiple of 8] and `kept` [9 W] uint8, `names` [5] int32, `places` [5] int64,
    `weights` and `far` [5] float32.
    """
    height, width = ids.shape
    beside, below, above, marks = marked[0], marked[1], marked[2], marked[3]
    eights = marks.view(np.uint64)
    line = 3 * width
    # `kept` holds rows y - 1, y, y + 1 as they were, row r at (r % 3) * line.
    for j in range(line):
        kept[j] = rgb[0, j]
    for j in range(len(marks)):
        beside[j] = below[j] = above[j] = marks[j] = 0
    count = 0
    for y in range(height):
        _differ(ids[y, :-1], ids[y, 1:], luma[y, :-1], luma[y, 1:], beside[1:width])
        for j in range(width):
            above[j] = below[j]
            below[j] = 0
        if y + 1 < height:
            to = kept[(y + 1) % 3 * line :]
            for j in range(line):
                to[j] = rgb[y + 1, j]
            _differ(ids[y], ids[y + 1], luma[y], luma[y + 1], below[:width])
        out = rgb[y]
        for x in range(width):
            marks[x] = beside[x] | beside[x + 1] | above[x] | below[x]
        x = -1
        while x + 1 < width:
            x += 1
            if marks[x] == 0:
                # Eight at a time where nothing is marked.
                while (x & 7) == 0 and x < width and eights[x >> 3] == 0:
                    x += 8
                if x >= width or marks[x] == 0:
                    continue
            count += 1
            at = y % 3 * line + 3 * x
            names[0], places[0] = ids[y, x], at
            n = 1
            if x > 0:
                n = _note(names, places, n, ids[y, x - 1], at - 3, spans)
            if x + 1 < width:
                n = _note(names, places, n, ids[y, x + 1], at + 3, spans)
            if y > 0:
                n = _note(names, places, n, ids[y - 1, x], (y + 2) % 3 * line + 3 * x, spans)
            if y + 1 < height:
                n = _note(names, places, n, ids[y + 1, x], (y + 1) % 3 * line + 3 * x, spans)
            if n == 1:
                continue
            fx, fy = np.float32(x), np.float32(y)
            if n == 2:
                # By far the most: only what is in front needs its share found.
                front = 0 if _nearness(attributes, names[0], fx, fy) >= _nearness(attributes, names[1], fx, fy) else 1
                share = _coverage(attributes, ready, spans, names[front], front == 0, fx, fy)
                if (front == 0 and share > _NEARLY_ALL) or (front == 1 and share < F1 - _NEARLY_ALL):
                    continue
                p, q = places[front], places[1 - front]
                for channel in range(3):
                    a, b = np.float32(kept[p + channel]), np.float32(kept[q + channel])
                    # Squares stand for linear light: a mean of bytes would darken edges.
                    out[3 * x + channel] = np.uint8(np.sqrt(b * b + share * (a * a - b * b)) + HALF)
                continue
            for k in range(n):
                far[k] = _nearness(attributes, names[k], fx, fy)
                weights[k] = _coverage(attributes, ready, spans, names[k], k == 0, fx, fy)
            rest = F1
            last = names[0]
            for k in range(n):
                # Front to back, by inverse depth: there are five at most.
                best = k
                for i in range(k + 1, n):
                    best = i if far[i] > far[best] else best
                far[k], far[best] = far[best], far[k]
                weights[k], weights[best] = weights[best], weights[k]
                names[k], names[best] = names[best], names[k]
                places[k], places[best] = places[best], places[k]
                # Faces of one body lie side by side in a pixel; different bodies lie one behind the other.
                beside_last = k > 0 and last >= 0 and names[k] >= 0 and spans[names[k], 3] == spans[last, 3]
                share = min(weights[k], rest) if beside_last else weights[k] * rest
                share = rest if k == n - 1 else share
                weights[k] = share
                rest -= share
                last = names[k]
            for channel in range(3):
                mean = F0
                for k in range(n):
                    value = np.float32(kept[places[k] + channel])
                    mean += weights[k] * value * value
                # Squares stand for linear light: a mean of bytes would darken edges.
                out[3 * x + channel] = np.uint8(np.sqrt(mean) + HALF)
    return count


@kernel
def _differ(ids: Array, other_ids: Array, luma: Array, other_luma: Array, out: Array) -> None:
    """1 where two neighbours show different triangles, and it can be seen: `_note` tells which go on smoothly."""
    for j in range(len(out)):
        seen = i32(abs(i32(i32(luma[j]) - i32(other_luma[j])))) > _LUMA_STEP
        out[j] = np.uint8(1 if (ids[j] != other_ids[j]) & seen else 0)


@kernel
def _note(names: Array, places: Array, n: int, name: int, place: int, spans: Array) -> Any:
    """Adds a neighbour's triangle to the list, unless it is there or the pixel's own surface goes on smoothly in it."""
    own = names[0]
    if name == own or (n > 1 and name == names[n - 1]):
        return n
    if own >= 0 and (spans[own, 5] == name or spans[own, 6] == name or spans[own, 7] == name) and name >= 0:
        return n
    names[n], places[n] = name, place
    return n + 1


@kernel
def _nearness(attributes: Array, t: int, fx: float, fy: float) -> Any:
    """Inverse depth of a triangle's plane at a pixel; 0 for the sky."""
    if t < 0:
        return F0
    a = attributes[t]
    return a[33] + a[34] * fx + a[35] * fy


@kernel
def _coverage(attributes: Array, ready: Array, spans: Array, t: int, own: bool, fx: float, fy: float) -> Any:
    """How much of a pixel a triangle covers, and with it what goes on smoothly from it."""
    if t < 0:
        return F1
    a = attributes[t]
    long = min(max(HALF + a[24] * fx + a[25] * fy + a[26], F0), F1)
    upper = min(max(HALF + a[27] * fx + a[28] * fy + a[29], F0), F1)
    lower = min(max(HALF + a[30] * fx + a[31] * fy + a[32], F0), F1)
    if long * upper * lower >= F1:
        return F1
    past_long, past_upper, past_lower = spans[t, 5], spans[t, 6], spans[t, 7]
    if own:
        # The pixel's own surface goes on past its smooth edges.
        long = F1 if past_long >= 0 else long
        upper = F1 if past_upper >= 0 else upper
        lower = F1 if past_lower >= 0 else lower
        return long * upper * lower
    total = long * upper * lower
    if long < F1 and past_long >= 0:
        total += _share(attributes, ready, past_long, fx, fy)
    if upper < F1 and past_upper >= 0:
        total += _share(attributes, ready, past_upper, fx, fy)
    if lower < F1 and past_lower >= 0:
        total += _share(attributes, ready, past_lower, fx, fy)
    return min(total, F1)


@kernel
def _share(attributes: Array, ready: Array, t: int, fx: float, fy: float) -> Any:
    """How much of a pixel one triangle covers; 0 if it is seen nowhere."""
    if ready[t] == 0:
        return F0
    a = attributes[t]
    long = min(max(HALF + a[24] * fx + a[25] * fy + a[26], F0), F1)
    upper = min(max(HALF + a[27] * fx + a[28] * fy + a[29], F0), F1)
    lower = min(max(HALF + a[30] * fx + a[31] * fy + a[32], F0), F1)
    return long * upper * lower
