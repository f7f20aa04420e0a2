"""Homes: where shards live, files and clouds behind the same few calls."""

from __future__ import annotations

import abc
import io
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from worldfactory.errors import StoreError
from worldfactory.files import atomic_file, write_file

_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Listed:
    """One object in a home: its key below the home's URL, and its size."""

    key: str
    bytes: int
    mark: str = field(default="", compare=False)
    """Changes whenever the object is written again: a cloud's e-tag or time, a file's time and inode."""
    changed: float = field(default=0.0, compare=False)
    """When it was written, seconds since 1970."""


class Home(abc.ABC):
    """Objects below `url`, named by keys relative to it. Made by `open_home`; pickles.

    Every method raises StoreError naming URL and key, and nothing else.
    """

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")

    def __repr__(self) -> str:
        return f"open_home({self.url!r})"

    def url_of(self, key: str) -> str:
        """The full URL of an object."""
        return f"{self.url}/{key}"

    @abc.abstractmethod
    def put(self, key: str, data: bytes | Path) -> None:
        """Write an object from bytes or a file, atomically: readers see the old one or the new one."""

    @abc.abstractmethod
    def get(self, key: str) -> bytes:
        """An object's bytes."""

    @abc.abstractmethod
    def stream(self, key: str) -> Iterator[bytes]:
        """An object's bytes in pieces of about a megabyte, so that memory does not grow with it."""

    @abc.abstractmethod
    def size(self, key: str) -> int | None:
        """An object's size in bytes, or None if there is no such object."""

    @abc.abstractmethod
    def list(self, prefix: str = "") -> list[Listed]:
        """The objects in the folder `prefix` and those below it, in order of their keys."""

    @abc.abstractmethod
    def delete(self, key: str) -> None:
        """Remove an object; nothing happens if there is none."""

    def open(self, key: str) -> io.BufferedReader:
        """An object as a file opened for reading, from its beginning to its end."""
        return io.BufferedReader(_Pieces(self.stream(key)), _CHUNK)

    def _error(self, key: str, done: str, error: Exception) -> StoreError:
        reason = str(error).split("\n\nDebug source")[0]  # obstore adds the Rust value, of use to no one
        return StoreError(f"{self.url_of(key)}: can not be {done}: {reason}")


class FolderHome(Home):
    """A home in a folder of this machine. Plain files, so that it survives a fork."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.folder = Path(unquote(urlsplit(self.url).path))

    def _path(self, key: str) -> Path:
        """Raises StoreError for a key that leads out of the home: what lies beside it is another's."""
        if key.startswith("/") or ".." in key.split("/"):
            raise StoreError(f"{self.url_of(key)}: a key stays below its home; it has no '..' and no '/' in front")
        return self.folder / key

    def put(self, key: str, data: bytes | Path) -> None:
        try:
            if isinstance(data, bytes):
                write_file(self._path(key), data)
            else:
                with atomic_file(self._path(key)) as part:
                    shutil.copyfile(data, part)
        except OSError as error:
            raise self._error(key, "written", error) from error

    def get(self, key: str) -> bytes:
        return b"".join(self.stream(key))

    def stream(self, key: str) -> Iterator[bytes]:
        try:
            with (self._path(key)).open("rb") as file:
                while piece := file.read(_CHUNK):
                    yield piece
        except OSError as error:
            raise self._error(key, "read", error) from error

    def size(self, key: str) -> int | None:
        try:
            return (self._path(key)).stat().st_size
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._error(key, "read", error) from error

    def list(self, prefix: str = "") -> list[Listed]:
        try:
            files = [path for path in (self._path(prefix)).rglob("*") if path.is_file()]
            found = [self._listed(path) for path in files]
        except OSError as error:
            raise self._error(prefix, "listed", error) from error
        return sorted((one for one in found if not Path(one.key).name.startswith(".")), key=lambda one: one.key)

    def _listed(self, path: Path) -> Listed:
        said = path.stat()
        mark = f"{said.st_mtime_ns}-{said.st_ino}"
        return Listed(path.relative_to(self.folder).as_posix(), said.st_size, mark, said.st_mtime)

    def delete(self, key: str) -> None:
        try:
            (self._path(key)).unlink(missing_ok=True)
        except OSError as error:
            raise self._error(key, "removed", error) from error


def open_home(url: str, options: Mapping[str, str] | None = None) -> Home:
    """Open the home at `file:///folder`, `s3://bucket/prefix`, `gs://bucket/prefix` or `az://container/prefix`.

    `options` of a cloud are obstore's: region, endpoint, access_key_id, ...; allow_http and timeouts too. What is not
    given comes from the environment, as with the cloud's own tools. Raises StoreError for a URL of no known scheme,
    and for options that the scheme does not know.
    """
    parts = urlsplit(url)
    if parts.scheme == "file" and not parts.netloc and parts.path.startswith("/"):
        return FolderHome(url)
    if parts.scheme in ("s3", "gs", "az") and parts.netloc:
        from worldfactory.store._cloud import CloudHome

        return CloudHome(url, options or {})
    raise StoreError(
        f"{url!r} is no home; give file:///absolute/folder, s3://bucket/prefix, gs://bucket/prefix or "
        "az://container/prefix"
    )


class _Pieces(io.RawIOBase):
    """A readable raw file over an iterator of bytes."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._rest = memoryview(piece)
        count = min(len(buffer), len(self._rest))
        buffer[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count
