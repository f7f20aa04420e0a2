"""The kept clips in the index, and out of it by words."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace

from worldfactory.curate import EMBEDDING_SIZE
from worldfactory.flow._annotating import captions, kept_footage, torn_tables
from worldfactory.flow._curating import curation_folder
from worldfactory.flow._factory import Factory
from worldfactory.flow._report import StageReport
from worldfactory.flow._stages import kept_clips
from worldfactory.index import BROUGHT, BroughtPoint, Filters, Index, Point, embed_text, open_index
from worldfactory.records import Cell, Clip, Measurement
from worldfactory.records.source import Kept, Source
from worldfactory.store import read_table

WAIT_S = 600.0
"""How long to wait for another process to let go of the index in the data folder."""


@dataclass(frozen=True)
class Found:
    """A clip that a search found; `score` is a cosine."""

    score: float
    clip: Clip | Kept
    """Of the factory, or of brought video."""
    caption: str
    where: str
    """The cell, or the name of the file that was brought."""


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


def index_brought(factory: Factory) -> StageReport[Kept]:
    """Make the kept clips of brought video, with the captions that stand, all that the index holds of it.

    Only clips that are new or told of in other words are embedded. Raises VectorIndexError, StoreError.
    """
    root = curation_folder(factory.data)
    clips = kept_footage(root)
    told = captions(root, factory.specs.curation.annotator, clips)
    sources = {one.id: one for one in read_table(root / "sources.parquet", Source)}
    try:
        points = {
            point.id: point
            for kept, footage in clips
            for point in [BroughtPoint(kept, sources[kept.source], told[footage.id])]
        }
    except KeyError as error:
        raise torn_tables(root, error) from error
    with open_factory_index(factory) as index:
        standing = set(index.clips(Filters(cell=(BROUGHT,))))
    fresh, gone = [point for name, point in points.items() if name not in standing], standing - points.keys()
    if fresh or gone:
        # Embedded while nobody waits for the index, as in `index_cell`.
        texts = embed_text([point.caption.text for point in fresh]) if fresh else ()
        embedded = [replace(point, text=text) for point, text in zip(fresh, texts, strict=True)]
        with open_factory_index(factory) as index:
            index.upsert(embedded)
            if gone:
                index.remove(Filters(clip=tuple(sorted(gone))))
    notes = {"points": float(len(points)), "removed": float(len(gone))}
    return StageReport("index", tuple(kept for kept, _ in clips), len(fresh), notes)


def search(factory: Factory, text: str, limit: int = 8, filters: Filters | None = None) -> list[Found]:
    """The clips whose captions are nearest to `text` in meaning, the best first. Raises VectorIndexError.

    Those of brought video are among them unless `filters` ask for a city, a venue or what else only own clips have.
    """
    vector = embed_text([text])[0]
    with open_factory_index(factory) as index:
        hits = index.search(vector, "text", limit, filters or Filters())
    kept: dict[str, Kept] = {}
    if any(hit.payload["cell"] == BROUGHT for hit in hits):
        kept = {one.id: one for one in read_table(curation_folder(factory.data) / "kept.parquet", Kept)}
    found: list[Found] = []
    for hit in hits:
        said = hit.payload
        if said["cell"] == BROUGHT:
            if (one := kept.get(str(said["kept"]))) is not None:
                found.append(Found(hit.score, one, str(said["caption"]), str(said["source"])))
            continue
        cell = Cell(venue=str(said["venue"]), city=str(said["city"]))
        clip = factory.store.find(hit.clip, near=cell)
        if isinstance(clip, Clip):
            found.append(Found(hit.score, clip, clip.caption, cell.key))
    return found
