"""Boxes and tracks of what moves: people, animals, vehicles, rides, and whatever else goes along a path.

A box is upright, and turned as its thing is: the smallest one that holds the boxes of the thing's bodies at that
moment, so that it breathes with a stride. A track is the boxes of one thing over the clip, seen or not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from worldfactory.errors import TruthError
from worldfactory.records import GROUPS, Geometry, Part, Scene, Vec3
from worldfactory.truth._inside import turned

F64 = NDArray[np.float64]
F32 = NDArray[np.float32]
_TRACKED = GROUPS["human"] | GROUPS["animal"] | GROUPS["vehicle"] | GROUPS["ride"]
_TURNED = frozenset({"cylinder", "taper", "cone", "dome"})
_ROUND = np.linspace(0.0, 2 * np.pi, 12, endpoint=False)
_RIM = np.array([[np.cos(a), np.sin(a), z] for a in _ROUND for z in (-1.0, 1.0)])
_BALL = np.array([[np.cos(a) * np.cos(b), np.sin(a) * np.cos(b), np.sin(b)] for a in _ROUND for b in _ROUND])
_CORNERS = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)])


@dataclass(frozen=True, slots=True)
class Track:
    """One thing over the clip. Places in metres in the world, N+1 of them as there are poses.

    instance: value of the instance map. label: its class. centre: [N+1, 3] float32. size: [N+1, 3] float32, along the
    heading, across it and up. yaw: [N+1] float32, radians from +x to the left.
    """

    instance: int
    label: str
    asset: str
    centre: F32
    size: F32
    yaw: F32

    def corners(self, index: int) -> F64:
        """[8, 3]: the corners of the box at frame `index`, in the world."""
        c, s = np.cos(float(self.yaw[index])), np.sin(float(self.yaw[index]))
        turn = np.array([[c, s, 0.0], [-s, c, 0.0], [0.0, 0.0, 1.0]])
        local = (_CORNERS - 0.5) * self.size[index].astype(np.float64)
        return local @ turn + self.centre[index].astype(np.float64)


@dataclass(frozen=True, slots=True)
class Box:
    """A track's box in one frame. pixels: how many of the picture's show the thing. bounds: x0, y0, x1, y1 of those,
    inclusive, or None if there are none."""

    track: Track
    index: int
    pixels: int
    bounds: tuple[int, int, int, int] | None


def tracked_bodies(scene: Scene) -> NDArray[np.int32]:
    """[T] rows of the bodies of all that is tracked, in order."""
    wanted = {row for row, instance in enumerate(scene.instances) if instance.label in _TRACKED}
    wanted |= {body.instance for body in scene.bodies if any(motion.kind == "path" for motion in body.motions)}
    return np.array([row for row, body in enumerate(scene.bodies) if body.instance in wanted], np.int32)


def body_extents(scene: Scene, rows: NDArray[np.int32]) -> F32:
    """[T, 7] float32: x0, y0, z0, x1, y1, z1 of the bodies in their own frames, in metres, scaled; and the axis about
    which a body is round (1 x, 2 y, 3 z), 0 for none: a wheel's box would grow and shrink as it rolls."""
    known: dict[tuple[int, Vec3], F64] = {}
    out = np.zeros((len(rows), 7))
    for k, row in enumerate(rows):
        body = scene.bodies[int(row)]
        key = (body.prototype, body.scale)
        if key not in known:
            known[key] = _extent(scene.prototypes[body.prototype].parts, np.array(body.scale))
        out[k] = known[key]
    return out.astype(np.float32)


def _extent(parts: Sequence[Part], scale: F64) -> F64:
    turn = np.array([turned(part.turn_deg) for part in parts])
    half = np.array([part.size for part in parts]) / 2
    at = np.array([part.at for part in parts]) + turn[:, :, 2] * half[:, 2:]
    ball = np.array([part.shape == "sphere" for part in parts])
    round_ = np.array([part.shape in _TURNED for part in parts])
    sides = turn * half[:, None]
    across = np.hypot(sides[:, :, 0], sides[:, :, 1])
    reach = np.where(round_[:, None], across + np.abs(sides[:, :, 2]), np.abs(sides).sum(2))
    reach = np.where(ball[:, None], np.sqrt((sides**2).sum(2)), reach)
    low, high = (at - reach).min(0), (at + reach).max(0)
    hulls = [
        (at[chosen, None] + hull @ sides[chosen].transpose(0, 2, 1)).reshape(-1, 3) * scale
        for hull, chosen in ((_RIM, round_), (_BALL, ball), (_CORNERS * 2.0 - 1.0, ~round_ & ~ball))
    ]
    low, high = np.minimum(low * scale, high * scale), np.maximum(low * scale, high * scale)
    points = np.concatenate(hulls) - (low + high) / 2
    half = (high - low) / 2
    for axis in (0, 1, 2):
        radial = np.delete(points, axis, 1)
        most = np.delete(half, axis)
        if abs(most[0] - most[1]) < 0.02 * most.max() and np.linalg.norm(radial, axis=1).max() < 1.02 * most.max():
            return np.array([*low, *high, axis + 1.0])
    return np.array([*low, *high, 0.0])


def tracks(geometry: Geometry) -> tuple[Track, ...]:
    """The tracks of a clip, in the order of their instances. Raises TruthError for geometry that does not hold them."""
    if len(geometry.tracked) and len(geometry.extents) != len(geometry.tracked):
        raise TruthError(
            f"geometry has {len(geometry.extents)} extents for {len(geometry.tracked)} tracked bodies; they must agree"
        )
    rows = geometry.tracked
    if not len(rows):
        return ()
    slot = np.full(len(geometry.instance_of), -1)
    slot[geometry.moving] = np.arange(len(geometry.moving))
    frames = len(geometry.poses)
    values = geometry.instance_of[rows + 1]
    out: list[Track] = []
    for value in np.unique(values):
        own = np.flatnonzero(values == value)
        world = np.empty((frames, len(own), 4, 4))
        for k, row in enumerate(own):
            at = slot[rows[row]]
            world[:, k] = geometry.transforms[:, at] if at >= 0 else geometry.at_rest[row]
        out.append(_track(geometry, int(value), world, geometry.extents[own].astype(np.float64)))
    return tuple(out)


def _track(geometry: Geometry, value: int, world: F64, extents: F64) -> Track:
    """From bodies-to-world [N+1, n, 4, 4] and extents [n, 7]; the first body says where ahead is."""
    yaw = np.arctan2(world[:, 0, 1, 0], world[:, 0, 0, 0])
    c, s, zero = np.cos(yaw), np.sin(yaw), np.zeros_like(yaw)
    upright = np.stack(
        [np.stack([c, s, zero], -1), np.stack([-s, c, zero], -1), np.tile([0.0, 0.0, 1.0], (len(c), 1))], 1
    )
    local = upright[:, None] @ world[..., :3, :]  # [N+1, n, 3, 4], to the axes of the box
    half = (extents[:, 3:6] - extents[:, :3]) / 2
    middle = np.einsum("fnij,nj->fni", local[..., :3], (extents[:, 3:6] + extents[:, :3]) / 2) + local[..., 3]
    reach = np.einsum("fnij,nj->fni", np.abs(local[..., :3]), half)
    for k in np.flatnonzero(extents[:, 6]):
        axis = int(extents[k, 6]) - 1
        along = np.abs(local[:, k, :, axis])
        reach[:, k] = along * half[k, axis] + np.sqrt(np.maximum(0.0, 1.0 - along**2)) * np.delete(half[k], axis).max()
    low, high = (middle - reach).min(1), (middle + reach).max(1)
    centre = np.einsum("fji,fj->fi", upright, (low + high) / 2)
    known = geometry.instances[value - 1]
    return Track(
        value, str(known["label"]), str(known["asset"]), centre.astype(np.float32), (high - low).astype(np.float32),
        yaw.astype(np.float32),
    )  # fmt: skip


def visible_pixels(geometry: Geometry, bodies: NDArray[np.uint16]) -> NDArray[np.int64]:
    """[I+1]: how many pixels of a body map show each instance, by its value in the instance map; 0 is the sky."""
    counts = np.bincount(bodies.reshape(-1), minlength=len(geometry.instance_of))
    if len(counts) > len(geometry.instance_of):
        raise TruthError(f"body {len(counts) - 1} of {len(geometry.instance_of) - 1}")
    out = np.zeros(len(geometry.instances) + 1, np.int64)
    np.add.at(out, geometry.instance_of, counts)
    return out


def boxes(
    geometry: Geometry, index: int, bodies: NDArray[np.uint16], known: tuple[Track, ...] | None = None
) -> tuple[Box, ...]:
    """The boxes of frame `index`, whose body map is `bodies` [H, W]: of all that is tracked, with what is seen of it.

    `known`: the clip's `tracks`, where they are at hand. Raises TruthError if the index or a body doesn't fit.
    """
    if not 0 <= index < len(geometry.poses):
        raise TruthError(f"boxes of frame {index}: should be 0 to {len(geometry.poses) - 1}")
    counts = visible_pixels(geometry, bodies)
    known = tracks(geometry) if known is None else known
    wanted = np.zeros(len(counts), np.bool_)
    wanted[[track.instance for track in known]] = True
    instances = geometry.instance_of[bodies]
    y, x = np.nonzero(wanted[instances])
    seen = instances[y, x]
    low, high = np.full((2, len(counts)), max(bodies.shape)), np.full((2, len(counts)), -1)
    for axis, places in enumerate((x, y)):
        np.minimum.at(low[axis], seen, places)
        np.maximum.at(high[axis], seen, places)
    out: list[Box] = []
    for track in known:
        k = track.instance
        bounds = (int(low[0, k]), int(low[1, k]), int(high[0, k]), int(high[1, k])) if counts[k] else None
        out.append(Box(track, index, int(counts[k]), bounds))
    return tuple(out)
