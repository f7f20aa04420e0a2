"""Where things stand on the ground: oriented rectangles, clearances, tracks of what moves."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from worldfactory.compiled import Array, kernel

F64 = NDArray[np.float64]


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

    def clearance(self, points: F64) -> F64:
        """[K]: metres from each of the points [K, 2] to the nearest block; 0 inside one, inf without any."""
        out = np.empty(len(points))
        _clearance(np.ascontiguousarray(points, np.float64), self._rows(), out)
        return out

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
        rows = self._rows()
        rows = rows[rows[:, 6] > 0.5]
        if not len(rows):
            return np.ones(len(eye), np.bool_)
        c, s = rows[:, 4], rows[:, 5]

        def local(p: F64) -> tuple[F64, F64]:
            dx, dy = p[..., None, 0] - rows[:, 0], p[..., None, 1] - rows[:, 1]
            return dx * c + dy * s, dy * c - dx * s

        ex, ey = local(eye)
        px, py = local(point[None])
        # Slab test of the segment against every box.
        # A camera hung on a wall may be inside its outline.
        within = (np.abs(ex) < rows[:, 2] + 0.05) & (np.abs(ey) < rows[:, 3] + 0.05)
        near = np.zeros(ex.shape)
        far = np.ones(ex.shape)
        for a, b, half in ((ex, px, rows[:, 2]), (ey, py, rows[:, 3])):
            d = np.where(np.abs(b - a) < 1e-9, 1e-9, b - a)
            t0, t1 = (-half - a) / d, (half - a) / d
            near = np.maximum(near, np.minimum(t0, t1))
            far = np.minimum(far, np.maximum(t0, t1))
        hidden: NDArray[np.bool_] = np.any((near < far) & (near < 0.98) & ~within, axis=1)
        return np.logical_not(hidden)


@dataclass
class Traffic:
    """Where everything that moves is at the times of the clip, so that nothing meets."""

    times: F64
    tracks: list[tuple[F64, float]] = field(default_factory=list[tuple[F64, float]])
    _stacked: tuple[F64, F64] | None = None

    def free(self, track: F64, radius: float) -> bool:
        """Whether a track [T, 2] of this radius keeps clear of all earlier ones."""
        if not self.tracks:
            return True
        if self._stacked is None or len(self._stacked[0]) != len(self.tracks):
            self._stacked = (np.stack([other for other, _ in self.tracks]), np.array([size for _, size in self.tracks]))
        others, sizes = self._stacked
        near = ((others - track) ** 2).sum(2).min(1)
        return bool((near > (radius + sizes) ** 2).all())

    def misses(self, block: Block, margin: float = 0.05) -> bool:
        """Whether nothing that moves comes nearer than `margin` metres to the rectangle."""
        c, s = math.cos(block.yaw), math.sin(block.yaw)
        for track, radius in self.tracks:
            dx, dy = track[:, 0] - block.x, track[:, 1] - block.y
            ax = np.maximum(np.abs(dx * c + dy * s) - block.hx, 0.0)
            ay = np.maximum(np.abs(dy * c - dx * s) - block.hy, 0.0)
            if float(np.hypot(ax, ay).min()) < radius + margin:
                return False
        return True

    def add(self, track: F64, radius: float) -> None:
        """Take this track."""
        self.tracks.append((track, radius))

    def cut(self, count: int) -> None:
        """Keep only the first `count` tracks."""
        del self.tracks[count:]
        self._stacked = None


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
