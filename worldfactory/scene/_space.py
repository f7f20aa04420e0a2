"""Where things stand on the ground: oriented rectangles, clearances, tracks of what moves."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from worldfactory.compiled import Array, kernel

F64 = NDArray[np.float64]
_HOUSE_M = 1.9
"""Blocks of houses are larger than twice this on both sides."""


@dataclass(frozen=True, slots=True)
class Block:
    """An oriented rectangle on the ground. yaw in radians."""

    x: float
    y: float
    hx: float
    hy: float
    yaw: float = 0.0
    tall: bool = True
    """Whether it hides what is behind it (a wall), or can be looked over (a bench)."""

    @property
    def house(self) -> bool:
        """Whether it is as large as a house."""
        return self.tall and min(self.hx, self.hy) > _HOUSE_M


@dataclass(frozen=True, slots=True)
class Region:
    """An axis-aligned piece of floor where people may walk."""

    tag: str
    x0: float
    x1: float
    y0: float
    y1: float
    z: float = 0.0

    def holds(self, x: float, y: float, margin: float = 0.0) -> bool:
        """Whether the point lies inside, `margin` metres from the edge."""
        return self.x0 + margin <= x <= self.x1 - margin and self.y0 + margin <= y <= self.y1 - margin


@dataclass
class Space:
    """All that stands; answers how far points are from it."""

    blocks: list[Block] = field(default_factory=list[Block])
    _table: F64 = field(default_factory=lambda: np.empty((256, 7)))
    """x, y, hx, hy, cos, sin, tall of the first `_counted` blocks; it grows by doubling."""
    _counted: int = 0

    def add(self, block: Block) -> None:
        """Take the ground."""
        self.blocks.append(block)

    def cut(self, count: int) -> None:
        """Keep only the first `count` blocks."""
        del self.blocks[count:]
        self._counted = min(self._counted, count)

    def replace(self, row: int, block: Block) -> None:
        """Another block in the place of one."""
        self.blocks[row] = block
        self._counted = min(self._counted, row)

    def _rows(self) -> F64:
        """[B, 7]: x, y, hx, hy, cos, sin, tall."""
        new = self.blocks[self._counted :]
        if new:
            if len(self.blocks) > len(self._table):
                self._table = np.concatenate([self._table[: self._counted], np.empty((2 * len(self.blocks), 7))])
            self._table[self._counted : len(self.blocks)] = [
                (b.x, b.y, b.hx, b.hy, math.cos(b.yaw), math.sin(b.yaw), float(b.tall)) for b in new
            ]
            self._counted = len(self.blocks)
        return self._table[: self._counted]

    def houses(self) -> Space:
        """What of it are houses."""
        return Space([block for block in self.blocks if block.house])

    def clearance(self, points: F64) -> F64:
        """[K]: metres from each of the points [K, 2] to the nearest block; 0 inside one, inf without any."""
        out = np.empty(len(points))
        _clearance(np.ascontiguousarray(points, np.float64), self._rows(), out)
        return out

    def clear(self, points: F64, least: float) -> bool:
        """Whether all of the points [K, 2] are `least` metres or more from every block."""
        return bool(_clear(np.ascontiguousarray(points, np.float64), float(least), self._rows()))

    def fits(self, block: Block, margin: float = 0.0) -> bool:
        """Whether the rectangle, grown by `margin`, is free of all others (separating axes)."""
        hx, hy = block.hx + margin, block.hy + margin
        return bool(_fits(block.x, block.y, hx, hy, math.cos(block.yaw), math.sin(block.yaw), self._rows()))

    def ahead(self, eyes: F64, yaws: F64, reach: float = 60.0) -> F64:
        """[K]: metres from the eyes [K, 2] along the yaws [K] to something tall, `reach` if there is nothing."""
        out = np.empty(len(eyes))
        eyes = np.ascontiguousarray(eyes, np.float64)
        _ahead(eyes, np.cos(yaws), np.sin(yaws), float(reach), self._rows(), out)
        return out

    def sees(self, eye: F64, point: F64) -> NDArray[np.bool_]:
        """[K]: whether nothing tall stands between the eyes [K, 2] and the point [2]."""
        out = np.empty(len(eye), np.bool_)
        _sees(np.ascontiguousarray(eye, np.float64), float(point[0]), float(point[1]), self._rows(), out)
        return out


@dataclass
class Traffic:
    """Where everything that moves is at the times of the clip, so that nothing meets."""

    times: F64
    tracks: list[tuple[F64, float]] = field(default_factory=list[tuple[F64, float]])

    def __post_init__(self) -> None:
        self._places = np.empty((16, len(self.times), 2))
        self._radii = np.empty(16)

    def free(self, track: F64, radius: float) -> bool:
        """Whether a track [T, 2] of this radius keeps clear of all earlier ones."""
        count = len(self.tracks)
        return bool(_passes(np.ascontiguousarray(track), float(radius), self._places[:count], self._radii[:count]))

    def misses(self, block: Block, margin: float = 0.05) -> bool:
        """Whether nothing that moves comes nearer than `margin` metres to the rectangle."""
        count = len(self.tracks)
        row = np.array([block.x, block.y, block.hx, block.hy, math.cos(block.yaw), math.sin(block.yaw)])
        return bool(_misses(row, float(margin), self._places[:count], self._radii[:count]))

    def add(self, track: F64, radius: float) -> None:
        """Take this track."""
        count = len(self.tracks)
        if count == len(self._radii):
            self._places = np.concatenate([self._places, np.empty_like(self._places)])
            self._radii = np.concatenate([self._radii, np.empty_like(self._radii)])
        self._places[count], self._radii[count] = track, radius
        self.tracks.append((track, radius))

    def cut(self, count: int) -> None:
        """Keep only the first `count` tracks."""
        del self.tracks[count:]


@kernel
def _clearance(points: Array, rows: Array, out: Array) -> None:
    for k in range(len(points)):
        x, y = points[k, 0], points[k, 1]
        least = np.inf
        for n in range(len(rows)):
            dx, dy, c, s = x - rows[n, 0], y - rows[n, 1], rows[n, 4], rows[n, 5]
            ax = max(abs(dx * c + dy * s) - rows[n, 2], 0.0)
            ay = max(abs(dy * c - dx * s) - rows[n, 3], 0.0)
            least = min(least, ax * ax + ay * ay)
        out[k] = np.sqrt(least)


@kernel
def _clear(points: Array, least: float, rows: Array) -> bool:
    # Points far apart first: what is not free shows soon.
    for first in range(min(8, len(points))):
        for k in range(first, len(points), 8):
            x, y = points[k, 0], points[k, 1]
            for n in range(len(rows)):
                dx, dy, c, s = x - rows[n, 0], y - rows[n, 1], rows[n, 4], rows[n, 5]
                ax = max(abs(dx * c + dy * s) - rows[n, 2], 0.0)
                ay = max(abs(dy * c - dx * s) - rows[n, 3], 0.0)
                if ax * ax + ay * ay < least * least:
                    return False
    return True


@kernel
def _sees(eyes: Array, x: float, y: float, rows: Array, out: Array) -> None:
    # Slab test of the segment from each eye to (x, y) against every tall box.
    for k in range(len(eyes)):
        out[k] = True
        for n in range(len(rows)):
            if rows[n, 6] < 0.5:
                continue
            c, s, hx, hy = rows[n, 4], rows[n, 5], rows[n, 2], rows[n, 3]
            dx, dy = eyes[k, 0] - rows[n, 0], eyes[k, 1] - rows[n, 1]
            ex, ey = dx * c + dy * s, dy * c - dx * s
            if abs(ex) < hx + 0.05 and abs(ey) < hy + 0.05:
                continue  # a camera hung on a wall may be inside its outline
            dx, dy = x - rows[n, 0], y - rows[n, 1]
            px, py = dx * c + dy * s, dy * c - dx * s
            near, far = 0.0, 1.0
            for a, b, half in ((ex, px, hx), (ey, py, hy)):
                d = b - a if abs(b - a) >= 1e-9 else 1e-9
                one, other = (-half - a) / d, (half - a) / d
                near, far = max(near, min(one, other)), min(far, max(one, other))
            if near < far and near < 0.98:
                out[k] = False
                break


@kernel
def _passes(track: Array, radius: float, others: Array, radii: Array) -> bool:
    for n in range(len(others)):
        least = (radius + radii[n]) ** 2
        for t in range(len(track)):
            dx, dy = others[n, t, 0] - track[t, 0], others[n, t, 1] - track[t, 1]
            if dx * dx + dy * dy <= least:
                return False
    return True


@kernel
def _misses(block: Array, margin: float, tracks: Array, radii: Array) -> bool:
    x, y, hx, hy, c, s = block[0], block[1], block[2], block[3], block[4], block[5]
    for n in range(len(tracks)):
        least = (radii[n] + margin) ** 2
        for t in range(tracks.shape[1]):
            dx, dy = tracks[n, t, 0] - x, tracks[n, t, 1] - y
            ax = max(abs(dx * c + dy * s) - hx, 0.0)
            ay = max(abs(dy * c - dx * s) - hy, 0.0)
            if ax * ax + ay * ay < least:
                return False
    return True


@kernel
def _fits(x: float, y: float, hx: float, hy: float, c: float, s: float, rows: Array) -> bool:
    for n in range(len(rows)):
        dx, dy, nx, ny, nc, ns = rows[n, 0] - x, rows[n, 1] - y, rows[n, 2], rows[n, 3], rows[n, 4], rows[n, 5]
        # Rotation of the other relative to this one.
        rc, rs = abs(nc * c + ns * s), abs(nc * s - ns * c)
        if (
            abs(dx * c + dy * s) <= hx + nx * rc + ny * rs
            and abs(dy * c - dx * s) <= hy + nx * rs + ny * rc
            and abs(dx * nc + dy * ns) <= nx + hx * rc + hy * rs
            and abs(dy * nc - dx * ns) <= ny + hx * rs + hy * rc
        ):
            return False
    return True


@kernel
def _ahead(eyes: Array, cosines: Array, sines: Array, reach: float, rows: Array, out: Array) -> None:
    for k in range(len(eyes)):
        least = reach
        for n in range(len(rows)):
            if rows[n, 6] < 0.5:
                continue
            dx, dy, c, s = eyes[k, 0] - rows[n, 0], eyes[k, 1] - rows[n, 1], rows[n, 4], rows[n, 5]
            near, far = 0.0, least
            for a, d, half in (
                (dx * c + dy * s, cosines[k] * c + sines[k] * s, rows[n, 2]),
                (dy * c - dx * s, sines[k] * c - cosines[k] * s, rows[n, 3]),
            ):
                d = d if abs(d) > 1e-9 else 1e-9
                one, other = (-half - a) / d, (half - a) / d
                near, far = max(near, min(one, other)), min(far, max(one, other))
            if near <= far:
                least = min(least, near)
        out[k] = least
