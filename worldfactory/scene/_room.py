"""A room beside a corridor or a hall: floor, walls, window, door, furniture."""

from __future__ import annotations

import numpy as np

from worldfactory.scene._fill import Rect, faces_of, fill, wall_anchors
from worldfactory.scene._fittings import HEADROOM_M, hang, overhead
from worldfactory.scene._site import Site, Walkway, slab
from worldfactory.scene._solids import Solid, solid
from worldfactory.scene._space import Block, Region
from worldfactory.scene._stage import Stage
from worldfactory.scene._walls import WALL_M, Opening, wall, window_frame
from worldfactory.spec._layout import RoomSpec

_DOORS = "sliding-doors"
_FORECOURT_M = 12.0
"""From an outer wall of glass to the end of the ground before it."""


def sequence(
    rooms: tuple[RoomSpec, ...], wanted: tuple[str, ...], count: int, rng: np.random.Generator
) -> list[RoomSpec]:
    """Room kinds in a drawn order with the wanted ones in the middle."""
    weights = np.array([room.weight for room in rooms])
    first = [room for room in rooms if room.name in wanted]
    rest = [rooms[int(k)] for k in rng.permutation(len(rooms)) if rooms[int(k)].name not in wanted]
    more = [rooms[int(k)] for k in rng.choice(len(rooms), count, p=weights / weights.sum())]
    line = [*first, *rest, *more][:count]
    out: list[RoomSpec] = []
    for k, room in enumerate(line):
        out.insert(len(out) if k % 2 else 0, room)
    return out


def room(
    stage: Stage, site: Site, kind: RoomSpec, x0: float, x1: float, side: int, w: float, h: float,
    openings: list[Opening], origin: float, rng: np.random.Generator,
) -> None:  # fmt: skip
    """One room beside a corridor or a hall: from x0 to x1, on the left (side 1) or right (-1), its door in the wall
    that stands `w` metres from the middle; adds the door to `openings`, measured from `origin`."""
    layout = stage.cell.venue.layout
    deep = kind.size[1]
    y0, y1 = (w, w + deep) if side > 0 else (-w - deep, -w)
    slab(stage, "floor", f"floor/{kind.name}", kind.floor, x0, x1, y0, y1, 0.0)
    slab(stage, "ceiling", f"ceiling/{kind.name}", "indoor-ceiling", x0, x1, y0, y1, h + 0.2, 0.2)
    outer = w + deep if side > 0 else -w - deep
    width = x1 - x0
    if kind.outside:
        _glass_front(stage, kind, x0, x1, outer, side, h)
    else:
        window = Opening(width * 0.18, width * 0.82, 0.95, min(2.3, h - 0.35), door=False)
        wall(stage, kind.wall, (x0, outer), (x1, outer), h, [window], side=-side, skirting=layout.skirting)
        window_frame(stage, (x0 + x1) / 2, outer, width * 0.64, 0.95, min(2.3, h - 0.35))
    # The wall toward the next room stands once, on this room's left; the last also closes the right.
    wall(stage, kind.wall, (x0, y0), (x0, y1), h, [], side=1, skirting=layout.skirting)
    wall(stage, kind.wall, (x1, y0), (x1, y1), h, [], side=-1, skirting=layout.skirting)
    inner = Rect(kind.name, x0 + WALL_M, x1 - WALL_M, y0 + WALL_M, y1 - WALL_M, 0.0, h)
    inner.faces = faces_of(inner.x0, inner.x1, inner.y0, inner.y1)
    inner.turned = side < 0
    if not kind.outside:
        back = inner.faces[2 if side > 0 else 0]
        back.glass.append((width * 0.18 - WALL_M, width * 0.82 - WALL_M, 0.95))
    if kind.outside:
        back = inner.faces[2 if side > 0 else 0]
        back.used.append((0.0, back.length))
        inner.keep.append(((x0 + x1) / 2 - 1.4, (x0 + x1) / 2 + 1.4, min(y0, y1), max(y0, y1)))
    door_mid = x0 + width * 0.5
    door_half = kind.door / 2 if not kind.open_front else width / 2 - 0.35
    top = 2.15 if not kind.open_front else h - 0.25
    openings.append(Opening(door_mid - door_half - origin, door_mid + door_half - origin, 0.0, top))
    front = inner.faces[0 if side > 0 else 2]
    mid_on_face = front.length / 2
    front.used.append((mid_on_face - door_half - 0.2, mid_on_face + door_half + 0.2))
    inner.keep.append(
        (
            door_mid - kind.door / 2 - 0.1,
            door_mid + kind.door / 2 + 0.1,
            min(side * w, side * (w + 1.4)),
            max(side * w, side * (w + 1.4)),
        )
    )
    if kind.open_front:
        stage.regions.append(Region(kind.name, x0 + 0.4, x1 - 0.4, min(y0, y1) - 0.01, max(y0, y1), 0.0))
    else:
        lo, hi = min(side * (w - 0.1), side * (w + deep)), max(side * (w - 0.1), side * (w + deep))
        stage.regions.append(Region(kind.name, door_mid - 0.5, door_mid + 0.5, lo, hi, 0.0))
        stage.regions.append(Region(kind.name, inner.x0, inner.x1, inner.y0, inner.y1, 0.0))
        leaf = [
            solid("box", (0.05, kind.door * 0.98, 2.1), (0, kind.door * 0.49, 0), layout.door_leaf),
            solid("cylinder", (0.34, 0.34, 0.07), (-0.035, kind.door * 0.5, 1.5), "window-glass", (0, 90, 0)),
            solid("box", (0.12, 0.04, 0.14), (0, kind.door * 0.88, 1.0), "chrome"),
        ]
        # Each door stands open into its kind.
        stage.solids(
            "door",
            f"door/{kind.name}",
            leaf,
            (door_mid - door_half + 0.04, side * (w + 0.1), 0.0),
            0.0 if side > 0 else 180.0,
        )
        stage.space.add(
            Block(door_mid - door_half + 0.04, side * (w + 0.1 + kind.door * 0.49), 0.05, kind.door * 0.49, 0.0)
        )
        sign = [solid("box", (0.03, 0.34, 0.2), (0.015, 0, 0), "room-sign")]
        stage.solids(
            "sign", "sign/room-number", sign, (door_mid + door_half + 0.32, side * (w - 0.005), 1.55), -90.0 * side
        )
        site.walkways.append(
            Walkway(kind.name, (door_mid, side * (w + 0.9)), (door_mid, side * (w + deep - 0.7)), 0.2, 0.0)
        )
        if rng.random() < kind.glazed:
            _glaze(stage, openings, door_mid, door_half, x0, x1, origin, side * w)
    fill(stage, inner, kind.sets, rng)
    hang(stage, inner)
    wall_anchors(stage, inner)
    overhead(stage, x0, x1, (y0 + y1) / 2 + side * deep * 0.25, h)
    # What lights a hall may hang too low for its rooms.
    low = h + stage.shape_of(stage.thing_spec(layout.ceiling_lamp))[1].z0 < HEADROOM_M
    lamp = "ceiling-panel" if low else layout.ceiling_lamp
    for k in range(lamps := max(1, round(width / 5.0))):
        stage.thing(lamp, (x0 + width * (k + 0.5) / lamps, (y0 + y1) / 2, h), 0.0, blocks=False)
    site.stars.setdefault(kind.name, ((x0 + x1) / 2, side * (w + 0.8)))
    if kind.typical:
        site.typical.append(((x0 + x1) / 2, side * (w + deep / 2)))
    if kind.open_front:
        site.hubs.append(((x0 + x1) / 2, side * (w + 1.2), 1.0))


def _glaze(
    stage: Stage, openings: list[Opening], door_mid: float, door_half: float, x0: float, x1: float, origin: float,
    y: float,
) -> None:  # fmt: skip
    """Windows in the wall toward the corridor, on both sides of the door; adds them to `openings`."""
    for lo, hi in ((x0 + 0.5, door_mid - door_half - 0.7), (door_mid + door_half + 0.7, x1 - 0.5)):
        if hi - lo > 0.8:
            openings.append(Opening(lo - origin, hi - origin, 1.15, 2.15, door=False))
            window_frame(stage, (lo + hi) / 2, y, hi - lo, 1.15, 2.15, inner=True)


def _glass_front(stage: Stage, kind: RoomSpec, x0: float, x1: float, y: float, side: int, h: float) -> None:
    """An outer wall of glass with sliding doors in its middle, and the forecourt before it with what stands there."""
    width, top = x1 - x0, h - 0.3
    wall(stage, kind.wall, (x0, y), (x1, y), h, [Opening(0.3, width - 0.3, 0.0, top, door=False)], side=-side)
    doors = stage.shape_of(stage.thing_spec(_DOORS))[1].width / 2
    bars: list[Solid] = []
    for sign in (-1, 1):
        run = width / 2 - 0.3 - doors
        count = max(1, round(run / 1.3))
        bars += [
            solid("box", (0.07, 0.1, top), (sign * (doors + run * k / count), 0, 0), "dark-metal")
            for k in range(count + 1)
        ]
        mid = sign * (doors + run / 2)
        bars += [solid("box", (run, 0.08, 0.07), (mid, 0, z), "dark-metal") for z in (0.03, 1.05, 2.2, top - 0.08)]
        stage.space.add(Block((x0 + x1) / 2 + mid, y, run / 2, 0.1, 0.0, tall=False))
    stage.solids("window", "window/glass-front", bars, ((x0 + x1) / 2, y, 0))
    stage.thing(_DOORS, ((x0 + x1) / 2, y, 0.0), 90.0 * side)
    near, far = y + side * 0.1, y + side * _FORECOURT_M
    court = Rect("outside", x0, x1, min(near, far), max(near, far), 0.0, turned=side < 0)
    stage.daylight = 0.42 * (1.0 - stage.dark)
    slab(stage, "ground", "ground/forecourt", "paving", x0 - 3.0, x1 + 3.0, court.y0, court.y1, -0.01, 0.34)
    fill(stage, court, kind.outside, stage.rng("forecourt"))
    stage.daylight = 0.0
