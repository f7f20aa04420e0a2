"""What a planned shot shows: free view over the ground, wanted places, nothing pressed against the lens."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from worldfactory.scene._camera import CLEAR_M, F64, Track, bearing, poses
from worldfactory.scene._sight import Sight
from worldfactory.scene._site import Site, Walkway
from worldfactory.scene._space import Space
from worldfactory.scene._stage import Stage

SIDES = np.array([-0.42, 0.0, 0.42])
_MOMENTS = 7
_REACH_M, _FAR_M = 4.0, 50.0
_OVER_M = 4.0
_FILLED, _ONE = 0.2, 0.36
_TALL = 9 / 16
"""Height of the picture to its width, for what is in view; 1280x704 is near enough."""


@dataclass(frozen=True, slots=True)
class Shot:
    """The planned camera and how it sees."""

    track: Track
    fov_deg: float
    subject: int = -1
    """The instance that it follows."""


@dataclass(frozen=True, slots=True)
class Room:
    """How much room a camera must have.

    gap_m: to the nearest solid, whatever it is. crowd: nearness of what is seen, the mean over the view of 1 for what
    touches the lens to 0 for what is 4 m away or more, at any moment; a wall that fills the view 2 m off has 0.5.
    crowd_mean: the same over the shot. near: share of the view that is nearer than 1.2 m.
    """

    gap_m: float
    crowd: float
    crowd_mean: float
    near: float


OUTDOORS = Room(gap_m=0.5, crowd=0.2, crowd_mean=0.13, near=0.14)
INDOORS = Room(gap_m=0.42, crowd=0.29, crowd_mean=0.2, near=0.16)
HUNG = Room(gap_m=0.12, crowd=0.27, crowd_mean=0.27, near=0.16)
"""A camera that hangs on a wall."""


def room_of(site: Site, kind: str) -> Room:
    """What a kind of camera needs at a place."""
    return HUNG if kind == "fixed" else INDOORS if site.interior else OUTDOORS


def sight_of(stage: Stage, first: int = 0) -> Sight:
    """What stands on the stage now, from body `first` on."""
    return Sight(stage.prototypes, stage.instances, stage.bodies, first=first)


def room_share(sight: Sight, track: Track, fov_deg: float, seconds: float, room: Room) -> float:
    """1 if the shot has the room at every one of a few moments, else less, down to 0 for a camera in a solid."""
    rows = np.linspace(0, len(track.yaw) - 1, _MOMENTS).round().astype(int)
    times = rows * (seconds / len(track.yaw))
    finer = np.linspace(0, len(track.yaw) - 1, 2 * _MOMENTS - 1).round().astype(int)
    gap = float(sight.gaps(track.places[finer], finer * (seconds / len(track.yaw)), 1.0).min())
    if gap < room.gap_m:
        return 0.2 * gap / room.gap_m
    tangent = math.tan(math.radians(fov_deg / 2))
    depth, _ = sight.depths(poses(track)[rows].astype(np.float64), times, (tangent, tangent * _TALL), _REACH_M)
    crowd = (1.0 - depth / _REACH_M).mean(1)
    near = float((depth < 1.2).mean(1).max())
    worst = max(float(crowd.max()) / room.crowd, float(crowd.mean()) / room.crowd_mean, near / room.near)
    return 1.0 if worst <= 1.0 else 0.2 + 0.6 / worst


def filled_share(sight: Sight, track: Track, fov_deg: float, seconds: float) -> float:
    """1 if early and late in the shot something stands within 50 m in a fifth of the view, and no one thing (a roof, a
    wall) in more than a third of it; else less, down to a half for nothing but sky, sea and ground, and to 0 for one
    thing alone."""
    rows = np.array([len(track.yaw) // 6, len(track.yaw) - 1 - len(track.yaw) // 6])
    tangent = math.tan(math.radians(fov_deg / 2))
    views, times = poses(track)[rows].astype(np.float64), rows * (seconds / len(track.yaw))
    depth, met = sight.depths(views, times, (tangent, tangent * _TALL), _FAR_M)
    filled = min(1.0, 0.5 + 0.5 * float((depth < _FAR_M).mean(1).min()) / _FILLED)
    most = max(float(np.bincount(row[row >= 0], minlength=1).max()) / len(row) for row in met)
    return filled * min(1.0, (1.0 - most) / (1.0 - _ONE))


def wanted_share(site: Site, track: Track, fov_deg: float) -> float:
    """The least share of the clip in which a wanted place is in view; 1 if nothing is wanted."""
    if not site.wanted:
        return 1.0
    points = np.array(site.wanted)
    seen = visible(Shot(track, fov_deg), points, 14.0 if site.interior else 42.0)
    eyes = track.places[:: max(1, len(track.places) // 4), :2]
    clear = [float(site.stage.space.sees(eyes, point).mean()) if track.places[0, 2] < 4 else 1.0 for point in points]
    share = (seen * np.array(clear)).min()
    return float(0.6 + 0.4 * min(1.0, 4.0 * share) if site.hoped else min(1.0, 1.6 * share))


def unhidden(site: Site, shot: Shot, point: F64, moments: int = 6) -> float:
    """Share of a few moments of the clip at which nothing tall stands between the camera and a point [2]. In a park one
    sees over all that from a few metres up."""
    if site.stage.cell.venue.layout.kind == "park" and float(shot.track.places[0, 2]) >= _OVER_M:
        return 1.0
    eyes = shot.track.places[:: max(1, len(shot.track.places) // moments), :2]
    return float(site.stage.space.sees(eyes, point).mean())


def aimed(site: Site, x: float, y: float, rng: np.random.Generator) -> float | None:
    """A heading toward a wanted place, for some of the draws."""
    if not site.wanted or rng.random() < 0.25:
        return None
    sx, sy = np.mean(site.wanted, 0) if rng.random() < 0.6 else site.wanted[int(rng.integers(len(site.wanted)))]
    return bearing((x, y), (float(sx), float(sy))) + float(rng.normal(0, 0.2))


def along_wanted(site: Site, way: Walkway, along: float, rng: np.random.Generator) -> float:
    """A place on a way not far from what is wanted."""
    if not site.wanted or rng.random() < 0.2:
        return along
    sx, sy = site.wanted[int(rng.integers(len(site.wanted)))]
    mid = (sx - way.a[0]) * math.cos(way.yaw) + (sy - way.a[1]) * math.sin(way.yaw)
    # The farther aside it is, the farther back one sees it along the way.
    aside = abs((sy - way.a[1]) * math.cos(way.yaw) - (sx - way.a[0]) * math.sin(way.yaw))
    near, far = (2.5, 7.0) if site.interior else (max(5.0, min(18.0, aside)), max(20.0, min(34.0, 2.6 * aside)))
    off = float(rng.uniform(near, far)) * (1 if rng.random() < 0.5 else -1)
    return float(np.clip(mid + off, 0.03 * way.length, 0.97 * way.length))


def openness(space: Space, track: Track, every: int = 6) -> F64:
    """[K]: metres of free view, the mean of three directions within the view, at every sixth pose."""
    eyes, yaws = track.places[::every, :2], track.yaw[::every]
    free = [space.ahead(eyes, yaws + side, 40.0) for side in SIDES]
    return np.mean(free, 0)


def free_spot(site: Site, rng: np.random.Generator) -> tuple[Walkway, float, float]:
    """A place on a way that is clear of what stands; the last of 60 draws if none is."""
    ways = site.walkways
    weights = np.array([way.length for way in ways])
    spot: tuple[Walkway, float, float] | None = None
    for _ in range(60):
        way = ways[int(rng.choice(len(ways), p=weights / weights.sum()))]
        along = float(rng.uniform(0.05, 0.95)) * way.length
        if way.length > 60:
            along = way.length / 2 + float(np.clip(rng.normal(0, 18), -45, 45))
        along = along_wanted(site, way, along, rng)
        x, y = way.at(along, float(rng.uniform(-0.8, 0.8)) * way.half_m)
        spot = (way, x, y)
        if float(site.stage.space.clearance(np.array([[x, y]]))[0]) > CLEAR_M + 0.15:
            break
    assert spot is not None
    return spot


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
