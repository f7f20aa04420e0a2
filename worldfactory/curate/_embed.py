"""How a clip looks, in 256 numbers made by hand: no weights, no download, the same on every machine.

Where its colours lie in the first and the last frame sampled, and which way its edges run on the whole, over a 4 x 4
grid: the colour layout and edge histogram descriptors of MPEG-7 (ISO/IEC 15938-3; Manjunath et al. 2001, "Color and
Texture Descriptors") with opponent colours in place of YCbCr and all numbers centred, so that unlike clips lie near 0.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

EMBEDDING_SIZE = 256
_GRID = 4
_BINS = 8
_EVEN = 1.0 / _BINS
_EDGES = 2.0
"""Weight of the edges: on drawn clips they then make up 0.4 to 0.7 of the length, and colour alone decides nothing."""
_NOISE = 8.0
"""Differences of luma that count for nothing: what encoders and sensors add."""


class Looks:
    """Gathers the embedding of one clip, a frame at a time, in constant memory."""

    def __init__(self) -> None:
        self._first: NDArray[np.float32] | None = None
        self._last: NDArray[np.float32] | None = None
        self._edges = np.zeros((_GRID, _GRID, _BINS), np.float64)
        self._count = 0

    def add(self, rgb: NDArray[np.float32], luma: NDArray[np.float32]) -> None:
        """Take a frame in: `rgb` [h, w, 3] and its `luma` [h, w], both 0 to 255, already thinned out."""
        self._last = _layout(rgb, luma)
        if self._first is None:
            self._first = self._last
        self._edges += _orientations(luma)
        self._count += 1

    def result(self) -> NDArray[np.float32]:
        """[256] float32 of unit length. Raises ValueError if no frame was added."""
        if self._first is None or self._last is None:
            raise ValueError("an embedding needs one frame or more")
        edges = (self._edges / self._count).astype(np.float32) * np.float32(_EDGES)
        whole = np.concatenate([self._first.ravel(), self._last.ravel(), edges.ravel()])
        length = float(np.linalg.norm(whole))
        if length < 1e-6:  # an even mid-grey: any direction will do, as long as it is always the same
            whole[0], length = 1.0, 1.0
        return (whole / np.float32(length)).astype(np.float32)


def embed(frames: Iterable[NDArray[np.uint8]]) -> NDArray[np.float32]:
    """[256] float32 of unit length from a clip's frames, each [H, W, 3] uint8, a few or all of them, in order.

    The cosine of two is above 0.985 for near-duplicates (another encoding, a little noise, a change of exposure by a
    few per cent), and well below for other clips of the same place. Raises ValueError for no frames.
    """
    looks = Looks()
    for frame in frames:
        rgb, luma = thin(frame)
        looks.add(rgb, luma)
    return looks.result()


def thin(frame: NDArray[np.uint8]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """About 320 x 176 pixels of a frame as float32, 0 to 255, and their luma (ITU-R BT.709)."""
    step = max(1, round(frame.shape[1] / 320))
    rgb = frame[::step, ::step].astype(np.float32)
    luma: NDArray[np.float32] = rgb @ np.array([0.2126, 0.7152, 0.0722], np.float32)
    return rgb, luma


def _layout(rgb: NDArray[np.float32], luma: NDArray[np.float32]) -> NDArray[np.float32]:
    """[4, 4, 4] for each grid cell: lightness, red-green, yellow-blue, contrast; each about -1 to 1."""
    mean = _cells(rgb) / np.float32(255.0)
    light = _cells(luma[..., None]) / np.float32(255.0)
    square = _cells((luma * luma)[..., None]) / np.float32(255.0**2)
    contrast = np.sqrt(np.maximum(square - np.square(light), 0.0))
    red, green, blue = mean[..., :1], mean[..., 1:2], mean[..., 2:]
    parts = [2.0 * light - 0.9, 4.0 * (red - green), 2.0 * (red + green - 2.0 * blue), 3.0 * contrast - 0.4]
    return np.concatenate(parts, -1)


def _orientations(luma: NDArray[np.float32]) -> NDArray[np.float32]:
    """[4, 4, 8] for each grid cell: share of gradient length by orientation over half a turn, less an even share."""
    down = luma[1:, :-1] - luma[:-1, :-1]
    right = luma[:-1, 1:] - luma[:-1, :-1]
    size = np.maximum(np.hypot(right, down) - np.float32(_NOISE), 0.0)
    turn = np.arctan2(down, right) * np.float32(_BINS / np.pi)
    which = np.floor(turn + np.float32(0.5)).astype(np.int32) % _BINS
    rows = np.arange(size.shape[0], dtype=np.int32) * _GRID // size.shape[0]
    columns = np.arange(size.shape[1], dtype=np.int32) * _GRID // size.shape[1]
    slots = (rows[:, None] * _GRID + columns) * _BINS + which
    sums = np.bincount(slots.ravel(), size.ravel(), _GRID * _GRID * _BINS).reshape(_GRID, _GRID, _BINS)
    # The constant keeps the noise of a flat cell from counting as much as the edges of a full one.
    floor = 2.0 * size.size / _GRID**2
    return ((sums + _EVEN * floor) / (sums.sum(-1, keepdims=True) + floor) - _EVEN).astype(np.float32)


def _cells(image: NDArray[np.float32]) -> NDArray[np.float32]:
    """[h, w, c] -> [4, 4, c], the mean over each cell of the grid."""
    height, width = image.shape[:2]
    top, left = [i * height // _GRID for i in range(_GRID)], [i * width // _GRID for i in range(_GRID)]
    sums = np.add.reduceat(np.add.reduceat(image, top, axis=0), left, axis=1)
    tall = np.diff([*top, height]).astype(np.float32)
    wide = np.diff([*left, width]).astype(np.float32)
    return (sums / np.outer(tall, wide)[..., None]).astype(np.float32)
