"""Shards: the same bytes, plain webdataset, and damage that is named and passed over."""

from __future__ import annotations

import json
import shutil
import tarfile
from collections.abc import Iterator
from fractions import Fraction
from functools import partial
from pathlib import Path

import boto3
import numpy as np
import pytest
import webdataset
from hypothesis import given, settings
from hypothesis import strategies as st
from moto.server import ThreadedMotoServer
from torch.utils.data import DataLoader

from worldfactory.errors import ShardError
from worldfactory.lineage import digest, record_id
from worldfactory.records import Cell, Clip, Geometry, Shard
from worldfactory.shard import ASPECTS, bucket, prune_shards, register_schemes, samples, urls, verify, write_shards
from worldfactory.store import Home, Store, open_home
from worldfactory.truth import TruthWriter, write_geometry
from worldfactory.video import Encoder, decode

CELL = Cell(venue="zoo", city="kyoto")
FRAMES = 5


def _frame(index: int, i: int, height: int, width: int) -> np.ndarray:
    return np.broadcast_to(np.array([index * 20, i * 30, 99], np.uint8), (height, width, 3))


def make_clip(store: Store, index: int, width: int = 64, height: int = 48, text: str = "A quiet zoo.") -> Clip:
    identity = record_id("clip", (f"scene-{index}", text), f"{width}x{height}", index)
    path = store.clip_folder(CELL, identity)
    with store.write_folder(path) as folder:
        with (
            Encoder(folder / "video.mp4", width, height, Fraction(24)) as encoder,
            TruthWriter(folder / "depth.zst") as depth,
            TruthWriter(folder / "bodies.zst") as bodies,
        ):
            for i in range(FRAMES):
                encoder.add(_frame(index, i, height, width))
                depth.add(np.full((height, width), i + index, np.float16))
                bodies.add(np.full((height, width), i, np.uint16))
        write_geometry(
            folder / "geometry.npz",
            Geometry(
                poses=np.stack([np.eye(4, dtype=np.float32)] * (FRAMES + 1)),
                intrinsics=np.array([60, 60, 31.5, 23.5], np.float32),
                keys=np.zeros((FRAMES, 8), np.uint8),
                mouse=np.full((FRAMES, 2), index, np.float32),
                instance_of=np.array([0, 1], np.uint16),
                class_of=np.array([0, 1], np.uint8),
                moving=np.zeros(0, np.int32),
                transforms=np.zeros((FRAMES + 1, 0, 4, 4), np.float32),
                instances=({"label": "road"},),
            ),
        )
        files = {file.name: digest(file.read_bytes()) for file in sorted(folder.iterdir())}
        (folder / "clip.json").write_text("{}")  # a bystander: not the record's, so not the shard's
    return Clip(
        id=identity, parents=(f"scene-{index}",), cell=CELL, index=index, decor=(), weather="clear", hour=12.0,
        camera="drone", caption=text, width=width, height=height, fps=(24, 1), frames=FRAMES,
        modalities=("depth", "bodies"), files=files, bytes=sum(f.stat().st_size for f in path.iterdir()),
    )  # fmt: skip


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Store, list[Clip]]:
    store = Store(tmp_path_factory.mktemp("data"))
    return store, [*(make_clip(store, i) for i in range(5)), make_clip(store, 5, 48, 64)]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return open_home((tmp_path / "home").as_uri())


def write(
    made: tuple[Store, list[Clip]], home: Home, per_shard: int = 2, clips: list[Clip] | None = None
) -> list[Shard]:
    store, every = made
    return write_shards(
        every if clips is None else clips,
        folder=lambda clip: store.clip_folder(CELL, clip.id),
        home=home,
        home_name="aws",
        cell=CELL,
        clips_per_shard=per_shard,
    )


def stamp(path: Path) -> dict[str, tuple[int, int]]:
    return {p.name: (p.stat().st_mtime_ns, p.stat().st_ino) for p in path.rglob("*.tar")}


def test_buckets_split_and_order(made: tuple[Store, list[Clip]], home: Home) -> None:
    clips = made[1]
    shards = write(made, home, clips=clips[::-1])
    assert [shard.bucket for shard in shards] == ["48x64-3:4-5f", *["64x48-4:3-5f"] * 3]
    assert [len(shard.parents) for shard in shards] == [1, 2, 2, 1]
    assert [clip for shard in shards[1:] for clip in shard.parents] == [clip.id for clip in clips[:5]]
    assert len({shard.id for shard in shards}) == 4
    for shard in shards:
        data = home.get(shard.key)
        assert (digest(data), len(data)) == (shard.sha256, shard.bytes)
        assert shard.key.startswith("zoo/kyoto/") and ":" not in shard.key
        verify(home, shard)
    assert not list(made[0].root.rglob(".*.part"))


@settings(deadline=None)
@given(st.integers(2, 4000), st.integers(2, 4000))
def test_every_size_has_the_nearest_aspect(width: int, height: int) -> None:
    clip = Clip.model_construct(width=width, height=height, frames=9)
    size, aspect, length = bucket(clip).split("-")
    assert (size, length) == (f"{width}x{height}", "9f")
    chosen = tuple(map(int, aspect.split(":")))
    ratio = width / height
    for other in ASPECTS:
        far = max(ratio / (other[0] / other[1]), other[0] / other[1] / ratio)
        near = max(ratio / (chosen[0] / chosen[1]), chosen[0] / chosen[1] / ratio)
        assert near <= far * (1 + 1e-9)


def test_tars_carry_no_trace_of_when_and_who(made: tuple[Store, list[Clip]], home: Home) -> None:
    shard = write(made, home)[1]
    with tarfile.open(fileobj=home.open(shard.key), mode="r|") as tar:
        members = list(tar)
    assert all((m.mtime, m.uid, m.gid, m.uname, m.gname) == (0, 0, 0, "", "") for m in members)
    assert [m.name for m in members] == [
        f"{clip}.{part}"
        for clip in shard.parents
        for part in ("bodies.zst", "depth.zst", "geometry.npz", "json", "mp4", "txt")
    ]


def test_again_writes_nothing(made: tuple[Store, list[Clip]], home: Home, tmp_path: Path) -> None:
    first = write(made, home)
    before = stamp(tmp_path)
    assert write(made, home) == first
    assert stamp(tmp_path) == before
    assert write(made, open_home((tmp_path / "elsewhere").as_uri())) == first


def test_a_damaged_shard_is_made_again(made: tuple[Store, list[Clip]], home: Home, tmp_path: Path) -> None:
    shards = write(made, home)
    path = Path(urls(home, shards)[0])
    data = bytearray(path.read_bytes())
    data[2000] ^= 1
    path.write_bytes(data)
    before = stamp(tmp_path)
    assert write(made, home) == shards
    assert sum(before[name] != now for name, now in stamp(tmp_path).items()) == 1
    verify(home, shards[0])


def test_stale_shards_go_when_told(made: tuple[Store, list[Clip]], home: Home) -> None:
    old = write(made, home, per_shard=2)
    home.put("zoo/osaka/keep.tar", b"another cell's")
    home.put("zoo/kyoto_east/keep.tar", b"a cell of a longer name")
    new = write(made, home, per_shard=3)
    assert all(home.size(shard.key) for shard in old)
    gone = prune_shards(home, CELL, new)
    assert gone and set(gone) == {s.key for s in old} - {s.key for s in new}
    assert all(home.size(shard.key) for shard in new)
    assert home.size("zoo/osaka/keep.tar") and home.size("zoo/kyoto_east/keep.tar")


def test_no_clips_no_shards(made: tuple[Store, list[Clip]], home: Home) -> None:
    assert write(made, home, clips=[]) == []


def test_samples_decode(made: tuple[Store, list[Clip]], home: Home) -> None:
    store, clips = made
    shards = write(made, home)
    found = {sample.clip.id: sample for sample in samples(home, shards)}
    assert {clip.id: clip for clip in clips} == {name: sample.clip for name, sample in found.items()}
    for clip in clips:
        sample = found[clip.id]
        folder = store.clip_folder(CELL, clip.id)
        assert np.array_equal(list(sample.frames(1, None, 2)), list(decode(folder / "video.mp4", 1, None, 2)))
        assert [float(frame[0, 0]) for frame in sample.truth("depth")] == [i + clip.index for i in range(FRAMES)]
        assert sample.truth("bodies")[3].shape == (clip.height, clip.width)
        assert sample.geometry().mouse[0, 0] == clip.index
        assert sample.caption == "A quiet zoo."
        with pytest.raises(ShardError, match="made without 'normals'; it has depth, bodies"):
            sample.truth("normals")


def check_plain(batch: list[dict[str, bytes]], clips: list[Clip]) -> None:
    """Samples as the plain webdataset library gives them, in any order."""
    assert sorted(sample["__key__"] for sample in batch) == sorted(clip.id for clip in clips)
    for sample in batch:
        clip = Clip.model_validate(json.loads(sample["json"]))
        assert clip in clips
        assert sample["txt"].decode() == clip.caption
        assert all(digest(sample["mp4" if name == "video.mp4" else name]) == sha for name, sha in clip.files.items())
        assert len(list(decode(sample["mp4"]))) == FRAMES


def test_plain_webdataset_reads_them(made: tuple[Store, list[Clip]], home: Home) -> None:
    shards = write(made, home)
    check_plain(list(webdataset.WebDataset(urls(home, shards), shardshuffle=False)), made[1])


@pytest.mark.parametrize("workers", [0, 2])
def test_a_data_loader_reads_them(made: tuple[Store, list[Clip]], home: Home, workers: int) -> None:
    shards = write(made, home)
    dataset = webdataset.WebDataset(urls(home, shards), shardshuffle=False)
    check_plain(list(DataLoader(dataset, batch_size=None, num_workers=workers)), made[1])


@pytest.fixture(scope="module")
def s3() -> Iterator[dict[str, str]]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    options = {
        "endpoint": f"http://{host}:{port}",
        "region": "us-east-1",
        "access_key_id": "a",
        "secret_access_key": "b",
        "allow_http": "true",
    }
    boto3.client(
        "s3",
        endpoint_url=options["endpoint"],
        region_name="us-east-1",
        aws_access_key_id="a",
        aws_secret_access_key="b",
    ).create_bucket(Bucket="worlds")
    yield options
    server.stop()


def test_from_a_cloud_home_through_webdataset_and_workers(made: tuple[Store, list[Clip]], s3: dict[str, str]) -> None:
    home = open_home("s3://worlds/shards", s3)
    shards = write(made, home)
    assert write(made, home) == shards
    assert sum(1 for _ in samples(home, shards)) == 6
    assert urls(home, shards)[0] == f"s3://worlds/shards/{shards[0].key}"
    options = {"s3": s3}
    register_schemes(options)
    dataset = webdataset.WebDataset(urls(home, shards), shardshuffle=False)
    check_plain(list(dataset), made[1])
    loader = DataLoader(
        dataset,
        batch_size=None,
        num_workers=2,
        multiprocessing_context="spawn",
        worker_init_fn=partial(register_schemes, options),
    )
    check_plain(list(loader), made[1])


@pytest.mark.parametrize("damage", ["missing", "cut", "empty", "byte", "header", "swapped", "lost clip"])
def test_a_corrupt_shard_is_named_and_the_others_go_on(made: tuple[Store, list[Clip]], home: Home, damage: str) -> None:
    shards = write(made, home)
    victim = shards[1]
    path = Path(urls(home, [victim])[0])
    data = bytearray(path.read_bytes())
    if damage == "missing":
        path.unlink()
    elif damage in ("cut", "empty"):
        path.write_bytes(data[: len(data) // 2 if damage == "cut" else 0])
    elif damage == "byte":
        data[data.index(b"ftypisom") + 300] ^= 1
        path.write_bytes(data)
    elif damage == "header":
        data[data.index(victim.parents[1].encode()) + 5] ^= 1
        path.write_bytes(data)
    elif damage == "swapped":
        shutil.copy(urls(home, [shards[2]])[0], path)
    else:
        path.write_bytes(data[: data.index(victim.parents[1].encode())] + bytes(1024))
    for read in (lambda: list(samples(home, shards)), lambda: verify(home, victim)):
        with pytest.raises(ShardError) as caught:
            read()
        assert victim.key in str(caught.value) and victim.id in str(caught.value) and "zoo:kyoto" in str(caught.value)
    told: list[tuple[str, str]] = []
    found = [s.clip.id for s in samples(home, shards, lambda shard, error: told.append((shard.id, str(error))))]
    assert [shard for shard, _ in told] == [victim.id]
    assert [c for c in found if c not in victim.parents] == [c for s in shards if s != victim for c in s.parents]
    for shard in shards:
        if shard != victim:
            verify(home, shard)


@pytest.mark.parametrize("damage", ["missing", "changed"])
def test_a_damaged_clip_is_named_and_nothing_is_written(
    made: tuple[Store, list[Clip]], tmp_path: Path, damage: str
) -> None:
    store = Store(tmp_path / "data")
    clip = make_clip(store, 1)
    file = store.clip_folder(CELL, clip.id) / "depth.zst"
    if damage == "missing":
        file.unlink()
    else:
        file.write_bytes(file.read_bytes()[:-1])
    home = open_home((tmp_path / "home").as_uri())
    with pytest.raises(ShardError, match=rf"depth\.zst: .*{clip.id}"):
        write((store, [clip]), home)
    assert home.list() == [] and not list(tmp_path.rglob("*.part"))
