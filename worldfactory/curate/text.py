"""Added text and logos, told apart from writing that belongs to the scene.

What is laid over a picture stays on the same pixels while the scene behind it moves; a sign moves with its wall. So
edges are added up as vectors over a second (Wang, Xie et al. 2004 and Dekel et al. 2017, "On the Effectiveness of
Visible Watermarks", find watermarks by the median gradient): those of an overlay add up in full, those of a moving
scene cancel. What stays is grouped, and groups that look like writing or a mark count: many short strokes, whose
opposite sides balance. A sign that the camera heads for hardly moves either; but it grows, and what lies over the
picture does not. Where the camera stands, signs stay too. There, writing counts that comes or goes while all
about it stands still, and writing that spans more of the range from black to white than lit surfaces do.
"""

from __future__ import annotations

from array import array
from collections import deque
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from worldfactory.curate._observe import SeenFrame
from worldfactory.records import Frozen


class TextConfig(Frozen):
    """How added text is looked for. Lengths in pixels of a picture `width` wide."""

    width: int = 640
    every_s: float = 0.2
    samples: int = 5
    """Frames whose edges are added up."""
    edge_level: float = 10.0
    """Gradient, in levels a pixel, of what counts as an edge."""
    coherence: float = 0.95
    """Length of the sum of the gradients over the sum of their lengths, of what stays."""
    white: float = 211.0
    black: float = 45.0
    """Luma, 0 to 255, beyond which an edge runs from black to white. Paper in the light is not so white beside ink so
    black, unless the exposure makes it so."""


_BLOCK = 32
_SIDE = 3
"""Samples before and after what comes or goes."""


@dataclass(frozen=True, slots=True)
class Group:
    """Edges that stayed and lie together, in one window."""

    left: int
    top: int
    width: int
    height: int
    edges: int
    """Pixels of edges."""
    contrast: float
    """Mean gradient of the edges, levels a pixel."""
    balance: float
    """0 where light-to-dark edges are as strong as dark-to-light ones, 1 where all run the same way."""
    strokes: float
    """Runs from edge to opposite edge for each row of the group."""
    steady: float
    """Mean coherence of the edges."""
    around: float
    """Share of the edges about the group that stayed too; 1 where there are none and all else stayed."""
    stayed: float
    """Share of the picture with edges, this group left out, in which most of them stayed."""


@dataclass(frozen=True, slots=True)
class Fields:
    """Means over the frames of one window, [h, w] float64 each."""

    across: Any
    down: Any
    length: Any
    luma: Any

    @property
    def total(self) -> Any:
        """Length of the mean gradient."""
        return cv2.magnitude(self.across, self.down)


class TextObserver:
    """Measures added text. Scores: see `scores`."""

    def __init__(self, config: TextConfig | None = None) -> None:
        self._config = config or TextConfig()
        self._next_s = 0.0
        self._count = 0
        self._sums: list[Any] = []
        self._all: list[Any] = []
        self._all_count = 0
        self._limited = True
        self._brief = array("d")
        self._came = 0.0
        self._recent: deque[tuple[list[Any], Any]] = deque(maxlen=2 * _SIDE + 1)
        self._first: Fields | None = None
        self._latest: Fields | None = None

    def see(self, frame: SeenFrame) -> None:
        """Look at the next frame."""
        if frame.time_s < self._next_s:
            return
        # At uneven times, or what repeats (windows in a row, spokes) may seem to stand.
        self._next_s = frame.time_s + self._config.every_s * (0.7, 1.25, 0.95, 1.4, 0.7)[self._count % 5]
        self._limited = frame.limited
        full: Any = frame.full_luma
        if full.shape[1] > self._config.width:
            size = self._config.width, max(8, round(full.shape[0] * self._config.width / full.shape[1]))
            full = cv2.resize(full, size, interpolation=cv2.INTER_AREA)
        luma = full.astype(np.float32)
        across: Any = cv2.Sobel(luma, cv2.CV_32F, 1, 0, ksize=3, scale=0.25)
        down: Any = cv2.Sobel(luma, cv2.CV_32F, 0, 1, ksize=3, scale=0.25)
        length: Any = cv2.magnitude(across, down)
        parts = [across, down, length, luma]
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

        `added_text_level`: how surely something is laid over the picture, 1 for as surely as not; reached by a third of
        its seconds or by all of the clip together.
        """
        if not self._all:
            return {}
        brief = sorted(self._brief)
        whole = self.groups(_means(self._all, self._all_count))
        lasting = max((_mark(g) * _fixed(g) * self._unmoved(g) for g in whole), default=0.0)
        still = max((_pure(g) for g in self._ranging(_means(self._all, self._all_count))), default=0.0)
        return {"added_text_level": max(brief[-1 - len(brief) // 3], lasting, still, self._came)}

    def _close(self) -> None:
        fields = _means(self._sums, self._count)
        groups = self.groups(fields)
        self._brief.append(max((_writing(g) * _fixed(g) for g in groups), default=0.0))
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
        before, after = (_means([sum(parts) for parts in zip(*side, strict=True)], _SIDE) for side in sides)
        arrived = [*self._lacking(after, before), *self._lacking(before, after)]
        self._came = max(self._came, *(_came(g) for g in arrived), 0.0)

    def _unmoved(self, group: Group) -> float:
        """How well a group stands in the last window where it stood in the first, 0 to 1.

        A sign that the camera comes nearer to hardly moves where it heads, but it grows.
        """
        if self._first is None or self._latest is None or self._first is self._latest:
            return 1.0
        rim = 3
        place = (
            slice(max(0, group.top - rim), group.top + group.height + rim),
            slice(max(0, group.left - rim), group.left + group.width + rim),
        )
        ax, ay, bx, by = (f[place] for one in (self._first, self._latest) for f in (one.across, one.down))
        alike = float((ax * bx + ay * by).sum() / np.sqrt((ax**2 + ay**2).sum() * (bx**2 + by**2).sum() + 1))
        return min(1.0, max(0.0, (alike - 0.5) / 0.25))

    def fields(self) -> Fields | None:
        """Means over the clip; None of less than a second."""
        return _means(self._all, self._all_count) if self._all else None

    def groups(self, fields: Fields) -> list[Group]:
        """The edges that stay, where they lie together."""
        across, down, length = fields.across, fields.down, fields.length
        total: Any = cv2.magnitude(across, down)
        coherence = total / np.maximum(length, 1e-3)
        # Strong edges only: faint ones drown in noise, and seem to go where nothing moves.
        edge = length > 2 * self._config.edge_level
        found: list[Group] = []
        # Faint marks need the lower bar; with it, writing may run together with what stays of the scene around it.
        for level, least in ((1.0, self._config.coherence), (2.8, 1 - (1 - self._config.coherence) * 0.4)):
            stays = (total > level * self._config.edge_level) & (coherence > least)
            found += self._groups(fields, total, coherence, edge, stays)
        return found

    def _lacking(self, fields: Fields, other: Fields) -> list[Group]:
        """Groups of edges that stand in one window and are not in another, where nothing moves in either.

        What passes before a sign hides it as well; but it moves, and its edges do not add up.
        """
        total, beside = fields.total, other.total
        if not self._same_scene(fields, other, total):
            return []
        coherence = total / np.maximum(fields.length, 1e-3)
        around: Any = cv2.blur(other.length, (25, 15))
        stands = (around < 4) | (cv2.blur(beside, (25, 15)) > 0.85 * around)
        level = 1.5 * self._config.edge_level
        only = (total > level) & (coherence > self._config.coherence) & (beside < 0.4 * total) & stands
        if np.count_nonzero(only) < 50:
            return []
        return self._groups(fields, total, coherence, fields.length > 2 * self._config.edge_level, only)

    def _same_scene(self, fields: Fields, other: Fields, total: Any) -> bool:
        """Whether most of the picture is where it was, and not only still both times, as before and after a freeze."""
        edge = total > 1.2 * self._config.edge_level
        went: Any = cv2.magnitude(fields.across - other.across, fields.down - other.down)
        there, same = _by_block(edge), _by_block(edge & (went < 0.5 * total))
        counted = there > 0.02
        return counted.sum() < 6 or float(np.mean(same[counted] > 0.5 * there[counted])) > 0.7

    def _ranging(self, fields: Fields) -> list[Group]:
        """Groups of edges between black and white, or nearly so, wherever the rest of the picture goes."""
        total = fields.total
        coherence = total / np.maximum(fields.length, 1e-3)
        luma, near = fields.luma.astype(np.float32), np.ones((7, 7), np.uint8)
        if self._limited:
            luma = (luma - 16) * np.float32(255 / 219)
        white: Any = cv2.dilate(luma, near) > self._config.white
        black: Any = cv2.erode(luma, near) < self._config.black
        stays = white & black & (total > 2 * self._config.edge_level) & (coherence > self._config.coherence)
        edge = fields.length > 2 * self._config.edge_level
        # Letters of a title stand far apart.
        return [g for reach in ((5, 13), (9, 31)) for g in self._groups(fields, total, coherence, edge, stays, reach)]

    def _groups(
        self, fields: Fields, total: Any, coherence: Any, edge: Any, stays: Any, reach: tuple[int, int] = (5, 13)
    ) -> list[Group]:
        across, down = fields.across, fields.down
        height = len(stays)
        joined: Any = cv2.morphologyEx(
            stays.astype(np.uint8), cv2.MORPH_CLOSE, np.ones(reach, np.uint8), borderType=cv2.BORDER_CONSTANT
        )
        count, labels, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
        # Here fainter edges count too: of a dim scene there are no others.
        faint = fields.length > 1.2 * self._config.edge_level
        there, kept = _by_block(faint), _by_block(faint & (coherence > 0.9))
        found: list[Group] = []
        for label in range(1, count):
            left, top, wide, tall, _ = (int(v) for v in stats[label])
            if tall < 7 or wide < 14 or tall > 0.45 * height:
                continue
            place = slice(top, top + tall), slice(left, left + wide)
            mine = stays[place] & (labels[place] == label)
            edges = int(mine.sum())
            if edges < 50:
                continue
            strength = total[place][mine]
            x, y = across[place][mine], down[place][mine]
            balance = max(abs(float(v.sum())) / float(np.abs(v).sum() + 1) for v in (x, y))
            signs = np.where(mine & (np.abs(across[place]) > 0.5 * np.abs(down[place])), np.sign(across[place]), 0)
            turns = 0
            for row in signs[:: max(1, tall // 12)]:
                met = row[row != 0]
                turns += int(np.count_nonzero(np.diff(met)))
            rows = len(range(0, tall, max(1, tall // 12)))
            margin = max(8, tall // 2)
            outer = (
                slice(max(0, top - margin), top + tall + margin),
                slice(max(0, left - margin), left + wide + margin),
            )
            own = labels[outer] == label
            ring_edges = int((edge[outer] & ~own).sum())
            ring_stays = int((edge[outer] & stays[outer] & ~own).sum())
            # By area and not by edges: a busy thing that moves through a still picture has more edges than all of it.
            counted = there > 0.02
            counted[top // _BLOCK : (top + tall) // _BLOCK + 1, left // _BLOCK : (left + wide) // _BLOCK + 1] = False
            stayed = float(np.mean(kept[counted] > 0.5 * there[counted])) if counted.sum() >= 6 else 1.0
            around = ring_stays / ring_edges if ring_edges >= 40 else stayed
            steady = float(coherence[place][mine].mean())
            contrast, strokes = float(strength.mean()), turns / rows
            found.append(Group(left, top, wide, tall, edges, contrast, balance, strokes, steady, around, stayed))
        return found


def _add(totals: list[Any], parts: list[Any]) -> None:
    for total, part in zip(totals, parts, strict=True):
        cv2.accumulate(part, total)


class LastingMarks:
    """Marks that stay while shots change: a channel's logo, a copyright line. Told of each clip of one video.

    A clip's mean edges are to a video what a frame's are to a clip, so that here it does not matter whether anything
    moves within a shot.
    """

    def __init__(self) -> None:
        self._sums: list[Any] = []
        self._clips = 0

    def see(self, clip: TextObserver) -> None:
        """Look at the next clip, after its last frame."""
        fields = clip.fields()
        if fields is None:
            return
        parts = [fields.across, fields.down, fields.total, fields.luma]
        if not self._sums:
            self._sums = [part.astype(np.float64) for part in parts]
        else:
            _add(self._sums, [part.astype(np.float32) for part in parts])
        self._clips += 1

    def scores(self) -> dict[str, float]:
        """`lasting_mark_level`: how surely all clips bear one mark, 1 for as surely as not; nothing of one or two."""
        if self._clips < 3:
            return {}
        groups = TextObserver().groups(_means(self._sums, self._clips))
        return {"lasting_mark_level": max((_mark(g) * _fixed(g) for g in groups), default=0.0)}


def _means(sums: list[Any], frames: int) -> Fields:
    across, down, length, luma = (total / np.float32(frames) for total in sums)
    return Fields(across, down, length, luma)


def _by_block(mask: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Share of each block of the picture that is in the mask."""
    size = max(1, mask.shape[1] // _BLOCK), max(1, mask.shape[0] // _BLOCK)
    inside: Any = mask[: size[1] * _BLOCK, : size[0] * _BLOCK].astype(np.float32)
    shares: Any = cv2.resize(inside, size, interpolation=cv2.INTER_AREA)
    return shares


def _fixed(group: Group) -> float:
    """How well the screen, and not the scene, explains that the group stayed: 1 where all else moved."""
    return (1 - group.around) * min(1.0, max(0.0, (0.8 - group.stayed) / 0.3))


def _writing(group: Group) -> float:
    """How much a group that stood for a second looks like writing."""
    steady = min(max((group.steady - 0.975) / 0.013, 0.0), 1.0)
    sharp, dense = min(group.contrast / 58, 1.5), min(group.strokes / 6, 1.6)
    return 1.2 * sharp * dense * max(0.0, 1 - 1.5 * group.balance) * steady


def _mark(group: Group) -> float:
    """How much a group that stood all the time looks like writing or a mark."""
    steady = min(max((group.steady - 0.975) / 0.013, 0.0), 1.0)
    sharp, dense = min(group.contrast / 48, 1.6), min(group.strokes / 2.5, 1.6)
    return 1.2 * sharp * dense * max(0.0, 1 - 1.3 * group.balance) * steady


def _came(group: Group) -> float:
    """How much a group of edges that came or went looks like writing that did, all else standing."""
    still = min(1.0, max(0.0, (group.stayed - 0.6) / 0.25))
    sharp, dense = min(group.contrast / 40, 1.5), min(group.strokes / 4, 1.5)
    return 1.2 * sharp * dense * max(0.0, 1 - 1.5 * group.balance) * still


def _pure(group: Group) -> float:
    """How much a group between black and white looks like writing; nothing need move for it."""
    steady = min(max((group.steady - 0.975) / 0.01, 0.0), 1.0)
    sharp, dense = min(group.contrast / 60, 1.5), min(group.strokes / 7, 1.5)
    return 1.2 * sharp * dense * max(0.0, 1 - 2 * group.balance) * steady
