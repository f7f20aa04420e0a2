"""The gallery: every place at a glance, as one page of looping previews with ground truth, captions and costs."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from worldfactory import prompt, scene
from worldfactory.errors import StoreError
from worldfactory.export import Tile, gallery_html, preview_webp, truth_grid
from worldfactory.flow._clips import clip_id, spread_work
from worldfactory.flow._factory import Factory
from worldfactory.flow._looks import spread
from worldfactory.flow._report import Progress, silent
from worldfactory.records import Cell
from worldfactory.store import write_file

PAGE = "index.html"
_WIDTH = 400
"""Of a preview, in pixels."""
_FRAMES = 24
_PREVIEW_BYTES = 400_000
_MANY = {"city": "cities", "venue": "venues", "clip": "clips"}


def make_gallery(
    factory: Factory,
    cells: Sequence[Cell],
    folder: Path,
    clips: int = 1,
    workers: int = 1,
    progress: Progress = silent,
) -> tuple[Path, list[str]]:
    """Write the page of the first `clips` clips of `cells` into `folder`; (the page, what failed in words).

    Nothing is taken from the data folder and nothing goes there. Pictures that still hold are kept: a tile is drawn
    again only when what its clip is made of changes. Raises StoreError where `folder` holds other things.
    """
    if folder.exists() and not folder.is_dir():
        raise StoreError(f"{folder}: is a file; give a folder for the gallery")
    if folder.is_dir() and any(folder.iterdir()) and not ((folder / PAGE).is_file() or (folder / "tiles").is_dir()):
        raise StoreError(f"{folder}: holds other things; give a folder that is empty or not there yet")
    todo = [(factory, cell, index, folder / "tiles") for cell in cells for index in range(clips)]
    tiles, failures = spread_work(_tile, todo, workers, progress, "places")
    counted = {"city": len({t.city for t in tiles}), "venue": len({t.venue for t in tiles}), "clip": len(tiles)}
    title = ", ".join(f"{n} {word}" if n == 1 else f"{n} {_MANY[word]}" for word, n in counted.items())
    write_file(folder / PAGE, gallery_html(tiles, title, failures).encode())
    wanted = {name for tile in tiles for name in (f"{tile.clip}.json", Path(tile.preview).name, Path(tile.truth).name)}
    if not failures:
        for file in (folder / "tiles").iterdir():
            if file.name not in wanted:
                file.unlink()
    return folder / PAGE, failures


def _tile(factory: Factory, cell: Cell, index: int, folder: Path) -> Tile:
    """Draw one clip's pictures, or take those that stand."""
    from worldfactory.render import RenderConfig, Renderer

    spec = factory.cell(cell)
    wanted = prompt.prompt(spec, index)
    began = time.process_time()
    built = scene.build(spec, wanted)
    name = clip_id(spec, built)
    standing = _standing(folder / f"{name}.json")
    if standing is not None:
        return standing
    renderer = Renderer(built, RenderConfig(width=spec.factory.width, height=spec.factory.height))
    setup_ms = 1000 * (time.process_time() - began)
    shown = spread(built.frames, _FRAMES)
    renderer.frame(shown[0])  # compiles what is not compiled yet, which is no frame's cost
    costs: list[float] = []

    def frames() -> Iterator[NDArray[np.uint8]]:
        for number in shown:
            before = time.process_time()
            drawn = renderer.frame(number)
            costs.append(1000 * (time.process_time() - before))
            yield drawn.rgb

    seconds = built.frames * built.fps[1] / built.fps[0]
    moving = preview_webp(frames(), _PREVIEW_BYTES, fps=len(shown) / seconds, width=_WIDTH)
    views = io.BytesIO()
    truth_grid(renderer.frame(shown[len(shown) // 2]), renderer.geometry, thumb_width=_WIDTH).save(
        views, "WEBP", quality=80
    )
    tile = Tile(
        clip=name,
        venue=cell.venue,
        city=cell.city,
        index=index,
        caption=wanted.text,
        weather=wanted.weather,
        hour=wanted.hour,
        camera=wanted.camera,
        decor=wanted.decor,
        instances=len(built.instances),
        triangles=renderer.triangles,
        cpu_ms_per_frame=median(costs),
        build_cpu_ms=setup_ms,
        size=(spec.factory.width, spec.factory.height),
        preview=f"{folder.name}/{name}.webp",
        truth=f"{folder.name}/{name}-truth.webp",
    )
    write_file(folder / f"{name}.webp", moving)
    write_file(folder / f"{name}-truth.webp", views.getvalue())
    write_file(folder / f"{name}.json", tile.model_dump_json(indent=1).encode())
    return tile


def _standing(file: Path) -> Tile | None:
    """The tile that `file` tells of, if it and its pictures are there."""
    try:
        tile = Tile.model_validate_json(file.read_bytes())
    except (OSError, ValidationError):
        return None
    return tile if all((file.parent.parent / name).is_file() for name in (tile.preview, tile.truth)) else None
