"""The second pass over a brought video: its clips are written and measured, all in one decoding."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path

from worldfactory.curate._observe import Observer, SeenFrame
from worldfactory.curate._prints import Prints, write_prints
from worldfactory.curate._seen import Seer
from worldfactory.curate._shots import Shots
from worldfactory.curate.text import LastingMarks, TextObserver
from worldfactory.curate.transcode import Target, Transcoder, Written
from worldfactory.errors import VideoError
from worldfactory.lineage import digest, record_id
from worldfactory.records import Frozen
from worldfactory.records.source import Footage, Segment, Source
from worldfactory.spec import CurationSpec
from worldfactory.video import Picture, ReadLimits, VideoReader, can_copy


class Clips(Frozen):
    """What the second pass leaves of one source."""

    footage: tuple[Footage, ...] = ()
    fault: str = ""
    """Why nothing could be written, `REASON: ...`; empty if it could."""


def write_clips(
    path: Path,
    shots: Shots,
    spec: CurationSpec,
    folder: Path,
    observers: Callable[[], Sequence[Observer]] = list,
) -> Clips:
    """Write the shots of the video at `path` that are long enough into `folder`, and measure them.

    `observers` makes those of one clip; what they leave besides scores goes into prints.safetensors there. A file that
    can not be read is `Clips` with a fault; only StoreError is raised.
    """
    marks = LastingMarks()

    def seen(observers: Sequence[Observer]) -> None:
        for one in observers:
            if isinstance(one, TextObserver):
                marks.see(one)

    long = [one for one in shots.segments if one.stop_s - one.start_s >= spec.split.min_s - 1e-6]
    try:
        written = _write(path, long, shots.source, spec, folder, observers, seen, may_copy=spec.transcode.copy_streams)
    except VideoError as error:
        return Clips(fault=str(error).removeprefix(f"{path}: "))
    shared = marks.scores()
    footage = tuple(_footage(one, shots.source, folder, shared) for one in written)
    write_prints(folder, Prints.of([one.id for one in footage], [one.arrays for one in written]))
    return Clips(footage=footage)


def _write(
    path: Path,
    segments: list[Segment],
    source: Source,
    spec: CurationSpec,
    folder: Path,
    observers: Callable[[], Sequence[Observer]],
    seen: Callable[[Sequence[Observer]], None],
    may_copy: bool,
) -> list[Written]:
    if not segments:
        return []
    want = spec.transcode
    sound = want.sound and bool(source.audio)
    own = Fraction(*source.rate)
    even = source.scores.get("uneven_share") == 0
    with VideoReader(path, ReadLimits(pixels=spec.read.pixels), sound) as reader:
        copy = may_copy and want.rate == "source" and not want.sound and even and can_copy(reader.info, reader.stream)
        rate = own if want.rate == "source" else want.rate
        stream = reader.stream if copy else None
        target = Target(folder, source.width, source.height, rate, want.encoding, sound, stream)
        with Transcoder(segments, target, observers, seen) as transcoder:
            seer = Seer()
            reader.on_packet = transcoder.packet if copy else None
            reader.on_sound = transcoder.sound if sound else None
            for picture in reader.pictures():
                transcoder.picture(picture, _lazily(seer, picture))
            transcoder.finish()
    written, missed = transcoder.written, transcoder.missed
    if missed:
        written.extend(_write(path, missed, source, spec, folder, observers, seen, may_copy=False))
    return sorted(written, key=lambda one: one.segment.index)


def _lazily(seer: Seer, picture: Picture) -> Callable[[], SeenFrame]:
    return lambda: seer.see(picture)


def _footage(one: Written, source: Source, folder: Path, shared: dict[str, float]) -> Footage:
    data = (folder / one.file).read_bytes()
    return Footage(
        id=record_id("footage", (one.segment.id,), digest(data), 0),
        parents=(one.segment.id,),
        segment=one.segment.id,
        file=one.file,
        sha256=digest(data),
        bytes=len(data),
        width=source.width,
        height=source.height,
        fps=(one.rate.numerator, one.rate.denominator),
        frames=one.frames,
        audio=one.audio,
        copied=one.copied,
        scores=dict(sorted({**one.scores, **shared}.items())),
    )
