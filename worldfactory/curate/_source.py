"""One brought video to clips: a pass that finds the shots, and a pass that writes and measures them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from worldfactory.curate._clock import RateMeter
from worldfactory.curate._observe import Observer, SeenFrame
from worldfactory.curate._seen import Seer
from worldfactory.curate.split import Moment, Span, SpanMaker, open_detector
from worldfactory.curate.transcode import Target, Transcoder, Written
from worldfactory.errors import VideoError
from worldfactory.lineage import digest, digest_json, record_id
from worldfactory.records import Frozen
from worldfactory.records.source import Footage, Judgement, Segment, Source
from worldfactory.spec import CurationSpec, Rule
from worldfactory.video import Health, Picture, ReadLimits, SourceInfo, VideoReader, can_copy, is_idr

_HDR = (16, 18)  # PQ and HLG, ITU-T H.273 table 3


class Curated(Frozen):
    """What stands of one source."""

    source: Source
    segments: tuple[Segment, ...] = ()
    footage: tuple[Footage, ...] = ()


def curation_digest(spec: CurationSpec) -> str:
    """Digest of all that shapes segments and clips; the rules do not."""
    return digest_json(spec.model_dump(mode="json", include={"read", "split", "transcode"}))


def source_id(sha256: str) -> str:
    """The id of a file with this content."""
    return record_id("source", (), sha256, 0)


def faulty(path: Path, sha256: str, fault: str) -> Curated:
    """What stands of a file that gave nothing."""
    fault = fault.removeprefix(f"{path}: ")
    size = path.stat().st_size if path.is_file() else 0
    source = Source(id=source_id(sha256), parents=(), name=path.name, sha256=sha256, bytes=size, fault=fault)
    return Curated(source=source)


def curate_source(
    path: Path,
    sha256: str,
    spec: CurationSpec,
    folder: Path,
    observers: Callable[[], Sequence[Observer]] = list,
) -> Curated:
    """Split the video at `path` and write its clips into `folder`; `observers` makes those of one clip.

    A file that gives nothing is a `Curated` whose source names the fault; only StoreError is raised.
    """
    try:
        limits = ReadLimits(pixels=spec.read.pixels)
        found = _find(path, spec, limits)
        source = found.source(path, sha256)
        segments = [found.segment(source, spec, index, span) for index, span in enumerate(found.spans)]
        long = [segment for segment in segments if segment.stop_s - segment.start_s >= spec.split.min_s - 1e-6]
        written = _write(path, long, found, spec, limits, folder, observers)
    except VideoError as error:
        return faulty(path, sha256, str(error))
    return Curated(
        source=source,
        segments=tuple(segments),
        footage=tuple(_footage(one, found, folder) for one in written),
    )


@dataclass(slots=True)
class _Found:
    """What the first pass leaves."""

    info: SourceInfo
    health: Health
    rate: Fraction
    uneven: float
    spans: list[Span]
    copyable: bool

    def source(self, path: Path, sha256: str) -> Source:
        width, height = self.info.upright
        health, claimed = self.health, self.info.duration_s
        seconds = health.seconds + float(1 / self.rate)
        scores = {
            "damaged_share": health.damaged / (health.frames + health.damaged),
            "repaired_share": health.repaired / health.frames,
            "uneven_share": self.uneven,
            "form_changes": float(health.changes),
            "rate_fps": float(self.rate),
            "hdr": float(self.info.transfer in _HDR),
            "bits": float(self.info.bits),
        }
        if claimed:
            scores["decoded_share"] = min(1.0, (seconds + float(1 / self.rate)) / claimed)
        return Source(
            id=source_id(sha256),
            parents=(),
            name=path.name,
            sha256=sha256,
            bytes=path.stat().st_size,
            container=self.info.container,
            codec=self.info.codec,
            width=width,
            height=height,
            rate=(self.rate.numerator, self.rate.denominator),
            frames=health.frames,
            seconds=round(seconds, 6),
            pixels=self.info.pixels,
            interlaced=self.info.interlaced,
            alpha=self.info.alpha,
            turn=self.info.turn,
            audio=self.info.audio,
            scores={name: round(value, 6) for name, value in sorted(scores.items())},
        )

    def segment(self, source: Source, spec: CurationSpec, index: int, span: Span) -> Segment:
        return Segment(
            id=record_id("segment", (source.id,), curation_digest(spec), index),
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


def _find(path: Path, spec: CurationSpec, limits: ReadLimits) -> _Found:
    detector = open_detector(spec.split)
    maker, meter, seer = SpanMaker(spec.split.max_s), RateMeter(), Seer()
    spans: list[Span] = []
    # Where coded pictures begin anew, told before the pictures themselves come: as many as decoders hold back.
    anew: deque[float] = deque(maxlen=64)

    def on_packet(packet: Any) -> None:
        if packet.is_keyframe and packet.pts is not None and is_idr(packet):
            anew.append(float(packet.pts * packet.time_base))

    last_s = 0.0
    with VideoReader(path, limits) as reader:
        copyable = spec.transcode.copy_streams and can_copy(reader.info, reader.stream)
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
    return _Found(info, health, rate, meter.uneven(rate), spans, copyable)


def _rate(path: Path, meter: RateMeter, info: SourceInfo) -> Fraction:
    rate = meter.rate(info.rate)
    if not Fraction(1, 2) <= rate <= 1000:
        raise VideoError(f"{path}: absurd time: {float(rate):.6g} frames a second; 0.5 to 1000 are read")
    return rate


def _write(
    path: Path,
    segments: list[Segment],
    found: _Found,
    spec: CurationSpec,
    limits: ReadLimits,
    folder: Path,
    observers: Callable[[], Sequence[Observer]],
) -> list[Written]:
    if not segments:
        return []
    want = spec.transcode
    copy = found.copyable and want.rate == "source" and not want.sound and found.uneven == 0
    width, height = found.info.upright
    sound = want.sound and bool(found.info.audio)
    with VideoReader(path, limits, sound) as reader:
        rate = found.rate if want.rate == "source" else want.rate
        source = reader.stream if copy else None
        target = Target(folder, width, height, rate, want.encoding, sound, source)
        with Transcoder(segments, target, observers) as transcoder:
            seer = Seer()
            reader.on_packet = transcoder.packet if copy else None
            reader.on_sound = transcoder.sound if sound else None
            for picture in reader.pictures():
                transcoder.picture(picture, _lazily(seer, picture))
            transcoder.finish()
    written, missed = transcoder.written, transcoder.missed
    if missed:
        found.copyable = False
        written.extend(_write(path, missed, found, spec, limits, folder, observers))
    return sorted(written, key=lambda one: one.segment.index)


def _lazily(seer: Seer, picture: Picture) -> Callable[[], SeenFrame]:
    return lambda: seer.see(picture)


def _footage(one: Written, found: _Found, folder: Path) -> Footage:
    data = (folder / one.file).read_bytes()
    width, height = found.info.upright
    return Footage(
        id=record_id("footage", (one.segment.id,), digest(data), 0),
        parents=(one.segment.id,),
        segment=one.segment.id,
        file=one.file,
        sha256=digest(data),
        bytes=len(data),
        width=width,
        height=height,
        fps=(one.rate.numerator, one.rate.denominator),
        frames=one.frames,
        audio=one.audio,
        copied=one.copied,
        scores=one.scores,
    )


def judge(curated: Curated, spec: CurationSpec) -> list[Judgement]:
    """A judgement of the source and of each of its segments, from stored scores alone.

    A source that is dropped takes its segments with it.
    """
    limits = digest_json(spec.model_dump(mode="json", include={"source_rules", "clip_rules"}))

    def ruling(subject: str, reasons: Sequence[str], scores: Mapping[str, float]) -> Judgement:
        return Judgement(
            id=record_id("judgement", (subject,), limits, 0),
            parents=(subject,),
            subject=subject,
            kept=not reasons,
            reasons=tuple(reasons),
            scores=dict(scores),
        )

    source = curated.source
    wrong = [source.fault] if source.fault else _failures(spec.source_rules, source.scores)
    rulings = [ruling(source.id, wrong, source.scores)]
    measured = {one.segment: one.scores for one in curated.footage}
    for segment in curated.segments:
        scores = {**measured.get(segment.id, {}), "seconds": round(segment.stop_s - segment.start_s, 6)}
        reasons = [f"source: {reason}" for reason in wrong] + _failures(spec.clip_rules, scores)
        if segment.id not in measured and not reasons:
            reasons = [f"short: seconds {scores['seconds']:.4g} < {spec.split.min_s:g} when it was split"]
        rulings.append(ruling(segment.id, reasons, scores))
    return rulings


def _failures(rules: Mapping[str, Rule], scores: Mapping[str, float]) -> list[str]:
    found = (rule.failure(name, scores[rule.score]) for name, rule in rules.items() if rule.score in scores)
    return [reason for reason in found if reason is not None]
