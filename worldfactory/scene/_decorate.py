"""Decor kits: their items go to the anchors that they fit, first to those in view."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass, field

import numpy as np

from worldfactory.records import Vec3
from worldfactory.scene._placed import Anchor
from worldfactory.scene._plan import Shot, visible
from worldfactory.scene._site import Site, Walkway
from worldfactory.scene._solids import HEAD_M, Extent, Solid, expand, extent, moved, solid
from worldfactory.scene._stage import with_posts
from worldfactory.scene._view import unhidden
from worldfactory.scene._wind import swinging
from worldfactory.spec import DecorItem, DecorSpec
from worldfactory.spec._style import ThingSpec

_PER_KIT = 16
_IN_VIEW = 5
_MOST_OUT = {"floor": 5, "wall": 4, "table": 4, "pole": 5, "tree": 6, "facade": 5, "ceiling": 4}
"""Of one item outdoors, by where it goes."""
_MOST_IN = {"floor": 2, "wall": 3, "table": 3, "pole": 2, "tree": 2, "facade": 3, "ceiling": 3}
"""Of one item indoors, where all of it is near."""
_FLAT_M = 0.15
"""What hangs on a wall and comes out farther than this is in the way of those who pass below."""
_CROWN_M = 1.7
"""As high as most heads reach."""
_FAR_M = 22.0
"""What stands on the ground is seen from as far."""
_PITCH_SEEN = 0.16
"""Share of the clip for which a pitch must be in view to be taken."""
_PASS_M = 1.3
"""Of a way stays free beside what a kit sets on it."""


@dataclass
class Stood:
    """Where the copies of each item of a kit stand, for equal things keep apart, and pitches that it may take yet."""

    pitches: int = 1
    places: dict[str, list[tuple[float, float]]] = field(default_factory=dict[str, list[tuple[float, float]]])


def decorate(site: Site, shot: Shot, rng: np.random.Generator) -> None:
    """Set up every kit that the prompt names, and none that it does not."""
    kept = [anchor.at[:2] for anchor in site.stage.anchors if anchor.kind == "floor"]
    shown = int((visible(shot, np.array(kept), _FAR_M) > _PITCH_SEEN).sum()) if kept else 0
    for name in site.stage.prompt.decor:
        kit = site.stage.cell.decor[name]
        seen = 0
        weights = np.array([item.weight for item in kit.items])
        total = max(_IN_VIEW, round(_PER_KIT * min(3.0, kit.density)))
        order = [*range(len(kit.items)), *rng.choice(len(kit.items), total, p=weights / weights.sum())]
        most = _MOST_IN if site.interior else _MOST_OUT
        left = {item.name: max(1, round(most[item.anchor] * min(2.0, kit.density))) for item in kit.items}
        stood = Stood(max(1, shown // len(site.stage.prompt.decor)))
        for k in order:
            item = kit.items[int(k)]
            if left[item.name] > 0:
                left[item.name] -= 1
                seen += _set_item(site, shot, name, kit, item, rng, stood)
        if seen == 0:
            for item in sorted(kit.items, key=lambda item: item.anchor != "floor"):
                seen += _set_item(site, shot, name, kit, item, rng, Stood(), close=True)
                if seen:
                    break
        if seen == 0:
            site.stage.drop(f"decor/{name}", "no anchor or free ground in view of the camera")


def _set_item(
    site: Site, shot: Shot, kit: str, spec: DecorSpec, item: DecorItem, rng: np.random.Generator, stood: Stood, *,
    close: bool = False,
) -> int:  # fmt: skip
    """Set one item; 1 if it stands in view, else 0."""
    parts = expand(item.parts)
    box = extent(parts)
    assert box is not None
    if item.anchor == "floor":
        return _on_floor(site, shot, kit, spec, item, parts, rng, stood, close)
    stage = site.stage
    anchors = [a for a in stage.anchors if a.kind == item.anchor and (a.kind != "wall" or a.room_m >= 0.5)]
    if item.anchor == "table":
        anchors = _tables(site)
    if not anchors:
        return 0
    points = np.array([[(a.at[0] + a.to[0]) / 2, (a.at[1] + a.to[1]) / 2] if a.to else a.at[:2] for a in anchors])
    worth = visible(shot, points, 26.0 if not site.interior else 14.0)
    far = np.hypot(*(points - np.array(shot.track.places[0, :2])).T)
    score = worth + 0.25 * rng.random(len(anchors)) - 0.012 * far
    pick = int(score.argmax())
    anchor = anchors[pick]
    if anchor in stage.anchors:
        stage.anchors.remove(anchor)
    if item.strung and anchor.to is not None:
        _string(site, kit, spec, item, parts, anchor)
    else:
        at = anchor.at
        if item.lift_m is not None and item.anchor in ("wall", "pole"):
            at = (at[0], at[1], item.lift_m)
        _fix(site, kit, spec, item, parts, at, anchor.yaw_deg)
    return int(worth[pick] > 0.15)


def _tables(site: Site) -> list[Anchor]:
    found: list[Anchor] = []
    for placed in site.stage.placed:
        if placed.spec is not None and placed.spec.table_m > 0:
            half_x, half_y = placed.spec.top[0] / 2, placed.spec.top[1] / 2
            key = placed.body * 0.618 % 1
            x, y = placed.point((key - 0.5) * half_x, (0.5 - key) * half_y)
            spot = (x, y, placed.at[2] + placed.spec.table_m)
            if (x, y) not in site.stage.taken:
                found.append(Anchor("table", spot, placed.yaw_deg, 0.4))
    return found


def _fix(site: Site, kit: str, spec: DecorSpec, item: DecorItem, parts: list[Solid], at: Vec3, yaw_deg: float) -> None:
    stage = site.stage
    row = stage.instance(item.label, f"{kit}/{item.name}", kit)
    hangs = item.anchor == "tree" or (item.anchor == "pole" and item.label in ("banner", "flag"))
    motions = swinging(stage, at[:2], item.anchor, at[0] + at[1]) if hangs else ()
    stage.body(stage.prototype(f"{kit}/{item.name}", parts, (spec.palette,)), row, at, yaw_deg, motions=motions)
    if item.glow is not None:
        stage.shine(item.glow, at, yaw_deg)
    if item.anchor == "table":
        stage.taken.add((at[0], at[1]))
    box = extent(parts, _CROWN_M - at[2])
    if item.anchor in ("wall", "pole", "tree") and box is not None and box.x1 > _FLAT_M:
        # Nobody walks or stands where the head would meet what hangs out so low.
        stage.space.add(dataclasses.replace(stage.block(box, at, yaw_deg), tall=False))


def _string(site: Site, kit: str, spec: DecorSpec, item: DecorItem, parts: list[Solid], anchor: Anchor) -> None:
    """Copies along a hanging line: a parabola, which a taut rope comes close to."""
    assert anchor.to is not None
    stage = site.stage
    a, b = np.array(anchor.at), np.array(anchor.to)
    length = float(np.linalg.norm(b - a))
    # As many as the item says on ten metres.
    count = max(3, round(item.strung * length / 10.0))
    yaw = math.degrees(math.atan2(b[1] - a[1], b[0] - a[0])) - 90.0
    sag = min(item.sag_m, 0.09 * length)
    row = stage.instance(item.label, f"{kit}/{item.name}", kit)
    middle = (a + b) / 2
    all_parts: list[Solid] = []
    for k in range(count):
        t = (k + 0.5) / count
        x = (t - 0.5) * length
        all_parts += moved(parts, (0.0, x, -4 * sag * t * (1 - t)))
    steps = 8
    for k in range(steps):
        t0, t1 = k / steps, (k + 1) / steps
        z0, z1 = -4 * sag * t0 * (1 - t0), -4 * sag * t1 * (1 - t1)
        run = length / steps
        tilt = math.degrees(math.atan2(z1 - z0, run))
        all_parts.append(
            solid(
                "box",
                (0.02, math.hypot(run, z1 - z0), 0.02),
                (0, (0.5 * (t0 + t1) - 0.5) * length, (z0 + z1) / 2),
                "black",
                (tilt, 0, 0),
            )
        )
    stage.body(
        stage.prototype(f"{kit}/{item.name}", all_parts, (spec.palette,)),
        row,
        (float(middle[0]), float(middle[1]), float(middle[2])),
        yaw,
        motions=swinging(stage, (float(middle[0]), float(middle[1])), "string", float(middle[0] + middle[1])),
    )
    if item.glow is not None:
        stage.shine(item.glow, (float(middle[0]), float(middle[1]), float(middle[2]) - sag), yaw)


def _on_floor(
    site: Site, shot: Shot, kit: str, spec: DecorSpec, item: DecorItem, parts: list[Solid], rng: np.random.Generator,
    stood: Stood, close: bool,
) -> int:  # fmt: skip
    """At the edges of the ways, out of the walkers' line, facing the way."""
    stage = site.stage
    box = with_posts(extent(parts, HEAD_M) or Extent(-0.3, 0.3, -0.3, 0.3, 0, 1), item.staff)
    apart = min(9.0, 1.6 + 2.5 * max(box.length, box.width)) * (0.6 if site.interior or item.soft else 1.0)
    others = np.array(stood.places.get(item.name, [])).reshape(-1, 2)
    best = _pitch(site, shot, box) if stood.pitches > 0 and not item.soft else None
    stood.pitches -= best is not None
    tried = 0
    for way, side, along in [] if best is not None else _draws(site, shot, 5.0 if close else 11.0, rng):
        yaw = way.yaw - side * math.pi / 2
        aside = (
            side * (way.half_m + float(rng.uniform(0.0, 0.7)))
            if item.soft
            else _edge(site, way.at(along, 0.0), yaw + math.pi, side, box, float(rng.uniform(0.05, 0.3)))
        )
        if aside is None and close:
            # Better out on the floor than not at all.
            aside = side * (way.half_m + 0.15 + box.x1)
        if aside is None:
            continue
        x, y = way.at(along, aside)
        if len(others) and float(np.hypot(others[:, 0] - x, others[:, 1] - y).min()) < apart:
            continue
        block = stage.block(box, (x, y, way.z), math.degrees(yaw))
        if not item.soft and (
            not stage.space.fits(block, 0.12)
            or not stage.traffic.misses(block)
            or not _inside(site, block.x, block.y, block.hx, block.hy, block.yaw)
        ):
            continue
        spot = np.array([[x, y]])
        if not site.inside(spot)[0]:
            continue
        worth = float(visible(shot, spot, _FAR_M)[0])
        worth *= unhidden(site, shot, spot[0])
        if best is None or worth > best[0]:
            best = (worth, (x, y), yaw, way.z)
        tried += 1
        if worth > 0.6 or (tried > 3 and best[0] > 0.2) or tried > 8:
            break
    if best is None and close:
        best = _anywhere(site, shot, box, rng)
    if best is None:
        stage.drop(f"{kit}/{item.name}", "no free ground beside a way in view")
        return 0
    worth, (x, y), yaw, z = best
    stood.places.setdefault(item.name, []).append((x, y))
    thing = ThingSpec.model_construct(
        label=item.label, parts=item.parts, nodes=(), track=None, materials=spec.palette, speed_ms=1.0,
        seats=item.seats, staff=item.staff, table_m=0.0, top=(0.6, 0.4), glow=item.glow, soft=item.soft,
    )  # fmt: skip
    stage.thing(thing, (x, y, z), math.degrees(yaw), asset=f"{kit}/{item.name}", decor=kit)
    return int(worth > 0.15)


def _anywhere(
    site: Site, shot: Shot, box: Extent, rng: np.random.Generator
) -> tuple[float, tuple[float, float], float, float] | None:
    """Free ground before the camera, whatever lies there: how much it is seen, the place, yaw toward the camera and
    floor height."""
    stage, count = site.stage, 80
    rows = rng.integers(len(shot.track.yaw), size=count)
    eyes, half = shot.track.places[rows, :2], math.radians(shot.fov_deg / 2)
    toward = shot.track.yaw[rows] + rng.uniform(-0.8, 0.8, count) * half
    far = rng.uniform(2.0, 8.0, count) + box.length / 2
    points = eyes + far[:, None] * np.stack([np.cos(toward), np.sin(toward)], 1)
    worth = visible(shot, points, _FAR_M)
    for k in np.argsort(-worth, kind="stable"):
        x, y = points[k].tolist()
        region, yaw = site.region_at(x, y), float(toward[k]) + math.pi
        if worth[k] < _PITCH_SEEN or region is None:
            continue
        block = stage.block(box, (x, y, region.z), math.degrees(yaw))
        clear = float(stage.space.sees(shot.track.places[::20, :2], points[k]).mean())
        inside = _inside(site, block.x, block.y, block.hx, block.hy, block.yaw)
        if clear > 0.5 and inside and stage.space.fits(block, 0.05) and stage.traffic.misses(block):
            return float(worth[k]) * clear, (x, y), yaw, region.z
    return None


def _pitch(site: Site, shot: Shot, box: Extent) -> tuple[float, tuple[float, float], float, float] | None:
    """Of the pitches that are kept free for such things, the one most in view on which it fits: how much it is seen,
    its place, yaw and floor height. It is taken then."""
    stage = site.stage
    pitches = [a for a in stage.anchors if a.kind == "floor" and box.width < a.room_m]
    if not pitches:
        return None
    places = np.array([(a.at[0], a.at[1], math.radians(a.yaw_deg)) for a in pitches])
    back = np.array([box.x1 * np.cos(places[:, 2]), box.x1 * np.sin(places[:, 2])]).T
    spots = places[:, :2] - back
    worth = visible(shot, spots, _FAR_M)
    for k in np.argsort(-worth, kind="stable"):
        if worth[k] < _PITCH_SEEN:
            break
        block = stage.block(box, (*spots[k], 0.0), pitches[k].yaw_deg)
        clear = unhidden(site, shot, spots[k])
        if clear > 0.5 and stage.space.fits(block, 0.02) and stage.traffic.misses(block):
            stage.anchors.remove(pitches[k])
            return float(worth[k]) * clear, (float(spots[k, 0]), float(spots[k, 1])), places[k, 2], pitches[k].at[2]
    return None


def _draws(
    site: Site, shot: Shot, spread_m: float, rng: np.random.Generator, count: int = 48
) -> list[tuple[Walkway, int, float]]:
    """Places beside ways that the camera has in its frame, those longest in it first: way, side, metres
    along it."""
    focus = site.stage.focus or (0.0, 0.0)
    found: list[tuple[Walkway, int, float]] = []
    for pick, turn in zip(rng.integers(len(site.walkways), size=count), rng.random(count), strict=True):
        way = site.walkways[int(pick)]
        mid = (focus[0] - way.a[0]) * math.cos(way.yaw) + (focus[1] - way.a[1]) * math.sin(way.yaw)
        along = float(np.clip(rng.normal(mid, spread_m), 0.6, max(0.7, way.length - 0.6)))
        found.append((way, 1 if turn < 0.5 else -1, along))
    points = np.array([way.at(along, side * (way.half_m + 0.3)) for way, side, along in found])
    worth = visible(shot, points, _FAR_M)
    return [found[int(k)] for k in np.argsort(-worth, kind="stable") if worth[k] > 0.05]


def _edge(site: Site, at: tuple[float, float], out_yaw: float, side: int, box: Extent, gap: float) -> float | None:
    """How far aside of `at` a thing stands with its back `gap` metres from the edge of the floor that lies toward
    `out_yaw`; None where the floor goes on there, or less than a way's width would stay free before the thing."""
    region = site.region_at(*at)
    if region is None:
        return None
    c, s = math.cos(out_yaw), math.sin(out_yaw)
    toward, back = math.inf, math.inf
    for d, low, high in ((c, region.x0 - at[0], region.x1 - at[0]), (s, region.y0 - at[1], region.y1 - at[1])):
        if abs(d) > 1e-6:
            toward, back = min(toward, max(low / d, high / d)), min(back, max(-low / d, -high / d))
    if toward + back < box.length + gap + _PASS_M:
        return None
    beyond, edge = toward + 0.5, np.array([[at[0] + c * toward, at[1] + s * toward]])
    open_on = site.region_at(at[0] + c * beyond, at[1] + s * beyond) is not None
    if open_on and float(site.stage.space.clearance(edge)[0]) > 0.2:
        return None
    return side * (toward - gap + box.x0)


def _inside(site: Site, x: float, y: float, hx: float, hy: float, yaw: float) -> bool:
    c, s = math.cos(yaw), math.sin(yaw)
    corners = np.array([(x + c * a * hx - s * b * hy, y + s * a * hx + c * b * hy) for a in (-1, 1) for b in (-1, 1)])
    return bool(site.inside(corners).all())
