"""The kept clips in the index, and out of it by words."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace

from worldfactory.curate import EMBEDDING_SIZE
from worldfactory.flow._factory import Factory
from worldfactory.flow._report import StageReport
from worldfactory.flow._stages import kept_clips
from worldfactory.index import Filters, Index, Point, embed_text, open_index
from worldfactory.records import Cell, Clip, Measurement

WAIT_S = 600.0
"""How long to wait for another process to let go of the index in the data folder."""


@dataclass(frozen=True)
class Found:
    """A clip that a search found; `score` is a cosine."""

    score: float
    clip: Clip


def open_factory_index(factory: Factory) -> Index:
    """The factory's index: the server at QDRANT_URL (with QDRANT_API_KEY), else in process in the data folder."""
    return open_index(
        factory.store.index_folder,
        EMBEDDING_SIZE,
        os.environ.get("QDRANT_URL", ""),
        os.environ.get("QDRANT_API_KEY", ""),
        wait_s=WAIT_S,
    )


def index_cell(factory: Factory, cell: Cell) -> StageReport[Clip]:
    """Make the cell's kept clips all that the index holds of it. Raises VectorIndexError."""
    clips = kept_clips(factory, cell)
    ids = {clip.id for clip in clips}
    here = Filters(cell=(cell.key,))
    with open_factory_index(factory) as index:
        standing = set(index.clips(here))
    if standing == ids:
        return StageReport("index", tuple(clips), 0, {"points": len(clips)})
    looks = {m.clip: m.embedding for m in factory.store.read(Measurement, cell)}
    # Embedded while nobody waits for the index: another process may have it meanwhile.
    texts = embed_text([clip.caption for clip in clips])
    points = [Point(clip, text, looks[clip.id]) for clip, text in zip(clips, texts, strict=True)]
    with open_factory_index(factory) as index:
        index.upsert(points)
        index.remove(replace(here, not_clip=tuple(sorted(ids))))
    return StageReport("index", tuple(clips), len(ids ^ standing), {"points": len(points)})


def search(factory: Factory, text: str, limit: int = 8, filters: Filters | None = None) -> list[Found]:
    """The clips whose captions are nearest to `text` in meaning, the best first. Raises VectorIndexError."""
    vector = embed_text([text])[0]
    with open_factory_index(factory) as index:
        hits = index.search(vector, "text", limit, filters or Filters())
    found: list[Found] = []
    for hit in hits:
        cell = Cell(venue=str(hit.payload["venue"]), city=str(hit.payload["city"]))
        clip = factory.store.find(hit.clip, near=cell)
        if isinstance(clip, Clip):
            found.append(Found(hit.score, clip))
    return found
