"""What a camera meets and sees among the solids of a scene: gaps and rays in three dimensions.

Layouts plan on the ground, with rectangles. A camera has a height as well, and what hangs over the ground (signs,
awnings, crowns, strings of lamps) or moves (rides, people) is in nobody's way but its own. So paths are held against
the solids themselves: every part is its unit solid, mapped into the world.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from worldfactory.compiled import Array, kernel
from worldfactory.records import GROUPS, Body, Instance, Part, Prototype, Scene, Vec3
from worldfactory.scene._solids import rotations
from worldfactory.truth import SOLID_SHAPES, Kinematics, holds

F64 = NDArray[np.float64]
FLAT = frozenset({"sky", *GROUPS["flat"], *GROUPS["overhead"]})
"""Classes that a camera may be near to and see much of: what it goes over, and ceilings."""
_ARCH_HALF, _ARCH_CROWN = 0.36, 0.78
"""Of an arch's opening: half its width, and the height above which the slab is taken as whole."""
_RING_STEPS = 10
_STEPS = 6
"""Places along a ray at which the inequality of a round solid is tried."""
_BOX, _SPHERE = SOLID_SHAPES.index("box"), SOLID_SHAPES.index("sphere")
_GRID = (11, 7)
"""Rays across and down a view."""


@dataclass(frozen=True, slots=True)
class _Solids:
    """Solids in the world: unit [n, 3, 3] and base [n, 3] map unit space to it, inverse [n, 3, 3] turns back; shape
    [n], places in SOLID_SHAPES; owner [n], rows of bodies; radius [n] of a sphere about the base that holds each."""

    unit: F64
    inverse: F64
    base: F64
    shape: NDArray[np.int64]
    owner: NDArray[np.int64]
    radius: F64


class Sight:
    """The solids of a scene, still and moving, ready for rays. Times are seconds; places are those of the bodies."""

    def __init__(
        self,
        prototypes: Sequence[Prototype],
        instances: Sequence[Instance],
        bodies: Sequence[Body],
        *,
        first: int = 0,
        flat: bool = False,
    ) -> None:
        """`first`: leave out earlier bodies. `flat`: take in what a camera goes over as well."""
        wanted = [flat or instance.label not in FLAT for instance in instances]
        self._kinematics = Kinematics(Scene.model_construct(id="unfinished", bodies=tuple(bodies)))
        rows = [row for row in range(first, len(bodies)) if wanted[bodies[row].instance]]
        used = {row: k for k, row in enumerate(dict.fromkeys(bodies[row].prototype for row in rows))}
        turn, at, shape, starts = _unit_solids([prototypes[row].parts for row in used])
        of = np.array([used[bodies[row].prototype] for row in rows], np.int64)
        counts = np.diff(starts)[of]
        owner = np.repeat(np.array(rows, np.int64), counts)
        # The solids of a body are a run of those of its prototype.
        solid = np.repeat(starts[:-1][of] - np.concatenate([[0], np.cumsum(counts)[:-1]]), counts) + np.arange(
            len(owner)
        )
        scale = np.array([body.scale for body in bodies], np.float64).reshape(-1, 3)[owner]
        turn, at, shape = scale[:, :, None] * turn[solid], scale * at[solid], shape[solid]
        slot = np.full(len(bodies), -1)
        slot[self._kinematics.moving] = np.arange(len(self._kinematics.moving))
        radius = 0.5 * np.linalg.norm(turn, axis=(1, 2)) + 0.5 * np.linalg.norm(turn[:, :, 2], axis=1)
        place = self._kinematics.static.astype(np.float64)
        self._still = _placed(turn, at, place[owner], shape, owner, radius, slot[owner] < 0)
        self._loose = (turn, at, shape, owner, radius, slot[owner])
        self._moved: dict[float, _Solids] = {}

    @classmethod
    def of(cls, scene: Scene, flat: bool = False) -> Sight:
        """Of a finished scene."""
        return cls(scene.prototypes, scene.instances, scene.bodies, flat=flat)

    def gaps(self, points: F64, times: F64, most: float = 3.0) -> F64:
        """[K]: metres from each of the points [K, 3] at its time [K] to the nearest solid; 0 inside, `most` at most."""
        out = np.full(len(points), most)
        for k, (point, time) in enumerate(zip(points, times, strict=True)):
            for solids in self._all(float(time)):
                out[k] = _gap(
                    point[0], point[1], point[2], out[k], solids.unit, solids.inverse, solids.base, solids.shape,
                    solids.radius,
                )  # fmt: skip
        return out

    def depths(
        self, poses: F64, times: F64, tangent: tuple[float, float], reach: float
    ) -> tuple[F64, NDArray[np.int64]]:
        """Rays over views: z-depths [K, 77], `reach` where nothing is nearer, and the bodies met [K, 77], -1 for none.

        poses: [K, 4, 4] camera-to-world. tangent: of half the view, across and down.
        """
        grid = [np.linspace(-1, 1, count) * (1 - 1 / count) * t for count, t in zip(_GRID, tangent, strict=True)]
        u, v = np.meshgrid(*grid)
        rays = np.stack([u, v, np.ones_like(u)], -1).reshape(-1, 3)
        far = reach * math.hypot(1.0, *tangent)
        out = np.full((len(poses), len(rays)), reach)
        met = np.full((len(poses), len(rays)), -1, np.int64)
        for k, (pose, time) in enumerate(zip(poses, times, strict=True)):
            for solids in self._all(float(time)):
                _cast(pose[:3, 3], rays @ pose[:3, :3].T, solids, far, pose[:3, 2], out[k], met[k])
        return out, met

    def below(self, points: F64, times: F64, reach: float) -> tuple[F64, NDArray[np.int64]]:
        """Metres straight down from points [K, 3] to the first solid, `reach` at most, and its body, -1 for none."""
        down = np.array([[0.0, 0.0, -1.0]])
        out, met = np.full(len(points), reach), np.full(len(points), -1, np.int64)
        for k, (point, time) in enumerate(zip(points, times, strict=True)):
            for solids in self._all(float(time)):
                _cast(point, down, solids, reach, down[0], out[k : k + 1], met[k : k + 1])
        return out, met

    def _all(self, time: float) -> list[_Solids]:
        """The solids, still and moving, where they are at a time."""
        turns, ats, shape, owner, radius, slots = self._loose
        moves = slots >= 0
        if time not in self._moved and moves.any():
            pose = self._kinematics.at(time).astype(np.float64)[np.maximum(slots, 0)]
            self._moved[time] = _placed(turns, ats, pose, shape, owner, radius, moves)
        return [self._still, *([self._moved[time]] if time in self._moved else [])]


def _placed(
    turn: F64, at: F64, pose: F64, shape: NDArray[np.int64], owner: NDArray[np.int64], radius: F64,
    wanted: NDArray[np.bool_],
) -> _Solids:  # fmt: skip
    pose = pose[wanted]
    unit = pose[:, :3, :3] @ turn[wanted]
    base = np.einsum("pij,pj->pi", pose[:, :3, :3], at[wanted]) + pose[:, :3, 3]
    return _Solids(unit, np.linalg.inv(unit).astype(np.float64), base, shape[wanted], owner[wanted], radius[wanted])


def _unit_solids(prototypes: Sequence[Sequence[Part]]) -> tuple[F64, F64, NDArray[np.int64], NDArray[np.int64]]:
    """turn [n, 3, 3] and at [n, 3] map unit space to the prototype's; shape [n], place in SOLID_SHAPES;
    starts [P+1], where the solids of each prototype begin."""
    turns: list[Vec3] = []
    places: list[Vec3] = []
    found: list[tuple[Vec3, Vec3, int]] = []
    starts = [0]
    for parts in prototypes:
        for part in parts:
            solids = _solids(part)
            found += solids
            turns += [part.turn_deg] * len(solids)
            places += [part.at] * len(solids)
        starts.append(len(found))
    turn = rotations(np.array(turns, np.float64).reshape(-1, 3))
    offset = np.array([inner for inner, _, _ in found], np.float64).reshape(-1, 3)
    size = np.array([size for _, size, _ in found], np.float64).reshape(-1, 3)
    at = np.array(places, np.float64).reshape(-1, 3) + np.einsum("nij,nj->ni", turn, offset)
    shape = np.array([code for _, _, code in found], np.int64)
    return turn * size[:, None, :], at, shape, np.array(starts, np.int64)


def _solids(part: Part) -> list[tuple[Vec3, Vec3, int]]:
    """A part as solids without holes: where the base is before the turn, the size, both in metres; its place
    in SOLID_SHAPES."""
    x, y, z = (max(extent, 0.004) for extent in part.size)
    if part.shape == "arch":
        jamb, half = 0.5 - _ARCH_HALF, 0.25 + _ARCH_HALF / 2
        return [
            ((-half * x, 0.0, 0.0), (jamb * x, y, z), _BOX), ((half * x, 0.0, 0.0), (jamb * x, y, z), _BOX),
            ((0.0, 0.0, _ARCH_CROWN * z), (2 * _ARCH_HALF * x, y, (1 - _ARCH_CROWN) * z), _BOX),
        ]  # fmt: skip
    if part.shape == "ring":
        # Short boxes round the y axis; upright ones are near enough, since rings are thin.
        around = 2 * math.pi * np.arange(_RING_STEPS) / _RING_STEPS
        step = 0.44 * 2 * math.sin(math.pi / _RING_STEPS)
        wide = [max(0.12, abs(math.sin(a)) * step) * x for a in around]
        tall = [max(0.12, abs(math.cos(a)) * step) * z for a in around]
        return [
            ((0.44 * x * math.cos(a), 0.0, z * (0.5 + 0.44 * math.sin(a)) - h / 2), (w, y, h), _BOX)
            for a, w, h in zip(around.tolist(), wide, tall, strict=True)
        ]
    return [((0.0, 0.0, 0.0), (x, y, z), SOLID_SHAPES.index(part.shape) if part.shape in SOLID_SHAPES else _BOX)]


@kernel
def _gap(
    x: float, y: float, z: float, most: float, unit: Array, inverse: Array, base: Array, shape: Array, radius: Array
) -> float:
    # Metres from a point to the nearest solid, each taken as its box or ellipsoid; `most` at most.
    for n in range(len(base)):
        dx, dy, dz = x - base[n, 0], y - base[n, 1], z - base[n, 2]
        if dx * dx + dy * dy + dz * dz >= (radius[n] + most) ** 2:
            continue
        m, u = inverse[n], unit[n]
        qx = m[0, 0] * dx + m[0, 1] * dy + m[0, 2] * dz
        qy = m[1, 0] * dx + m[1, 1] * dy + m[1, 2] * dz
        qz = m[2, 0] * dx + m[2, 1] * dy + m[2, 2] * dz
        if shape[n] == _SPHERE:
            qz -= 0.5
            share = max(0.0, 1.0 - 0.5 / max(np.sqrt(qx * qx + qy * qy + qz * qz), 1e-9))
            qx, qy, qz = qx * share, qy * share, qz * share
        else:
            qx -= min(max(qx, -0.5), 0.5)
            qy -= min(max(qy, -0.5), 0.5)
            qz -= min(max(qz, 0.0), 1.0)
        ox = u[0, 0] * qx + u[0, 1] * qy + u[0, 2] * qz
        oy = u[1, 0] * qx + u[1, 1] * qy + u[1, 2] * qz
        oz = u[2, 0] * qx + u[2, 1] * qy + u[2, 2] * qz
        most = min(most, np.sqrt(ox * ox + oy * oy + oz * oz))
    return most


def _cast(eye: F64, rays: F64, solids: _Solids, reach: float, axis: F64, depth: F64, met: NDArray[np.int64]) -> None:
    """How far along each of the rays [R, 3] the first solid is met, in lengths of the ray, and its body: into
    `depth` [R] and `met` [R] where that is nearer than what they hold. Only solids within `reach` of the eye, and none
    that lie behind it along the `axis` [3] of the rays."""
    _first_met(
        np.ascontiguousarray(eye),
        np.ascontiguousarray(axis),
        reach,
        rays,
        solids.inverse,
        solids.base,
        solids.shape,
        solids.radius,
        solids.owner,
        depth,
        met,
    )


@kernel
def _first_met(
    eye: Array, axis: Array, reach: float, rays: Array, inverse: Array, base: Array, shape: Array, radius: Array,
    owner: Array, depth: Array,
    met: Array,
) -> None:  # fmt: skip
    for n in range(len(base)):
        m = inverse[n]
        dx, dy, dz = eye[0] - base[n, 0], eye[1] - base[n, 1], eye[2] - base[n, 2]
        if dx * dx + dy * dy + dz * dz >= (radius[n] + reach) ** 2:
            continue
        if dx * axis[0] + dy * axis[1] + dz * axis[2] >= radius[n]:
            continue  # behind the eye
        away = dx * dx + dy * dy + dz * dz - radius[n] * radius[n]
        sx = m[0, 0] * dx + m[0, 1] * dy + m[0, 2] * dz
        sy = m[1, 0] * dx + m[1, 1] * dy + m[1, 2] * dz
        sz = m[2, 0] * dx + m[2, 1] * dy + m[2, 2] * dz
        for r in range(len(rays)):
            x, y, z = rays[r, 0], rays[r, 1], rays[r, 2]
            toward, long = dx * x + dy * y + dz * z, x * x + y * y + z * z
            if away > 0.0 and (toward > 0.0 or toward * toward < away * long):
                continue  # it passes the sphere that holds the solid
            ax = m[0, 0] * x + m[0, 1] * y + m[0, 2] * z
            ay = m[1, 0] * x + m[1, 1] * y + m[1, 2] * z
            az = m[2, 0] * x + m[2, 1] * y + m[2, 2] * z
            near, far = 0.0, depth[r]
            for start, along, low, high in ((sx, ax, -0.5, 0.5), (sy, ay, -0.5, 0.5), (sz, az, 0.0, 1.0)):
                along = along if abs(along) > 1e-12 else 1e-12
                one, other = (low - start) / along, (high - start) / along
                near, far = max(near, min(one, other)), min(far, max(one, other))
            if near >= far:
                continue
            code = shape[n]
            if code != _BOX:
                # The inequality of the solid is tried at a few places between where its box is met and left.
                first = -1.0
                for step in range(_STEPS):
                    t = near + (far - near) * ((step + 0.5) / _STEPS)
                    if holds(code, sx + ax * t, sy + ay * t, sz + az * t):
                        first = t
                        break
                if first < 0.0:
                    continue
                near = first
            depth[r], met[r] = near, owner[n]
