"""H.264 MP4 to frames, from a file or its bytes."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.error import FFmpegError
from av.video.reformatter import ColorRange, Colorspace, Interpolation, VideoReformatter
from numpy.typing import NDArray

from worldfactory.errors import VideoError
from worldfactory.video._encode import EXACT

# swscale's fast path to RGB truncates: every frame comes out two levels too dark. This one rounds.
_ROUNDED = EXACT | Interpolation.FULL_CHR_H_INT


@dataclass(frozen=True, slots=True)
class VideoInfo:
    """What a video's header says."""

    width: int
    height: int
    fps: Fraction
    frames: int
    codec: str


def probe(source: Path | bytes) -> VideoInfo:
    """Size, exact rate and number of frames, without decoding. Raises VideoError naming the file."""
    with _opened(source) as (container, stream):
        del container
        rate = stream.guessed_rate or stream.average_rate
        if rate is None or not stream.frames:
            raise VideoError(f"{_name(source)}: has no rate or no count of frames; is it an MP4 of this factory?")
        return VideoInfo(stream.width, stream.height, Fraction(rate), stream.frames, stream.codec_context.name)


def decode(source: Path | bytes, start: int = 0, stop: int | None = None, step: int = 1) -> Iterator[NDArray[np.uint8]]:
    """The frames `range(start, stop, step)`, each [H, W, 3] uint8; `stop` None means to the end.

    Decoding begins at the keyframe before `start` and ends with the last frame asked for. Raises ValueError for a
    negative start or a step below 1, VideoError naming the file, and the frame, where one is missing or damaged.
    """
    if start < 0 or step < 1 or (stop is not None and stop < 0):
        raise ValueError(f"start and stop must be at least 0 and step at least 1, not {start}, {stop}, {step}")
    return _decode(source, start, stop, step)


def _decode(source: Path | bytes, start: int, stop: int | None, step: int) -> Iterator[NDArray[np.uint8]]:
    with _opened(source) as (container, stream):
        total = stream.frames
        end = total if stop is None else min(stop, total)
        wanted = iter(range(start, end, step))
        index = next(wanted, None)
        if index is None:
            return
        per_frame = 1 / (Fraction(stream.average_rate) * stream.time_base)
        if start:
            container.seek(round(start * per_frame), stream=stream, backward=True)
        reformatter = VideoReformatter()
        for frame in container.decode(stream):
            if round(frame.pts / per_frame) == index:
                yield _rgb(reformatter, frame)
                index = next(wanted, None)
                if index is None:
                    return
        raise VideoError(f"{_name(source)}: frame {index} of {total} is missing")


def _rgb(reformatter: VideoReformatter, frame: Any) -> NDArray[np.uint8]:
    rgb: Any = reformatter.reformat(
        frame,
        format="rgb24",
        src_colorspace=Colorspace.ITU709,
        src_color_range=ColorRange.MPEG,
        dst_color_range=ColorRange.JPEG,
        interpolation=_ROUNDED,
        threads=1,
    )
    return rgb.to_ndarray()


@contextlib.contextmanager
def _opened(source: Path | bytes) -> Generator[tuple[Any, Any], None, None]:
    """The container and its first video stream; whatever goes wrong with them becomes VideoError."""
    try:
        with av.open(io.BytesIO(source) if isinstance(source, bytes) else str(source)) as container:
            if not container.streams.video:
                raise VideoError(f"{_name(source)}: holds no video")
            stream = container.streams.video[0]
            stream.thread_count = 1
            # A damaged frame is an error, not a smear.
            stream.codec_context.options = {"err_detect": "explode"}
            yield container, stream
    except (FFmpegError, OSError) as error:
        raise VideoError(f"{_name(source)}: can not be decoded: {error}") from error


def _name(source: Path | bytes) -> str:
    return f"<{len(source)} bytes of video>" if isinstance(source, bytes) else f"{source}"
