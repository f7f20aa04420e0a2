"""H.264 taken over as it is coded, where a part of a video can stand alone."""

from __future__ import annotations

import contextlib
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.error import FFmpegError

from worldfactory.errors import VideoError
from worldfactory.files import PendingFile
from worldfactory.video._source import SourceInfo

_IDR = 5  # nal_unit_type, ITU-T H.264 table 7-1
_BT709, _UNSPECIFIED, _FULL = 1, 2, 2
_SD_LINES = 576
_MOST_DELAY = 16  # max_dec_frame_buffering, ITU-T H.264 A.3.1


def can_copy(info: SourceInfo, stream: Any) -> bool:
    """Whether the coded pictures are what the factory would make of them: H.264, 8-bit 4:2:0, upright, BT.709."""
    context = stream.codec_context
    matrix = int(context.colorspace)
    return (
        info.codec == "h264"
        and info.pixels == "yuv420p"
        and (info.width, info.height) == info.upright
        and not (info.turn or info.mirrored or info.interlaced)
        and (matrix == _BT709 or (matrix == _UNSPECIFIED and info.height > _SD_LINES))
        and int(context.color_range) != _FULL
    )


def is_idr(packet: Any) -> bool:
    """Whether an H.264 packet begins anew: no later picture refers to one before it (ITU-T H.264, 7.4.1.2.4)."""
    data = bytes(packet)
    header = packet.stream.codec_context.extradata or b""
    if header[:1] == b"\x01" and len(header) > 4:  # avcC: units with their length in front (ISO/IEC 14496-15)
        size, at = (header[4] & 3) + 1, 0
        while at + size < len(data):
            if data[at + size] & 31 == _IDR:
                return True
            at += size + int.from_bytes(data[at : at + size], "big")
        return False
    at = data.find(b"\x00\x00\x01")
    while 0 <= at < len(data) - 3:
        if data[at + 3] & 31 == _IDR:
            return True
        at = data.find(b"\x00\x00\x01", at + 3)
    return False


class Copier:
    """Writes the packets of one span as an MP4 of `frames` frames, frame i at exactly i/rate.

    Packets are given in the file's order; those outside [start_s, stop_s) are passed over. Raises VideoError naming
    `path`.
    """

    def __init__(self, path: Path, stream: Any, rate: Fraction, start_s: float, stop_s: float, frames: int) -> None:
        self._path, self._rate, self._frames = path, rate, frames
        self._start_s, self._stop_s = start_s, stop_s
        self._count = 0
        self._delay = max(0, stream.codec_context.has_b_frames)
        self._pending = PendingFile(path)
        try:
            options = {"movflags": "+faststart", "fflags": "+bitexact", "movie_timescale": f"{rate.numerator}"}
            self._container = av.open(str(self._pending.part), "w", "mp4", options=options)
            self._stream: Any = self._container.add_stream_from_template(stream)
            self._stream.time_base = 1 / rate
        except (FFmpegError, OSError, ValueError) as error:
            self._pending.abort()
            raise VideoError(f"{path}: can not begin: {error}") from error

    def add(self, packet: Any) -> None:
        """The next packet of the source."""
        if packet.pts is None:
            return
        place = round((float(packet.pts * packet.time_base) - self._start_s) * self._rate)
        if not 0 <= place < self._frames:
            return
        if not self._count and packet.dts is not None:
            ahead = round(float((packet.pts - packet.dts) * packet.time_base) * self._rate)
            self._delay = max(self._delay, min(ahead, _MOST_DELAY))
        copy = av.Packet(bytes(packet))
        copy.stream = self._stream
        copy.time_base = 1 / self._rate
        # What is shown in place n is decoded at most `delay` places before.
        copy.pts, copy.dts, copy.is_keyframe = place, self._count - self._delay, is_idr(packet)
        self._count += 1
        try:
            self._container.mux_one(copy)
        except (FFmpegError, OSError, ValueError) as error:
            raise VideoError(f"{self._path}: packet {self._count - 1} can not be written: {error}") from error

    def close(self) -> bool:
        """Put the file in its place; False, and nothing written, if packets are missing."""
        whole = self._count == self._frames
        try:
            self._container.close()
        except (FFmpegError, OSError) as error:
            self._pending.abort()
            raise VideoError(f"{self._path}: can not be finished: {error}") from error
        if whole:
            self._pending.commit()
        self._pending.abort()
        return whole

    def abort(self) -> None:
        """Drop everything. Does nothing after `close`."""
        with contextlib.suppress(FFmpegError, OSError, ValueError):
            self._container.close()
        self._pending.abort()
