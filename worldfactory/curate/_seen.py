"""Pictures of a video to what observers see."""

from __future__ import annotations

from typing import Any

import numpy as np
from av.video.reformatter import ColorRange, Colorspace, Interpolation, VideoReformatter
from numpy.typing import NDArray

from worldfactory.curate._observe import SMALL_WIDTH, SeenFrame
from worldfactory.video import Picture

_SPANS = 235 - 16
_FULL_RANGE: NDArray[np.uint8] = np.clip(np.rint((np.arange(256) - 16) * 255 / _SPANS), 0, 255).astype(np.uint8)


class Seer:
    """Makes the small frames: the longer side `SMALL_WIDTH`, or the picture's own where that is less."""

    def __init__(self) -> None:
        # swscale keeps its tables from frame to frame, for one pair of sizes each.
        self._shrink, self._colour = VideoReformatter(), VideoReformatter()

    def see(self, picture: Picture) -> SeenFrame:
        """What observers are given of a picture; its arrays live as long as the picture's frame."""
        frame = picture.frame
        scale = min(1.0, SMALL_WIDTH / max(frame.width, frame.height))
        width, height = max(8, round(frame.width * scale)), max(8, round(frame.height * scale))
        small: Any = self._shrink.reformat(
            frame, width=width, height=height, format="yuv444p", interpolation=Interpolation.AREA, threads=1
        )
        rgb: Any = self._colour.reformat(
            small,
            format="rgb24",
            src_colorspace=Colorspace.ITU709,
            src_color_range=ColorRange.MPEG,
            dst_color_range=ColorRange.JPEG,
            interpolation=Interpolation.POINT,
            threads=1,
        )
        return SeenFrame(
            index=picture.index,
            time_s=picture.time_s,
            luma=_FULL_RANGE[_plane(small)],
            rgb=rgb.to_ndarray(),
            full_luma=_plane(frame),
            limited=True,
        )


def _plane(frame: Any) -> NDArray[np.uint8]:
    """[H, W], a view."""
    plane = frame.planes[0]
    rows = np.frombuffer(plane, np.uint8)[: plane.line_size * plane.height].reshape(plane.height, plane.line_size)
    return rows[:, : plane.width]
