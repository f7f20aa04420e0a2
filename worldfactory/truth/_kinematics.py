"""Where every body is at any time, as a closed form of t."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from worldfactory.errors import SceneError
from worldfactory.records import Body, Motion, Scene
from worldfactory.truth._pace import Clock

F64 = NDArray[np.float64]
_TURN_M = 1.0
"""A path's corners are rounded in heading over at most this many metres on each side."""


class Kinematics:
    """The rigid motion of a scene's bodies: world = parent(t) @ place @ motions(t)[0] @ motions(t)[1] ...

    static: [B, 4, 4] float32, body-to-world without scale; for a moving body, where it is at time 0.
    moving: [M] int32, rows of the bodies that have motions or whose parent moves.
    Raises SceneError if a parent is not an earlier row, a path has fewer than two different points, an axis is zero,
    or the knots of a pace are fewer than two or do not rise in time.
    """

    def __init__(self, scene: Scene) -> None:
        bodies = scene.bodies
        count = len(bodies)
        place = _places(bodies)
        moves = np.zeros(count, bool)
        level = np.zeros(count, np.int64)
        for row, body in enumerate(bodies):
            if not -1 <= body.parent < row:
                raise SceneError(
                    f"scene {scene.id}, body {row}: parent is {body.parent}, should be an earlier row or -1"
                )
            moves[row] = bool(body.motions) or (body.parent >= 0 and bool(moves[body.parent]))
            level[row] = 0 if body.parent < 0 else level[body.parent] + 1
        parents = np.array([body.parent for body in bodies], np.int64)
        for depth in range(1, int(level.max(initial=0)) + 1):
            rows = np.flatnonzero((level == depth) & ~moves)
            place[rows] = place[parents[rows]] @ place[rows]
        self.moving: NDArray[np.int32] = np.flatnonzero(moves).astype(np.int32)
        slot_of = np.full(count, -1, np.int64)
        slot_of[self.moving] = np.arange(len(self.moving))
        self._place = place[self.moving]
        self._slots = _slots(scene, self.moving)
        self._chain: list[tuple[NDArray[np.int64], NDArray[np.int64], F64 | None]] = []
        for depth in range(1, int(level.max(initial=0)) + 1):
            rows = np.flatnonzero((level == depth) & moves)
            carried = moves[parents[rows]] if len(rows) else np.zeros(0, bool)
            if carried.any():
                self._chain.append((slot_of[rows[carried]], slot_of[parents[rows[carried]]], None))
            if (~carried).any():
                fixed = rows[~carried]
                self._chain.append((slot_of[fixed], slot_of[fixed], place[parents[fixed]]))
        self.static: NDArray[np.float32] = place.astype(np.float32)
        self.static[self.moving] = self.at(0.0)

    def at(self, time_s: float) -> NDArray[np.float32]:
        """[M, 4, 4] float32: body-to-world of the moving bodies at `time_s`, without scale."""
        return self.over(np.array([time_s]))[0]

    def over(self, times_s: F64) -> NDArray[np.float32]:
        """[T, M, 4, 4] float32: `at` for T times at once."""
        times = np.asarray(times_s, np.float64)
        world = np.broadcast_to(self._place, (len(times), *self._place.shape)).copy()
        for slot in self._slots:
            world[:, slot.rows] = world[:, slot.rows] @ slot.matrices(times)
        for rows, parent_rows, fixed in self._chain:
            parent = world[:, parent_rows] if fixed is None else fixed
            world[:, rows] = parent @ world[:, rows]
        return world.astype(np.float32)


@dataclass(frozen=True, slots=True)
class _Turn:
    """Motions that turn about an axis: spin and swing."""

    rows: NDArray[np.int64]
    clock: Clock
    axis: F64
    pivot: F64
    speed: F64
    amplitude: F64
    frequency_hz: F64
    offset: F64
    swings: NDArray[np.bool_]

    def matrices(self, times: F64) -> F64:
        t = self.clock.at(times)
        wave = self.amplitude * np.sin(2.0 * np.pi * self.frequency_hz * t + self.offset)
        return _about(self.axis, self.pivot, np.where(self.swings, wave, self.speed * t + self.offset))


@dataclass(frozen=True, slots=True)
class _Bob:
    rows: NDArray[np.int64]
    clock: Clock
    axis: F64
    amplitude: F64
    frequency_hz: F64
    offset: F64

    def matrices(self, times: F64) -> F64:
        metres = self.amplitude * np.sin(2.0 * np.pi * self.frequency_hz * self.clock.at(times) + self.offset)
        out = _eye(metres.shape)
        out[..., :3, 3] = metres[..., None] * self.axis
        return out


@dataclass(frozen=True, slots=True)
class _Path:
    """Closed polylines, padded to K segments by repeats of length 0. An open path is one that runs back over itself."""

    rows: NDArray[np.int64]
    clock: Clock
    start: F64  # [R, K, 3]
    step: F64  # [R, K, 3] end minus start
    reached: F64  # [R, K] length before the segment
    length: F64  # [R, K]
    heading: F64  # [R, K, 2] yaw, pitch
    entry: F64  # [R, K, 2] turn from the segment before, in (-pi, pi]
    leave: F64  # [R, K, 2] turn into the segment after
    entry_m: F64  # [R, K] metres over which half of the turn is made
    leave_m: F64
    total: F64  # [R]
    speed: F64
    offset: F64

    def matrices(self, times: F64) -> F64:
        along = np.mod(self.offset + self.speed * self.clock.at(times), self.total)  # [T, R]
        segment = np.maximum((along[..., None] >= self.reached).sum(-1) - 1, 0)
        row = np.arange(len(self.rows))
        done = np.clip(along - self.reached[row, segment], 0.0, self.length[row, segment])
        left = self.length[row, segment] - done
        place = self.start[row, segment] + self.step[row, segment] * (done / self.length[row, segment])[..., None]
        first = 0.5 * np.clip(1.0 - done / self.entry_m[row, segment], 0.0, 1.0)
        last = 0.5 * np.clip(1.0 - left / self.leave_m[row, segment], 0.0, 1.0)
        heading = (
            self.heading[row, segment]
            - first[..., None] * self.entry[row, segment]
            + last[..., None] * self.leave[row, segment]
        )
        out = _eye(along.shape)
        out[..., :3, :3] = _facing(heading[..., 0], heading[..., 1])
        out[..., :3, 3] = place
        return out


def _slots(scene: Scene, moving: NDArray[np.int32]) -> list[_Turn | _Bob | _Path]:
    """The motions in the order in which they multiply; those of one kind and place in the order go together."""
    found: list[_Turn | _Bob | _Path] = []
    lists = [scene.bodies[row].motions for row in moving]
    for order in range(max(map(len, lists), default=0)):
        here = [(slot, motions[order]) for slot, motions in enumerate(lists) if len(motions) > order]
        turns = [(slot, m) for slot, m in here if m.kind in ("spin", "swing")]
        bobs = [(slot, m) for slot, m in here if m.kind == "bob"]
        paths = [(slot, m) for slot, m in here if m.kind in ("path", "carry")]
        for slot, motion in here:
            seconds = [knot[0] for knot in motion.pace]
            if seconds and (len(seconds) < 2 or min(np.diff(seconds)) <= 0.0):
                where = f"scene {scene.id}, body {int(moving[slot])}"
                raise SceneError(f"{where}: a pace has knots at {seconds} s, should be two or more that rise")
        for slot, motion in turns + bobs:
            if not any(motion.axis):
                raise SceneError(f"scene {scene.id}, body {int(moving[slot])}: a {motion.kind} has axis (0, 0, 0)")
        if turns:
            found.append(_turn(turns))
        if bobs:
            axis, _ = _axes(bobs)
            found.append(
                _Bob(
                    _rows(bobs),
                    _clock(bobs),
                    axis,
                    _column(bobs, "amplitude"),
                    _column(bobs, "frequency_hz"),
                    _column(bobs, "offset"),
                )
            )
        if paths:
            for slot, motion in paths:
                if len({*motion.points}) < 2:
                    where = f"scene {scene.id}, body {int(moving[slot])}"
                    raise SceneError(
                        f"{where}: a {motion.kind} has points {motion.points}, should have two different ones"
                    )
            found.append(_path(paths))
    return found


def _rows(motions: list[tuple[int, Motion]]) -> NDArray[np.int64]:
    return np.array([slot for slot, _ in motions], np.int64)


def _column(motions: list[tuple[int, Motion]], name: str) -> F64:
    return np.array([getattr(motion, name) for _, motion in motions], np.float64)


def _clock(motions: list[tuple[int, Motion]]) -> Clock:
    return Clock.of([motion for _, motion in motions])


def _axes(motions: list[tuple[int, Motion]]) -> tuple[F64, F64]:
    axis = _column(motions, "axis")
    return axis / np.linalg.norm(axis, axis=-1, keepdims=True), _column(motions, "pivot")


def _turn(turns: list[tuple[int, Motion]]) -> _Turn:
    axis, pivot = _axes(turns)
    return _Turn(
        _rows(turns), _clock(turns), axis, pivot, _column(turns, "speed"), _column(turns, "amplitude"),
        _column(turns, "frequency_hz"), _column(turns, "offset"),
        np.array([motion.kind == "swing" for _, motion in turns]),
    )  # fmt: skip


def _path(paths: list[tuple[int, Motion]]) -> _Path:
    loops = [_loop(motion) for _, motion in paths]
    width = max(len(loop[0]) for loop in loops)

    def padded(column: int, value: float) -> F64:
        out = np.full((len(loops), width, *loops[0][column].shape[1:]), value)
        for row, loop in enumerate(loops):
            out[row, : len(loop[column])] = loop[column]
        return out

    total = np.array([loop[3].sum() for loop in loops])
    return _Path(
        _rows(paths), _clock(paths), padded(0, 0.0), padded(1, 0.0), padded(2, np.inf), padded(3, 1.0), padded(4, 0.0),
        padded(5, 0.0), padded(6, 0.0), padded(7, 1.0), padded(8, 1.0), total,
        _column(paths, "speed"), _column(paths, "offset"),
    )  # fmt: skip


def _loop(motion: Motion) -> tuple[F64, ...]:
    """start, step, reached, length, heading, entry, leave, entry_m, leave_m of one path's segments."""
    points = list(motion.points)
    if not motion.closed:
        points += points[-2:0:-1]
    start = np.array(points, np.float64)
    step = np.roll(start, -1, 0) - start
    length = np.linalg.norm(step, axis=1)
    keep = length > 0.0
    start, step, length = start[keep], step[keep], length[keep]
    flat = np.hypot(step[:, 0], step[:, 1])
    level = flat > 1e-9 * length
    # A body on a vertical stretch (a lift) stays upright and keeps the heading that it had.
    yaw = np.where(level, np.arctan2(step[:, 1], step[:, 0]), 0.0)
    if level.any():
        for i in range(int(np.argmax(level)), int(np.argmax(level)) + len(yaw)):
            yaw[i % len(yaw)] = yaw[i % len(yaw)] if level[i % len(yaw)] else yaw[(i - 1) % len(yaw)]
    heading = np.stack([yaw, np.where(level, np.arctan2(step[:, 2], flat), 0.0)], 1)
    if motion.kind == "carry":
        heading = np.zeros_like(heading)
    leave = _wrapped(np.roll(heading, -1, 0) - heading)
    leave_m = np.minimum(_TURN_M, np.minimum(length, np.roll(length, -1)) / 2.0)
    reached = np.concatenate([[0.0], np.cumsum(length)[:-1]])
    return start, step, reached, length, heading, np.roll(leave, 1, 0), leave, np.roll(leave_m, 1), leave_m


def _wrapped(angle: F64) -> F64:
    return -np.mod(np.pi - angle, 2.0 * np.pi) + np.pi


def _places(bodies: tuple[Body, ...]) -> F64:
    out = _eye((len(bodies),))
    if bodies:
        yaw = np.radians([body.yaw_deg for body in bodies])
        out[:, :3, :3] = _facing(yaw, np.zeros_like(yaw))
        out[:, :3, 3] = [body.at for body in bodies]
    return out


def _eye(shape: tuple[int, ...]) -> F64:
    return np.broadcast_to(np.eye(4), (*shape, 4, 4)).copy()


def _facing(yaw: F64, pitch: F64) -> F64:
    """[..., 3, 3]: Rz(yaw) Ry(-pitch), which turns +x to the heading and leaves +y level."""
    cy, sy, cp, sp = np.cos(yaw), np.sin(yaw), np.cos(pitch), np.sin(pitch)
    rows = [[cy * cp, -sy, -cy * sp], [sy * cp, cy, -sy * sp], [sp, np.zeros_like(sp), cp]]
    return np.stack([np.stack(row, -1) for row in rows], -2)


def _about(axis: F64, pivot: F64, angle: F64) -> F64:
    """[..., 4, 4]: rotation by `angle` about `axis` through `pivot` (Rodrigues' formula)."""
    cross = np.zeros((*axis.shape, 3))
    cross[..., 0, 1], cross[..., 0, 2], cross[..., 1, 2] = -axis[..., 2], axis[..., 1], -axis[..., 0]
    cross -= np.swapaxes(cross, -1, -2)
    sine, versine = np.sin(angle)[..., None, None], (1.0 - np.cos(angle))[..., None, None]
    out = _eye(angle.shape)
    out[..., :3, :3] += sine * cross + versine * (cross @ cross)
    out[..., :3, 3] = pivot - (out[..., :3, :3] @ pivot[..., None])[..., 0]
    return out
