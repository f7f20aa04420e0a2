"""Clips to WebDataset tars whose bytes depend on nothing but the clips."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from pathlib import Path

from worldfactory.errors import ShardError
from worldfactory.lineage import digest, digest_json, record_id
from worldfactory.records import Cell, Clip, Shard
from worldfactory.shard._bucket import bucket
from worldfactory.shard._tar import prune_tars, put_tar
from worldfactory.store import Home

FORMAT = "webdataset-1"
VIDEO = "video.mp4"


def write_shards(
    clips: Iterable[Clip],
    *,
    folder: Callable[[Clip], Path],
    home: Home,
    home_name: str,
    cell: Cell,
    clips_per_shard: int,
) -> list[Shard]:
    """Pack a cell's clips into tars of at most `clips_per_shard`, by bucket and index, under `VENUE/CITY/` of `home`.

    A sample is CLIP-ID.mp4, .json (the Clip record), .txt (the caption), .depth.zst, .bodies.zst, .normals.zst and
    .geometry.npz. A tar's name holds its digest, so shards that stand are never touched: one that is there with the
    right bytes is not written again, one that is damaged is. Old ones stay until `prune_shards`, to be called once
    the new records are kept, so that no record ever names a shard that is gone.

    Raises ShardError naming a clip's file that is missing or not what its record says, StoreError where the home or
    the disk refuses.
    """
    ordered = sorted(clips, key=lambda clip: (bucket(clip), clip.index, clip.id))
    shards: list[Shard] = []
    for name, members in groupby(ordered, key=bucket):
        same = list(members)
        for number, start in enumerate(range(0, len(same), clips_per_shard)):
            chunk = same[start : start + clips_per_shard]
            shards.append(_write_shard(chunk, number, name, folder, home, home_name, cell))
    return shards


def prune_shards(home: Home, cell: Cell, shards: Sequence[Shard]) -> list[str]:
    """Remove the cell's tars that are not among `shards` from `home`; return their keys."""
    return prune_tars(home, _prefix(cell), [shard.key for shard in shards])


def _prefix(cell: Cell) -> str:
    return f"{cell.venue}/{cell.city}"


def _write_shard(
    clips: Sequence[Clip],
    number: int,
    name: str,
    folder: Callable[[Clip], Path],
    home: Home,
    home_name: str,
    cell: Cell,
) -> Shard:
    parents = tuple(clip.id for clip in clips)
    # Beside the clips: there is room for a copy of them there, if anywhere, and a killed run's is swept.
    scratch = folder(clips[0]).parent / "shard.tar"
    samples = ((clip.id, _members(clip, folder(clip))) for clip in clips)
    tar = put_tar(home, f"{_prefix(cell)}/{name.replace(':', 'x')}-{number:05d}", samples, scratch)
    identity = record_id("shard", parents, digest_json([FORMAT, home_name, name]), number)
    return Shard(
        id=identity,
        parents=parents,
        cell=cell,
        home=home_name,
        key=tar.key,
        bucket=name,
        sha256=tar.sha256,
        bytes=tar.bytes,
    )


def _members(clip: Clip, folder: Path) -> dict[str, bytes]:
    members = {"json": clip.model_dump_json().encode(), "txt": clip.caption.encode()}
    for name, expected in clip.files.items():
        path = folder / name
        try:
            data = path.read_bytes()
        except OSError as error:
            raise ShardError(f"{path}: can not be read: {error.strerror}; make clip {clip.id} again") from error
        if digest(data) != expected:
            raise ShardError(f"{path}: is not what clip {clip.id} says (sha256 {expected}); make the clip again")
        members["mp4" if name == VIDEO else name] = data
    return members
