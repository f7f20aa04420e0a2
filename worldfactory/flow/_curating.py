"""Brought video to clips and judgements: every file its own folder, its own process, its own fault."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePath

from worldfactory import curate
from worldfactory.curate import Curated, Failure, Share, Task
from worldfactory.curate.deduplicate import Candidate, find_pairs
from worldfactory.curate.mix import group_of
from worldfactory.errors import StoreError
from worldfactory.files import exclusive
from worldfactory.flow._report import Progress, silent
from worldfactory.lineage import record_id
from worldfactory.records.source import Alike, Footage, Judgement, Kept, Segment, Source
from worldfactory.spec import CurationSpec
from worldfactory.store import read_table, write_file, write_table

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
    before: dict[str, Judgement]
    """Subject -> the judgement that was stored."""
    mix: tuple[Share, ...]
    """What the wanted mix came to; empty without one."""
    kept: tuple[Kept, ...]
    """The clips that are part of the data set."""

    @property
    def reasons(self) -> Counter[str]:
        """Reason -> how many were dropped for it."""
        return Counter(reason.split(":")[0] for one in self.judgements for reason in one.reasons)

    @property
    def moves(self) -> Counter[tuple[str, str]]:
        """(what was said before, what is said now) -> how many judgements changed so; `new`, `kept` or the reasons."""
        return Counter((_said(self.before.get(one.subject)), _said(one)) for one in self.changed)


def curation_folder(data: Path) -> Path:
    """Where curated footage lies in the data folder; shots/ and clips/ are as `curate._standing` says.

    {sources,segments,footage,judgements}.parquet: all of them, for people and programs to query
    pairs.parquet, compared.json: which clips are alike, and which have been held against each other
    kept.parquet: the clips that are part of the data set
    captions/ANNOTATOR/SOURCE-ID.parquet: what a model, by the digest of what it was asked, said of kept clips
    """
    return data / "curated"


_BESIDE = frozenset((
    ".md", ".txt", ".rst", ".json", ".jsonl", ".csv", ".tsv", ".parquet", ".yaml", ".yml", ".toml", ".xml", ".html",
    ".pdf", ".srt", ".vtt", ".ass", ".nfo", ".log", ".ini", ".db", ".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif",
    ".tiff", ".svg", ".wav", ".mp3", ".flac", ".m4a", ".aac", ".zip", ".gz", ".tar", ".sha256", ".md5", ".part",
))  # fmt: skip
"""Endings of what people keep beside videos: notes, tables, subtitles, stills, sound, archives."""


def beside_video(name: str) -> bool:
    """Whether a file in a folder of videos is by its name no video, so that it is passed over and not judged."""
    path = PurePath(name)
    return (
        path.name.startswith(".") or path.suffix.lower() in _BESIDE or path.name in ("README", "LICENSE", "Thumbs.db")
    )


@dataclass(frozen=True, slots=True)
class FoundFiles:
    """What paths hold; each sorted, none twice."""

    videos: tuple[Path, ...]
    """By their names anything may be one; whether it is, its content says."""
    beside: tuple[Path, ...]
    """Passed over for their names."""


def video_files(paths: Iterable[Path]) -> FoundFiles:
    """The files given, whatever their names, and those in the folders given, without what lies in hidden folders.

    Raises StoreError for a path that is not there.
    """
    found: set[Path] = set()
    beside: set[Path] = set()
    for path in paths:
        if path.is_dir():
            inside = (file for file in path.rglob("*") if file.is_file())
            for file in inside:
                if not any(p.startswith(".") for p in file.relative_to(path).parts[:-1]):
                    (beside if beside_video(file.name) else found).add(file)
        elif path.exists():
            found.add(path)
        else:
            raise StoreError(f"{path}: no such file or folder; give video files or folders that hold some")
    return FoundFiles(tuple(sorted(found)), tuple(sorted(beside - found)))


def curate_files(
    files: Sequence[Path], spec: CurationSpec, data: Path, workers: int, progress: Progress = silent
) -> CurationReport:
    """Split, transcode and measure the files that are not curated yet under this spec, and judge everything.

    A bad file is a judgement with its reason. Raises StoreError where the data folder can not be written.
    """
    root = curation_folder(data)
    todo: dict[str, Path] = {}
    seen: set[str] = set()
    same = 0
    for file in files:
        sha256 = file_digest(file)
        if sha256 in seen:
            same += 1
        elif curate.read_curated(root, sha256, spec) is None:
            todo[sha256] = file
        seen.add(sha256)
    tasks = [
        Task(curate.make_both, (root, file, sha256, spec), seconds_for(file, spec)) for sha256, file in todo.items()
    ]
    places = [(file, sha256) for sha256, file in todo.items()]
    for done, (index, outcome) in enumerate(curate.run_guarded(tasks, workers, spec.read.memory_mb), 1):
        file, sha256 = places[index]
        if isinstance(outcome, Failure):
            curate.note_fault(root, file, sha256, spec, outcome.reason)
        progress(done, len(tasks), file.name)
    return decide_curated(spec, data, made=len(tasks), same=same)


def decide_curated(
    spec: CurationSpec, data: Path, *, made: int = 0, same: int = 0, write: bool = True
) -> CurationReport:
    """Judge everything that is curated under this spec from stored scores. Nothing is decoded.

    With `write` False nothing is written either: the report's `changed` says what would change.
    """
    root = curation_folder(data)
    with exclusive(root / "decide.lock") if write else nullcontext():
        curated = tuple(curate.standing(root, spec))
        before = {one.subject: one for one in read_table(root / "judgements.parquet", Judgement)}
        pairs = compare_clips(root, curated, spec, write=write)
        rulings = [ruling for one in curated for ruling in curate.judge(one, spec)]
        held = {subject for subject, one in before.items() if one.kept}
        choice = curate.choose_clips(curated, rulings, pairs, spec, held)
        changed = tuple(
            one
            for one in choice.judgements
            if (old := before.get(one.subject)) is None or (old.kept, old.reasons) != (one.kept, one.reasons)
        )
        kept = tuple(_kept(root, curated, choice.judgements, spec))
        report = CurationReport(curated, choice.judgements, made, same, changed, before, choice.mix, kept)
        if write:
            _write_tables(root, report)
    return report


def compare_clips(root: Path, curated: Sequence[Curated], spec: CurationSpec, *, write: bool) -> list[Alike]:
    """Which clips are alike: what is stored, and clips that came since held against all others. Nothing is decoded."""
    every = {clip.id: (one, clip) for one in curated for clip in one.footage}
    compared = root / "compared.json"
    held = json.loads(compared.read_text()) if compared.is_file() else {}
    # Vectors of two embedders are not held against each other: with another, all is compared anew.
    same = isinstance(held, dict) and held.get("embedder") == spec.embedder.model
    done = set[str](held["clips"] if same else ()) & every.keys()
    pairs_before = read_table(root / "pairs.parquet", Alike) if same else []
    stored = [p for p in pairs_before if p.first in every and p.second in every]
    fresh = every.keys() - done
    if not fresh:
        return stored
    prints = {
        clip: what
        for one in curated
        if one.footage
        for clip, what in curate.read_prints(curate.clips_folder(root, one.source.sha256, spec)).items()
    }
    candidates = {
        clip: Candidate(clip, footage.width * footage.height, fingerprint=prints[clip][0], embedding=prints[clip][1])
        for clip, (_, footage) in every.items()
        if clip in prints
    }
    found = find_pairs(
        [candidates[clip] for clip in fresh if clip in candidates],
        [candidates[clip] for clip in done if clip in candidates],
    )
    pairs = sorted({pair.id: pair for pair in (*stored, *found)}.values(), key=lambda pair: pair.id)
    if write:
        write_table(root / "pairs.parquet", Alike, pairs)
        # Only now: whoever is killed before compares again.
        write_file(compared, json.dumps({"embedder": spec.embedder.model, "clips": sorted(every)}).encode())
    return pairs


def _kept(
    root: Path, curated: Sequence[Curated], judgements: Sequence[Judgement], spec: CurationSpec
) -> Iterator[Kept]:
    said = {one.subject: one for one in judgements}
    for one in curated:
        for clip in one.footage:
            verdict = said[clip.segment]
            if verdict.kept:
                file = curate.clips_folder(root, one.source.sha256, spec).relative_to(root) / clip.file
                yield Kept(
                    id=record_id("kept", (clip.id,), "", 0),
                    parents=(clip.id,),
                    segment=clip.segment,
                    source=one.source.id,
                    file=file.as_posix(),
                    repeats=int(verdict.scores["repeats"]),
                    group=group_of(clip.scores, spec.mix),
                )


def _write_tables(root: Path, report: CurationReport) -> None:
    """Only where something says something new: equal tables keep their time of writing."""
    same = len(report.before) == len(report.judgements) and not report.changed
    if not same or report.made or read_table(root / "kept.parquet", Kept) != list(report.kept):
        write_table(root / "sources.parquet", Source, [one.source for one in report.curated])
        write_table(root / "segments.parquet", Segment, [s for one in report.curated for s in one.segments])
        write_table(root / "footage.parquet", Footage, [clip for one in report.curated for clip in one.footage])
        write_table(root / "judgements.parquet", Judgement, report.judgements)
        write_table(root / "kept.parquet", Kept, report.kept)


def seconds_for(file: Path, spec: CurationSpec) -> float:
    """How long the work on a file may take."""
    size = file.stat().st_size if file.is_file() else 0
    return spec.read.seconds + spec.read.seconds_per_gb * size / 1e9


def _said(one: Judgement | None) -> str:
    if one is None:
        return "new"
    return "kept" if one.kept else ", ".join(sorted({reason.split(":")[0] for reason in one.reasons}))


def file_digest(file: Path) -> str:
    """Of the file's bytes; of its name where they can not be read, so that the fault is recorded all the same."""
    try:
        with file.open("rb") as stream:
            state = hashlib.sha256()
            for piece in iter(partial(stream.read, _CHUNK), b""):
                state.update(piece)
            return state.hexdigest()
    except OSError:
        return hashlib.sha256(f"unreadable:{file}".encode()).hexdigest()
