"""Where the camera goes: one planner for each kind, each keeping clear of what stands and of what hangs and moves."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial

import numpy as np

from worldfactory.errors import SceneError
from worldfactory.records import CameraKind
from worldfactory.scene._camera import CLEAR_M, EYE_M, F64, Search, Start, Track, play, steady
from worldfactory.scene._on_foot import Escort, held, plan_follow, plan_walk, send_escort
from worldfactory.scene._sight import Sight
from worldfactory.scene._site import Lane, Site
from worldfactory.scene._space import Block
from worldfactory.scene._telling import teller
from worldfactory.scene._view import (
    SIDES,
    Shot,
    aimed,
    along_wanted,
    filled_share,
    openness,
    room_of,
    room_share,
    visible,
    wanted_share,
)

__all__ = ["Plan", "Shot", "plan", "take", "visible"]

_AHEAD_M = 16.0
"""A drone has as much free view, or it would look at a front."""
_LOW_M = 3.2
"""A camera lower than this is among people."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A camera's way, and who walks ahead of it."""

    track: Track
    fov_deg: float
    escort: Escort | None = None


def plan(
    site: Site, sight: Sight, kind: CameraKind, frames: int, fps: float, rng: np.random.Generator, patience: float = 1.0
) -> Plan:
    """Look for a shot; the stage stays as it is. Raises SceneError if the place has no way at all.

    `sight`: what stands already. Among the sampled shots those are taken that have room before the lens and
    `site.wanted` in view: what the prompt says goes on there. `patience`: the share of its usual draws to make.
    """
    room = room_of(site, kind)
    tells = teller(site.stage, sight) if site.interior or site.stage.cell.venue.layout.kind == "park" else None

    def inspect(track: Track, fov_deg: float) -> float:
        share = room_share(sight, track, fov_deg, site.stage.seconds, room)
        # Looked at last, for it is dear.
        if share >= 1.0 and tells is not None:
            share = tells(track, fov_deg)
        if share >= 1.0 and not site.interior and kind != "fixed":
            share = filled_share(sight, track, fov_deg, site.stage.seconds)
        return share

    search = Search(rng, inspect, patience)
    if kind == "third-person":
        return Plan(*plan_follow(site, frames, fps, search))
    planner = {
        "walk": plan_walk, "revisit": partial(plan_walk, back=True), "dolly": _dolly, "orbit": _orbit, "fixed": _fixed,
        "drone": _drone, "drive": _drive,
    }[kind]  # fmt: skip
    return Plan(*planner(site, frames, fps, search))


def take(site: Site, kind: CameraKind, planned: Plan, rng: np.random.Generator) -> Shot:
    """Keep the camera's way free of what is set up later, and send off who walks ahead of it."""
    _reserve(site, kind, planned.track)
    subject = -1 if planned.escort is None else send_escort(site, planned.escort, rng)
    return Shot(planned.track, planned.fov_deg, subject)


def _reserve(site: Site, kind: CameraKind, track: Track) -> None:
    stage, places, yaw = site.stage, track.places, track.yaw
    low = places[:, 2].min() < _LOW_M
    times = stage.traffic.times
    ends = np.linspace(0.0, stage.seconds, len(places))

    def at(ahead_m: float) -> F64:
        x, y = places[:, 0] + ahead_m * np.cos(yaw), places[:, 1] + ahead_m * np.sin(yaw)
        return np.stack([np.interp(times, ends, x), np.interp(times, ends, y)], 1)

    if low and kind == "drive":
        for ahead in (-4.0, -1.5, 1.0, 3.5, 6.0, 8.5):
            stage.traffic.add(at(ahead), 1.2)
    elif low:
        # Nobody comes so near that they fill the view.
        stage.traffic.add(at(0.0), 0.62)
        stage.traffic.add(at(1.0), 0.62)
        step = max(1, len(places) // 60)
        for (x, y, _), way in zip(places[::step], yaw[::step], strict=True):
            stage.space.add(Block(float(x), float(y), CLEAR_M, CLEAR_M, 0.0, tall=False))
            if kind != "third-person":
                stage.space.add(
                    Block(float(x + math.cos(way)), float(y + math.sin(way)), 0.5, 0.5, float(way), tall=False)
                )
    middle = len(places) // 2
    x, y, _ = places[middle]
    pitch = track.pitch[middle]
    reach = 9.0 if low else min(30.0, float(places[middle, 2]) / max(0.15, math.tan(-min(pitch, -0.15))))
    stage.focus = (float(x + reach * math.cos(yaw[middle])), float(y + reach * math.sin(yaw[middle])))


def _dolly(site: Site, frames: int, fps: float, search: Search) -> tuple[Track, float]:
    """A smooth ride along a way: forward, back, or sideways with the view across."""
    rng, ways = search.rng, site.walkways

    def draw(k: int) -> Track:
        way = ways[int(rng.integers(len(ways)))]
        along = way.length / 2 + float(np.clip(rng.normal(0, 0.2 * way.length), -0.45 * way.length, 0.45 * way.length))
        if way.length > 60:
            along = way.length / 2 + float(np.clip(rng.normal(0, 18), -45, 45))
        along = along_wanted(site, way, along, rng)
        x, y = way.at(along, float(rng.uniform(-0.7, 0.7)) * way.half_m)
        mode = int(rng.choice(4, p=[0.7, 0.18, 0.06, 0.06] if site.interior else [0.5, 0.14, 0.18, 0.18]))
        pressed = (("forward",), ("back",), ("left",), ("right",))[mode]
        speed = float(rng.uniform(0.5, 1.2))
        turn = math.pi if rng.random() < 0.4 else 0.0
        if site.wanted and not site.interior and rng.random() < 0.6:
            # Past it, with the view across.
            sx, sy = site.wanted[int(rng.integers(len(site.wanted)))]
            c, s = math.cos(way.yaw), math.sin(way.yaw)
            mid = (sx - way.a[0]) * c + (sy - way.a[1]) * s + float(rng.normal(0, 2.0))
            left = (sy - way.a[1]) * c - (sx - way.a[0]) * s > 0
            x, y = way.at(float(np.clip(mid, 0.5, way.length - 0.5)), (-0.8 if left else 0.8) * way.half_m)
            mode, pressed, turn = (3, ("right",), 0.0) if left else (2, ("left",), 0.0)
        yaw = (
            way.yaw + turn + (0.0 if mode < 2 else (-1 if mode == 2 else 1) * math.radians(float(rng.uniform(25, 60))))
        )
        if mode >= 2:
            # Sideways along the way while looking at an angle to it would leave the way: look straight across.
            yaw = way.yaw + turn - (math.pi / 2 if mode == 2 else -math.pi / 2)
        keys, mouse, rate = steady(frames, pressed, speed)
        z = way.z + float(rng.uniform(1.1, 2.0))
        return play(Start((x, y, z), yaw, float(rng.uniform(-0.06, 0.04))), keys, mouse, rate, fps)

    def score(track: Track) -> float:
        flat = track.places[:, :2]
        if not site.inside(flat).all() or not site.stage.space.clear(flat, 0.45):
            return -1.0
        view = openness(site.stage.space, track)
        open_m = 5.0
        return (1.0 if view.min() > open_m else 0.9 / open_m * float(view.min())) * (
            0.15 + 0.85 * wanted_share(site, track, 65.0)
        )

    track, worth = search.best(260 if site.wanted else 120, draw, score, lambda track: search.inspect(track, 65.0))
    return (track if worth > 0 else held(site, frames, fps, search)), 65.0


def _orbit(site: Site, frames: int, fps: float, search: Search) -> tuple[Track, float]:
    """Sideways round something with the eye on it."""
    stage, rng = site.stage, search.rng
    hubs = site.hubs or [(0.0, 0.0, 1.0)]

    def draw(k: int) -> Track:
        hub = hubs[int(rng.integers(len(hubs)))]
        if site.wanted and rng.random() < 0.6:
            hub = (*site.wanted[int(rng.integers(len(site.wanted)))], 1.2)
        low = site.interior or k % 3 == 2
        radius = float(rng.uniform(2.4, 5.0)) if site.interior else float(rng.uniform(6, 13)) * (1.0 if low else 1.5)
        height = EYE_M + float(rng.uniform(0, 0.5)) if low else float(rng.uniform(3.0, 8.0))
        ground = site.region_at(*hub[:2])
        floor = ground.z if ground is not None else 0.0
        angle = float(rng.uniform(0, 2 * math.pi))
        side = 1 if rng.random() < 0.5 else -1
        rate = math.radians(float(rng.uniform(6, 13))) * side
        at = (hub[0] + radius * math.cos(angle), hub[1] + radius * math.sin(angle), floor + height)
        yaw = angle + math.pi - rate / fps / 2
        pitch = math.atan2(max(0.6, hub[2]) - height, radius)
        speed = 2 * radius * math.sin(abs(rate) / fps / 2) * fps
        keys, mouse, rates = steady(frames, ("right",) if side > 0 else ("left",), speed, rate / fps)
        return play(Start(at, yaw, pitch), keys, mouse, rates, fps)

    def score(track: Track) -> float:
        flat = track.places[:, :2]
        high = float(track.places[0, 2]) > 3.0
        if (site.interior and not site.inside(flat).all()) or not stage.space.clear(flat, 0.5):
            return -1.0
        view = openness(site.stage.space, track)
        fine = view.min() > (5.0 if not site.interior else 1.8) or high
        return (1.0 if fine else 0.1 * float(view.min())) * (0.15 + 0.85 * wanted_share(site, track, 68.0))

    track, worth = search.best(160, draw, score, lambda track: search.inspect(track, 68.0))
    if worth < 0:
        return _dolly(site, frames, fps, search)
    return track, 68.0


def _fixed(site: Site, frames: int, fps: float, search: Search) -> tuple[Track, float]:
    """A security camera: high on a wall or a mast, looking down, doing nothing."""
    rng, spots = search.rng, site.lookouts
    if not spots:
        raise SceneError(f"{site.stage.cell.cell.key}: the layout has no place for a fixed camera")
    keys, mouse, speed = steady(frames, (), 0.0)
    enough = 14.0 if not site.interior else 5.0
    order = rng.permutation(len(spots))

    def draw(k: int) -> Track:
        (x, y, z), yaw = spots[int(order[k % len(spots)])]
        # The first round looks as the layout says; later ones turn, and step off the wall, to look past what is there.
        turn = float(rng.normal(0, 0.1 if k < len(spots) else 0.4))
        out = 0.0 if k < len(spots) else 0.3
        at = (x + out * math.cos(yaw), y + out * math.sin(yaw), z)
        return play(Start(at, yaw + turn, -math.radians(float(rng.uniform(14, 24)))), keys, mouse, speed, fps)

    def score(track: Track) -> float:
        (x, y, _), yaw = track.places[0], float(track.yaw[0])
        ahead = np.tile(np.array([[x + 0.5 * math.cos(yaw), y + 0.5 * math.sin(yaw)]]), (3, 1))
        reach = float(np.mean(site.stage.space.ahead(ahead, yaw + SIDES, 40.0)))
        return max(0.01, min(1.0, reach / enough)) * (0.15 + 0.85 * wanted_share(site, track, 86.0))

    track, _ = search.best(8 * len(spots), draw, score, lambda track: search.inspect(track, 86.0))
    return track, 86.0


def _drone(site: Site, frames: int, fps: float, search: Search) -> tuple[Track, float]:
    """Over the place, forward or turning, slowly rising or sinking."""
    rng = search.rng
    low, high = site.heights
    # It flies over stalls and hedges; what is nearer than it should be is seen by the search.
    houses = site.stage.space.houses()

    def draw(k: int) -> Track:
        way = site.walkways[int(rng.integers(len(site.walkways)))]
        along = way.length / 2 + float(np.clip(rng.normal(0, 16), -0.4 * way.length, 0.4 * way.length))
        x, y = way.at(along, 0.0)
        along = along_wanted(site, way, along, rng)
        x, y = way.at(along, 0.0)
        x, y = x * 0.95, y * 0.5
        z = float(rng.uniform(low, high)) + (0 if k < 60 else 12)
        yaw = way.yaw + (0.0 if rng.random() < 0.6 else math.pi) + float(rng.normal(0, 0.3))
        yaw = aimed(site, x, y, rng) or yaw
        rate = math.radians(float(rng.normal(0, 4)))
        mode = int(rng.integers(4))
        pressed = (
            ("forward",),
            ("forward", "jump"),
            ("forward", "crouch"),
            ("left",) if rng.random() < 0.5 else ("right",),
        )[mode]
        speed = float(rng.uniform(2.0, 6.0)) * (0.5 if mode in (1, 2) else 1.0)
        keys, mouse, rates = steady(frames, pressed, speed, rate / fps)
        if mode == 2 and z - speed * 0.7 * frames / fps < low:
            keys[:, 5] = 0
        pitch = -math.radians(float(rng.uniform(14, 32)))
        return play(Start((x, y, z), yaw, pitch), keys, mouse, rates, fps)

    def score(track: Track) -> float:
        clear = float(houses.clearance(track.places[:, :2]).min())
        tallest = site.heights[1] + 14
        if clear < 1.2 and float(track.places[:, 2].min()) < tallest:
            return clear - 2.0
        view = openness(houses, track)
        return (1.0 if view.min() > _AHEAD_M else 0.9 / _AHEAD_M * float(view.min())) * (
            0.15 + 0.85 * wanted_share(site, track, 72.0)
        )

    track, _ = search.best(220 if site.wanted else 120, draw, score, lambda track: search.inspect(track, 72.0))
    return track, 72.0


def level_of(lane: Lane) -> tuple[float, float]:
    """From where to where, metres along it, the lane is as high as in its middle: a camera does not climb."""
    level = np.abs(lane.line[:, 2] - lane.at(lane.length / 2)[2]) < 0.02
    middle = int(np.searchsorted(lane.reached, lane.length / 2)) - 1
    below, above = np.flatnonzero(~level[: middle + 1]), np.flatnonzero(~level[middle + 1 :])
    first = lane.reached[below[-1] + 1] if len(below) else 0.0
    last = lane.reached[middle + above[0]] if len(above) else lane.length
    return float(first), float(last)


def _drive(site: Site, frames: int, fps: float, search: Search) -> tuple[Track, float]:
    """The view over the bonnet, in a lane, round its bends, at its speed or so slow that the way stays level."""
    if not site.lanes:
        return plan_walk(site, frames, fps, search)
    rng = search.rng
    lanes = [lane for lane in site.lanes if lane.keeps == "lane"] or site.lanes
    sway = 0.006 * np.sin(
        np.linspace(0, 2 * math.pi * site.stage.seconds * 0.22, frames + 1) + float(rng.uniform(0, 6))
    )

    def draw(k: int) -> Track:
        lane = lanes[int(rng.integers(len(lanes)))]
        first, last = level_of(lane)
        pace = min(lane.speed_ms, (last - first - 4.0) / site.stage.seconds)
        travel = pace * site.stage.seconds
        along = (first + last) / 2 - travel / 2 + float(rng.uniform(-22, 22))
        along = max(first + 2.0, min(along, last - travel - 2.0))
        way = lane.yaws(along + travel * np.linspace(0.0, 1.0, frames + 1))
        keys, mouse, speed = steady(frames, ("forward",), pace)
        mouse[:, 0] = np.diff(sway + way)
        x, y, z = lane.at(along)
        yaw = way[0] + sway[0] - float(np.mean(sway))
        return play(Start((float(x), float(y), float(z) + 1.5), float(yaw), -0.02), keys, mouse, speed, fps)

    track, _ = search.best(12, draw, lambda _: 1.0, lambda track: search.inspect(track, 76.0))
    return track, 76.0
