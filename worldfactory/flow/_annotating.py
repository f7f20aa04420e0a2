"""What the kept clips of brought video show, in words: said by a model that looked, or told from what was measured."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from worldfactory.annotate import Annotator, Answer, open_annotator
from worldfactory.curate.caption import measured_caption
from worldfactory.errors import ModelError, StoreError, VideoError
from worldfactory.files import exclusive
from worldfactory.flow._curating import curation_folder
from worldfactory.flow._report import Progress, StageReport, silent
from worldfactory.lineage import digest_json, record_id
from worldfactory.records.source import Annotation, Footage, FootageCaption, Kept
from worldfactory.spec import AnnotatorSpec, CurationSpec
from worldfactory.store import read_table, write_table
from worldfactory.video import decode, probe

Clip = tuple[Kept, Footage]

_ASKED_AGAIN = ("damaged", "failed")
"""Faults of the clip's file and of the machine, which may be gone by the next run; they are not stored."""


def annotate_curated(spec: CurationSpec, data: Path, progress: Progress = silent) -> StageReport[Annotation]:
    """Ask the annotator that `spec` names of the kept clips that it was not asked of yet; none, and nothing is done.

    The records are those of the kept clips, in their order. Answers are stored after each batch, those that were of no
    use with the fault, so that none is asked for twice. A clip that can not be read, or that the model fails on, has a
    fault too, and is asked of again the next time.

    Raises ModelError if the model can not be loaded or fails on every clip, StoreError where tables can not be read or
    written.
    """
    root, asked = curation_folder(data), spec.annotator
    with exclusive(root / "captions.lock"):
        clips = kept_footage(root)
        if not asked.model:
            return StageReport("captions", (), 0, {"clips": float(len(clips)), "measured": float(len(clips))})
        said = _stored(root, asked, clips)
        todo = [clip for clip in clips if clip[1].id not in said]
        new = _annotate(root, asked, todo, said, progress) if todo else {}
    every = {**said, **new}
    records = tuple(every[footage.id] for _, footage in clips)
    faults = Counter(one.fault.split(":")[0] for one in records if one.fault)
    told = sum(not one.fault for one in records)
    notes = {"clips": float(len(clips)), "annotated": float(told), "measured": float(len(clips) - told)}
    return StageReport("captions", records, len(todo), notes, dict(faults))


def captions(root: Path, asked: AnnotatorSpec, clips: Sequence[Clip]) -> dict[str, FootageCaption]:
    """Footage id -> its caption: what the annotator said of it if that is stored and of use, else what was measured."""
    said = _stored(root, asked, clips) if asked.model else {}
    return {
        footage.id: FootageCaption(text=one.text, by=one.by)
        if (one := said.get(footage.id)) is not None and one.text
        else measured_caption(footage)
        for _, footage in clips
    }


def kept_footage(root: Path) -> list[Clip]:
    """The clips that are part of the data set, in the order of kept.parquet. Raises StoreError."""
    footage = {one.segment: one for one in read_table(root / "footage.parquet", Footage)}
    try:
        return [(one, footage[one.segment]) for one in read_table(root / "kept.parquet", Kept)]
    except KeyError as error:
        raise torn_tables(root, error) from error


def torn_tables(root: Path, error: KeyError) -> StoreError:
    """For a kept clip of which another table knows nothing."""
    return StoreError(f"{root / 'kept.parquet'}: names {error}, which the other tables lack; decide again")


def clip_frames(file: Path, count: int, side: int) -> NDArray[np.uint8]:
    """[T, H, W, 3]: `count` frames of a clip, evenly spread from its first, or all where it has fewer; the longer side
    at most `side` pixels. Raises VideoError."""
    step = max(1, probe(file).frames // count)
    frames = np.stack([_smaller(frame, side) for frame in decode(file, step=step)])
    return frames[np.linspace(0, len(frames) - 1, min(count, len(frames))).round().astype(int)]


def _smaller(frame: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    height, width = frame.shape[:2]
    scale = side / max(height, width)
    if scale >= 1:
        return frame
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return np.asarray(cv2.resize(frame, size, interpolation=cv2.INTER_AREA), np.uint8)


def _digest(asked: AnnotatorSpec) -> str:
    return digest_json(asked.shaping())


def _table(root: Path, asked: AnnotatorSpec, source: str) -> Path:
    return root / "captions" / _digest(asked)[:20] / f"{source}.parquet"


def _stored(root: Path, asked: AnnotatorSpec, clips: Sequence[Clip]) -> dict[str, Annotation]:
    """Footage id -> what this annotator said of it, of all clips of these sources."""
    sources = sorted({kept.source for kept, _ in clips})
    return {one.footage: one for source in sources for one in read_table(_table(root, asked, source), Annotation)}


def _annotate(
    root: Path, asked: AnnotatorSpec, todo: Sequence[Clip], said: dict[str, Annotation], progress: Progress
) -> dict[str, Annotation]:
    """Footage id -> annotation of the clips `todo`; what may be stored is laid into `said` and written."""
    model = open_annotator(asked.model, asked.prompt, asked.most_tokens)
    spec_digest = _digest(asked)
    tables: dict[str, dict[str, Annotation]] = defaultdict(dict)
    for source in {kept.source for kept, _ in todo}:
        tables[source] = {one.footage: one for one in read_table(_table(root, asked, source), Annotation)}
    new: dict[str, Annotation] = {}
    failure: ModelError | None = None
    for start in range(0, len(todo), asked.batch):
        batch = todo[start : start + asked.batch]
        answers, failed = _ask(model, [root / kept.file for kept, _ in batch], asked)
        failure = failed or failure
        for (kept, footage), answer in zip(batch, answers, strict=True):
            one = Annotation(
                id=record_id("annotation", (footage.id,), spec_digest, 0),
                parents=(footage.id,),
                footage=footage.id,
                text=answer.text,
                fault=answer.fault,
                by=model.name,
            )
            new[footage.id] = one
            if answer.fault.split(":")[0] not in _ASKED_AGAIN:
                tables[kept.source][footage.id] = one
        for source in sorted({kept.source for kept, _ in batch}):
            if tables[source]:
                rows = [tables[source][footage] for footage in sorted(tables[source])]
                write_table(_table(root, asked, source), Annotation, rows)
        progress(min(start + asked.batch, len(todo)), len(todo), batch[-1][0].file)
    # One clip on which the model fails is that clip's fault; if it never did anything else, it is the model's.
    if failure is not None and not said and all(one.fault.startswith("failed") for one in new.values()):
        raise failure
    return new


def _ask(model: Annotator, files: Sequence[Path], asked: AnnotatorSpec) -> tuple[list[Answer], ModelError | None]:
    """An answer for each clip, and the last failure of the model, if there was one."""
    answers: dict[int, Answer] = {}
    frames: dict[int, NDArray[np.uint8]] = {}
    for at, file in enumerate(files):
        try:
            frames[at] = clip_frames(file, asked.frames, asked.side)
        except VideoError as error:
            answers[at] = Answer(fault=f"damaged: {error}")
    failure: ModelError | None = None
    try:
        answers |= zip(frames, model.describe(list(frames.values())), strict=True)
    except ModelError:
        for at, one in frames.items():  # each alone: the fault of one clip is not that of its neighbours
            try:
                (answers[at],) = model.describe([one])
            except ModelError as error:
                failure = error
                answers[at] = Answer(fault=f"failed: {error}")
    return [answers[at] for at in range(len(files))], failure
