"""Large halls: bays in a row under one ceiling, rooms, windows or glass at the sides, tracks through them."""

from __future__ import annotations

import math

import numpy as np

from worldfactory.scene._ceilings import height_at, lay_ceiling
from worldfactory.scene._fill import Face, Rect, fill, wall_anchors
from worldfactory.scene._fittings import hang, overhead
from worldfactory.scene._gallery import clerestory, lay_gallery, ride_escalators
from worldfactory.scene._outlook import outlook
from worldfactory.scene._rails import BED_M, BEYOND_M, GATE_TOP_M, PIT_M, Rail, lay_rails, rails_of, strips
from worldfactory.scene._room import room, sequence
from worldfactory.scene._site import Lane, Site, Walkway, slab
from worldfactory.scene._solids import Solid, solid
from worldfactory.scene._space import Block, Region
from worldfactory.scene._stage import Stage
from worldfactory.scene._walls import Opening, wall, window_frame
from worldfactory.spec._layout import BaySpec, HallSpec
from worldfactory.spec._style import CeilingForm

_LEAD_M = 1.5
"""At the beginning of each bay a way leads across the hall."""
_YARD_M = 60.0
_DOORS_M = 3.2
"""Width of the doors in an end wall, at most."""
_ROAD_M = 4.5
"""From the glass to the middle of the road before it."""
_GROUND_M = -0.35
"""Height of the ground outside."""


def lay_hall(stage: Stage, site: Site, wanted: tuple[str, ...], rng: np.random.Generator) -> None:
    """Lay out the venue's hall with its bays and side rooms; `wanted` names rooms that happenings need."""
    layout = stage.cell.venue.layout
    hall = layout.hall
    assert hall is not None
    form = stage.cell.city.inside.ceiling if hall.ceiling == "local" else hall.ceiling
    length, half_w = sum(bay.length_m for bay in hall.bays), hall.width_m / 2
    half = length / 2
    at = -half
    bays: list[tuple[BaySpec, Rect]] = []
    for bay in hall.bays:
        floor = Rect(bay.name, at, at + bay.length_m, -half_w + 0.1, half_w - 0.1, bay.raised_m, hall.height_m)
        bays.append((bay, floor))
        at += bay.length_m
    _ground(stage, hall, bays)
    rails = rails_of(hall)
    faces: list[Face] = []
    for side, kind in ((-1, hall.sides[0]), (1, hall.sides[1])):
        if kind == "rooms":
            faces.append(_rooms_side(stage, site, hall, side, half, wanted, rng))
        elif kind in ("wall", "plain"):
            faces.append(_wall_side(stage, hall, side, half, windows=kind == "wall"))
        else:
            _glass_side(stage, hall, side, half)
    _ends(stage, hall, half, rails)
    lay_ceiling(stage, form, -half, half, hall.width_m, hall.height_m)
    _columns(stage, hall, form, half, rails)
    lay_rails(stage, site, hall, rails, rng)
    for k, (bay, rect) in enumerate(bays):
        if k + 1 < len(bays) and bays[k + 1][0].parted == "wall":
            rect.faces.append(_before(hall, bays[k + 1][0], rect.x1))
        _bay(stage, site, hall, bay, rect, faces, k > 0, rng)
    if hall.gallery:
        for side, kind in ((-1, hall.sides[0]), (1, hall.sides[1])):
            if kind == "rooms":
                lay_gallery(stage, hall, side, half, rng)
    ride_escalators(stage, rng)
    _lamps(stage, hall, form, half)
    for y in (-hall.width_m * 0.12, hall.width_m * 0.36):
        overhead(stage, -half, half, y, height_at(form, hall.width_m, hall.height_m, y) - _beam_m(form))
    stage.daylight = 0.42 * (1.0 - stage.dark)
    for side, kind in ((-1, hall.sides[0]), (1, hall.sides[1])):
        if kind == "glass" and hall.outside:
            y0, y1 = sorted((side * (half_w + 8.0), side * (half_w + _YARD_M)))
            fill(stage, Rect("outside", -half, half, y0, y1, _GROUND_M), hall.outside, rng)
            road = side * (half_w + _ROAD_M)
            ends = ((-half - 40.0, road, _GROUND_M), (half + 40.0, road, _GROUND_M))
            site.lanes.append(Lane("yard", ends if side > 0 else ends[::-1], 3.6))
    stage.daylight = 0.0
    yards = [_YARD_M if kind == "glass" and hall.outside else 0.0 for kind in hall.sides]
    ends = [BEYOND_M if any(rail.runs_out(side) for rail in rails) else 0.0 for side in (-1, 1)]
    # Where tracks run out, the ground outside is as low as their beds.
    outlook(stage, rng, (yards[0], yards[1]), (ends[0], ends[1]), BED_M - 0.02 if rails else _GROUND_M)


def _ground(stage: Stage, hall: HallSpec, bays: list[tuple[BaySpec, Rect]]) -> None:
    for bay, rect in bays:
        label = "platform" if bay.tracks else "floor"
        for a, b in strips(hall, bay):
            top = bay.raised_m
            slab(stage, label, f"floor/{bay.name}", bay.floor, rect.x0, rect.x1, a, b, top, 0.3 + top)
            stage.regions.append(Region(bay.name, rect.x0 - 0.05, rect.x1 + 0.05, a + 0.35, b - 0.35, top))
        if bay.raised_m:
            # Nobody steps over its edges.
            for x in (rect.x0, rect.x1):
                stage.space.add(Block(x, 0.0, 0.12, hall.width_m / 2, 0.0, tall=False))


def _rooms_side(
    stage: Stage, site: Site, hall: HallSpec, side: int, half: float, wanted: tuple[str, ...], rng: np.random.Generator
) -> Face:
    layout, w, h = stage.cell.venue.layout, hall.width_m / 2, hall.room_m
    lines = sequence(layout.rooms, wanted, 16, rng)
    openings: list[Opening] = []
    x, used = -half, 0
    while x < half - 2.5:
        kind = lines[used % len(lines)]
        used += 1
        width = kind.size[0]
        if half - x - width < 3.0:
            width = half - x
        room(stage, site, kind, x, x + width, side, w, h, openings, -half, rng)
        x += width
    wall(stage, hall.wall, (-half, side * w), (half, side * w), h, openings, band="dado", side=-side,
         skirting=layout.skirting)  # fmt: skip
    if not hall.gallery:
        clerestory(stage, hall, side, half, h)
    face = _face(side, half, w)
    for o in openings:
        face.used.append(_on(face, o.lo - half, o.hi - half))
    # Over the rooms are the windows of the upper wall, or the gallery.
    face.glass.append((0.0, face.length, h))
    return face


def _wall_side(stage: Stage, hall: HallSpec, side: int, half: float, windows: bool) -> Face:
    """A wall with tall windows; where the city builds so, under round arches. Without them, pilasters part it."""
    w, h = hall.width_m / 2, hall.height_m
    count = max(1, round(2 * half / 6.0))
    sill, top, wide = min(2.6, 0.36 * h), h - 0.9, 2.0
    openings: list[Opening] = []
    heads: list[Solid] = []
    for k in range(count):
        mid = 2 * half * (k + 0.5) / count
        if not windows:
            heads.append(solid("box", (0.5, 0.24, h), (mid - half - half / count, -side * 0.1, 0), "trim"))
            heads.append(solid("box", (2 * half / count, 0.26, 0.3), (mid - half, -side * 0.1, h - 0.9), "trim"))
            continue
        openings.append(Opening(mid - wide / 2, mid + wide / 2, sill, top, door=False))
        window_frame(stage, mid - half, side * w, wide, sill, top)
        if stage.cell.city.inside.arch == "round":
            heads.append(solid("arch", (wide / 0.72, 0.26, top - sill + 0.5), (mid - half, -side * 0.02, sill), "trim"))
        else:
            heads.append(solid("box", (wide + 0.5, 0.3, 0.26), (mid - half, 0, top), "trim"))
    wall(stage, hall.wall, (-half, side * w), (half, side * w), h, openings, band="dado", side=-side,
         skirting=stage.cell.venue.layout.skirting)  # fmt: skip
    stage.solids(
        "window" if windows else "wall", "window/surround" if windows else "wall/pilasters", heads, (0, side * w, 0)
    )
    face = _face(side, half, w)
    face.glass += [(*_on(face, o.lo - half, o.hi - half), o.sill) for o in openings]
    return face


def _glass_side(stage: Stage, hall: HallSpec, side: int, half: float) -> None:
    """Bars from the floor to the ceiling; the panes between them are clear."""
    w, h = hall.width_m / 2, hall.height_m
    count = max(2, round(2 * half / 2.4))
    bars = [solid("box", (0.09, 0.16, h), (-half + 2 * half * k / count, 0, 0), "dark-metal") for k in range(count + 1)]
    bars += [solid("box", (2 * half, 0.1, 0.08), (0, 0, z), "dark-metal") for z in (0.04, 1.1, h * 0.55, h - 0.3)]
    bars.append(solid("box", (2 * half, 0.4, 0.3), (0, 0, h - 0.2), "trim"))
    stage.solids("window", "window/glass-front", bars, (0, side * w, 0))
    stage.space.add(Block(0.0, side * w, half, 0.2, 0.0, tall=False))


def _ends(stage: Stage, hall: HallSpec, half: float, rails: list[Rail]) -> None:
    """Walls at both ends: with a great window, or with gates for the tracks."""
    w, h = hall.width_m / 2, hall.height_m
    for x, side in ((-half, -1), (half, 1)):
        gates = sorted(rail.y for rail in rails if rail.runs_out(side))
        top = min(GATE_TOP_M, h - 0.3)
        openings = [Opening(y + w - PIT_M, y + w + PIT_M, 0.0, top, door=False) for y in gates]
        if not gates:
            wide = min(0.5 * hall.width_m, 8.0)
            openings = [Opening(w - wide / 2, w + wide / 2, 0.55 * h, h - 0.7, door=False)]
            bars = [
                solid("box", (0.1, 0.07, 0.45 * h - 0.7), (0, -wide / 2 + wide * k / 6, 0.55 * h), "trim")
                for k in range(7)
            ]
            stage.solids("window", "window/end", bars, (x, 0, 0))
        if gates:
            wall(stage, hall.wall, (x, -w), (x, w), h, openings, band="dado", side=side,
                 skirting=stage.cell.venue.layout.skirting)  # fmt: skip
            piers = [
                solid("box", (0.24, 0.5, h), (-side * 0.1, y + k * (PIT_M + 0.3), 0), "trim")
                for y in gates
                for k in (-1, 1)
            ]
            piers += [solid("box", (0.3, 2 * PIT_M + 1.2, 0.5), (-side * 0.1, y, top), "trim") for y in gates]
            piers.append(solid("box", (0.24, hall.width_m, 0.3), (-side * 0.1, 0, h - 0.3), "trim"))
            stage.solids("wall", "wall/gates", piers, (x, 0, 0))
        else:
            wall(stage, hall.wall, (x, -w), (x, w), h, openings, side=0)
            _front(stage, hall, x, -side)


def _front(stage: Stage, hall: HallSpec, x: float, out: int) -> None:
    """The inside of an end wall: pilasters with panels between them, a dado, glazed doors and a clock over them."""
    w, count = hall.width_m / 2, max(4, 2 * round(hall.width_m / 7))
    each = hall.width_m / count
    face = out * 0.1
    parts = [
        solid("box", (0.16, 0.5, 0.55 * hall.height_m - 0.2), (face, -w + k * each, 0), "trim")
        for k in range(count + 1)
        if 2 * k != count  # there are the doors
    ]
    for k in range(count):
        y = -w + (k + 0.5) * each
        if abs(y) > each * 1.01:
            parts.append(solid("box", (0.08, each - 0.5, 1.1), (face, y, 0.12), "dado"))
            parts.append(solid("box", (0.06, each - 1.0, 0.55 * hall.height_m - 2.0), (face, y, 1.45), "front-panel"))
        parts.append(solid("box", (0.1, each, 0.12), (face, y, 0), "skirting"))
    parts.append(solid("box", (0.24, hall.width_m, 0.26), (face, 0, 0.55 * hall.height_m - 0.3), "trim"))
    stage.solids("wall", "wall/front", parts, (x, 0, 0))
    wide = min(_DOORS_M, 2 * each - 0.7)
    doors = [solid("box", (0.1, 0.12, 2.5), (face, k * wide / 2, 0), "dark-metal") for k in (-1, 0, 1)]
    doors += [solid("box", (0.1, wide, 0.14), (face, 0, z), "dark-metal") for z in (0.02, 1.0, 2.4)]
    doors += [solid("box", (0.05, wide / 2 - 0.1, 2.3), (face, k * wide / 4, 0.1), "window-glass") for k in (-1, 1)]
    doors += [solid("box", (0.06, 0.05, 0.5), (face + out * 0.09, k * 0.16, 0.95), "chrome") for k in (-1, 1)]
    stage.solids("door", "door/entrance", doors, (x, 0, 0))
    board = [solid("box", (0.1, wide, 0.45), (face, 0, 2.62), "name-board")]
    stage.solids("sign", "sign/entrance", board, (x, 0, 0))
    if 0.55 * hall.height_m > 4.0:
        stage.thing("wall-clock", (x + face, 0.0, 3.15), 0.0 if out > 0 else 180.0, blocks=False)


def _columns(stage: Stage, hall: HallSpec, form: CeilingForm, half: float, rails: list[Rail]) -> None:
    if not hall.column_every_m:
        return
    spec = stage.thing_spec(hall.column)
    parts, box = stage.shape_of(spec)
    prototype = stage.prototype(hall.column, parts, (spec.materials,))
    count = max(2, round(2 * half / hall.column_every_m))
    rows = [side * (hall.width_m / 2 - hall.column_in_m) for side in (-1, 1)]
    for y in rows:
        if any(abs(y - rail.y) < PIT_M + 0.8 for rail in rails):
            continue
        high = height_at(form, hall.width_m, hall.height_m, y)
        for k in range(count):
            x = -half + 2 * half * (k + 0.5) / count
            stage.body(prototype, stage.instance(spec.label, hall.column), (x, y, 0.0), scale=(1.0, 1.0, high))
            stage.space.add(Block(x, y, min(box.length, 0.9) / 2, min(box.width, 0.9) / 2, 0.0, tall=True))


def _bay(
    stage: Stage, site: Site, hall: HallSpec, bay: BaySpec, rect: Rect, faces: list[Face], inner: bool,
    rng: np.random.Generator,
) -> None:  # fmt: skip
    w, h, (mx, _) = hall.width_m / 2, hall.height_m, rect.middle
    ways = [v * w for v in bay.ways]
    lead = 0.0
    for whole in faces:
        piece = _piece(whole, rect.x0, rect.x1)
        rect.faces.append(piece)
    if inner and bay.parted != "open":
        rect.faces.append(_parting(stage, hall, bay, rect.x0, ways))
        lead = 0.1
    elif not inner:
        end = Face((rect.x0 + 0.1, w), (rect.x0 + 0.1, -w))
        end.used += [(w - track.at_m - PIT_M - 0.6, w - track.at_m + PIT_M + 0.6) for track in bay.tracks]
        _keep_front(end, bay)
        rect.faces.append(end)
    else:
        rect.keep.append((rect.x0, rect.x0 + _LEAD_M, -w, w))
        for a, b in strips(hall, bay):
            if b - a > 3.0:
                site.walkways.append(
                    Walkway("cross", (rect.x0 + 0.75, a + 0.7), (rect.x0 + 0.75, b - 0.7), 0.3, rect.z)
                )
    if rect.x1 > sum(one.length_m for one in hall.bays) / 2 - 0.01:
        end = Face((rect.x1 - 0.1, -w), (rect.x1 - 0.1, w))
        end.used += [(w + track.at_m - PIT_M - 0.6, w + track.at_m + PIT_M + 0.6) for track in bay.tracks]
        _keep_front(end, bay)
        rect.faces.append(end)
    for y in ways:
        rect.keep.append((rect.x0, rect.x1, y - bay.way_m / 2, y + bay.way_m / 2))
        half_m = max(0.15, bay.way_m / 2 - 0.45)
        site.walkways.append(Walkway(bay.name, (rect.x0 + 0.7, y), (rect.x1 - 0.7, y), half_m, rect.z))
        site.hubs.append((mx, y, rect.z + 1.3))
    for track in bay.tracks:
        rect.keep.append((rect.x0, rect.x1, track.at_m - PIT_M - 0.7, track.at_m + PIT_M + 0.7))
    for face in faces:
        for lo, hi in face.used:
            (xa, ya), (xb, _) = face.at(lo), face.at(hi)
            inner_y = ya + (-1.4 if ya > 0 else 1.4)
            rect.keep.append((min(xa, xb), max(xa, xb), min(ya, inner_y), max(ya, inner_y)))
    inside = Rect(bay.name, rect.x0 + lead, rect.x1, rect.y0, rect.y1, rect.z, h, rect.faces, rect.keep)
    fill(stage, inside, bay.sets, rng)
    hang(stage, inside)
    wall_anchors(stage, inside, 2.2, 1.6)
    site.stars.setdefault(bay.name, (mx, ways[0] if ways else 0.0))
    if bay.typical:
        # What a bay is for stands toward its far end as often as in its middle.
        site.typical += [(mx, 0.0), (rect.x0 + 0.8 * bay.length_m, 0.0)]
    high = min(h - 0.5, 4.6)
    for x, turn in ((rect.x0 + 0.7, 0.0), (rect.x1 - 0.7, math.pi)):
        for side in (-1, 1):
            # Out on an arm, so that the wall does not fill half of the view.
            toward = math.atan2(-side * w * 0.7, (1 if turn == 0.0 else -1) * bay.length_m * 0.6)
            site.lookouts.append(((x, side * (w - 1.5), high), toward))


def _keep_front(end: Face, bay: BaySpec) -> None:
    """Before the glazed doors in the middle of an end wall nothing stands or hangs, nor over its string course."""
    if not bay.tracks:
        end.used.append((end.length / 2 - _DOORS_M / 2 - 0.2, end.length / 2 + _DOORS_M / 2 + 0.2))
    end.glass.append((0.0, end.length, 2.9))


def _before(hall: HallSpec, after: BaySpec, x: float) -> Face:
    """The near face of the wall that parts a bay from the one after it."""
    w = hall.width_m / 2
    face = Face((x - 0.1, -w), (x - 0.1, w))
    face.used += [(w + v * w - 1.5, w + v * w + 1.5) for v in after.ways]
    return face


def _parting(stage: Stage, hall: HallSpec, bay: BaySpec, x: float, ways: list[float]) -> Face:
    """The wall or the glass screen before a bay, with a doorway at each of its ways; its face toward the bay."""
    w, h, layout = hall.width_m / 2, hall.height_m, stage.cell.venue.layout
    door_m = min(3.2, h - 0.4)
    openings = [Opening(y + w - 1.3, y + w + 1.3, 0.0, door_m) for y in ways]
    face = Face((x + 0.1, w), (x + 0.1, -w))
    face.used += [(w - y - 1.5, w - y + 1.5) for y in ways]
    ends = sorted([0.0, *(edge for o in openings for edge in (o.lo, o.hi)), 2 * w])
    bars: list[Solid] = []
    for lo, hi in zip(ends[::2], ends[1::2], strict=True):
        if bay.parted == "wall" and hi - lo > 0.3:
            for side in (-1, 1):
                bars.append(solid("box", (0.05, hi - lo - 0.1, 1.1), (side * 0.1, (lo + hi) / 2 - w, 0.12), "dado"))
                bars.append(solid("box", (0.07, hi - lo - 0.1, 0.06), (side * 0.1, (lo + hi) / 2 - w, 1.22), "trim"))
                bars.append(
                    solid("box", (0.07, hi - lo - 0.1, 0.12), (side * 0.1, (lo + hi) / 2 - w, 0), layout.skirting)
                )
        elif bay.parted == "glass" and hi - lo > 1.6:
            pane = Opening(lo + 0.35, hi - 0.35, 0.5, h - 0.5, door=False)
            openings.append(pane)
            face.used.append((2 * w - pane.hi, 2 * w - pane.lo))
            count = max(1, round((pane.hi - pane.lo) / 1.7))
            bars += [
                solid(
                    "box", (0.1, 0.07, h - 1.0), (0, pane.lo + (pane.hi - pane.lo) * k / count - w, 0.5), "dark-metal"
                )
                for k in range(count + 1)
            ]
            mid = (pane.lo + pane.hi) / 2 - w
            bars += [
                solid("box", (0.1, pane.hi - pane.lo, 0.07), (0, mid, z), "dark-metal") for z in (1.1, door_m, h - 0.57)
            ]
    wall(stage, hall.wall, (x, -w), (x, w), h, openings, skirting=layout.skirting)
    if bars:
        stage.solids("wall" if bay.parted == "wall" else "window", f"parting/{bay.parted}", bars, (x, 0, 0))
    return face


def _lamps(stage: Stage, hall: HallSpec, form: CeilingForm, half: float) -> None:
    layout = stage.cell.venue.layout
    rows = (0.0,) if hall.width_m < 11 else (-hall.width_m / 4, hall.width_m / 4)
    count = max(2, round(2 * half / layout.lamp_every_m))
    for y in rows:
        high = height_at(form, hall.width_m, hall.height_m, y) - _beam_m(form)
        for k in range(count):
            stage.thing(layout.ceiling_lamp, (-half + 2 * half * (k + 0.5) / count, y, high), 0.0, blocks=False)


def _beam_m(form: CeilingForm) -> float:
    """How far beams come down below the ceiling."""
    return 0.34 if form in ("coffers", "beams", "trusses") else 0.0


def _face(side: int, half: float, w: float) -> Face:
    """The inner face of a side wall; from inside the floor lies on its left."""
    y = side * (w - 0.1)
    return Face((-half, y), (half, y)) if side < 0 else Face((half, y), (-half, y))


def _on(face: Face, x0: float, x1: float) -> tuple[float, float]:
    """The span of a face between two places along the hall."""
    along = sorted((abs(x0 - face.a[0]), abs(x1 - face.a[0])))
    return along[0] - 0.1, along[1] + 0.1


def _piece(face: Face, x0: float, x1: float) -> Face:
    """The part of a side's face that lies in a bay."""
    lo, hi = _on(face, x0, x1)
    lo, hi = max(0.0, lo + 0.1), min(face.length, hi - 0.1)
    glass = [(a - lo, b - lo, sill) for a, b, sill in face.glass if b > lo and a < hi]
    return Face(face.at(lo), face.at(hi), [(a - lo, b - lo) for a, b in face.used if b > lo and a < hi], glass)
