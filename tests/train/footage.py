"""Small synthetic clips: a coloured texture with the 1/frequency spectrum of natural footage, panning."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from worldfactory.lineage import generator
from worldfactory.spec import ModelSpec

TINY = ModelSpec(channels=16, latent_channels=8, size=32, frames=5, batch=2, held_out_windows=4, learning_rate=2e-3)
"""A model that takes about 10 ms a step."""


@dataclass
class Pan:
    """A clip by its id; `decoded` counts the frames that were asked for."""

    id: str
    frames: int = 12
    width: int = 64
    height: int = 48
    decoded: int = field(default=0, compare=False)

    def rgb(self, start: int = 0, stop: int | None = None) -> Iterator[NDArray[np.uint8]]:
        for frame in _frames(self.id, self.frames, self.width, self.height)[start:stop]:
            self.decoded += 1
            yield frame


@lru_cache(maxsize=64)
def _frames(key: str, frames: int, width: int, height: int) -> NDArray[np.uint8]:
    """[frames, height, width, 3] uint8."""
    random = generator(key, "pan")
    times, rows, columns = np.mgrid[0:frames, 0:height, 0:width].astype(np.float32)
    # Waves [8]: cycles per 64 pixels along each axis, amplitude by frequency, a phase for each colour.
    waves = random.uniform(-3, 3, (8, 2)) * (2 * np.pi / 64)
    strength = 60 / (0.5 + np.hypot(*waves.T) * (64 / (2 * np.pi)))
    phases = random.uniform(0, 2 * np.pi, (8, 1)) + random.normal(0, 0.3, (8, 3))
    speed = random.uniform(-3, 3, 2)
    y, x = rows + speed[0] * times, columns + speed[1] * times
    video = np.full((frames, height, width, 3), 128, np.float32)
    for (v, u), amplitude, phase in zip(waves, strength, phases, strict=True):
        video += amplitude * np.sin((v * y + u * x)[..., None] + phase)
    return np.clip(video, 0, 255).astype(np.uint8)


def clips(count: int, prefix: str = "clip") -> list[Pan]:
    """`count` clips with ids PREFIX-0, PREFIX-1, ..."""
    return [Pan(f"{prefix}-{number}") for number in range(count)]
