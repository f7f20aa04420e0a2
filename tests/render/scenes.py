"""Small scenes to draw in tests."""

from __future__ import annotations

from typing import Any, get_args

import numpy as np

from worldfactory.lineage import generator
from worldfactory.records import (
    Body,
    CameraPath,
    Cell,
    Instance,
    Lamp,
    Light,
    Material,
    Motion,
    Part,
    Pattern,
    Prototype,
    Scene,
    Shape,
)

SHAPES: tuple[Shape, ...] = get_args(Shape)
PATTERNS: tuple[Pattern, ...] = get_args(Pattern)
DAY = Light(
    sun_direction=(0.48, -0.6, 0.64),
    sun_rgb=(0.9, 0.83, 0.7),
    sky_rgb=(0.28, 0.36, 0.5),
    bounce_rgb=(0.16, 0.14, 0.12),
    zenith_rgb=(0.12, 0.28, 0.65),
    horizon_rgb=(0.6, 0.72, 0.85),
    fog_rgb=(0.62, 0.72, 0.82),
    fog_per_m=0.002,
    clouds=0.4,
)
ROOM = DAY.model_copy(
    update={
        "interior": True,
        "lamps": (Lamp(at=(0.0, 0.0, 3.0), rgb=(1.0, 0.9, 0.7), intensity=1.0, radius_m=2.0),),
    }
)


def look(eye: tuple[float, float, float], at: tuple[float, float, float]) -> np.ndarray:
    """Camera-to-world of a camera at `eye` that looks at `at`, upright."""
    ahead = np.subtract(at, eye, dtype=float)
    ahead /= np.linalg.norm(ahead)
    right = np.cross(ahead, [0.0, 0.0, 1.0])
    right /= np.linalg.norm(right)
    pose = np.eye(4)
    pose[:3, :3] = np.stack([right, np.cross(ahead, right), ahead], 1)
    pose[:3, 3] = eye
    return pose


def scene(
    parts: list[list[Part]],
    bodies: list[dict[str, Any]],
    *,
    poses: list[np.ndarray] | None = None,
    materials: tuple[Material, ...] = (),
    light: Light = DAY,
    fov_deg: float = 65.0,
) -> Scene:
    """Prototype k has `parts[k]`; each body is an instance of its own."""
    frames = poses or [look((0.0, -8.0, 2.5), (0.0, 0.0, 1.0))] * 2
    plain = tuple(
        Material(name=f"m{k}", rgb=rgb) for k, rgb in enumerate([(0.5, 0.5, 0.5), (0.7, 0.2, 0.1), (0.1, 0.3, 0.7)])
    )
    return Scene(
        id="scene-test",
        parents=(),
        cell=Cell(venue="street", city="rome"),
        index=0,
        weather="clear",
        fps=(24, 1),
        materials=materials or plain,
        prototypes=tuple(Prototype(name=f"p{k}", parts=tuple(p)) for k, p in enumerate(parts)),
        instances=tuple(Instance(label="rock", asset=f"test/{k}") for k in range(len(bodies))),
        bodies=tuple(Body.model_validate({"instance": k, **body}) for k, body in enumerate(bodies)),
        camera=CameraPath(
            kind="walk",
            poses=np.stack(frames),
            fov_deg=fov_deg,
            keys=np.zeros((len(frames) - 1, 8)),
            mouse=np.zeros((len(frames) - 1, 2)),
        ),
        light=light,
    )


def ground(size: float = 120.0) -> list[Part]:
    return [Part(shape="quad", size=(size, size, 0.0), material=0)]


def shelf(**changes: Any) -> Scene:
    """Every shape once, standing on the ground."""
    parts = [ground()] + [[Part(shape=s, size=(1.3, 1.1, 1.6), material=1 + k % 2)] for k, s in enumerate(SHAPES)]
    bodies: list[dict[str, Any]] = [{"prototype": 0}]
    for k, shape in enumerate(SHAPES):
        at = ((k % 6 - 2.5) * 1.9, (k // 6) * 3.0, 0.5 if shape == "quad" else 0.0)
        bodies.append({"prototype": 1 + k, "at": at, "yaw_deg": 25.0 * k})
    return scene(parts, bodies, **changes)


def moving(frames: int = 6, **changes: Any) -> Scene:
    """A street corner in small: ground, boxes, and every kind of motion, one body carrying another; the camera
    walks."""
    parts = [
        ground(),
        [Part(shape="box", size=(1.0, 0.8, 1.2), material=1)],
        [
            Part(shape="cylinder", size=(0.6, 0.6, 1.0), material=2),
            Part(shape="box", size=(1.2, 0.1, 0.1), at=(0.0, 0.0, 1.0), material=1),
        ],
        [Part(shape="box", size=(0.2, 0.2, 0.7), at=(0.0, 0.0, -0.7), material=2)],
    ]
    path = Motion(kind="path", points=((0.0, 0.0, 0.0), (3.0, 0.5, 0.0), (3.0, 3.0, 0.0)), speed=2.0, offset=0.7)
    swing = Motion(kind="swing", axis=(0.0, 1.0, 0.0), amplitude=0.7, frequency_hz=1.1, offset=0.4)
    bodies: list[dict[str, Any]] = [
        {"prototype": 0},
        {"prototype": 1, "at": (2.5, 3.0, 0.0)},
        {"prototype": 1, "at": (-2.5, -1.0, 0.0), "motions": (path,)},
        {"prototype": 2, "at": (1.5, -1.5, 0.0), "motions": (Motion(kind="spin", speed=1.5),)},
        {
            "prototype": 1,
            "at": (-1.0, 2.0, 0.3),
            "motions": (Motion(kind="bob", axis=(0, 0, 1), amplitude=0.3, frequency_hz=0.8),),
        },
        {"prototype": 3, "at": (0.0, 0.6, 1.1), "parent": 2, "motions": (swing,)},
    ]
    poses = [look((0.25 * k, -7.0 + 0.12 * k, 2.0), (0.4, 0.0, 0.9)) for k in range(frames + 1)]
    return scene(parts, bodies, **{"poses": poses, **changes})


def crowd(key: str, bodies: int = 14, light: Light = DAY) -> Scene:
    """Random shapes, sizes, turns and scales before a random camera, on a ground that runs behind it."""
    rng = generator(f"tests/render/{key}")
    parts = [ground()]
    for _ in range(5):
        made: list[Part] = []
        for _ in range(int(rng.integers(1, 4))):
            size, at, turn = rng.uniform(0.2, 1.6, 3), rng.uniform(-0.8, 0.8, 3), rng.uniform(-180.0, 180.0, 3)
            shape = SHAPES[int(rng.integers(len(SHAPES)))]
            made.append(
                Part(shape=shape, size=tuple(size), at=tuple(at), turn_deg=tuple(turn), material=int(rng.integers(3)))
            )
        parts.append(made)
    rows: list[dict[str, Any]] = [{"prototype": 0}]
    rows += [
        {
            "prototype": int(rng.integers(1, 6)),
            "at": tuple(rng.uniform((-5.0, -3.0, 0.3), (5.0, 6.0, 2.5))),
            "yaw_deg": float(rng.uniform(0.0, 360.0)),
            "scale": tuple(rng.uniform(0.6, 1.6, 3)),
        }
        for _ in range(bodies)
    ]
    eye = tuple(rng.uniform((-2.0, -9.0, 0.8), (2.0, -6.0, 4.0)))
    return scene(
        parts, rows, poses=[look(eye, (0.0, 1.0, 1.0))] * 2, light=light, fov_deg=float(rng.uniform(45.0, 95.0))
    )
