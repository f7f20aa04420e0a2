"""Brought video to clips and judgements: every file its own folder, its own process, its own fault."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from pydantic import ValidationError

from worldfactory.curate import (
    Curated,
    Failure,
    Task,
    clip_observers,
    curate_source,
    curation_digest,
    faulty,
    judge,
    run_guarded,
    source_id,
)
from worldfactory.errors import StoreError
from worldfactory.flow._report import Progress, silent
from worldfactory.lineage import digest_json, record_id
from worldfactory.records.source import Footage, Judgement, Segment, Source
from worldfactory.spec import CurationSpec
from worldfactory.store import atomic_folder, read_table, write_file, write_table

_RECORD = "curated.json"
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class CurationReport:
    """What stands after a run, over everything that was ever brought under this spec."""

    curated: tuple[Curated, ...]
    judgements: tuple[Judgement, ...]
    made: int
    """Files read now; the others stood already."""
    same: int
    """Files given whose bytes are another's."""
    changed: tuple[Judgement, ...]
    """Judgements that differ from the stored ones or are new."""

    @property
    def reasons(self) -> Counter[str]:
        """Reason -> how many were dropped for it."""
        return Counter(reason.split(":")[0] for one in self.judgements for reason in one.reasons)


def curation_folder(data: Path) -> Path:
    """Where curated footage lies in the data folder.

    sources/CURATION-ID/{curated.json,00000.mp4,...}: one source under one spec
    {sources,segments,footage,judgements}.parquet: all of them, for people and programs to query
    """
    return data / "curated"


def video_files(paths: Iterable[Path]) -> list[Path]:
    """The files given, and those in the folders given, hidden ones left out; sorted, none twice.

    Raises StoreError for a path that is not there.
    """
    found: set[Path] = set()
    for path in paths:
        if path.is_dir():
            inside = (file for file in path.rglob("*") if file.is_file())
            found.update(file for file in inside if not any(p.startswith(".") for p in file.relative_to(path).parts))
        elif path.exists():
            found.add(path)
        else:
            raise StoreError(f"{path}: no such file or folder; give video files or folders that hold some")
    return sorted(found)


def curate_files(
    files: Sequence[Path], spec: CurationSpec, data: Path, workers: int, progress: Progress = silent
) -> CurationReport:
    """Split, transcode and measure the files that are not curated yet under this spec, and judge everything.

    A bad file is a judgement with its reason. Raises StoreError where the data folder can not be written.
    """
    root = curation_folder(data)
    tasks: list[Task[Curated]] = []
    todo: dict[str, tuple[Path, str, Path]] = {}
    seen: set[str] = set()
    same = 0
    for file in files:
        sha256 = _sha256(file)
        folder = _source_folder(root, sha256, spec)
        if sha256 in seen:
            same += 1
        elif not (folder / _RECORD).is_file():
            todo[sha256] = (file, sha256, folder)
        seen.add(sha256)
    for file, sha256, folder in todo.values():
        allowed = spec.read.seconds + spec.read.seconds_per_gb * file.stat().st_size / 1e9
        tasks.append(Task(_curate_one, (file, sha256, spec, folder), allowed))
    places = list(todo.values())
    for done, (index, outcome) in enumerate(run_guarded(tasks, workers, spec.read.memory_mb), 1):
        file, sha256, folder = places[index]
        if isinstance(outcome, Failure):
            with atomic_folder(folder) as part:
                _write(part, faulty(file, sha256, outcome.reason))
        progress(done, len(tasks), file.name)
    return decide_curated(spec, data, made=len(tasks), same=same)


def decide_curated(
    spec: CurationSpec, data: Path, *, made: int = 0, same: int = 0, write: bool = True
) -> CurationReport:
    """Judge everything that is curated under this spec from stored scores. Nothing is decoded.

    With `write` False nothing is written either: the report's `changed` says what would change.
    """
    root = curation_folder(data)
    stored = ((file, _read(file)) for file in sorted(root.glob(f"sources/*/{_RECORD}")))
    curated = tuple(one for file, one in stored if file.parent == _source_folder(root, one.source.sha256, spec))
    judgements = tuple(judgement for one in curated for judgement in judge(one, spec))
    before = {one.subject: one for one in read_table(root / "judgements.parquet", Judgement)}
    changed = tuple(
        one
        for one in judgements
        if (old := before.get(one.subject)) is None or (old.kept, old.reasons) != (one.kept, one.reasons)
    )
    if write and (made or changed or len(before) != len(judgements)):
        write_table(root / "sources.parquet", Source, [one.source for one in curated])
        write_table(root / "segments.parquet", Segment, [segment for one in curated for segment in one.segments])
        write_table(root / "footage.parquet", Footage, [clip for one in curated for clip in one.footage])
        write_table(root / "judgements.parquet", Judgement, judgements)
    return CurationReport(curated, judgements, made, same, changed)


def _source_folder(root: Path, sha256: str, spec: CurationSpec) -> Path:
    return root / "sources" / record_id("curation", (source_id(sha256),), _digest(spec), 0)


def _digest(spec: CurationSpec) -> str:
    names = sorted(type(observer).__qualname__ for observer in clip_observers())
    return digest_json([curation_digest(spec), names])


def _curate_one(file: Path, sha256: str, spec: CurationSpec, folder: Path) -> Curated:
    with atomic_folder(folder) as part:
        curated = curate_source(file, sha256, spec, part, clip_observers)
        _write(part, curated)
    return curated


def _write(folder: Path, curated: Curated) -> None:
    write_file(folder / _RECORD, curated.model_dump_json(indent=1).encode() + b"\n")


def _read(file: Path) -> Curated:
    try:
        return Curated.model_validate_json(file.read_bytes())
    except (OSError, ValidationError) as error:
        raise StoreError(f"{file}: can not be read: {error}; remove its folder and curate the file again") from error


def _sha256(file: Path) -> str:
    """Of the file's bytes; of its name where they can not be read, so that the fault is recorded all the same."""
    try:
        with file.open("rb") as stream:
            state = hashlib.sha256()
            for piece in iter(partial(stream.read, _CHUNK), b""):
                state.update(piece)
            return state.hexdigest()
    except OSError:
        return hashlib.sha256(f"unreadable:{file}".encode()).hexdigest()
