"""Camera paths, made by playing sampled actions: what the keys and the mouse say is what the camera does.

A pose is a place, a yaw and a pitch; no roll. Action t first turns by mouse[t] and then moves along the keys' sum in
the level frame of the new yaw, `speed[t]` metres per second. So integrating the actions gives the poses again.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from worldfactory.records import KEYS, CameraKind, CameraPath, Vec3

F64 = NDArray[np.float64]
T = TypeVar("T")
WALK_MS = 1.4
SPRINT_MS = 2.8
EYE_M = 1.6
CLEAR_M = 0.6
_MOVES = {"forward": (1.0, 0.0, 0.0), "back": (-1.0, 0.0, 0.0), "left": (0.0, 1.0, 0.0), "right": (0.0, -1.0, 0.0),
          "jump": (0.0, 0.0, 1.0), "crouch": (0.0, 0.0, -1.0)}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Start:
    """Where a camera begins. Angles in radians, yaw from +x to the left, pitch up."""

    at: Vec3
    yaw: float
    pitch: float = 0.0


@dataclass(frozen=True, slots=True)
class Track:
    """A played path: keys [N, 8], mouse [N, 2], places [N+1, 3], yaw [N+1], pitch [N+1]."""

    keys: NDArray[np.uint8]
    mouse: NDArray[np.float32]
    places: F64
    yaw: F64
    pitch: F64


Inspect = Callable[[Track, float], float]
"""The share of the room it needs that a track has, given the field of view in degrees."""


def play(start: Start, keys: NDArray[np.uint8], mouse: NDArray[np.float32], speed_ms: F64, fps: float) -> Track:
    """Integrate actions: keys [N, 8], mouse [N, 2] radians, speed_ms [N]."""
    frames = len(keys)
    yaw = start.yaw + np.concatenate([[0.0], np.cumsum(mouse[:, 0].astype(np.float64))])
    pitch = start.pitch + np.concatenate([[0.0], np.cumsum(mouse[:, 1].astype(np.float64))])
    wish = np.zeros((frames, 3))
    for name, move in _MOVES.items():
        wish += keys[:, KEYS.index(name), None] * np.array(move)
    length = np.linalg.norm(wish, axis=1, keepdims=True)
    wish = np.divide(wish, length, out=np.zeros_like(wish), where=length > 0) * (speed_ms / fps)[:, None]
    c, s = np.cos(yaw[1:]), np.sin(yaw[1:])
    steps = np.stack([c * wish[:, 0] - s * wish[:, 1], s * wish[:, 0] + c * wish[:, 1], wish[:, 2]], 1)
    places = np.array(start.at) + np.concatenate([np.zeros((1, 3)), np.cumsum(steps, 0)])
    return Track(keys, mouse, places, yaw, pitch)


def poses(track: Track) -> NDArray[np.float32]:
    """[N+1, 4, 4] camera-to-world, OpenCV axes: columns right, down, forward, place."""
    c, s, cp, sp = np.cos(track.yaw), np.sin(track.yaw), np.cos(track.pitch), np.sin(track.pitch)
    zero = np.zeros_like(c)
    out = np.tile(np.eye(4), (len(c), 1, 1))
    out[:, :3, 0] = np.stack([s, -c, zero], 1)
    out[:, :3, 1] = np.stack([c * sp, s * sp, -cp], 1)
    out[:, :3, 2] = np.stack([c * cp, s * cp, sp], 1)
    out[:, :3, 3] = track.places
    return out.astype(np.float32)


def path(kind: CameraKind, track: Track, fov_deg: float, subject: int = -1) -> CameraPath:
    """The record of a played track."""
    return CameraPath(
        kind=kind, poses=poses(track), fov_deg=fov_deg, keys=track.keys, mouse=track.mouse, subject=subject
    )


def _smooth(values: F64, width: int) -> F64:
    if width < 2:
        return values
    kernel = np.ones(width) / width
    return np.convolve(np.pad(values, (width // 2, width - 1 - width // 2), mode="edge"), kernel, "valid")


def walk_actions(
    rng: np.random.Generator, frames: int, fps: float, bias: float, calm: float = 1.0
) -> tuple[NDArray[np.uint8], NDArray[np.float32], F64]:
    """Sampled actions of a person who walks, stops, looks about, side-steps and sometimes runs.

    Nothing seeks a goal. `bias` is the mean yaw rate in rad/s, so that a rejected draw can be tried with another;
    below 1, `calm` makes turns smaller and side-steps shorter, for places with little room.
    """
    keys = np.zeros((frames, len(KEYS)), np.uint8)
    yaw_rate, pitch_rate = np.zeros(frames), np.zeros(frames)
    speed = np.full(frames, WALK_MS)
    at = 0
    while at < frames:
        length = max(2, int(rng.uniform(0.5, 1.9) * fps))
        choice = rng.choice(8, p=[0.46, 0.1, 0.1, 0.08, 0.08, 0.08, 0.04, 0.06])
        pressed = ((0,), (), (0, 2), (0, 3), (2,), (3,), (1,), (0, 6))[int(choice)]
        if 2 in pressed or 3 in pressed:
            length = max(2, int(length * calm))
        span = slice(at, min(frames, at + length))
        keys[span, list(pressed)] = 1
        speed[span] = SPRINT_MS if 6 in pressed else WALK_MS * (0.7 if pressed and 0 not in pressed else 1.0)
        yaw_rate[span] = rng.normal(bias, 0.34 * calm)
        pitch_rate[span] = rng.normal(0.0, 0.035)
        at += length
    width = max(1, int(fps * 0.3))
    mouse = np.stack([_smooth(yaw_rate, width) / fps, _smooth(pitch_rate, width) / fps], 1)
    # The view returns to level: a long clip must not end looking at the sky.
    pitch = 0.0
    for t in range(frames):
        mouse[t, 1] -= 0.6 * pitch / fps
        pitch += mouse[t, 1]
    return keys, mouse.astype(np.float32), speed


def steady(
    frames: int, pressed: tuple[str, ...], speed_ms: float, dyaw: float = 0.0, dpitch: float = 0.0
) -> tuple[NDArray[np.uint8], NDArray[np.float32], F64]:
    """The same action in every frame."""
    keys = np.zeros((frames, len(KEYS)), np.uint8)
    keys[:, [KEYS.index(name) for name in pressed]] = 1
    mouse = np.tile(np.array([dyaw, dpitch], np.float32), (frames, 1))
    return keys, mouse, np.full(frames, speed_ms)


def follow_actions(
    rng: np.random.Generator, frames: int, fps: float, speed_ms: float, bend: float
) -> tuple[NDArray[np.uint8], NDArray[np.float32], F64]:
    """Sampled actions of somebody who walks on at one speed and bends to the left and right, with `bend` the standard
    deviation of the yaw rate in rad/s: no sudden turns."""
    keys, mouse, speed = steady(frames, ("forward",), speed_ms)
    yaw_rate = np.zeros(frames)
    at = 0
    while at < frames:
        length = max(2, int(rng.uniform(0.8, 2.2) * fps))
        yaw_rate[at : at + length] = rng.normal(0.0, bend)
        at += length
    mouse[:, 0] = _smooth(yaw_rate, max(1, int(0.8 * fps))) / fps
    return keys, mouse, speed


def returning(
    keys: NDArray[np.uint8], mouse: NDArray[np.float32], speed_ms: F64, frames: int
) -> tuple[NDArray[np.uint8], NDArray[np.float32], F64]:
    """The actions, then those that undo them one by one, then rest: the poses come back to the first.

    Action t turns and then moves, so undoing it moves back and then turns back: the turn goes into the next action.
    Raises ValueError if `frames` are fewer than the 2 N + 1 that this takes.
    """
    count = len(keys)
    if frames < 2 * count + 1:
        raise ValueError(f"{count} actions and their way back take {2 * count + 1} frames, not {frames}")
    other = {"forward": "back", "back": "forward", "left": "right", "right": "left", "jump": "crouch", "crouch": "jump"}
    out, look, rate = steady(frames, (), 0.0)
    out[:count], look[:count], rate[:count] = keys, mouse, speed_ms
    for name, undo in other.items():
        out[count : 2 * count, KEYS.index(undo)] = keys[::-1, KEYS.index(name)]
    out[count : 2 * count, KEYS.index("sprint")] = keys[::-1, KEYS.index("sprint")]
    rate[count : 2 * count] = speed_ms[::-1]
    look[count + 1 : 2 * count + 1] = -mouse[::-1]
    return out, look, rate


def turning(frames: int, fps: float, speed_ms: float, side: int) -> tuple[NDArray[np.uint8], NDArray[np.float32], F64]:
    """Once round, walking a regular polygon of equal steps and turns (or on the spot): the poses close exactly.

    The last frame repeats the first, so the whole turn takes `frames` - 1 actions. side: 1 left, -1 right.
    """
    keys, mouse, speed = steady(frames, ("forward",) if speed_ms else (), speed_ms)
    mouse[: frames - 1, 0] = side * 2 * math.pi / (frames - 1)
    keys[frames - 1] = 0
    mouse[frames - 1] = 0
    return keys, mouse, speed


@dataclass(frozen=True, slots=True)
class Search:
    """What a planner looks for a shot with."""

    rng: np.random.Generator
    inspect: Inspect
    patience: float = 1.0
    """The share of its usual draws that a planner may make; they come from all of the usual range."""

    def best(
        self, tries: int, draw: Callable[[int], T], accept: Callable[[T], float], inspect: Callable[[T], float]
    ) -> tuple[T, float]:
        """`searched`, within the patience there is."""
        fewer = max(1, round(self.patience * tries))
        return searched(fewer, lambda k: draw(int(k / self.patience)), accept, inspect)


def searched(
    tries: int, draw: Callable[[int], T], accept: Callable[[T], float], inspect: Callable[[T], float]
) -> tuple[T, float]:
    """The first draw whose score is 1 or more, or the best of `tries`.

    A score is `accept`, which is cheap, times `inspect`, a share that is asked for only where it can matter.
    """
    best: tuple[T, float] | None = None
    for k in range(tries):
        drawn = draw(k)
        score = accept(drawn)
        if score > 0 and (best is None or score > best[1]):
            score *= inspect(drawn)
        if best is None or score > best[1]:
            best = (drawn, score)
        if score >= 1.0:
            break
    assert best is not None
    return best


def bearing(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Yaw from a to b, radians."""
    return math.atan2(b[1] - a[1], b[0] - a[0])
