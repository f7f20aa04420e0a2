"""Pictures made by hand, as observers are given them."""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np

from worldfactory.curate._observe import SMALL_WIDTH, Observer, SeenFrame
from worldfactory.lineage import generator
from worldfactory.testfilm import Camera
from worldfactory.testfilm._world import World, camera_path

HEIGHT, WIDTH, FPS = 352, 640, 24.0


def place(key: str = "place", camera: Camera = "pan", frames: int = 60, **what: bool) -> list[np.ndarray]:
    """Frames of an invented place."""
    world = World(key, HEIGHT, WIDTH, **({"signs": False, "things": False} | what))
    return list(world.film(camera_path(generator(key, "path"), camera, frames, FPS)))


def watched(observer: Observer, frames: Iterable[np.ndarray]) -> dict[str, float]:
    """Scores of frames [H, W, 3]."""
    show(observer, frames)
    return observer.scores()


def show(observer: Observer, frames: Iterable[np.ndarray]) -> None:
    """Let an observer see frames [H, W, 3]."""
    for index, rgb in enumerate(frames):
        luma = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
        size = SMALL_WIDTH, round(luma.shape[0] * SMALL_WIDTH / luma.shape[1])
        small = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)
        observer.see(SeenFrame(index, index / FPS, cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), small, luma, limited=False))
