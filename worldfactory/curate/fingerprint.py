"""Perceptual hashes of clips, and whether two clips are copies of one.

A clip is known by a few small pictures spread evenly over its length, so that playing it faster changes nothing, with
black bars cut off. Each is hashed whole and in crops, by the signs of its lowest cosine frequencies (Zauner 2010,
"Implementation and Benchmarking of Perceptual Image Hash Functions"), which exposure and colour leave alone. Pairs
whose hashes come near, mirrored or not, are laid over each other at all offsets and scales of a crop and correlated.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from worldfactory.curate._observe import SeenFrame

PICTURES = 5
HEIGHT, WIDTH = 36, 64
_CROPS = (
    (0.0, 0.0, 1.0), (0.07, 0.07, 0.86), (0.0, 0.0, 0.84), (0.16, 0.0, 0.84), (0.0, 0.16, 0.84), (0.16, 0.16, 0.84),
    (0.0, 0.12, 0.76), (0.24, 0.12, 0.76), (0.12, 0.0, 0.76), (0.12, 0.24, 0.76), (0.12, 0.12, 0.76),
)  # fmt: skip
"""Left, top and side of what is hashed, in shares of the picture; the first is all of it."""
_FLAT = 4.0
"""Deviation of luma below which a picture shows nothing that could be recognised."""
_CHANGE = 2.5
"""Deviation of luma in time below which a clip shows no change that could be told from noise."""
_PARTS = 3, 4
_AGREE = 0.5
"""Correlation of the changes of two clips from which they are the same changes."""
_SURE = 0.97
"""Correlation that is not looked for any better: of many copies of one clip each is held against many."""
_SCALES = (1.0, 0.96, 0.92, 0.88, 0.84, 0.8, 0.76, 0.72)


class Fingerprint:
    """What a clip is recognised by. Pictures that stand on disk are given as what reads them, and `hashes` with it."""

    def __init__(
        self, pictures: NDArray[np.uint8] | Callable[[], NDArray[np.uint8]], hashes: NDArray[np.uint8] | None = None
    ) -> None:
        self._pictures = pictures
        self._hashes = hashes

    @property
    def pictures(self) -> NDArray[np.uint8]:
        """[PICTURES, HEIGHT, WIDTH]: luma, at even steps from first frame to last."""
        return self._pictures() if callable(self._pictures) else self._pictures

    @property
    def hashes(self) -> NDArray[np.uint8]:
        """[2 * len(_CROPS), bytes]: each crop of all pictures; the second half is mirrored."""
        if self._hashes is None:
            pictures = self.pictures
            ways = [pictures, np.ascontiguousarray(pictures[:, :, ::-1])]
            self._hashes = np.stack([_hash(way, crop) for way in ways for crop in _CROPS])
        return self._hashes


class FingerprintObserver:
    """Gathers the pictures of a clip whose length nobody knows yet, in constant memory."""

    def __init__(self) -> None:
        self._kept: list[tuple[float, NDArray[np.uint8]]] = []
        self._last: tuple[float, NDArray[np.uint8]] | None = None
        self._every = 1
        self._count = 0

    def see(self, frame: SeenFrame) -> None:
        """Look at the next frame."""
        if self._count % self._every == 0:
            self._kept.append((frame.time_s, frame.luma.copy()))
            if len(self._kept) >= 16 * PICTURES:
                del self._kept[1::2]
                self._every *= 2
        self._last = frame.time_s, frame.luma.copy()
        self._count += 1

    def scores(self) -> dict[str, float]:
        """Nothing that a limit could be set on."""
        return {}

    def arrays(self) -> dict[str, NDArray[Any]]:
        """The fingerprint's pictures; none if no frame was seen."""
        return {} if self._last is None else {"fingerprint": self.fingerprint().pictures}

    def fingerprint(self) -> Fingerprint:
        """Of the frames seen. Raises ValueError if there were none."""
        if self._last is None:
            raise ValueError("a fingerprint needs one frame or more")
        times = np.array([time for time, _ in self._kept])
        # A little inside the ends, where a cut may leave a frame of the neighbours.
        wanted = times[0] + (self._last[0] - times[0]) * np.linspace(0.06, 0.94, PICTURES)
        chosen = [self._kept[int(np.abs(times - when).argmin())][1] for when in wanted]
        area = _picture_area(chosen)
        small = [cv2.resize(luma[area], (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA) for luma in chosen]
        return Fingerprint(np.asarray(small, np.uint8))


def _picture_area(lumas: list[NDArray[np.uint8]]) -> tuple[slice, slice]:
    """What black bars leave; all of it where little would be left."""
    brightest = np.max(lumas, axis=0)
    spans: list[slice] = []
    for axis in (1, 0):
        light = np.flatnonzero(np.percentile(brightest, 98, axis=axis) > 26)
        size = brightest.shape[1 - axis]
        if not len(light) or light[-1] + 1 - light[0] < size // 2:
            return slice(None), slice(None)
        spans.append(slice(int(light[0]), int(light[-1]) + 1))
    return spans[0], spans[1]


def _hash(pictures: NDArray[np.uint8], crop: tuple[float, float, float]) -> NDArray[np.uint8]:
    left, top, side = crop
    rows = slice(round(top * HEIGHT), round((top + side) * HEIGHT))
    columns = slice(round(left * WIDTH), round((left + side) * WIDTH))
    bits: list[NDArray[np.bool_]] = []
    for picture in pictures:
        square: Any = cv2.resize(picture[rows, columns], (32, 32), interpolation=cv2.INTER_AREA)
        low = np.asarray(cv2.dct(square.astype(np.float32)))[:8, :8].ravel()[1:]
        bits.append(low > 0)
    return np.packbits(np.concatenate(bits))


def hash_distances(one: NDArray[np.uint8], others: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Share of bits that differ between `one` [ways, bytes] and each of `others` [n, ways, bytes], at the nearest way.

    The whole picture of either is held against every crop, mirrored or not, of the other.
    """
    mine = np.bitwise_count(one[None, :, :] ^ others[:, :1, :]).sum(-1, dtype=np.int32)
    theirs = np.bitwise_count(one[None, :1, :] ^ others).sum(-1, dtype=np.int32)
    return (np.minimum(mine.min(1), theirs.min(1)) / (one.shape[-1] * 8)).astype(np.float32)


def likeness(one: Fingerprint, other: Fingerprint) -> float:
    """How well the pictures of two clips match, -1 to 1, over crops of either and mirroring: the best correlation.

    The pictures of all times are laid over each other alike: a crop does not move within a clip. From it is taken what
    speaks against a copy where both clips change: that they change otherwise. What a camera on a wall sees in the
    morning and at noon is one picture, and no copy.
    """
    mine, others = one.pictures, other.pictures
    best: tuple[float, NDArray[np.float32], NDArray[np.float32]] | None = None
    for theirs in (others, np.ascontiguousarray(others[:, :, ::-1])):
        for whole, part in ((mine, theirs), (theirs, mine)):
            if best is None or best[0] < _SURE:
                found = _matched(whole, part)
                best = found if best is None or found[0] > best[0] else best
    assert best is not None
    return best[0] - _otherwise(best[1], best[2])


def _matched(
    whole: NDArray[np.uint8], part: NDArray[np.uint8]
) -> tuple[float, NDArray[np.float32], NDArray[np.float32]]:
    """Best mean correlation of the pictures `part`, shrunk by each scale, at one place in `whole`; both as they lie
    there, [PICTURES, h, w]."""
    best, at = -1.0, (1.0, 0, 0)
    for scale in _SCALES:
        size = round(WIDTH * scale), round(HEIGHT * scale)
        total: Any = 0.0
        for big, small in zip(whole, part, strict=True):
            shrunk = cv2.resize(small, size, interpolation=cv2.INTER_AREA)
            if min(float(big.std()), float(shrunk.std())) < _FLAT:
                continue  # says nothing, and OpenCV calls the correlation of flat pictures 1
            total = total + np.nan_to_num(cv2.matchTemplate(big, shrunk, cv2.TM_CCOEFF_NORMED), posinf=0, neginf=0)
        if float(np.max(total)) / len(whole) > best:
            best = float(np.max(total)) / len(whole)
            top, left = np.unravel_index(int(np.argmax(total)), np.shape(total)) if np.ndim(total) else (0, 0)
            at = scale, int(top), int(left)
            if best >= _SURE:
                break
    scale, top, left = at
    width, height = round(WIDTH * scale), round(HEIGHT * scale)
    shrunk = [cv2.resize(small, (width, height), interpolation=cv2.INTER_AREA) for small in part]
    there = whole[:, top : top + height, left : left + width]
    return best, there.astype(np.float32), np.asarray(shrunk, np.float32)


def _otherwise(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    """0 where two clips [T, h, w] change alike or hardly, up to half of what their changes lack of agreeing.

    Parts of the picture are asked apart, and the more agreeable count: a caption that comes over a copy changes one.
    """
    changes = [pictures - pictures.mean(0) for pictures in (one, other)]
    height, width = one.shape[1:]
    agreeing: list[float] = []
    for row in range(_PARTS[0]):
        for column in range(_PARTS[1]):
            rows = slice(row * height // _PARTS[0], (row + 1) * height // _PARTS[0])
            columns = slice(column * width // _PARTS[1], (column + 1) * width // _PARTS[1])
            mine, others = (change[:, rows, columns] for change in changes)
            size = float(np.sqrt(np.mean(mine**2) * np.mean(others**2)))
            if min(float(mine.std()), float(others.std())) >= _CHANGE:
                agreeing.append(float(np.mean(mine * others)) / size)
    return 0.5 * max(0.0, _AGREE - float(np.percentile(agreeing, 75))) if agreeing else 0.0
