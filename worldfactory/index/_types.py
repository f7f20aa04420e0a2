"""What every index takes and gives."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Literal, Protocol, Self, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from worldfactory.errors import VectorIndexError
from worldfactory.lineage import digest, record_id
from worldfactory.records import Clip
from worldfactory.records.source import FootageCaption, Kept, Source

Vector = Literal["text", "visual"]
VECTORS: tuple[Vector, ...] = ("text", "visual")

PAYLOAD: Mapping[str, Literal["keyword", "float"]] = {
    "clip": "keyword",
    "cell": "keyword",
    "city": "keyword",
    "venue": "keyword",
    "decor": "keyword",
    "weather": "keyword",
    "camera": "keyword",
    "hour": "float",
}
"""Indexed payload fields; `caption` and `index` are kept beside them."""

BROUGHT = "brought"
"""Stands for the cell of clips of brought video, which have none."""


@dataclass(frozen=True, slots=True)
class Point:
    """A clip to be found. text: [384] float32; visual: [D] float32; compared by cosine, so length is no matter."""

    clip: Clip
    text: NDArray[np.float32]
    visual: NDArray[np.float32]

    @property
    def id(self) -> str:
        """The clip's."""
        return self.clip.id

    def payload(self) -> dict[str, Any]:
        """What is stored beside the vectors."""
        clip = self.clip
        return {
            "clip": clip.id,
            "cell": clip.cell.key,
            "city": clip.cell.city,
            "venue": clip.cell.venue,
            "decor": list(clip.decor),
            "weather": clip.weather,
            "camera": clip.camera,
            "hour": clip.hour,
            "index": clip.index,
            "caption": clip.caption,
        }


@dataclass(frozen=True, slots=True)
class BroughtPoint:
    """A kept clip of brought video, to be found by its caption. text: [384] float32, once it is worked out."""

    kept: Kept
    source: Source
    caption: FootageCaption
    text: NDArray[np.float32] | None = None
    visual: None = None
    """Of an embedder that people choose, so of another length than that of the factory's own clips."""

    @property
    def id(self) -> str:
        """Of the clip and of what is said of it: with another caption it is another point."""
        return record_id("told", (self.kept.id,), digest(self.caption.text.encode()), 0)

    def payload(self) -> dict[str, Any]:
        """What is stored beside the vector."""
        return {
            "clip": self.id,
            "cell": BROUGHT,
            "kept": self.kept.id,
            "file": self.kept.file,
            "source": self.source.name,
            "caption": self.caption.text,
            "by": self.caption.by,
        }


@dataclass(frozen=True, slots=True)
class Hit:
    """A clip found. `score` is the cosine to the query; `payload` as of `Point.payload`."""

    clip: str
    score: float
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Filters:
    """Which clips count: each field given must hold; within a field any of its values will do."""

    city: tuple[str, ...] = ()
    venue: tuple[str, ...] = ()
    cell: tuple[str, ...] = ()
    """Partition keys, `venue:city`."""
    decor: tuple[str, ...] = ()
    weather: tuple[str, ...] = ()
    camera: tuple[str, ...] = ()
    clip: tuple[str, ...] = ()
    hours: tuple[float, float] | None = None
    """Half-open, in [0, 24]; from 22 to 3 runs over midnight."""
    not_clip: tuple[str, ...] = ()
    """None of these."""

    def any_of(self) -> dict[str, list[str]]:
        """Field -> values, for the fields given."""
        fields = ("city", "venue", "cell", "decor", "weather", "camera", "clip")
        return {name: list(getattr(self, name)) for name in fields if getattr(self, name)}

    def hour_spans(self) -> list[tuple[float, float]]:
        """The half-open spans that `hour` may lie in; none if any will do."""
        if self.hours is None:
            return []
        start, end = self.hours
        return [(start, end)] if start <= end else [(start, 24.0), (0.0, end)]

    def empty(self) -> bool:
        """Whether every clip counts."""
        return not self.any_of() and self.hours is None and not self.not_clip


@runtime_checkable
class Index(Protocol):
    """Clips by vector and payload. A context manager; every method raises VectorIndexError."""

    def upsert(self, points: Sequence[Point | BroughtPoint]) -> None:
        """Add points, replacing those of the same clips; on return they can be found and are on disk."""
        ...

    def remove(self, filters: Filters) -> None:
        """Forget the clips that `filters` match. Raises ValueError for empty filters."""
        ...

    def search(
        self, vector: NDArray[np.float32], using: Vector, limit: int, filters: Filters | None = None
    ) -> list[Hit]:
        """The `limit` clips nearest to `vector`, the nearest first, equals by id."""
        ...

    def count(self, filters: Filters | None = None) -> int:
        """How many clips `filters` match."""
        ...

    def clips(self, filters: Filters | None = None) -> list[str]:
        """The ids of the clips that `filters` match, sorted."""
        ...

    def close(self) -> None:
        """Let go of the index; further calls fail."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


def check_vector(vector: NDArray[np.float32], size: int, using: Vector, whose: str) -> None:
    """Raises VectorIndexError unless `vector` is [size] and finite."""
    if vector.shape != (size,):
        raise VectorIndexError(f"{whose}: the {using} vector is {list(vector.shape)}, it must be [{size}]")
    if not np.isfinite(vector).all():
        raise VectorIndexError(f"{whose}: the {using} vector holds a value that is not finite")


def check_point(point: Point | BroughtPoint, sizes: Mapping[Vector, int]) -> None:
    """Raises VectorIndexError unless the point has a text vector, and its vectors are as `check_vector` asks."""
    if point.text is None:
        raise VectorIndexError(f"{point.id}: has no text vector; embed its caption first")
    check_vector(point.text, sizes["text"], "text", point.id)
    if point.visual is not None:
        check_vector(point.visual, sizes["visual"], "visual", point.id)


def vectors_of(point: Point | BroughtPoint) -> dict[str, list[float]]:
    """The vectors that a point has, by name."""
    both = {"text": point.text, "visual": point.visual}
    return {name: vector.tolist() for name, vector in both.items() if vector is not None}


def point_id(clip: str) -> str:
    """Qdrant's id, a UUID, for a clip's."""
    return str(uuid.UUID(digest(clip.encode())[:32]))


def by_score(hits: list[Hit]) -> list[Hit]:
    """The nearest first, equals by id."""
    return sorted(hits, key=lambda hit: (-hit.score, hit.clip))
