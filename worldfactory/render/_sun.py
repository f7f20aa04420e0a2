"""The sun's shadow map of a clip: still bodies once, moving ones anew for each frame."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from worldfactory.records import Geometry, Scene
from worldfactory.render._shadows import OPEN, cast_shadows, copy_boxes, pair_up
from worldfactory.render._world import World

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
I32 = NDArray[np.int32]
MAP_TEXELS = 2048
REACH_M = 90.0
"""Shadows are drawn up to this far around the camera's path."""
MOVING_REACH_M = 45.0
"""Those of moving bodies up to this far from the camera."""


class SunShadow:
    """pairs: [S, S] int32, see _shadows. matrix: [3, 4] float32, world to (column, row, depth step)."""

    def __init__(self, scene: Scene, world: World, placed: F64, geometry: Geometry) -> None:
        toward = np.array(scene.light.sun_direction, np.float64)
        toward /= np.linalg.norm(toward)
        aside = np.cross(toward, [0.0, 0.0, 1.0] if abs(toward[2]) < 0.99 else [0.0, 1.0, 0.0])
        aside /= np.linalg.norm(aside)
        axes = np.stack([aside, np.cross(toward, aside), -toward])
        low, high, near, far = _extent(axes, world, placed, geometry)
        self.texel_m = float(max(high[0] - low[0], high[1] - low[1], 1.0)) / (MAP_TEXELS - 6)
        self.steps_per_m = 65000.0 / max(far - near, 1.0)
        matrix = np.zeros((3, 4))
        matrix[:2, :3] = axes[:2] / self.texel_m
        matrix[:2, 3] = 3.0 - low / self.texel_m
        matrix[2, :3] = axes[2] * self.steps_per_m
        matrix[2, 3] = 200.0 - near * self.steps_per_m
        self.matrix: F32 = matrix.astype(np.float32)
        self._matrix, self._world, self._moving = matrix, world, geometry.moving
        self._vertices = np.empty((3, world.most_points), np.float32)
        self._still: NDArray[np.uint16] = np.full((MAP_TEXELS, MAP_TEXELS), OPEN, np.uint16)
        still = np.setdiff1d(np.arange(len(placed), dtype=np.int32), geometry.moving).astype(np.int32)
        self._draw(still, placed, self._still)
        # What lies outside of the map reads its border, and must be lit.
        for edge in (self._still[:2], self._still[-2:], self._still[:, :2], self._still[:, -2:]):
            edge[...] = OPEN
        self._depth = self._still.copy() if len(self._moving) else self._still
        self.pairs: I32 = np.full((MAP_TEXELS, MAP_TEXELS), -1, np.int32)
        pair_up(self._still, self.pairs, np.array([[0, 0, MAP_TEXELS, MAP_TEXELS]], np.int32))
        self._dirty: I32 = np.zeros((0, 4), np.int32)

    def move(self, placed: F64, eye: F64) -> None:
        """Puts the moving bodies near `eye` [3] where `placed` [B, 4, 4] has them, in place of those drawn before."""
        if not len(self._moving):
            return
        copy_boxes(self._still, self._depth, self._dirty)
        pair_up(self._depth, self.pairs, self._dirty)
        away = np.linalg.norm(placed[self._moving, :3, 3] - eye, axis=1) - self._world.radius[self._moving]
        self._dirty = self._draw(self._moving[away < MOVING_REACH_M], placed, self._depth)
        pair_up(self._depth, self.pairs, self._dirty)

    def _draw(self, rows: I32, placed: F64, depth: NDArray[np.uint16]) -> I32:
        world = self._world
        light = np.zeros((len(placed), 3, 4), np.float32)
        light[rows] = compose(self._matrix, placed[rows])
        touched = np.zeros((len(rows), 4), np.int32)
        cast_shadows(
            rows, light, world.mesh, world.first_point, world.point_count, world.first_triangle, world.triangle_count,
            world.points, world.corners, self._vertices, depth, touched,
        )  # fmt: skip
        return touched


def compose(left: F64, right: F64) -> F32:
    """[B, 3, 4] float32: `left` [3, 4] @ each of `right` [B, 4, 4], as one product of matrices."""
    both = left @ right.transpose(1, 0, 2).reshape(4, -1)
    return np.ascontiguousarray(both.reshape(3, -1, 4).transpose(1, 0, 2), np.float32)


def _extent(axes: F64, world: World, placed: F64, geometry: Geometry) -> tuple[F64, F64, float, float]:
    """What is both in the scene and near the camera's path: low and high across the light, near and far along it."""
    path = geometry.poses[:, :3, 3].astype(np.float64) @ axes.T
    low, high = path.min(0) - REACH_M, path.max(0) + REACH_M
    near, far = float(low[2]), float(high[2])
    if len(placed):
        center = (placed[:, :3, :3] @ world.center[:, :, None])[:, :, 0] + placed[:, :3, 3]
        across = center @ axes.T
        low = np.maximum(low, (across - world.radius[:, None]).min(0))
        high = np.minimum(high, (across + world.radius[:, None]).max(0))
        near, far = float((across[:, 2] - world.radius).min()), float((across[:, 2] + world.radius).max())
    return low[:2], np.maximum(high, low + 1.0)[:2], near, far
