"""The data folder: records come back exactly, tables are for people too, damage is named."""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import pickle
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from worldfactory.errors import StoreError, UnknownNameError
from worldfactory.lineage import record_id
from worldfactory.records import (
    Body,
    CameraPath,
    Cell,
    Checkpoint,
    ClientRound,
    Clip,
    Instance,
    Light,
    Material,
    Measurement,
    Part,
    Prompt,
    Prototype,
    Record,
    Scene,
    Shard,
    Verdict,
)
from worldfactory.store import TABLES, Store

CELL = Cell(venue="zoo", city="kyoto")
OTHER = Cell(venue="street", city="sao_paulo")


def prompt(index: int, cell: Cell = CELL, **changes: Any) -> Prompt:
    made = Prompt(
        id=record_id("prompt", (cell.key,), "spec", index), parents=("origin-1",), cell=cell, index=index, seed=3,
        decor=("lanterns",), weather="rain", hour=6.1, day=80, camera="walk", happenings=(), text="A “zoo” — 動物園",
    )  # fmt: skip
    return made.model_copy(update=changes)


def scene(index: int, bodies: int) -> Scene:
    rng = np.random.default_rng(index)
    return Scene(
        id=record_id("scene", ("p",), "spec", index), parents=("p",), cell=CELL, index=index, weather="fog",
        fps=(24, 1),
        materials=(Material(name="brick", rgb=(0.1, 0.2, 1 / 3)),),
        prototypes=(Prototype(name="box", parts=(Part(shape="box", size=(1, 1, 1), material=0),)),),
        instances=tuple(Instance(label="building", asset="house/plain") for _ in range(bodies)),
        bodies=tuple(
            Body(prototype=0, instance=i, at=tuple(rng.uniform(-90, 90, 3)), yaw_deg=float(rng.uniform(0, 360)))
            for i in range(bodies)
        ),
        camera=CameraPath(
            kind="walk", poses=rng.random((4, 4, 4), np.float32), fov_deg=70, keys=rng.integers(0, 2, (3, 8)),
            mouse=rng.random((3, 2), np.float32),
        ),
        light=Light(
            sun_direction=(0, 0, 1), sun_rgb=(1, 1, 1), sky_rgb=(1, 1, 1), bounce_rgb=(0, 0, 0), zenith_rgb=(0, 0, 1),
            horizon_rgb=(1, 1, 1), fog_rgb=(1, 1, 1),
        ),
    )  # fmt: skip


def clip(index: int, cell: Cell = CELL) -> Clip:
    return Clip(
        id=record_id("clip", ("s",), "spec", index), parents=("s",), cell=cell, index=index, decor=(), weather="clear",
        hour=12.0, camera="drone", caption="x", width=64, height=64, fps=(30000, 1001), frames=9, modalities=("depth",),
        files={"video.mp4": "ab"}, bytes=7,
    )  # fmt: skip


def verdict(index: int, scores: dict[str, float]) -> Verdict:
    return Verdict(
        id=record_id("verdict", (f"m{index}",), "spec", 0), parents=(f"m{index}",), cell=CELL, clip=f"clip-{index}",
        kept=not scores, reasons=("static: motion_px 0.02 < 0.15",) if scores else (), scores=scores,
    )  # fmt: skip


def checkpoint(name: str) -> Checkpoint:
    rounds = (ClientRound(round=0, client="aws", examples=3, loss_before=1.0, loss_after=0.5),)
    return Checkpoint(
        id=record_id("checkpoint", (name,), "m", 0), parents=(name,), model="tokenizer", file="model.safetensors",
        sha256="00", rounds=1, clients=("aws",), history=rounds, metrics={"psnr": 20.5},
    )  # fmt: skip


def keep(store: Store, made: Checkpoint) -> Path:
    folder = store.checkpoint_folder(made.id)
    with store.write_folder(folder) as part:
        (part / "checkpoint.json").write_text(made.model_dump_json())
    return folder


def same(one: Record, other: Record) -> bool:
    return type(one) is type(other) and one.model_dump_json() == other.model_dump_json()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.text(), st.floats(allow_nan=False, allow_infinity=False), st.lists(st.text())), max_size=5)
)
def test_records_come_back_exactly_and_in_order(tmp_path: Path, rows: list[tuple[str, float, list[str]]]) -> None:
    store = Store(tmp_path)
    records = [prompt(i, text=t, hour=h, happenings=tuple(d)) for i, (t, h, d) in enumerate(rows)]
    store.write(Prompt, CELL, records[::-1])
    assert store.read(Prompt, CELL) == records[::-1]


def test_scenes_come_back_exactly_and_small(tmp_path: Path) -> None:
    store = Store(tmp_path)
    scenes = [scene(i, 400) for i in range(4)]
    store.write(Scene, CELL, scenes)
    assert all(map(same, store.read(Scene, CELL), scenes))
    text = sum(len(one.model_dump_json()) for one in scenes)
    assert store.table(Scene, CELL).stat().st_size < text / 4  # random places are a third of the text
    assert store.links(Scene, CELL) == {one.id: one.parents for one in scenes}


def test_tables_are_for_people_too(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.write(Clip, CELL, [clip(0), clip(1)])
    store.write(Verdict, CELL, [verdict(0, {}), verdict(1, {"motion_px": 0.02, "blur": 0.5})])
    clips = pl.read_parquet(store.table(Clip, CELL))
    assert clips.columns[:4] == ["id", "parents", "venue", "city"] and clips.columns[-1] == "json"
    assert clips["fps"].to_list() == [[30000, 1001]] * 2 and clips["weather"].to_list() == ["clear"] * 2
    verdicts = pl.read_parquet(store.table(Verdict, CELL))
    assert verdicts.filter(~pl.col("kept"))["scores.motion_px"].to_list() == [0.02]
    assert verdicts["scores.blur"].to_list() == [None, 0.5]


@pytest.mark.parametrize("kind", TABLES)
def test_an_empty_table_is_a_table(tmp_path: Path, kind: type[Record]) -> None:
    store = Store(tmp_path)
    assert store.read(kind, CELL) == [] and store.links(kind, CELL) == {} and store.cells(kind) == []
    store.write(kind, CELL, [])
    assert store.read(kind, CELL) == [] and store.links(kind, CELL) == {} and store.cells(kind) == [CELL]


def test_same_records_same_bytes_also_in_another_process(tmp_path: Path) -> None:
    Store(tmp_path / "a").write(Scene, CELL, [scene(i, 50) for i in range(3)])
    code = (
        "import sys; from pathlib import Path; from test_tables import CELL, Scene, Store, scene\n"
        "Store(Path(sys.argv[1])).write(Scene, CELL, [scene(i, 50) for i in range(3)])"
    )
    path = os.pathsep.join([str(Path(__file__).parent), *sys.path])
    env = {**os.environ, "PYTHONPATH": path, "POLARS_MAX_THREADS": "3", "PYTHONHASHSEED": "7"}
    subprocess.run([sys.executable, "-c", code, tmp_path / "b"], check=True, env=env)
    digests = {
        hashlib.sha256(Store(tmp_path / name).table(Scene, CELL).read_bytes()).hexdigest() for name in ("a", "b")
    }
    assert len(digests) == 1


def test_find_walks_the_cells(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.write(Clip, CELL, [clip(0), clip(1)])
    store.write(Clip, OTHER, [clip(5, OTHER)])
    store.write(Prompt, CELL, [prompt(4)])
    made = checkpoint("a")
    keep(store, made)
    assert store.find(clip(1).id) == clip(1)
    assert store.find(clip(5).id, near=CELL) == clip(5, OTHER)
    assert store.find(prompt(4).id) == prompt(4)
    assert store.find(made.id) == made
    for nothing in ("clip-00", "prompt", "", "shard-1", "nonsense-1", "../../etc-passwd"):
        assert store.find(nothing) is None
    assert store.cells(Clip) == [OTHER, CELL]  # street:... before zoo:...


def test_find_looks_near_first(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.write(Clip, CELL, [clip(1)])
    store.write(Clip, OTHER, [])
    store.table(Clip, OTHER).write_bytes(b"broken")
    assert store.find(clip(1).id, near=CELL) == clip(1)


@pytest.mark.parametrize("damage", ["empty", "cut", "flip", "other"])
def test_a_damaged_table_is_named_and_the_others_go_on(tmp_path: Path, damage: str) -> None:
    store = Store(tmp_path)
    store.write(Prompt, CELL, [prompt(i) for i in range(50)])
    store.write(Prompt, OTHER, [prompt(9, OTHER)])
    path = store.table(Prompt, CELL)
    data = bytearray(path.read_bytes())
    if damage == "flip":
        data[len(data) // 8 : len(data) // 2] = bytes(len(data) // 2 - len(data) // 8)
    path.write_bytes({"empty": b"", "cut": data[:-20], "flip": data, "other": b"not parquet" * 9}[damage])
    with pytest.raises(StoreError, match=r"zoo/kyoto/prompts\.parquet"):
        store.read(Prompt, CELL)
    assert store.read(Prompt, OTHER) == [prompt(9, OTHER)]


def test_a_table_of_another_version_is_named(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.write(Prompt, CELL, [prompt(0)])
    table = pl.read_parquet(store.table(Prompt, CELL))
    table.with_columns(json=pl.col("json").str.replace('"day"', '"dag"')).write_parquet(store.table(Prompt, CELL))
    with pytest.raises(
        StoreError, match=r"prompts\.parquet: row 0 is not a Prompt of this version: Field required at day"
    ):
        store.read(Prompt, CELL)


def test_names_can_not_lead_outside(tmp_path: Path) -> None:
    store = Store(tmp_path)
    for name in ("..", "../x", "a/b", "", ".hidden"):
        with pytest.raises(UnknownNameError, match="names nothing in the data folder"):
            store.checkpoint_folder(name)
        with pytest.raises(UnknownNameError):
            store.read(Prompt, Cell(venue=name, city="x"))


def test_clip_folders_are_replaced_and_pruned(tmp_path: Path) -> None:
    store = Store(tmp_path)
    for name in ("clip-1", "clip-2"):
        with store.write_folder(store.clip_folder(CELL, name)) as folder:
            (folder / "video.mp4").write_bytes(name.encode())
    assert store.prune_clips(CELL, {"clip-2"}) == ["clip-1"]
    assert not store.clip_folder(CELL, "clip-1").exists()
    assert (store.clip_folder(CELL, "clip-2") / "video.mp4").read_bytes() == b"clip-2"
    assert store.prune_clips(OTHER, set()) == []


def test_costs_add_up(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.write_costs(CELL, {"clip-1": 41.5})
    store.write_costs(CELL, {"clip-2": 40.0, "clip-1": 39.0})
    assert store.costs(CELL) == {"clip-1": 39.0, "clip-2": 40.0}
    assert store.costs(OTHER) == {}


def test_checkpoints_by_age(tmp_path: Path) -> None:
    store = Store(tmp_path)
    first, second = checkpoint("a"), checkpoint("b")
    folders = [keep(store, one) for one in (first, second)]
    os.utime(folders[0] / "checkpoint.json", (1e9, 1e9))
    assert store.checkpoints() == [first, second]
    os.utime(folders[1] / "checkpoint.json", (1e8, 1e8))
    assert store.checkpoints() == [second, first]
    (folders[0] / "checkpoint.json").write_text("{")
    with pytest.raises(StoreError, match=r"checkpoint\.json: is not a checkpoint's record"):
        store.checkpoints()


def _append(root: Path, count: int) -> None:
    store = Store(root)
    for _ in range(count):
        with store.lock(CELL, "prompts"):
            records = store.read(Prompt, CELL)
            time.sleep(0.002)
            store.write(Prompt, CELL, [*records, prompt(len(records))])


def test_two_processes_on_one_cell_take_turns(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_append, args=(tmp_path, 8)) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
        assert worker.exitcode == 0
    assert [p.index for p in Store(tmp_path).read(Prompt, CELL)] == list(range(16))


def test_a_held_lock_names_its_holder(tmp_path: Path) -> None:
    store = Store(tmp_path)
    with (
        store.lock(CELL, "clips"),
        pytest.raises(StoreError, match=rf"zoo\.kyoto\.clips\.lock: held by process {os.getpid()} on "),
        store.lock(CELL, "clips", wait_s=0.1),
    ):
        pass
    with (
        store.lock(CELL, "clips", wait_s=0),
        store.lock(CELL, "shards", wait_s=0),
        store.lock(OTHER, "clips", wait_s=0),
    ):
        pass


def test_a_store_pickles(tmp_path: Path) -> None:
    assert pickle.loads(pickle.dumps(Store(tmp_path))) == Store(tmp_path)


def test_measurements_keep_their_embedding(tmp_path: Path) -> None:
    store = Store(tmp_path)
    embedding = np.random.default_rng(0).standard_normal(256).astype(np.float32)
    made = Measurement(
        id="measurement-1", parents=("clip-1",), cell=CELL, clip="clip-1", scores={"a": 1e-300}, embedding=embedding
    )
    store.write(Measurement, CELL, [made])
    assert np.array_equal(store.read(Measurement, CELL)[0].embedding, embedding)


def test_shards_and_their_digests_are_columns(tmp_path: Path) -> None:
    store = Store(tmp_path)
    made = Shard(
        id="shard-1", parents=("clip-1", "clip-2"), cell=CELL, home="aws", key="a/b.tar",
        bucket="64x64-1:1-9f", sha256="ff", bytes=9,
    )  # fmt: skip
    store.write(Shard, CELL, [made])
    assert pl.read_parquet(store.table(Shard, CELL))["sha256"].to_list() == ["ff"]
    assert store.read(Shard, CELL) == [made]
