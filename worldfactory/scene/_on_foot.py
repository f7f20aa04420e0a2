"""Shots at walking pace: first person, first person that comes back, and behind somebody who walks."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from worldfactory.errors import SceneError
from worldfactory.records import Motion
from worldfactory.scene._camera import (
    CLEAR_M,
    EYE_M,
    F64,
    Search,
    Start,
    Track,
    follow_actions,
    play,
    returning,
    searched,
    steady,
    turning,
    walk_actions,
)
from worldfactory.scene._life import umbrella_for
from worldfactory.scene._people import RADIUS_M, figure, person
from worldfactory.scene._site import Site
from worldfactory.scene._view import aimed, free_spot, openness, wanted_share
from worldfactory.spec._conduct import RoleSpec

_BRISK_MS = 0.72
_LOOP_S = 4.0
"""A clip at least this long may come back by a round walk or a full turn; a shorter one goes back as it came."""


@dataclass(frozen=True, slots=True)
class Escort:
    """Who walks ahead of a camera: from `at`, along `points` relative to it, `lead_m` in advance."""

    at: tuple[float, float, float]
    points: tuple[tuple[float, float, float], ...]
    speed_ms: float
    lead_m: float
    track: F64
    """[T, 2] at the times of the stage's traffic."""


def plan_walk(site: Site, frames: int, fps: float, search: Search, *, back: bool = False) -> tuple[Track, float]:
    """A walk of sampled actions; `back`: one that returns to the pose in which it began."""
    if not site.walkways:
        raise SceneError(f"{site.stage.cell.cell.key}: no walkway to walk on")

    rng = search.rng

    def draw(k: int) -> Track:
        way, x, y = free_spot(site, rng)
        # The longer it takes to find a way that is free, the straighter they go.
        calm = 1.0 / (1.0 + k / 60)
        yaw = way.yaw + (0.0 if rng.random() < 0.6 else math.pi) + float(rng.normal(0, 0.45)) * calm
        toward = aimed(site, x, y, rng)
        yaw = yaw if toward is None or k > 200 else toward
        start = Start((x, y, way.z + EYE_M), yaw, float(rng.normal(-0.02, 0.03)))
        if back:
            return play(start, *_and_back(rng, frames, fps, k, calm), fps)
        return play(start, *walk_actions(rng, frames, fps, float(rng.normal(0, 0.06)) * calm, calm), fps)

    def score(track: Track) -> float:
        flat = track.places[:, :2]
        if not site.inside(flat).all() or not site.stage.space.clear(flat, CLEAR_M):
            return -1.0
        view = openness(site.stage.space, track)
        near, least = (4.0, 2.0) if site.interior else (6.5, 3.0)
        wall = float((view < near).mean()) + float(view.min() < least)
        # One that comes back has gone somewhere, or looked round.
        gone = float(np.linalg.norm(flat - flat[0], axis=1).max()) > 0.3 or float(np.ptp(track.yaw)) > 0.006 * frames
        return (
            (1.0 if wall <= 0.1 else max(0.05, 0.9 - wall))
            * (1.0 if gone or not back else 0.2)
            * (0.15 + 0.85 * wanted_share(site, track, site.eye_fov_deg))
        )

    track, worth = search.best(
        260 if site.wanted else 160, draw, score, lambda track: search.inspect(track, site.eye_fov_deg)
    )
    if worth < 0.0:
        track = held(site, frames, fps, search)
    return track, site.eye_fov_deg


def _and_back(
    rng: np.random.Generator, frames: int, fps: float, k: int, calm: float
) -> tuple[NDArray[np.uint8], NDArray[np.float32], F64]:
    """Actions that come back: out and back again, a round, or a look round."""
    if frames / fps < _LOOP_S or k % 2:
        out, mouse, speed = walk_actions(rng, (frames - 1) // 2, fps, 0.0, calm)
        return returning(out, mouse, speed, frames)
    return turning(frames, fps, float(rng.uniform(0.5, 1.1)) if k % 4 else 0.0, 1 if rng.random() < 0.5 else -1)


def held(site: Site, frames: int, fps: float, search: Search) -> Track:
    """No sampled walk fits (a very long clip in a small place): look round on the spot with the best view."""
    spots: list[tuple[float, Start]] = []
    for way in site.walkways:
        for f in np.linspace(0.05, 0.95, 19):
            x, y = way.at(float(f) * way.length, 0.0)
            at = np.array([[x, y]])
            if float(site.stage.space.clearance(at)[0]) < CLEAR_M or not site.inside(at)[0]:
                continue
            yaws = np.linspace(-math.pi, math.pi, 16, endpoint=False)
            free = site.stage.space.ahead(np.repeat(at, 16, 0), yaws, 40.0)
            sweep = np.min([np.roll(free, turned) for turned in (-1, 0, 1)], 0)  # what turning to both sides shows
            k = int((free + 3.0 * sweep).argmax())
            spots.append((float((free + 3.0 * sweep)[k]), Start((x, y, way.z + EYE_M), float(yaws[k]))))
    if not spots:
        raise SceneError(f"{site.stage.cell.cell.key}: no place for a camera that is {CLEAR_M} m clear of everything")
    keys, mouse, speed = steady(frames, (), 0.0)
    turn = 0.35 * np.sin(np.linspace(0, 2 * math.pi, frames + 1) + float(search.rng.uniform(0, 1)))
    mouse[:, 0] = np.diff(turn)
    spots.sort(key=lambda spot: -spot[0])
    looks = [play(start, keys, mouse, speed, fps) for _, start in spots[:16]]
    return searched(
        len(looks), looks.__getitem__, lambda _: 1.0, lambda track: search.inspect(track, site.eye_fov_deg)
    )[0]


def plan_follow(site: Site, frames: int, fps: float, search: Search) -> tuple[Track, float, Escort]:
    """Behind somebody, on the way that they went a few steps before."""
    if not site.walkways:
        raise SceneError(f"{site.stage.cell.cell.key}: no walkway to walk on")
    rng, fov = search.rng, 72.0

    def draw(k: int) -> tuple[Track, Escort]:
        way, x, y = free_spot(site, rng)
        # The longer it takes to find a way that is free, the slower and straighter they go.
        calm = 1.0 / (1.0 + k / 80)
        along = way.yaw + (0.0 if rng.random() < 0.5 else math.pi) + float(rng.normal(0, 0.12)) * calm**2
        toward = aimed(site, x, y, rng)
        yaw = along if toward is None or k > 200 else toward
        if toward is not None and k % 2:
            # Along the way on the side of which it is, for one can not walk far toward what stands beside a way.
            ahead = way.yaw + (0.0 if math.cos(toward - way.yaw) > 0.0 else math.pi)
            yaw = ahead + 0.25 * math.sin(toward - ahead) * calm
        speed = float(rng.uniform(0.75, 1.0) if site.interior else rng.uniform(1.0, 1.35))
        speed *= calm
        lead = float(rng.uniform(2.8, 3.3) if site.interior else rng.uniform(3.5, 4.3))
        more = math.ceil(lead / speed * fps) + 2
        keys, mouse, rate = follow_actions(rng, frames + more, fps, speed, 0.12 * calm**2)
        z = way.z + float(rng.uniform(1.85, 2.05) if site.interior else rng.uniform(1.95, 2.4))
        whole = play(Start((x, y, z), yaw, -float(rng.uniform(0.1, 0.16))), keys, mouse, rate, fps)
        track = Track(keys[:frames], mouse[:frames], *(a[: frames + 1] for a in (whole.places, whole.yaw, whole.pitch)))
        return track, _escort(site, whole, speed, lead, fps, way.z)

    def score(drawn: tuple[Track, Escort]) -> float:
        track, escort = drawn
        flat = track.places[:, :2]
        space, ahead = site.stage.space, escort.track
        if not (site.inside(flat).all() and site.inside(ahead).all()):
            return -1.0
        if not (space.clear(flat, CLEAR_M) and space.clear(ahead, RADIUS_M + 0.1)):
            return -1.0
        view = openness(site.stage.space, track)
        open_m = 4.0 if site.interior else 7.0
        # Who creeps is followed only where nobody can walk.
        pace = min(1.0, escort.speed_ms / _BRISK_MS) ** 4
        return (1.0 if view.min() > open_m else 0.9 / open_m * float(view.min())) * (
            pace * (0.15 + 0.85 * wanted_share(site, track, fov))
        )

    (track, escort), worth = search.best(
        260 if site.wanted else 160, draw, score, lambda drawn: search.inspect(drawn[0], fov)
    )
    if worth < 0.0:
        raise SceneError(
            f"{site.stage.cell.cell.key}: no way is free for {frames / fps:.1f} s of walking with a camera behind"
        )
    return track, fov, escort


def _escort(site: Site, whole: Track, speed: float, lead: float, fps: float, floor: float) -> Escort:
    step = max(1, round(0.35 * fps / speed))
    line = whole.places[:, :2]
    last = np.array([math.cos(whole.yaw[-1]), math.sin(whole.yaw[-1])])
    line = np.concatenate([line[:-1:step], line[-1:], line[-1:] + 4.0 * last])
    reached = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(line, axis=0), axis=1))])
    along = lead + speed * site.stage.traffic.times
    track = np.stack([np.interp(along, reached, line[:, k]) for k in (0, 1)], 1)
    start = (float(line[0, 0]), float(line[0, 1]), floor)
    points = tuple((float(x - start[0]), float(y - start[1]), 0.0) for x, y in line)
    return Escort(start, points, speed, lead, track)


def send_escort(site: Site, escort: Escort, rng: np.random.Generator) -> int:
    """Put the one who is followed on the way. Returns the instance."""
    stage = site.stage
    roles = [role for role in stage.cell.venue.people if role.does == "walk" and not role.zones]
    role = roles[int(rng.integers(len(roles)))] if roles else RoleSpec(name="visitor")
    stage.traffic.add(escort.track, RADIUS_M)
    motion = Motion(kind="path", points=escort.points, speed=escort.speed_ms, offset=escort.lead_m)
    return person(
        stage, role.name, figure(stage, role, rng), escort.at, 0.0, "walk", motion=motion, speed=escort.speed_ms,
        phase=float(rng.uniform(0, 6.28)), umbrella=umbrella_for(stage, rng, site.interior),
    )[1]  # fmt: skip
