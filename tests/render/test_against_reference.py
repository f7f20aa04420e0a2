"""The rasteriser against a ray caster that shares nothing with it but the solids."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.render.scenes import SHAPES, crowd, ground, look, moving, scene, shelf
from worldfactory.records import Part, Scene
from worldfactory.render import RenderConfig, Renderer, reference
from worldfactory.truth import decode_normals

WIDTH, HEIGHT = 96, 56


def check(drawn: Scene, index: int = 0) -> None:
    """Ids equal but for edge pixels, depth within 1e-3 relative and normals within a few degrees away from edges."""
    frame = Renderer(drawn, RenderConfig(width=WIDTH, height=HEIGHT)).frame(index)
    exact = reference.cast(drawn, index, WIDTH, HEIGHT)
    edge = edges(exact)
    assert edge.mean() < 0.6
    differ = frame.bodies != exact.bodies
    assert not (differ & ~edge).any()
    assert differ.mean() < 0.004
    inner = ~edge & (exact.bodies > 0)
    depth = frame.depth.astype(np.float64)
    assert (np.isinf(depth) == (frame.bodies == 0)).all()
    assert np.abs(depth[inner] / exact.depth[inner] - 1.0).max(initial=0.0) < 1e-3
    cosine = (decode_normals(frame.normals)[inner] * exact.normals[inner]).sum(-1)
    assert np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0))).max(initial=0.0) < 3.0


def edges(exact: reference.Cast) -> np.ndarray:
    """Pixels with a neighbour of another body, of a depth that the surface does not lead to, or of another normal."""
    out = np.zeros(exact.bodies.shape, bool)
    inverse = 1.0 / exact.depth
    for axis in (0, 1):
        before, after = [slice(None)] * 2, [slice(None)] * 2
        before[axis], after[axis] = slice(None, -1), slice(1, None)
        a, b = tuple(before), tuple(after)
        differ = exact.bodies[a] != exact.bodies[b]
        differ |= np.abs(inverse[a] - inverse[b]) > 0.1 * np.maximum(inverse[a], inverse[b])
        differ |= (exact.normals[a] * exact.normals[b]).sum(-1) < np.where(exact.bodies[a] > 0, 0.9, -1.0)
        out[a] |= differ
        out[b] |= differ
    return out


@pytest.mark.parametrize("shape", SHAPES)
def test_each_shape_near(shape: str) -> None:
    part = Part.model_validate({"shape": shape, "size": (1.5, 1.1, 1.8), "material": 1})
    check(
        scene(
            [ground(), [part]],
            [{"prototype": 0}, {"prototype": 1, "at": (0.1, 0.0, 0.2), "yaw_deg": 33.0}],
            poses=[look((0.4, -3.4, 2.2), (0.0, 0.0, 0.9))] * 2,
        )
    )


def test_all_shapes() -> None:
    check(shelf())


def test_moving_bodies() -> None:
    check(moving(), 3)


@settings(max_examples=8, deadline=None, derandomize=True)
@given(st.integers(0, 10_000))
def test_random_scenes(key: int) -> None:
    check(crowd(str(key), bodies=9))


def test_ground_that_runs_behind_the_camera() -> None:
    """Its triangles cross the near plane and both sides of the picture."""
    check(scene([ground(900.0)], [{"prototype": 0}], poses=[look((0.0, 0.0, 0.4), (3.0, 8.0, 0.2))] * 2))


@pytest.mark.parametrize("turn", [0.0, 17.0, 90.0, 171.0])
def test_wall_that_passes_through_the_camera_plane(turn: float) -> None:
    wall = [Part(shape="box", size=(30.0, 0.3, 3.0), material=1)]
    pose = look((0.2, -0.6, 1.2), (np.sin(np.radians(turn)), np.cos(np.radians(turn)) - 0.6, 1.1))
    check(scene([ground(), wall], [{"prototype": 0}, {"prototype": 1}], poses=[pose] * 2))


def test_mirrored_scale_keeps_the_outside_out() -> None:
    check(
        scene(
            [ground(), [Part(shape="wedge", size=(1.0, 2.0, 1.0), material=1)]],
            [{"prototype": 0}, {"prototype": 1, "scale": (-1.5, 1.0, 1.2)}],
        )
    )


def test_quads_have_two_sides() -> None:
    sheet = [Part(shape="quad", size=(2.0, 2.0, 0.0), turn_deg=(80.0, 0.0, 0.0), at=(0.0, 0.0, 1.0), material=1)]
    for eye in ((0.0, -4.0, 1.5), (0.0, 4.0, 1.5)):
        drawn = scene([sheet], [{"prototype": 0}], poses=[look(eye, (0.0, 0.0, 1.0))] * 2)
        check(drawn)
        frame = Renderer(drawn, RenderConfig(width=WIDTH, height=HEIGHT)).frame(0)
        assert (frame.bodies == 1).mean() > 0.03
        assert (decode_normals(frame.normals)[frame.bodies == 1][:, 2] < 0.0).all()
