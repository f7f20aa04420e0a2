"""Footage for test films: the factory's own clips drawn on the spot, and video from files."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from worldfactory import prompt, scene
from worldfactory.errors import VideoError
from worldfactory.flow._factory import Factory
from worldfactory.lineage import generator
from worldfactory.spec import resolve
from worldfactory.testfilm import FilmSpec, fitted
from worldfactory.video import VideoReader

MOVING = ("walk", "drone", "drive", "dolly", "orbit", "third-person")
"""Cameras that always move: of given footage the film's truth says that something does."""


def drawn_footage(factory: Factory, spec: FilmSpec, clips: int, seconds: float = 8.5) -> dict[str, NDArray[np.uint8]]:
    """So many of the factory's own clips at the film's size: cell and index to frames [N, H, W, 3].

    Which cells, the film's seed says. Raises SceneError, RenderError; ValueError for a size that no clip can have.
    """
    from worldfactory.render import RenderConfig, Renderer

    rng = generator(f"testfilm {spec.seed}", "footage")
    cells = factory.select()
    size = factory.specs.factory.model_copy(
        update={"width": spec.width, "height": spec.height, "fps": spec.fps, "frames": round(seconds * spec.fps)}
    )
    specs = replace(factory.specs, factory=size)
    footage: dict[str, NDArray[np.uint8]] = {}
    for _ in range(clips):
        cell = resolve(specs, cells[int(rng.integers(len(cells)))])
        index = int(rng.integers(1000))
        while (wanted := prompt.prompt(cell, index)).camera not in MOVING:
            index += 1
        built = scene.build(cell, wanted)
        renderer = Renderer(built, RenderConfig(width=spec.width, height=spec.height))
        footage[f"{cell.cell.key}/{index}"] = np.stack([frame.rgb.copy() for frame in renderer.frames()])
    return footage


def read_footage(paths: Iterable[Path], spec: FilmSpec, seconds: float = 30.0) -> dict[str, NDArray[np.uint8]]:
    """The beginning of each video, at most `seconds` of it, made to cover the film's size: file name to frames.

    Frames are taken one for one, whatever the video's rate. Raises VideoError naming the file.
    """
    footage: dict[str, NDArray[np.uint8]] = {}
    most = round(seconds * spec.fps)
    for path in sorted(paths):
        frames: list[NDArray[np.uint8]] = []
        with VideoReader(path) as reader:
            for picture in reader.pictures():
                frames.append(fitted(picture.frame.to_ndarray(format="rgb24"), spec.height, spec.width))
                if len(frames) == most:
                    break
        if path.name in footage:
            raise VideoError(f"{path}: another file given has the same name")
        footage[path.name] = np.stack(frames)
    return footage
