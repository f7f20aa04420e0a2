"""Inner walls: with doorways and windows cut out, skirtings, rails, and the linings of halls."""

from __future__ import annotations

import math
from dataclasses import dataclass

from worldfactory.scene._fill import Rect
from worldfactory.scene._solids import Solid, moved, solid
from worldfactory.scene._space import Block
from worldfactory.scene._stage import Stage

WALL_M = 0.16


@dataclass(frozen=True, slots=True)
class Opening:
    """A hole in a wall, measured along it; a door reaches the floor."""

    lo: float
    hi: float
    sill: float
    top: float
    door: bool = True


def clad(
    stage: Stage,
    paint: str,
    rect: Rect,
    h: float,
    s: bool,
    e: bool,
    n: bool,
    w: bool,
    door: float,
    top: float,
    window: Opening | None,
) -> None:
    """Each hall has walls in its own colour: thin linings inside the shared walls, with a skirting and a cornice."""
    layout = stage.cell.venue.layout
    parts: list[Solid] = []
    t = 0.04
    x, y = rect.middle
    for length, cx, cy, yaw, gap, wide in (
        (rect.x1 - rect.x0, 0.0, rect.y0 - y, 0.0, s, False), (rect.x1 - rect.x0, 0.0, rect.y1 - y, 180.0, n, False),
        (rect.y1 - rect.y0, rect.x1 - x, 0.0, 90.0, e, True), (rect.y1 - rect.y0, rect.x0 - x, 0.0, -90.0, w, True),
    ):  # fmt: skip
        side: list[Solid] = []
        if gap:
            each = (length - door) / 2
            for k in (-1, 1):
                side.append(solid("box", (each, t, h), (k * (door + each) / 2, t / 2, 0), paint))
                side.append(solid("box", (0.16, 0.34, top + 0.1), (k * (door / 2 + 0.08), 0, 0), "door-frame"))
                side.append(solid("box", (each, t + 0.02, 0.16), (k * (door + each) / 2, t / 2, 0), layout.skirting))
            side.append(solid("box", (door, t, h - top), (0, t / 2, top), paint))
            side.append(solid("box", (door + 0.5, 0.34, 0.2), (0, 0, top), "door-frame"))
        elif wide or window is None:
            side.append(solid("box", (length, t, h), (0, t / 2, 0), paint))
            side.append(solid("box", (length, t + 0.02, 0.16), (0, t / 2, 0), layout.skirting))
        else:
            each = (length - (window.hi - window.lo)) / 2
            side.extend(
                solid("box", (each, t, h), (k * (window.hi - window.lo + each) / 2, t / 2, 0), paint) for k in (-1, 1)
            )
            side.append(solid("box", (window.hi - window.lo, t, window.sill), (0, t / 2, 0), paint))
            side.append(solid("box", (window.hi - window.lo, t, h - window.top), (0, t / 2, window.top), paint))
            side.append(solid("box", (length, t + 0.02, 0.16), (0, t / 2, 0), layout.skirting))
        side.append(solid("box", (length, 0.14, 0.2), (0, 0.07, h - 0.2), "door-frame"))
        parts += moved(side, (cx, cy, 0.0), yaw)
    stage.solids("wall", f"wall/{rect.name}", parts, (x, y, 0.0))


def wall(
    stage: Stage, paint: str, a: tuple[float, float], b: tuple[float, float], h: float, openings: list[Opening], *,
    band: str | None = None, rail: bool = False, side: int = 0, skirting: str | None = None,
) -> None:  # fmt: skip
    """A wall from a to b with holes. `side`: which side of a->b (left +1) has the band, the rail and the skirting."""
    length = math.hypot(b[0] - a[0], b[1] - a[1])
    yaw = math.atan2(b[1] - a[1], b[0] - a[0])
    parts: list[Solid] = []
    solids: list[tuple[float, float]] = []
    at = 0.0
    for o in sorted(openings, key=lambda o: o.lo):
        solids.append((at, o.lo))
        if o.sill > 0:
            parts.append(solid("box", (o.hi - o.lo, WALL_M, o.sill), ((o.lo + o.hi) / 2, 0, 0), paint))
            stage.space.add(_wall_block(a, yaw, o.lo, o.hi))
            if band is not None and o.sill > 1.12:
                parts.append(
                    solid("box", (o.hi - o.lo, 0.03, 1.1), ((o.lo + o.hi) / 2, side * (WALL_M / 2 + 0.012), 0), band)
                )
            if skirting is not None and side:
                parts.append(
                    solid(
                        "box", (o.hi - o.lo, 0.05, 0.12), ((o.lo + o.hi) / 2, side * (WALL_M / 2 + 0.02), 0), skirting
                    )
                )
        parts.append(solid("box", (o.hi - o.lo, WALL_M, h - o.top), ((o.lo + o.hi) / 2, 0, o.top), paint))
        if o.door:
            parts.extend(solid("box", (0.09, WALL_M + 0.06, o.top), (x, 0, 0), "door-frame") for x in (o.lo, o.hi))
            parts.append(
                solid("box", (o.hi - o.lo + 0.18, WALL_M + 0.06, 0.1), ((o.lo + o.hi) / 2, 0, o.top), "door-frame")
            )
        at = o.hi
    solids.append((at, length))
    for lo, hi in solids:
        if hi - lo < 0.01:
            continue
        mid, run = (lo + hi) / 2, hi - lo
        parts.append(solid("box", (run, WALL_M, h), (mid, 0, 0), paint))
        stage.space.add(_wall_block(a, yaw, lo, hi))
        if band is not None:
            parts.append(solid("box", (run, 0.03, 1.1), (mid, side * (WALL_M / 2 + 0.012), 0.0), band))
            parts.append(solid("box", (run, 0.04, 0.05), (mid, side * (WALL_M / 2 + 0.02), 1.1), "trim"))
        if skirting is not None and side:
            parts.append(solid("box", (run, 0.05, 0.12), (mid, side * (WALL_M / 2 + 0.02), 0.0), skirting))
        if rail and run > 0.5:
            parts.append(solid("box", (run - 0.2, 0.06, 0.1), (mid, side * (WALL_M / 2 + 0.08), 0.88), "handrail"))
    stage.solids("wall", "wall/partition", parts, (a[0], a[1], 0.0), math.degrees(yaw))


def _wall_block(a: tuple[float, float], yaw: float, lo: float, hi: float) -> Block:
    mid = (lo + hi) / 2
    return Block(a[0] + mid * math.cos(yaw), a[1] + mid * math.sin(yaw), (hi - lo) / 2, WALL_M / 2, yaw)


def window_frame(
    stage: Stage, x: float, y: float, width: float, sill: float, top: float, *, inner: bool = False
) -> None:
    """Bars and a sill, in the form of the city; the pane itself is clear. `inner`: between two rooms, plain."""
    form = "plain" if inner else stage.cell.city.inside.window
    tall = top - sill
    parts = [
        solid("box", (width + 0.1, 0.3, 0.06), (0, 0, sill - 0.06), "trim"),
        solid("box", (width, 0.06, 0.06), (0, 0, top - 0.06), "trim"),
    ]
    parts += _upright(width, max(1, round(width / 1.2)), 0.06, sill, tall, "trim")
    if form in ("casement", "plain", "louvres"):
        parts.append(solid("box", (width, 0.05, 0.05), (0, 0, (sill + top) / 2), "trim"))
    # Curtains, blinds and screens hang on the side of the room, which may be either: they are before both.
    if form == "casement":
        parts += [
            solid("box", (0.1 * width + 0.08, 0.24, tall + 0.14), (k * (0.45 * width + 0.04), 0, sill - 0.1), "curtain")
            for k in (-1, 1)
        ]
        parts.append(solid("box", (width + 0.3, 0.26, 0.05), (0, 0, top + 0.04), "dark-metal"))
    elif form == "sash":
        parts.append(solid("box", (width, 0.1, 0.1), (0, 0, sill + 0.5 * tall), "trim"))
        parts.append(solid("box", (width - 0.04, 0.2, 0.3 * tall), (0, 0, top - 0.3 * tall), "blind"))
    elif form == "lattice":
        high = 0.62 * tall
        parts += [
            solid(
                "box", (width, 0.04, 0.035), (0, 0, top - high + high * k / max(3, round(high / 0.2))), "lattice-wood"
            )
            for k in range(max(3, round(high / 0.2)) + 1)
        ]
        parts += _upright(width, max(4, round(width / 0.2)), 0.035, top - high, high, "lattice-wood")
    elif form == "paper":
        rows = max(3, round(tall / 0.36))
        parts += [solid("box", (width, 0.05, 0.03), (0, 0, sill + tall * k / rows), "dark-wood") for k in range(rows)]
        parts += _upright(width, max(3, round(width / 0.42)), 0.03, sill, tall, "dark-wood")
        parts.append(solid("box", (width, 0.02, 0.42 * tall), (0, 0, sill), "window-paper"))
    elif form == "louvres":
        count = max(4, round(0.45 * tall / 0.12))
        parts += [
            solid("box", (width, 0.14, 0.02), (0, 0, sill + 0.06 + 0.45 * tall * k / count), "louvre", (35, 0, 0))
            for k in range(count)
        ]
    stage.solids("window", "window/frame", parts, (x, y, 0.0))


def _upright(width: float, count: int, wide: float, low: float, tall: float, paint: str) -> list[Solid]:
    return [solid("box", (wide, 0.06, tall), (-width / 2 + k * width / count, 0, low), paint) for k in range(count + 1)]
