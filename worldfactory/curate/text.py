"""Added text and logos, told apart from writing that belongs to the scene.

What is laid over a picture stays on the same pixels while the scene behind it moves; a sign moves with its wall. So
edges are added up as vectors over a second (Wang, Xie et al. 2004 and Dekel et al. 2017, "On the Effectiveness of
Visible Watermarks", find watermarks by the median gradient): those of an overlay add up in full, those of a moving
scene cancel. What stays is grouped, and groups that look like writing or a mark count: many short strokes, whose
opposite sides balance. Where nothing moves there is no such evidence; then only dense writing of
more contrast than lit surfaces have counts.
"""

from __future__ import annotations

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


_BLOCK = 32


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


class TextObserver:
    """Measures added text. Scores: see `scores`."""

    def __init__(self, config: TextConfig | None = None) -> None:
        self._config = config or TextConfig()
        self._next_s = 0.0
        self._count = 0
        self._sums: list[Any] = []
        self._all: list[Any] = []
        self._all_count = 0
        self.windows: list[list[Group]] = []

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
        luma = full.astype(np.float32)
        across: Any = cv2.Sobel(luma, cv2.CV_32F, 1, 0, ksize=3, scale=0.25)
        down: Any = cv2.Sobel(luma, cv2.CV_32F, 0, 1, ksize=3, scale=0.25)
        length: Any = cv2.magnitude(across, down)
        parts = [across, down, length]
        if not self._sums:
            self._sums = parts
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
        brief = sorted(max((_writing(g) * _fixed(g) for g in window), default=0.0) for window in self.windows)
        whole = self._look(self._all, self._all_count)
        lasting = max((_mark(g) * _fixed(g) for g in whole), default=0.0)
        still = max((_pure(g) for g in whole), default=0.0)
        return {"added_text_level": max(brief[-1 - len(brief) // 3], lasting, still)}

    def _close(self) -> None:
        self.windows.append(self._look(self._sums, self._count))
        if not self._all:
            self._all = self._sums
        else:
            _add(self._all, self._sums)
        self._all_count += self._count
        self._count, self._sums = 0, []

    def _look(self, sums: list[Any], frames: int) -> list[Group]:
        count = np.float32(frames)
        across: Any = sums[0] / count
        down: Any = sums[1] / count
        length: Any = sums[2] / count
        total: Any = cv2.magnitude(across, down)
        coherence = total / np.maximum(length, 1e-3)
        # Strong edges only: faint ones drown in noise, and seem to go where nothing moves.
        edge = length > 2 * self._config.edge_level
        found: list[Group] = []
        # Faint marks need the lower bar; with it, writing may run together with what stays of the scene around it.
        for level, least in ((1.0, self._config.coherence), (2.8, 1 - (1 - self._config.coherence) * 0.4)):
            stays = (total > level * self._config.edge_level) & (coherence > least)
            found += self._groups(across, down, total, coherence, edge, stays)
        return found

    def _groups(self, across: Any, down: Any, total: Any, coherence: Any, edge: Any, stays: Any) -> list[Group]:
        height = len(stays)
        joined: Any = cv2.morphologyEx(
            stays.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((5, 13), np.uint8), borderType=cv2.BORDER_CONSTANT
        )
        count, labels, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
        there, kept = _by_block(edge), _by_block(edge & stays)
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
            found.append(
                Group(
                    left, top, wide, tall, edges, float(strength.mean()), balance, turns / rows, steady, around, stayed
                )
            )
        return found


def _add(totals: list[Any], parts: list[Any]) -> None:
    for total, part in zip(totals, parts, strict=True):
        cv2.accumulate(part, total)


def _by_block(mask: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Share of each block of the picture that is in the mask."""
    size = max(1, mask.shape[1] // _BLOCK), max(1, mask.shape[0] // _BLOCK)
    inside: Any = mask[: size[1] * _BLOCK, : size[0] * _BLOCK].astype(np.float32)
    shares: Any = cv2.resize(inside, size, interpolation=cv2.INTER_AREA)
    return shares


def _fixed(group: Group) -> float:
    """How well the screen, and not the scene, explains that the group stayed: 1 where all else moved."""
    return (1 - group.around) * min(1.0, max(0.0, (0.65 - group.stayed) / 0.3))


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


def _pure(group: Group) -> float:
    """How much a group looks laid on where nothing else moves: writing of more contrast than lit surfaces have."""
    if group.strokes < 8 or group.balance > 0.08 or group.steady < 0.985:
        return 0.0
    return max(0.0, group.contrast - 20) / 62
