"""The index in process: 20,000 clips in, and out by vector, by filter and by words."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from worldfactory.index import TEXT_SIZE, EdgeIndex, Filters, Point, embed_text
from worldfactory.lineage import generator
from worldfactory.records import Cell, Clip

CLIPS, VISUAL, QUERIES = 20_000, 256, 50


def run() -> dict[str, tuple[float, str]]:
    """Process CPU time; vectors are random, which is as hard as a search gets."""
    rng = generator("bench/index")
    text = rng.standard_normal((CLIPS, TEXT_SIZE)).astype(np.float32)
    visual = rng.standard_normal((CLIPS, VISUAL)).astype(np.float32)
    points = [Point(_clip(i), text[i], visual[i]) for i in range(CLIPS)]
    queries = rng.standard_normal((QUERIES, TEXT_SIZE)).astype(np.float32)
    some = Filters(city=("city-3",), hours=(18.0, 6.0))

    with tempfile.TemporaryDirectory() as folder, EdgeIndex(Path(folder) / "index", VISUAL) as index:
        upserted = _cpu_s(lambda: index.upsert(points))
        plain = _cpu_s(lambda: [index.search(query, "text", 10) for query in queries])
        filtered = _cpu_s(lambda: [index.search(query, "text", 10, some) for query in queries])
        hits = [[hit.clip for hit in index.search(query, "text", 10)] for query in queries]
    unit = text / np.linalg.norm(text, axis=1, keepdims=True)
    exact = [[points[i].clip.id for i in np.argsort(-(unit @ query))[:10]] for query in queries]
    recall = np.mean([len(set(a) & set(b)) / 10 for a, b in zip(hits, exact, strict=True)])

    captions = [f"A tram rolls through a rainy street at dusk, number {i}; " * 8 for i in range(32)]
    embed_text(captions[:2])
    embedded = _cpu_s(lambda: embed_text(captions))
    return {
        "index.upsert_cpu_us_per_clip": (1e6 * upserted / CLIPS, "cpu-us"),
        "index.search_cpu_ms": (1e3 * plain / QUERIES, f"cpu-ms, {CLIPS} clips"),
        "index.search_filtered_cpu_ms": (1e3 * filtered / QUERIES, f"cpu-ms, {CLIPS} clips"),
        "index.recall_at_10": (float(recall), "of the exact ten"),
        "index.embed_cpu_ms_per_caption": (1e3 * embedded / len(captions), "cpu-ms, about 100 words"),
    }


def _clip(index: int) -> Clip:
    return Clip(
        id=f"clip-{index:020x}", parents=(), cell=Cell(venue=f"venue-{index % 5}", city=f"city-{index % 11}"),
        index=index, decor=(), weather="clear", hour=float(index % 24), camera="walk", caption="", width=64, height=64,
        fps=(24, 1), frames=9, modalities=(), files={}, bytes=0,
    )  # fmt: skip


def _cpu_s(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began
