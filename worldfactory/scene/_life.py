"""People on their ways: walking, talking, sitting, queueing, looking."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from worldfactory.records import Motion, Vec3
from worldfactory.scene._carried import PUSHED_M, bring, hold, pushed_ahead
from worldfactory.scene._people import RADIUS_M, figure, person
from worldfactory.scene._placed import Placed
from worldfactory.scene._site import F64, Line, Site, Walkway
from worldfactory.scene._space import Block, Space
from worldfactory.scene._stage import Stage
from worldfactory.spec._conduct import RoleSpec


def umbrella_for(stage: Stage, rng: np.random.Generator, interior: bool) -> str | None:
    """In rain and snow most people carry one."""
    share = _UMBRELLAS.get(stage.prompt.weather, 0.0)
    if interior or rng.random() >= share:
        return None
    colours = stage.cell.city.dress.umbrellas
    return stage.paint_rgb(colours[int(rng.integers(len(colours)))])


_HELD_M = 0.1
"""The hand that holds one is so far before the body."""
UMBRELLA_M = 0.5
"""Under umbrellas people keep this far, from their axis, from others."""


def _umbrellas(site: Site) -> bool:
    return not site.interior and site.stage.prompt.weather in _UMBRELLAS


def queue_step(site: Site) -> float:
    """From one to the next who wait in a line, metres."""
    return 1.1 if _umbrellas(site) else 0.78


_UMBRELLAS = {"rain": 0.72, "snow": 0.3}


def straight(start: tuple[float, float], yaw: float, speed: float, times: F64) -> F64:
    """[T, 2]: a walk at constant speed."""
    d = speed * times
    return np.stack([start[0] + math.cos(yaw) * d, start[1] + math.sin(yaw) * d], 1)


def walkable(
    site: Site, track: F64, radius: float, margin: float = 0.06, own: Block | None = None, around: float = 0.0
) -> bool:
    """Whether a track stays on the floor, clear of what stands, and of all that moves, from which it keeps `around`
    metres if that is more than the radius. Who stands on `own`, the ground of a thing with a place for them, is there
    even where nobody else walks."""
    stage = site.stage
    space = stage.space
    if own is not None:
        (x, y), near = track[0], 12.0
        space = Space(
            [b for b in space.blocks if b != own and abs(b.x - x) < near + b.hx and abs(b.y - y) < near + b.hy]
        )
    return bool(
        (own is not None or site.inside(track).all())
        and stage.traffic.free(track, max(radius, around) + margin)
        and float(space.clearance(track).min()) >= radius + margin
    )


def send(
    site: Site,
    role: RoleSpec,
    start: Vec3,
    yaw: float,
    speed: float,
    rng: np.random.Generator,
    *,
    reach_m: float = 60.0,
    gesture: str = "none",
    radius: float = RADIUS_M,
    lead: float = 0.0,
    room: float = 0.0,
) -> tuple[int, Motion] | None:
    """Let one person walk straight on; None if the way is not free.

    `lead`: metres to the middle of something pushed in front; `room`: its half width.
    """
    stage = site.stage
    track = straight((start[0], start[1]), yaw, speed, stage.traffic.times)
    front = straight(
        (start[0] + lead * math.cos(yaw), start[1] + lead * math.sin(yaw)), yaw, speed, stage.traffic.times
    )
    umbrella = umbrella_for(stage, rng, site.interior) if gesture == "none" else None
    room_m = UMBRELLA_M if umbrella else radius
    if not walkable(site, track, radius, around=room_m) or (lead > 0 and not walkable(site, front, room or 0.5)):
        return None
    stage.traffic.add(track, room_m)
    if lead > 0:
        stage.traffic.add(front, 0.55)
    far = max(reach_m, speed * stage.seconds + 4)
    # A path's heading is rounded at its ends, so it begins a little behind.
    c, s = math.cos(yaw), math.sin(yaw)
    motion = Motion(kind="path", points=((-2 * c, -2 * s, 0), (far * c, far * s, 0)), speed=speed, offset=2.0)
    who = figure(stage, role, rng)
    root, _ = person(
        stage,
        role.name,
        who,
        start,
        0.0,
        "walk",
        motion=motion,
        speed=speed,
        phase=float(rng.uniform(0, 6.28)),
        gesture=gesture,
        umbrella=umbrella,
    )
    return root, motion


def stand(
    site: Site,
    role: RoleSpec,
    at: Vec3,
    yaw: float,
    rng: np.random.Generator,
    *,
    gesture: str = "none",
    margin: float = 0.05,
    own: Block | None = None,
) -> int | None:
    """Let one person stand; None if somebody or something is there. Returns the body's row.

    `own`: the ground of a thing that keeps a place on it for its staff.
    """
    stage = site.stage
    spot = np.tile(np.array([[at[0], at[1]]]), (len(stage.traffic.times), 1))
    # Who tends a stall stands under its awning.
    umbrella = umbrella_for(stage, rng, site.interior) if gesture == "none" and own is None else None
    room_m = UMBRELLA_M if umbrella else RADIUS_M
    if not walkable(site, spot, RADIUS_M, margin + (_HELD_M if umbrella else 0.0), own, room_m):
        return None
    if gesture in _REACHING and own is None:
        hands = spot + _ARMS_M * np.array([[math.cos(yaw), math.sin(yaw)]])
        if float(stage.space.clearance(hands[:1])[0]) < _HANDS_M or not stage.traffic.free(hands, _HANDS_M):
            return None
        stage.traffic.add(hands, _HANDS_M)
    stage.traffic.add(spot, room_m)
    who = figure(stage, role, rng)
    root, _ = person(
        stage,
        role.name,
        who,
        at,
        math.degrees(yaw),
        "stand",
        phase=float(rng.uniform(0, 6.28)),
        gesture=gesture,
        umbrella=umbrella,
    )
    return root


def sit(
    site: Site,
    role: RoleSpec,
    rng: np.random.Generator,
    *,
    near: tuple[float, float] | None = None,
    gesture: str = "none",
    seen: Callable[[float, float], bool] | None = None,
) -> int | None:
    """Let one person sit on a free seat, the nearest to `near` if given, of those that are `seen`. Returns the body's
    row."""
    stage = site.stage
    seats: list[tuple[float, Vec3, float]] = []
    legroom: set[tuple[float, float]] = set()
    for placed in stage.placed:
        if placed.spec is None or not placed.spec.seats or placed.spec.label not in _SEATS:
            continue
        for sx, sy, sz, yaw in placed.spec.seats:
            x, y = placed.point(sx, sy)
            if (x, y) in stage.taken:
                continue
            far = math.hypot(x - near[0], y - near[1]) if near else float(rng.random())
            seats.append((far, (x, y, placed.at[2] + sz), math.radians(placed.yaw_deg + yaw)))
            if placed.spec.label in ("grandstand", "table", "desk"):
                legroom.add((x, y))
    for _, at, yaw in sorted(seats):
        knees = np.array([[at[0] + 0.45 * math.cos(yaw), at[1] + 0.45 * math.sin(yaw)]])
        still = np.tile(knees, (len(stage.traffic.times), 1))
        feet = np.array([[at[0] + 0.6 * math.cos(yaw), at[1] + 0.6 * math.sin(yaw)]])
        if not stage.traffic.free(still, 0.3) or (
            # Who sits in a grandstand has the feet on it, and at a table under it.
            (at[0], at[1]) not in legroom and float(stage.space.clearance(feet)[0]) < 0.17
        ):
            continue
        if seen is not None and not seen(at[0], at[1]):
            continue
        stage.taken.add((at[0], at[1]))
        stage.traffic.add(still, 0.3)
        stage.space.add(Block(float(knees[0, 0]), float(knees[0, 1]), 0.25, 0.25, 0.0, tall=False))
        return person(
            stage,
            role.name,
            figure(stage, role, rng),
            at,
            math.degrees(yaw),
            "sit",
            phase=float(rng.uniform(0, 6.28)),
            gesture=gesture,
        )[0]
    return None


def stroll(site: Site, role: RoleSpec, ways: Sequence[Walkway], rng: np.random.Generator, tries: int = 14) -> bool:
    """Let one person walk along one of the ways, wherever it is free."""
    shares = _shares(site, ways)
    for _ in range(tries):
        way = ways[int(rng.choice(len(ways), p=shares))]
        speed = float(rng.uniform(0.85, 1.5)) * (0.8 if site.interior else 1.0)
        along = _near_middle(site, way, rng)
        x, y = way.at(along, float(rng.uniform(-way.half_m, way.half_m)))
        yaw = way.yaw if rng.random() < 0.5 else way.yaw + math.pi
        if role.pushes:
            if _push(site, role, (x, y, way.z), yaw, speed, rng):
                return True
            continue
        sent = send(site, role, (x, y, way.z), yaw, speed, rng, gesture="hold" if role.holds else "none")
        if sent is None:
            continue
        if role.holds:
            hold(site, sent[0], role.holds)
        if rng.random() < role.company:
            # Side by side and in step, on whichever side there is room.
            for aside in (0.78, -0.78):
                beside = (x - math.sin(yaw) * aside, y + math.cos(yaw) * aside, way.z)
                if send(site, role, beside, yaw, speed, rng) is not None:
                    break
        return True
    return False


def _push(site: Site, role: RoleSpec, start: Vec3, yaw: float, speed: float, rng: np.random.Generator) -> bool:
    """Let one person push one of the role's things."""
    thing = role.pushes[int(rng.integers(len(role.pushes)))]
    lead = pushed_ahead(site, thing)
    pace = min(speed, 1.1 * site.stage.thing_spec(thing).speed_ms)
    sent = send(site, role, start, yaw, pace, rng, gesture="push", lead=lead, room=PUSHED_M)
    if sent is not None:
        bring(site, sent[1], start, thing, lead)
    return sent is not None


def _shares(site: Site, ways: Sequence[Walkway]) -> F64:
    """[W]: of those on the ways, the share that each has: by its length, and more where the camera looks."""
    lengths = np.array([way.length for way in ways])
    focus = site.stage.focus
    if focus is not None:
        a, b = np.array([way.a for way in ways]), np.array([way.b for way in ways])
        along = np.einsum("kc,kc->k", np.array(focus) - a, b - a) / np.maximum(lengths, 1e-6) ** 2
        nearest = a + np.clip(along, 0.0, 1.0)[:, None] * (b - a)
        lengths = np.minimum(lengths, _CROWD_M) * np.exp(-np.hypot(*(nearest - focus).T) / _NEAR_M)
        lengths += 0.08 * lengths.max()
    return lengths / lengths.sum()


def _near_middle(site: Site, way: Walkway, rng: np.random.Generator) -> float:
    """More of the life goes on where the camera is."""
    focus = site.stage.focus
    if focus is None or rng.random() < 0.25:
        return float(rng.uniform(0, way.length))
    c, s = math.cos(way.yaw), math.sin(way.yaw)
    mid = (focus[0] - way.a[0]) * c + (focus[1] - way.a[1]) * s
    return float(np.clip(rng.normal(mid, 10.0), 0.0, way.length))


def talk(site: Site, role: RoleSpec, rng: np.random.Generator, ways: Sequence[Walkway], tries: int = 12) -> bool:
    """Two people face each other at the edge of a way."""
    shares = _shares(site, ways)
    for _ in range(tries):
        way = ways[int(rng.choice(len(ways), p=shares))]
        along, side = _near_middle(site, way, rng), 1 if rng.random() < 0.5 else -1
        x, y = way.at(along, side * way.half_m)
        turn = float(rng.uniform(0, 2 * math.pi))
        half = 0.6 if _umbrellas(site) else 0.42
        dx, dy = half * math.cos(turn), half * math.sin(turn)
        pair = [((x + dx, y + dy), turn + math.pi), ((x - dx, y - dy), turn)]
        spots = np.array([p for p, _ in pair])
        if not site.inside(spots).all() or float(site.stage.space.clearance(spots).min()) < RADIUS_M + 0.05:
            continue
        if stand(site, role, (*pair[0][0], way.z), pair[0][1], rng) is None:
            continue
        stand(site, role, (*pair[1][0], way.z), pair[1][1], rng, gesture="point" if rng.random() < 0.3 else "none")
        return True
    return False


def queue(site: Site, roles: Sequence[RoleSpec], line: Line, rng: np.random.Generator) -> int:
    """People one behind the other, from the head of the line on; returns how many found room.

    Each looks at the one before; of `roles` the first is the commonest.
    """
    stood, step = 0, queue_step(site)
    bends = np.array(line.points)
    reached = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(bends, axis=0), axis=1))])
    for k in range(min(line.count, int(reached[-1] / step) + 1)):
        x, y = (float(np.interp(step * k, reached, bends[:, c])) for c in (0, 1))
        ahead = [float(np.interp(step * (k - 1), reached, bends[:, c])) for c in (0, 1)] if k else bends[0].tolist()
        face = math.atan2(ahead[1] - y, ahead[0] - x) if k else math.atan2(*(bends[0] - bends[1])[::-1].tolist())
        role = roles[0] if rng.random() < _FIRST else roles[int(rng.integers(len(roles)))]
        stood += stand(site, role, (x, y, line.z), face + float(rng.normal(0, 0.12)), rng) is not None
    return stood


def circle(site: Site, role: RoleSpec, placed: Placed, rng: np.random.Generator) -> int | None:
    """One person walks slowly round a thing. Returns the body's row."""
    stage = site.stage
    box = placed.extent
    x, y = placed.point((box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2)
    reach = math.hypot(box.length, box.width) / 2
    for extra in (0.75, 0.6, 0.95, 1.2) * 4:
        radius = reach + extra
        begin, turn = float(rng.uniform(0, 2 * math.pi)), 1 if rng.random() < 0.5 else -1
        speed = 0.6
        angle = begin + turn * speed / radius * stage.traffic.times
        track = np.stack([x + radius * np.cos(angle), y + radius * np.sin(angle)], 1)
        if not walkable(site, track, RADIUS_M):
            continue
        stage.traffic.add(track, RADIUS_M)
        sides = 20
        ring = tuple(
            (
                radius * math.cos(begin + turn * 2 * math.pi * k / sides),
                radius * math.sin(begin + turn * 2 * math.pi * k / sides),
                0.0,
            )
            for k in range(sides)
        )
        motion = Motion(kind="path", points=ring, closed=True, speed=speed)
        at = (x, y, _floor(site, x + radius, y))
        return person(stage, role.name, figure(stage, role, rng), at, 0.0, "walk", motion=motion, speed=speed)[0]
    return None


def look(site: Site, role: RoleSpec, rng: np.random.Generator, tries: int = 14) -> bool:
    """One person stands before something worth looking at."""
    stage = site.stage
    shown = [p for p in stage.placed if p.spec is not None and p.spec.label in LOOKED_AT]
    for _ in range(tries if shown else 0):
        placed = shown[int(rng.integers(len(shown)))]
        reach = placed.extent.x1 + float(rng.uniform(0.9, 1.7))
        x, y = placed.point(reach, float(rng.uniform(-0.5, 0.5)))
        face = math.radians(placed.yaw_deg) + math.pi
        gesture = "photo" if not role.tops and rng.random() < _PHOTO else "none"
        if stand(site, role, (x, y, _floor(site, x, y)), face, rng, gesture=gesture) is not None:
            return True
    return False


def tend(site: Site, role: RoleSpec, rng: np.random.Generator) -> bool:
    """One person stands where a thing has a place for its staff, the nearest to what the camera looks at."""
    stage = site.stage
    fx, fy = stage.focus or (0.0, 0.0)
    posts: list[tuple[float, int, tuple[float, float], float]] = []
    for row, placed in enumerate(stage.placed):
        if placed.spec is None or (role.tends and placed.name not in role.tends):
            continue
        for k, (sx, sy, yaw) in enumerate(placed.spec.staff):
            x, y = placed.point(sx, sy)
            if (x, y) not in stage.taken:
                # Nothing stays without anybody for the sake of a second one elsewhere.
                posts.append(
                    (math.hypot(x - fx, y - fy) + _SECOND_M * (k > 0), row, (x, y), math.radians(placed.yaw_deg + yaw))
                )
    for _, row, (x, y), yaw in sorted(posts)[:40]:
        placed = stage.placed[row]
        # Once tried is enough: it is taken now, or something else stands there.
        stage.taken.add((x, y))
        own = stage.block(placed.extent, placed.at, placed.yaw_deg)
        face = yaw + float(rng.normal(0, 0.25))
        if stand(site, role, (x, y, placed.at[2]), face, rng, margin=-0.04, own=own) is not None:
            return True
    return False


_REACHING = frozenset({"photo", "point", "phone", "hold", "sweep"})
_ARMS_M, _HANDS_M = 0.42, 0.2
"""Where the hands of those who reach out are, before them, and how much room they need."""
_SECOND_M = 60.0
_NEAR_M, _CROWD_M = 12.0, 40.0
"""Ways this far from what the camera looks at have a third of the people; of longer ways, no more than this counts."""
_PHOTO, _PHONE = 0.25, 0.4
"""Shares of those who look at something and of those who wait."""
_FIRST = 0.7
"""Of those in a queue, the share of the commonest role."""
_SEATS = frozenset({"bench", "seat", "shelter", "grandstand", "table", "desk"})
LOOKED_AT = frozenset({"painting", "tank", "exhibit", "sculpture", "sign", "screen", "stall", "fountain"})


def _floor(site: Site, x: float, y: float) -> float:
    region = site.region_at(x, y)
    return region.z if region is not None else 0.0


def populate(site: Site, rng: np.random.Generator) -> None:
    """The venue's usual people, doing what such people do."""
    stage = site.stage
    visitors = [role for role in stage.cell.venue.people if role.queues] or [RoleSpec(name="visitor")]
    for line in site.queues:
        queue(site, visitors, line, rng)
    # Who tends something is there before others may stand or walk in the place.
    for role in sorted(stage.cell.venue.people, key=lambda role: role.does != "tend"):
        count = round(rng.uniform(role.count.low, role.count.high))
        ways = [w for w in site.walkways if not role.zones or w.tag in role.zones] or site.walkways
        missing = 0
        for _ in range(count):
            done = False
            if role.does == "sit":
                done = sit(site, role, rng, near=stage.focus if rng.random() < 0.7 else None) is not None
            elif role.does == "look":
                done = look(site, role, rng)
            elif role.does == "tend":
                # Nobody else than those who find a stall without anybody sells.
                missing += not tend(site, role, rng)
                continue
            elif role.does in ("talk", "stand"):
                done = talk(site, role, rng, ways) if role.does == "talk" else _idle(site, role, rng, ways)
            if not done:
                done = stroll(site, role, ways, rng)
            missing += not done
        if missing:
            stage.drop(f"person/{role.name}", f"{missing} of {count} found no free way")


def _idle(site: Site, role: RoleSpec, rng: np.random.Generator, ways: Sequence[Walkway]) -> bool:
    shares = _shares(site, ways)
    for _ in range(10):
        way = ways[int(rng.choice(len(ways), p=shares))]
        side = 1 if rng.random() < 0.5 else -1
        x, y = way.at(_near_middle(site, way, rng), side * way.half_m)
        face = way.yaw - side * math.pi / 2 + float(rng.normal(0, 0.4))
        gesture = "phone" if not role.tops and rng.random() < _PHONE else "none"
        if stand(site, role, (x, y, way.z), face, rng, gesture=gesture) is not None:
            return True
    return False
