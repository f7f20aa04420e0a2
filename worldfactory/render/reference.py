"""A slow ray caster in plain NumPy, independent of the rasteriser: what the fast renderer is checked against.

Every pixel's ray meets every triangle (Möller and Trumbore 1997, "Fast, minimum storage ray/triangle intersection").
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from worldfactory import truth
from worldfactory.records import Part, Scene
from worldfactory.render._solids import solid
from worldfactory.render._triangles import NEAR_M
from worldfactory.render._world import is_lumpy

F64 = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Cast:
    """depth: [H, W] float64, z-depth in metres, +inf for sky. bodies: [H, W] uint16. normals: [H, W, 3], camera
    space."""

    depth: F64
    bodies: NDArray[np.uint16]
    normals: F64


def cast(scene: Scene, index: int, width: int, height: int) -> Cast:
    """What the centres of the pixels of frame `index` see."""
    geometry = truth.geometry(scene, width, height)
    placed = truth.Kinematics(scene).static.astype(np.float64)
    placed[geometry.moving] = geometry.transforms[index]
    fx, fy, cx, cy = geometry.intrinsics.astype(np.float64)
    u, v = np.meshgrid((np.arange(width) - cx) / fx, (np.arange(height) - cy) / fy)
    rays = np.stack([u, v, np.ones_like(u)], -1).reshape(-1, 3)  # so that a distance along a ray is a z-depth
    depth = np.full(len(rays), np.inf)
    bodies = np.zeros(len(rays), np.uint16)
    normals = np.zeros((len(rays), 3))
    view = np.linalg.inv(geometry.poses[index].astype(np.float64))
    for row, body in enumerate(scene.bodies):
        to_camera = view @ placed[row]
        for part in scene.prototypes[body.prototype].parts:
            triangles, shading, two_sided = _triangles(scene, part, body.scale)
            corners = triangles @ to_camera[:3, :3].T + to_camera[:3, 3]
            turned = shading @ to_camera[:3, :3].T
            _meet(rays, corners, turned, two_sided, row + 1, depth, bodies, normals)
    shape = (height, width)
    return Cast(depth.reshape(shape), bodies.reshape(shape), normals.reshape(*shape, 3))


def _triangles(scene: Scene, part: Part, scale: tuple[float, float, float]) -> tuple[F64, F64, bool]:
    """A part's triangles [T, 3, 3] in the body's space, in metres, and their corner normals."""
    size = part.size if part.shape != "quad" else (*part.size[:2], 1.0)
    mesh = solid(part.shape, size, is_lumpy(part, scene))
    about_x, about_y, about_z = (_about(axis, np.radians(part.turn_deg[axis])) for axis in range(3))
    turn = about_z @ about_y @ about_x
    points = (mesh.points[mesh.corners] @ turn.T + np.array(part.at)) * np.array(scale)
    normals = mesh.normals @ turn.T / np.array(scale)
    return points, normals / np.linalg.norm(normals, axis=-1, keepdims=True), mesh.two_sided


def _about(axis: int, angle: float) -> F64:
    i, k = (axis + 1) % 3, (axis + 2) % 3
    out = np.eye(3)
    out[i, i] = out[k, k] = np.cos(angle)
    out[k, i], out[i, k] = np.sin(angle), -np.sin(angle)
    return out


def _meet(
    rays: F64,
    corners: F64,
    shading: F64,
    two_sided: bool,
    name: int,
    depth: F64,
    bodies: NDArray[np.uint16],
    normals: F64,
) -> None:
    first, second = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    outward = np.cross(first, second)
    for start in range(0, len(rays), 512):
        rows = slice(start, start + 512)
        ray = rays[rows, None]
        p = np.cross(ray, second)
        determinant = (first * p).sum(-1)
        with np.errstate(divide="ignore", invalid="ignore"):
            a = (-corners[:, 0] * p).sum(-1) / determinant
            q = np.cross(-corners[:, 0], first)
            b = (ray * q).sum(-1) / determinant
            t = (second * q).sum(-1) / determinant
        inward = (ray * outward).sum(-1) > 0.0  # the ray meets the face from behind
        mirrored = (outward * shading.mean(1)).sum(-1) < 0.0
        seen = two_sided | (inward == mirrored)
        hit = (a >= 0.0) & (b >= 0.0) & (a + b <= 1.0) & (t >= NEAR_M) & seen & (np.abs(determinant) > 1e-14)
        t = np.where(hit, t, np.inf)
        best = t.argmin(1)
        ray_rows = np.arange(len(t))
        nearer = np.flatnonzero(t[ray_rows, best] < depth[rows])
        face = best[nearer]
        a, b = a[nearer, face], b[nearer, face]
        normal = (
            shading[face, 0] * (1.0 - a - b)[:, None] + shading[face, 1] * a[:, None] + shading[face, 2] * b[:, None]
        )
        behind = two_sided & ((rays[rows][nearer] * normal).sum(-1) > 0.0)
        normal = np.where(behind[:, None], -normal, normal)
        depth[start + nearer] = t[nearer, face]
        bodies[start + nearer] = name
        normals[start + nearer] = normal / np.linalg.norm(normal, axis=-1, keepdims=True)
