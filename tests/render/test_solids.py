"""The solids are the shapes that records.Shape describes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.render.scenes import SHAPES
from worldfactory.render._solids import solid, solids

VOLUMES = {
    "box": 1.0, "cylinder": np.pi / 4, "cone": np.pi / 12, "sphere": np.pi / 6, "dome": np.pi / 6, "prism": 0.5,
    "taper": np.pi / 4 * (1 + 0.7 + 0.7**2) / 3, "loaf": 0.8656, "wedge": 0.5, "pyramid": 1 / 3,
    "ring": 2 * np.pi**2 * 0.44 * 0.06**2, "arch": 1 - 0.72 * 0.5 - np.pi * 0.36**2 / 2, "quad": 0.0,
}  # fmt: skip
SIZES = st.tuples(*[st.floats(0.05, 30.0)] * 3)


@pytest.mark.parametrize("shape", SHAPES)
@settings(max_examples=6, deadline=None, derandomize=True)
@given(size=SIZES)
def test_volume_bounds_and_closedness(shape: str, size: tuple[float, float, float]) -> None:
    mesh = solid(shape, size)  # type: ignore[arg-type]
    triangles = mesh.points[mesh.corners]
    volume = np.einsum("ti,ti->", triangles[:, 0], np.cross(triangles[:, 1], triangles[:, 2])) / 6.0
    share = float(volume / np.prod(size))
    assert (
        share <= VOLUMES[shape] * 1.03 + 1e-9
    )  # the arch's inner curve is cut short by its sides, so it gains a little
    assert share >= VOLUMES[shape] * {"ring": 0.74, "sphere": 0.75, "dome": 0.75}.get(shape, 0.85) - 1e-9
    half = np.array([0.5, 0.5, 0.0]) * size
    assert (mesh.points >= -half - 1e-9).all() and (mesh.points <= np.array([0.5, 0.5, 1.0]) * size + 1e-9).all()
    edges = {(int(a), int(b)) for c in mesh.corners for a, b in zip(c, np.roll(c, -1), strict=True)}
    assert len(edges) == 3 * len(mesh.corners)
    if shape != "quad":
        assert all((b, a) in edges for a, b in edges)


@pytest.mark.parametrize("shape", SHAPES)
def test_normals_point_out_of_the_faces(shape: str) -> None:
    mesh = solid(shape, (2.0, 1.0, 3.0))  # type: ignore[arg-type]
    triangles = mesh.points[mesh.corners]
    face = np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0])
    face /= np.linalg.norm(face, axis=1, keepdims=True)
    assert (np.einsum("ti,tki->tk", face, mesh.normals) > 0.4).all()
    assert np.allclose(np.linalg.norm(mesh.normals, axis=-1), 1.0)


@pytest.mark.parametrize("shape", ["sphere", "dome", "cylinder"])
def test_round_normals_are_those_of_the_exact_surface(shape: str) -> None:
    size = np.array([2.0, 1.0, 3.0])
    mesh = solid(shape, (2.0, 1.0, 3.0))  # type: ignore[arg-type]
    points, normals = mesh.points[mesh.corners].reshape(-1, 3), mesh.normals.reshape(-1, 3)
    flat = np.abs(normals[:, 2]) > 0.999 if shape != "sphere" else np.zeros(len(points), bool)
    middle = np.array([0.0, 0.0, 1.5 if shape == "sphere" else 0.0])
    radii = size * [0.5, 0.5, 1.0 if shape == "dome" else 0.5]
    exact = (points - middle) / radii**2
    if shape == "cylinder":
        exact[:, 2] = 0.0
    exact = exact[~flat] / np.linalg.norm(exact[~flat], axis=1, keepdims=True)
    assert (np.einsum("ij,ij->i", exact, normals[~flat]) > 0.9999).all()


def test_surface_coordinates_are_metres() -> None:
    """On every face of a box, u and v span its size, and lengths along them are true."""
    mesh = solid("box", (2.0, 3.0, 5.0))
    triangles = mesh.points[mesh.corners]
    for points, uv in zip(triangles, mesh.uv, strict=True):
        for a, b in ((0, 1), (1, 2), (2, 0)):
            assert np.isclose(np.linalg.norm(points[a] - points[b]), np.linalg.norm(uv[a] - uv[b]))


def test_lumps_stay_inside_and_are_the_same_every_time() -> None:
    smooth, lumpy = solid("sphere", (3.0, 3.0, 3.0)), solid("sphere", (3.0, 3.0, 3.0), True)
    radius = np.linalg.norm(lumpy.points - [0.0, 0.0, 1.5], axis=1)
    assert radius.max() <= 1.5 + 1e-9 and radius.min() > 1.0 and radius.std() > 0.05
    assert (solid("sphere", (3.0, 3.0, 3.0), True).points == lumpy.points).all()
    assert len(smooth.points) == len(lumpy.points)


def test_solids_made_together_are_those_made_alone() -> None:
    sizes = [(1.0, 1.0, 2.0), (0.9, 1.1, 2.5), (1.0, 1.0, 2.0), (8.0, 8.0, 1.0)]
    kinds = [(shape, size, False) for shape in ("box", "cylinder", "sphere", "arch", "ring") for size in sizes]
    together = solids(kinds)  # type: ignore[arg-type]
    assert set(together) == set(kinds)
    for shape, size, lumpy in kinds:
        one, many = solid(shape, size, lumpy), together[shape, size, lumpy]  # type: ignore[arg-type,index]
        for name in ("points", "corners", "normals", "uv", "tangents", "extent", "beside"):
            np.testing.assert_allclose(getattr(one, name), getattr(many, name), atol=1e-12, err_msg=f"{shape} {name}")
