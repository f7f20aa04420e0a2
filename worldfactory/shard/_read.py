"""Shards back to clips: checked against their digests, decoded only as far as they are looked at."""

from __future__ import annotations

import hashlib
import tarfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any, BinaryIO
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from worldfactory.errors import ShardError, StoreError
from worldfactory.lineage import digest
from worldfactory.records import Clip, Geometry, Modality, Shard
from worldfactory.shard._write import VIDEO
from worldfactory.store import Home, open_home
from worldfactory.truth import TruthReader, read_geometry, truth_format
from worldfactory.video import decode


@dataclass(frozen=True, slots=True)
class Sample:
    """One clip out of a shard, still packed; its bytes are what its record says."""

    clip: Clip
    parts: Mapping[str, bytes] = field(repr=False)
    """Extension -> bytes: mp4, depth.zst, ..., geometry.npz, txt."""

    @property
    def caption(self) -> str:
        """The scene in words."""
        return self.clip.caption

    def frames(self, start: int = 0, stop: int | None = None, step: int = 1) -> Iterator[NDArray[np.uint8]]:
        """The frames `range(start, stop, step)`, each [H, W, 3] uint8. Raises VideoError."""
        return decode(self.parts["mp4"], start, stop, step)

    def truth(self, modality: Modality) -> TruthReader:
        """One modality of ground truth, frame by frame. Raises ShardError if the clip has none."""
        if modality not in self.clip.modalities:
            has = ", ".join(self.clip.modalities) or "none"
            raise ShardError(f"clip {self.clip.id} was made without {modality!r}; it has {has}")
        return TruthReader(self.parts[f"{modality}.zst"], *truth_format(modality, self.clip.height, self.clip.width))

    def geometry(self) -> Geometry:
        """Cameras, actions and bodies. Raises TruthError."""
        return read_geometry(self.parts["geometry.npz"])


def samples(
    home: Home, shards: Iterable[Shard], skipped: Callable[[Shard, ShardError], None] | None = None
) -> Iterator[Sample]:
    """The samples of `shards` in order; one clip is in memory at a time, however large the shards.

    Every file is checked against the digest in the clip's record. A shard that is missing, cut off, damaged or not
    what its record says raises ShardError naming it; with `skipped` given that is told instead, what is left of the
    shard is passed over, and the next one goes on.
    """
    for shard in shards:
        try:
            yield from _samples(home, shard)
        except ShardError as error:
            if skipped is None:
                raise
            skipped(shard, error)


def verify(home: Home, shard: Shard) -> None:
    """Read all of a shard: its digest, its clips and theirs. Raises ShardError naming it and what is wrong."""
    sha256, nbytes = hashlib.sha256(), 0
    try:
        for piece in home.stream(shard.key):
            sha256.update(piece)
            nbytes += len(piece)
    except StoreError as error:
        raise _broken(home, shard, str(error)) from error
    for _ in _samples(home, shard):
        pass  # says more exactly what is wrong, so it comes first
    if (sha256.hexdigest(), nbytes) != (shard.sha256, shard.bytes):
        raise _broken(
            home, shard, f"sha256 {sha256.hexdigest()}, {nbytes} bytes, in place of {shard.sha256}, {shard.bytes}"
        )


def urls(home: Home, shards: Iterable[Shard]) -> list[str]:
    """What the webdataset library opens the shards by: paths of a local home, URLs of a cloud."""
    full = [home.url_of(shard.key) for shard in shards]
    folder = getattr(home, "folder", None)
    return full if folder is None else [str(folder / shard.key) for shard in shards]


def register_schemes(options: Mapping[str, Mapping[str, str]], worker: int = 0) -> None:
    """Teach the webdataset library of this process s3://, gs:// and az:// URLs, read through obstore.

    `options`: scheme -> what `store.open_home` takes. DataLoader workers, which must be spawned and not forked, need
    it too: `worker_init_fn=partial(register_schemes, options)`, which passes them the unused `worker`.
    """
    from webdataset.gopen import gopen_schemes  # brings torch, two seconds

    del worker
    for scheme in ("s3", "gs", "az"):
        gopen_schemes[scheme] = _Opener(dict(options.get(scheme, {})))


@dataclass(frozen=True, slots=True)
class _Opener:
    options: dict[str, str]

    def __call__(self, url: str, mode: str = "rb", bufsize: int = 8192, **_: Any) -> BinaryIO:
        if mode != "rb":
            raise StoreError(f"{url}: webdataset may only read here; write with write_shards")
        parts = urlsplit(url)
        return open_home(f"{parts.scheme}://{parts.netloc}", self.options).open(parts.path.lstrip("/"))


def _samples(home: Home, shard: Shard) -> Iterator[Sample]:
    found: list[str] = []
    try:
        with home.open(shard.key) as file, tarfile.open(fileobj=file, mode="r|", format=tarfile.USTAR_FORMAT) as tar:
            name, parts = "", dict[str, bytes]()
            for member in tar:
                tar.members = []  # or the list of them grows with the shard  # pyright: ignore[reportAttributeAccessIssue]
                key, _, extension = PurePosixPath(member.name).name.partition(".")
                if key != name and parts:
                    yield _sample(home, shard, len(found), name, parts)
                    found.append(name)
                    parts = {}
                content = tar.extractfile(member)
                name, parts[extension] = key, content.read() if content else b""
            if parts:
                yield _sample(home, shard, len(found), name, parts)
                found.append(name)
    except (tarfile.TarError, StoreError, OSError, EOFError) as error:
        raise _broken(home, shard, str(error)) from error
    if found != list(shard.parents):
        missing = [clip for clip in shard.parents if clip not in found]
        raise _broken(home, shard, f"holds {len(found)} of {len(shard.parents)} clips; missing: {', '.join(missing)}")


def _sample(home: Home, shard: Shard, place: int, name: str, parts: dict[str, bytes]) -> Sample:
    if shard.parents[place : place + 1] != (name,):
        raise _broken(home, shard, f"{name} stands in place {place}, where another clip belongs")
    try:
        clip = Clip.model_validate_json(parts.pop("json"))
    except (KeyError, ValidationError) as error:
        raise _broken(home, shard, f"{name}.json is missing or is not a clip's record") from error
    for file, expected in clip.files.items():
        extension = "mp4" if file == VIDEO else file
        if extension not in parts:
            raise _broken(home, shard, f"{name}.{extension} is missing")
        if digest(parts[extension]) != expected:
            raise _broken(home, shard, f"{name}.{extension} is damaged: its sha256 is not {expected}")
    return Sample(clip, parts)


def _broken(home: Home, shard: Shard, reason: str) -> ShardError:
    return ShardError(
        f"{home.url_of(shard.key)}: shard {shard.id} of {shard.cell.key}: {reason}; make its shards again"
    )
