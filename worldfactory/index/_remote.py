"""The index on a Qdrant server."""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Sequence
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from qdrant_client import QdrantClient, models
from qdrant_client.http.exceptions import ApiException

from worldfactory.errors import VectorIndexError
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


class RemoteIndex:
    """See `Index`. The collection and its payload indexes are made if they are not there.

    Raises VectorIndexError naming `name` (the URL) and the collection, where the server is out of reach, refuses, or
    holds a collection of another vector size.
    """

    def __init__(self, client: QdrantClient, name: str, visual_size: int, collection: str = "clips") -> None:
        self._client = client
        self._collection = collection
        self._sizes: dict[Vector, int] = {"text": TEXT_SIZE, "visual": visual_size}
        self._where = f"{name} collection {collection!r}"
        with self._named("opened"):
            if not client.collection_exists(collection):
                client.create_collection(
                    collection,
                    {
                        "text": models.VectorParams(size=TEXT_SIZE, distance=models.Distance.COSINE),
                        "visual": models.VectorParams(size=visual_size, distance=models.Distance.COSINE),
                    },
                )
                for field, kind in PAYLOAD.items():
                    client.create_payload_index(collection, field, models.PayloadSchemaType(kind))
            self._check_sizes()

    def upsert(self, points: Sequence[Point | BroughtPoint]) -> None:
        for point in points:
            check_point(point, self._sizes)
        with self._named("written"):
            for start in range(0, len(points), _BATCH):
                batch = [_point(point) for point in points[start : start + _BATCH]]
                self._client.upsert(self._collection, batch, wait=True)

    def remove(self, filters: Filters) -> None:
        selected = _filter(filters)
        if selected is None:
            raise ValueError("empty filters match every clip; name what is to be removed")
        with self._named("written"):
            self._client.delete(self._collection, models.FilterSelector(filter=selected), wait=True)

    def search(
        self, vector: NDArray[np.float32], using: Vector, limit: int, filters: Filters | None = None
    ) -> list[Hit]:
        check_vector(vector, self._sizes[using], using, "the query")
        query = np.asarray(vector, np.float32).tolist()
        with self._named("searched"):
            found: list[Any] = self._client.query_points(
                self._collection, query, using=using, limit=limit, query_filter=_filter(filters), with_payload=True
            ).points
        return by_score([Hit(one.payload["clip"], float(one.score), one.payload) for one in found])

    def count(self, filters: Filters | None = None) -> int:
        with self._named("read"):
            return self._client.count(self._collection, _filter(filters), exact=True).count

    def clips(self, filters: Filters | None = None) -> list[str]:
        found: list[str] = []
        offset: Any = None
        with self._named("read"):
            while True:
                records, offset = self._client.scroll(
                    self._collection, _filter(filters), limit=_BATCH, offset=offset, with_payload=["clip"]
                )
                found.extend((record.payload or {})["clip"] for record in records)
                if offset is None:
                    return sorted(found)

    def close(self) -> None:
        with self._named("closed"):
            self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _check_sizes(self) -> None:
        vectors: Any = self._client.get_collection(self._collection).config.params.vectors
        sizes = {name: params.size for name, params in vectors.items()} if isinstance(vectors, dict) else {}
        if sizes != self._sizes:
            raise VectorIndexError(
                f"{self._where}: holds vectors of sizes {sizes}, they must be {self._sizes}; remove it"
            )

    @contextlib.contextmanager
    def _named(self, done: str) -> Generator[None, None, None]:
        try:
            yield
        except (ApiException, OSError, ValueError, RuntimeError) as error:  # in local mode bare ValueErrors too
            raise VectorIndexError(f"{self._where}: the index can not be {done}: {error}") from error


def _point(point: Point | BroughtPoint) -> models.PointStruct:
    vectors: Any = vectors_of(point)
    return models.PointStruct(id=point_id(point.id), vector=vectors, payload=point.payload())


def _filter(filters: Filters | None) -> models.Filter | None:
    if filters is None or filters.empty():
        return None
    must: list[Any] = [
        models.FieldCondition(key=key, match=models.MatchAny(any=values)) for key, values in filters.any_of().items()
    ]
    spans: list[Any] = [
        models.FieldCondition(key="hour", range=models.Range(gte=a, lt=b)) for a, b in filters.hour_spans()
    ]
    if spans:
        must.append(models.Filter(should=spans))
    without = list(filters.not_clip)
    must_not: list[Any] = [models.FieldCondition(key="clip", match=models.MatchAny(any=without))] if without else []
    return models.Filter(must=must, must_not=must_not)
