"""A closed rail in the air on posts, and the train that runs along it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from worldfactory.records import Motion, Vec3
from worldfactory.scene._solids import Solid, expand, solid
from worldfactory.spec._style import Palette, TrackSpec

if TYPE_CHECKING:
    from worldfactory.scene._stage import Stage

_PER_SPAN = 6


def curve(points: Sequence[Vec3]) -> NDArray[np.float64]:
    """[K, 3]: a closed uniform Catmull-Rom spline through the points (Catmull and Rom 1974), 6 samples a span."""
    p = np.array(points, np.float64)
    before, after, second = np.roll(p, 1, 0), np.roll(p, -1, 0), np.roll(p, -2, 0)
    out: list[NDArray[np.float64]] = []
    for k in range(_PER_SPAN):
        t = k / _PER_SPAN
        a = 2 * p + (after - before) * t + (2 * before - 5 * p + 4 * after - second) * t**2
        out.append(0.5 * (a + (3 * p - before - 3 * after + second) * t**3))
    return np.stack(out, 1).reshape(-1, 3)


def lay_track(
    stage: Stage, track: TrackSpec, at: Vec3, yaw_deg: float, instance: int, asset: str, palettes: Sequence[Palette]
) -> None:
    """Rails, ties, posts and the running cars of a track whose thing stands at `at`."""
    line = curve(track.points)
    parts: list[Solid] = []
    travelled = 0.0
    next_post = 0.0
    for a, b in zip(line, np.roll(line, -1, 0), strict=True):
        step = b - a
        flat = math.hypot(step[0], step[1])
        length = float(np.linalg.norm(step))
        yaw, pitch = math.degrees(math.atan2(step[1], step[0])), math.degrees(math.atan2(step[2], flat))
        mid = (a + b) / 2
        across = np.array([-step[1], step[0], 0.0]) / max(flat, 1e-6) * (track.gauge_m / 2)
        for side in (-1, 1):
            x, y, z = (mid + side * across).tolist()
            parts.append(solid("box", (length + 0.08, 0.14, 0.14), (x, y, z - 0.2), track.rail, (0.0, -pitch, yaw)))
        x, y, z = mid.tolist()
        parts.append(solid("box", (0.12, track.gauge_m, 0.1), (x, y, z - 0.3), track.rail, (0.0, -pitch, yaw)))
        if travelled >= next_post and z > 0.8:
            parts.append(solid("box", (0.26, 0.26, z - 0.3), (x, y, 0.0), track.post))
            next_post = travelled + 4.0
        travelled += length
    stage.body(stage.prototype(f"{asset}/track", parts, palettes), instance, at, yaw_deg)
    if not track.cars:
        return
    car = stage.prototype(f"{asset}/car", expand(track.car), palettes)
    points = tuple((float(x), float(y), float(z)) for x, y, z in line)
    for k in range(track.cars):
        motion = Motion(kind="path", points=points, closed=True, speed=track.speed_ms, offset=travelled - 2.6 * k)
        stage.body(car, instance, at, yaw_deg, motions=(motion,))
