"""Builds scenes of the shipped specs for tests."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from functools import lru_cache
from itertools import product
from pathlib import Path

import numpy as np

from worldfactory import scene, spec
from worldfactory.lineage import record_id
from worldfactory.records import Cell, Prompt, Scene
from worldfactory.truth import Kinematics

SPECS = Path(__file__).resolve().parents[2] / "specs"
CITIES = tuple(sorted(p.stem for p in (SPECS / "cities").glob("*.yaml")))
VENUES = tuple(sorted(p.stem for p in (SPECS / "venues").glob("*.yaml")))
SOME_CELLS = [(VENUES[(2 * k + j) % len(VENUES)], city) for k, city in enumerate(CITIES) for j in range(2)]
"""Cells with every city twice and every venue at least twice; all of them are the long tests' matter."""
OTHER_CELLS = [cell for cell in product(VENUES, CITIES) if cell not in set(SOME_CELLS)]


@lru_cache(maxsize=1)
def specs() -> spec.Specs:
    """The shipped specs."""
    return spec.load(SPECS)


@lru_cache(maxsize=64)
def built(
    venue: str,
    city: str,
    index: int,
    camera: str = "walk",
    hour: float = 14.0,
    weather: str = "clear",
    decor: tuple[str, ...] = (),
    happenings: tuple[str, ...] = (),
    frames: int = 121,
    day: int = 150,
) -> scene.BuildReport:
    """The scene of a prompt put together by hand."""
    cell = spec.resolve(specs(), Cell(venue=venue, city=city))
    cell = dataclasses.replace(cell, factory=cell.factory.model_copy(update={"frames": frames}))
    prompt = Prompt(
        id=record_id("prompt", (f"{venue}:{city}",), "test", index),
        parents=(cell.id,),
        cell=cell.cell,
        index=index,
        seed=index,
        decor=decor,
        weather=weather,
        hour=hour,
        day=day,
        camera=camera,
        happenings=happenings,
        text="a test",
    )
    return scene.build_report(cell, prompt)


def in_view(made: Scene, rows: Sequence[int]) -> float:
    """The share of frames in which the middle of one of the instances projects into a 16:9 picture."""
    kin = Kinematics(made)
    seen = 0
    wanted = [k for k, body in enumerate(made.bodies) if body.instance in set(rows)]
    frames = range(0, made.frames, max(1, made.frames // 12))
    half = math.tan(math.radians(made.camera.fov_deg / 2))
    for frame in frames:
        world = kin.static.astype(np.float64).copy()
        world[kin.moving] = kin.at(frame * made.fps[1] / made.fps[0])
        points = np.concatenate([world[wanted, :3, 3] + [0, 0, dz] for dz in (0.0, 1.0, 4.0)])
        pose = made.camera.poses[frame].astype(np.float64)
        local = (points - pose[:3, 3]) @ pose[:3, :3]
        x, y = local[:, 0] / local[:, 2], local[:, 1] / local[:, 2]
        seen += bool(((local[:, 2] > 0.3) & (np.abs(x) < half) & (np.abs(y) < half * 9 / 16)).any())
    return seen / len(frames)
