"""What a camera does from frame to frame, as nine numbers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def camera_deltas(poses: NDArray[np.float32]) -> NDArray[np.float32]:
    """[N, 9] float32: from pose t to pose t+1 of poses [N+1, 4, 4], in the axes of camera t.

    Three metres of translation (right, down, forward), then the first two columns of the rotation, one after the
    other: the 6-D representation of Zhou et al. 2019, "On the Continuity of Rotation Representations in Neural
    Networks", equation 8.
    """
    wide = poses.astype(np.float64)
    step = np.linalg.inv(wide[:-1]) @ wide[1:]
    return np.concatenate([step[:, :3, 3], step[:, :3, 0], step[:, :3, 1]], 1).astype(np.float32)


def poses_of(start: NDArray[np.float32], deltas: NDArray[np.float32]) -> NDArray[np.float32]:
    """[N+1, 4, 4] float32: the poses that deltas [N, 9] lead to from the pose `start` [4, 4].

    The columns are made orthonormal on the way (Zhou et al. 2019, equation 9), so that a model's numbers will do.
    """
    x, y = deltas[:, 3:6].astype(np.float64), deltas[:, 6:9].astype(np.float64)
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    y -= (x * y).sum(1, keepdims=True) * x
    y /= np.linalg.norm(y, axis=1, keepdims=True)
    out = np.tile(np.eye(4), (len(deltas) + 1, 1, 1))
    out[0] = start
    for t, move in enumerate(deltas.astype(np.float64)):
        step = np.eye(4)
        step[:3, 0], step[:3, 1], step[:3, 2], step[:3, 3] = x[t], y[t], np.cross(x[t], y[t]), move[:3]
        out[t + 1] = out[t] @ step
    return out.astype(np.float32)
