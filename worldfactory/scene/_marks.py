"""What is painted on the road, let into it and mended: lanes, crossings, arrows, rails, covers, patches."""

from __future__ import annotations

import math

import numpy as np

from worldfactory.scene._alignment import Alignment
from worldfactory.scene._section import REACH_M, Section
from worldfactory.scene._solids import Solid, solid
from worldfactory.scene._stage import Stage
from worldfactory.spec._street import StreetSpec
from worldfactory.spec._style import MaterialSpec


def road_marks(stage: Stage, spec: StreetSpec, cut: Section, line: Alignment) -> None:
    if spec.lanes == 0 or spec.pattern == "canal":
        return
    parts: list[Solid] = []
    first, last = -REACH_M - 60, min(REACH_M + 60, cut.circus - 26.0)
    half = spec.lanes * spec.lane_m / 2

    def mark(x0: float, x1: float, y: float, wide: float, paint: str, high: float = 0.012) -> None:
        parts.extend(line.boxes(paint, x0, x1, y - wide / 2, y + wide / 2, high, high))

    spans = [first, *(x for a, b in cut.crossings for x in (a - 4.2, b + 4.2)), last]
    open_spans = [(a, b) for a, b in zip(spans[::2], spans[1::2], strict=True) if b - a > 2.0]
    for k in range(1, spec.lanes):
        y = -half + k * spec.lane_m
        if k * 2 == spec.lanes:
            if cut.inner == 0.0:
                # Broken where streets cross, as all lines are.
                for a, b in open_spans:
                    mark(a, b, y, 0.13, "center-line")
            continue
        y += math.copysign(cut.inner, y)
        x = first
        while x < last:
            if any(a <= x and x + 2.6 <= b for a, b in open_spans):
                mark(x, x + 2.6, y, 0.13, "line")
            x += 7.0
    if spec.parking:
        for side in (1, -1):
            for a, b in open_spans:
                mark(a, b, side * (half + cut.inner), 0.1, "line")
    if spec.bus_lane and spec.lanes >= 4:
        for side in (1, -1):
            y = side * (half + cut.inner - spec.lane_m / 2)
            for a, b in open_spans:
                mark(a, b, y, spec.lane_m - 0.3, "bus-lane", 0.006)
    for side in (1, -1):
        for k in range(spec.kerb_lines):
            for a, b in open_spans:
                mark(a, b, side * (cut.road - 0.28 - 0.22 * k), 0.09, "kerb-line")
    if spec.box_junction:
        for one in cut.junctions:
            if line.slope(one.middle) == 0.0 and abs(one.middle) < line.straight_m:
                parts.extend(_hatched(one.lo + 0.4, one.hi - 0.4, cut.road - 0.4))
    if spec.crossing:
        for one in cut.junctions:
            for x in (one.lo - 2.6, one.hi + 2.6):
                for x0, x1, y, wide in crosswalk(spec, 2.6, -cut.road + 0.3, cut.road - 0.3):
                    if abs(y) > cut.inner or wide > 1.0:
                        mark(x + x0, x + x1, y, wide, "line", 0.014)
            for x, way in ((one.lo - 4.8, -1), (one.hi + 4.8, 1)):
                # Stop lines, and arrows before them, on the side of those who come.
                _arrows(stage, spec, cut, parts, x, way)
    if spec.rails:
        for lane in (-0.5, 0.5):
            for rail in (-0.72, 0.72):
                mark(
                    -REACH_M - 60,
                    last,
                    lane * spec.lane_m + math.copysign(cut.inner, lane) + rail,
                    0.09,
                    "rails",
                    0.016,
                )
    stage.solids("road mark", "road-mark/lines", parts, (0, 0, 0.0))
    _worn(stage, spec, cut, line, last)
    rng = stage.rng("manholes")
    covers: list[Solid] = []
    for _ in range(26):
        x, y = float(rng.uniform(-90, 90)), float(rng.uniform(cut.inner + 0.6, half + cut.inner - 0.6))
        at, _yaw = line.place(x, y if rng.random() < 0.5 else -y)
        if line.slope(x) == 0.0 and x < last:
            covers.append(solid("cylinder", (0.68, 0.68, 0.01), at, "manhole"))
    for side in (1, -1):
        for x in np.arange(-84.0, 85.0, 14.0):
            at, yaw = line.place(float(x), side * (cut.road - 0.3))
            if line.slope(float(x)) == 0.0 and not any(a <= x <= b for a, b in cut.crossings):
                covers.append(solid("box", (0.7, 0.36, 0.01), at, "manhole", (0.0, 0.0, yaw)))
    if stage.materials[stage.paint("asphalt")].pattern == "asphalt":
        covers += _patches(stage.rng("patches"), cut, half, line, last)
    stage.solids("road", "road/covers", covers, (0, 0, 0.0))


def crosswalk(spec: StreetSpec, deep: float, y0: float, y1: float) -> list[tuple[float, float, float, float]]:
    """The marks of a crossing from y0 to y1, `deep` along the road it leads over: x from and to, middle and width in
    y of each."""
    style, half = spec.crossing_style, deep / 2
    wide = y1 - y0
    out: list[tuple[float, float, float, float]] = []
    if style in ("lines", "ladder"):
        out += [(x - 0.12, x + 0.12, (y0 + y1) / 2, wide) for x in (-half, half)]
    if style in ("zebra", "ladder"):
        bar, gap = (0.5, 0.5) if style == "zebra" else (0.6, 0.75)
        out += [(-half, half, float(y) + bar / 2, bar) for y in np.arange(y0 + 0.1, y1 - bar, bar + gap)]
    elif style == "studs":
        out += [(x - 0.1, x + 0.1, float(y), 0.2) for x in (-half, half) for y in np.arange(y0 + 0.2, y1, 0.55)]
    return out


def _hatched(x0: float, x1: float, half: float) -> list[Solid]:
    """The yellow box that is to be kept clear: a frame with lines aslant."""
    parts = [solid("box", (0.14, 2 * half, 0.009), (x, 0.0, 0.0), "kerb-line") for x in (x0, x1)]
    parts += [solid("box", (x1 - x0, 0.14, 0.009), ((x0 + x1) / 2, y, 0.0), "kerb-line") for y in (-half, half)]
    for sign in (1.0, -1.0):
        for c in np.arange(-half - (x1 - x0), half, 1.5):
            # The line y = sign * (c + x - x0), as far as it lies in the frame.
            a, b = max(0.0, -half - float(c)), min(x1 - x0, half - float(c))
            if b - a > 0.4:
                middle = (x0 + (a + b) / 2, sign * (float(c) + (a + b) / 2), 0.0)
                parts.append(
                    solid("box", (math.sqrt(2.0) * (b - a), 0.1, 0.008), middle, "kerb-line", (0.0, 0.0, 45.0 * sign))
                )
    return parts


def _worn(stage: Stage, spec: StreetSpec, cut: Section, line: Alignment, last: float) -> None:
    """Where wheels have polished the lanes, two tracks in each."""
    road = stage.materials[stage.paint("asphalt")]
    if road.pattern not in ("asphalt", "mottled"):
        return
    r, g, b = (0.93 * c for c in road.rgb)
    r2, g2, b2 = (0.93 * c for c in road.rgb2)
    look = MaterialSpec(rgb=(r, g, b), pattern=road.pattern, rgb2=(r2, g2, b2), cell=road.cell_m)
    parts: list[Solid] = []
    for k in range(spec.lanes):
        y = (-spec.lanes / 2 + 0.5 + k) * spec.lane_m
        y += math.copysign(cut.inner, y) if y else 0.0
        for off in (-0.78, 0.78):
            parts += line.boxes("worn", -REACH_M - 60, last, y + off - 0.3, y + off + 0.3, 0.002, 0.002)
    prototype = stage.prototype("road/worn", parts, ({"worn": look},))
    stage.body(prototype, stage.instance("road", "road/worn"), (0.0, 0.0, 0.0))


def _patches(
    rng: np.random.Generator, cut: Section, half: float, line: Alignment, last: float
) -> list[Solid]:  # fmt: skip
    """Where the road was opened and closed again, and the seams of tar over its cracks."""
    parts: list[Solid] = []
    for k in range(24):
        x, y = float(rng.uniform(-90, 90)), float(rng.uniform(0.5, max(0.6, half - 1.0))) * (1 if k % 2 else -1)
        y += math.copysign(cut.inner, y)
        long, wide = float(rng.uniform(1.2, 5.5)), float(rng.uniform(0.7, 1.8))
        if line.slope(x) != 0.0 or x > last - 6.0:
            continue
        at, yaw = line.place(x, y)
        if k % 5 == 0:
            parts.append(solid("box", (long, wide, 0.004), at, "asphalt-patch", (0.0, 0.0, yaw)))
        else:
            turn = yaw + float(rng.choice((0.0, 90.0))) + float(rng.uniform(-14, 14))
            parts.append(solid("box", (min(long, 1.8 * wide), 0.07, 0.005), at, "tar", (0.0, 0.0, turn)))
    return parts


def _arrows(stage: Stage, spec: StreetSpec, cut: Section, parts: list[Solid], x: float, way: int) -> None:
    """Before a junction, for those who come to it from the side `way` of it: a stop line, an arrow in each lane."""
    side = 1 if (travel_deg(stage, 1) == 0.0) == (way < 0) else -1
    half = spec.lanes * spec.lane_m / 2
    if spec.lanes < 2 or (abs(x) > 42.0 and spec.pattern in ("organic", "hillside")):
        return
    parts.append(solid("box", (0.35, half - 0.3, 0.013), (x, side * (half / 2 + cut.inner), 0.0), "line"))
    for k in range(spec.lanes // 2):
        y = side * (cut.inner + (k + 0.5) * spec.lane_m + (spec.lane_m / 2 if spec.lanes % 2 else 0.0))
        parts.append(solid("box", (2.2, 0.16, 0.013), (x + way * 4.0, y, 0.0), "line"))
        parts.append(solid("prism", (0.013, 0.7, 1.0), (x + way * 2.9, y, 0.0065), "line", (0.0, -90.0 * way, 0.0)))


def travel_deg(stage: Stage, side: int) -> float:
    """The way in which vehicles go on this side of the axis: with the right hand on the right side of the road."""
    right = stage.cell.city.driving_side == "right"
    return 0.0 if (side < 0) == right else 180.0
