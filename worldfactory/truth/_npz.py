"""`geometry.npz`: a clip's cameras, actions and bodies, as one zip of .npy arrays that numpy.load reads.

The instance table is its member `instances.json`. Members carry a fixed date and nothing is pickled: same geometry,
same bytes.
"""

from __future__ import annotations

import dataclasses
import io
import json
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from worldfactory.errors import TruthError
from worldfactory.files import write_file
from worldfactory.records import Geometry

_TABLE = "instances.json"
_ARRAYS = tuple(field.name for field in dataclasses.fields(Geometry) if field.name != "instances")
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip can say


def pack_geometry(geometry: Geometry) -> bytes:
    """The bytes of `geometry.npz`."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in _ARRAYS:
            member = io.BytesIO()
            np.lib.format.write_array(member, np.ascontiguousarray(getattr(geometry, name)), (1, 0), False)
            _add(archive, f"{name}.npy", member.getvalue())
        _add(archive, _TABLE, json.dumps(geometry.instances, ensure_ascii=False, sort_keys=True).encode())
    return buffer.getvalue()


def write_geometry(path: Path, geometry: Geometry) -> None:
    """Write `geometry.npz` atomically. Raises StoreError where the disk refuses."""
    write_file(path, pack_geometry(geometry))


def read_geometry(source: Path | bytes) -> Geometry:
    """Read `geometry.npz` from a file or its bytes. Raises TruthError naming the file and the member at fault."""
    name = f"{source}" if isinstance(source, Path) else f"<{len(source)} bytes of geometry>"
    member = "the archive"
    try:
        with zipfile.ZipFile(source if isinstance(source, Path) else io.BytesIO(source)) as archive:
            arrays: dict[str, NDArray[Any]] = {}
            for member in _ARRAYS:
                data = io.BytesIO(archive.read(f"{member}.npy"))
                arrays[member] = np.lib.format.read_array(data, allow_pickle=False)
            member = _TABLE
            instances = tuple(json.loads(archive.read(_TABLE)))
    except (OSError, KeyError, ValueError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise TruthError(f"{name}: {member} can not be read: {error}") from error
    return Geometry(**arrays, instances=instances)


def _add(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    info = zipfile.ZipInfo(name, _EPOCH)
    info.external_attr = 0o644 << 16
    info.create_system = 3  # Unix, wherever it is written
    archive.writestr(info, data, zipfile.ZIP_DEFLATED, 1)  # level 1: moving bodies' matrices halve; more costs time
