"""Frames to H.264 MP4, one at a time while they are drawn."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import av
import numpy as np
from av.audio.fifo import AudioFifo
from av.codec.context import Flags
from av.error import FFmpegError
from av.video.frame import PictureType
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc, Interpolation, VideoReformatter
from numpy.typing import NDArray

from worldfactory.errors import VideoError
from worldfactory.files import PendingFile

# With these flags swscale's SIMD and C paths agree, and chroma averages both columns; it is no slower for it.
EXACT = Interpolation.BILINEAR | Interpolation.ACCURATE_RND | Interpolation.BITEXACT | Interpolation.FULL_CHR_H_INP

# x264's macroblock tree gives other bytes from run to run where it uses AVX-512 and the width is not a multiple of 128
# or so. Without it SSE4.2, AVX2 and AVX-512 machines all write the same bytes.
_REPEATABLE = {"threads": "1", "mbtree": "0"}

SOUND_RATE = 48000
"""Samples a second."""


class Encoder:
    """Encodes one clip; the MP4 appears, whole, on `close`. With `sound`, AAC beside it, 48 kHz stereo.

    x264 on one thread, 8-bit 4:2:0, BT.709 limited range and tagged so (ITU-T H.273), moov first, a keyframe at least
    every two seconds so that the middle of a clip is cheap to reach. Nothing depends on the time or the machine's
    cores: same frames, same bytes. As a context manager it closes on leaving, or drops everything on an exception.
    Raises VideoError naming `path`; StoreError where its folder can not be written.
    """

    def __init__(
        self,
        path: Path,
        width: int,
        height: int,
        fps: Fraction,
        *,
        preset: str = "veryfast",
        crf: int = 18,
        sound: bool = False,
    ) -> None:
        if width < 2 or height < 2 or width % 2 or height % 2:
            raise VideoError(f"{path}: 4:2:0 video takes even sides, not {width}x{height}")
        if fps <= 0:
            raise VideoError(f"{path}: fps must be above 0, not {fps}")
        self._path = path
        self._shape = (height, width, 3)
        self._samples = 0
        self._fifo = AudioFifo()
        self._count = 0
        self._reformatter = VideoReformatter()
        self._pending = PendingFile(path)
        try:
            self._container = av.open(
                str(self._pending.part),
                "w",
                "mp4",
                # The movie's clock ticks with the frames; its default, milliseconds, would cut durations short.
                options={"movflags": "+faststart", "fflags": "+bitexact", "movie_timescale": f"{fps.numerator}"},
            )
            self._stream = self._container.add_stream(
                "libx264", fps, options={"preset": preset, "crf": f"{crf}", "g": f"{round(2 * fps)}", **_REPEATABLE}
            )
            self._set_up(width, height, fps)
            self._sound: Any = self._container.add_stream("aac", SOUND_RATE, layout="stereo") if sound else None
        except (FFmpegError, OSError, ValueError) as error:
            self._pending.abort()
            raise VideoError(f"{path}: can not begin (preset {preset!r}, crf {crf}): {error}") from error

    def _set_up(self, width: int, height: int, fps: Fraction) -> None:
        context = self._stream.codec_context
        context.width, context.height, context.pix_fmt = width, height, "yuv420p"
        context.time_base = 1 / fps
        context.thread_count = 1
        context.flags |= Flags.bitexact
        context.colorspace, context.color_range = Colorspace.ITU709, ColorRange.MPEG
        context.color_primaries, context.color_trc = ColorPrimaries.BT709, ColorTrc.BT709
        context.open()

    def add(self, rgb: NDArray[np.uint8]) -> None:
        """Append the next frame, [H, W, 3] uint8."""
        if rgb.shape != self._shape or rgb.dtype != np.uint8:
            raise VideoError(
                f"{self._path}: frame {self._count} is {rgb.dtype}{list(rgb.shape)}, "
                f"it must be uint8{list(self._shape)}"
            )
        # The view is converted before `add` returns, so that the caller may draw into `rgb` again.
        source: Any = av.VideoFrame.from_numpy_buffer(np.ascontiguousarray(rgb), "rgb24")
        frame = self._reformatter.reformat(
            source,
            format="yuv420p",
            src_color_range=ColorRange.JPEG,
            dst_colorspace=Colorspace.ITU709,
            dst_color_range=ColorRange.MPEG,
            dst_color_trc=ColorTrc.BT709,
            dst_color_primaries=ColorPrimaries.BT709,
            interpolation=EXACT,
            threads=1,
        )
        self._put(frame)

    def add_picture(self, frame: av.VideoFrame) -> None:
        """Append the next frame as it stands: 8-bit 4:2:0, BT.709 limited range, of the clip's size.

        Its time becomes that of its place in the clip. The same frame may be added again.
        """
        if (frame.height, frame.width, 3) != self._shape or frame.format.name != "yuv420p":
            raise VideoError(
                f"{self._path}: frame {self._count} is {frame.format.name} {frame.width}x{frame.height}, "
                f"it must be yuv420p {self._shape[1]}x{self._shape[0]}"
            )
        frame.pict_type = PictureType.NONE  # x264 would take the kind that it had in its source for an order
        self._put(frame)

    def add_sound(self, samples: NDArray[np.float32]) -> None:
        """Append sound, [2, N] float32 in [-1, 1] at `SOUND_RATE`: it begins with the first frame, without holes."""
        if self._sound is None or not samples.shape[1]:
            return
        block = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples), "fltp", "stereo")
        block.sample_rate, block.pts, block.time_base = SOUND_RATE, self._samples, Fraction(1, SOUND_RATE)
        self._samples += samples.shape[1]
        self._fifo.write(block)
        for ready in self._fifo.read_many(self._sound.codec_context.frame_size or 1024):
            self._mux(ready, self._sound)

    def _put(self, frame: av.VideoFrame) -> None:
        frame.pts = self._count
        frame.time_base = self._stream.codec_context.time_base
        self._count += 1
        self._mux(frame, self._stream)

    def close(self) -> None:
        """Write what is still being encoded and put the file in its place. Raises VideoError if no frame was added."""
        if not self._count:
            self.abort()
            raise VideoError(f"{self._path}: a video needs at least one frame")
        if self._sound is not None:
            if (rest := self._fifo.read(0, partial=True)) is not None:
                self._mux(rest, self._sound)
            self._mux(None, self._sound)
        self._mux(None, self._stream)
        try:
            self._container.close()
        except (FFmpegError, OSError) as error:
            self.abort()
            raise VideoError(f"{self._path}: can not be finished: {error}") from error
        self._pending.commit()

    def abort(self) -> None:
        """Drop everything; what stood at the path stands. Does nothing after `close`."""
        with contextlib.suppress(FFmpegError, OSError):  # the file that it can not finish is removed next
            self._container.close()
        self._pending.abort()

    def _mux(self, frame: av.VideoFrame | av.AudioFrame | None, stream: Any) -> None:
        try:
            self._container.mux(stream.encode(frame))
        except (FFmpegError, OSError) as error:
            self.abort()
            raise VideoError(f"{self._path}: frame {self._count - 1} can not be written: {error}") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None:
                self.close()
        finally:
            self.abort()


def encode(
    path: Path, frames: Iterable[NDArray[np.uint8]], fps: Fraction, *, preset: str = "veryfast", crf: int = 18
) -> None:
    """Encode `frames`, each [H, W, 3] uint8, as an MP4 at `path`; see `Encoder`. Raises VideoError, StoreError."""
    rest = iter(frames)
    first = next(rest, None)
    if first is None:
        raise VideoError(f"{path}: a video needs at least one frame")
    with Encoder(path, first.shape[1], first.shape[0], fps, preset=preset, crf=crf) as encoder:
        encoder.add(first)
        for frame in rest:
            encoder.add(frame)
