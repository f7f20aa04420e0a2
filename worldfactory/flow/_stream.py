"""Frames with ground truth and actions, without end, straight from the specs to the training loop.

Nothing touches the disk, and memory stays constant: one clip is drawn at a time, frame by frame.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.data import IterableDataset, get_worker_info

from worldfactory import prompt, scene, truth
from worldfactory.flow._factory import Factory, open_factory
from worldfactory.records import Cell, Frame, Geometry, Prompt

Field = Literal["rgb", "depth", "instances", "classes", "normals", "flow"]
FIELDS: tuple[Field, ...] = get_args(Field)


@dataclass(frozen=True)
class FrameStream(IterableDataset[dict[str, Any]]):
    """An endless dataset of frames; see `stream`. DataLoader workers each draw their own clips."""

    factory: Factory
    cells: tuple[Cell, ...]
    fields: tuple[Field, ...] = FIELDS
    start: int = 0

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for _, frames in self.clips():
            yield from frames

    def clips(self) -> Iterator[tuple[Prompt, Iterator[dict[str, Any]]]]:
        """The same clip by clip: (prompt, its frames), without end."""
        info = get_worker_info()
        worker, workers = (0, 1) if info is None else (int(info.id), int(info.num_workers))
        for number in count(self.start + worker, workers):
            index, place = divmod(number, len(self.cells))
            one = prompt.prompt(self.factory.cell(self.cells[place]), index)
            yield one, self._frames(one)

    def _frames(self, one: Prompt) -> Iterator[dict[str, Any]]:
        from worldfactory.render import RenderConfig, Renderer

        spec = self.factory.cell(one.cell)
        renderer = Renderer(scene.build(spec, one), RenderConfig(width=spec.factory.width, height=spec.factory.height))
        fps = spec.factory.fps
        before: Frame | None = None
        for frame in renderer.frames():
            if before is not None:
                yield self._item(one, before, frame, renderer.geometry, float(fps))
            before = frame
        if before is not None:
            yield self._item(one, before, None, renderer.geometry, float(fps))

    def _item(self, one: Prompt, frame: Frame, after: Frame | None, geometry: Geometry, fps: float) -> dict[str, Any]:
        item: dict[str, Any] = {
            "cell": one.cell.key,
            "clip": one.index,
            "frame": frame.index,
            "time_s": frame.index / fps,
            "caption": one.text,
            "pose": torch.from_numpy(geometry.poses[frame.index].copy()),
            "intrinsics": torch.from_numpy(geometry.intrinsics.copy()),
            "keys": torch.from_numpy(geometry.keys[frame.index].copy()),
            "mouse": torch.from_numpy(geometry.mouse[frame.index].copy()),
            "delta": torch.from_numpy(truth.camera_deltas(geometry.poses[frame.index : frame.index + 2])[0]),
        }
        for field in self.fields:
            if field == "flow":
                flow, occluded = truth.flow(
                    geometry,
                    frame.index,
                    frame.depth,
                    frame.bodies,
                    after.depth if after else None,
                    after.bodies if after else None,
                )
                item["flow"] = torch.from_numpy(flow)
                item["occluded"] = torch.from_numpy(occluded)
            else:
                item[field] = torch.from_numpy(_field(field, frame, geometry))
        return item


def _field(field: Field, frame: Frame, geometry: Geometry) -> NDArray[Any]:
    if field == "rgb":
        return np.ascontiguousarray(frame.rgb.transpose(2, 0, 1))
    if field == "depth":
        return frame.depth
    if field == "normals":
        return truth.decode_normals(frame.normals)
    if field == "instances":
        return truth.instances(geometry, frame.bodies).astype(np.int32)
    return truth.classes(geometry, frame.bodies)


def stream(
    specs: Path | str | None = None,
    *,
    cities: Sequence[str] = (),
    venues: Sequence[str] = (),
    profile: str | None = None,
    fields: Sequence[Field] = FIELDS,
    start: int = 0,
) -> FrameStream:
    """An endless torch IterableDataset of frames with ground truth and actions.

    Cells take turns, clip by clip; clip k of a cell is the same clip as `worldfactory clip CITY VENUE k` makes.
    Under a DataLoader each worker draws its own clips; start elsewhere with `start`, e.g. for each rank.

    Each item is one frame: rgb [3,H,W] uint8; depth [H,W] float16, metres, +inf for sky; instances [H,W] int32;
    classes [H,W] uint8; normals [H,W,3] float32, camera space; flow [H,W,2] float16, pixels to the next frame, with
    occluded [H,W] bool; pose [4,4] float32, camera-to-world; intrinsics [4] float32; keys [8] uint8 and mouse [2]
    float32, the action that leads to the next frame, and delta [9] float32, what it does to the camera: metres right,
    down and forward and the first two columns of the rotation; cell, clip, frame, time_s and caption.

    Raises SpecError, UnknownNameError, and ValueError for a field that there is not.
    """
    unknown = [field for field in fields if field not in FIELDS]
    if unknown:
        raise ValueError(f"no such field: {', '.join(unknown)}; allowed: {', '.join(FIELDS)}")
    factory = open_factory(Path(specs) if specs is not None else None, profile=profile)
    cells = tuple(factory.select(cities, venues))
    if not cells:
        raise ValueError(f"{factory.specs.root} holds no cells: it needs at least one city and one venue")
    return FrameStream(factory, cells, tuple(fields), start)
