"""A closed rail in the air on posts, and its train: up a chain at a constant speed, down by its own weight.

What it has of height it turns into speed and back, less friction; so v^2 is linear along each straight piece of the
line, the acceleration on it constant, and the distance a closed form of time.
"""

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
_CAR_M = 2.6
"""From one car of a train to the next, along the track."""
_GRAVITY = 9.81


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


def lap(track: TrackSpec) -> NDArray[np.float64]:
    """[K, 3]: seconds, metres and m/s of the first car of a train over one round, from the end of the brakes.

    From where the train is highest to the brakes v^2 / 2 + g h + g friction s stays as it is, h being the mean height
    of the cars. Where the train would be slower than the chain, the chain or tyres push it.
    """
    line = curve(track.points)
    reached = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.roll(line, -1, 0) - line, axis=1))])
    total = float(reached[-1])
    heights = np.append(line[:, 2], line[0, 2])
    begin, end = (float(reached[_PER_SPAN * k]) for k in track.brakes)
    bends = np.concatenate([reached + _CAR_M * k for k in range(max(track.cars, 1))])
    metres = np.unique(np.round(np.append(np.mod(np.append(bends, begin) - end, total), (0.0, total)), 9)) + end
    high = np.mean([np.interp(np.mod(metres - _CAR_M * k, total), reached, heights) for k in range(track.cars)], axis=0)
    chain = track.speed_ms**2
    braked = int(np.searchsorted(metres, end + np.mod(begin - end, total) - 1e-6))
    top = int(np.argmax(high[: braked + 1]))
    square = np.full(len(metres), chain)
    fallen = high[top] - high[top:] - track.friction * (metres[top:] - metres[top])
    square[top:] = np.maximum(chain + 2.0 * _GRAVITY * fallen, chain)
    square[braked:] = np.interp(metres[braked:], metres[[braked, -1]], (square[braked], chain))
    speed = np.sqrt(square)
    seconds = np.concatenate([[0.0], np.cumsum(2.0 * np.diff(metres) / (speed[1:] + speed[:-1]))])
    return np.stack([seconds, metres, speed], 1).astype(np.float64)


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
    pace = lap(track)
    # Where the train is in its round at time 0 is drawn by the metre, or most clips would show it on the chain.
    metres = pace[0, 1] + travelled * float(stage.rng(f"train/{instance}").random())
    pace[:, 0] -= np.interp(metres, pace[:, 1], pace[:, 0])
    knots = tuple((float(t), float(s), float(v)) for t, s, v in pace)
    for k in range(track.cars):
        motion = Motion(
            kind="path", points=points, closed=True, speed=1.0, offset=-_CAR_M * k, pace=knots, repeats=True
        )
        stage.body(car, instance, at, yaw_deg, motions=(motion,))
