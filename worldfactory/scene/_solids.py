"""From spec parts to solids: mirror and repeat, transforms, extents."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from worldfactory.records import Shape, Vec3
from worldfactory.spec._style import PartSpec

HANGS = frozenset({"ceiling", "tree", "facade"})
_RING_TUBE = 0.06
HEAD_M = 2.1
"""What stands higher than this above the floor is in nobody's way."""


@dataclass(frozen=True, slots=True)
class Extent:
    """An axis-aligned box in a thing's own frame, metres."""

    x0: float
    x1: float
    y0: float
    y1: float
    z0: float
    z1: float

    def grown(self, metres: float) -> Extent:
        """The same box, larger by `metres` on its four sides."""
        return Extent(self.x0 - metres, self.x1 + metres, self.y0 - metres, self.y1 + metres, self.z0, self.z1)

    @property
    def width(self) -> float:
        """Along y."""
        return self.y1 - self.y0

    @property
    def length(self) -> float:
        """Along x."""
        return self.x1 - self.x0


@dataclass(frozen=True, slots=True)
class Solid:
    """One copy of a part: a plain value, for scenes have thousands."""

    shape: Shape
    size: Vec3
    at: Vec3
    paint: str
    turn: Vec3 = (0.0, 0.0, 0.0)


def solid(shape: Shape, size: Vec3, at: Vec3, paint: str, turn: Vec3 = (0.0, 0.0, 0.0)) -> Solid:
    """One part, made in code from measures that a spec gives."""
    return Solid(shape, size, at, paint, turn)


def _round_y(part: PartSpec) -> list[PartSpec]:
    """The copies of a part round the y axis."""
    if part.around == 1:
        return [part]
    out: list[PartSpec] = []
    x, y, z = part.at
    for k in range(part.around):
        angle = 2 * math.pi * k / part.around
        c, s = math.cos(angle), math.sin(angle)
        rx, ry, rz = part.turn
        turn = (rx, ry + math.degrees(angle), rz)
        out.append(part.model_copy(update={"at": (x * c + z * s, y, z * c - x * s), "turn": turn}))
    return out


def expand(parts: Iterable[PartSpec]) -> list[Solid]:
    """Every mirrored and repeated copy as a part of its own."""
    out: list[Solid] = []
    for part in (copy for one in parts for copy in _round_y(one)):
        for k in range(part.count):
            x, y, z = (part.at[i] + k * part.step[i] for i in range(3))
            out.append(solid(part.shape, part.size, (x, y, z), part.paint, part.turn))
            if "x" in part.mirror:
                out.append(solid(part.shape, part.size, (-x, y, z), part.paint, _mirrored(part, "x")))
            if "y" in part.mirror:
                out.append(solid(part.shape, part.size, (x, -y, z), part.paint, _mirrored(part, "y")))
            if part.mirror == "xy":
                # Both reflections make half a turn about z.
                rx, ry, rz = part.turn
                out.append(solid(part.shape, part.size, (-x, -y, z), part.paint, (rx, ry, rz + 180.0)))
    return out


def _mirrored(part: PartSpec, plane: str) -> Vec3:
    """A reflection turns rotations about the other axes round; a wedge's slope has a side, the other solids don't."""
    rx, ry, rz = part.turn
    if plane == "x":
        return (rx, -ry, -rz)
    return (-rx, ry, 180.0 - rz) if part.shape == "wedge" else (-rx, ry, -rz)


def moved(parts: Iterable[Solid], at: Vec3, yaw_deg: float = 0.0, scale: float = 1.0) -> list[Solid]:
    """`parts` (expanded) turned about z, scaled and set at `at`."""
    c, s = math.cos(math.radians(yaw_deg)), math.sin(math.radians(yaw_deg))
    out: list[Solid] = []
    for part in parts:
        x, y, z = (scale * v for v in part.at)
        place = (at[0] + c * x - s * y, at[1] + s * x + c * y, at[2] + z)
        size = (part.size[0] * scale, part.size[1] * scale, part.size[2] * scale)
        turn = (part.turn[0], part.turn[1], part.turn[2] + yaw_deg)
        out.append(solid(part.shape, size, place, part.paint, turn))
    return out


def rotation(turn_deg: Vec3) -> NDArray[np.float64]:
    """[3, 3]: about x, then y, then z."""
    (cx, cy, cz), (sx, sy, sz) = (tuple(f(math.radians(a)) for a in turn_deg) for f in (math.cos, math.sin))
    return np.array(
        [
            [cz * cy, cz * sy * sx - sz * cx, cz * sy * cx + sz * sx],
            [sz * cy, sz * sy * sx + cz * cx, sz * sy * cx - cz * sx],
            [-sy, cy * sx, cy * cx],
        ]
    )


def rotations(turns_deg: NDArray[np.float64]) -> NDArray[np.float64]:
    """[n, 3, 3]: `rotation` of each of the turns [n, 3]."""
    (cx, cy, cz), (sx, sy, sz) = np.cos(np.radians(turns_deg)).T, np.sin(np.radians(turns_deg)).T
    rows = [
        [cz * cy, cz * sy * sx - sz * cx, cz * sy * cx + sz * sx],
        [sz * cy, sz * sy * sx + cz * cx, sz * sy * cx - cz * sx],
        [-sy, cy * sx, cy * cx],
    ]
    return np.stack([np.stack(row, -1) for row in rows], -2)


def pieces(shape: Shape, size: Vec3, at: Vec3, turn_deg: Vec3) -> list[Extent]:
    """The boxes that a solid fills: one, but for those that one goes through, of which only the frame is in the way."""
    x, y, z = size
    # Middle and width along x, bottom and top.
    frame = [(0.0, x, 0.0, z)]
    if shape == "arch":
        frame = [(-0.43 * x, 0.14 * x, 0.0, z), (0.43 * x, 0.14 * x, 0.0, z)]
    elif shape == "ring":
        frame = [(side * 0.42 * x, 0.16 * x, 0.15 * z, 0.85 * z) for side in (-1, 1)]
        frame += [(0.0, 0.72 * x, low * z, (low + 0.15) * z) for low in (0.0, 0.85)]
        y *= 2 * _RING_TUBE
    r = rotation(turn_deg)
    out: list[Extent] = []
    for aside, width, low, high in frame:
        half = np.abs(r) @ np.array([width / 2, y / 2, (high - low) / 2])
        middle = np.array(at) + r @ np.array([aside, 0.0, (low + high) / 2])
        (x0, y0, z0), (x1, y1, z1) = (middle - half).tolist(), (middle + half).tolist()
        out.append(Extent(x0, x1, y0, y1, z0, z1))
    return out


def extent(parts: Sequence[Solid], below_m: float = math.inf) -> Extent | None:
    """The box round those of the expanded `parts` that begin lower than `below_m`; None if none do."""
    low = [math.inf] * 3
    high = [-math.inf] * 3
    for part in parts:
        sx, sy, sz = part.size
        if any(part.turn):
            r = np.abs(rotation(part.turn))
            half = r @ np.array([sx / 2, sy / 2, sz / 2])
            mid = np.array(part.at) + rotation(part.turn) @ np.array([0.0, 0.0, sz / 2])
            lo, hi = (mid - half).tolist(), (mid + half).tolist()
        else:
            x, y, z = part.at
            lo, hi = [x - sx / 2, y - sy / 2, z], [x + sx / 2, y + sy / 2, z + sz]
        if lo[2] >= below_m:
            continue
        low = [min(a, b) for a, b in zip(low, lo, strict=True)]
        high = [max(a, b) for a, b in zip(high, hi, strict=True)]
    if low[0] is math.inf or low[0] > high[0]:
        return None
    return Extent(low[0], high[0], low[1], high[1], low[2], high[2])
