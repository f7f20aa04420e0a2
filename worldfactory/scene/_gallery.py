"""What stands over the side rooms of a hall: a gallery with a balustrade, or a wall with high windows."""

from __future__ import annotations

import math

import numpy as np

from worldfactory.records import Motion
from worldfactory.scene._people import figure, person
from worldfactory.scene._solids import Solid, solid
from worldfactory.scene._stage import Stage
from worldfactory.spec._layout import HallSpec

_DEEP_M = 3.6
_FLOOR_M = 0.3
_LANDING_M = 2.9
"""Width of an escalator's landing."""


def clerestory(stage: Stage, hall: HallSpec, side: int, half: float, low: float) -> None:
    """The wall over the rooms, from `low` up, with a window every few metres under the ceiling."""
    high = hall.height_m
    if high - low < 0.1:
        return
    y = side * hall.width_m / 2
    count, wide = max(1, round(2 * half / 5.0)), 2.2
    each = 2 * half / count
    lights = high - low > 1.9
    parts: list[Solid] = []
    bars: list[Solid] = []
    if not lights:
        parts.append(solid("box", (2 * half, 0.16, high - low), (0, 0, low), hall.wall))
    sill, top = low + 0.8, high - 0.4
    for k in range(count if lights else 0):
        x = -half + each * (k + 0.5)
        parts.append(solid("box", (wide, 0.16, sill - low), (x, 0, low), hall.wall))
        parts.append(solid("box", (wide, 0.16, high - top), (x, 0, top), hall.wall))
        parts += [
            solid("box", ((each - wide) / 2, 0.16, high - low), (x + s * (wide + each) / 4, 0, low), hall.wall)
            for s in (-1, 1)
        ]
        if stage.cell.city.inside.arch == "round":
            bars.append(solid("arch", (wide / 0.72, 0.26, top - sill + 0.3), (x, 0, sill), "trim"))
        bars += [solid("box", (0.07, 0.07, top - sill), (x + wide * (j / 3 - 0.5), 0, sill), "trim") for j in range(4)]
        bars.append(solid("box", (wide + 0.3, 0.3, 0.1), (x, 0, sill - 0.1), "trim"))
    # A string course hides the joint over the rooms.
    parts.append(solid("box", (2 * half, 0.26, 0.24), (0, -side * 0.06, low - 0.02), "trim"))
    stage.solids("wall", "wall/upper", parts, (0, y, 0))
    if bars:
        stage.solids("window", "window/upper", bars, (0, y, 0))


def _landings(stage: Stage) -> list[tuple[float, float]]:
    """Spans along the hall of the landings at the heads of escalators."""
    out: list[tuple[float, float]] = []
    for placed in stage.placed:
        if placed.spec is not None and placed.spec.label == "escalator":
            high = max(p[0] for node in placed.spec.nodes if node.belt for p in node.belt.points)
            near, far = (placed.point(high + out_m, 0.0)[0] for out_m in (0.2, 2.8))
            out.append((min(near, far), max(near, far)))
    return sorted(out)


def lay_gallery(stage: Stage, hall: HallSpec, side: int, half: float, rng: np.random.Generator) -> None:
    """An upper floor over the rooms: balustrade, shop fronts behind it, people who lean on the rail, and the bridges
    to where escalators end."""
    y, floor = side * hall.width_m / 2, hall.room_m + _FLOOR_M
    deep = _DEEP_M * side
    gaps = _landings(stage)
    slabs = [
        solid("box", (2 * half, _DEEP_M, 0.1), (0, deep / 2, floor - 0.1), "hall-floor"),
        solid("box", (2 * half, 0.5, _FLOOR_M + 0.1), (0, 0, floor - _FLOOR_M - 0.1), "trim"),
    ]
    stage.solids("floor", "gallery/floor", slabs, (0, y, 0))
    # From the head of an escalator in the middle a bridge leads to each side.
    for lo, hi in gaps:
        wide, reach = hi - lo, hall.width_m / 2 - _LANDING_M / 2
        deck = [solid("box", (wide, reach, 0.28), (0, -side * reach / 2, floor - 0.28), "trim")]
        deck += [
            solid("box", (0.06, reach, 1.0), (s * wide / 2, -side * reach / 2, floor), "balustrade") for s in (-1, 1)
        ]
        stage.solids("bridge", "gallery/bridge", deck, ((lo + hi) / 2, y, 0))
    rail: list[Solid] = []
    for lo, hi in zip([-half, *(b for _, b in gaps)], [*(a for a, _ in gaps), half], strict=True):
        run, mid = hi - lo, (lo + hi) / 2
        if run < 0.2:
            continue
        rail.append(solid("box", (run, 0.1, 0.07), (mid, 0, floor + 1.05), "chrome"))
        rail.append(solid("box", (run, 0.03, 0.9), (mid, 0, floor + 0.1), "balustrade"))
        posts = max(1, round(run / 2))
        rail += [solid("box", (0.06, 0.08, 1.05), (lo + run * k / posts, 0, floor), "chrome") for k in range(posts + 1)]
    stage.solids("railing", "gallery/balustrade", rail, (0, y, 0))
    high = hall.height_m - floor
    count = max(1, round(2 * half / 6.0))
    each = 2 * half / count
    back: list[Solid] = [solid("box", (2 * half, 0.2, high), (0, side * (_DEEP_M + 0.1), floor), hall.wall)]
    signs: list[Solid] = []
    for k in range(count):
        x = -half + each * (k + 0.5)
        back.append(solid("box", (each - 0.7, 0.1, min(2.6, high - 0.8)), (x, side * _DEEP_M, floor), "shop-glass"))
        paint = ("shop-board", "shop-board-2", "shop-board-3")[int(rng.integers(3))]
        signs.append(
            solid("box", (each - 1.6, 0.1, 0.5), (x, side * (_DEEP_M - 0.06), floor + min(2.7, high - 0.7)), paint)
        )
    back.append(solid("box", (2 * half, _DEEP_M, 0.2), (0, deep / 2, hall.height_m), "hall-ceiling"))
    back += [solid("box", (0.16, _DEEP_M, high), (x, deep / 2, floor), hall.wall) for x in (-half, half)]
    stage.solids("wall", "gallery/back", back, (0, y, 0))
    stage.solids("sign", "gallery/signs", signs, (0, y, 0))
    role = next((r for r in stage.cell.venue.people if not r.tops), stage.cell.venue.people[0])
    for k in range(count):
        if rng.random() < 0.5:
            x = -half + each * (k + float(rng.uniform(0.2, 0.8)))
            out = float(rng.uniform(0.45, 0.6))
            yaw = -90.0 * side + float(rng.normal(0, 25))
            person(
                stage, role.name, figure(stage, role, rng), (x, y + side * out, floor), yaw, "stand",
                phase=float(rng.uniform(0, 2 * math.pi)), gesture="hold" if rng.random() < 0.4 else "none",
            )  # fmt: skip


def ride_escalators(stage: Stage, rng: np.random.Generator) -> None:
    """People who stand on the moving steps of every escalator, those that go up and those that go down."""
    role = next((r for r in stage.cell.venue.people if not r.tops), stage.cell.venue.people[0])
    for placed in [one for one in stage.placed if one.spec is not None and one.spec.label == "escalator"]:
        assert placed.spec is not None
        for node in placed.spec.nodes:
            if node.belt is None:
                continue
            points = node.belt.points
            up = points[2][2] > points[1][2]
            ahead = points[2] if up else points[1]
            # The steps that can be seen: the flat ones at both ends and the flight between them.
            shown = sum(math.dist(points[k], points[k + 1]) for k in range(3))
            travel = node.belt.speed_ms * stage.seconds
            turn = 0.0 if ahead[0] > points[0][0] else 180.0
            sign = 1.0 if turn == 0.0 else -1.0
            line = tuple((sign * x, sign * y, z) for x, y, z in points)
            x, y = placed.point(node.at[0], node.at[1])
            at = float(rng.uniform(0.5, 1.6))
            while at + travel < shown - 0.4:
                motion = Motion(kind="carry", points=line, closed=True, speed=node.belt.speed_ms, offset=at)
                person(
                    stage, role.name, figure(stage, role, rng), (x, y, placed.at[2] + node.at[2]),
                    placed.yaw_deg + turn, "stand", motion=motion, phase=float(rng.uniform(0, 2 * math.pi)),
                )  # fmt: skip
                at += float(rng.uniform(1.0, 2.4))
