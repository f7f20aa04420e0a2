"""Octahedral unit vectors in two bytes (Cigolle et al. 2014, "A Survey of Efficient Representations for
Independent Unit Vectors", section 3.3). The largest error is just under 1 degree."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def encode_normals(normals: NDArray[np.float32]) -> NDArray[np.uint8]:
    """[..., 3] float32, need not be of unit length but not zero -> [..., 2] uint8."""
    flat = normals[..., :2] / np.abs(normals).sum(-1, keepdims=True)
    folded = (1.0 - np.abs(flat[..., ::-1])) * np.where(flat >= 0.0, 1.0, -1.0)
    square = np.where(normals[..., 2:] >= 0.0, flat, folded)
    return np.floor(square * 127.5 + 128.0).astype(np.uint8)


def decode_normals(octahedral: NDArray[np.uint8]) -> NDArray[np.float32]:
    """[..., 2] uint8 -> [..., 3] float32 of unit length. Sky is stored as (0, 0) and means nothing."""
    flat = octahedral.astype(np.float32) / np.float32(127.5) - np.float32(1.0)
    up = np.float32(1.0) - np.abs(flat).sum(-1, keepdims=True)
    folded = (np.float32(1.0) - np.abs(flat[..., ::-1])) * np.where(flat >= 0.0, np.float32(1.0), np.float32(-1.0))
    vector = np.concatenate([np.where(up >= 0.0, flat, folded), up], -1)
    return vector / np.linalg.norm(vector, axis=-1, keepdims=True)
