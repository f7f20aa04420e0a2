"""What a client is given: one home's shards and a way to read them, and no way to any other home's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from worldfactory.records import Shard
from worldfactory.store import Home

if TYPE_CHECKING:
    from worldfactory.shard import Sample
    from worldfactory.train import Footage


class ShardReader(Protocol):
    """The shards of one home, as its client sees them."""

    @property
    def shards(self) -> Sequence[Shard]:
        """All of them; each one's `home` is this home."""
        ...

    def clips(self, shards: Sequence[Shard]) -> Iterable[Footage]:
        """The clips of these shards, in order, read as they are iterated. Raises ShardError or StoreError."""
        ...


@dataclass(frozen=True)
class HomeShards:
    """Shards in an object store: `home` reaches the keys below its own URL and nothing else."""

    home: Home
    shards: tuple[Shard, ...]

    def clips(self, shards: Sequence[Shard]) -> Iterator[Footage]:
        """The clips of these shards, one in memory at a time. Raises ShardError naming a shard that is damaged."""
        from worldfactory.shard import samples  # here: webdataset takes a while to import

        return map(_Packed, samples(self.home, shards))


@dataclass(frozen=True)
class _Packed:
    """A sample as footage."""

    sample: Sample

    @property
    def id(self) -> str:
        return self.sample.clip.id

    @property
    def frames(self) -> int:
        return self.sample.clip.frames

    @property
    def width(self) -> int:
        return self.sample.clip.width

    @property
    def height(self) -> int:
        return self.sample.clip.height

    def rgb(self, start: int, stop: int) -> Iterator[NDArray[np.uint8]]:
        return self.sample.frames(start, stop)
