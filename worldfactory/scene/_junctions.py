"""Streets that meet the street: their roadways, pavements and marks, stairs on a hillside, what lies at the corners."""

from __future__ import annotations

import math

import numpy as np

from worldfactory.scene._marks import crosswalk
from worldfactory.scene._rows import terrace
from worldfactory.scene._section import KERB_M, SIDE_M, SIDE_WALK_M, Junction, Section
from worldfactory.scene._solids import Solid, solid
from worldfactory.scene._space import Block
from worldfactory.scene._stage import Stage
from worldfactory.spec._street import StreetSpec


def junctions(stage: Stage, spec: StreetSpec, cut: Section) -> None:
    """Lay every street that meets this one."""
    for one in cut.junctions:
        for side in one.sides:
            if not (cut.open_side and side < 0):
                _mouth(stage, spec, cut, one, side)
        if spec.lanes >= 4 and spec.crossing and spec.pattern != "canal":
            _refuges(stage, cut, one)


def _mouth(stage: Stage, spec: StreetSpec, cut: Section, one: Junction, side: int) -> None:
    lean = math.atan(one.slant)
    yaw = math.degrees(math.atan2(side * math.cos(lean), side * math.sin(lean)))
    half = (one.hi - one.lo) / 2 * math.cos(lean)
    at = (one.middle, side * cut.road, 0.0)
    long = (cut.line - cut.road + SIDE_M + 4) / math.cos(lean)
    paved = spec.lanes == 0
    kerb = 0.0 if paved else KERB_M
    begin = (cut.front - cut.road + (0.0 if not one.slant else 1.0)) / math.cos(lean)
    if terrace(spec, cut, side * (cut.line + SIDE_M)) > 0:
        _stairs(stage, spec, cut, one)
        return
    road = [solid("box", (long + 1.0, 2 * half, 0.3), (long / 2 - 0.5, 0, -0.31), "paving" if paved else "asphalt")]
    stage.solids("sidewalk" if paved else "road", "road/side", road, at, yaw)
    walks: list[Solid] = []
    for hand in (1, -1):
        y = hand * (half + SIDE_WALK_M / 2)
        walks.append(solid("box", (long - begin, SIDE_WALK_M, 0.3), ((long + begin) / 2, y, kerb - 0.3), "paving"))
        if not paved:
            y = hand * (half + 0.09)
            walks.append(solid("box", (long - begin, 0.18, 0.3), ((long + begin) / 2, y, kerb - 0.288), "kerb"))
    stage.solids("sidewalk", "sidewalk/side", walks, at, yaw)
    if one.slant:
        _corners(stage, cut, one, side, half / math.cos(lean), kerb)
    if paved or spec.pattern == "canal":
        return
    marks = [solid("box", (0.4, half - 0.2, 0.012), (3.4 + begin, -half / 2, 0.0), "line")]
    if half > 2.6:
        marks += [solid("box", (2.0, 0.1, 0.012), (x, 0, 0.0), "line") for x in np.arange(begin + 6.0, long - 4, 5.0)]
    if spec.crossing:
        # Across the mouth, where those who walk along the street go on.
        marks += [
            solid("box", (x1 - x0, wide, 0.014), (1.5 + abs(one.slant) + (x0 + x1) / 2, y, 0.0), "line")
            for x0, x1, y, wide in crosswalk(spec, 2.4, -half + 0.2, half - 0.2)
        ]
    stage.solids("road mark", "road-mark/side", marks, at, yaw)


def _corners(stage: Stage, cut: Section, one: Junction, side: int, half: float, kerb: float) -> None:
    """What is left between a slanting street, this one and the houses at the corners that it cuts off, as pavement."""
    deep, step = 15.0, 1.2
    parts: list[Solid] = []
    for k in range(int(deep / step)):
        out = cut.front - cut.road - 0.3 + (k + 0.5) * step
        x = one.axis(side * (cut.road + out), cut.road) - one.middle
        for hand in (1, -1):
            # From the middle of the side street's own pavement, which hides the steps.
            inner = x + hand * (half + 0.6 * SIDE_WALK_M)
            parts.append(
                solid("box", (13.0, step + 0.02, 0.3), (inner + hand * 6.5, side * out, kerb - 0.304), "paving")
            )
    stage.solids("sidewalk", "sidewalk/corner", parts, (one.middle, side * cut.road, 0.0))


def _stairs(stage: Stage, spec: StreetSpec, cut: Section, one: Junction) -> None:
    """A flight of steps between the houses, with walls and a rail in its middle, up to a terrace."""
    half, begin = (one.hi - one.lo) / 2, cut.line + 3.0
    run = SIDE_M - 2.0
    rise = terrace(spec, cut, begin + run)
    steps = 30
    deep, high = run / steps, rise / steps
    parts = [
        solid("box", (deep + 0.02, 2 * half + 2 * SIDE_WALK_M, (k + 1) * high + 0.5), ((k + 0.5) * deep, 0, -0.5),
              "paving" if k % 2 else "stone")
        for k in range(steps)
    ]  # fmt: skip
    pitch = math.degrees(math.atan2(rise, run))
    for y in (half + SIDE_WALK_M - 0.2, 0.0, -half - SIDE_WALK_M + 0.2):
        parts.append(
            solid(
                "box", (math.hypot(run, rise), 0.07, 0.07), (run / 2, y, rise / 2 + 0.95), "dark-metal", (0, -pitch, 0)
            )
        )
        parts += [
            solid("box", (0.06, 0.06, 1.0), ((k + 0.5) * deep, y, (k + 1) * high), "dark-metal")
            for k in range(0, steps, 3)
        ]
    parts.append(
        solid(
            "box",
            (begin - cut.road + 0.5, 2 * half + 2 * SIDE_WALK_M, 0.3),
            ((cut.road - begin + 0.5) / 2, 0, KERB_M - 0.302),
            "paving",
        )
    )
    stage.solids("stairs", "stairs/street", parts, (one.middle, begin, 0.0), 90.0)
    stage.space.add(Block(one.middle, begin + run / 2, half + SIDE_WALK_M, run / 2, 0.0, tall=False))


def _refuges(stage: Stage, cut: Section, one: Junction) -> None:
    """Islands in the middle of the crossings of a wide street, between the lanes of both ways."""
    wide = max(0.5, 2 * cut.inner)
    if wide < 1.0:
        return
    for x in (one.lo - 2.6, one.hi + 2.6):
        parts = [
            solid("box", (1.2, wide - 0.2, 0.16), (2.0, 0, 0), "kerb"),
            solid("box", (1.2, wide - 0.2, 0.16), (-2.0, 0, 0), "kerb"),
            solid("cylinder", (0.14, 0.14, 1.0), (2.0, 0, 0.16), "line"),
            solid("cylinder", (0.14, 0.14, 1.0), (-2.0, 0, 0.16), "line"),
        ]
        stage.solids("sidewalk", "sidewalk/refuge", parts, (x, 0, 0))
