"""What surrounds the camera's path, as one picture of all directions: what glass, water and wet ground mirror.

Six square pictures from the middle of the path, without what moves, are drawn by the renderer itself and laid on an
octahedral map (Cigolle et al. 2014, "Survey of efficient representations for independent unit vectors").
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from worldfactory.render._tables import light_of_bytes

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
SIDE, SOFT_SIDE = 162, 34
"""Texels along a side of the sharp map, and of the blurred one that follows it, which what is but satin mirrors; each
with one beyond each edge, so that neighbours may be read everywhere."""
TEXELS = SIDE * SIDE + SOFT_SIDE * SOFT_SIDE
FACE_PX = 80
_BLOCK_PX = 8
KNEE = 0.5
"""A texel holds c / (c + KNEE) of red, green and blue in 10 bits each."""
_AHEAD = ((1, 0, 0), (-1, 0, 0), (0, 1, 0), (0, -1, 0), (0, 0, 1), (0, 0, -1))
FACE_CAMERA: F32 = np.array([FACE_PX / 2, FACE_PX / 2, (FACE_PX - 1) / 2, (FACE_PX - 1) / 2], np.float32)
"""fx, fy, cx, cy of a face: it sees 90 degrees."""


def face_poses(at: F64) -> list[F64]:
    """Camera-to-world [4, 4] of the six faces around `at` [3]."""
    poses: list[F64] = []
    for ahead in np.array(_AHEAD, np.float64):
        aside = np.cross(ahead, [0.0, 0.0, 1.0] if ahead[2] == 0.0 else [0.0, 1.0, 0.0])
        pose = np.eye(4)
        pose[:3, :3] = np.stack([aside, np.cross(ahead, aside), ahead], 1)
        pose[:3, 3] = at
        poses.append(pose)
    return poses


def around(draw: Callable[[F64], NDArray[np.uint8]], at: F64, exposure: float) -> NDArray[np.int32]:
    """[TEXELS] int32, the maps at `at`; `draw` gives the picture [FACE_PX, 3 FACE_PX] uint8 of a camera pose."""
    light = light_of_bytes() / max(exposure, 1e-6)
    faces = np.stack([light[draw(pose)].reshape(FACE_PX, FACE_PX, 3) for pose in face_poses(at)])
    blocks = faces.reshape(6, FACE_PX // _BLOCK_PX, _BLOCK_PX, FACE_PX // _BLOCK_PX, _BLOCK_PX, 3)
    soft = np.repeat(np.repeat(blocks.mean((2, 4)), _BLOCK_PX, 1), _BLOCK_PX, 2)
    sharp_map = _blurred(faces.reshape(-1, 3)[_pixels(SIDE)].reshape(SIDE, SIDE, 3))
    soft_map = _blurred(_blurred(soft.reshape(-1, 3)[_pixels(SOFT_SIDE)].reshape(SOFT_SIDE, SOFT_SIDE, 3)))
    texels = np.concatenate([sharp_map.reshape(-1, 3), soft_map.reshape(-1, 3)])
    code = np.round(1023.0 * texels / (texels + KNEE)).astype(np.int32)
    return np.ascontiguousarray(code[:, 0] | code[:, 1] << 10 | code[:, 2] << 20)


def _blurred(texels: F64) -> F64:
    """Each texel with a share of its neighbours: what was drawn in squares must not be mirrored in squares."""
    out = texels.copy()
    for axis in (0, 1):
        wide = np.concatenate([out.take([0], axis), out, out.take([-1], axis)], axis)
        count = out.shape[axis]
        before, after = wide.take(np.arange(count), axis), wide.take(np.arange(2, count + 2), axis)
        out = 0.5 * out + 0.25 * (before + after)
    return out


@lru_cache(maxsize=2)
def _pixels(side: int) -> NDArray[np.int64]:
    """[side * side]: which pixel of the six faces a texel shows."""
    x, y = np.meshgrid(*[(np.arange(side) - 0.5) / (side - 2) * 2.0 - 1.0] * 2)
    # Past an edge the map goes on from the mirrored place of the same edge.
    over_x, over_y = np.abs(x) > 1.0, np.abs(y) > 1.0
    x, y = np.where(over_y, -x, x), np.where(over_x, -y, y)
    x, y = np.where(np.abs(x) > 1.0, np.sign(x) * 2.0 - x, x), np.where(np.abs(y) > 1.0, np.sign(y) * 2.0 - y, y)
    z = 1.0 - np.abs(x) - np.abs(y)
    fold_x, fold_y = (1.0 - np.abs(y)) * np.sign(x), (1.0 - np.abs(x)) * np.sign(y)
    way = np.stack([np.where(z < 0, fold_x, x), np.where(z < 0, fold_y, y), z], -1).reshape(-1, 3)
    axis = np.abs(way).argmax(1)
    face = 2 * axis + (way[np.arange(len(way)), axis] < 0.0)
    turn = np.stack([pose[:3, :3] for pose in face_poses(np.zeros(3))])[face]
    seen = np.einsum("nij,ni->nj", turn, way)
    column = np.clip(np.round(seen[:, 0] / seen[:, 2] * FACE_CAMERA[0] + FACE_CAMERA[2]), 0, FACE_PX - 1)
    row = np.clip(np.round(seen[:, 1] / seen[:, 2] * FACE_CAMERA[1] + FACE_CAMERA[3]), 0, FACE_PX - 1)
    return ((face * FACE_PX + row) * FACE_PX + column).astype(np.int64)
