"""What a brought video's header says, read with a guard: before anything large is decoded."""

from __future__ import annotations

import contextlib
from collections.abc import Generator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.error import FFmpegError
from av.stream import Disposition

from worldfactory.errors import VideoError

# Containers of video. Left out of what FFmpeg opens: playlists and scripts that name other files (hls, concat, ...),
# still pictures, and the demuxers that take any text for a film (tty).
_CONTAINERS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,mpegvideo,flv,live_flv,ogg,asf,gif,apng,mxf,nut,ivf,h264,"
    "hevc,av1,obu,m4v,yuv4mpegpipe,rm,dv,wtv,nsv,vc1,h263,gxf,pva,amv,mjpeg"
)
_OPTIONS = {"format_whitelist": _CONTAINERS, "protocol_whitelist": "file,pipe", "max_probe_packets": "2500"}


@dataclass(frozen=True, slots=True)
class ReadLimits:
    """Above these a video is refused before it is decoded."""

    pixels: int = 8192 * 8192
    """Of one frame: 8K video has half as many."""
    side: int = 16384
    """Of one frame, in pixels."""
    min_side: int = 16
    """Of one frame, in pixels."""


@dataclass(frozen=True, slots=True)
class SourceInfo:
    """What the header of a video and its first frame say. Sizes in pixels."""

    container: str
    """FFmpeg's name of the format, e.g. `mov,mp4,m4a,3gp,3g2,mj2`."""
    codec: str
    width: int
    height: int
    """As coded: before rotation, and with the pixels' aspect as it is."""
    aspect: Fraction
    """Width of a pixel over its height."""
    pixels: str
    """FFmpeg's name of the pixel format, e.g. `yuv420p10le`."""
    bits: int
    """Per colour component."""
    alpha: bool
    rate: Fraction | None
    """Frames a second as the header claims; None where it claims nothing that can be."""
    duration_s: float | None
    """As the header claims."""
    audio: str
    """Codec of the first audio stream; empty without one."""
    transfer: int
    """Transfer characteristics, ITU-T H.273 table 3: 16 is PQ, 18 is HLG."""
    turn: int = 0
    """Quarter turns clockwise that bring the picture upright, 0 to 3; after `mirrored`, if it is."""
    mirrored: bool = False
    """Whether the picture is to be mirrored left to right first."""
    interlaced: bool = False

    @property
    def upright(self) -> tuple[int, int]:
        """(width, height) upright, with square pixels and even sides: what the reader gives.

        No sample is lost: narrow pixels are stretched in height, wide ones in width.
        """
        width, height = float(self.width), float(self.height)
        if self.aspect > 1:
            width *= float(self.aspect)
        elif self.aspect < 1:
            height /= float(self.aspect)
        sides = (round(width) // 2 * 2, round(height) // 2 * 2)
        return (sides[1], sides[0]) if self.turn % 2 else sides


@contextlib.contextmanager
def opened(path: Path, limits: ReadLimits, rough: bool = False) -> Generator[tuple[Any, Any, SourceInfo], None, None]:
    """The container, its video stream and header; every error of FFmpeg inside becomes VideoError naming the file.

    `rough` leaves out the filter that smooths the seams of blocks, where the codec has one.
    """
    try:
        if not path.is_file():
            raise VideoError(f"{path}: unreadable: there is no such file")
        if path.stat().st_size == 0:
            raise VideoError(f"{path}: empty: the file has no bytes")
        with av.open(str(path), options=_OPTIONS, metadata_errors="replace") as container:
            videos = [s for s in container.streams.video if not s.disposition & Disposition.attached_pic]
            if not videos:
                raise VideoError(f"{path}: no video: it holds no video stream")
            stream = videos[0]
            info = _info(path, container, stream)
            _guard(path, info, limits)
            stream.thread_count = 1
            options = {"max_pixels": f"{limits.pixels}"}
            stream.codec_context.options = options | ({"skip_loop_filter": "all"} if rough else {})
            yield container, stream, info
    except (FFmpegError, OSError) as error:
        raise VideoError(f"{path}: unreadable: {error.strerror or error}") from error
    except (MemoryError, OverflowError, UnicodeError) as error:
        raise VideoError(f"{path}: unreadable: {type(error).__name__} {error}") from error


def _info(path: Path, container: Any, stream: Any) -> SourceInfo:
    context = stream.codec_context
    if context is None:
        raise VideoError(f"{path}: unreadable: its video is coded in a way that is not known")
    shape = context.format
    aspect = Fraction(stream.sample_aspect_ratio or 1)
    claimed = stream.average_rate or stream.guessed_rate
    duration = stream.duration * stream.time_base if stream.duration and stream.time_base else None
    if duration is None and container.duration:
        duration = Fraction(container.duration, av.time_base)
    return SourceInfo(
        container=container.format.name,
        codec=context.name,
        width=context.width,
        height=context.height,
        # Beyond 1:4 it is a damaged header, not an anamorphic film.
        aspect=aspect if Fraction(1, 4) <= aspect <= 4 else Fraction(1),
        pixels=shape.name if shape else "",
        bits=max((part.bits for part in shape.components), default=8) if shape else 8,
        alpha=any(part.is_alpha for part in shape.components) if shape else False,
        rate=Fraction(claimed) if claimed and Fraction(1, 10) <= claimed <= 1000 else None,
        duration_s=float(duration) if duration and 0 < duration < 1e7 else None,
        audio=next((s.codec_context.name for s in container.streams.audio if s.codec_context), ""),
        transfer=int(context.color_trc),
    )


def _guard(path: Path, info: SourceInfo, limits: ReadLimits) -> None:
    size = f"{info.width}x{info.height}"
    width, height = info.upright
    if max(width, height) > limits.side or max(width * height, info.width * info.height) > limits.pixels:
        raise VideoError(
            f"{path}: too large: {size} pixels a frame; sides up to {limits.side} and {limits.pixels} pixels are read"
        )
    if min(width, height) < limits.min_side:
        raise VideoError(f"{path}: too small: {size} pixels a frame; {limits.min_side} is the shortest side")
