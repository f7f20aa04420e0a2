"""Octahedral normals."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from worldfactory.truth import decode_normals, encode_normals


@settings(max_examples=50, derandomize=True)
@given(st.integers(0, 2**32 - 1))
def test_round_trip_is_within_a_degree(seed: int) -> None:
    normals = np.random.default_rng(seed).normal(size=(500, 3)).astype(np.float32)
    back = decode_normals(encode_normals(normals))
    cosine = (back * normals).sum(-1) / np.linalg.norm(normals, axis=-1)
    assert np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0))).max() < 1.0
    assert np.allclose(np.linalg.norm(back, axis=-1), 1.0, atol=1e-6)


def test_axes_and_folds() -> None:
    axes = np.concatenate([np.eye(3), -np.eye(3)]).astype(np.float32)
    assert (decode_normals(encode_normals(axes)) * axes).sum(-1).min() > 0.9999
    assert encode_normals(axes).dtype == np.uint8 and encode_normals(axes[None]).shape == (1, 6, 2)
