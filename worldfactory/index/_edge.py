"""The index in process: Qdrant's engine on a folder, with one process at a time."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Generator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import qdrant_edge as edge
from numpy.typing import NDArray

from worldfactory.errors import StoreError, VectorIndexError
from worldfactory.files import atomic_folder, exclusive
from worldfactory.index._text import TEXT_SIZE
from worldfactory.index._types import (
    PAYLOAD,
    BroughtPoint,
    Filters,
    Hit,
    Point,
    Vector,
    by_score,
    check_point,
    check_vector,
    point_id,
    vectors_of,
)

_BATCH = 256


class EdgeIndex:
    """See `Index`. Holds the folder's lock while open: a second opener would damage the first one's data.

    Searches are exact: up to about 100,000 clips that takes milliseconds, and a graph would lose some of them. Waits
    `wait_s` seconds for another process to let go. Raises VectorIndexError saying who holds it, or that the folder is
    damaged or of another vector size.
    """

    def __init__(self, folder: Path, visual_size: int, *, wait_s: float = 0.0) -> None:
        self._folder = folder
        self._sizes: dict[Vector, int] = {"text": TEXT_SIZE, "visual": visual_size}
        self._process = os.getpid()
        self._stack = contextlib.ExitStack()
        try:
            self._stack.enter_context(exclusive(folder.with_name(f"{folder.name}.lock"), wait_s))
        except StoreError as error:
            raise VectorIndexError(f"the vector index is in use: {error}") from error
        try:
            with self._named("opened", "; remove it and index again"):
                if not folder.exists():
                    _create(folder, visual_size)
                self._shard = edge.EdgeShard.load(str(folder), _config(visual_size))
            self._stack.callback(self._shard.close)
        except BaseException:
            self._stack.close()
            raise

    def upsert(self, points: Sequence[Point | BroughtPoint]) -> None:
        for point in points:
            check_point(point, self._sizes)
        with self._named("written"):
            for start in range(0, len(points), _BATCH):
                batch = [_point(point) for point in points[start : start + _BATCH]]
                self._shard.update(edge.UpdateOperation.upsert_points(batch))
            self._shard.flush()

    def remove(self, filters: Filters) -> None:
        selected = _filter(filters)
        if selected is None:
            raise ValueError("empty filters match every clip; name what is to be removed")
        with self._named("written"):
            self._shard.update(edge.UpdateOperation.delete_points_by_filter(selected))
            self._shard.flush()

    def search(
        self, vector: NDArray[np.float32], using: Vector, limit: int, filters: Filters | None = None
    ) -> list[Hit]:
        check_vector(vector, self._sizes[using], using, "the query")
        query = edge.Query.Nearest(np.asarray(vector, np.float32).tolist(), using=using)
        request = edge.QueryRequest(limit=limit, query=query, filter=_filter(filters), with_payload=True)
        with self._named("searched"):
            found: list[Any] = self._shard.query(request)
        return by_score([Hit(one.payload["clip"], float(one.score), one.payload) for one in found])

    def count(self, filters: Filters | None = None) -> int:
        with self._named("read"):
            return self._shard.count(edge.CountRequest(True, _filter(filters)))

    def clips(self, filters: Filters | None = None) -> list[str]:
        found: list[str] = []
        offset: Any = None
        with self._named("read"):
            while True:
                request = edge.ScrollRequest(
                    offset=offset, limit=_BATCH, filter=_filter(filters), with_payload=["clip"], with_vector=False
                )
                records, offset = self._shard.scroll(request)
                found.extend((record.payload or {})["clip"] for record in records)
                if offset is None:
                    return sorted(found)

    def close(self) -> None:
        with self._named("closed"):
            self._stack.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextlib.contextmanager
    def _named(self, done: str, advice: str = "") -> Generator[None, None, None]:
        if os.getpid() != self._process:
            raise VectorIndexError(f"{self._folder}: the index was opened before a fork; open it in the child instead")
        try:
            yield
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:  # the engine raises bare Exceptions, and its panics are not even those
            raise VectorIndexError(f"{self._folder}: the index can not be {done}: {error}{advice}") from error


def _config(visual_size: int) -> edge.EdgeConfig:
    vectors = {
        "text": edge.EdgeVectorParams(TEXT_SIZE, edge.Distance.Cosine),
        "visual": edge.EdgeVectorParams(visual_size, edge.Distance.Cosine),
    }
    # With the write-ahead log an upsert survives a kill; without it, only a flush does.
    return edge.EdgeConfig(vectors=vectors, wal_enabled=True, max_search_threads=1)


def _create(folder: Path, visual_size: int) -> None:
    schemas = {"keyword": edge.PayloadSchemaType.Keyword, "float": edge.PayloadSchemaType.Float}
    with atomic_folder(folder) as part:
        shard = edge.EdgeShard.create(str(part), _config(visual_size))
        for field, kind in PAYLOAD.items():
            shard.update(edge.UpdateOperation.create_field_index(field, schemas[kind]))
        shard.flush()
        shard.close()


def _point(point: Point | BroughtPoint) -> edge.Point:
    vectors: Any = vectors_of(point)
    return edge.Point(point_id(point.id), vectors, point.payload())


def _filter(filters: Filters | None) -> edge.Filter | None:
    if filters is None or filters.empty():
        return None
    must: list[Any] = [
        edge.FieldCondition(key, match=edge.MatchAny(values)) for key, values in filters.any_of().items()
    ]
    spans: list[Any] = [
        edge.FieldCondition("hour", range=edge.RangeFloat(gte=a, lt=b)) for a, b in filters.hour_spans()
    ]
    if spans:
        must.append(edge.Filter(should=spans))
    without = list(filters.not_clip)
    must_not: list[Any] = [edge.FieldCondition("clip", match=edge.MatchAny(without))] if without else []
    return edge.Filter(must=must, must_not=must_not)
