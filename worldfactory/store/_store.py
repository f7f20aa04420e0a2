"""The data folder: where every record and file lies."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from worldfactory.errors import StoreError, UnknownNameError
from worldfactory.files import atomic_folder, exclusive, refused, write_file
from worldfactory.records import Cell, Checkpoint, Clip, Measurement, Origin, Prompt, Record, Scene, Shard, Verdict
from worldfactory.store._tables import read_column, read_table, write_table

R = TypeVar("R", bound=Record)

TABLES: dict[type[Record], str] = {
    Origin: "origins",
    Prompt: "prompts",
    Scene: "scenes",
    Clip: "clips",
    Measurement: "measurements",
    Verdict: "verdicts",
    Shard: "shards",
}
"""Kinds of record that belong to a cell -> name of their table."""

_SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


@dataclass(frozen=True, slots=True)
class Store:
    """The data folder `root`. Holds nothing in memory, so it pickles and may be opened as often as wanted.

    cells/VENUE/CITY/{origins,prompts,scenes,clips,measurements,verdicts,shards}.parquet
    cells/VENUE/CITY/clips/CLIP-ID/{video.mp4,depth.zst,bodies.zst,normals.zst,geometry.npz}
    checkpoints/CHECKPOINT-ID/{checkpoint.json,...}
    costs/VENUE/CITY.json    measured times: never part of a record, whose bytes must not change from run to run
    index/  sheets/  locks/
    """

    root: Path

    @property
    def index_folder(self) -> Path:
        """Where the in-process vector index lies."""
        return self.root / "index"

    @property
    def sheets_folder(self) -> Path:
        """Where contact sheets lie."""
        return self.root / "sheets"

    def cell_folder(self, cell: Cell) -> Path:
        """Where a cell's tables and clips lie."""
        return self.root / "cells" / _safe(cell.venue) / _safe(cell.city)

    def clip_folder(self, cell: Cell, clip: str) -> Path:
        """Where the files of the clip with this id lie."""
        return self.cell_folder(cell) / "clips" / _safe(clip)

    def checkpoint_folder(self, checkpoint: str) -> Path:
        """Where the files of the checkpoint with this id lie."""
        return self.root / "checkpoints" / _safe(checkpoint)

    def table(self, kind: type[Record], cell: Cell) -> Path:
        """The Parquet file of one kind of record of a cell."""
        return self.cell_folder(cell) / f"{TABLES[kind]}.parquet"

    def read(self, kind: type[R], cell: Cell) -> list[R]:
        """The records of a cell in the order they were written; none before the first write.

        Raises StoreError naming a table that is damaged or of another version.
        """
        return read_table(self.table(kind, cell), kind)

    def write(self, kind: type[R], cell: Cell, records: Sequence[R]) -> None:
        """Replace the records of a cell, atomically. Raises StoreError naming the file."""
        write_table(self.table(kind, cell), kind, records)

    def links(self, kind: type[Record], cell: Cell) -> dict[str, tuple[str, ...]]:
        """id -> ids of its parents, for the records of a cell, without reading the records themselves."""
        return self.listed(kind, cell, "parents")

    def listed(self, kind: type[Record], cell: Cell, field: str) -> dict[str, tuple[str, ...]]:
        """id -> `field`, which is a tuple of texts, for the records of a cell, without reading the rest of them."""
        path = self.table(kind, cell)
        return dict(zip(read_column(path, "id"), map(tuple, read_column(path, field)), strict=True))

    def cells(self, kind: type[Record]) -> list[Cell]:
        """The cells that have a table of this kind, in order of their keys."""
        found = [
            Cell(venue=path.parent.parent.name, city=path.parent.name)
            for path in self.root.glob(f"cells/*/*/{TABLES[kind]}.parquet")
        ]
        return sorted(found, key=lambda cell: cell.key)

    def find(self, record: str, near: Cell | None = None) -> Record | None:
        """The record with this id, or None. The prefix of an id names its kind; the cell `near` is looked in first.

        Walks the id columns of that kind's tables. Raises StoreError if the walk meets a damaged table.
        """
        prefix = record.partition("-")[0]
        if prefix == Checkpoint.__name__.lower():
            return next((checkpoint for checkpoint in self.checkpoints() if checkpoint.id == record), None)
        for kind in TABLES:
            if kind.__name__.lower() == prefix:
                cells = self.cells(kind)
                for cell in sorted(cells, key=lambda cell: cell != near):
                    path = self.table(kind, cell)
                    if record in read_column(path, "id"):
                        return next(one for one in read_table(path, kind) if one.id == record)
        return None

    def write_folder(self, path: Path) -> AbstractContextManager[Path]:
        """Yields an empty folder to fill, which then replaces the folder `path` as a whole; see `atomic_folder`."""
        return atomic_folder(path)

    def prune_clips(self, cell: Cell, keep: Collection[str]) -> list[str]:
        """Remove the folders of the cell's clips whose ids are not in `keep`; return the ids removed."""
        folder = self.cell_folder(cell) / "clips"
        stale = [path for path in _listed(folder) if path.name not in keep and not path.name.startswith(".")]
        for path in stale:
            try:
                shutil.rmtree(path)
            except OSError as error:
                raise StoreError(f"{path}: can not be removed: {error.strerror}") from error
        return [path.name for path in stale]

    def checkpoints(self) -> list[Checkpoint]:
        """Every checkpoint, the oldest first. Raises StoreError naming a damaged `checkpoint.json`."""
        found: list[tuple[float, Checkpoint]] = []
        for file in sorted(self.root.glob("checkpoints/*/checkpoint.json")):
            try:
                found.append((file.stat().st_mtime, Checkpoint.model_validate_json(file.read_bytes())))
            except (OSError, ValidationError) as error:
                raise StoreError(f"{file}: is not a checkpoint's record: {error}") from error
        return [checkpoint for _, checkpoint in sorted(found, key=lambda pair: (pair[0], pair[1].id))]

    def costs(self, cell: Cell) -> dict[str, float]:
        """What the cell's clips cost: id -> process CPU milliseconds per frame."""
        try:
            return json.loads(self._costs_file(cell).read_bytes())
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            raise StoreError(f"{self._costs_file(cell)}: can not be read: {error}; remove it") from error

    def write_costs(self, cell: Cell, costs: Mapping[str, float]) -> None:
        """Add to what the cell's clips cost; ids that stand are replaced."""
        if costs:
            merged = {**self.costs(cell), **costs}
            write_file(self._costs_file(cell), json.dumps(merged, indent=1, sort_keys=True).encode() + b"\n")

    def lock(self, cell: Cell, stage: str, wait_s: float | None = None) -> AbstractContextManager[None]:
        """Only one process at a time inside, for this cell and stage; waits. See `files.exclusive`."""
        name = f"{_safe(cell.venue)}.{_safe(cell.city)}.{_safe(stage)}.lock"
        return exclusive(self.root / "locks" / name, wait_s)

    def _costs_file(self, cell: Cell) -> Path:
        return self.root / "costs" / _safe(cell.venue) / f"{_safe(cell.city)}.json"


def _listed(folder: Path) -> Iterator[Path]:
    try:
        yield from sorted(folder.iterdir())
    except FileNotFoundError:
        return
    except OSError as error:
        raise refused(folder, error) from error


def _safe(name: str) -> str:
    """`name` if it names one file or folder and nothing above it. Raises UnknownNameError."""
    if not _SAFE.fullmatch(name):
        raise UnknownNameError(
            f"{name!r} names nothing in the data folder; names are letters, digits, '_', '.' and '-'"
        )
    return name
