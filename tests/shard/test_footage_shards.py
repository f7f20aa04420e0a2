"""Shards of brought video: whole samples, equal bytes, one clip renewing one tar, damage told."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path

import pytest

from worldfactory.errors import ShardError
from worldfactory.lineage import digest, record_id
from worldfactory.records.source import Footage, FootageCaption, Kept, Segment, Source
from worldfactory.shard import KeptClip, prune_footage_shards, write_footage_shards
from worldfactory.store import open_home


def clip(root: Path, number: int, width: int = 640) -> KeptClip:
    data = f"clip {number}".encode() * 50
    (root / f"{number:05d}.mp4").write_bytes(data)
    source = Source(id="source-1", parents=(), name="film.mp4", sha256="0" * 64, bytes=1)
    segment = Segment(
        id=record_id("segment", (source.id,), "", number), parents=(source.id,), source=source.id, index=number,
        start=0, stop=48, start_s=0.0, stop_s=2.0, file_s=0.0, before="edge", after="cut", key=True,
    )  # fmt: skip
    footage = Footage(
        id=record_id("footage", (segment.id,), "", number), parents=(segment.id,), segment=segment.id,
        file=f"{number:05d}.mp4", sha256=digest(data), bytes=len(data), width=width, height=360, fps=(24, 1),
        frames=48, audio=False, copied=False, scores={"blur_px": 1.0},
    )  # fmt: skip
    kept = Kept(
        id=record_id("kept", (footage.id,), "", number), parents=(footage.id,), segment=segment.id, source=source.id,
        file=footage.file, repeats=2, group="",
    )  # fmt: skip
    return KeptClip(kept, footage, segment, source, FootageCaption(text=f"Clip {number}.", by="measured"))


def test_samples_come_back_whole_and_a_new_clip_renews_one_tar(tmp_path: Path) -> None:
    home = open_home((tmp_path / "home").as_uri(), {})
    clips = [clip(tmp_path, i) for i in range(34)] + [clip(tmp_path, 99, width=480)]

    def pack(some: list[KeptClip]) -> set[str]:
        shards = write_footage_shards(some, folder=tmp_path, home=home, home_name="aws", clips_per_shard=8)
        prune_footage_shards(home, shards)
        assert {one.key for one in home.list("brought")} == {one.key for one in shards}
        assert all(len(one.parents) <= 8 for one in shards)
        return {one.key for one in shards}

    whole = pack(clips)
    assert pack(list(reversed(clips))) == whole
    # But for one with which there are too many for a tar, so that all are packed anew.
    renewed = [len(pack(clips[:k] + clips[k + 1 :]) ^ whole) for k in range(7)]
    assert sorted(renewed)[3] == 2
    found: dict[str, dict[str, bytes]] = {}
    for key in pack(clips):
        with tarfile.open(fileobj=io.BytesIO(home.get(key))) as tar:
            for member in tar:
                name, _, extension = member.name.partition(".")
                file = tar.extractfile(member)
                assert file is not None
                found.setdefault(name, {})[extension] = file.read()
    assert found.keys() == {one.footage.id for one in clips}
    for one in clips:
        assert digest(found[one.footage.id]["mp4"]) == one.footage.sha256
        said = json.loads(found[one.footage.id]["json"])
        assert found[one.footage.id]["txt"].decode() == one.caption.text == said["caption"]["text"]
        assert said["caption"]["by"] == "measured"
        assert Kept.model_validate(said["kept"]) == one.kept
        assert Source.model_validate(said["source"]) == one.source
    assert pack([]) == set()


def test_a_clip_that_is_damaged_is_named(tmp_path: Path) -> None:
    home = open_home((tmp_path / "home").as_uri(), {})
    one = clip(tmp_path, 3)
    (tmp_path / one.kept.file).write_bytes(b"other bytes")
    with pytest.raises(ShardError, match=r"00003\.mp4: is not what its record says .* curate film\.mp4 again"):
        write_footage_shards([one], folder=tmp_path, home=home, home_name="aws", clips_per_shard=8)
    assert list(home.list()) == []
