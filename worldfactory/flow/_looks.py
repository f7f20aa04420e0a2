"""Pictures of what was made: contact sheets, cells at a glance, previews."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from worldfactory import export
from worldfactory.flow._factory import Factory
from worldfactory.records import Cell, Clip, Frame, Geometry, Verdict
from worldfactory.store import write_file
from worldfactory.truth import TruthReader, read_geometry, truth_format
from worldfactory.video import decode


def read_frames(folder: Path, clip: Clip, indices: Sequence[int]) -> tuple[list[Frame], Geometry]:
    """Frames of a stored clip, with their ground truth. Raises VideoError, TruthError."""
    readers = {
        name: TruthReader(folder / f"{name}.zst", *truth_format(name, clip.height, clip.width))
        for name in clip.modalities
    }
    absent: dict[str, NDArray[Any]] = {
        "depth": np.full((clip.height, clip.width), np.inf, np.float16),
        "bodies": np.zeros((clip.height, clip.width), np.uint16),
        "normals": np.zeros((clip.height, clip.width, 2), np.uint8),
    }
    frames: list[Frame] = []
    for index in indices:
        maps = {name: readers[name][index] if name in readers else blank for name, blank in absent.items()}
        rgb = next(iter(decode(folder / "video.mp4", index, index + 1)))
        frames.append(Frame(index=index, rgb=rgb, **maps))
    return frames, read_geometry(folder / "geometry.npz")


def spread(frames: int, count: int) -> list[int]:
    """`count` frame indices, or fewer, evenly over a clip of `frames`."""
    return sorted({round((i + 0.5) * frames / count - 0.5) for i in range(count)})


def clip_sheet(folder: Path, clip: Clip, rows: int = 3) -> Image.Image:
    """The contact sheet of the clip in `folder`: rgb, depth, ids, normals and flow."""
    frames, geometry = read_frames(folder, clip, spread(clip.frames, rows))
    return export.contact_sheet(frames, geometry, clip.caption, title=f"{clip.cell.key}  clip {clip.index}  {clip.id}")


def contact_sheet(factory: Factory, clip: Clip, rows: int = 3) -> Image.Image:
    """The contact sheet of a stored clip."""
    return clip_sheet(factory.store.clip_folder(clip.cell, clip.id), clip, rows)


def cell_sheet(factory: Factory, cell: Cell, most: int = 12, thumb_width: int = 240) -> Image.Image | None:
    """A row of frames for each of the first `most` clips of a cell, and why dropped ones were; None without clips."""
    dropped = {v.clip: "; ".join(v.reasons) for v in factory.store.read(Verdict, cell)}
    rows: list[export.ClipRow] = []
    for clip in factory.store.read(Clip, cell)[:most]:
        wanted = spread(clip.frames, 4)
        video = factory.store.clip_folder(cell, clip.id) / "video.mp4"
        frames = [rgb for i in wanted for rgb in decode(video, i, i + 1)]
        label = f"{clip.index}  {clip.weather}, {int(clip.hour):02d}:{int(clip.hour % 1 * 60):02d}, {clip.camera}"
        rows.append(export.ClipRow(frames, label, dropped.get(clip.id, "")))
    return export.cell_sheet(rows, title=cell.key, thumb_width=thumb_width) if rows else None


def preview_webp(factory: Factory, clip: Clip, max_bytes: int = 200_000) -> bytes:
    """A small looping WebP of a stored clip, at most `max_bytes`."""
    step = max(1, clip.frames // 16)
    frames = list(decode(factory.store.clip_folder(clip.cell, clip.id) / "video.mp4", 0, clip.frames, step))
    return export.preview_webp(frames, max_bytes)


def write_sheet(sheet: Image.Image, file: Path) -> None:
    """Write a sheet as PNG, atomically. Raises StoreError."""
    buffer = io.BytesIO()
    sheet.save(buffer, "PNG", optimize=True)
    write_file(file, buffer.getvalue())
