"""What grows on a park's free lawns: beds, hedges and shrubs in rows between and behind its plots, and trees."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from worldfactory.scene._site import Pen, Site, pick_paints, slab
from worldfactory.scene._trees import pick_tree, tree
from worldfactory.spec._layout import LawnSpec

_PITCH_M = 2.3
"""From one row to the next where a lawn is wide."""
_NARROW_M = 0.75
_EDGING_M = 0.12


@dataclass(frozen=True, slots=True)
class Row:
    """A straight row of a lawn from a to b, `room_m` wide, what stands in it facing `face_deg`."""

    a: tuple[float, float]
    b: tuple[float, float]
    room_m: float
    face_deg: float


def plant(site: Site, rows: Sequence[Row], rng: np.random.Generator) -> None:
    """Things of the venue's `lawn` along each row, with irregular gaps, each kind where the row is wide enough."""
    stage = site.stage
    kinds = stage.cell.venue.layout.lawn
    boxes = [stage.shape_of(stage.thing_spec(kind.thing))[1] for kind in kinds]
    for row in rows:
        fits = [k for k, box in enumerate(boxes) if box.length <= row.room_m]
        if not fits:
            continue
        weights = np.array([kinds[k].weight for k in fits])
        length = math.hypot(row.b[0] - row.a[0], row.b[1] - row.a[1])
        # A row of a garden repeats two or three kinds, as gardeners set them.
        few = [fits[int(k)] for k in rng.choice(len(fits), min(3, len(fits)), replace=False, p=weights / weights.sum())]
        paints = {k: pick_paints(kinds[k].paints, rng) for k in few}
        along, turn = float(rng.uniform(0.1, 0.8)), 0
        while along < length:
            k = few[turn % len(few)]
            half = boxes[k].width / 2
            if along + 2 * half <= length:
                _set(site, kinds[k], row, (along + half) / length, paints[k])
            along += 2 * half + float(rng.uniform(0.25, 1.1))
            turn += 1


def _set(site: Site, kind: LawnSpec, row: Row, share: float, paints: dict[str, str]) -> None:
    stage = site.stage
    x, y = (a + share * (b - a) for a, b in zip(row.a, row.b, strict=True))
    spec = stage.thing_spec(kind.thing)
    block = stage.block(stage.shape_of(spec)[1], (x, y, 0.0), row.face_deg)
    c, s = math.cos(block.yaw), math.sin(block.yaw)
    corners = np.array(
        [(block.x + c * a * block.hx - s * b * block.hy, block.y + s * a * block.hx + c * b * block.hy)
         for a in (-1, 0, 1) for b in (-1, 0, 1)]
    )  # fmt: skip
    if not site.inside(corners).any() and stage.space.fits(block, 0.1):
        stage.thing(kind.thing, (x, y, -0.02), row.face_deg, paints=paints)


def rows_of(x0: float, x1: float, y0: float, y1: float, face_deg: float) -> list[Row]:
    """Rows that fill a rectangle of lawn, along its longer side; none where it is too narrow."""
    wide, deep = x1 - x0, y1 - y0
    if min(wide, deep) < 0.6 or max(wide, deep) < 1.2:
        return []
    across, flat = (deep, True) if wide >= deep else (wide, False)
    count = max(1, int(across / _PITCH_M))
    room = across / count
    rows: list[Row] = []
    for k in range(count):
        at = (y0 if flat else x0) + (k + 0.5) * room
        ends = ((x0, at), (x1, at)) if flat else ((at, y0), (at, y1))
        rows.append(Row(*ends, room - 0.15, face_deg if flat else 0.0))
    return rows


def edging(site: Site, runs: Sequence[tuple[float, float, float]]) -> None:
    """A low stone rim along x from x0 to x1 at y, for each of the runs (x0, x1, y)."""
    half = _EDGING_M / 2
    for x0, x1, y in runs:
        slab(site.stage, "ground", "ground/edging", "kerb", x0, x1, y - half, y + half, 0.06, 0.12)


def verge(x0: float, x1: float, y: float, face_deg: float) -> Row:
    """The narrow row between a path and a fence."""
    return Row((x0, y), (x1, y), _NARROW_M, face_deg)


def trees(site: Site, x0: float, x1: float, edge: float, keep_m: float, rng: np.random.Generator) -> None:
    """Trees on what is still free, `keep_m` from the avenue's middle line and out of the pens."""
    stage = site.stage
    for _ in range(80):
        x, y = float(rng.uniform(x0, x1)), float(rng.uniform(-edge, edge))
        points = np.array([[x - 0.9, y], [x + 0.9, y], [x, y - 0.9], [x, y + 0.9], [x, y]])
        if (
            abs(y) > keep_m
            and not site.inside(points).any()
            and float(stage.space.clearance(points[4:])[0]) > 0.7
            and not any(_holds(pen, x, y) for pen in site.pens)
        ):
            tree(stage, pick_tree(stage, rng), (x, y, 0.0), rng, size=0.85)


def _holds(pen: Pen, x: float, y: float) -> bool:
    return pen.x0 - 0.6 < x < pen.x1 + 0.6 and pen.y0 - 0.6 < y < pen.y1 + 0.6
