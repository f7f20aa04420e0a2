"""Indoor venues: a corridor with rooms on both sides, rows of galleries with doorways in line, a large hall."""

from __future__ import annotations

import math

import numpy as np

from worldfactory.scene._fill import Face, Rect, faces_of, fill, wall_anchors
from worldfactory.scene._fittings import hang, overhead
from worldfactory.scene._hall import lay_hall
from worldfactory.scene._outlook import outlook
from worldfactory.scene._placed import Anchor
from worldfactory.scene._room import room, sequence
from worldfactory.scene._site import Site, Walkway, slab
from worldfactory.scene._space import Region
from worldfactory.scene._stage import Stage
from worldfactory.scene._walls import WALL_M, Opening, clad, wall, window_frame

_WALL_GAP_M = 0.12
"""From the middle of a wall to the back of what stands before it."""


def lay_rooms(stage: Stage, wanted: tuple[str, ...]) -> Site:
    """Lay out the venue's rooms; `wanted` names those that happenings need."""
    rng = stage.rng("rooms")
    site = Site(stage, heading_deg=float(rng.uniform(0, 360)), interior=True)
    site.eye_fov_deg = 82.0
    if stage.cell.venue.layout.kind == "hall":
        lay_hall(stage, site, wanted, rng)
        site.typical.sort(key=lambda place: abs(place[0]))
        return site
    if stage.cell.venue.layout.kind == "corridor":
        _corridor(stage, site, wanted, rng)
    else:
        _galleries(stage, site, wanted, rng)
    site.typical.sort(key=lambda place: abs(place[0]))
    outlook(stage, rng)
    return site


def _corridor(stage: Stage, site: Site, wanted: tuple[str, ...], rng: np.random.Generator) -> None:
    layout = stage.cell.venue.layout
    half, w, h = layout.length_m / 2, layout.corridor_m / 2, layout.ceiling_m
    narrowest = min(layout.rooms, key=lambda kind: kind.size[0])
    line = sequence(layout.rooms, wanted, 2 * math.ceil(layout.length_m / narrowest.size[0]), rng)
    slab(stage, "floor", "floor/corridor", "indoor-floor", -half, half, -w, w, 0.0)
    slab(stage, "ceiling", "ceiling/corridor", "indoor-ceiling", -half, half, -w, w, h + 0.2, 0.2)
    stage.regions.append(Region("corridor", -half + 0.3, half - 0.3, -w, w, 0.0))
    for y in (-w * 0.46, w * 0.46):
        site.walkways.append(Walkway("corridor", (-half + 0.8, y), (half - 0.8, y), max(0.1, w * 0.3), 0.0))
    hall = Rect("corridor", -half, half, -w, w, 0.0, h)
    for side in (1, -1):
        openings: list[Opening] = []
        x = -half
        while x < half - 0.01:
            # No room is narrower than it should be: what is too wide for the rest of the side waits for the other one,
            # and the last room takes what would hold none.
            kind = next((kind for kind in line if kind.size[0] <= half - x), narrowest)
            if kind in line:
                line.remove(kind)
            width = kind.size[0] if half - x - kind.size[0] >= narrowest.size[0] else half - x
            room(stage, site, kind, x, x + width, side, w, h, openings, -half, rng)
            x += width
        a, b = ((-half, side * w), (half, side * w))
        wall(
            stage,
            "indoor-wall",
            a,
            b,
            h,
            openings,
            band="wainscot",
            rail=layout.handrail,
            side=-side,
            skirting=layout.skirting,
        )
        face = Face((half, w), (-half, w)) if side > 0 else Face((-half, -w), (half, -w))
        for o in openings:
            lo, hi = (2 * half - o.hi, 2 * half - o.lo) if side > 0 else (o.lo, o.hi)
            face.used.append((lo - 0.1, hi + 0.1))
            if not o.door:
                face.tops[face.used[-1]] = 0.0
                face.glass.append((lo, hi, o.sill))
        hall.faces.append(face)
    for x, d in ((-half, 1), (half, -1)):
        opening = Opening(w - 0.9, w + 0.9, 0.9, min(2.3, h - 0.3), door=False)
        wall(
            stage,
            "indoor-wall",
            (x, -w),
            (x, w),
            h,
            [opening],
            band="wainscot",
            rail=False,
            side=1,
            skirting=layout.skirting,
        )
        site.lookouts.append(((x + d * 0.5, w - 0.45, h - 0.35), 0.0 if d > 0 else math.pi))
        site.lookouts.append(((x + d * half * 0.9, -w + 0.35, h - 0.35), 0.25 if d > 0 else math.pi - 0.25))
    if layout.guide_stripe:
        for k, paint in enumerate(("guide", "guide-2")):
            slab(
                stage,
                "floor",
                "floor/guide-stripe",
                paint,
                -half,
                half,
                -w + 0.5 + 0.22 * k,
                -w + 0.62 + 0.22 * k,
                0.004,
                0.01,
            )
    _ceiling_lamps(stage, -half, half, 0.0, h)
    for side, face in zip((1, -1), hall.faces, strict=True):
        _stand_along(stage, face, "wall" if side > 0 else "kerb", rng)
    hang(stage, hall)
    wall_anchors(stage, hall)
    overhead(stage, -half, half, 0.0, h, layout.lamp_every_m)
    _hung(stage, -half, half, -w, w, h)
    site.hubs += [(x, 0.0, 1.2) for x in np.linspace(-half * 0.6, half * 0.6, 5).tolist()]


def _stand_along(stage: Stage, face: Face, row: str, rng: np.random.Generator) -> None:
    """Furniture along a side of a corridor, its back to the wall: low things also below windows, none before doors."""
    for spec in stage.cell.venue.layout.along:
        if spec.row != row:
            continue
        box = stage.shape_of(stage.thing_spec(spec.thing))[1]
        at = float(rng.uniform(0.3, 0.8)) * spec.every_m
        while at < face.length - 1.0:
            stands = rng.random() < spec.chance
            # Where a door is, a little farther on.
            for along in (at + off for off in (0.0, 0.8, -0.8, 1.6, -1.6, 2.4, -2.4) if stands):
                lo, hi = along - box.width / 2 - 0.1, along + box.width / 2 + 0.1
                if not face.over(lo, hi, 0.1) or not face.blind(lo, hi, box.z1):
                    continue
                x, y = face.at(along, _WALL_GAP_M - box.x0)
                block = stage.block(box, (x, y, 0.0), math.degrees(face.facing))
                if stage.space.fits(block, 0.02):
                    stage.thing(spec.thing, (x, y, 0.0), math.degrees(face.facing))
                    face.used.append((lo, hi))
                    face.tops[face.used[-1]] = box.z1
                    break
            at += spec.every_m


def _galleries(stage: Stage, site: Site, wanted: tuple[str, ...], rng: np.random.Generator) -> None:
    layout = stage.cell.venue.layout
    h, rows = layout.ceiling_m, layout.rows
    room_x, room_y = layout.rooms[0].size
    cols = max(2, round(layout.length_m / room_x))
    kinds = sequence(layout.rooms, wanted, cols * rows, rng)
    door, door_top = 2.6, min(3.2, h - 0.6)
    x_of = [(-cols / 2 + k) * room_x for k in range(cols + 1)]
    y_of = [(-rows / 2 + k) * room_y for k in range(rows + 1)]
    through = [Opening(room_y / 2 - door / 2, room_y / 2 + door / 2, 0.0, door_top)]
    aside = [Opening(room_x / 2 - door / 2, room_x / 2 + door / 2, 0.0, door_top)]
    windows = [Opening(room_x * 0.5 - 1.0, room_x * 0.5 + 1.0, 1.6, min(3.6, h - 0.6), door=False)]
    for c in range(cols):
        for r in range(rows):
            kind = kinds[(c * rows + r) % len(kinds)]
            x0, x1, y0, y1 = x_of[c], x_of[c + 1], y_of[r], y_of[r + 1]
            slab(stage, "floor", f"floor/{kind.name}", kind.floor, x0, x1, y0, y1, 0.0)
            slab(stage, "ceiling", f"ceiling/{kind.name}", "indoor-ceiling", x0, x1, y0, y1, h + 0.2, 0.2)
            rect = Rect(kind.name, x0 + WALL_M / 2, x1 - WALL_M / 2, y0 + WALL_M / 2, y1 - WALL_M / 2, 0.0, h)
            rect.faces = faces_of(rect.x0, rect.x1, rect.y0, rect.y1)
            south, east, north, west = rect.faces
            stage.regions.append(Region(kind.name, rect.x0 + 0.05, rect.x1 - 0.05, rect.y0 + 0.05, rect.y1 - 0.05, 0.0))
            mx, my = rect.middle
            has_s, has_n, has_w, has_e = r > 0, r < rows - 1, c > 0, c < cols - 1
            window = windows[0] if layout.windows else None
            clad(stage, kind.wall, rect, h, has_s, has_e, has_n, has_w, door, door_top, window)
            for face, has, gap in (
                (south, has_s, door),
                (north, has_n, door),
                (west, has_w, door),
                (east, has_e, door),
            ):
                width = gap if has else (2.2 if face in (south, north) and layout.windows else 0.0)
                if width:
                    face.used.append((face.length / 2 - width / 2 - 0.15, face.length / 2 + width / 2 + 0.15))
            for has, keep in (
                (has_s, (mx - 1.3, mx + 1.3, y0, y0 + 1.5)), (has_n, (mx - 1.3, mx + 1.3, y1 - 1.5, y1)),
                (has_w, (x0, x0 + 1.5, my - 1.3, my + 1.3)), (has_e, (x1 - 1.5, x1, my - 1.3, my + 1.3)),
            ):  # fmt: skip
                if has:
                    rect.keep.append(keep)
            if has_e:
                wall(stage, "gallery-wall", (x1, y0), (x1, y1), h, through, side=0)
                stage.regions.append(
                    Region("doorway", x1 - 0.4, x1 + 0.4, my - door / 2 + 0.1, my + door / 2 - 0.1, 0.0)
                )
            if has_n:
                wall(stage, "gallery-wall", (x0, y1), (x1, y1), h, aside, side=0)
                stage.regions.append(
                    Region("doorway", mx - door / 2 + 0.1, mx + door / 2 - 0.1, y1 - 0.4, y1 + 0.4, 0.0)
                )
            for edge, y in ((not has_s, y0), (not has_n, y1)):
                if edge:
                    wall(stage, "gallery-wall", (x0, y), (x1, y), h, windows if layout.windows else [], side=0)
                if edge and layout.windows:
                    window_frame(stage, mx, y, 2.0, 1.6, min(3.6, h - 0.6))
            for edge, x in ((not has_w, x0), (not has_e, x1)):
                if edge:
                    wall(stage, "gallery-wall", (x, y0), (x, y1), h, [], side=0)
            fill(stage, rect, kind.sets, rng)
            hang(stage, rect)
            wall_anchors(stage, rect, 1.6, 1.6)
            overhead(stage, x0, x1, my, h)
            for k in (-1, 1):
                stage.thing(layout.ceiling_lamp, (mx + k * room_x / 4, my, h), 90.0, blocks=False)
            _hung(stage, x0 + 1, x1 - 1, y0 + 1, y1 - 1, h)
            # Round the room, half-way between the middle and the walls.
            for f in (-0.27, 0.27):
                site.walkways.append(
                    Walkway(kind.name, (x0 + 1.2, my + f * room_y), (x1 - 1.2, my + f * room_y), 0.9, 0.0)
                )
                site.walkways.append(
                    Walkway(kind.name, (mx + f * room_x, y0 + 1.2), (mx + f * room_x, y1 - 1.2), 0.9, 0.0)
                )
            site.hubs.append((mx, my, 1.2))
            site.stars.setdefault(kind.name, (mx, my))
            hung = len(site.lookouts)
            for end, x, y in ((1, x0 + 0.5, y0 + 0.5), (-1, x1 - 0.5, y1 - 0.5)):
                # Not in a tank that stands in the corner, nor behind it.
                quarters = [np.array([mx + a * room_x / 4, my + b * room_y / 4]) for a in (-1, 1) for b in (-1, 1)]
                eye = np.array([[x, y]])
                free = float(stage.space.clearance(eye)[0]) > 0.0
                if free and sum(bool(stage.space.sees(eye, quarter)[0]) for quarter in quarters) >= 2:
                    site.lookouts.append(((x, y, h - 0.6), math.atan2(end * room_y, end * room_x)))
            if len(site.lookouts) == hung:
                # Else over the doors in line.
                over = ((has_w, x0 + 0.3, 0.0), (has_e, x1 - 0.3, math.pi))
                site.lookouts += [((x, my, door_top - 0.2), yaw) for has, x, yaw in over if has]
    for r in range(rows):
        y = (y_of[r] + y_of[r + 1]) / 2
        for off in (-0.6, 0.6):
            site.walkways.append(Walkway("enfilade", (x_of[0] + 1.0, y + off), (x_of[-1] - 1.0, y + off), 0.2, 0.0))


def _ceiling_lamps(stage: Stage, x0: float, x1: float, y: float, h: float) -> None:
    layout = stage.cell.venue.layout
    x = x0 + layout.lamp_every_m / 2
    while x < x1:
        stage.thing(layout.ceiling_lamp, (x, y, h), 0.0, blocks=False)
        x += layout.lamp_every_m


def _hung(stage: Stage, x0: float, x1: float, y0: float, y1: float, h: float) -> None:
    """Spots on the ceiling and lines under it."""
    count = max(1, int((x1 - x0) / 2.2))
    for k in range(count):
        x = x0 + (x1 - x0) * (k + 0.5) / count
        stage.anchors.append(
            Anchor("ceiling", (x, (y0 + y1) / 2 + 0.5 * (-1) ** k * min(1.0, (y1 - y0) / 4), h), 90.0 * (k % 2), 1.0)
        )
        stage.anchors.append(Anchor("facade", (x, y0 + 0.05, h - 0.25), 0.0, 1.0, (x, y1 - 0.05, h - 0.25)))
