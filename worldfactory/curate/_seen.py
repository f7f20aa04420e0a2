"""Pictures of a video to what observers see."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from worldfactory.curate._observe import SMALL_WIDTH, SeenFrame
from worldfactory.video import Picture

_SPANS = 235 - 16
FULL_RANGE: NDArray[np.uint8] = np.clip(np.rint((np.arange(256) - 16) * 255 / _SPANS), 0, 255).astype(np.uint8)
"""[256]: luma of limited range to full range."""
_RED, _BLUE = 0.2126, 0.0722
_GREEN = 1 - _RED - _BLUE


def _to_rgb() -> NDArray[np.float32]:
    """[3, 4]: limited range Y, Cb, Cr and 1 to full range R, G, B (ITU-R BT.709, 3.2 to 3.4, inverted)."""
    light, colour = 255 / _SPANS, 255 / (240 - 16)
    from_cr, from_cb = 2 * (1 - _RED) * colour, 2 * (1 - _BLUE) * colour
    rows = np.array([
        [light, 0, from_cr],
        [light, -from_cb * _BLUE / _GREEN, -from_cr * _RED / _GREEN],
        [light, from_cb, 0],
    ])  # fmt: skip
    return np.concatenate([rows, -(rows @ np.array([[16.0], [128], [128]]))], 1).astype(np.float32)


_TO_RGB = _to_rgb()


class Seer:
    """Makes the small frames: the longer side `SMALL_WIDTH`, or the picture's own where that is less."""

    def see(self, picture: Picture) -> SeenFrame:
        """What observers are given of a picture; its arrays live as long as the picture's frame."""
        frame = picture.frame
        scale = min(1.0, SMALL_WIDTH / max(frame.width, frame.height))
        size = max(8, round(frame.width * scale)), max(8, round(frame.height * scale))
        luma = _plane(frame, 0)
        planes = [_shrunk(plane, size) for plane in (luma, _plane(frame, 1), _plane(frame, 2))]
        rgb: Any = cv2.transform(cv2.merge(planes), _TO_RGB)
        small: Any = cv2.LUT(planes[0], FULL_RANGE)
        return SeenFrame(picture.index, picture.time_s, luma=small, rgb=rgb, full_luma=luma, limited=True)


def _shrunk(plane: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """[h, w] of this size. By halves, each the mean of four, as far as they go: OpenCV is ten times faster at them than
    at other areas, and between two halves interpolation leaves nothing out."""
    out: Any = plane
    while out.shape[1] >= 2 * size[0] and out.shape[0] >= 2 * size[1]:
        out = cv2.resize(out, (out.shape[1] // 2, out.shape[0] // 2), interpolation=cv2.INTER_AREA)
    return cv2.resize(out, size, interpolation=cv2.INTER_LINEAR)  # pyright: ignore[reportReturnType]


def _plane(frame: Any, index: int) -> NDArray[np.uint8]:
    """[h, w], a view."""
    plane = frame.planes[index]
    rows = np.frombuffer(plane, np.uint8)[: plane.line_size * plane.height].reshape(plane.height, plane.line_size)
    return rows[:, : plane.width]
