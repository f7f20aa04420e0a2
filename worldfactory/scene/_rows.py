"""Houses in rows: along the street, along the streets that meet it, behind them, and round a place."""

from __future__ import annotations

import math

import numpy as np

from worldfactory.records import Vec3
from worldfactory.scene._buildings import building, draw_mass, shape, stand
from worldfactory.scene._ground_floor import Mass
from worldfactory.scene._section import REACH_M, SIDE_M, SIDE_WALK_M, Junction, Section
from worldfactory.scene._site import slab
from worldfactory.scene._stage import Stage
from worldfactory.scene._traffic import park
from worldfactory.scene._trees import pick_tree, tree
from worldfactory.spec._street import BuildingStyle, StreetSpec

RING_M = 31.0
"""From the middle of the round place to the fronts round it."""
EXITS_DEG = (74.0, -66.0)
"""Directions in which streets leave the round place, beside this one."""
_NEAR_M, _CLOSE_M = 88.0, 56.0
_MODELS = 6


class Pool:
    """A few houses that are only seen from afar, each set up many times, so that they share their meshes."""

    def __init__(self, stage: Stage, styles: tuple[BuildingStyle, ...], rng: np.random.Generator, count: int) -> None:
        self._stage, self._rng = stage, rng
        self._models: list[tuple[Mass, int]] = []
        for _ in range(count):
            mass = draw_mass(pick_style(styles, rng), rng)
            self._models.append((mass, shape(stage, mass, rng, near=False)))

    def draw(self) -> tuple[Mass, int]:
        """One of them: its measures and its prototype."""
        return self._models[int(self._rng.integers(len(self._models)))]

    def stand(self, model: tuple[Mass, int], at: Vec3, yaw_deg: float) -> None:
        """Set it with its front's middle at `at`."""
        stand(self._stage, *model, at, yaw_deg)


def pick_style(styles: tuple[BuildingStyle, ...], rng: np.random.Generator) -> BuildingStyle:
    """Draw a style by weight."""
    weights = np.array([style.weight for style in styles])
    return styles[int(rng.choice(len(styles), p=weights / weights.sum()))]


def terrace(spec: StreetSpec, cut: Section, y: float) -> float:
    """How much higher than the street the ground is at `y`: a hillside rises behind the fronts on one side."""
    return max(0.0, 0.2 * (y - cut.line - 3.0)) if spec.pattern == "hillside" else 0.0


def fronts(stage: Stage, spec: StreetSpec, cut: Section, rng: np.random.Generator) -> None:
    """The houses along the street."""
    styles = stage.cell.city.buildings
    apart = (7.0, 13.0) if spec.pattern == "superblock" else (0.0, 0.0)
    ragged = 0.9 if spec.pattern == "organic" else 0.0
    last = cut.circus - math.sqrt(max(0.0, RING_M**2 - cut.line**2)) - 3.0 if cut.circus < math.inf else REACH_M
    for side in (1, -1):
        if cut.open_side and side < 0:
            continue
        edges = [-REACH_M]
        for one in cut.cuts(side):
            # A slanting street cuts off the corner toward which it leans.
            lean = 11.0 * one.slant * side
            edges += [one.lo - SIDE_WALK_M + min(0.0, lean), one.hi + SIDE_WALK_M + max(0.0, lean)]
        edges.append(last)
        for x0, x1 in zip(edges[::2], edges[1::2], strict=True):
            x = x0
            while x1 - x > 4.0:
                style = pick_style(styles, rng)
                width = float(rng.uniform(style.width.low, style.width.high))
                if x1 - x - width < max(5.0, 0.6 * style.width.low):
                    width = min(x1 - x, style.width.high * 1.35)
                mid = x + width / 2
                y = side * (cut.line + float(rng.uniform(0, ragged)))
                if rng.random() < spec.gap_share and abs(mid) > 6:
                    tree(stage, pick_tree(stage, rng), (mid, side * (cut.line + 4), 0.0), rng)
                else:
                    near = abs(mid) < _NEAR_M
                    close = abs(mid) < _CLOSE_M
                    mass = draw_mass(style, rng, width)
                    building(stage, mass, (mid, y, 0.0), -90.0 * side, rng, near=near, close=close)
                x += width + float(rng.uniform(*apart))


def backdrop(stage: Stage, spec: StreetSpec, cut: Section, rng: np.random.Generator) -> None:
    """Rows behind the fronts, the street's own way on, and the houses of the streets that meet it."""
    city = stage.cell.city
    behind = Pool(stage, city.backdrop or city.buildings, rng, _MODELS)
    local = Pool(stage, city.buildings, rng, _MODELS + 2)
    for side in (1, -1):
        if cut.open_side and side < 0:
            continue
        for row in range(2):
            x = -REACH_M - 60.0
            y0 = cut.line + 24 + 26 * row
            while x < REACH_M + 60:
                model = behind.draw()
                wide = model[0].width
                mid = x + wide / 2
                y = side * (y0 + float(rng.uniform(0, 8)))
                if rng.random() < 0.86 and not _in_the_way(cut, mid, y, wide / 2, side):
                    behind.stand(model, (mid, y, terrace(spec, cut, y)), -90.0 * side)
                x += wide + float(rng.uniform(0.5, 9))
        # The street goes on beyond the part that people use.
        for end in (1, -1):
            x = max(REACH_M, cut.circus + RING_M) + 1.0 if end > 0 and cut.circus < math.inf else REACH_M + 1.0
            while x < REACH_M + 110:
                model = local.draw()
                local.stand(model, (end * (x + model[0].width / 2), side * cut.line, 0.0), -90.0 * side)
                x += model[0].width
        for one in cut.cuts(side):
            _side_street(stage, spec, cut, one, side, local, rng)
    if cut.circus < math.inf:
        _ring(stage, cut, local)


def _in_the_way(cut: Section, x: float, y: float, half: float, side: int) -> bool:
    """Whether a house of the rows behind would stand in or beside a street that meets this one."""
    clear = half + SIDE_WALK_M + 14.0
    # The house reaches back from its front.
    for deep in (0.0, 12.0):
        at = y + side * deep
        for one in cut.cuts(side):
            if abs(at) < cut.line + SIDE_M + 16 and abs(x - one.axis(at, cut.road)) < clear + (one.hi - one.lo) / 2:
                return True
    if cut.circus < math.inf and math.hypot(x - cut.circus, y) < RING_M + 14.0 + half:
        return True
    return cut.circus < math.inf and any(
        abs((x - cut.circus) * math.sin(math.radians(a)) - y * math.cos(math.radians(a))) < 17.0 + half
        and y * math.sin(math.radians(a)) > 0
        for a in EXITS_DEG
    )


def _side_street(
    stage: Stage, spec: StreetSpec, cut: Section, one: Junction, side: int, pool: Pool, rng: np.random.Generator
) -> None:
    """Houses on both sides of a street that meets this one, cars parked in it, and the house that closes its view."""
    lean = math.atan(one.slant)
    c, s = math.cos(lean), math.sin(lean)
    half = (one.hi - one.lo) / 2 * c + SIDE_WALK_M
    deep = max(style.depth.high for style in stage.cell.city.buildings)

    def at(out: float, left: float) -> tuple[float, float]:
        """`out` metres down the side street from the building line, `left` of its axis seen from this street."""
        y = cut.line + out * c
        x = one.axis(side * cut.line, cut.road) + side * out * s
        return x - side * left * c, side * (y + left * s)

    for hand in (1, -1):
        # Behind the house at the corner, or at once where the corner is cut off.
        acute = one.slant * hand < 0 if one.slant else False
        out = 1.5 if acute else deep + 1.5
        while out < SIDE_M - 6:
            model = pool.draw()
            wide = model[0].width
            x, y = at(out + wide / 2, hand * half)
            yaw = math.degrees(math.atan2(side * c, side * s)) - 90.0 * hand
            pool.stand(model, (x, y, terrace(spec, cut, y)), yaw)
            out += wide + 0.2
        kerb = hand * (half - SIDE_WALK_M - 1.1)
        if spec.lanes and half - SIDE_WALK_M > 2.9 and terrace(spec, cut, side * SIDE_M) == 0.0:
            for out in np.arange(12.0, 44.0, 8.5):
                if rng.random() < 0.55:
                    x, y = at(float(out), kerb)
                    park(stage, (x, y, -0.01), math.degrees(math.atan2(side * c, side * s)) + 90.0 * (1 - hand), rng)
    x, y = at(SIDE_M, 0.0)
    closing = pool.draw()
    pool.stand(closing, (x, y, terrace(spec, cut, y)), math.degrees(math.atan2(side * c, side * s)) + 180.0)


def _ring(stage: Stage, cut: Section, pool: Pool) -> None:
    """The houses round the place, open where streets leave it."""
    gaps = (0.0, 180.0, *EXITS_DEG)
    main = math.degrees(math.asin(min(0.95, (cut.line + 2.0) / RING_M)))
    spans: list[tuple[float, float]] = []
    edges = sorted((g % 360.0, main if g in (0.0, 180.0) else 20.0) for g in gaps)
    for (a, wide_a), (b, wide_b) in zip(edges, [*edges[1:], (360.0, main)], strict=True):
        spans.append((a + wide_a, b - wide_b))
    for lo, hi in spans:
        angle = lo
        while angle < hi - 8.0:
            model = pool.draw()
            step = math.degrees(2 * math.atan(model[0].width / 2 / RING_M))
            a = math.radians(angle + step / 2)
            at = (cut.circus + RING_M * math.cos(a), RING_M * math.sin(a), 0.0)
            pool.stand(model, at, math.degrees(a) + 180.0)
            angle += step
    for angle in EXITS_DEG:
        a = math.radians(angle)
        c, s = math.cos(a), math.sin(a)
        for hand in (1, -1):
            out = RING_M + 9.0
            while out < RING_M + 62:
                model = pool.draw()
                mid, left = out + model[0].width / 2, hand * 9.0
                at = (cut.circus + mid * c - left * s, mid * s + left * c, 0.0)
                pool.stand(model, at, angle - 90.0 * hand)
                out += model[0].width + 0.2


def lawns(stage: Stage, spec: StreetSpec, cut: Section, rng: np.random.Generator) -> None:
    """Before the slabs of a superblock: lawn behind a low hedge, with trees, and paths to the doors."""
    for side in (1, -1):
        edges = [-REACH_M, *(x for one in cut.cuts(side) for x in (one.lo - 2, one.hi + 2)), REACH_M]
        for x0, x1 in zip(edges[::2], edges[1::2], strict=True):
            y0, y1 = sorted((side * cut.front, side * (cut.line + 14)))
            slab(stage, "grass", "lawn/front", "lawn", x0, x1, y0, y1, 0.1, 0.3)
            x = x0 + 1.0
            while x < x1 - 8:
                long = min(float(rng.uniform(9, 16)), x1 - 1 - x)
                h0, h1 = sorted((side * (cut.front + 0.3), side * (cut.front + 0.85)))
                slab(stage, "hedge", "hedge/front", "hedge", x, x + long, h0, h1, 0.8, 0.75)
                w0, w1 = sorted((side * cut.front, side * cut.line))
                slab(stage, "sidewalk", "sidewalk/path", "paving", x + long + 0.3, x + long + 2.1, w0, w1, 0.13, 0.3)
                if spec.setback_m > 5 and rng.random() < 0.8:
                    y = side * (cut.front + float(rng.uniform(0.4, 0.8)) * spec.setback_m)
                    tree(stage, pick_tree(stage, rng), (x + long / 2, y, 0.1), rng)
                x += long + 2.4
