"""The inbox: brought video one file at a time, each stage on its own, as Dagster runs them.

The stages are those of `curate_files`, and what stands is the same: whichever of the two comes first.
"""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from worldfactory import curate
from worldfactory.curate import Clips, Curated, Failure, Shots, Task
from worldfactory.errors import StoreError, UnknownNameError
from worldfactory.files import exclusive
from worldfactory.flow._curating import beside_video, curation_folder, file_digest, seconds_for
from worldfactory.flow._factory import Factory
from worldfactory.lineage import record_id
from worldfactory.records.source import Brought, Judgement
from worldfactory.store import Home, read_table, write_table

_NOT_PLAIN = re.compile(r"[^A-Za-z0-9_]+")


@dataclass(frozen=True, slots=True)
class Watched:
    """What lies in the inbox, or ever did."""

    brought: tuple[Brought, ...]
    left: int
    """Files still to be looked at: on their way, or the time was up."""


def watch_inbox(factory: Factory, seconds: float = 20.0) -> Watched:
    """Look for new files, within about `seconds`: each is read once for its digest. Raises StoreError.

    A file that is written again with other content is another one; the one before stays on record.
    """
    home, spec = factory.inbox(), factory.specs.curation.inbox
    table = curation_folder(factory.data) / "inbox.parquet"
    deadline = time.monotonic() + seconds
    with exclusive(table.with_suffix(".lock")):
        known = read_table(table, Brought)
        seen = {(one.name, one.mark, one.bytes) for one in known}
        left = 0
        for listed in home.list():
            if (listed.key, listed.mark, listed.bytes) in seen or _passed_over(listed.key):
                continue
            if time.time() - listed.changed < spec.settle_s or time.monotonic() > deadline:
                left += 1
                continue
            one = _brought(listed.key, _digest(home, listed.key), listed.bytes, listed.mark)
            known.append(one)
        if len(known) != len(seen):
            write_table(table, Brought, known)
    return Watched(tuple(known), left)


def brought_file(factory: Factory, key: str) -> Brought:
    """What is known of the file of a partition. Raises UnknownNameError."""
    # The last: the same bytes may have come again under another name, and the first be gone.
    for one in reversed(read_table(curation_folder(factory.data) / "inbox.parquet", Brought)):
        if one.key == key:
            return one
    raise UnknownNameError(f"{key!r} was never seen in {factory.inbox().url}; put the file there and look again")


def shots_of(factory: Factory, key: str) -> Shots:
    """The shots of a brought file, found now unless they stand. What is wrong with the file is in its record."""
    spec, root, one = factory.specs.curation, curation_folder(factory.data), brought_file(factory, key)
    found = curate.read_shots(root, one.sha256, spec)
    if found is None:
        _work(factory, one, curate.make_shots)
        found = curate.read_shots(root, one.sha256, spec)
    if found is None:
        raise StoreError(f"{curate.shots_file(root, one.sha256, spec)}: was removed while {key} was curated")
    return found


def clips_of(factory: Factory, key: str) -> Clips:
    """The clips of a brought file whose shots stand, written and measured now unless they stand."""
    spec, root, one = factory.specs.curation, curation_folder(factory.data), brought_file(factory, key)
    found = curate.read_clips(root, one.sha256, spec)
    if found is None:
        if shots_of(factory, key).source.fault:
            return Clips()
        _work(factory, one, curate.make_clips)
        found = curate.read_clips(root, one.sha256, spec)
    if found is None:
        raise StoreError(f"{curate.clips_folder(root, one.sha256, spec)}: was removed while {key} was curated")
    return found


def verdicts_of(factory: Factory, key: str) -> tuple[Curated, list[Judgement]]:
    """What the rules say of a brought file and its shots, from stored scores; kept in rulings/SOURCE-ID.parquet."""
    spec, root, one = factory.specs.curation, curation_folder(factory.data), brought_file(factory, key)
    curated = curate.read_curated(root, one.sha256, spec)
    if curated is None:
        raise StoreError(f"{key}: is not measured under this spec yet; make its clips first")
    rulings = curate.judge(curated, spec)
    table = root / "rulings" / f"{curated.source.id}.parquet"
    if read_table(table, Judgement) != rulings:
        write_table(table, Judgement, rulings)
    return curated, rulings


def _work(factory: Factory, one: Brought, stage: Callable[..., None]) -> None:
    """A stage on one file in a guarded process; a failure of that process is noted as the file's fault."""
    spec, root = factory.specs.curation, curation_folder(factory.data)
    with _fetched(factory, one) as file:
        task = Task(stage, (root, file, one.sha256, spec), seconds_for(file, spec))
        for _, outcome in curate.run_guarded([task], 1, spec.read.memory_mb):
            if isinstance(outcome, Failure):
                curate.note_fault(root, file, one.sha256, spec, outcome.reason)


@contextmanager
def _fetched(factory: Factory, one: Brought) -> Generator[Path, None, None]:
    """The file on this machine: where it lies, or a copy out of the cloud for as long as it is needed."""
    home = factory.inbox()
    folder: Path | None = getattr(home, "folder", None)
    scratch = curation_folder(factory.data)
    scratch.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=".fetch-", dir=scratch) as temporary:
        if folder is not None:
            file = folder / one.name
            if not file.is_file():
                raise StoreError(f"{file}: is gone from the inbox; put it back, or remove its partition")
        else:
            file = Path(temporary) / PurePosixPath(one.name).name
            with file.open("wb") as out:
                for piece in home.stream(one.name):
                    out.write(piece)
        if file_digest(file) != one.sha256:
            raise StoreError(f"{home.url_of(one.name)}: was written again since it was seen; it has a new partition")
        yield file


def _brought(name: str, sha256: str, size: int, mark: str) -> Brought:
    source = curate.source_id(sha256)
    stem = _NOT_PLAIN.sub("-", PurePosixPath(name).stem).strip("-")[:60]
    return Brought(
        id=record_id("brought", (source,), name, 0),
        parents=(source,),
        key=f"{stem or 'video'}-{sha256[:12]}",
        name=name,
        sha256=sha256,
        bytes=size,
        mark=mark,
    )


def _passed_over(key: str) -> bool:
    return beside_video(key) or any(part.startswith(".") for part in PurePosixPath(key).parts)


def _digest(home: Home, key: str) -> str:
    state = hashlib.sha256()
    for piece in home.stream(key):
        state.update(piece)
    return state.hexdigest()
