"""A small hand-made street that is really drawn: so that clips can be broken on purpose, one thing at a time."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from worldfactory.lineage import generator
from worldfactory.records import (
    Body,
    CameraPath,
    Cell,
    Frame,
    Geometry,
    Instance,
    Light,
    Material,
    Part,
    Prototype,
    Scene,
)
from worldfactory.render import RenderConfig, Renderer

WIDTH, HEIGHT, FRAMES = 320, 176, 17
CELL = Cell(venue="street", city="kyoto")

MATERIALS = (
    Material(name="ground", rgb=(0.25, 0.24, 0.22), pattern="paving", rgb2=(0.1, 0.1, 0.1)),
    Material(name="brick", rgb=(0.45, 0.16, 0.1), pattern="brick", rgb2=(0.5, 0.48, 0.44), cell_m=(0.6, 0.3)),
    Material(name="plaster", rgb=(0.6, 0.55, 0.45), pattern="windows", cell_m=(2.0, 3.0)),
    Material(name="leaves", rgb=(0.06, 0.16, 0.04), pattern="foliage"),
    Material(name="red", rgb=(0.5, 0.05, 0.04)),
)
PROTOTYPES = (
    Prototype(name="ground", parts=(Part(shape="quad", size=(400, 400, 1), material=0),)),
    Prototype(name="brick-house", parts=(Part(shape="box", size=(6, 6, 9), material=1),)),
    Prototype(name="plaster-house", parts=(Part(shape="box", size=(6, 6, 7), material=2),)),
    Prototype(name="tree", parts=(
        Part(shape="cylinder", size=(0.4, 0.4, 2), material=1),
        Part(shape="sphere", size=(3, 3, 3), at=(0, 0, 1.8), material=3),
    )),
    Prototype(name="bin", parts=(Part(shape="cylinder", size=(0.6, 0.6, 1), material=4),)),
)  # fmt: skip
LABELS = ("ground", "building", "building", "tree", "bin")


def looking(at: Sequence[float], yaw: float) -> np.ndarray:
    """Camera-to-world at a place, level, `yaw` radians to the left of north."""
    pose = np.eye(4, dtype=np.float32)
    forward = np.array([-math.sin(yaw), math.cos(yaw), 0.0])
    pose[:3, :3] = np.stack([[math.cos(yaw), math.sin(yaw), 0.0], [0.0, 0.0, -1.0], forward], 1)
    pose[:3, 3] = at
    return pose


def walking(step_m: float = 0.05, turn: float = 0.002, at: Sequence[float] = (0.0, 0.0, 1.6)) -> np.ndarray:
    """[N+1, 4, 4]: forward by `step_m` a frame and turning left by `turn` radians."""
    start = np.array(at, np.float64)
    return np.stack([looking(start + np.array([0, step_m * i, 0]), turn * i) for i in range(FRAMES + 1)])


def street(seed: int = 0, poses: np.ndarray | None = None, things: int = 24) -> Scene:
    """Houses, trees and bins on both sides of the way; which stands where comes from `seed`."""
    numbers = generator(f"street {seed}")
    instances = [Instance(label="ground", asset="test/ground")]
    bodies = [Body(prototype=0, instance=0)]
    for row in range(things):
        kind = int(numbers.integers(1, 5))
        side = -1 if row % 2 else 1
        away = {1: 8.0, 2: 8.0, 3: 4.0, 4: 3.0}[kind] + float(numbers.uniform(0, 1.5))
        at = (side * away, 6.0 + row // 2 * 7.0 + float(numbers.uniform(-1, 1)), 0.0)
        tint = tuple(float(c) for c in numbers.uniform(0.5, 1.0, 3))
        instances.append(Instance(label=LABELS[kind], asset=f"test/{LABELS[kind]}"))
        bodies.append(Body(prototype=kind, instance=len(instances) - 1, at=at, tint=tint))
    return Scene(
        id=f"scene-{seed}", parents=(f"prompt-{seed}",), cell=CELL, index=seed, weather="clear", fps=(24, 1),
        materials=MATERIALS, prototypes=PROTOTYPES, instances=tuple(instances), bodies=tuple(bodies),
        camera=CameraPath(
            kind="walk", poses=walking() if poses is None else poses, fov_deg=70.0,
            keys=np.zeros((FRAMES, 8)), mouse=np.zeros((FRAMES, 2)),
        ),
        light=Light(
            sun_direction=(0.4, -0.5, 0.77), sun_rgb=(1.0, 0.95, 0.85), sky_rgb=(0.3, 0.36, 0.45),
            bounce_rgb=(0.12, 0.11, 0.1), zenith_rgb=(0.12, 0.25, 0.6), horizon_rgb=(0.5, 0.6, 0.75),
            fog_rgb=(0.6, 0.65, 0.7),
        ),
    )  # fmt: skip


Drawn = tuple[list[Frame], Geometry]


def draw(scene: Scene, size: tuple[int, int] = (WIDTH, HEIGHT)) -> Drawn:
    renderer = Renderer(scene, RenderConfig(width=size[0], height=size[1]))
    return list(renderer.frames()), renderer.geometry


@pytest.fixture(scope="session")
def good() -> Drawn:
    """A clip with nothing wrong."""
    return draw(street())


@pytest.fixture(scope="session")
def others() -> list[Drawn]:
    """Three other clips of the same cell."""
    return [draw(street(seed)) for seed in (1, 2, 3)]


@pytest.fixture(scope="session")
def drawing() -> Callable[..., Drawn]:
    """Draws a street: `drawing(seed, poses=..., things=..., size=...)`."""
    return lambda *args, size=(WIDTH, HEIGHT), **kwargs: draw(street(*args, **kwargs), size)


@pytest.fixture(scope="session")
def paths() -> Callable[..., np.ndarray]:
    """Camera paths: `paths(step_m, turn, at)`."""
    return walking


@pytest.fixture(scope="session")
def repaint() -> Callable[..., list[Frame]]:
    """Frames with other pixels and the same ground truth: `repaint(frames, change)`."""

    def over(frames: Sequence[Frame], change: Callable[[np.ndarray], Any]) -> list[Frame]:
        return [replace(frame, rgb=np.ascontiguousarray(change(frame.rgb)).astype(np.uint8)) for frame in frames]

    return over
