"""Per-pixel ground truth on disk: one independent zstd frame (RFC 8878) per video frame, and a seek table.

The file is what `zstd -d` reads: decompressed, it is the raw little-endian arrays one after the other. The seek table
is a skippable frame at the end, in the layout of zstd's contrib/seekable_format/zstd_seekable_compression_format.md, so
any one frame is read without the others.

Level 1 on raw arrays. A vertical delta before it would save a third of the bytes of a 1280x704 street, and make reading
three times as slow and the files no longer plain.
"""

from __future__ import annotations

import contextlib
import itertools
import math
import struct
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import zstandard
from numpy.typing import NDArray

from worldfactory.errors import TruthError
from worldfactory.files import PendingFile, refused
from worldfactory.records import Modality

_DTYPES: dict[Modality, np.dtype[Any]] = {
    "depth": np.dtype("<f2"),
    "bodies": np.dtype("<u2"),
    "normals": np.dtype("u1"),
}
_CHANNELS: dict[Modality, tuple[int, ...]] = {"depth": (), "bodies": (), "normals": (2,)}

_ENTRY = struct.Struct("<II")  # bytes of the compressed frame, bytes of the array
_HEAD = struct.Struct("<II")  # skippable magic, bytes that follow
_FOOT = struct.Struct("<IBI")  # number of frames, descriptor (no checksums here, the frames have their own), magic
_SKIPPABLE, _SEEKABLE = 0x184D2A5E, 0x8F92EAB1


def truth_format(modality: Modality, height: int, width: int) -> tuple[np.dtype[Any], tuple[int, ...]]:
    """The type and shape of one frame's array: what `TruthReader` is opened with."""
    return _DTYPES[modality], (height, width, *_CHANNELS[modality])


class TruthWriter:
    """Writes one modality of one clip while it is drawn; the file appears, whole, on `close`.

    The first array sets the type and shape, the rest must agree. As a context manager it closes on leaving, or drops
    everything on an exception. Raises TruthError for an array that differs, StoreError where the disk refuses.
    """

    def __init__(self, path: Path, *, level: int = 1) -> None:
        self._path = path
        self._format: tuple[np.dtype[Any], tuple[int, ...]] | None = None
        self._compressor = zstandard.ZstdCompressor(level=level, write_checksum=True, write_content_size=True)
        self._entries: list[bytes] = []
        self._pending = PendingFile(path)
        self._file = self._pending.part.open("wb")

    def add(self, array: NDArray[Any]) -> None:
        """Append the array of the next video frame."""
        now = array.dtype.newbyteorder("<"), array.shape
        self._format = self._format or now
        if now != self._format:
            dtype, shape = self._format
            raise TruthError(
                f"{self._path}: frame {len(self._entries)} is {array.dtype}{list(array.shape)}, "
                f"those before it are {dtype}{list(shape)}"
            )
        raw = np.ascontiguousarray(array, now[0])
        packed = self._compressor.compress(raw.data.cast("B"))
        self._entries.append(_ENTRY.pack(len(packed), array.nbytes))
        self._write(packed)

    def close(self) -> None:
        """Write the seek table and put the file in its place."""
        table = b"".join(self._entries)
        foot = _FOOT.pack(len(self._entries), 0, _SEEKABLE)
        self._write(_HEAD.pack(_SKIPPABLE, len(table) + len(foot)) + table + foot)
        self._file.close()
        self._pending.commit()

    def abort(self) -> None:
        """Drop everything; what stood at the path stands. Does nothing after `close`."""
        with contextlib.suppress(OSError):  # a full disk refuses the last buffered bytes once more
            self._file.close()
        self._pending.abort()

    def _write(self, data: bytes) -> None:
        try:
            self._file.write(data)
            self._file.flush()  # so that a full disk shows here and not on closing
        except OSError as error:
            self.abort()
            raise refused(self._path, error) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None:
                self.close()
        finally:
            self.abort()


class TruthReader:
    """Random access to one modality of one clip, from a file or its bytes.

    `reader[i]` and iteration give arrays as written, read-only. Nothing but the seek table is kept, no file stays
    open, so a reader can be pickled and shared by threads. Raises TruthError naming the file, and the frame, where
    one is missing, cut off, damaged or not of this type and shape; see `truth_format`.
    """

    def __init__(self, source: Path | bytes, dtype: np.dtype[Any] | type[Any], shape: tuple[int, ...]) -> None:
        self._source = source
        self._name = f"{source}" if isinstance(source, Path) else f"<{len(source)} bytes of ground truth>"
        self._dtype = np.dtype(dtype).newbyteorder("<")
        self._shape = shape
        self._nbytes = math.prod(self._shape) * self._dtype.itemsize
        self._offsets = self._seek_table()

    def __len__(self) -> int:
        return len(self._offsets) - 1

    def __getitem__(self, index: int) -> NDArray[Any]:
        frame = range(len(self))[index]  # negative indices, and IndexError
        start, end = self._offsets[frame : frame + 2]
        try:
            raw = zstandard.ZstdDecompressor().decompress(self._bytes(start, end), max_output_size=self._nbytes)
        except zstandard.ZstdError as error:
            raise TruthError(f"{self._name}: frame {frame} is damaged: {error}") from error
        if len(raw) != self._nbytes:
            raise TruthError(f"{self._name}: frame {frame} is damaged: {len(raw)} bytes in place of {self._nbytes}")
        return np.frombuffer(raw, self._dtype).reshape(self._shape)

    def __iter__(self) -> Iterator[NDArray[Any]]:
        return (self[i] for i in range(len(self)))

    def _seek_table(self) -> list[int]:
        size = len(self._source) if isinstance(self._source, bytes) else self._size(self._source)
        if size < _HEAD.size + _FOOT.size:
            raise TruthError(f"{self._name}: cut off or not ground truth: {size} bytes, too few for a seek table")
        count, descriptor, magic = _FOOT.unpack(self._bytes(size - _FOOT.size, size))
        length = count * _ENTRY.size + _FOOT.size
        start = size - length - _HEAD.size
        if magic != _SEEKABLE or descriptor != 0 or start < 0:
            raise TruthError(f"{self._name}: cut off or not ground truth: no zstd seek table at its end")
        table = self._bytes(start, size)
        entries = list(_ENTRY.iter_unpack(table[_HEAD.size : -_FOOT.size]))
        offsets = [0, *itertools.accumulate(packed for packed, _ in entries)]
        if _HEAD.unpack(table[: _HEAD.size]) != (_SKIPPABLE, length) or offsets[-1] != start:
            raise TruthError(f"{self._name}: the seek table at its end does not fit the {start} bytes before it")
        for frame, (_, nbytes) in enumerate(entries):
            if nbytes != self._nbytes:
                raise TruthError(
                    f"{self._name}: frame {frame} holds {nbytes} bytes, "
                    f"{self._dtype}{list(self._shape)} takes {self._nbytes}"
                )
        return offsets

    def _size(self, path: Path) -> int:
        try:
            return path.stat().st_size
        except OSError as error:
            raise TruthError(f"{path}: can not be read: {error.strerror}") from error

    def _bytes(self, start: int, end: int) -> bytes:
        if isinstance(self._source, bytes):
            return self._source[start:end]
        try:
            with self._source.open("rb") as file:
                file.seek(start)
                return file.read(end - start)
        except OSError as error:
            raise TruthError(f"{self._name}: can not be read: {error.strerror}") from error
