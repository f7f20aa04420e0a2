"""Whether the camera is inside a solid: a picture can not tell, since a closed solid is not drawn from within."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from worldfactory.compiled import Array, kernel
from worldfactory.records import LOAF, LOAF_POWER, TAPER, Part, Scene, Shape
from worldfactory.truth._kinematics import Kinematics

F64 = NDArray[np.float64]

SOLID_SHAPES: tuple[Shape, ...] = (
    "box", "cylinder", "taper", "cone", "sphere", "dome", "loaf", "prism", "wedge", "pyramid",
)  # fmt: skip
"""Shapes that have an inside, by the numbers that `holds` knows."""
_BODIES_AT_ONCE = 512


def inside(scene: Scene, kinematics: Kinematics, transforms: NDArray[np.float32]) -> NDArray[np.uint16]:
    """[N+1] uint16: the body map value of a solid that holds the camera, pose by pose; 0 where there is none.

    transforms: [N+1, M, 4, 4], where the moving bodies are at each pose, see Geometry. A point is in a part if it
    fulfils the solid's inequality in unit space (see records.Shape). Rings and arches are there to be passed through,
    and quads have no inside: they never hold it.
    """
    eyes = scene.camera.poses[:, :3, 3].astype(np.float64)
    found = np.zeros(len(eyes), np.uint16)
    if not scene.bodies:
        return found
    reach = np.array([_reach(prototype.parts) for prototype in scene.prototypes])
    prototype = np.array([body.prototype for body in scene.bodies])
    scale = np.array([body.scale for body in scene.bodies], np.float64)
    radius = reach[prototype] * np.abs(scale).max(axis=1)
    slot = {int(row): number for number, row in enumerate(kinematics.moving)}
    for start in range(0, len(scene.bodies), _BODIES_AT_ONCE):
        rows = slice(start, start + _BODIES_AT_ONCE)
        away = np.linalg.norm(eyes[:, None] - kinematics.static[None, rows, :3, 3], axis=-1)
        near = np.flatnonzero((away < radius[rows]).any(axis=0)) + start
        moves = [row for row in slot if start <= row < start + _BODIES_AT_ONCE]
        for row in sorted({*near.tolist(), *moves}):
            poses = transforms[:, slot[row]] if row in slot else kinematics.static[row][None]
            local = np.einsum("tji,tj->ti", poses[:, :3, :3], eyes - poses[:, :3, 3]) / scale[row]
            close = (found == 0) & (np.linalg.norm(local, axis=1) < reach[prototype[row]])
            for part in scene.prototypes[prototype[row]].parts if close.any() else ():
                found[close & _holds(part, local)] = row + 1
    return found


def _reach(parts: tuple[Part, ...]) -> float:
    """Radius of a sphere about the prototype's origin that holds its parts."""
    return max((math.hypot(*part.at) + math.hypot(*part.size) for part in parts), default=0.0)


def _holds(part: Part, points: F64) -> NDArray[np.bool_]:
    """[T] bool: which of `points` [T, 3], in the prototype's space, lie in the part."""
    if 0.0 in part.size:
        return np.zeros(len(points), np.bool_)  # flat: nothing is in it
    held = np.zeros(len(points), np.bool_)
    if part.shape in SOLID_SHAPES:
        local = (points - np.array(part.at)) @ turned(part.turn_deg) / np.array(part.size)
        _hold(SOLID_SHAPES.index(part.shape), local, held)
    return held


@kernel
def _hold(code: int, points: Array, held: Array) -> None:
    for n in range(len(points)):
        held[n] = holds(code, points[n, 0], points[n, 1], points[n, 2])


@kernel
def holds(code: int, x: float, y: float, z: float) -> bool:
    """Whether a point of unit space lies in the solid `code`, a place in SOLID_SHAPES; in none below 0."""
    if code < 0 or not 0.0 < z < 1.0:
        return False
    away, across = x * x + y * y, max(abs(x), abs(y))
    if code == 0:  # box
        return across < 0.5
    if code == 1:  # cylinder
        return away < 0.25
    if code == 2:  # taper
        return away < (0.5 * (1.0 - (1.0 - TAPER) * z)) ** 2
    if code == 3:  # cone
        return away < (0.5 * (1.0 - z)) ** 2
    if code == 4:  # sphere
        return away + (z - 0.5) ** 2 < 0.25
    if code == 5:  # dome
        return 4.0 * away + z * z < 1.0
    if code == 6:  # loaf
        radius = LOAF[0][0]
        for k in range(len(LOAF) - 1):
            low, high = LOAF[k], LOAF[k + 1]
            if low[1] <= z:
                radius = low[0] + (high[0] - low[0]) * min((z - low[1]) / (high[1] - low[1]), 1.0)
        return abs(x) ** LOAF_POWER + abs(y) ** LOAF_POWER < radius**LOAF_POWER
    if code == 7:  # prism
        return abs(x) < 0.5 and abs(y) < 0.5 * (1.0 - z)
    if code == 8:  # wedge
        return across < 0.5 and z < y + 0.5
    return across < 0.5 * (1.0 - z)  # pyramid


@lru_cache(maxsize=4096)
def turned(turn_deg: tuple[float, float, float]) -> F64:
    """[3, 3], read-only: Rz Ry Rx; applied from the right to row vectors it undoes the turn.

    A scene asks for it thousands of times, mostly for the same few turns.
    """
    (cx, cy, cz), (sx, sy, sz) = np.cos(np.radians(turn_deg)), np.sin(np.radians(turn_deg))
    about_x = np.array([[1.0, 0.0, 0.0], [0.0, cx, -sx], [0.0, sx, cx]])
    about_y = np.array([[cy, 0.0, sy], [0.0, 1.0, 0.0], [-sy, 0.0, cy]])
    about_z = np.array([[cz, -sz, 0.0], [sz, cz, 0.0], [0.0, 0.0, 1.0]])
    turn = about_z @ about_y @ about_x
    turn.setflags(write=False)
    return turn
