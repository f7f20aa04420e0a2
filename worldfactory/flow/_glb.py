"""A scene as GLB (glTF 2.0, Khronos 2021), for Blender, three.js and game engines."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from worldfactory.errors import UnknownNameError
from worldfactory.records import Scene
from worldfactory.store import write_file

_UPRIGHT = np.array([[1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0], [0.0, -1.0, 0.0, 0.0], [0.0, 0.0, 0.0, 1.0]])
"""z up to glTF's y up."""
_CAMERA = np.diag([1.0, -1.0, -1.0, 1.0])
"""OpenCV's camera axes to glTF's, which looks along -z with y up."""


def export_scene(scene: Scene, file: Path, frame: int = 0) -> int:
    """Write a scene as it stands at `frame` as GLB; returns how many triangles it holds.

    Metres, y up. A node for each instance, named `LABEL_ROW` (`street-lamp_0012`), with a node `PROTOTYPE_ROW` for each
    of its bodies below it, and the camera as the node `camera`; names hold only what no importer changes. Which asset
    and decor kit an instance came from is in the scene's extras. Colours are those of the materials, without their
    patterns, lit windows and weather, which are computed while drawing. Raises UnknownNameError for a frame that
    there is not, StoreError if `file` can not be written.
    """
    import trimesh
    from trimesh.scene import Camera
    from trimesh.visual import TextureVisuals
    from trimesh.visual.material import PBRMaterial

    from worldfactory.render import compile_world
    from worldfactory.truth import Kinematics

    if not 0 <= frame <= scene.frames:
        raise UnknownNameError(f"scene {scene.id}: frame {frame}, should be 0 to {scene.frames}")
    world, kinematics = compile_world(scene), Kinematics(scene)
    places = kinematics.static.astype(np.float64)
    places[kinematics.moving] = kinematics.at(frame * scene.fps[1] / scene.fps[0])
    out: Any = trimesh.Scene(base_frame="world", metadata=_extras(scene, frame))
    out.graph.update(frame_to="y-up", frame_from="world", matrix=_UPRIGHT)
    nodes = [f"{_plain(instance.label)}_{row:04d}" for row, instance in enumerate(scene.instances)]
    for node in nodes:
        out.graph.update(frame_to=node, frame_from="y-up", matrix=np.eye(4))
    known: dict[tuple[int, bytes], list[tuple[str, Any]]] = {}
    triangles = 0
    for row, body in enumerate(scene.bodies):
        mesh, tint = int(world.mesh[row]), world.tint[row]
        name = _plain(scene.prototypes[body.prototype].name)
        key = (mesh, tint.tobytes())
        if key not in known:
            first, count = int(world.first_triangle[mesh]), int(world.triangle_count[mesh])
            point0, points = int(world.first_point[mesh]), int(world.point_count[mesh])
            span = slice(first, first + count)
            vertices = world.points[:, point0 : point0 + points].T[world.corners[span]]
            normals = world.normals[span].reshape(-1, 3, 3)
            known[key] = []
            looks = world.source[world.material[span]]
            for number in np.unique(looks):
                mine = looks == number
                source = scene.materials[number]
                colour = np.clip(np.array(source.rgb) * tint, 0.0, 1.0)
                material = PBRMaterial(
                    name=source.name,
                    baseColorFactor=_bytes(colour),
                    metallicFactor=0.0,
                    roughnessFactor=1.0 - 0.8 * min(source.gloss, 1.0),
                    emissiveFactor=list(colour * min(source.emission, 1.0)),
                    doubleSided=bool(world.two_sided[span][mine].any()),
                )
                geometry = trimesh.Trimesh(
                    vertices=vertices[mine].reshape(-1, 3),
                    faces=np.arange(3 * int(mine.sum())).reshape(-1, 3),
                    vertex_normals=normals[mine].reshape(-1, 3),
                    visual=TextureVisuals(material=material),
                    process=False,
                )
                known[key].append((f"{name}_{len(known):04d}_{_plain(source.name)}", geometry))
        node = f"{name}_{row:05d}"
        out.graph.update(frame_to=node, frame_from=nodes[body.instance], matrix=places[row])
        for label, geometry in known[key]:
            triangles += len(geometry.faces)
            out.add_geometry(
                geometry, node_name=f"{node}_{label.rsplit('_', 1)[1]}", geom_name=label, parent_node_name=node
            )
    pose = _UPRIGHT @ scene.camera.poses[frame].astype(np.float64) @ _CAMERA
    out.camera = Camera(name="camera", resolution=(1280, 704), fov=_fov(scene))
    out.camera_transform = pose
    write_file(file, out.export(file_type="glb"))
    return triangles


def _extras(scene: Scene, frame: int) -> dict[str, object]:
    return {
        "scene": scene.id,
        "cell": scene.cell.key,
        "clip": scene.index,
        "frame": frame,
        "instances": [{"label": one.label, "asset": one.asset, "decor": one.decor} for one in scene.instances],
    }


def _fov(scene: Scene) -> tuple[float, float]:
    """Degrees across and up, of a picture as wide as the factory's default."""
    across = scene.camera.fov_deg
    return across, float(np.degrees(2.0 * np.arctan(np.tan(np.radians(across) / 2.0) * 704 / 1280)))


def _bytes(linear: NDArray[np.float64]) -> list[int]:
    """trimesh keeps base colours as bytes and writes byte / 255 as glTF's linear factor."""
    return [*(round(255 * float(value)) for value in linear), 255]


def _plain(text: str) -> str:
    """Only letters, digits and hyphens: three.js drops dots, colons, slashes and brackets, and turns spaces."""
    return re.sub(r"[^A-Za-z0-9]+", "-", text).strip("-") or "unnamed"
