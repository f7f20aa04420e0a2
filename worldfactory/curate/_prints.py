"""What clips are recognised by, beside their scores: arrays too large for tables, one file a source."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from worldfactory.curate.fingerprint import Fingerprint
from worldfactory.errors import StoreError
from worldfactory.files import write_file

PRINTS = "prints.safetensors"
FINGERPRINT = "fingerprint"
"""Name of the pictures that a FingerprintObserver leaves."""
EMBEDDING = "embedding"
"""Name of the vector that an observer may leave: float32 [D] of unit length, what the clip shows."""


@dataclass(frozen=True)
class Prints:
    """Of the clips `footage` (ids), in their order; each array has one row for each of them."""

    footage: tuple[str, ...] = ()
    arrays: Mapping[str, NDArray[Any]] = field(default_factory=dict[str, NDArray[Any]])

    @classmethod
    def of(cls, footage: Sequence[str], rows: Sequence[Mapping[str, NDArray[Any]]]) -> Prints:
        """Stack what observers left of each clip. What not every clip has is left out."""
        names = set.intersection(*(set(row) for row in rows)) if rows else set[str]()
        arrays = {name: np.stack([row[name] for row in rows]) for name in sorted(names)}
        if FINGERPRINT in arrays:
            arrays["hashes"] = np.stack([Fingerprint(pictures).hashes for pictures in arrays[FINGERPRINT]])
        return cls(tuple(footage), arrays)


def write_prints(folder: Path, prints: Prints) -> None:
    """Write `prints` into `folder`. Raises StoreError."""
    arrays = {name: np.ascontiguousarray(array) for name, array in prints.arrays.items()}
    write_file(folder / PRINTS, save(arrays, {"footage": " ".join(prints.footage)}))


def read_prints(folder: Path) -> dict[str, tuple[Fingerprint | None, NDArray[np.float32] | None]]:
    """Clip -> its fingerprint, whose pictures are read when they are asked for, and its embedding.

    Raises StoreError naming a file that is missing or damaged.
    """
    path = folder / PRINTS
    with _opened(path) as file:
        names = set(file.keys())
        footage = tuple((file.metadata() or {}).get("footage", "").split())
        hashes = file.get_tensor("hashes") if "hashes" in names else None
        vectors = file.get_tensor(EMBEDDING) if EMBEDDING in names else None
    prints: dict[str, tuple[Fingerprint | None, NDArray[np.float32] | None]] = {}
    for row, clip in enumerate(footage):
        print_of = None if hashes is None else Fingerprint(partial(_picture, path, row), hashes[row])
        prints[clip] = print_of, None if vectors is None else vectors[row]
    return prints


def _picture(path: Path, row: int) -> NDArray[np.uint8]:
    with _opened(path) as file:
        return file.get_slice(FINGERPRINT)[row : row + 1][0]


def _opened(path: Path) -> Any:
    try:
        return safe_open(str(path), "numpy")
    except (OSError, SafetensorError) as error:
        raise StoreError(f"{path}: can not be read: {error}; remove its folder and curate the file again") from error
