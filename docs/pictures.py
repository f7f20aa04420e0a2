"""Makes the README's pictures out of the factory itself: python docs/pictures.py"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from worldfactory import prompt, scene, spec
from worldfactory.export import contact_sheet
from worldfactory.records import Cell
from worldfactory.render import RenderConfig, Renderer

HERE = Path(__file__).parent

# venue, city, clip, frame: one of each venue at least, by day and by night.
GRID = [
    ("street", "mexico-city", 6, 40), ("street", "paris", 34, 40), ("street", "istanbul", 2, 40),
    ("zoo", "moscow", 2, 40), ("museum", "rio-de-janeiro", 2, 40), ("hospital", "rio-de-janeiro", 6, 40),
    ("amusement-park", "rio-de-janeiro", 2, 40), ("aquarium", "moscow", 1, 40), ("street", "marrakech", 1, 40),
]  # fmt: skip
CLIP = ("street", "rio-de-janeiro", 2)
THUMB = (432, 238)


def renderer(specs: spec.Specs, venue: str, city: str, index: int) -> tuple[Renderer, str]:
    """A clip's renderer at full size, and its prompt."""
    cell = spec.resolve(specs, Cell(venue=venue, city=city))
    wanted = prompt.prompt(cell, index)
    size = cell.factory
    return Renderer(scene.build(cell, wanted), RenderConfig(width=size.width, height=size.height)), wanted.text


def main() -> None:
    """Write worlds.png, a frame of nine cells, and truth.png, the ground truth of one clip."""
    specs = spec.load(HERE.parent / "specs")
    grid = Image.new("RGB", (3 * THUMB[0], 3 * THUMB[1]))
    for place, (venue, city, index, frame) in enumerate(GRID):
        drawn, _ = renderer(specs, venue, city, index)
        picture = Image.fromarray(drawn.frame(frame).rgb).resize(THUMB, Image.Resampling.LANCZOS)
        grid.paste(picture, (place % 3 * THUMB[0], place // 3 * THUMB[1]))
    grid.save(HERE / "worlds.png", optimize=True)
    drawn, text = renderer(specs, *CLIP)
    frames = [drawn.frame(int(i)) for i in np.linspace(20, 100, 2)]
    contact_sheet(frames, drawn.geometry, text, title=f"{CLIP[0]}:{CLIP[1]}  clip {CLIP[2]}").save(
        HERE / "truth.png", optimize=True
    )


if __name__ == "__main__":
    main()
