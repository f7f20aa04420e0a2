"""Homes for tests: in memory, and real shards of real videos in folders."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

from tests.train.footage import Pan, clips
from worldfactory.errors import ShardError
from worldfactory.federate import HomeShards
from worldfactory.lineage import digest
from worldfactory.records import Cell, Clip, Shard
from worldfactory.shard import write_shards
from worldfactory.store import open_home
from worldfactory.video import encode


class Memory:
    """A home whose shards are lists of synthetic clips, two to a shard. Nothing can be read while it is `broken`."""

    def __init__(self, name: str, count: int, broken: bool = False) -> None:
        self.name = name
        self.broken = broken
        self.readings = 0
        self._clips = {clip.id: clip for clip in clips(count, name)}
        ids = list(self._clips)
        self.shards: Sequence[Shard] = [
            Shard(
                id=f"shard-{name}-{start}", parents=tuple(ids[start : start + 2]), cell=Cell(venue="zoo", city=name),
                home=name, key=f"zoo/{name}/{start}.tar", bucket="64x48-4:3-12f",
                sha256=digest(f"{name}{start}".encode()), bytes=1,
            )
            for start in range(0, count, 2)
        ]  # fmt: skip

    def clips(self, shards: Sequence[Shard]) -> Iterator[Pan]:
        self.readings += 1
        if self.broken:
            raise ShardError(f"zoo/{self.name}/0.tar: sha256 differs")
        return (self._clips[clip] for shard in shards for clip in shard.parents)


def memory(**counts: int) -> dict[str, Memory]:
    """`memory(aws=2, gcp=3)`: homes with that many clips."""
    return {name: Memory(name, count) for name, count in counts.items()}


def stored(root: Path, name: str, count: int) -> HomeShards:
    """A home in a folder: `count` encoded clips in a cell, written as shards of two."""
    cell = Cell(venue="zoo", city=f"city-of-{name}")
    records: list[Clip] = []
    for index, clip in enumerate(clips(count, f"clip-{name}")):
        file = root / "clips" / clip.id / "video.mp4"
        encode(file, clip.rgb(), Fraction(24))
        data = file.read_bytes()
        records.append(
            Clip(
                id=clip.id, parents=(), cell=cell, index=index, decor=(), weather="clear", hour=12.0, camera="walk",
                caption="A texture that pans.", width=clip.width, height=clip.height, fps=(24, 1), frames=clip.frames,
                modalities=(), files={"video.mp4": digest(data)}, bytes=len(data),
            )
        )  # fmt: skip
    home = open_home(f"file://{root / 'homes' / name}")
    shards = write_shards(
        records,
        folder=lambda clip: root / "clips" / clip.id,
        home=home,
        home_name=name,
        cell=cell,
        clips_per_shard=2,
    )
    return HomeShards(home, tuple(shards))
