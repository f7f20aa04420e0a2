"""Parks: an avenue with plots on both sides, cross paths, a plaza in the middle, a gate and a hedge round it all."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from worldfactory.records import Vec3
from worldfactory.scene._fill import Rect, faces_of, fill
from worldfactory.scene._garden import edging, plant, rows_of, trees, verge
from worldfactory.scene._horizon import horizon
from worldfactory.scene._placed import Anchor
from worldfactory.scene._queues import lay_queue, railing
from worldfactory.scene._site import Lane, Pen, Site, Walkway, along, put, slab
from worldfactory.scene._solids import solid
from worldfactory.scene._space import Block, Region
from worldfactory.scene._stage import Stage
from worldfactory.scene._surround import surround
from worldfactory.spec._layout import PlotSpec

_VERGE_M = 1.0
_PLAZA_M = 9.0
_GAP_M = 2.6
_WAY_M = 1.6
"""Half the width of the way into a plot."""
_END_M = 4.0
"""Width of the paths across the ends of the avenue."""
_LABELS = {"lawn": "grass", "savanna": "grass", "turf": "grass", "sand": "sand", "soil": "terrain"}
"""Classes of natural grounds; others are made ground."""


@dataclass(frozen=True, slots=True)
class _Slot:
    """Room for a plot: its x span, the side of the avenue, its row."""

    x0: float
    x1: float
    side: int
    row: int

    @property
    def rank(self) -> float:
        """Plots of happenings go to the best slots: first row, near the plaza."""
        return abs(self.x0 + self.x1) / 2 + 60.0 * self.row


def lay_park(stage: Stage, wanted: tuple[str, ...]) -> Site:
    """Lay out the venue's plots; `wanted` names those that happenings need, which come first."""
    layout = stage.cell.venue.layout
    rng = stage.rng("park")
    site = Site(stage, heading_deg=float(rng.uniform(0, 360)))
    half, path = layout.length_m / 2, layout.path_m
    chosen = _choose(layout.plots, wanted, half, rng)
    depth = max((plot.size[1] for plot, _ in chosen), default=14.0)
    front = path / 2 + _VERGE_M
    back0 = front + depth + 0.8
    back1 = back0 + path * 0.7
    edge = back1 + 6.0
    slab(stage, "terrain", "terrain/ground", "earth", -700, 700, -700, 700, -0.14)
    slab(stage, "grass", "grass/lawn", "lawn", -half - 8, half + 8, -edge, edge, -0.02)
    _paths(stage, site, half, path, back0, back1)
    for plot, slot in chosen:
        _plot(stage, site, plot, slot, front, rng)
        if plot.typical:
            site.typical.append(site.stars[plot.name])
        if plot.entered and plot.name in wanted:
            # A security camera that shows what goes on under its roof.
            for x, end in ((slot.x0 + 1.2, 1), (slot.x1 - 1.2, -1)):
                toward = math.atan2(slot.side * plot.size[1], end * (plot.size[0] / 2 - 1.2))
                site.lookouts.append(((x, slot.side * (front + 0.4), 2.8), toward))
    for k, spec in enumerate(layout.middle):
        middle = Rect(
            "plaza", -_PLAZA_M + 1, _PLAZA_M - 1, -_PLAZA_M + 1, _PLAZA_M - 1, 0.0, 0.0, faces_of(-8, 8, -8, 8)
        )
        fill(stage, middle, (spec,), rng)
        if k == 0:
            site.hubs.append((0.0, 0.0, 1.5))
    for side in (1, -1):
        y = side * (path / 2 + 0.45)
        ways = [
            ((slot.x0 + slot.x1) / 2 - _WAY_M - 0.4, (slot.x0 + slot.x1) / 2 + _WAY_M + 0.4)
            for plot, slot in chosen
            if plot.entered and slot.side == side
        ]
        along(
            stage,
            layout.along,
            "kerb",
            -half + 2,
            half - 2,
            y,
            0.0,
            -90.0 * side,
            rng,
            keep_out=((-_PLAZA_M, _PLAZA_M), *ways),
        )
    _masts(stage, half, path)
    _hedge(stage, half, edge)
    _lawns(site, chosen, half, front, back0, back1, edge)
    surround(stage, half, edge, rng)
    site.lanes.append(Lane("cart", ((-half + 1, -path * 0.25, 0.0), (half - 1, -path * 0.25, 0.0)), 2.2))
    site.heights = (5.0, 10.0)
    horizon(stage, site, turn_deg=12.0 if rng.random() < 0.5 else -8.0, nearer=0.8)
    return site


def _choose(
    plots: tuple[PlotSpec, ...], wanted: tuple[str, ...], half: float, rng: np.random.Generator
) -> list[tuple[PlotSpec, _Slot]]:
    """Wanted plots first, then one of each kind in a drawn order, then more by weight, until the avenue is full."""
    weights = np.array([plot.weight for plot in plots])
    first = [plot for plot in plots if plot.name in wanted]
    rest = [plots[int(k)] for k in rng.permutation(len(plots)) if plots[int(k)].name not in wanted]
    more = [plots[int(k)] for k in rng.choice(len(plots), 12, p=weights / weights.sum())]
    line = [*first, *rest, *more]
    out: list[tuple[PlotSpec, _Slot]] = []
    # From the plaza outward, left and right of the avenue in turn.
    edges = {(side, end): end * (_PLAZA_M - 5.0) for side in (1, -1) for end in (1, -1)}
    order = [(1, 1), (-1, 1), (1, -1), (-1, -1)]
    turn = int(rng.integers(4))
    order = order[turn:] + order[:turn]
    if first:
        # Those that the camera must see stand face to face or side by side.
        order = [order[0], (-order[0][0], order[0][1]), (order[0][0], -order[0][1]), (-order[0][0], -order[0][1])]
    for k, plot in enumerate(line):
        for j in range(4):
            side, end = order[(k + j) % 4]
            x0 = edges[side, end]
            x1 = x0 + end * plot.size[0]
            if abs(x1) <= half - _END_M - 0.6:
                out.append((plot, _Slot(min(x0, x1), max(x0, x1), side, 0)))
                edges[side, end] = x1 + end * _GAP_M
                break
    return out


def _paths(stage: Stage, site: Site, half: float, path: float, back0: float, back1: float) -> None:
    for x0, x1, y0, y1, paint, top in (
        (-half - 6, half, -path / 2, path / 2, "path", 0.0),
        (-_PLAZA_M, _PLAZA_M, -_PLAZA_M, _PLAZA_M, "plaza", 0.01),
        (-half, half, back0, back1, "path", 0.0),
        (-half, half, -back1, -back0, "path", 0.0),
        (-half, -half + _END_M, -back1, back1, "path", 0.005),
        (half - _END_M, half, -back1, back1, "path", 0.005),
    ):
        slab(stage, "sidewalk", f"sidewalk/{paint}", paint, x0, x1, y0, y1, top)
    stage.regions += [
        Region("avenue", -half, half, -path / 2, path / 2, 0.0),
        Region("plaza", -_PLAZA_M + 3.6, _PLAZA_M - 3.6, -_PLAZA_M + 3.6, _PLAZA_M - 3.6, 0.0),
        Region("back", -half, half, back0, back1, 0.0),
        Region("back", -half, half, -back1, -back0, 0.0),
        Region("ends", -half, -half + _END_M, -back1, back1, 0.0),
        Region("ends", half - _END_M, half, -back1, back1, 0.0),
    ]
    q = path / 4
    for y in (-q, q):
        site.walkways.append(Walkway("avenue", (-half + 0.6, y), (half - 0.6, y), q - 0.35, 0.0))
    for y in (back0 + back1, -back0 - back1):
        site.walkways.append(Walkway("back", (-half + 0.6, y / 2), (half - 0.6, y / 2), (back1 - back0) / 2 - 0.5, 0.0))
    for x, y, yaw in (
        (-half + 3, 0.0, 0.0),
        (half - 3, 0.0, math.pi),
        (-_PLAZA_M, path / 2 + 0.3, -0.25),
        (_PLAZA_M, -path / 2 - 0.3, math.pi - 0.25),
    ):
        site.lookouts.append(((x, y, 4.6), yaw))


def _plot(stage: Stage, site: Site, plot: PlotSpec, slot: _Slot, front: float, rng: np.random.Generator) -> None:
    near, far = slot.side * front, slot.side * (front + plot.size[1])
    y0, y1 = min(near, far), max(near, far)
    slab(
        stage,
        _LABELS.get(plot.ground, "ground"),
        f"ground/{plot.name}",
        plot.ground,
        slot.x0,
        slot.x1,
        y0,
        y1,
        0.015,
        0.1,
    )
    gate = None
    if plot.gate:
        gate = ((slot.x0 + slot.x1) / 2 - 1.1, (slot.x0 + slot.x1) / 2 + 1.1)
    if plot.fence is not None:
        _fence(stage, plot.fence, slot, y0, y1, gate, near)
    rect = Rect(plot.name, slot.x0 + 0.5, slot.x1 - 0.5, y0 + 0.5, y1 - 0.5, 0.015, 0.0)
    rect.faces = faces_of(rect.x0, rect.x1, rect.y0, rect.y1)
    # What stands along the edge of a plot stands at its back and sides, not between the visitors and the view.
    rect.faces.pop(0 if slot.side > 0 else 2)
    rect.turned = slot.side < 0
    if plot.entered:
        _way_in(stage, site, rect, slot, front)
    if plot.water is not None:
        wx, wy = plot.water
        mx, my = rect.middle
        my += slot.side * (plot.size[1] / 2 - wy / 2 - 1.4) * 0.6
        stone = [
            solid("cylinder", (wx + 1.0, wy + 1.0, 0.22), (0, 0, 0), "stone"),
            solid("cylinder", (wx, wy, 0.03), (0, 0, 0.21), "pool"),
        ]
        stage.solids("water", f"water/{plot.name}", stone, (mx, my, 0.015))
        stage.space.add(Block(mx, my, wx / 2 + 0.5, wy / 2 + 0.5, 0.0, tall=False))
    fill(stage, rect, plot.sets, rng)
    site.pens.append(Pen(plot.name, rect.x0, rect.x1, rect.y0, rect.y1, 0.015))
    middle: Vec3 = (rect.middle[0], rect.middle[1], 1.2)
    site.hubs.append(middle)
    site.stars.setdefault(plot.name, (rect.middle[0], near + slot.side * min(5.0, plot.size[1] * 0.4)))
    if plot.queue and gate is not None:
        for lanes in range(plot.lanes, 0, -1):
            if lay_queue(site, plot, gate, (slot.x0, slot.x1), near + slot.side * 0.3, slot.side, lanes, rng):
                break
        else:
            stage.drop(f"queue/{plot.name}", "no free ground before what stands in the plot")


def _way_in(stage: Stage, site: Site, rect: Rect, slot: _Slot, front: float) -> None:
    """A paved way from the avenue, on which people go on through the plot's middle; it and the floor are walked on."""
    mx, side = rect.middle[0], slot.side
    path = front - _VERGE_M
    begin, end = side * (path - 0.1), side * (front + 0.6)
    slab(stage, "sidewalk", "sidewalk/path", "path", mx - _WAY_M, mx + _WAY_M, min(begin, end), max(begin, end), 0.004)
    far = side * (front + 0.72 * (rect.y1 - rect.y0))
    stage.regions += [
        Region(rect.name, rect.x0, rect.x1, rect.y0, rect.y1, rect.z),
        Region(rect.name, mx - _WAY_M, mx + _WAY_M, min(begin, end), max(begin, end), 0.0),
    ]
    rect.keep.append((mx - 1.0, mx + 1.0, min(begin, far), max(begin, far)))
    site.walkways.append(Walkway(rect.name, (mx, side * (path - 1.0)), (mx, far), 0.7, rect.z))


def _fence(
    stage: Stage, name: str, slot: _Slot, y0: float, y1: float, gate: tuple[float, float] | None, near: float
) -> None:
    """Round the plot, but for the gate."""
    sides = (
        ((slot.x0, y0), (slot.x1, y0)),
        ((slot.x1, y0), (slot.x1, y1)),
        ((slot.x1, y1), (slot.x0, y1)),
        ((slot.x0, y1), (slot.x0, y0)),
    )
    runs: list[tuple[tuple[float, float], tuple[float, float]]] = []
    for (ax, ay), (bx, by) in sides:
        if gate is not None and ay == by == near:
            lo, hi = gate if bx > ax else gate[::-1]
            runs += [((ax, ay), (lo, ay)), ((hi, ay), (bx, by))]
        else:
            runs.append(((ax, ay), (bx, by)))
    railing(stage, name, runs, 0.0)


def _masts(stage: Stage, half: float, path: float) -> None:
    """Pairs of poles across the avenue, for what is strung."""
    x = -half + 7.0
    while x < half - 4:
        if abs(x) > _PLAZA_M + 1:
            ends: list[Vec3] = []
            for side in (-1, 1):
                y = side * (path / 2 + 0.3)
                if put(stage, "mast", (x, y, 0.0), 90.0 * side, margin=0.02):
                    ends.append((x, y, 4.3))
            if len(ends) == 2:
                stage.anchors.append(Anchor("facade", ends[0], 0.0, 1.0, ends[1]))
        x += 6.5


def _lawns(
    site: Site, chosen: list[tuple[PlotSpec, _Slot]], half: float, front: float, back0: float, back1: float, edge: float
) -> None:
    """Gardens wherever a lawn is left: between, behind and before the plots, and outside the back paths."""
    rng = site.stage.rng("garden")
    path = 2 * (front - _VERGE_M)
    rows = [
        *rows_of(-half, half, back1 + 0.4, edge - 0.8, -90.0),
        *rows_of(-half, half, 0.8 - edge, -back1 - 0.4, 90.0),
    ]
    for side in (1, -1):
        ends = sorted(((slot, plot) for plot, slot in chosen if slot.side == side), key=lambda one: one[0].x0)
        x = -half + _END_M
        for x0, x1 in [*((slot.x0, slot.x1) for slot, _ in ends), (half - _END_M, half)]:
            near, far = sorted((side * (front + 0.2), side * (back0 - 0.3)))
            rows += rows_of(x + 0.25, x0 - 0.25, near, far, -90.0 * side)
            x = x1
        for slot, plot in ends:
            near, far = sorted((side * (front + plot.size[1] + 0.35), side * (back0 - 0.3)))
            rows += rows_of(slot.x0, slot.x1, near, far, -90.0 * side)
            if not plot.queue and not plot.entered:
                rows.append(verge(slot.x0, slot.x1, side * (path / 2 + 0.52), -90.0 * side))
    plant(site, rows, rng)
    edging(
        site,
        [(x0, x1, side * y)
         for side in (1, -1)
         for x0, x1, y in ((-half + _END_M, -_PLAZA_M, path / 2 + 0.06), (_PLAZA_M, half - _END_M, path / 2 + 0.06),
                           (-half + _END_M, half - _END_M, back0 - 0.06), (-half, half, back1 + 0.06))],
    )  # fmt: skip
    trees(site, -half - 3.0, half + 3.0, edge, max(path / 2 + 1.2, _PLAZA_M - 3), rng)


def _hedge(stage: Stage, half: float, edge: float) -> None:
    """The gate, and the hedge round all."""
    layout = stage.cell.venue.layout
    x0, x1 = -half - 3.0, half + 3.0
    if layout.gate is not None:
        at = (-half - 1.5, 0.0, 0.0)
        stage.thing(layout.gate, at, 0.0, blocks=False, label="building")
        stage.block_parts(stage.thing_spec(layout.gate), at, 0.0)
    h = layout.hedge_m
    if h <= 0:
        return
    for ax, bx, ay, by in (
        (x0, x1, edge - 0.5, edge + 0.5),
        (x0, x1, -edge - 0.5, -edge + 0.5),
        (x1 - 0.5, x1 + 0.5, -edge, edge),
        (x0 - 0.5, x0 + 0.5, 4.5, edge),
        (x0 - 0.5, x0 + 0.5, -edge, -4.5),
    ):
        slab(stage, "hedge", "hedge/perimeter", "hedge", ax, bx, ay, by, h, h)
        stage.space.add(Block((ax + bx) / 2, (ay + by) / 2, (bx - ax) / 2, (by - ay) / 2, 0.0))
