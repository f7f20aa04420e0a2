"""Clips to WebDataset tars whose bytes depend on nothing but the clips."""

from __future__ import annotations

import hashlib
import tarfile
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from pathlib import Path
from typing import BinaryIO

from worldfactory.errors import ShardError
from worldfactory.files import PendingFile, refused
from worldfactory.lineage import digest, digest_json, record_id
from worldfactory.records import Cell, Clip, Shard
from worldfactory.shard._bucket import bucket
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
    keep = {shard.key for shard in shards}
    stale = [one.key for one in home.list(_prefix(cell)) if one.key.endswith(".tar") and one.key not in keep]
    for key in stale:
        home.delete(key)
    return stale


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
    pending = PendingFile(folder(clips[0]).parent / "shard.tar")
    try:
        try:
            with pending.part.open("wb") as file:
                for clip in clips:
                    _add_clip(file, clip, folder(clip))
                file.write(bytes(2 * tarfile.BLOCKSIZE))
            with pending.part.open("rb") as file:
                sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            nbytes = pending.part.stat().st_size
        except OSError as error:
            raise refused(pending.path, error) from error
        key = f"{_prefix(cell)}/{name.replace(':', 'x')}-{number:05d}-{sha256[:16]}.tar"
        if home.size(key) != nbytes or _digest(home, key) != sha256:
            home.put(key, pending.part)
    finally:
        pending.abort()
    identity = record_id("shard", parents, digest_json([FORMAT, home_name, name]), number)
    return Shard(
        id=identity, parents=parents, cell=cell, home=home_name, key=key, bucket=name, sha256=sha256, bytes=nbytes
    )


def _digest(home: Home, key: str) -> str:
    sha256 = hashlib.sha256()
    for piece in home.stream(key):
        sha256.update(piece)
    return sha256.hexdigest()


def _add_clip(file: BinaryIO, clip: Clip, folder: Path) -> None:
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
    for extension in sorted(members):
        info = tarfile.TarInfo(f"{clip.id}.{extension}")
        info.size = len(members[extension])  # TarInfo's own defaults are mode 0644, mtime 0 and user 0
        file.write(info.tobuf(tarfile.USTAR_FORMAT))
        file.write(members[extension])
        file.write(bytes(-info.size % tarfile.BLOCKSIZE))
