"""Clips to train and judge the embedder on: the factory's own, drawn small, a few frames each, with their captions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from worldfactory import caption, prompt, scene
from worldfactory.errors import WorldfactoryError
from worldfactory.lineage import generator
from worldfactory.records import Cell
from worldfactory.render import RenderConfig, Renderer
from worldfactory.spec import Specs, cells, load, resolve

HEIGHT, WIDTH = 144, 256
PICTURES = 12
"""Kept of each clip, evenly spread; the embedder takes fewer, so that windows of the clip differ."""
HELD_OUT = ("istanbul", "mumbai", "sydney")
"""Cities that no embedder is trained on."""
UNSEEN = 1_000_000
"""From this index on, clips are never trained on."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """One clip, small."""

    cell: str
    index: int
    frames: NDArray[np.uint8]
    """[PICTURES, HEIGHT, WIDTH, 3]."""
    short: str
    dense: str
    prompt: str


def small_specs(root: Path = Path("specs")) -> Specs:
    """The shipped specs with clips of this size, five seconds at 24 frames a second."""
    specs = load(root.resolve(), "")
    size = {"width": WIDTH, "height": HEIGHT, "frames": 121, "fps": Fraction(24)}
    return replace(specs, factory=specs.factory.model_copy(update=size))


def wanted_clips(specs: Specs, seed: str, held: bool | None = None, first: int = 0) -> Iterator[tuple[str, int]]:
    """Cells and indices without end, each cell as often as any: of the cities held out, of the others, or of all."""
    rng = generator(f"embedder {seed}", "clips")
    keys = [c.key for c in cells(specs) if held is None or (c.city in HELD_OUT) == held]
    while True:
        for place in rng.permutation(len(keys)):
            yield keys[int(place)], first + int(rng.integers(500_000))


def draw(specs: Specs, key: str, index: int) -> Drawn | None:
    """Draw a clip; None where the cell makes none of this index."""
    try:
        cell = resolve(specs, Cell.parse(key))
        wanted = prompt.prompt(cell, index)
        built = scene.build(cell, wanted)
        renderer = Renderer(built, RenderConfig(width=WIDTH, height=HEIGHT))
    except WorldfactoryError:
        return None
    sightings = caption.Sightings(renderer.geometry, built.fps[0] / built.fps[1])
    sightings.every = 1  # of the few frames drawn, all
    frames = np.empty((PICTURES, HEIGHT, WIDTH, 3), np.uint8)
    for place, number in enumerate(np.linspace(0, built.frames - 1, PICTURES).round().astype(int)):
        frame = renderer.frame(int(number))
        frames[place] = frame.rgb
        sightings.add(int(number), frame.bodies)
    told = caption.captions(cell, wanted, built, sightings)
    return Drawn(key, index, frames, told.short, told.dense, wanted.text)


def draw_place(number: int) -> NDArray[np.uint8]:
    """[PICTURES, HEIGHT, WIDTH, 3]: one of the test film's invented places, which no caption tells of."""
    from worldfactory.testfilm._plan import CAMERAS
    from worldfactory.testfilm._world import World, camera_path

    key = f"embedder world {number}"
    rng = generator(key, "film")
    world = World(key, HEIGHT, WIDTH, signs=bool(rng.random() < 0.5), things=bool(rng.random() < 0.4))
    path = camera_path(generator(key, "camera"), CAMERAS[int(rng.integers(len(CAMERAS)))], 84, 24.0)
    frames = np.empty((PICTURES, HEIGHT, WIDTH, 3), np.uint8)
    for place, index in enumerate(np.linspace(0, 83, PICTURES).round().astype(int)):
        frames[place] = world.frame(path[index], int(index))
    return frames
