"""One decor item alone, turning once on a plain floor: what a person looks at before a kit is used."""

from __future__ import annotations

import math

import numpy as np

from worldfactory.lineage import digest_json, record_id
from worldfactory.records import (
    Body,
    CameraPath,
    Cell,
    Instance,
    Light,
    Material,
    Motion,
    Part,
    Prototype,
    Scene,
)
from worldfactory.scene._light import outdoor
from worldfactory.scene._solids import Solid, expand, extent, solid
from worldfactory.spec import DecorItem, DecorSpec
from worldfactory.spec._library import library
from worldfactory.spec._style import MaterialSpec

TILE_M = 0.5
"""Side of a floor tile: it shows how large the item is."""
_FPS = 8
_FOV_DEG = 30.0
_FLOOR = MaterialSpec(rgb=(0.5, 0.5, 0.49), pattern="checker", rgb2=(0.42, 0.42, 0.41), cell=(TILE_M, TILE_M))
_LIT = 0.5
"""Share of its own light that a lamp gives off in a picture by day."""


def turntable(name: str, kit: DecorSpec, item: DecorItem, views: int = 12) -> Scene:
    """The item of the kit `name`, turning once in `views` frames before a camera that has all of it in its frame.

    What hangs or is fixed to a wall floats a little above the floor. Paints that a city would give are the library's.
    """
    solids = expand(item.parts)
    box = extent(solids)
    assert box is not None
    height = box.z1 - box.z0
    lift = (0.0 if item.anchor == "floor" else 0.3) - box.z0
    middle = ((box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2)
    reach = max(0.12, math.hypot(box.length, box.width, height) / 2)
    paints: dict[str, int] = {}
    materials: list[Material] = []
    floor = [solid("box", (60.0, 60.0, 0.1), (0.0, 0.0, -0.1), "turntable-floor")]

    def parts(of: list[Solid]) -> tuple[Part, ...]:
        rows: list[Part] = []
        for one in of:
            if one.paint not in paints:
                paints[one.paint] = len(materials)
                materials.append(_material(one.paint, kit))
            row = paints[one.paint]
            rows.append(Part(shape=one.shape, size=one.size, at=one.at, turn_deg=one.turn, material=row))
        return tuple(rows)

    turning = Motion(kind="spin", axis=(0.0, 0.0, 1.0), speed=2 * math.pi * _FPS / views)
    # The base carries the turn, so that the item turns about its own middle.
    prototypes = (
        Prototype(name="floor", parts=parts(floor)),
        Prototype(name=f"{name}/{item.name}", parts=parts([_off(one, middle) for one in solids])),
    )
    bodies = (
        Body(prototype=0, instance=0),
        Body(prototype=1, instance=1, at=(0.0, 0.0, lift), yaw_deg=30.0, motions=(turning,)),
    )
    pose = _pose(reach, lift + (box.z0 + box.z1) / 2)
    return Scene(
        id=record_id("turntable", (), digest_json([kit.model_dump(mode="json"), item.name]), views),
        parents=(),
        cell=Cell(venue="decor", city=name),
        index=0,
        weather="clear",
        fps=(_FPS, 1),
        materials=tuple(materials),
        prototypes=prototypes,
        instances=(
            Instance(label="floor", asset="turntable/floor"),
            Instance(label=item.label, asset=f"{name}/{item.name}", decor=name),
        ),
        bodies=bodies,
        camera=CameraPath(
            kind="fixed", poses=np.repeat(pose[None].astype(np.float32), views + 1, 0), fov_deg=_FOV_DEG,
            keys=np.zeros((views, 8), np.uint8), mouse=np.zeros((views, 2), np.float32),
        ),
        light=_light(),
    )  # fmt: skip


def _light() -> Light:
    """Late morning; the sun stands behind the camera's left shoulder."""
    day = outdoor(40.0, 150, 10.5, "clear", ())
    return day.model_copy(update={"sun_direction": (0.46, -0.62, 0.635), "clouds": 0.0, "fog_per_m": 0.0})


def _off(one: Solid, middle: tuple[float, float]) -> Solid:
    at = (one.at[0] - middle[0], one.at[1] - middle[1], one.at[2])
    return solid(one.shape, one.size, at, one.paint, one.turn)


def _material(slot: str, kit: DecorSpec) -> Material:
    spec = _FLOOR if slot == "turntable-floor" else kit.palette.get(slot) or library().materials.get(slot)
    spec = spec or MaterialSpec.model_validate({"rgb": slot})
    return Material(
        name=slot, rgb=spec.rgb, pattern=spec.pattern, rgb2=spec.rgb2, cell_m=spec.cell, emission=_LIT * spec.glow,
        gloss=spec.gloss, words=library().lists(("english",), "museum" if spec.words == "venue" else spec.words),
    )  # fmt: skip


def _pose(reach_m: float, middle_m: float) -> np.ndarray:
    """[4, 4]: a camera that looks down a little at a ball of radius `reach_m` and has all of it in a square frame."""
    away = 1.02 * reach_m / math.sin(math.radians(_FOV_DEG / 2))
    eye = np.array([away * math.cos(math.radians(16)), 0.0, middle_m + away * math.sin(math.radians(16))])
    ahead = np.array([0.0, 0.0, middle_m]) - eye
    ahead /= np.linalg.norm(ahead)
    right = np.cross(ahead, [0.0, 0.0, 1.0])
    right /= np.linalg.norm(right)
    pose = np.eye(4)
    pose[:3, :3] = np.stack([right, np.cross(ahead, right), ahead], 1)
    pose[:3, 3] = eye
    return pose
