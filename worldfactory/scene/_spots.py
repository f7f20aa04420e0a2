"""Where something may go on in view of the camera."""

from __future__ import annotations

import math

import numpy as np

from worldfactory.scene._people import RADIUS_M
from worldfactory.scene._placed import Placed
from worldfactory.scene._plan import Shot, visible
from worldfactory.scene._site import F64, Site
from worldfactory.scene._solids import Extent
from worldfactory.scene._view import unhidden
from worldfactory.spec._conduct import ActSpec

SEEN = 0.3
"""Share of the clip in which a happening must be in the frame."""


PERSON = Extent(-0.3, 0.3, -0.3, 0.3, 0.0, 1.8)


Spot = tuple[float, float, float, float]
"""x, y, floor height, direction of the way in radians."""


def spots(site: Site, shot: Shot, rng: np.random.Generator, count: int = 160, reach: float = 0.0) -> list[Spot]:
    """Free places on walkable floor, those most in view first; `count` are tried."""
    stage = site.stage
    reach = reach or (9.0 if site.interior else 22.0)
    focus = stage.focus or (0.0, 0.0)
    eye = shot.track.places[len(shot.track.places) // 2]
    found: list[Spot] = []
    for k in range(count):
        way = site.walkways[int(rng.integers(len(site.walkways)))]
        c, s = math.cos(way.yaw), math.sin(way.yaw)
        hub = focus if k % 2 else (float(eye[0]), float(eye[1]))
        mid = (hub[0] - way.a[0]) * c + (hub[1] - way.a[1]) * s
        along = float(np.clip(rng.normal(mid, reach * 0.45), 0.3, max(0.4, way.length - 0.3)))
        x, y = way.at(along, float(rng.uniform(-1.1, 1.1)) * way.half_m)
        found.append((x, y, way.z, way.yaw))
    points = np.array([(x, y) for x, y, _, _ in found])
    seen = visible(shot, points, reach * 1.7)
    good = (seen >= SEEN) & site.inside(points) & (stage.space.clearance(points) > RADIUS_M + 0.1)
    rated: list[tuple[float, int]] = []
    for k in np.flatnonzero(good):
        clear = unhidden(site, shot, points[k])
        far = math.hypot(points[k, 0] - eye[0], points[k, 1] - eye[1])
        if clear > 0.3:
            rated.append((float(seen[k]) * clear - 0.02 * abs(far - (4.0 if site.interior else 8.0)), int(k)))
    return [found[k] for _, k in sorted(rated, reverse=True)]


def near_thing(site: Site, shot: Shot, act: ActSpec, rng: np.random.Generator) -> Placed | None:
    """The thing that the act goes on beside: the best in view, or one set up for it; None where neither can be."""
    assert act.near is not None
    stage = site.stage
    found = [p for p in stage.placed if p.name == act.near]
    if found:
        points = np.array([p.at[:2] for p in found])
        reach = 14.0 if site.interior else 26.0
        seen = visible(shot, points, reach)
        if site.interior:
            # Past what hangs on a side wall one looks, but sees those who stand before it.
            fronts = np.array([p.point(p.extent.x1 + 0.9, (p.extent.y0 + p.extent.y1) / 2) for p in found])
            seen = np.maximum(seen, 0.7 * visible(shot, fronts, reach))
        eye = shot.track.places[len(shot.track.places) // 2, :2]
        # Seen is what nothing hides up to its own edge.
        back = np.array([0.5 + max(0.5, p.extent.length / 2, p.extent.width / 2) for p in found])
        away = np.maximum(np.hypot(points[:, 0] - eye[0], points[:, 1] - eye[1]), 1e-6)
        edges = points + (eye - points) * (np.minimum(back, away) / away)[:, None]
        clear = np.array([float(stage.space.sees(eye[None], edge)[0]) for edge in edges])
        worth = seen * clear - 0.01 * away
        k = int(worth.argmax())
        if worth[k] > 0.1:
            return found[k]
    return set_up(site, shot, act.near, rng)


def set_up(site: Site, shot: Shot, thing: str, rng: np.random.Generator) -> Placed | None:
    """Set a thing on free ground in view; what hangs on a wall or is part of a room is where it is, or not at all."""
    stage = site.stage
    spec = stage.thing_spec(thing)
    box = stage.shape_of(spec)[1]
    built_in = spec.label in ("painting", "tank", "tunnel")
    for x, y, z, yaw in [] if built_in else spots(site, shot, rng, 300):
        for turn in (math.pi / 2, -math.pi / 2, 0.0):
            block = stage.block(box, (x, y, z), math.degrees(yaw + turn))
            corners = np.array(
                [(block.x + a * block.hx, block.y + b * block.hy) for a in (-0.9, 0, 0.9) for b in (-0.9, 0, 0.9)]
            )
            # Nor may anybody walk through it who is already on the way.
            free = stage.space.fits(block, 0.15) and stage.traffic.misses(block)
            if (spec.soft or free) and site.inside(corners).all():
                return stage.thing(thing, (x, y, z), math.degrees(yaw + turn), phase=float(rng.uniform(0, 6)))
    return None


def around(site: Site, placed: Placed, rng: np.random.Generator) -> list[Spot]:
    """Places in front of and round a thing, nearest to its front first."""
    out: list[Spot] = []
    box = placed.extent
    half = max(box.length, box.width) / 2
    hung = placed.at[2] > 0.6
    long = half > 0.8 * min(box.length, box.width)
    for ring in (0.55, 0.9, 1.4, 2.0):
        for k in range(14):
            angle = ((k + 1) // 2) * (0.42 if not hung else 0.2) * (1 if k % 2 else -1)
            reach = (0.5 if hung else half if not long else _border(box, angle)) + ring
            mx, my = (box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2
            x, y = placed.point(mx + reach * math.cos(angle), my + reach * math.sin(angle))
            region = site.region_at(x, y)
            if region is not None:
                out.append((x, y, region.z, math.radians(placed.yaw_deg) + angle))
    return out


def _border(box: Extent, angle: float) -> float:
    """From the middle of an extent to its edge, in the direction of an angle."""
    c, s = abs(math.cos(angle)), abs(math.sin(angle))
    return min(box.length / 2 / max(c, 1e-9), box.width / 2 / max(s, 1e-9))


def seen_over(shot: Shot, track: F64) -> F64:
    """[K, K]: whether place i of the track is in the frame at moment j of the clip."""
    ends = np.linspace(0, len(shot.track.yaw) - 1, len(track)).round().astype(int)
    eyes, yaws = shot.track.places[ends, :2], shot.track.yaw[ends]
    dx, dy = track[:, None, 0] - eyes[:, 0], track[:, None, 1] - eyes[:, 1]
    off = np.abs((np.arctan2(dy, dx) - yaws + math.pi) % (2 * math.pi) - math.pi)
    return ((off < math.radians(shot.fov_deg / 2) * 0.9) & (np.hypot(dx, dy) < 45)).astype(np.float64)
