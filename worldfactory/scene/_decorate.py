"""Decor kits: their items go to the anchors that they fit, first to those in view."""

from __future__ import annotations

import math

import numpy as np

from worldfactory.records import Vec3
from worldfactory.scene._placed import Anchor
from worldfactory.scene._plan import Shot, visible
from worldfactory.scene._site import Site
from worldfactory.scene._solids import HEAD_M, Extent, Solid, expand, extent, moved, solid
from worldfactory.spec import DecorItem, DecorSpec
from worldfactory.spec._style import ThingSpec

_PER_KIT = 16
_IN_VIEW = 5
_PER_ANCHOR = 4
"""Of one item, where it hangs or is fixed."""


def decorate(site: Site, shot: Shot, rng: np.random.Generator) -> None:
    """Set up every kit that the prompt names, and none that it does not."""
    for name in site.stage.prompt.decor:
        kit = site.stage.cell.decor[name]
        seen = 0
        weights = np.array([item.weight for item in kit.items])
        total = max(_IN_VIEW, round(_PER_KIT * min(3.0, kit.density)))
        order = [*range(len(kit.items)), *rng.choice(len(kit.items), total, p=weights / weights.sum())]
        left = {item.name: _PER_KIT if item.anchor == "floor" else _PER_ANCHOR for item in kit.items}
        for k in order:
            item = kit.items[int(k)]
            if left[item.name] > 0:
                left[item.name] -= 1
                seen += _set_item(site, shot, name, kit, item, rng)
        if seen == 0:
            for item in sorted(kit.items, key=lambda item: item.anchor != "floor"):
                seen += _set_item(site, shot, name, kit, item, rng, close=True)
                if seen:
                    break
        if seen == 0:
            site.stage.drop(f"decor/{name}", "no anchor or free ground in view of the camera")


def _set_item(
    site: Site, shot: Shot, kit: str, spec: DecorSpec, item: DecorItem, rng: np.random.Generator, close: bool = False
) -> int:
    """Set one item; 1 if it stands in view, else 0."""
    parts = expand(item.parts)
    box = extent(parts)
    assert box is not None
    if item.anchor == "floor":
        return _on_floor(site, shot, kit, spec, item, parts, rng, close)
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
    stage.body(stage.prototype(f"{kit}/{item.name}", parts, (spec.palette,)), row, at, yaw_deg)
    if item.glow is not None:
        stage.shine(item.glow, at, yaw_deg)
    if item.anchor == "table":
        stage.taken.add((at[0], at[1]))


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
    )
    if item.glow is not None:
        stage.shine(item.glow, (float(middle[0]), float(middle[1]), float(middle[2]) - sag), yaw)


def _on_floor(
    site: Site,
    shot: Shot,
    kit: str,
    spec: DecorSpec,
    item: DecorItem,
    parts: list[Solid],
    rng: np.random.Generator,
    close: bool,
) -> int:
    """At the edges of the ways, out of the walkers' line, facing the way."""
    stage = site.stage
    box = extent(parts, HEAD_M) or Extent(-0.3, 0.3, -0.3, 0.3, 0, 1)
    best: tuple[float, tuple[float, float], float, float] | None = None
    for attempt in range(26):
        way = site.walkways[int(rng.integers(len(site.walkways)))]
        side = 1 if rng.random() < 0.5 else -1
        c, s = math.cos(way.yaw), math.sin(way.yaw)
        focus = stage.focus or (0.0, 0.0)
        mid = (focus[0] - way.a[0]) * c + (focus[1] - way.a[1]) * s
        along = float(np.clip(rng.normal(mid, 5.0 if close else 11.0), 0.6, max(0.7, way.length - 0.6)))
        aside = side * (way.half_m + float(rng.uniform(0.0, 0.7)))
        x, y = way.at(along, aside)
        yaw = way.yaw - side * math.pi / 2
        block = stage.block(box, (x, y, way.z), math.degrees(yaw))
        corners = np.array([[x, y]])
        if not site.inside(corners)[0]:
            continue
        if not item.soft and (
            not stage.space.fits(block, 0.12) or not _inside(site, block.x, block.y, block.hx, block.hy, block.yaw)
        ):
            continue
        if not item.soft and not _lets_pass(site, way.half_m, aside, box):
            continue
        worth = float(visible(shot, corners, 22.0)[0])
        worth *= float(stage.space.sees(shot.track.places[::20, :2], corners[0]).mean())
        if best is None or worth > best[0]:
            best = (worth, (x, y), yaw, way.z)
        if worth > 0.6 or (attempt > 16 and worth > 0.2):
            break
    if best is None:
        stage.drop(f"{kit}/{item.name}", "no free ground beside a way")
        return 0
    worth, (x, y), yaw, z = best
    thing = ThingSpec.model_construct(
        label=item.label, parts=item.parts, nodes=(), track=None, materials=spec.palette, speed_ms=1.0, seats=(),
        table_m=0.0, top=(0.6, 0.4), glow=item.glow, soft=item.soft,
    )  # fmt: skip
    stage.thing(thing, (x, y, z), math.degrees(yaw), asset=f"{kit}/{item.name}", decor=kit)
    return int(worth > 0.15)


def _lets_pass(site: Site, half_m: float, aside: float, box: Extent) -> bool:
    """Whether at least 0.9 m of the way stays free beside the thing, or the thing stands outside it."""
    inner = abs(aside) - max(box.length, box.width) / 2
    return inner + half_m > 0.9 or half_m < 0.5


def _inside(site: Site, x: float, y: float, hx: float, hy: float, yaw: float) -> bool:
    c, s = math.cos(yaw), math.sin(yaw)
    corners = np.array([(x + c * a * hx - s * b * hy, y + s * a * hx + c * b * hy) for a in (-1, 1) for b in (-1, 1)])
    return bool(site.inside(corners).all())
