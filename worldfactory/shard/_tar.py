"""A tar whose bytes depend on nothing but its samples, put into a home under a name that holds its digest."""

from __future__ import annotations

import hashlib
import tarfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from worldfactory.files import PendingFile, refused
from worldfactory.store import Home


@dataclass(frozen=True, slots=True)
class Tar:
    """A tar that stands in a home."""

    key: str
    sha256: str
    bytes: int


def put_tar(home: Home, stem: str, samples: Iterable[tuple[str, Mapping[str, bytes]]], scratch: Path) -> Tar:
    """Write samples (id, extension to data) as `STEM-DIGEST.tar`; one that is there with the right bytes is left alone.

    The tar is built beside `scratch`. Raises StoreError where the home or the disk refuses.
    """
    pending = PendingFile(scratch)
    try:
        try:
            with pending.part.open("wb") as file:
                for name, members in samples:
                    _add(file, name, members)
                file.write(bytes(2 * tarfile.BLOCKSIZE))
            with pending.part.open("rb") as file:
                sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            nbytes = pending.part.stat().st_size
        except OSError as error:
            raise refused(pending.path, error) from error
        key = f"{stem}-{sha256[:16]}.tar"
        if home.size(key) != nbytes or _digest(home, key) != sha256:
            home.put(key, pending.part)
    finally:
        pending.abort()
    return Tar(key, sha256, nbytes)


def prune_tars(home: Home, prefix: str, keep: Iterable[str]) -> list[str]:
    """Remove the tars below `prefix` whose keys are not to be kept; return their keys."""
    kept = set(keep)
    stale = [one.key for one in home.list(prefix) if one.key.endswith(".tar") and one.key not in kept]
    for key in stale:
        home.delete(key)
    return stale


def _digest(home: Home, key: str) -> str:
    sha256 = hashlib.sha256()
    for piece in home.stream(key):
        sha256.update(piece)
    return sha256.hexdigest()


def _add(file: BinaryIO, name: str, members: Mapping[str, bytes]) -> None:
    for extension in sorted(members):
        info = tarfile.TarInfo(f"{name}.{extension}")
        info.size = len(members[extension])  # TarInfo's own defaults are mode 0644, mtime 0 and user 0
        file.write(info.tobuf(tarfile.USTAR_FORMAT))
        file.write(members[extension])
        file.write(bytes(-info.size % tarfile.BLOCKSIZE))
