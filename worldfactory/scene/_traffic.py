"""Vehicles: parked at the kerb, and in their lanes on the driving side."""

from __future__ import annotations

import math

import numpy as np

from worldfactory.records import Lamp, Motion, Vec3
from worldfactory.scene._people import Figure, figure, person
from worldfactory.scene._signals import Queue, brake_lights, choose_signal, light_up
from worldfactory.scene._site import F64, Lane, Site, pick_paints, put
from worldfactory.scene._solids import extent
from worldfactory.scene._stage import Stage
from worldfactory.spec._conduct import RoleSpec
from worldfactory.spec._street import TrafficSpec
from worldfactory.truth import Clock

_GAP_M = 5.0
"""From one vehicle's bumper to the next, at least."""
_MIRRORS_M = 1.3
"""Parts of a vehicle that begin higher than this are its mirrors and its roof."""
_CORNER_M = 0.45
"""Beyond its row of discs a vehicle's corners reach less than this."""
_SLIM_M = 1.1
"""Two that are no wider than this go side by side in a lane."""
_AT_REST = {"lamp-front": "lamp-off", "lamp-rear": "lamp-off"}
_CABIN_LIT = {"glass": "lit-glass"}
_BEAM_M = 2.4
"""How far before a vehicle the middle of the light on the road lies."""


def choose(stage: Stage, keeps: tuple[str, ...], rng: np.random.Generator) -> TrafficSpec | None:
    """Draw a kind of vehicle that keeps to such a lane."""
    kinds = [kind for kind in stage.cell.city.traffic if kind.keeps in keeps]
    if not kinds:
        return None
    weights = np.array([kind.weight for kind in kinds])
    return kinds[int(rng.choice(len(kinds), p=weights / weights.sum()))]


def park(stage: Stage, at: Vec3, yaw_deg: float, rng: np.random.Generator) -> None:
    """A vehicle at rest."""
    kind = choose(stage, ("lane", "parked"), rng)
    if kind is None or stage.shape_of(stage.thing_spec(kind.thing))[1].length > 6.0:
        kind = next((k for k in stage.cell.city.traffic if k.thing in ("sedan", "taxi")), None)
    if kind is not None:
        put(stage, kind.thing, at, yaw_deg, margin=0.3, paints=_AT_REST | pick_paints(kind.paints, rng))


def _metres(motion: Motion, times: F64) -> F64:
    """[T]: how far down its lane a vehicle is."""
    return motion.offset + motion.speed * Clock.of([motion]).at(times)[:, 0]


def drive(
    stage: Stage,
    lane: Lane,
    thing: str,
    along: float,
    rng: np.random.Generator,
    paints: dict[str, str],
    aside: float = 0.0,
    speed: float | None = None,
    pace: tuple[Vec3, ...] = (),
) -> bool:
    """Let a vehicle travel down a lane, from `along` metres or at a pace; False if another is in its way."""
    spec = stage.thing_spec(thing)
    box = stage.shape_of(spec)[1]
    speed = speed or lane.speed_ms
    if aside:
        lane = lane.aside(aside)
    start = lane.points[0]
    middle = (box.x0 + box.x1) / 2
    # A long vehicle is a row of discs as wide as it is below its mirrors.
    body = extent(stage.shape_of(spec)[0], _MIRRORS_M) or box
    half = max(body.width / 2, 0.4)
    steps = (
        np.linspace(box.x0 + half, box.x1 - half, max(1, math.ceil(box.length / (2 * half))))
        if box.length > 2 * half
        else np.array([middle])
    )
    points = tuple((x - start[0], y - start[1], z - start[2]) for x, y, z in lane.points)
    motion = Motion(kind="path", points=points, speed=speed, offset=0.0 if pace else along, pace=pace)
    gone = _metres(motion, stage.traffic.times)
    # It does not bend with the lane.
    middle_line, yaws = lane.at(gone)[:, :2], lane.yaws(gone)
    ahead = np.stack([np.cos(yaws), np.sin(yaws)], 1)
    discs = [middle_line + float(d) * ahead for d in steps]
    if not all(stage.traffic.free(disc, half + _CORNER_M) for disc in discs):
        return False
    if min(float(stage.space.clearance(disc).min()) for disc in discs) < half + 0.1:
        return False
    for disc in discs:
        stage.traffic.add(disc, half)
    if spec.label in ("bus", "tram"):
        paints = _CABIN_LIT | paints
    row = len(stage.bodies)
    placed = stage.thing(thing, start, 0.0, paints=paints, motions=(motion,), travel_ms=speed, pace=pace, blocks=False)
    if pace:
        brake_lights(stage, placed.body, placed.instance, stage.shape_of(spec)[0], pace)
    if stage.dark > 0.5 and "lamp-front" in {part.paint for part in stage.shape_of(spec)[0]}:
        at = (box.x1 + _BEAM_M, 0.0, 0.7)
        stage.lamps.append(Lamp(at=at, rgb=(1.0, 0.95, 0.82), intensity=1.2, radius_m=1.8, body=row))
    if spec.seats and spec.label in ("bicycle", "motorcycle", "rickshaw", "car"):
        sx, sy, sz, yaw = spec.seats[0]
        rider = figure(stage, RoleSpec(name="rider"), rng, grown=True)
        person_on(stage, rider, start, motion, (sx, sy, sz), yaw)
    return True


def person_on(stage: Stage, who: Figure, at: Vec3, motion: Motion, seat: Vec3, yaw: float) -> None:
    """A rider, carried by a body of its own that follows the vehicle's path."""
    root, _ = person(stage, "rider", who, at, 0.0, "ride", motion=motion)
    # The rider's parts sit at the seat in the vehicle's frame: the path goes first, then the seat.
    lifted = Motion(kind="bob", axis=(0, 0, 1), amplitude=0.004, frequency_hz=3.0)
    body = stage.bodies[root]
    seat_proto = stage.lift(body.prototype, seat, yaw)
    stage.bodies[root] = body.model_copy(update={"prototype": seat_proto, "motions": (motion, lifted)})
    for row in range(root + 1, len(stage.bodies)):
        child = stage.bodies[row]
        if child.parent == root:
            at = (child.at[0] + seat[0], child.at[1] + seat[1], child.at[2] + seat[2])
            stage.bodies[row] = child.model_copy(update={"at": at})


def fill_lanes(site: Site, rng: np.random.Generator, share: float = 0.7) -> None:
    """Traffic in every lane: all of one lane at one speed, so that none catches up; and at a red light none is hit."""
    stage = site.stage
    signal = choose_signal(site, stage.rng("signals"))
    light_up(site, signal)
    for lane in site.lanes:
        if lane.keeps in ("cart", "platform", "yard"):
            continue
        along = float(rng.uniform(4, 22))
        travel = lane.speed_ms * stage.seconds
        flow = stage.cell.city.street.flow
        coming: list[tuple[TrafficSpec, float, dict[str, str], float]] = []
        while along < lane.length - travel - 12:
            keeps = ("rail",) if lane.keeps == "rail" and rng.random() < 0.35 else ("lane",)
            kind = choose(stage, keeps, rng) or choose(stage, ("lane",), rng)
            gap = _GAP_M
            if kind is not None and rng.random() < share * min(flow, 1.0 / share):
                box = stage.shape_of(stage.thing_spec(kind.thing))[1]
                slim = box.width < _SLIM_M and lane.keeps == "lane"
                # What is slim keeps to no line and leaves less room behind.
                aside = float(rng.uniform(-0.75, 0.75)) if slim and flow > 1.0 else 0.0
                gap = _GAP_M / flow if slim else _GAP_M
                coming.append((kind, along + box.length / 2, pick_paints(kind.paints, rng), aside))
                along += box.length
            along += gap + float(rng.exponential(16.0 / flow))
        queue = Queue.at(signal, lane) if signal is not None else None
        # From the first to the last, for each minds who is before.
        for kind, begin, paints, aside in reversed(coming):
            box = stage.shape_of(stage.thing_spec(kind.thing))[1]
            pace = queue.pace(begin, box.x1, lane.speed_ms) if queue is not None else ()
            if drive(stage, lane, kind.thing, begin, rng, paints, aside, pace=pace) and queue is not None and pace:
                queue.join(pace, lane.speed_ms, box.x0)
        # Those who keep to the kerb: bicycles at their own pace.
        kerb = choose(stage, ("kerb",), rng)
        if kerb is not None and lane.keeps == "lane":
            for _ in range(int(rng.integers(1, 4))):
                along = float(rng.uniform(0.15, 0.8)) * lane.length
                speed = stage.thing_spec(kerb.thing).speed_ms
                box = stage.shape_of(stage.thing_spec(kerb.thing))[1]
                pace = Queue.at(signal, lane).pace(along, box.x1, speed) if signal is not None else ()
                paints = pick_paints(kerb.paints, rng)
                drive(stage, lane, kerb.thing, along, rng, paints, aside=-1.05, speed=speed, pace=pace)
