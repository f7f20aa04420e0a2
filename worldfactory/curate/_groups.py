"""Edges that stay on their pixels, where they lie together, and what of each such group tells writing laid over it.

Fields are sums over the frames of a window; a group is a connected part of what stays in them. What a group measures
is in `MEASURED`; a small network reads it (`worldfactory.curate.text`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

import cv2
import numpy as np
from numpy.typing import NDArray

View = Literal["brief", "lasting", "ranging", "arrived"]
"""How a group was found: it stood for a second; all the time; between light and dark; or it came or went."""
VIEWS: tuple[View, ...] = get_args(View)
MEASURED = (
    *VIEWS, "edges", "width", "height", "density", "contrast", "balance", "strokes", "unsteady", "around", "stayed",
    "grown", "white", "black", "sharp", "two_tone", "grain", "grain_around", "level", "upright", "lined",
)  # fmt: skip
"""What the network reads of a group; see `Groups.measure`."""
EDGE_LEVEL = 10.0
"""Gradient, in levels a pixel, of what counts as an edge."""
COHERENCE = 0.95
"""Length of the sum of the gradients over the sum of their lengths, of what stays."""
RANGE = 110.0
"""Levels, of 255, between the lightest and the darkest beside an edge that may be of writing before a still camera."""
_BLOCK = 32
_FEWEST = 50
"""Pixels of edges of the least group."""


@dataclass(frozen=True, slots=True)
class Fields:
    """Means over the frames of one window, [h, w] float32 each."""

    across: Any
    down: Any
    length: Any
    luma: Any
    square: Any
    """Of the luma squared, for how much it varied."""

    @property
    def total(self) -> Any:
        """Length of the mean gradient."""
        return cv2.magnitude(self.across, self.down)

    @classmethod
    def mean(cls, sums: list[Any], frames: int) -> Fields:
        """Of sums in this order."""
        return cls(*(total * np.float32(1 / frames) for total in sums))


@dataclass(frozen=True, slots=True)
class Group:
    """Edges that stayed and lie together."""

    view: View
    left: int
    top: int
    width: int
    height: int
    measured: NDArray[np.float32]
    """[len(MEASURED)]."""
    inside: NDArray[np.bool_]
    """[height, width]: its edges."""


class Groups:
    """The groups of one window."""

    def __init__(self, fields: Fields, ends: tuple[Fields, Fields] | None = None) -> None:
        """`ends` are the first and the last window of a longer time, to tell what grows from what stands."""
        self.fields, self._ends = fields, ends
        self.total: Any = fields.total
        self.coherence: Any = self.total / np.maximum(fields.length, np.float32(1e-3))
        # Strong edges only: faint ones drown in noise, and seem to go where nothing moves.
        self._edge = fields.length > 2 * EDGE_LEVEL
        # Of a dim scene there are no others.
        faint = fields.length > 1.2 * EDGE_LEVEL
        self._there, self._kept = by_block(faint), by_block(faint & (self.coherence > 0.9))

    def staying(self, view: View) -> list[Group]:
        """What stays, where the rest does not."""
        found: list[Group] = []
        # Faint marks need the lower bar; with it, writing may run together with what stays of the scene around it.
        for level, least in ((1.0, COHERENCE), (2.8, 1 - (1 - COHERENCE) * 0.4)):
            stays = (self.total > level * EDGE_LEVEL) & (self.coherence > least)
            found += self.group(stays, view)
        return found

    def ranging(self) -> list[Group]:
        """What stays between light and dark, wherever the rest of the picture goes."""
        luma, near = self.fields.luma, np.ones((7, 7), np.uint8)
        span: Any = cv2.morphologyEx(luma, cv2.MORPH_GRADIENT, near)
        stays = (span > RANGE) & (self.total > 2 * EDGE_LEVEL) & (self.coherence > COHERENCE)
        # Letters of a title stand far apart.
        return [group for reach in ((5, 13), (9, 31)) for group in self.group(stays, "ranging", reach)]

    def group(self, stays: Any, view: View, reach: tuple[int, int] = (5, 13)) -> list[Group]:
        """The parts of a mask [h, w] that may be writing; what lies nearer than `reach` is one."""
        if np.count_nonzero(stays) < _FEWEST:
            return []
        joined: Any = cv2.morphologyEx(
            stays.astype(np.uint8), cv2.MORPH_CLOSE, np.ones(reach, np.uint8), borderType=cv2.BORDER_CONSTANT
        )
        _, labels, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
        wide, tall, area = stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT], stats[:, cv2.CC_STAT_AREA]
        likely = (tall >= 7) & (wide >= 14) & (tall <= 0.45 * len(stays)) & (area >= _FEWEST)
        found: list[Group] = []
        for label in np.flatnonzero(likely[1:]) + 1:
            left, top, width, height = (int(v) for v in stats[label][:4])
            place = slice(top, top + height), slice(left, left + width)
            mine = stays[place] & (labels[place] == label)
            if np.count_nonzero(mine) >= _FEWEST:
                measured = self.measure(view, place, mine, stays, labels, int(label))
                found.append(Group(view, left, top, width, height, measured, mine))
        return found

    def measure(
        self, view: View, place: tuple[slice, slice], mine: NDArray[np.bool_], stays: Any, labels: Any, label: int
    ) -> NDArray[np.float32]:
        """[len(MEASURED)], each of the order of 1.

        `view`s: 1 for how it was found. `edges`, `width`, `height`: logarithms of pixels; `density`: edges in its box.
        `contrast`: mean gradient. `balance`: 0 where light-to-dark edges are as strong as dark-to-light ones, 1 where
        all run the same way. `strokes`: runs from edge to opposite edge for each row. `unsteady`: logarithm of what the
        coherence of its edges lacks. `around`: edges about it that stayed too; `stayed`: parts of the picture, it
        apart, in which most did. `grown`: 0 where it stands in the last window as in the first. `white`, `black`:
        lightest and darkest. `sharp`: steepest edges against that range. `two_tone`: pixels that are nearly either.
        `grain`: how much its pixels vary in time, `grain_around` those about it, logarithms. `level`, `upright`: of
        edges that run nearly so the ones that do exactly. `lined`: how sharply rows of writing begin and end.
        """
        fields = self.fields
        top, left = place[0].start, place[1].start
        height, width = mine.shape
        x, y, strength = fields.across[place][mine], fields.down[place][mine], self.total[place][mine]
        edges = len(strength)
        balance = max(abs(float(v.sum())) / float(np.abs(v).sum() + 1) for v in (x, y))
        margin = max(8, height // 2)
        outer = slice(max(0, top - margin), top + height + margin), slice(max(0, left - margin), left + width + margin)
        ring = self._edge[outer] & (labels[outer] != label)
        ring_edges = int(np.count_nonzero(ring))
        stayed = self._stayed(top, left, height, width)
        around = int(np.count_nonzero(ring & stays[outer])) / ring_edges if ring_edges >= 40 else stayed
        lacks = 1 - float(self.coherence[place][mine].mean())
        luma = fields.luma[place]
        black, white = (float(v) for v in np.percentile(luma[::2, ::2], (4, 96)))
        span = max(white - black, 8.0)
        near_either = (luma > white - 0.2 * span) | (luma < black + 0.2 * span)
        across, down = np.abs(x), np.abs(y)
        flat, steep = down > 2 * across, across > 2 * down
        level = float(np.count_nonzero(flat & (across < 0.06 * down))) / max(1, int(np.count_nonzero(flat)))
        upright = float(np.count_nonzero(steep & (down < 0.06 * across))) / max(1, int(np.count_nonzero(steep)))
        rows = np.bincount(np.nonzero(mine)[0], np.maximum(down - across, 0), height) / width
        grain, grain_around = self._grain(place, outer)
        return np.array(
            [
                *(float(view == one) for one in VIEWS),
                np.log(edges / 400), np.log(width / 100), np.log(height / 25), 3 * edges / (width * height),
                float(strength.mean()) / 50, balance, self._strokes(place, mine) / 6, np.log(lacks + 0.0005) / 2 + 2.5,
                around, stayed, self._grown(place), white / 128, black / 128,
                2 * float(np.percentile(strength, 90)) / span, float(near_either.mean()), np.log(grain / 4 + 0.05),
                np.log(grain_around / 4 + 0.05), level, upright, float(np.percentile(rows, 95)) / 20,
            ],
            np.float32,
        )  # fmt: skip

    def _strokes(self, place: tuple[slice, slice], mine: NDArray[np.bool_]) -> float:
        step = max(1, len(mine) // 12)
        across, down = self.fields.across[place][::step], self.fields.down[place][::step]
        signs = np.where(mine[::step] & (np.abs(across) > 0.5 * np.abs(down)), np.sign(across), 0)
        turns = 0
        for row in signs:
            met = row[row != 0]
            turns += int(np.count_nonzero(met[1:] != met[:-1]))
        return turns / len(signs)

    def _stayed(self, top: int, left: int, height: int, width: int) -> float:
        # By area and not by edges: a busy thing that moves through a still picture has more edges than all of it.
        counted = self._there > 0.02
        counted[top // _BLOCK : (top + height) // _BLOCK + 1, left // _BLOCK : (left + width) // _BLOCK + 1] = False
        if np.count_nonzero(counted) < 6:
            return 1.0
        return float(np.mean(self._kept[counted] > 0.5 * self._there[counted]))

    def _grown(self, place: tuple[slice, slice]) -> float:
        """A sign that the camera comes nearer to hardly moves where it heads, but it grows."""
        if self._ends is None:
            return 0.0
        (rows, columns), rim = place, 3
        wider = slice(max(0, rows.start - rim), rows.stop + rim), slice(max(0, columns.start - rim), columns.stop + rim)
        ax, ay, bx, by = (f[wider] for one in self._ends for f in (one.across, one.down))
        return 1 - float((ax * bx + ay * by).sum() / np.sqrt((ax**2 + ay**2).sum() * (bx**2 + by**2).sum() + 1))

    def _grain(self, place: tuple[slice, slice], outer: tuple[slice, slice]) -> tuple[float, float]:
        """Deviation in time of the pixels of the box, and of those about it; the median of each."""
        fields = self.fields
        variance: Any = fields.square[outer] - fields.luma[outer] ** 2
        top, left = place[0].start - outer[0].start, place[1].start - outer[1].start
        height, width = place[0].stop - place[0].start, place[1].stop - place[1].start
        inside = float(np.median(variance[top : top + height : 2, left : left + width : 2]))
        variance[top : top + height, left : left + width] = np.nan
        rest = variance[::2, ::2]
        rest = rest[~np.isnan(rest)]
        outside = float(np.median(rest)) if rest.size else inside
        return max(inside, 0.0) ** 0.5, max(outside, 0.0) ** 0.5


def lacking(fields: Fields, other: Fields) -> list[Group]:
    """Groups of edges that stand in one window and are not in another, where nothing moves in either.

    What passes before a sign hides it as well; but it moves, and its edges do not add up.
    """
    groups = Groups(fields)
    total, beside = groups.total, other.total
    if not _same_scene(fields, other, total):
        return []
    around: Any = cv2.blur(other.length, (25, 15))
    stands = (around < 4) | (cv2.blur(beside, (25, 15)) > 0.85 * around)
    only = (total > 1.5 * EDGE_LEVEL) & (groups.coherence > COHERENCE) & (beside < 0.4 * total) & stands
    return groups.group(only, "arrived")


def _same_scene(fields: Fields, other: Fields, total: Any) -> bool:
    """Whether most of the picture is where it was, and not only still both times, as before and after a freeze."""
    edge = total > 1.2 * EDGE_LEVEL
    went: Any = cv2.magnitude(fields.across - other.across, fields.down - other.down)
    there, same = by_block(edge), by_block(edge & (went < 0.5 * total))
    counted = there > 0.02
    return counted.sum() < 6 or float(np.mean(same[counted] > 0.5 * there[counted])) > 0.7


def by_block(mask: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Share of each block of the picture that is in the mask."""
    size = max(1, mask.shape[1] // _BLOCK), max(1, mask.shape[0] // _BLOCK)
    inside: Any = mask[: size[1] * _BLOCK, : size[0] * _BLOCK].astype(np.float32)
    shares: Any = cv2.resize(inside, size, interpolation=cv2.INTER_AREA)
    return shares
