"""Atomic writes: a reader sees the old file or folder or the new one, never a half.

The new thing is made as a hidden `.NAME.XXXXXXXX.part` beside its place, synced, and renamed into it. Its writer holds
an flock on the part, which the system drops when a process dies however it dies; so any later write into the same
folder can tell the leftovers of killed runs from work under way, and removes the former.

`exclusive` is the same lock for its own sake.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import platform
import secrets
import shutil
import sys
import time
from collections.abc import Generator
from pathlib import Path

from worldfactory.errors import StoreError

_SUFFIX = ".part"


class PendingFile:
    """A file under way: fill the empty file `part`, then `commit` puts it in the place of `path`, or `abort` drops it.

    For writers that are fed piece by piece; where one block of code does it all, `atomic_file` is shorter. Parent
    folders are made. Raises StoreError naming `path` where the system refuses (disk full, no permission).
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._stack = contextlib.ExitStack()
        self.part = self._stack.enter_context(_part(path, folder=False))

    def commit(self) -> None:
        """Sync `part` and rename it to `path`."""
        with self._stack:
            try:
                _sync(self.part)
                self.part.replace(self.path)
                _sync(self.path.parent)
            except OSError as error:
                raise refused(self.path, error) from error

    def abort(self) -> None:
        """Remove `part`; what stood at `path` stands. Does nothing after `commit`."""
        self._stack.close()


@contextlib.contextmanager
def atomic_file(path: Path) -> Generator[Path, None, None]:
    """Yield the path of an empty file to fill; on leaving it replaces `path`, on an exception it is removed.

    Parent folders are made. Raises StoreError naming `path` where the system refuses (disk full, no permission).
    """
    pending = PendingFile(path)
    try:
        yield pending.part
        pending.commit()
    except OSError as error:
        raise refused(path, error) from error
    finally:
        pending.abort()


def refused(path: Path, error: OSError) -> StoreError:
    """The StoreError for a write to `path` that the system refused with `error`."""
    where = f" ({error.filename})" if error.filename else ""
    return StoreError(f"{path}: can not be written: {error.strerror or error}{where}; the old content, if any, stands")


def write_file(path: Path, data: bytes) -> None:
    """Write `data` as the file `path`, atomically. Raises StoreError naming `path`."""
    with atomic_file(path) as part:
        part.write_bytes(data)


@contextlib.contextmanager
def atomic_folder(path: Path) -> Generator[Path, None, None]:
    """Yield an empty folder to fill; on leaving it replaces the folder `path`, on an exception it is removed.

    Parent folders are made. Raises StoreError naming `path` where the system refuses.
    """
    with _part(path, folder=True) as part:
        yield part
        for entry in sorted(part.rglob("*"), reverse=True):
            _sync(entry)
        _sync(part)
        if path.exists():
            _exchange(part, path)
            shutil.rmtree(part, ignore_errors=True)  # now the old one; what is left of it, the next sweep takes
        else:
            part.replace(path)
        _sync(path.parent)


def sweep(folder: Path) -> list[Path]:
    """Remove what killed runs left half-written directly in `folder`; return what was removed."""
    removed: list[Path] = []
    for part in sorted(folder.glob(f".*{_SUFFIX}")):
        with contextlib.suppress(OSError):
            lock = os.open(part, os.O_RDONLY)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # its writer lives: BlockingIOError, left alone
                if part.is_dir():
                    shutil.rmtree(part)
                else:
                    part.unlink()
                removed.append(part)
            finally:
                os.close(lock)
    return removed


@contextlib.contextmanager
def exclusive(path: Path, wait_s: float | None = None) -> Generator[None, None, None]:
    """Hold the lock file `path`: one process, and one thread of it, at a time; the system frees it when one dies.

    Waits for as long as it takes, or `wait_s` seconds. Not reentrant. Raises StoreError saying who holds it.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    except OSError as error:
        raise refused(path, error) from error
    try:
        _wait_for(handle, path, wait_s)
        os.truncate(handle, 0)
        os.pwrite(handle, f"process {os.getpid()} on {platform.node()}".encode(), 0)
        yield
    finally:
        os.close(handle)


def _wait_for(handle: int, path: Path, wait_s: float | None) -> None:
    if wait_s is None:
        fcntl.flock(handle, fcntl.LOCK_EX)
        return
    end = time.monotonic() + wait_s
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() >= end:
                holder = os.pread(handle, 200, 0).decode(errors="replace") or "another process"
                raise StoreError(f"{path}: held by {holder}; wait for it to end") from None
            time.sleep(0.05)


@contextlib.contextmanager
def _part(path: Path, *, folder: bool) -> Generator[Path, None, None]:
    """A new locked part beside `path`; gone again on leaving unless it was renamed away."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        sweep(path.parent)
        part, lock = _make(path, folder=folder)
        try:
            yield part
        finally:
            with contextlib.suppress(FileNotFoundError):
                if folder:
                    shutil.rmtree(part)
                else:
                    part.unlink()
            os.close(lock)
    except OSError as error:
        raise refused(path, error) from error


def _make(path: Path, *, folder: bool) -> tuple[Path, int]:
    while True:
        part = path.parent / f".{path.name}.{secrets.token_hex(4)}{_SUFFIX}"
        if folder:
            part.mkdir()
            lock = os.open(part, os.O_RDONLY)
        else:
            lock = os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o666)
        fcntl.flock(lock, fcntl.LOCK_EX)
        # Between making and locking, another process's sweep may have taken it for a leftover.
        with contextlib.suppress(FileNotFoundError):
            if os.path.samestat(part.stat(), os.fstat(lock)):
                return part, lock
        os.close(lock)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _exchange(new: Path, old: Path) -> None:
    """Swap two folders in one step where the system can (Linux renameat2, macOS renamex_np), else in two."""
    libc = ctypes.CDLL(None, use_errno=True)
    names = os.fsencode(new), os.fsencode(old)
    here, exchange = -100, ctypes.c_uint(2)  # AT_FDCWD; RENAME_EXCHANGE and RENAME_SWAP are both 2
    if sys.platform == "darwin" and libc.renamex_np(*names, exchange) == 0:
        return
    if hasattr(libc, "renameat2") and libc.renameat2(here, names[0], here, names[1], exchange) == 0:
        return
    aside = new.with_suffix(f".old{_SUFFIX}")
    old.replace(aside)
    new.replace(old)
    shutil.rmtree(aside, ignore_errors=True)
