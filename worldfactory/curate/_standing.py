"""Curated sources on disk, and the work on one file as a child process is given it.

    shots/ID.json               the first pass over one file under one way of reading and splitting
    clips/ID/{clips.json, prints.safetensors, 00000.mp4, ...}    the second pass under one way of writing and measuring

Both ids are known before any work. What stands is never changed; a folder appears whole.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from worldfactory.curate._clips import Clips, write_clips
from worldfactory.curate._judge import Curated
from worldfactory.curate._observers import MEASURES, clip_observers
from worldfactory.curate._prints import Prints, write_prints
from worldfactory.curate._shots import Shots, faulty, find_shots, shots_digest, source_id
from worldfactory.errors import StoreError
from worldfactory.files import atomic_folder, write_file
from worldfactory.lineage import digest_json, record_id
from worldfactory.records import Frozen
from worldfactory.spec import CurationSpec

F = TypeVar("F", bound=Frozen)


def shots_file(root: Path, sha256: str, spec: CurationSpec) -> Path:
    """Where the first pass over the file with this content stands, or would."""
    return root / "shots" / f"{record_id('shots', (source_id(sha256),), shots_digest(spec), 0)}.json"


def clips_digest(spec: CurationSpec) -> str:
    """Digest of all that shapes and measures clips, given their shots."""
    names = sorted(type(observer).__qualname__ for observer in clip_observers(spec.embedder))
    shape = spec.model_dump(mode="json", include={"read", "transcode"})
    embedder = [spec.embedder.model_dump(mode="json")] if spec.embedder.model else []
    return digest_json([shape, spec.split.min_s, names, MEASURES, *embedder])


def clips_folder(root: Path, sha256: str, spec: CurationSpec) -> Path:
    """Where the second pass stands, or would."""
    shots = record_id("shots", (source_id(sha256),), shots_digest(spec), 0)
    return root / "clips" / record_id("clips", (shots,), clips_digest(spec), 0)


def read_shots(root: Path, sha256: str, spec: CurationSpec) -> Shots | None:
    """What the first pass left, None if it has not been. Raises StoreError naming a damaged file."""
    return _read(shots_file(root, sha256, spec), Shots)


def read_clips(root: Path, sha256: str, spec: CurationSpec) -> Clips | None:
    """What the second pass left, None if it has not been. Raises StoreError naming a damaged file."""
    return _read(clips_folder(root, sha256, spec) / "clips.json", Clips)


def read_curated(root: Path, sha256: str, spec: CurationSpec) -> Curated | None:
    """What stands of a source; None unless both passes have been, or the first found a fault."""
    shots = read_shots(root, sha256, spec)
    if shots is None:
        return None
    clips = None if shots.source.fault else read_clips(root, sha256, spec)
    return None if clips is None and not shots.source.fault else Curated.of(shots, clips)


def make_shots(root: Path, path: Path, sha256: str, spec: CurationSpec) -> None:
    """The first pass over a file; what it finds stands afterwards, a fault as well."""
    write_file(shots_file(root, sha256, spec), _json(find_shots(path, sha256, spec)))


def make_clips(root: Path, path: Path, sha256: str, spec: CurationSpec) -> None:
    """The second pass over a file whose shots stand. Raises StoreError if they do not."""
    shots = read_shots(root, sha256, spec)
    if shots is None:
        raise StoreError(f"{shots_file(root, sha256, spec)}: is not there; find the shots of {path.name} first")
    observers = partial(clip_observers, spec.embedder)
    with atomic_folder(clips_folder(root, sha256, spec)) as part:
        clips = Clips() if shots.source.fault else write_clips(path, shots, spec, part, observers)
        write_file(part / "clips.json", _json(clips))


def make_both(root: Path, path: Path, sha256: str, spec: CurationSpec) -> None:
    """Both passes, or what is missing of them."""
    if read_shots(root, sha256, spec) is None:
        make_shots(root, path, sha256, spec)
    shots = read_shots(root, sha256, spec)
    if shots is not None and not shots.source.fault and read_clips(root, sha256, spec) is None:
        make_clips(root, path, sha256, spec)


def note_fault(root: Path, path: Path, sha256: str, spec: CurationSpec, fault: str) -> None:
    """Record that a file's work ended without a result: of the pass that was on."""
    if read_shots(root, sha256, spec) is None:
        write_file(shots_file(root, sha256, spec), _json(faulty(path, sha256, fault)))
        return
    with atomic_folder(clips_folder(root, sha256, spec)) as part:
        write_prints(part, Prints())
        write_file(part / "clips.json", _json(Clips(fault=fault)))


def standing(root: Path, spec: CurationSpec) -> list[Curated]:
    """Every source that is curated under this spec, in the order of their ids."""
    found: list[Curated] = []
    for file in sorted(root.glob("shots/*.json")):
        shots = _read(file, Shots)
        if shots is None or file != shots_file(root, shots.source.sha256, spec):
            continue
        curated = read_curated(root, shots.source.sha256, spec)
        if curated is not None:
            found.append(curated)
    return found


def _read(file: Path, kind: type[F]) -> F | None:
    try:
        return kind.model_validate_json(file.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValidationError) as error:
        raise StoreError(f"{file}: can not be read: {error}; remove it and curate the file again") from error


def _json(value: Frozen) -> bytes:
    return value.model_dump_json(indent=1).encode() + b"\n"
