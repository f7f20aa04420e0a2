"""Happenings: what a prompt says goes on is set up in view of the camera, before everyday life fills the rest."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from worldfactory.scene._animals import animals_of, release
from worldfactory.scene._camera import F64
from worldfactory.scene._carried import HAND_M, PUSHED_M, bring, hold, pushed_ahead
from worldfactory.scene._life import circle, queue, queue_step, send, sit, stand
from worldfactory.scene._people import RADIUS_M
from worldfactory.scene._placed import Placed
from worldfactory.scene._plan import Shot, visible
from worldfactory.scene._site import Lane, Line, Site, pick_paints
from worldfactory.scene._spots import (
    PERSON,
    SEEN,
    Spot,
    around,
    near_thing,
    seen_over,
    set_up,
    spots,
)
from worldfactory.scene._traffic import drive
from worldfactory.spec import Happening
from worldfactory.spec._conduct import ActSpec, RoleSpec

_SEEN_AT_ALL = 0.15
"""Share of the clip for which animals and rides are in the frame at least."""
_ABOUT_M = 5.5
"""So near to the place that the camera is to look at an animal is set for its sake."""
_OFF_KERB_M = (0.4, -0.4)
"""Aside of the middle of its lane a wide vehicle may drive."""
_END_M = 6.0
"""What drives keeps so far from both ends of its lane."""
_LED_M = 0.5
"""How far ahead of the one who leads it an animal walks."""


def wanted_zones(site_happenings: tuple[Happening, ...]) -> tuple[str, ...]:
    """Plots and rooms that happenings need near the camera."""
    return tuple(dict.fromkeys(act.zone for h in site_happenings for act in h.acts if act.zone))


def happen(site: Site, shot: Shot, rng: np.random.Generator) -> dict[str, tuple[int, ...]]:
    """Make every happening of the prompt true. Returns the instances that each brought or uses."""
    stage = site.stage
    made: dict[str, tuple[int, ...]] = {}
    for happening in stage.cell.venue.happenings:
        if happening.name not in stage.prompt.happenings:
            continue
        rows: list[int] = []
        for act in happening.acts:
            near = near_thing(site, shot, act, rng) if act.near else None
            did = _ACTS[act.does](site, shot, act, near, rng) if near or not act.near else []
            rows += did
            if not did:
                stage.drop(
                    f"happening/{happening.name}",
                    f"no room in view for: {act.does} {act.who or act.thing or ''}".strip(),
                )
        made[happening.name] = tuple(rows)
    return made


def _role(site: Site, name: str | None) -> RoleSpec:
    return next((r for r in site.stage.cell.venue.people if r.name == name), RoleSpec(name=name or "visitor"))


def _walk(site: Site, shot: Shot, act: ActSpec, near: Placed | None, rng: np.random.Generator) -> list[int]:
    role, stage = _role(site, act.who), site.stage
    rows: list[int] = []
    lead, room = 0.0, 0.0
    speed = float(rng.uniform(0.5, 0.8) if site.interior else rng.uniform(0.8, 1.2))
    if act.pushes is not None:
        lead, room = pushed_ahead(site, act.pushes), PUSHED_M
        speed = stage.thing_spec(act.pushes).speed_ms
    elif act.leads is not None:
        lead, room = _LED_M, 0.55
    for share in (0.5, 0.15):
        for x, y, z, yaw in spots(site, shot, rng, 200):
            for turn in (0.0, math.pi) if rng.random() < 0.5 else (math.pi, 0.0):
                # In view half-way through the clip, so the walk began some way back.
                back = speed * stage.seconds * share
                start = (x - back * math.cos(yaw + turn), y - back * math.sin(yaw + turn), z)
                gesture = "push" if act.pushes else "hold" if act.holds else act.gesture
                sent = send(
                    site,
                    role,
                    start,
                    yaw + turn,
                    speed,
                    rng,
                    gesture=gesture,
                    lead=lead,
                    room=room,
                )
                if sent is None:
                    continue
                root, motion = sent
                rows.append(stage.bodies[root].instance)
                if act.pushes:
                    rows.append(bring(site, motion, start, act.pushes, lead))
                if act.leads:
                    rows.append(bring(site, motion, start, act.leads, _LED_M, 0.42))
                if act.holds:
                    rows.append(hold(site, root, act.holds))
                if len(rows) >= act.count:
                    return rows
                break
            if rows and act.count == 1:
                return rows
    return rows


def _stand(site: Site, shot: Shot, act: ActSpec, near: Placed | None, rng: np.random.Generator) -> list[int]:
    role, stage = _role(site, act.who), site.stage
    eye = shot.track.places[len(shot.track.places) // 2]
    rows: list[int] = []
    for x, y, z, yaw in around(site, near, rng) if near else spots(site, shot, rng):
        face = math.atan2(near.at[1] - y, near.at[0] - x) if near else math.atan2(eye[1] - y, eye[0] - x)
        if near is None and act.gesture in ("sweep", "none"):
            face = yaw + float(rng.uniform(-0.6, 0.6))
        root = stand(site, role, (x, y, z), face, rng, gesture=act.gesture)
        if root is not None:
            rows.append(stage.bodies[root].instance)
            if act.holds:
                rows.append(hold(site, root, act.holds))
                box = stage.shape_of(stage.thing_spec(act.holds))[1]
                reach = math.hypot(HAND_M + box.x1, max(-box.y0, box.y1))
                if reach > 2 * RADIUS_M:
                    # A guitar, a broom: others keep clear of that too.
                    stage.traffic.add(np.tile(np.array([[x, y]]), (len(stage.traffic.times), 1)), reach)
                stage.placed.append(
                    Placed(
                        root, rows[-1], (x, y, z), math.degrees(face), PERSON, stage.thing_spec(act.holds), act.holds
                    )
                )
            if len(rows) >= act.count:
                break
    return rows


def _gather(site: Site, shot: Shot, act: ActSpec, near: Placed | None, rng: np.random.Generator) -> list[int]:
    role, stage = _role(site, act.who), site.stage
    if near is not None:
        rows: list[int] = []
        for x, y, z, _ in around(site, near, rng):
            face = math.atan2(near.at[1] - y, near.at[0] - x)
            root = stand(site, role, (x, y, z), face, rng)
            if root is not None:
                rows.append(stage.bodies[root].instance)
            if len(rows) >= act.count:
                break
        return rows
    for x, y, z, _ in spots(site, shot, rng):
        turn = float(rng.uniform(0, 6.28))
        radius = 0.45 if act.count <= 2 else 0.62 + 0.12 * act.count
        ring = [
            (
                x + radius * math.cos(turn + 2 * math.pi * k / act.count),
                y + radius * math.sin(turn + 2 * math.pi * k / act.count),
            )
            for k in range(act.count)
        ]
        points = np.array(ring)
        if not site.inside(points).all() or float(stage.space.clearance(points).min()) < RADIUS_M + 0.06:
            continue
        rows = []
        for k, (px, py) in enumerate(ring):
            root = stand(
                site, role, (px, py, z), math.atan2(y - py, x - px), rng, gesture="write" if k == 0 else "none"
            )
            if root is not None:
                rows.append(stage.bodies[root].instance)
        if len(rows) >= min(2, act.count):
            return rows
    return []


def _sit(site: Site, shot: Shot, act: ActSpec, near: Placed | None, rng: np.random.Generator) -> list[int]:
    stage = site.stage

    def seen(x: float, y: float) -> bool:
        return float(visible(shot, np.array([[x, y]]), 30.0)[0]) >= SEEN

    towards = near.at[:2] if near else stage.focus
    root = sit(site, _role(site, act.who), rng, near=towards, gesture=act.gesture, seen=seen)
    if root is None:
        return []
    rows = [stage.bodies[root].instance]
    if act.holds:
        rows.append(hold(site, root, act.holds, 0.36, 0.3))
    return rows


def _queue(site: Site, shot: Shot, act: ActSpec, near: Placed | None, rng: np.random.Generator) -> list[int]:
    role, stage = _role(site, act.who), site.stage
    starts: list[Spot] = []
    if near is not None:
        box = near.extent
        for side in (1, -1):
            for out in (0.2, 0.6, -0.2):
                x, y = near.point(out, side * (max(abs(box.y0), box.y1) + 0.5))
                region = site.region_at(x, y)
                if region is not None:
                    starts.append((x, y, region.z, math.radians(near.yaw_deg) + side * math.pi / 2))
    for x, y, z, yaw in spots(site, shot, rng):
        starts += [(x, y, z, yaw), (x, y, z, yaw + math.pi)]
    best: list[int] = []
    step = queue_step(site)
    for x, y, z, yaw in starts:
        way = [(x + step * k * math.cos(yaw), y + step * k * math.sin(yaw)) for k in range(act.count + 1)]
        line = np.array(way[:-1])
        if not site.inside(line).all() or float(stage.space.clearance(line).min()) < RADIUS_M + 0.06:
            continue
        if float((visible(shot, line, 30.0) >= SEEN).mean()) < 0.6:
            continue
        still = len(stage.instances)
        if queue(site, (role,), Line(tuple(way), act.count, z), rng) >= max(2, act.count - 2):
            best = list(range(still, len(stage.instances)))
            break
    return best


def middles(lane: Lane, seconds: float) -> F64:
    """[K, 2]: where on a lane something may be halfway through a clip that it drives through at the lane's speed."""
    half = min(_END_M + lane.speed_ms * seconds / 2, lane.length / 2)
    return lane.at(np.linspace(half, lane.length - half, 100))[:, :2]


def _pass(site: Site, shot: Shot, act: ActSpec, near: Placed | None, rng: np.random.Generator) -> list[int]:
    stage = site.stage
    assert act.thing is not None
    spec = stage.thing_spec(act.thing)
    kerb = spec.label == "bicycle"
    paints = pick_paints(act.paints, rng)
    for kind in stage.cell.city.traffic:
        if kind.thing == act.thing:
            paints = {**pick_paints(kind.paints, rng), **paints}
    speed = spec.speed_ms if kerb or spec.speed_ms < 4 else None
    options: list[tuple[float, int, float]] = []
    for row, lane in enumerate(site.lanes):
        v = speed or lane.speed_ms
        for share in np.linspace(0.04, 0.96, 70):
            middle = float(share) * lane.length
            begin = middle - v * stage.seconds / 2
            if begin < _END_M or begin + v * stage.seconds > lane.length - _END_M:
                continue
            track = lane.at(np.linspace(begin, begin + v * stage.seconds, 9))[:, :2]
            seen = float(np.diag(seen_over(shot, track)).mean())
            eye = shot.track.places[len(shot.track.places) // 2, :2]
            far = float(np.hypot(*(track[4] - eye)))
            if seen >= SEEN:
                options.append((seen - 0.006 * far, row, begin))
    for _, row, begin in sorted(options, reverse=True)[:90]:
        still = len(stage.instances)
        # Where what stands at the kerb leaves too little room a bus keeps off it.
        for aside in (-1.05,) if kerb else (0.0, *_OFF_KERB_M):
            if drive(stage, site.lanes[row], act.thing, begin, rng, paints, aside=aside, speed=speed):
                return list(range(still, len(stage.instances)))
    return []


def _park(site: Site, shot: Shot, act: ActSpec, near: Placed | None, rng: np.random.Generator) -> list[int]:
    """A vehicle at the kerb where nothing is parked, with its driver beside it."""
    stage = site.stage
    assert act.thing is not None
    spec = stage.thing_spec(act.thing)
    box = stage.shape_of(spec)[1]
    if not site.kerbs:
        return []
    points = np.array([(x, y) for x, y, _ in site.kerbs])
    eye = shot.track.places[len(shot.track.places) // 2, :2]
    worth = visible(shot, points, 40.0) - 0.012 * np.hypot(points[:, 0] - eye[0], points[:, 1] - eye[1])
    for k in np.argsort(-worth)[:240]:
        x, y, yaw_deg = site.kerbs[int(k)]
        if worth[k] < -0.1:
            break
        block = stage.block(box, (x, y, 0.0), yaw_deg)
        still = np.tile(np.array([[block.x, block.y]]), (len(stage.traffic.times), 1))
        if not stage.space.fits(block, 0.15) or not stage.traffic.free(still, 1.6):
            continue
        placed = stage.thing(act.thing, (x, y, 0.0), yaw_deg)
        rows = [placed.instance]
        if act.who:
            for px, py, pz, _ in around(site, placed, rng):
                root = stand(site, _role(site, act.who), (px, py, pz), math.atan2(y - py, x - px), rng, gesture="hold")
                if root is not None:
                    rows.append(stage.bodies[root].instance)
                    break
        return rows
    return []


def _place(site: Site, shot: Shot, act: ActSpec, near: Placed | None, rng: np.random.Generator) -> list[int]:
    assert act.thing is not None
    stage = site.stage
    if near is not None:
        spec = stage.thing_spec(act.thing)
        box = stage.shape_of(spec)[1]
        for x, y, z, yaw in around(site, near, rng):
            block = stage.block(box, (x, y, z), math.degrees(yaw))
            if stage.space.fits(block, 0.05) and stage.traffic.misses(block):
                return [stage.thing(act.thing, (x, y, z), math.degrees(yaw)).instance]
    placed = set_up(site, shot, act.thing, rng)
    return [placed.instance] if placed else []


def _roam(site: Site, shot: Shot, act: ActSpec, near: Placed | None, rng: np.random.Generator) -> list[int]:
    stage = site.stage
    if act.who is not None:
        root = circle(site, _role(site, act.who), near, rng) if near else None
        return [stage.bodies[root].instance, near.instance] if root is not None and near is not None else []
    assert act.thing is not None
    for pen in site.pens:
        if act.zone is None or pen.name == act.zone:
            there = animals_of(site, pen, act.thing)
            if len(there) < act.count:
                there += release(site, pen, act.thing, act.count - len(there), rng)
            if there and _seen(site, shot, there) <= _SEEN_AT_ALL and pen.name in site.stars:
                # One more, where the camera looks.
                x, y = site.stars[pen.name]
                there += release(site, pen.about(x, y, _ABOUT_M), act.thing, 1, rng)
            if there and _seen(site, shot, there) > _SEEN_AT_ALL:
                return there
    return []


def _seen(site: Site, shot: Shot, rows: list[int]) -> float:
    """The share of the clip in which the one that is seen longest of these instances is in the frame."""
    points = np.array([placed.at[:2] for placed in site.stage.placed if placed.instance in rows])
    return float(visible(shot, points, 45.0).max())


def _run(site: Site, shot: Shot, act: ActSpec, near: Placed | None, rng: np.random.Generator) -> list[int]:
    found = [p for p in site.stage.placed if p.name == act.thing]
    if not found:
        return []
    seen = visible(shot, np.array([p.at[:2] for p in found]), 70.0)
    best = int(seen.argmax())
    return [found[best].instance] if seen[best] > _SEEN_AT_ALL else []


_ACTS: dict[str, Callable[[Site, Shot, ActSpec, Placed | None, np.random.Generator], list[int]]] = {
    "walk": _walk, "stand": _stand, "sit": _sit, "queue": _queue, "gather": _gather, "ride": _pass, "pass": _pass,
    "park": _park, "place": _place, "roam": _roam, "run": _run,
}  # fmt: skip
