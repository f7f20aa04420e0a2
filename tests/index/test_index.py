"""One contract over every index; and what is the in-process one's own: its lock, its folder, its survival."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import textwrap
import time
import uuid
import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from qdrant_client import QdrantClient

from worldfactory.errors import VectorIndexError
from worldfactory.index import (
    BROUGHT,
    TEXT_SIZE,
    BroughtPoint,
    EdgeIndex,
    Filters,
    Index,
    Point,
    embed_text,
    open_index,
)
from worldfactory.index._remote import RemoteIndex
from worldfactory.lineage import record_id
from worldfactory.records import Cell, Clip
from worldfactory.records.source import FootageCaption, Kept, Source

D = 16


def unit(seed: int, size: int) -> NDArray[np.float32]:
    vector = np.random.default_rng(seed).standard_normal(size).astype(np.float32)
    return vector / np.linalg.norm(vector)


def point(index: int, city: str = "kyoto", venue: str = "zoo", **changes: Any) -> Point:
    cell = Cell(venue=venue, city=city)
    clip = Clip(
        id=record_id("clip", (cell.key,), "", index), parents=(), cell=cell, index=index, decor=(), weather="clear",
        hour=12.0, camera="walk", caption=f"caption {index}", width=64, height=64, fps=(24, 1), frames=9,
        modalities=(), files={}, bytes=0,
    ).model_copy(update=changes)  # fmt: skip
    return Point(clip, unit(index, TEXT_SIZE), unit(index + 1000, D))


Opener = Callable[[], Index]


@pytest.fixture(params=["edge", "remote", "server"])
def opener(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Opener]:
    """Opens the same index, as often as asked (one at a time)."""
    if request.param == "edge":
        yield lambda: EdgeIndex(tmp_path / "index", D)
    elif request.param == "remote":
        # The client's own in-memory server: the requests are the same, the engine is not.
        client = QdrantClient(path=str(tmp_path / "local"))
        client.close, close = lambda *_, **__: None, client.close  # type: ignore[method-assign]
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Payload indexes have no effect in the local Qdrant")
            yield lambda: RemoteIndex(client, "local", D)
        close()
    else:
        url = os.environ.get("QDRANT_URL", "")
        if not url:
            pytest.skip("QDRANT_URL names no server")
        client, collection = QdrantClient(url=url), f"test-{uuid.uuid4()}"
        yield lambda: RemoteIndex(QdrantClient(url=url), url, D, collection)
        client.delete_collection(collection)


@pytest.fixture
def index(opener: Opener) -> Iterator[Index]:
    with opener() as opened:
        yield opened


def test_the_nearest_come_first(index: Index) -> None:
    points = [point(i) for i in range(40)]
    index.upsert(points)
    for using, vectors in (("text", [p.text for p in points]), ("visual", [p.visual for p in points])):
        query = unit(7777, len(vectors[0]))
        scores = np.array([vector @ query for vector in vectors])
        hits = index.search(query, using, 5)  # type: ignore[arg-type]
        assert [hit.clip for hit in hits] == [points[i].clip.id for i in np.argsort(-scores)[:5]]
        assert np.allclose([hit.score for hit in hits], np.sort(scores)[::-1][:5], atol=1e-5)
    assert index.search(points[3].text, "text", 1)[0].payload["caption"] == "caption 3"


def test_clips_of_brought_video_stand_beside_own_ones_with_words_and_no_looks(opener: Opener) -> None:
    kept = Kept(
        id="kept-1", parents=("footage-1",), segment="segment-1", source="source-1", file="clips/a/00000.mp4",
        repeats=1, group="",
    )  # fmt: skip
    source = Source(id="source-1", parents=(), name="film.mp4", sha256="0" * 64, bytes=1)
    brought = BroughtPoint(kept, source, FootageCaption(text="A kite.", by="measured"))
    with opener() as index:
        with pytest.raises(VectorIndexError, match=r"no text vector"):
            index.upsert([brought])
        index.upsert([point(0), replace(brought, text=unit(77, TEXT_SIZE))])
        hit = index.search(unit(77, TEXT_SIZE), "text", 1)[0]
        assert (hit.clip, hit.payload["file"], hit.payload["caption"]) == (brought.id, kept.file, "A kite.")
        assert [one.clip for one in index.search(unit(1000, D), "visual", 5)] == [point(0).id]
        assert index.clips(Filters(cell=(BROUGHT,))) == [brought.id]
        assert index.clips(Filters(city=("kyoto",))) == [point(0).id]
        index.remove(Filters(clip=(brought.id,)))
        assert index.count() == 1


def test_upsert_replaces_and_survives_reopening(opener: Opener) -> None:
    with opener() as index:
        index.upsert([point(1), point(2)])
        index.upsert([point(2, weather="snow")])
        assert index.count() == 2
    with opener() as index:
        assert index.count(Filters(weather=("snow",))) == 1
        assert index.clips() == sorted([point(1).clip.id, point(2).clip.id])
        assert index.search(point(2).text, "text", 1)[0].clip == point(2).clip.id


def test_filters(index: Index) -> None:
    points = [
        point(0, "kyoto", "zoo", hour=23.5, decor=("lanterns", "banners")),
        point(1, "kyoto", "street", hour=1.0, weather="rain"),
        point(2, "lagos", "zoo", hour=3.0, decor=("lanterns",)),
        point(3, "lagos", "street", hour=12.0, weather="snow", camera="drone"),
    ]
    index.upsert(points)
    cases: list[tuple[Filters | None, list[int]]] = [
        (None, [0, 1, 2, 3]),
        (Filters(), [0, 1, 2, 3]),
        (Filters(city=("kyoto",)), [0, 1]),
        (Filters(city=("kyoto",), venue=("zoo",)), [0]),
        (Filters(city=("kyoto", "lagos"), venue=("zoo",)), [0, 2]),
        (Filters(cell=("street:lagos",)), [3]),
        (Filters(decor=("lanterns",)), [0, 2]),
        (Filters(decor=("banners", "none")), [0]),
        (Filters(weather=("rain", "snow")), [1, 3]),
        (Filters(camera=("drone",)), [3]),
        (Filters(hours=(1.0, 12.0)), [1, 2]),
        (Filters(hours=(22.0, 3.0)), [0, 1]),
        (Filters(clip=(points[3].clip.id,)), [3]),
        (Filters(venue=("zoo",), not_clip=(points[0].clip.id,)), [2]),
        (Filters(city=("nowhere",)), []),
    ]
    for filters, expected in cases:
        ids = sorted(points[i].clip.id for i in expected)
        assert index.count(filters) == len(ids), filters
        assert index.clips(filters) == ids, filters
        assert sorted(hit.clip for hit in index.search(points[0].text, "text", 10, filters)) == ids, filters


def test_remove(index: Index) -> None:
    points = [point(i, city) for city in ("kyoto", "lagos") for i in range(5)]
    index.upsert(points)
    kept = [p.clip.id for p in points[:2]]
    index.remove(Filters(cell=("zoo:kyoto",), not_clip=tuple(kept)))
    assert index.clips(Filters(city=("kyoto",))) == sorted(kept) and index.count() == 7
    index.remove(Filters(clip=(kept[0], "clip-nothing")))
    assert index.count() == 6
    with pytest.raises(ValueError, match="empty filters match every clip"):
        index.remove(Filters())
    assert index.count() == 6


def test_many_are_listed(index: Index) -> None:
    index.upsert([point(i) for i in range(300)])
    assert index.clips() == sorted(point(i).clip.id for i in range(300))


def test_wrong_vectors_are_named_and_nothing_is_written(index: Index) -> None:
    good, bad = point(1), point(2)
    broken = bad.visual.copy()
    broken[3] = np.nan
    with pytest.raises(VectorIndexError, match=r"the query: the text vector is \[3\], it must be \[384\]"):
        index.search(unit(0, 3), "text", 1)
    with pytest.raises(VectorIndexError, match=rf"{bad.clip.id}: the visual vector is \[3\], it must be \[16\]"):
        index.upsert([good, Point(bad.clip, bad.text, unit(0, 3))])
    with pytest.raises(VectorIndexError, match=rf"{bad.clip.id}: the visual vector holds a value that is not finite"):
        index.upsert([good, Point(bad.clip, bad.text, broken)])
    assert index.count() == 0


def test_an_empty_index_answers(index: Index) -> None:
    assert index.count() == 0 and index.clips() == [] and index.search(unit(0, TEXT_SIZE), "text", 3) == []


def test_another_vector_size_is_refused(tmp_path: Path) -> None:
    EdgeIndex(tmp_path / "index", D).close()
    with pytest.raises(VectorIndexError, match=r"index can not be opened.*remove it and index again"):
        EdgeIndex(tmp_path / "index", D + 1)
    EdgeIndex(tmp_path / "index", D).close()
    client = QdrantClient(":memory:")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        RemoteIndex(client, "memory", D)
        with pytest.raises(VectorIndexError, match=r"memory collection 'clips': holds vectors of sizes .*16"):
            RemoteIndex(client, "memory", D + 1)


def test_a_server_out_of_reach_is_named(tmp_path: Path) -> None:
    with pytest.raises(
        VectorIndexError, match=r"http://127\.0\.0\.1:9 collection 'clips': the index can not be opened"
    ):
        open_index(tmp_path, D, "http://127.0.0.1:9")


def test_the_folder_is_the_default(tmp_path: Path) -> None:
    with open_index(tmp_path / "index", D) as index:
        assert isinstance(index, EdgeIndex) and isinstance(index, Index)


HOLD = """
    import sys, time
    from pathlib import Path
    from worldfactory.index import EdgeIndex
    with EdgeIndex(Path(sys.argv[1]), 16):
        print("open", flush=True)
        time.sleep(float(sys.argv[2]))
"""


def hold(folder: Path, seconds: float) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", textwrap.dedent(HOLD), str(folder), str(seconds)]
    holder = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None and holder.stdout.readline() == "open\n"
    return holder


def test_a_second_opener_is_told_who_holds_it(tmp_path: Path) -> None:
    holder = hold(tmp_path / "index", 60)
    try:
        with pytest.raises(VectorIndexError, match=rf"index\.lock: held by process {holder.pid} on "):
            EdgeIndex(tmp_path / "index", D)
    finally:
        holder.kill()
        holder.wait()
    EdgeIndex(tmp_path / "index", D).close()


def test_a_second_opener_may_wait(tmp_path: Path) -> None:
    holder = hold(tmp_path / "index", 0.5)
    EdgeIndex(tmp_path / "index", D, wait_s=30).close()
    assert holder.wait() == 0


def _count(index: Index, answers: multiprocessing.SimpleQueue[str]) -> None:
    try:
        answers.put(str(index.count()))
    except VectorIndexError as error:
        answers.put(str(error))


def test_a_forked_child_is_refused(tmp_path: Path) -> None:
    with EdgeIndex(tmp_path / "index", D) as index:
        context = multiprocessing.get_context("fork")
        answers = context.SimpleQueue()
        child = context.Process(target=_count, args=(index, answers), daemon=True)
        child.start()
        child.join(30)
        assert not answers.empty() and "opened before a fork" in answers.get()


@pytest.mark.parametrize("file", ["edge_config.json", "segment.json"])
def test_a_damaged_folder_is_named(tmp_path: Path, file: str) -> None:
    with EdgeIndex(tmp_path / "index", D) as index:
        index.upsert([point(1)])
    next((tmp_path / "index").rglob(file)).write_text("{")
    with pytest.raises(VectorIndexError, match=rf"{tmp_path / 'index'}: the index can not be opened"):
        EdgeIndex(tmp_path / "index", D)
    with pytest.raises(VectorIndexError, match="can not be opened"):  # and the lock was let go
        EdgeIndex(tmp_path / "index", D)


@pytest.mark.long
def test_a_kill_during_upsert_leaves_an_index(tmp_path: Path) -> None:
    code = """
        import sys
        from pathlib import Path
        sys.path.insert(0, sys.argv[2])
        from test_index import D, EdgeIndex, point
        with EdgeIndex(Path(sys.argv[1]), D) as index:
            done = index.count()
            while True:
                index.upsert([point(i) for i in range(done, done + 50)])
                done += 50
                print(done, flush=True)
    """
    rng = np.random.default_rng(0)
    known = 0
    for _ in range(12):
        command = [sys.executable, "-c", textwrap.dedent(code), str(tmp_path / "index"), str(Path(__file__).parent)]
        writer = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert writer.stdout is not None
        for _ in range(int(rng.integers(1, 6))):
            known = max(known, int(writer.stdout.readline()))
        time.sleep(float(rng.uniform(0, 0.1)))
        writer.send_signal(signal.SIGKILL)
        writer.wait()
        with EdgeIndex(tmp_path / "index", D) as index:
            count = index.count()
            assert count >= known
            ids = index.clips()
            assert len(ids) == count and set(ids) >= {point(i).clip.id for i in range(known)}
            last = point(known - 1)
            assert index.search(last.visual, "visual", 1)[0].clip == last.clip.id


def test_text_finds_by_meaning() -> None:
    texts = [
        "A yellow tram rolls through a rainy street in Lisbon at dusk.",
        "Elephants drink at a pool in the zoo of Nairobi at noon.",
        "Nurses walk along a bright hospital corridor in Oslo.",
    ]
    vectors = embed_text(texts)
    assert vectors.shape == (3, TEXT_SIZE) and vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    queries = embed_text(["wet Portuguese city with streetcar", "animals in Kenya", "doctors and patients indoors"])
    assert (queries @ vectors.T).argmax(1).tolist() == [0, 1, 2]


def test_text_alone_or_in_company_is_the_same() -> None:
    texts = ["A short one.", "A rather longer one that goes on and on about lanterns. " * 30, "", "A short one."]
    together = embed_text(texts)
    assert np.allclose(together[0], together[3], atol=1e-6)
    for text, vector in zip(texts, together, strict=True):
        assert np.allclose(embed_text([text])[0], vector, atol=1e-5)
    assert embed_text([]).shape == (0, TEXT_SIZE)
