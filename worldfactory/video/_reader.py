"""Any video that FFmpeg reads, a frame at a time: guarded, upright, on a clock that only rises."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from av.error import FFmpegError

from worldfactory.errors import VideoError
from worldfactory.video._source import ReadLimits, SourceInfo, opened
from worldfactory.video._upright import Upright, orientation

MAX_GAP_S = 2.0
"""A longer hole in the timestamps is a break: the clock goes on as if there were none."""
_DEFAULT_RATE = Fraction(25)
_GIVE_UP = 200
"""So many packets one after another that can not be decoded, and nothing good is to follow."""


@dataclass(frozen=True, slots=True)
class Picture:
    """One frame: upright, square pixels, even sides, 8-bit 4:2:0, BT.709 limited range."""

    frame: Any
    """av.VideoFrame."""
    index: int
    time_s: float
    """Seconds from the first frame; strictly rising, without breaks."""
    pts_s: float
    """As the file says, on the clock that the sound is on too."""
    breaks: bool
    """Whether the file's clock jumped: this frame does not follow the one before."""
    key: bool
    """Whether it was coded on its own."""


@dataclass(slots=True)
class Health:
    """How the reading went."""

    frames: int = 0
    damaged: int = 0
    """Packets that could not be decoded and frames with damage in them."""
    repaired: int = 0
    """Timestamps missing, falling or jumping."""
    changes: int = 0
    """Of size or pixel format, inside the stream."""
    seconds: float = 0.0
    cut_short: str = ""
    """Why reading ended before the file's end; empty if it did not."""


class VideoReader(AbstractContextManager["VideoReader"]):
    """Opens a video and gives its pictures once, in the order shown, in constant memory.

    Set before `pictures` is called, `on_packet` is told of each video packet, and with `sound` `on_sound` of each
    decoded audio frame, as they come out of the file: sound a little before or after the pictures of its time. `rough`
    pictures cost a tenth less and show their blocks: enough to tell shots by.

    Raises VideoError as `PATH: REASON: ...`, REASON being one of empty, unreadable, no video, encrypted, too large, too
    small, no picture; damage after the first picture is told by `health` instead.
    """

    def __init__(
        self,
        path: Path,
        limits: ReadLimits | None = None,
        sound: bool = False,
        rough: bool = False,
    ) -> None:
        self.path = path
        self.health = Health()
        self._limits = limits or ReadLimits()
        self._sound = sound
        self._rough = rough
        self.on_sound: Callable[[Any], None] | None = None
        self.on_packet: Callable[[Any], None] | None = None
        self._early: list[tuple[bool, Any]] | None = []
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self._container, self.stream, header = stack.enter_context(opened(self.path, self._limits, self._rough))
            self._frames = self._decoded()
            self._first = next(self._frames, None)
            if self._first is None:
                why = self.health.cut_short or "none of its packets can be decoded"
                raise VideoError(f"{self.path}: no picture: {why}")
            turn, mirrored = orientation(self._first)
            fields = self.stream.codec_context.field_order
            interlaced = bool(self._first.interlaced_frame) or (isinstance(fields, int) and fields > 1)
            self.info: SourceInfo = replace(header, turn=turn, mirrored=mirrored, interlaced=interlaced)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        return self._stack.__exit__(kind, error, trace)

    def pictures(self) -> Iterator[Picture]:
        """Every picture, once."""
        early, self._early = self._early or [], None
        for is_sound, event in early:
            self._tell(is_sound, event)
        del early
        upright = Upright(self.info)
        clock = _Clock(self.info.rate or _DEFAULT_RATE, self.health)
        index = 0
        for frame in self._stream():
            for ready in upright.take(frame) if frame is not None else upright.flush():
                time_s, pts_s, breaks = clock.read(ready)
                yield Picture(ready, index, time_s, pts_s, breaks, bool(ready.key_frame))
                index += 1
                self.health.frames, self.health.seconds = index, time_s
                self.health.changes = upright.changes

    def _stream(self) -> Iterator[Any]:
        yield self._first
        self._first = None
        yield from self._frames
        yield None

    def _decoded(self) -> Generator[Any, None, None]:
        wanted = [self.stream]
        sounds = self._container.streams.audio
        if self._sound and sounds:
            wanted.append(sounds[0])
            sounds[0].thread_count = 1
        health = self.health
        stamps = _Stamps()
        failed = seen = 0
        packets = self._container.demux(wanted)
        while True:
            try:
                packet = next(packets, None)
            except (FFmpegError, OSError, ValueError) as error:
                health.cut_short = f"{error}"
                return
            if packet is None:
                return
            if packet.stream is not self.stream:
                self._hear(packet)
                continue
            if not seen and packet.has_sidedata("encryption_info"):
                raise VideoError(f"{self.path}: encrypted: its samples are encrypted, and there is no key")
            seen += 1
            if packet.size:
                self._tell(False, packet)
            try:
                frames = packet.decode()
                failed = 0
            except (FFmpegError, ValueError, MemoryError):
                health.damaged += 1
                failed += 1
                if failed >= _GIVE_UP:
                    health.cut_short = f"{_GIVE_UP} packets one after another can not be decoded"
                    return
                continue
            for frame in frames:
                health.damaged += bool(frame.is_corrupt)
                frame.pts = stamps.best(frame)
                yield frame

    def _tell(self, is_sound: bool, event: Any) -> None:
        if self._early is not None:  # the first frame is decoded on opening, before anyone listens
            self._early.append((is_sound, event))
        elif (listener := self.on_sound if is_sound else self.on_packet) is not None:
            listener(event)

    def _hear(self, packet: Any) -> None:
        try:
            for frame in packet.decode():
                self._tell(True, frame)
        except (FFmpegError, ValueError):
            self.health.damaged += 1


class _Stamps:
    """Each frame's time by whichever of its two clocks fell less often so far, as players take it.

    AVI holds no times of showing, and those guessed for B-frames fall every few frames; its times of decoding rise.
    """

    def __init__(self) -> None:
        self._fell = {"pts": 0, "dts": 0}
        self._latest: dict[str, int] = {}
        self._step = 1

    def best(self, frame: Any) -> int | None:
        """In units of the frame's time base; None where it has no time at all."""
        decoded = frame.dts
        if decoded is None and "dts" in self._latest:  # the last frames, which come out after all packets
            decoded = self._latest["dts"] + self._step
        for name, time in (("pts", frame.pts), ("dts", decoded)):
            if time is not None:
                latest = self._latest.get(name, time - 1)
                self._fell[name] += time <= latest
                self._latest[name] = time
                if name == "dts" and time > latest:
                    self._step = time - latest
        if frame.pts is None or (decoded is not None and self._fell["pts"] > self._fell["dts"]):
            return decoded
        return frame.pts


class _Clock:
    """Timestamps to seconds that only rise; what can not be is repaired with the video's own rate, and counted."""

    def __init__(self, rate: Fraction, health: Health) -> None:
        self._step = float(1 / rate)
        self._health = health
        self._pts: float | None = None
        self._said: float | None = None
        self._time = 0.0
        self._started = False

    def read(self, frame: Any) -> tuple[float, float, bool]:
        """(seconds from the first frame, seconds on the file's clock, whether the clock jumped)."""
        pts = float(frame.pts * frame.time_base) if frame.pts is not None and frame.time_base else None
        if not self._started:
            self._started, self._pts, self._said = True, pts, pts
            return 0.0, pts or 0.0, False
        passed = pts - self._pts if pts is not None and self._pts is not None else None
        breaks = passed is not None and (passed > MAX_GAP_S or passed < -MAX_GAP_S)
        fell = pts is not None and self._said is not None and pts <= self._said + 1e-6
        self._said = pts
        # What only lags after an earlier fall is that one fault, however long it lasts.
        self._health.repaired += passed is None or breaks or fell
        if passed is None or passed <= 1e-6 or breaks:
            passed = self._step
            # A clock that fell back by a frame or two catches up by itself; after a jump it counts from there.
            self._pts = pts if breaks or pts is None or self._pts is None else self._pts + passed
        else:
            self._pts = pts
        self._time += passed
        return self._time, self._pts if self._pts is not None else self._time, breaks


def inspect(path: Path, limits: ReadLimits | None = None) -> SourceInfo:
    """What a video's header and first frame say. Raises VideoError like `VideoReader`."""
    with VideoReader(path, limits) as reader:
        return reader.info
