"""Every check passes on good data and fails on data that was broken on purpose, saying what is wrong."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from assets.checks import Look, look_at_clips, look_at_index, look_at_prompts, look_at_shards
from resources import FactoryResource
from resources.quality import Verdict, judge
from tests.assets.conftest import CELL
from worldfactory import flow
from worldfactory.index import Filters
from worldfactory.records import Cell, Clip, Measurement, Prompt, Shard
from worldfactory.store import Store

HERE = Cell.parse(CELL)


@pytest.fixture
def broken(made: FactoryResource, tmp_path: Path) -> FactoryResource:
    """The made factory with its data copied, to be broken."""
    shutil.copytree(made.data, tmp_path / "data")
    return FactoryResource(specs=made.specs, data=str(tmp_path / "data"), homes=made.homes)


def hold(factory: FactoryResource, look: Look) -> Verdict:
    return judge("suite", *look(factory, HERE))


def failed(factory: FactoryResource, look: Look) -> set[str]:
    """The columns whose expectations fail; 'rows' for the number of rows."""
    return {outcome.column.partition(" ")[0] or "rows" for outcome in hold(factory, look).outcomes if not outcome.ok}


@pytest.mark.parametrize("look", [look_at_prompts, look_at_clips, look_at_shards, look_at_index])
def test_good_data_holds(made: FactoryResource, look: Look) -> None:
    verdict = hold(made, look)
    assert verdict.ok, verdict.summary
    assert verdict.percent == 100.0


def prompt_edited(**fields: object) -> Callable[[Store], None]:
    def change(store: Store) -> None:
        first, *rest = store.read(Prompt, HERE)
        store.write(Prompt, HERE, [first.model_copy(update=fields), *rest])

    return change


def prompt_repeated(store: Store) -> None:
    first, second = store.read(Prompt, HERE)
    store.write(Prompt, HERE, [first, second.model_copy(update={"text": first.text})])


def prompt_lost(store: Store) -> None:
    store.write(Prompt, HERE, store.read(Prompt, HERE)[:1])


@pytest.mark.parametrize(
    ("change", "columns"),
    [
        (prompt_edited(text="Too short."), {"words"}),
        (prompt_edited(text=""), {"text", "words"}),
        (prompt_edited(text=" ".join(["a corpse lies there"] + ["and"] * 90)), {"unsafe"}),
        (prompt_edited(id=""), {"id"}),
        (prompt_edited(cell=Cell(venue="zoo", city="kyoto")), {"cell"}),
        (prompt_repeated, {"text"}),
        (prompt_lost, {"rows"}),
    ],
)
def test_bad_prompts_are_found(broken: FactoryResource, change: Callable[[Store], None], columns: set[str]) -> None:
    change(broken.factory.store)
    assert failed(broken, look_at_prompts) == columns


def clip_file(store: Store, name: str) -> Path:
    return store.clip_folder(HERE, store.read(Clip, HERE)[0].id) / name


def truth_lost(store: Store) -> None:
    clip_file(store, "depth.zst").unlink()


def truth_emptied(store: Store) -> None:
    clip_file(store, "depth.zst").write_bytes(b"")


def truth_altered(store: Store) -> None:
    file = clip_file(store, "normals.zst")
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)


def video_swapped(store: Store) -> None:
    from worldfactory.video import encode

    file = clip_file(store, "video.mp4")
    clip = store.read(Clip, HERE)[0]
    encode(file, [np.zeros((clip.height, clip.width, 3), np.uint8)] * (clip.frames - 1), Fraction(24))


def clip_lost(store: Store) -> None:
    store.write(Clip, HERE, store.read(Clip, HERE)[1:])


def frames_wrong(store: Store) -> None:
    first, *rest = store.read(Clip, HERE)
    store.write(Clip, HERE, [first.model_copy(update={"frames": first.frames + 1}), *rest])


@pytest.mark.parametrize(
    ("change", "columns"),
    [
        (truth_lost, {"missing", "bytes"}),
        (truth_emptied, {"empty", "altered", "bytes"}),
        (truth_altered, {"altered"}),
        (video_swapped, {"altered", "bytes", "video"}),
        (clip_lost, {"rows"}),
        (frames_wrong, {"frames", "video"}),
    ],
)
def test_bad_clips_are_found(broken: FactoryResource, change: Callable[[Store], None], columns: set[str]) -> None:
    change(broken.factory.store)
    assert failed(broken, look_at_clips) == columns


def shard_file(factory: FactoryResource) -> Path:
    return next((factory.factory.data / "homes").glob("*/**/*.tar"))


def test_a_corrupt_shard_is_found_and_named(broken: FactoryResource) -> None:
    file = shard_file(broken)
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)
    assert failed(broken, look_at_shards) == {"damage"}
    assert file.name in hold(broken, look_at_shards).summary


def test_a_lost_shard_is_found(broken: FactoryResource) -> None:
    shard_file(broken).unlink()
    assert failed(broken, look_at_shards) == {"damage"}


@pytest.mark.parametrize(
    ("fields", "columns"),
    [
        ({"home": "aws"}, {"damage", "home"}),
        ({"bytes": 0}, {"bytes", "damage"}),
        ({"parents": ()}, {"damage", "samples"}),
    ],
)
def test_a_manifest_that_lies_is_found(broken: FactoryResource, fields: dict[str, object], columns: set[str]) -> None:
    store = broken.factory.store
    first, *rest = store.read(Shard, HERE)
    store.write(Shard, HERE, [first.model_copy(update=fields), *rest])
    assert failed(broken, look_at_shards) == columns


def test_a_lost_point_is_found(broken: FactoryResource) -> None:
    clip = flow.kept_clips(broken.factory, HERE)[0]
    with flow.open_factory_index(broken.factory) as index:
        index.remove(Filters(clip=(clip.id,)))
    assert failed(broken, look_at_index) == {"points", "by_words", "by_looks"}


def test_a_point_with_the_wrong_vector_is_found(broken: FactoryResource) -> None:
    store = broken.factory.store
    first, *rest = store.read(Measurement, HERE)
    store.write(Measurement, HERE, [first.model_copy(update={"embedding": -first.embedding}), *rest])
    assert failed(broken, look_at_index) == {"by_looks"}


def test_a_point_of_a_clip_that_was_dropped_is_found(broken: FactoryResource) -> None:
    factory = broken.factory
    strict = factory.specs.factory.thresholds.model_copy(update={"min_motion_px": 1e6, "max_motion_px": 1e7})
    spec = factory.specs.factory.model_copy(update={"thresholds": strict})
    flow.decide(replace(factory, specs=replace(factory.specs, factory=spec)), HERE)
    assert {"rows", "kept"} <= failed(broken, look_at_index)
    assert {"rows"} == failed(broken, look_at_shards)
