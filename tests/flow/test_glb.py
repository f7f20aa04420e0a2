"""Scenes as GLB: what another program sees is what the renderer draws, where it draws it, under the same names."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import trimesh

from bench.render import scene as bench_street
from worldfactory import flow
from worldfactory.errors import UnknownNameError
from worldfactory.records import Scene
from worldfactory.render import compile_world
from worldfactory.truth import Kinematics

FRAME = 30


@pytest.fixture(scope="module")
def street() -> Scene:
    """The first hundred bodies of the measured street, and a person who walks."""
    whole = bench_street(40)
    walker = next(row for row, body in enumerate(whole.bodies) if whole.prototypes[body.prototype].name == "torso")
    return whole.model_copy(update={"bodies": (*whole.bodies[:100], whole.bodies[walker])})


@pytest.fixture(scope="module")
def file(street: Scene, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("glb") / "street.glb"
    assert flow.export_scene(street, path, FRAME) == compile_world(street).triangles
    return path


def gltf(file: Path) -> Any:
    """The JSON chunk of a GLB (glTF 2.0, section 4.4)."""
    data = file.read_bytes()
    magic, version, length, size, kind = struct.unpack("<4sIII4s", data[:20])
    assert (magic, version, length, kind) == (b"glTF", 2, len(data), b"JSON")
    return json.loads(data[20 : 20 + size])


def test_every_triangle_is_where_the_renderer_draws_it(street: Scene, file: Path):
    world, kinematics = compile_world(street), Kinematics(street)
    places = kinematics.static.astype(np.float64)
    places[kinematics.moving] = kinematics.at(FRAME / 24)
    wanted = 0.0, np.zeros(3)
    for row in range(len(street.bodies)):
        mesh = world.mesh[row]
        first, count = world.first_triangle[mesh], world.triangle_count[mesh]
        points = world.points.T[world.first_point[mesh] + world.corners[first : first + count]]
        placed = points @ places[row, :3, :3].T + places[row, :3, 3]
        area = np.linalg.norm(np.cross(placed[:, 1] - placed[:, 0], placed[:, 2] - placed[:, 0]), axis=1) / 2
        wanted = wanted[0] + area.sum(), wanted[1] + (area[:, None] * placed.mean(1)).sum(0)
    loaded = trimesh.load(file).to_geometry()
    assert loaded.area == pytest.approx(wanted[0], rel=1e-4)
    x, y, z = (loaded.area_faces[:, None] * loaded.triangles_center).sum(0) / loaded.area
    assert np.array([x, -z, y]) == pytest.approx(wanted[1] / wanted[0], abs=1e-2), "y is up in glTF"


def test_names_colours_and_the_camera_are_kept(street: Scene, file: Path):
    document = gltf(file)
    names = {node["name"] for node in document["nodes"]}
    for row in {body.instance for body in street.bodies}:
        label = street.instances[row].label.replace(" ", "-")
        assert f"{label}_{row:04d}" in names
    assert all(set(name) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") for name in names)
    materials = {material["name"]: material for material in document["materials"]}
    assert materials["iron"]["pbrMetallicRoughness"]["baseColorFactor"][:3] == pytest.approx(
        [0.05, 0.05, 0.055], abs=3e-3
    )
    assert max(materials["glow"]["emissiveFactor"]) > 0.5
    assert document["cameras"][0]["type"] == "perspective"
    assert document["scenes"][0]["extras"]["instances"][0] == {"label": "road", "asset": "bench/road", "decor": ""}


def test_a_frame_that_there_is_not_is_named(street: Scene, tmp_path: Path):
    with pytest.raises(UnknownNameError, match="frame 41, should be 0 to 40"):
        flow.export_scene(street, tmp_path / "x.glb", 41)
    assert not list(tmp_path.iterdir())
