"""Added text and logos, told apart from writing that belongs to the scene.

What is laid over a picture stays on the same pixels while the scene behind it moves; a sign moves with its wall. So
edges are added up as vectors over a second (Wang, Xie et al. 2004 and Dekel et al. 2017, "On the Effectiveness of
Visible Watermarks", find watermarks by the median gradient): those of an overlay add up in full, those of a moving
scene cancel. What stays is grouped, and a small network reads of each group whether it is writing or a mark, and
whether the rest of the picture tells that the screen holds it and not the scene. Where the camera stands, signs stay
too. What tells there is that writing comes or goes while all about it stands still, and how it is made: level, sharp,
of two tones from end to end of the range, and without the grain of the camera.
"""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file

from worldfactory.curate._groups import Fields, Group, Groups, lacking
from worldfactory.curate._observe import SeenFrame
from worldfactory.curate._seen import FULL_RANGE
from worldfactory.records import Frozen

WEIGHTS = Path(__file__).parent / "text.safetensors"
"""Made by `python -m bench.train_text`."""
_SIDE = 3
"""Samples before and after what comes or goes."""
Judge = Callable[[Sequence[Group]], NDArray[np.float64]]
"""Groups of one window -> [N], how likely each was laid over the picture."""


class TextConfig(Frozen):
    """How added text is looked for. Lengths in pixels of a picture `width` wide."""

    width: int = 640
    every_s: float = 0.2
    samples: int = 5
    """Frames whose edges are added up."""


class TextObserver:
    """Measures added text. Scores: see `scores`."""

    def __init__(self, config: TextConfig | None = None, judge: Judge | None = None) -> None:
        """`judge` takes the place of the network that ships."""
        self._config, self._judge = config or TextConfig(), judge or judged
        self._next_s = 0.0
        self._count = 0
        self._sums: list[Any] = []
        self._all: list[Any] = []
        self._all_count = 0
        self._brief = array("d")
        self._arrived = 0.0
        self._recent: deque[tuple[list[Any], Any]] = deque(maxlen=2 * _SIDE + 1)
        self._first: Fields | None = None
        self._latest: Fields | None = None

    def see(self, frame: SeenFrame) -> None:
        """Look at the next frame."""
        if frame.time_s < self._next_s:
            return
        # At uneven times, or what repeats (windows in a row, spokes) may seem to stand.
        self._next_s = frame.time_s + self._config.every_s * (0.7, 1.25, 0.95, 1.4, 0.7)[self._count % 5]
        full: Any = frame.full_luma
        if full.shape[1] > self._config.width:
            size = self._config.width, max(8, round(full.shape[0] * self._config.width / full.shape[1]))
            full = cv2.resize(full, size, interpolation=cv2.INTER_AREA)
        luma: Any = (FULL_RANGE[full] if frame.limited else full).astype(np.float32)
        across: Any = cv2.Sobel(luma, cv2.CV_32F, 1, 0, ksize=3, scale=0.25)
        down: Any = cv2.Sobel(luma, cv2.CV_32F, 0, 1, ksize=3, scale=0.25)
        parts = [across, down, cv2.magnitude(across, down), luma, cv2.multiply(luma, luma)]
        self._recent.append((parts, cv2.resize(luma, (64, 36), interpolation=cv2.INTER_AREA)))
        if self._count % 2 == 0:
            self._look_for_arrivals()
        if not self._sums:
            self._sums = [part.copy() for part in parts]
        else:
            _add(self._sums, parts)
        self._count += 1
        if self._count == self._config.samples:
            self._close()

    def scores(self) -> dict[str, float]:
        """What was measured.

        `added_text_level`: how surely something is laid over the picture, 1 for as surely as not, 2 at most; reached by
        a third of its seconds or by all of the clip together.
        """
        if not self._all:
            return {}
        brief = sorted(self._brief)
        ends = (self._first, self._latest) if self._first and self._latest else None
        whole = Groups(Fields.mean(self._all, self._all_count), ends)
        lasting = self._most([*whole.staying("lasting"), *whole.ranging()])
        return {"added_text_level": 2 * max(brief[-1 - len(brief) // 3], lasting, self._arrived)}

    def fields(self) -> Fields | None:
        """Means over the clip; None of less than a second."""
        return Fields.mean(self._all, self._all_count) if self._all else None

    def _most(self, groups: Sequence[Group]) -> float:
        return float(self._judge(groups).max()) if groups else 0.0

    def _close(self) -> None:
        fields = Fields.mean(self._sums, self._count)
        self._brief.append(self._most(Groups(fields).staying("brief")))
        self._first, self._latest = self._first or fields, fields
        if not self._all:
            self._all = self._sums
        else:
            _add(self._all, self._sums)
        self._all_count += self._count
        self._count, self._sums = 0, []

    def _look_for_arrivals(self) -> None:
        """Writing that came or went in the last samples, where all about it stood still."""
        if len(self._recent) < 2 * _SIDE + 1:
            return
        small: NDArray[np.float32] = np.stack([one[1] for one in self._recent])
        if (np.mean(np.abs(np.diff(small, axis=0)) > 6, axis=(1, 2)) > 0.3).any():
            return
        # What passes by changes all the time; writing comes at once and stands.
        early, late = small[:_SIDE], small[-_SIDE:]
        stands = np.maximum(np.ptp(early, axis=0), np.ptp(late, axis=0)) < 2.5
        if not np.any(stands & (np.abs(late.mean(0) - early.mean(0)) > 3)):
            return
        # What fades in takes a moment, which is left out.
        sides = [self._recent[i][0] for i in range(_SIDE)], [self._recent[-1 - i][0] for i in range(_SIDE)]
        before, after = (Fields.mean([sum(parts) for parts in zip(*side, strict=True)], _SIDE) for side in sides)
        self._arrived = max(self._arrived, self._most([*lacking(after, before), *lacking(before, after)]))


class LastingMarks:
    """Marks that stay while shots change: a channel's logo, a copyright line. Told of each clip of one video.

    A clip's mean edges are to a video what a frame's are to a clip, so that here it does not matter whether anything
    moves within a shot.
    """

    def __init__(self, judge: Judge | None = None) -> None:
        """`judge` takes the place of the network that ships."""
        self._judge = judge or judged
        self._sums: list[Any] = []
        self._clips = 0

    def see(self, clip: TextObserver) -> None:
        """Look at the next clip, after its last frame."""
        fields = clip.fields()
        if fields is None:
            return
        parts = [fields.across, fields.down, fields.total, fields.luma, cv2.multiply(fields.luma, fields.luma)]
        if not self._sums:
            self._sums = parts
        else:
            _add(self._sums, parts)
        self._clips += 1

    def scores(self) -> dict[str, float]:
        """`lasting_mark_level`: how surely all clips bear one mark, 1 for as surely as not; nothing of one or two."""
        if self._clips < 3:
            return {}
        groups = Groups(Fields.mean(self._sums, self._clips)).staying("lasting")
        return {"lasting_mark_level": 2 * float(self._judge(groups).max()) if groups else 0.0}


def judged(groups: Sequence[Group]) -> NDArray[np.float64]:
    """[N]: how likely each group was laid over the picture, as the network that ships reads it."""
    return likely(np.stack([group.measured for group in groups]), _weights())


def likely(measured: NDArray[np.float32], weights: Mapping[str, NDArray[np.float64]]) -> NDArray[np.float64]:
    """[N] from [N, len(MEASURED)]: how likely each was laid over the picture, by a network of one hidden layer."""
    scaled = (measured.astype(np.float64) - weights["mean"]) / weights["deviation"]
    hidden = np.maximum(scaled @ weights["one"] + weights["one_bias"], 0)
    logits = hidden @ weights["two"] + weights["two_bias"]
    return 1 / (1 + np.exp(-np.clip(logits[:, 0], -30, 30)))


@cache
def _weights() -> dict[str, NDArray[np.float64]]:
    return {name: value.astype(np.float64) for name, value in load_file(WEIGHTS).items()}


def _add(totals: list[Any], parts: list[Any]) -> None:
    for total, part in zip(totals, parts, strict=True):
        cv2.accumulate(part, total)
