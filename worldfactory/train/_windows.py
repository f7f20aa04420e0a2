"""Windows: short square crops of clips, at places drawn by the clip's id, read in a stream of constant memory."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import IterableDataset, get_worker_info

from worldfactory.errors import ModelError
from worldfactory.lineage import generator
from worldfactory.spec import ModelSpec


class Footage(Protocol):
    """A clip to cut windows from; nothing is decoded before `rgb` is iterated."""

    @property
    def id(self) -> str:
        """The clip's id."""
        ...

    @property
    def frames(self) -> int:
        """How many frames it has."""
        ...

    @property
    def width(self) -> int:
        """Pixels."""
        ...

    @property
    def height(self) -> int:
        """Pixels."""
        ...

    def rgb(self, start: int, stop: int) -> Iterator[NDArray[np.uint8]]:
        """The frames from `start` to before `stop`, each [height, width, 3] uint8 sRGB."""
        ...


@dataclass(frozen=True, slots=True)
class Place:
    """Where a window lies in its clip: first frame, top row, left column."""

    start: int
    top: int
    left: int


@dataclass(frozen=True, slots=True)
class Position:
    """How far a stream of windows was read: `window` windows of epoch `epoch` lie behind."""

    epoch: int = 0
    window: int = 0


def split(ids: Iterable[str], share: float, key: str) -> tuple[frozenset[str], frozenset[str]]:
    """Clip ids to train on, and ids held out: the `share` with the lowest draws, at least one, never all.

    Of one clip none is held out, and of share 0 none either. Whether a clip is held out is up to `key` and its id, so
    that it mostly stays where it is when others come.
    """
    ranked = sorted(set(ids), key=lambda id: (generator(id, f"held out {key}").random(), id))
    held = 0 if share == 0 or len(ranked) < 2 else min(max(1, round(share * len(ranked))), len(ranked) - 1)
    return frozenset(ranked[held:]), frozenset(ranked[:held])


class Windows(IterableDataset[Tensor]):
    """Training windows without end, [3, T, S, S] float32 in [-1, 1] for T = spec.frames, S = spec.size.

    `clips(epoch)` gives the clips of an epoch, in that epoch's order; each gives `spec.windows_per_clip` windows at
    places drawn by its id, `key` and the epoch, all cut in one reading from the first frame needed to the last. Clips
    that are too short or too small are passed over; an epoch without any window raises ModelError. Memory is that
    of one clip's windows. Workers of a DataLoader share the windows out among themselves.
    """

    def __init__(
        self, clips: Callable[[int], Iterable[Footage]], spec: ModelSpec, key: str, start: Position | None = None
    ) -> None:
        self.clips = clips
        self.spec = spec
        self.key = key
        self.start = start or Position()

    def __iter__(self) -> Iterator[Tensor]:
        """The windows of this worker, of all where there are no workers."""
        info = get_worker_info()
        worker, workers = (info.id, info.num_workers) if info else (0, 1)
        return (window for _, window in self.walk(worker, workers))

    def walk(self, worker: int = 0, workers: int = 1) -> Iterator[tuple[Position, Tensor]]:
        """The windows of one of `workers`, each with the position behind it, from which to go on another time."""
        position = self.start
        while True:
            ordinal = 0
            refused: list[str] = []
            for clip in self.clips(position.epoch):
                if not _fits(clip, self.spec):
                    refused.append(f"{clip.id} is {clip.width}x{clip.height}, {clip.frames} frames")
                    continue
                wanted: list[int] = []
                for _ in range(self.spec.windows_per_clip):
                    if ordinal >= position.window and ordinal % workers == worker:
                        wanted.append(ordinal)
                    ordinal += 1
                first = ordinal - self.spec.windows_per_clip
                places = [
                    _place(clip, self.spec, f"{self.key} epoch {position.epoch} window {number - first}")
                    for number in wanted
                ]
                for number, window in zip(wanted, _cut(clip, places, self.spec), strict=True):
                    yield Position(position.epoch, number + 1), window
            if ordinal == 0:
                raise _nothing_fits(self.spec, refused)
            position = Position(position.epoch + 1)


def batches(windows: Iterable[Tensor], size: int) -> Iterator[Tensor]:
    """Each `size` windows [3, T, S, S] as one batch [size, 3, T, S, S]; what is left over at the end is dropped."""
    batch: list[Tensor] = []
    for window in windows:
        batch.append(window)
        if len(batch) == size:
            yield torch.stack(batch)
            batch = []


def held_out_windows(clips: Iterable[Footage], count: int, spec: ModelSpec, key: str) -> Tensor:
    """[spec.held_out_windows, 3, T, S, S]: windows on which to measure the loss, at places fixed by clip id and `key`.

    They are shared out evenly over `clips`, of which there are `count`; no more are read than are needed. Raises
    ModelError if no clip is long and large enough.
    """
    wanted = spec.held_out_windows
    each = -(-wanted // max(1, count))
    found: list[Tensor] = []
    refused: list[str] = []
    for clip in clips:
        if len(found) >= wanted:
            break
        if not _fits(clip, spec):
            refused.append(f"{clip.id} is {clip.width}x{clip.height}, {clip.frames} frames")
            continue
        places = [_place(clip, spec, f"{key} held out {number}") for number in range(each)]
        found += _cut(clip, places, spec)
    if not found:
        raise _nothing_fits(spec, refused)
    return torch.stack(found[:wanted])


def of_ids(clips: Iterable[Footage], ids: Collection[str]) -> Iterator[Footage]:
    """The clips whose ids are in `ids`; the others are passed over undecoded."""
    return (clip for clip in clips if clip.id in ids)


def _fits(clip: Footage, spec: ModelSpec) -> bool:
    return clip.frames >= spec.frames and min(clip.width, clip.height) >= spec.size


def _place(clip: Footage, spec: ModelSpec, stream: str) -> Place:
    random = generator(clip.id, stream)
    return Place(
        start=int(random.integers(clip.frames - spec.frames + 1)),
        top=int(random.integers(clip.height - spec.size + 1)),
        left=int(random.integers(clip.width - spec.size + 1)),
    )


def _cut(clip: Footage, places: Sequence[Place], spec: ModelSpec) -> list[Tensor]:
    """The windows at `places`, in that order, from one reading of the clip."""
    if not places:
        return []
    size = spec.size
    windows = np.empty((len(places), spec.frames, size, size, 3), np.uint8)
    start = min(place.start for place in places)
    stop = max(place.start for place in places) + spec.frames
    number = start
    for number, frame in enumerate(clip.rgb(start, stop), start=start + 1):
        for window, place in zip(windows, places, strict=True):
            if 0 <= (row := number - 1 - place.start) < spec.frames:
                window[row] = frame[place.top : place.top + size, place.left : place.left + size]
    if number < stop:
        raise ModelError(f"clip {clip.id}: its video ends after {number} frames; its record says {clip.frames}")
    return [_to_model(window) for window in windows]


def _to_model(window: NDArray[np.uint8]) -> Tensor:
    """[T, S, S, 3] uint8 -> [3, T, S, S] float32 in [-1, 1]."""
    return torch.from_numpy(window).permute(3, 0, 1, 2).to(torch.float32).mul_(1 / 127.5).sub_(1.0)


def _nothing_fits(spec: ModelSpec, refused: Sequence[str]) -> ModelError:
    needed = f"a window takes {spec.frames} frames of {spec.size}x{spec.size}"
    if not refused:
        return ModelError(f"no clips to cut windows from; {needed}")
    return ModelError(f"{needed}, and no clip is as long and large: {'; '.join(refused[:3])}")
