"""One drawn frame and what can not be read off its pixels."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Frame:
    """Frame `index` of a clip: colour and the stored ground truth. H, W are even.

    rgb: [H, W, 3] uint8, sRGB. depth: [H, W] float16, z-depth in metres, +inf for sky.
    bodies: [H, W] uint16, 0 = sky, else body row + 1. normals: [H, W, 2] uint8, octahedral, camera space.
    """

    index: int
    rgb: NDArray[np.uint8]
    depth: NDArray[np.float16]
    bodies: NDArray[np.uint16]
    normals: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Geometry:
    """What ground truth is derived with: camera, actions, bodies and how they move. N frames, B bodies.

    poses: [N+1, 4, 4] float32. intrinsics: [4] float32, fx, fy, cx, cy in pixels.
    keys: [N, 8] uint8. mouse: [N, 2] float32.
    instance_of: [B+1] uint16, body map value -> instance map value (0 sky, else row of `instances` + 1).
    class_of: [B+1] uint8, body map value -> class id.
    moving: [M] int32, rows of the bodies that move. transforms: [N+1, M, 4, 4] float32, body-to-world without scale.
    instances: one dict per instance: label, asset, decor, city, venue.
    inside: [N+1] uint16, body map value of a solid that the camera is in, 0 for none. [0] where it is not known.
    tracked: [T] int32, rows of the bodies of what has boxes: people, animals, vehicles, rides, what goes on a path.
    extents: [T, 7] float32, the box of each in its own frame: x0, y0, z0, x1, y1, z1 in metres, scaled; and the axis
    about which it is round (1 x, 2 y, 3 z; 0 none).
    at_rest: [T, 4, 4] float32, where each is at the first pose; those that move are in `transforms`.
    """

    poses: NDArray[np.float32]
    intrinsics: NDArray[np.float32]
    keys: NDArray[np.uint8]
    mouse: NDArray[np.float32]
    instance_of: NDArray[np.uint16]
    class_of: NDArray[np.uint8]
    moving: NDArray[np.int32]
    transforms: NDArray[np.float32]
    inside: NDArray[np.uint16] = field(kw_only=True, default_factory=lambda: np.zeros(0, np.uint16))
    tracked: NDArray[np.int32] = field(kw_only=True, default_factory=lambda: np.zeros(0, np.int32))
    extents: NDArray[np.float32] = field(kw_only=True, default_factory=lambda: np.zeros((0, 7), np.float32))
    at_rest: NDArray[np.float32] = field(kw_only=True, default_factory=lambda: np.zeros((0, 4, 4), np.float32))
    instances: tuple[dict[str, Any], ...]
