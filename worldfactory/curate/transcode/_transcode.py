"""The clips of a video, written in one pass over it."""

from __future__ import annotations

import bisect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from worldfactory.curate._observe import Observer, Recogniser, SeenFrame
from worldfactory.curate.transcode._sound import SoundCutter, SoundTrack
from worldfactory.records.source import Segment
from worldfactory.spec import Encoding
from worldfactory.video import SOUND_RATE, Copier, Encoder, Picture

_OPEN = 3


@dataclass(frozen=True, slots=True)
class Target:
    """What the clips of one video become."""

    folder: Path
    width: int
    height: int
    rate: Fraction
    encoding: Encoding
    sound: bool
    copy_from: Any = None
    """The video stream that may be copied from without encoding; None to encode."""


@dataclass(frozen=True, slots=True)
class Written:
    """A clip that stands."""

    segment: Segment
    file: str
    rate: Fraction
    frames: int
    audio: bool
    copied: bool
    scores: dict[str, float]
    arrays: dict[str, NDArray[Any]]
    """What the clip is recognised by."""


class _Clip:
    """One clip on its way."""

    def __init__(self, segment: Segment, target: Target, observers: Sequence[Observer]) -> None:
        self.segment = segment
        self.file = f"{segment.index:05d}.mp4"
        self.frames = max(1, round((segment.stop_s - segment.start_s) * target.rate))
        self.done = False
        self._target, self.observers = target, observers
        self._count = 0
        self._last: Any = None
        path = target.folder / self.file
        self.copied = target.copy_from is not None and segment.key and not target.sound
        self._copier = self._encoder = None
        if self.copied:
            stop_s = segment.file_s + segment.stop_s - segment.start_s
            self._copier = Copier(path, target.copy_from, target.rate, segment.file_s, stop_s, self.frames)
        else:
            encoding = target.encoding
            self._encoder = Encoder(
                path,
                target.width,
                target.height,
                target.rate,
                preset=encoding.preset,
                crf=encoding.crf,
                sound=target.sound,
            )
        length = round(self.frames / target.rate * SOUND_RATE)
        self._track = SoundTrack(round(segment.file_s * SOUND_RATE), length)
        self.heard = not target.sound

    def packet(self, packet: Any) -> None:
        if self._copier is not None:
            self._copier.add(packet)

    def picture(self, picture: Picture, seen: SeenFrame) -> None:
        for observer in self.observers:
            observer.see(seen)
        if self._encoder is not None:
            # Frame n of the clip is the last one shown by n/rate, half a frame's time forgiven.
            place = round((picture.time_s - self.segment.start_s) * self._target.rate)
            self._repeat(place)
            if place >= self._count and self._count < self.frames:
                self._encoder.add_picture(picture.frame)
                self._count += 1
            self._last = picture.frame
        if picture.index == self.segment.stop - 1:
            self._repeat(self.frames)
            self._last = None
            self.done = True

    def sound(self, first: int, samples: NDArray[np.float32]) -> None:
        if self._encoder is not None and not self.heard:
            self._encoder.add_sound(self._track.cut(first, samples))
            self.heard = self._track.past(first + samples.shape[1])

    def close(self) -> Written | None:
        """None where a copy is not whole."""
        if self._copier is not None and not self._copier.close():
            return None
        if self._encoder is not None:
            self._encoder.add_sound(self._track.rest())
            self._encoder.close()
        scores: dict[str, float] = {}
        arrays: dict[str, NDArray[Any]] = {}
        for observer in self.observers:
            scores.update(observer.scores())
            if isinstance(observer, Recogniser):
                arrays.update(observer.arrays())
        sound = self._target.sound
        ordered = dict(sorted(scores.items()))
        return Written(self.segment, self.file, self._target.rate, self.frames, sound, self.copied, ordered, arrays)

    def abort(self) -> None:
        for writer in (self._encoder, self._copier):
            if writer is not None:
                writer.abort()

    def _repeat(self, until: int) -> None:
        while self._encoder is not None and self._last is not None and self._count < min(until, self.frames):
            self._encoder.add_picture(self._last)
            self._count += 1


class Transcoder:
    """Writes the clips of `segments`, which are in order and do not overlap, as `Target` says.

    Told of packets, pictures and sound as a VideoReader gives them; few clips are open at a time. As a context manager
    it drops clips that are not whole on an exception. Raises VideoError, StoreError.
    """

    def __init__(
        self,
        segments: Sequence[Segment],
        target: Target,
        observers: Callable[[], Sequence[Observer]],
        seen: Callable[[Sequence[Observer]], None] = lambda observers: None,
    ) -> None:
        """`observers` makes those of one clip; `seen` is told of them when the clip is whole."""
        self._segments, self._target, self._observers, self._seen = list(segments), target, observers, seen
        self._begun = 0
        self._open: list[_Clip] = []
        self._cutter = SoundCutter() if target.sound else None
        self._starts = [segment.start for segment in segments]
        self.written: list[Written] = []
        self.missed: list[Segment] = []
        """Segments whose coded pictures could not be copied; they must be encoded in another pass."""

    def packet(self, packet: Any) -> None:
        """A packet of the video."""
        if self._target.copy_from is not None and packet.pts is not None:
            self._begin_by_time(float(packet.pts * packet.time_base))
            for clip in self._open:
                clip.packet(packet)

    def picture(self, picture: Picture, seen: Callable[[], SeenFrame]) -> None:
        """The next picture; `seen` is asked only where a clip holds it."""
        while self._begun < len(self._segments) and self._segments[self._begun].start <= picture.index:
            self._begin()
        place = bisect.bisect_right(self._starts, picture.index) - 1
        if place >= 0 and picture.index < self._segments[place].stop:
            shown = seen()
            for clip in self._open:
                if clip.segment is self._segments[place]:
                    clip.picture(picture, shown)
        self._close(lambda clip: clip.done and clip.heard)

    def sound(self, frame: Any) -> None:
        """A decoded audio frame."""
        if self._cutter is None:
            return
        for first, samples in self._cutter.take(frame):
            self._begin_by_time((first + samples.shape[1]) / SOUND_RATE)
            for clip in self._open:
                clip.sound(first, samples)
        self._close(lambda clip: clip.done and clip.heard)

    def finish(self) -> None:
        """Close what is open; a clip whose last pictures never came is closed with those that did."""
        self._close(lambda clip: True)

    def _begin_by_time(self, file_s: float) -> None:
        # A clock that jumps back would open all that follows at once; their pictures open those in time.
        while (
            self._begun < len(self._segments)
            and len(self._open) < _OPEN
            and self._segments[self._begun].file_s <= file_s
        ):
            self._begin()

    def _begin(self) -> None:
        self._open.append(_Clip(self._segments[self._begun], self._target, self._observers()))
        self._begun += 1

    def _close(self, wanted: Callable[[_Clip], bool]) -> None:
        for clip in [clip for clip in self._open if wanted(clip)]:
            self._open.remove(clip)
            written = clip.close()
            if written is not None:
                self._seen(clip.observers)
            if written is None:
                self.missed.append(clip.segment)
            else:
                self.written.append(written)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for clip in self._open:
            clip.abort()
