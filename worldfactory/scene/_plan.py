"""Where the camera goes: one planner for each kind, each keeping clear of what stands."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from worldfactory.errors import SceneError
from worldfactory.records import CameraKind
from worldfactory.scene._camera import (
    CLEAR_M,
    EYE_M,
    F64,
    Start,
    Track,
    bearing,
    play,
    searched,
    steady,
    walk_actions,
)
from worldfactory.scene._site import Site, Walkway
from worldfactory.scene._space import Block

_SIDES = np.array([-0.42, 0.0, 0.42])


@dataclass(frozen=True, slots=True)
class Shot:
    """The planned camera and how it sees."""

    track: Track
    fov_deg: float


def plan(site: Site, kind: CameraKind, frames: int, fps: float, rng: np.random.Generator) -> Shot:
    """Plan the shot and keep its way free of what is set up later. Raises SceneError if the place has no way at all.

    Among the sampled shots those are taken that have `site.wanted` in view: what the prompt says goes on there.
    """
    planner = {"walk": _walk, "dolly": _dolly, "orbit": _orbit, "fixed": _fixed, "drone": _drone, "drive": _drive}[kind]
    track, fov = planner(site, frames, fps, rng)
    shot = Shot(track, fov)
    _reserve(site, kind, shot)
    return shot


def _reserve(site: Site, kind: CameraKind, shot: Shot) -> None:
    stage, places = site.stage, shot.track.places
    low = places[:, 2].min() < 3.2
    times = stage.traffic.times
    ends = np.linspace(0.0, stage.seconds, len(places))
    track = np.stack([np.interp(times, ends, places[:, k]) for k in (0, 1)], 1)
    if low and kind == "drive":
        heading = np.array([math.cos(shot.track.yaw[0]), math.sin(shot.track.yaw[0])])
        for ahead in (-4.0, -1.5, 1.0, 3.5, 6.0, 8.5):
            stage.traffic.add(track + heading * ahead, 1.2)
    elif low:
        stage.traffic.add(track, 0.62)
        step = max(1, len(places) // 60)
        for x, y, _ in places[::step]:
            stage.space.add(Block(float(x), float(y), CLEAR_M, CLEAR_M, 0.0, tall=False))
    middle = len(places) // 2
    x, y, _ = places[middle]
    yaw, pitch = shot.track.yaw[middle], shot.track.pitch[middle]
    reach = 9.0 if low else min(30.0, float(places[middle, 2]) / max(0.15, math.tan(-min(pitch, -0.15))))
    stage.focus = (float(x + reach * math.cos(yaw)), float(y + reach * math.sin(yaw)))


def _wanted(site: Site, track: Track, fov_deg: float) -> float:
    """The least share of the clip in which a wanted place is in view; 1 if nothing is wanted."""
    if not site.wanted:
        return 1.0
    points = np.array(site.wanted)
    seen = visible(Shot(track, fov_deg), points, 14.0 if site.interior else 42.0)
    eyes = track.places[:: max(1, len(track.places) // 4), :2]
    clear = [float(site.stage.space.sees(eyes, point).mean()) if track.places[0, 2] < 4 else 1.0 for point in points]
    return float(min(1.0, 1.6 * (seen * np.array(clear)).min()))


def _aimed(site: Site, way_yaw: float, x: float, y: float, rng: np.random.Generator) -> float | None:
    """A heading toward a wanted place, for some of the draws."""
    if not site.wanted or rng.random() < 0.25:
        return None
    sx, sy = np.mean(site.wanted, 0) if rng.random() < 0.6 else site.wanted[int(rng.integers(len(site.wanted)))]
    return bearing((x, y), (float(sx), float(sy))) + float(rng.normal(0, 0.2))


def _along_wanted(site: Site, way: Walkway, along: float, rng: np.random.Generator) -> float:
    """A place on a way not far from what is wanted."""
    if not site.wanted or rng.random() < 0.2:
        return along
    sx, sy = site.wanted[int(rng.integers(len(site.wanted)))]
    mid = (sx - way.a[0]) * math.cos(way.yaw) + (sy - way.a[1]) * math.sin(way.yaw)
    off = float(rng.uniform(2.5, 7.0) if site.interior else rng.uniform(5.0, 20.0)) * (1 if rng.random() < 0.5 else -1)
    return float(np.clip(mid + off, 0.03 * way.length, 0.97 * way.length))


def _openness(site: Site, track: Track, every: int = 6) -> F64:
    """[K]: metres of free view, the mean of three directions within the view, at every sixth pose."""
    eyes, yaws = track.places[::every, :2], track.yaw[::every]
    free = [site.stage.space.ahead(eyes, yaws + side, 40.0) for side in _SIDES]
    return np.mean(free, 0)


def _free_spot(site: Site, ways: list[Walkway], weights: F64, rng: np.random.Generator) -> tuple[Walkway, float, float]:
    """A place on a way that is clear of what stands; the last of 60 draws if none is."""
    spot: tuple[Walkway, float, float] | None = None
    for _ in range(60):
        way = ways[int(rng.choice(len(ways), p=weights / weights.sum()))]
        along = float(rng.uniform(0.05, 0.95)) * way.length
        if way.length > 60:
            along = way.length / 2 + float(np.clip(rng.normal(0, 18), -45, 45))
        along = _along_wanted(site, way, along, rng)
        x, y = way.at(along, float(rng.uniform(-0.8, 0.8)) * way.half_m)
        spot = (way, x, y)
        if float(site.stage.space.clearance(np.array([[x, y]]))[0]) > CLEAR_M + 0.15:
            break
    assert spot is not None
    return spot


def _walk(site: Site, frames: int, fps: float, rng: np.random.Generator) -> tuple[Track, float]:
    if not site.walkways:
        raise SceneError(f"{site.stage.cell.cell.key}: no walkway to walk on")
    ways = site.walkways
    weights = np.array([way.length for way in ways])

    def draw(k: int) -> Track:
        way, x, y = _free_spot(site, ways, weights, rng)
        yaw = way.yaw + (0.0 if rng.random() < 0.6 else math.pi) + float(rng.normal(0, 0.45))
        yaw = _aimed(site, way.yaw, x, y, rng) or yaw
        keys, mouse, speed = walk_actions(rng, frames, fps, float(rng.normal(0, 0.06)))
        return play(Start((x, y, way.z + EYE_M), yaw, float(rng.normal(-0.02, 0.03))), keys, mouse, speed, fps)

    def score(track: Track) -> float:
        flat = track.places[:, :2]
        clear = float(site.stage.space.clearance(flat).min())
        outside = 1.0 - float(site.inside(flat).mean())
        if clear < CLEAR_M or outside > 0:
            return min(clear / CLEAR_M, 0.99) - 2.0 * outside - 1.0
        view = _openness(site, track)
        near, least = (4.0, 2.0) if site.interior else (6.5, 3.0)
        wall = float((view < near).mean()) + float(view.min() < least)
        return (1.0 if wall <= 0.1 else max(0.05, 0.9 - wall)) * (0.15 + 0.85 * _wanted(site, track, site.eye_fov_deg))

    track, worth = searched(260 if site.wanted else 160, draw, score)
    if worth < 0.0:
        track = _held(site, frames, fps, rng)
    return track, site.eye_fov_deg


def _held(site: Site, frames: int, fps: float, rng: np.random.Generator) -> Track:
    """No sampled walk fits (a very long clip in a small place): look round on the spot with the widest view."""
    best: tuple[float, Start] | None = None
    for way in site.walkways:
        for f in np.linspace(0.05, 0.95, 19):
            x, y = way.at(float(f) * way.length, 0.0)
            at = np.array([[x, y]])
            if float(site.stage.space.clearance(at)[0]) < CLEAR_M or not site.inside(at)[0]:
                continue
            yaws = np.linspace(-math.pi, math.pi, 16, endpoint=False)
            free = site.stage.space.ahead(np.repeat(at, 16, 0), yaws, 40.0)
            k = int(free.argmax())
            if best is None or free[k] > best[0]:
                best = (float(free[k]), Start((x, y, way.z + EYE_M), float(yaws[k])))
    if best is None:
        raise SceneError(f"{site.stage.cell.cell.key}: no place for a camera that is {CLEAR_M} m clear of everything")
    keys, mouse, speed = steady(frames, (), 0.0)
    turn = 0.35 * np.sin(np.linspace(0, 2 * math.pi, frames + 1) + float(rng.uniform(0, 1)))
    mouse[:, 0] = np.diff(turn)
    return play(best[1], keys, mouse, speed, fps)


def _dolly(site: Site, frames: int, fps: float, rng: np.random.Generator) -> tuple[Track, float]:
    """A smooth ride along a way: forward, back, or sideways with the view across."""
    ways = site.walkways

    def draw(k: int) -> Track:
        way = ways[int(rng.integers(len(ways)))]
        along = way.length / 2 + float(np.clip(rng.normal(0, 0.2 * way.length), -0.45 * way.length, 0.45 * way.length))
        if way.length > 60:
            along = way.length / 2 + float(np.clip(rng.normal(0, 18), -45, 45))
        along = _along_wanted(site, way, along, rng)
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
        clear = float(site.stage.space.clearance(flat).min())
        outside = 1.0 - float(site.inside(flat).mean())
        if clear < 0.45 or outside > 0:
            return min(clear, 0.44) - 2.0 * outside - 1.0
        view = _openness(site, track)
        open_m = 5.0
        return (1.0 if view.min() > open_m else 0.9 / open_m * float(view.min())) * (
            0.15 + 0.85 * _wanted(site, track, 65.0)
        )

    track, worth = searched(260 if site.wanted else 120, draw, score)
    return (track if worth > 0 else _held(site, frames, fps, rng)), 65.0


def _orbit(site: Site, frames: int, fps: float, rng: np.random.Generator) -> tuple[Track, float]:
    """Sideways round something with the eye on it."""
    stage = site.stage
    hubs = site.hubs or [(0.0, 0.0, 1.0)]

    def draw(k: int) -> Track:
        hub = hubs[int(rng.integers(len(hubs)))]
        if site.wanted and rng.random() < 0.6:
            hub = (*site.wanted[int(rng.integers(len(site.wanted)))], 1.2)
        low = site.interior or k % 3 == 2
        radius = float(rng.uniform(2.4, 5.0)) if site.interior else float(rng.uniform(6, 13)) * (1.0 if low else 1.5)
        height = EYE_M + float(rng.uniform(0, 0.5)) if low else float(rng.uniform(3.0, 8.0))
        angle = float(rng.uniform(0, 2 * math.pi))
        side = 1 if rng.random() < 0.5 else -1
        rate = math.radians(float(rng.uniform(6, 13))) * side
        at = (hub[0] + radius * math.cos(angle), hub[1] + radius * math.sin(angle), height)
        yaw = angle + math.pi - rate / fps / 2
        pitch = math.atan2(max(0.6, hub[2]) - height, radius)
        speed = 2 * radius * math.sin(abs(rate) / fps / 2) * fps
        keys, mouse, rates = steady(frames, ("right",) if side > 0 else ("left",), speed, rate / fps)
        return play(Start(at, yaw, pitch), keys, mouse, rates, fps)

    def score(track: Track) -> float:
        flat = track.places[:, :2]
        clear = float(stage.space.clearance(flat).min())
        high = float(track.places[0, 2]) > 3.0
        if clear < 0.5 or (site.interior and not site.inside(flat).all()):
            return min(clear, 0.49) - 1.0
        view = _openness(site, track)
        fine = view.min() > (5.0 if not site.interior else 1.8) or high
        return (1.0 if fine else 0.1 * float(view.min())) * (0.15 + 0.85 * _wanted(site, track, 68.0))

    track, worth = searched(160, draw, score)
    if worth < 0:
        return _dolly(site, frames, fps, rng)
    return track, 68.0


def _fixed(site: Site, frames: int, fps: float, rng: np.random.Generator) -> tuple[Track, float]:
    """A security camera: high on a wall or a mast, looking down, doing nothing."""
    spots = site.lookouts
    if not spots:
        raise SceneError(f"{site.stage.cell.cell.key}: the layout has no place for a fixed camera")
    keys, mouse, speed = steady(frames, (), 0.0)
    best: tuple[float, Track] | None = None
    enough = 14.0 if not site.interior else 5.0
    for k in rng.permutation(len(spots)):
        (x, y, z), yaw = spots[int(k)]
        yaw += float(rng.normal(0, 0.1))
        ahead = np.tile(np.array([[x + 0.5 * math.cos(yaw), y + 0.5 * math.sin(yaw)]]), (3, 1))
        reach = float(np.mean(site.stage.space.ahead(ahead, yaw + _SIDES, 40.0)))
        track = play(Start((x, y, z), yaw, -math.radians(float(rng.uniform(14, 24)))), keys, mouse, speed, fps)
        worth = min(1.0, reach / enough) * (0.15 + 0.85 * _wanted(site, track, 86.0))
        if best is None or worth > best[0]:
            best = (worth, track)
        if worth >= 1.0:
            break
    assert best is not None
    return best[1], 86.0


def _drone(site: Site, frames: int, fps: float, rng: np.random.Generator) -> tuple[Track, float]:
    """Over the place, forward or turning, slowly rising or sinking."""
    low, high = site.heights

    def draw(k: int) -> Track:
        way = site.walkways[int(rng.integers(len(site.walkways)))]
        along = way.length / 2 + float(np.clip(rng.normal(0, 16), -0.4 * way.length, 0.4 * way.length))
        x, y = way.at(along, 0.0)
        along = _along_wanted(site, way, along, rng)
        x, y = way.at(along, 0.0)
        x, y = x * 0.95, y * 0.5
        z = float(rng.uniform(low, high)) + (0 if k < 60 else 12)
        yaw = way.yaw + (0.0 if rng.random() < 0.6 else math.pi) + float(rng.normal(0, 0.3))
        yaw = _aimed(site, way.yaw, x, y, rng) or yaw
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
        clear = float(site.stage.space.clearance(track.places[:, :2]).min())
        tallest = site.heights[1] + 14
        if clear < 1.2 and float(track.places[:, 2].min()) < tallest:
            return clear - 2.0
        view = _openness(site, track)
        return (1.0 if view.min() > 9 else 0.05 * float(view.min())) * (0.15 + 0.85 * _wanted(site, track, 72.0))

    track, _ = searched(220 if site.wanted else 120, draw, score)
    return track, 72.0


def _drive(site: Site, frames: int, fps: float, rng: np.random.Generator) -> tuple[Track, float]:
    """The view over the bonnet, in a lane, at its speed."""
    if not site.lanes:
        return _walk(site, frames, fps, rng)
    lanes = [lane for lane in site.lanes if lane.keeps == "lane"] or site.lanes
    lane = lanes[int(rng.integers(len(lanes)))]
    travel = lane.speed_ms * site.stage.seconds
    along = lane.length / 2 - travel / 2 + float(rng.uniform(-22, 22))
    along = max(2.0, min(along, lane.length - travel - 2.0))
    x, y = lane.a[0] + math.cos(lane.yaw) * along, lane.a[1] + math.sin(lane.yaw) * along
    keys, mouse, speed = steady(frames, ("forward",), lane.speed_ms)
    sway = 0.006 * np.sin(
        np.linspace(0, 2 * math.pi * site.stage.seconds * 0.22, frames + 1) + float(rng.uniform(0, 6))
    )
    mouse[:, 0] = np.diff(sway)
    yaw = lane.yaw + sway[0] - float(np.mean(sway))
    return play(Start((x, y, 1.5), float(yaw), -0.02), keys, mouse, speed, fps), 76.0


def visible(shot: Shot, points: F64, reach: float) -> F64:
    """[K]: the share of the clip in which each of the points [K, 2] is in the frame, within `reach` metres."""
    step = max(1, len(shot.track.yaw) // 12)
    eyes, yaws = shot.track.places[::step, :2], shot.track.yaw[::step]
    dx, dy = points[:, None, 0] - eyes[:, 0], points[:, None, 1] - eyes[:, 1]
    far = np.hypot(dx, dy)
    off = np.abs((np.arctan2(dy, dx) - yaws + math.pi) % (2 * math.pi) - math.pi)
    half = math.radians(shot.fov_deg / 2) * 0.86
    # Someone who stands right under a camera that hangs high is not in its frame.
    height = shot.track.places[::step, 2] - 1.0
    steep = np.arctan2(height, np.maximum(far, 0.1)) + shot.track.pitch[::step]
    low = math.atan(math.tan(math.radians(shot.fov_deg / 2)) * 0.5)
    # From high up one sees farther.
    reach_of = reach + 2.2 * np.maximum(0.0, height - 0.7)
    return ((off < half) & (far < reach_of) & (far > 1.4) & (steep < low) & (steep > -low)).mean(1)
