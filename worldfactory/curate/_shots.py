"""The first pass over a brought video: what it is, how fast it runs, and where its shots lie."""

from __future__ import annotations

from collections import deque
from fractions import Fraction
from pathlib import Path
from typing import Any

from worldfactory.curate._clock import RateMeter
from worldfactory.curate._seen import Seer
from worldfactory.curate.split import Moment, Span, SpanMaker, open_detector
from worldfactory.errors import VideoError
from worldfactory.lineage import digest_json, record_id
from worldfactory.records import Frozen
from worldfactory.records.source import Segment, Source
from worldfactory.spec import CurationSpec
from worldfactory.video import Health, ReadLimits, SourceInfo, VideoReader, can_copy, is_idr

_HDR = (16, 18)  # PQ and HLG, ITU-T H.273 table 3


class Shots(Frozen):
    """What the first pass leaves of one file; a source with a fault has no segments."""

    source: Source
    segments: tuple[Segment, ...] = ()


def shots_digest(spec: CurationSpec) -> str:
    """Digest of all that shapes segments."""
    return digest_json(spec.model_dump(mode="json", include={"read", "split"}))


def source_id(sha256: str) -> str:
    """The id of a file with this content."""
    return record_id("source", (), sha256, 0)


def faulty(path: Path, sha256: str, fault: str) -> Shots:
    """What stands of a file that gave nothing."""
    fault = fault.removeprefix(f"{path}: ")
    size = path.stat().st_size if path.is_file() else 0
    source = Source(id=source_id(sha256), parents=(), name=path.name, sha256=sha256, bytes=size, fault=fault)
    return Shots(source=source)


def find_shots(path: Path, sha256: str, spec: CurationSpec) -> Shots:
    """Read all of the video at `path`, whose content has this digest, and find its shots.

    A file that gives nothing is one whose source names the fault; only StoreError and ModelError are raised.
    """
    try:
        return _find(path, sha256, spec)
    except VideoError as error:
        return faulty(path, sha256, str(error))


def _find(path: Path, sha256: str, spec: CurationSpec) -> Shots:
    detector = open_detector(spec.split)
    maker, meter, seer = SpanMaker(spec.split.max_s), RateMeter(), Seer()
    spans: list[Span] = []
    # Where coded pictures begin anew, told before the pictures themselves come: as many as decoders hold back.
    anew: deque[float] = deque(maxlen=64)

    def on_packet(packet: Any) -> None:
        if packet.is_keyframe and packet.pts is not None and is_idr(packet):
            anew.append(float(packet.pts * packet.time_base))

    last_s = 0.0
    with VideoReader(path, ReadLimits(pixels=spec.read.pixels), rough=True) as reader:
        copyable = can_copy(reader.info, reader.stream)
        reader.on_packet = on_packet if copyable else None
        for picture in reader.pictures():
            meter.see(picture.time_s)
            frame = seer.see(picture)
            if picture.breaks:
                spans.extend(maker.bound(detector.finish()))
                spans.extend(maker.close(picture.time_s - last_s, "break"))
                detector = open_detector(spec.split)
            boundaries = detector.see(frame)
            last_s = picture.time_s
            key = picture.key and (not copyable or picture.index == 0 or picture.pts_s in anew)
            spans.extend(maker.add(Moment(picture.index, picture.time_s, picture.pts_s, key)))
            spans.extend(maker.bound(boundaries))
        info, health = reader.info, reader.health
    if health.frames < 2:
        raise VideoError(f"{path}: one frame: a video has at least two")
    rate = _rate(path, meter, info)
    spans.extend(maker.bound(detector.finish()))
    spans.extend(maker.close(float(1 / rate)))
    source = _source(path, sha256, info, health, rate, meter.uneven(rate))
    return Shots(source=source, segments=tuple(_segment(source, spec, i, span) for i, span in enumerate(spans)))


def _rate(path: Path, meter: RateMeter, info: SourceInfo) -> Fraction:
    rate = meter.rate(info.rate)
    if not Fraction(1, 2) <= rate <= 1000:
        raise VideoError(f"{path}: absurd time: {float(rate):.6g} frames a second; 0.5 to 1000 are read")
    return rate


def _source(path: Path, sha256: str, info: SourceInfo, health: Health, rate: Fraction, uneven: float) -> Source:
    width, height = info.upright
    seconds = health.seconds + float(1 / rate)
    scores = {
        "damaged_share": health.damaged / (health.frames + health.damaged),
        "repaired_share": health.repaired / health.frames,
        "uneven_share": uneven,
        "form_changes": float(health.changes),
        "rate_fps": float(rate),
        "hdr": float(info.transfer in _HDR),
        "bits": float(info.bits),
    }
    if info.duration_s:
        scores["decoded_share"] = min(1.0, (seconds + float(1 / rate)) / info.duration_s)
    return Source(
        id=source_id(sha256),
        parents=(),
        name=path.name,
        sha256=sha256,
        bytes=path.stat().st_size,
        container=info.container,
        codec=info.codec,
        width=width,
        height=height,
        rate=(rate.numerator, rate.denominator),
        frames=health.frames,
        seconds=round(seconds, 6),
        pixels=info.pixels,
        interlaced=info.interlaced,
        alpha=info.alpha,
        turn=info.turn,
        audio=info.audio,
        scores={name: round(value, 6) for name, value in sorted(scores.items())},
    )


def _segment(source: Source, spec: CurationSpec, index: int, span: Span) -> Segment:
    return Segment(
        id=record_id("segment", (source.id,), shots_digest(spec), index),
        parents=(source.id,),
        source=source.id,
        index=index,
        start=span.start,
        stop=span.stop,
        start_s=round(span.start_s, 9),
        stop_s=round(span.stop_s, 9),
        file_s=round(span.file_s, 9),
        before=span.before,
        after=span.after,
        key=span.key,
    )
