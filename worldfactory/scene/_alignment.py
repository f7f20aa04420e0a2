"""The alignment of a street: a straight, level middle whose ends bend (circular arcs) and climb (parabolic sags).

Streets are laid out along x as if they were straight. What lies beyond the middle is then moved onto the alignment:
`x` counts as the way along the axis, `y` stays the distance from it. Terms as in road design (AASHTO, A Policy on
Geometric Design of Highways and Streets, ch. 3).
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from worldfactory.records import Body, Vec3
from worldfactory.scene._site import Site
from worldfactory.scene._solids import Solid, solid
from worldfactory.scene._space import Block
from worldfactory.scene._stage import Stage
from worldfactory.spec._street import StreetSpec

RADIUS_M = 95.0
"""Of the arcs."""
_SAG_M = 14.0
"""Length over which the slope grows from nothing, and goes back to nothing at the top."""
_CLIMB_M = 112.0
_PIECE_M = 4.0


@dataclass(frozen=True, slots=True)
class End:
    """How one end of a street goes on: `turn_deg` to the left of who goes outward, `slope` metres up a metre."""

    turn_deg: float = 0.0
    slope: float = 0.0


@dataclass(frozen=True, slots=True)
class Alignment:
    """Level and straight for |x| <= straight_m; `ends`: toward +x and toward -x."""

    straight_m: float
    ends: tuple[End, End] = (End(), End())

    @property
    def plain(self) -> bool:
        """Whether it is straight and level everywhere."""
        return not any(end.turn_deg or end.slope for end in self.ends)

    @property
    def steep(self) -> bool:
        """Whether it climbs anywhere."""
        return any(end.slope for end in self.ends)

    def end(self, x: float) -> tuple[End, float, int]:
        """The end on which `x` lies, how far out beyond the middle it is, and the sign of its side."""
        side = 1 if x >= 0 else -1
        return self.ends[0 if side > 0 else 1], abs(x) - self.straight_m, side

    def slope(self, x: float) -> float:
        """Metres up for each metre along +x."""
        end, out, side = self.end(x)
        if out <= 0 or not end.slope:
            return 0.0
        return side * end.slope * min(1.0, out / _SAG_M, max(0.0, (_CLIMB_M + _SAG_M - out) / _SAG_M))

    def rise(self, x: float) -> float:
        """Metres above the middle."""
        end, out, _ = self.end(x)
        if out <= 0 or not end.slope:
            return 0.0
        sag, top = min(out, _SAG_M), min(max(0.0, out - _CLIMB_M), _SAG_M)
        even = min(max(0.0, out - _SAG_M), _CLIMB_M - _SAG_M)
        return end.slope * (sag * sag / (2 * _SAG_M) + even + top - top * top / (2 * _SAG_M))

    def widen(self, x: float, y: float) -> float:
        """How much longer a piece of the street at `y` is than its axis."""
        end, out, side = self.end(x)
        turn = math.radians(abs(end.turn_deg))
        if not 0 < out <= turn * RADIUS_M:
            return 1.0
        return max(0.3, 1.0 - side * y * math.copysign(1.0, end.turn_deg) / RADIUS_M)

    def place(self, x: float, y: float, z: float = 0.0) -> tuple[Vec3, float]:
        """Where the point of the straight street lies, and how far it is turned, degrees."""
        end, out, side = self.end(x)
        if out <= 0 or not (end.turn_deg or end.slope):
            return (x, y, z), 0.0
        sign = math.copysign(1.0, end.turn_deg)
        full = math.radians(abs(end.turn_deg))
        angle = min(full, out / RADIUS_M)
        after = max(0.0, out - full * RADIUS_M)
        c, s = math.cos(angle), math.sin(angle)
        ahead = RADIUS_M * s + after * c
        left = sign * (RADIUS_M * (1 - c) + after * s)
        # In the frame of who goes outward, the street's own y is the left on the +x side and the right on the other.
        v = side * y
        ahead, left = ahead - sign * s * v, left + c * v
        return (side * (self.straight_m + ahead), side * left, z + self.rise(x)), math.degrees(sign * angle)

    def boxes(self, paint: str, x0: float, x1: float, y0: float, y1: float, top: float, thick: float) -> list[Solid]:
        """A flat strip along the street as boxes, in the site's own frame."""
        cuts = [x0, x1]
        for end, side in zip(self.ends, (1, -1), strict=True):
            if end.turn_deg or end.slope:
                far = _CLIMB_M + _SAG_M if end.slope else math.radians(abs(end.turn_deg)) * RADIUS_M
                cuts += [side * (self.straight_m + far * k) for k in np.linspace(0, 1, math.ceil(far / _PIECE_M) + 1)]
        cuts = sorted({c for c in cuts if x0 <= c <= x1})
        y, wide = (y0 + y1) / 2, max(0.02, y1 - y0)
        parts: list[Solid] = []
        for a, b in pairwise(cuts):
            mid = (a + b) / 2
            at, yaw = self.place(mid, y, top)
            pitch = math.atan(self.slope(mid))
            bent = yaw != 0.0 or pitch != 0.0
            edge = max(self.widen(mid, y0), self.widen(mid, y1))
            length = (b - a) * edge / math.cos(pitch) + (0.04 if bent else 0.0)
            # The base of a tilted box stands off its axis, so that its top stays on it.
            c, s = math.cos(math.radians(yaw)), math.sin(math.radians(yaw))
            off = thick * math.sin(pitch)
            place = (at[0] + off * c, at[1] + off * s, at[2] - thick * math.cos(pitch))
            parts.append(solid("box", (length, wide, thick), place, paint, (0.0, -math.degrees(pitch), yaw)))
        return parts

    def strip(
        self, stage: Stage, label: str, asset: str, paint: str, x: tuple[float, float], y: tuple[float, float],
        top: float, thick: float = 0.3,
    ) -> None:  # fmt: skip
        """Lay `boxes` as one thing, with its top at `top`."""
        y0, y1 = sorted(y)
        stage.solids(label, asset, self.boxes(paint, *x, y0, y1, top, thick), (0.0, 0.0, 0.0))

    def line(self, y: float, reach: float) -> tuple[Vec3, ...]:
        """A polyline at `y` from x = -reach to reach."""
        xs = {-reach, reach}
        for end, side in zip(self.ends, (1, -1), strict=True):
            if end.turn_deg or end.slope:
                xs |= {side * float(x) for x in np.arange(self.straight_m, min(reach, self.straight_m + 130), 3.0)}
        return tuple(self.place(x, y)[0] for x in sorted(xs))


def alignment(spec: StreetSpec, rng: np.random.Generator) -> Alignment:
    """Draw how the street of a pattern goes on at both ends."""
    left = 1.0 if rng.random() < 0.5 else -1.0
    bends = [float(rng.uniform(0.8, 1.25)) for _ in range(2)]
    if spec.pattern == "organic":
        other = left if rng.random() < 0.5 else -left
        return Alignment(38.0, (End(left * spec.bend_deg * bends[0]), End(other * spec.bend_deg * bends[1])))
    if spec.pattern == "hillside":
        up, level = End(slope=spec.rise), End(left * 24.0 * bends[0])
        return Alignment(44.0, (up, level) if rng.random() < 0.5 else (level, up))
    return Alignment(math.inf)


def align(stage: Stage, site: Site, line: Alignment, first: int) -> None:
    """Move what stands beyond the middle onto the alignment; `first`: the row of the first body that may move."""
    if line.plain:
        return
    for row in range(first, len(stage.bodies)):
        body = stage.bodies[row]
        if body.parent < 0 and abs(body.at[0]) > line.straight_m:
            stage.bodies[row] = _aligned(stage, line, body)
    for row, block in enumerate(stage.space.blocks):
        if abs(block.x) > line.straight_m:
            at, turn = line.place(block.x, block.y)
            yaw = block.yaw + math.radians(turn)
            wide = block.hy
            if block.house:
                # Its front is longer there.
                front = block.x + block.hx * math.cos(block.yaw), block.y + block.hx * math.sin(block.yaw)
                wide *= _widened(line, *front)
            stage.space.replace(row, Block(at[0], at[1], block.hx, wide, yaw, block.tall))
    for row, placed in enumerate(stage.placed):
        at, turn = line.place(*placed.at)
        stage.placed[row] = dataclasses.replace(placed, at=at, yaw_deg=placed.yaw_deg + turn)
    for row, anchor in enumerate(stage.anchors):
        at, turn = line.place(*anchor.at)
        to = None if anchor.to is None else line.place(*anchor.to)[0]
        stage.anchors[row] = dataclasses.replace(anchor, at=at, to=to, yaw_deg=anchor.yaw_deg + turn)
    for row, lamp in enumerate(stage.lamps):
        stage.lamps[row] = lamp.model_copy(update={"at": line.place(*lamp.at)[0]})
    near = line.straight_m - 2.0
    site.kerbs = [spot for spot in site.kerbs if abs(spot[0]) < near]
    site.hubs = [hub for hub in site.hubs if abs(hub[0]) < near]
    site.lookouts = [spot for spot in site.lookouts if abs(spot[0][0]) < near]


def _widened(line: Alignment, x: float, y: float) -> float:
    """How much longer the front of a house at a place is for the bend there."""
    return float(np.clip(line.widen(x, y), 0.72, 1.4))


def _aligned(stage: Stage, line: Alignment, body: Body) -> Body:
    x, y, z = body.at
    at, turn = line.place(x, y, z)
    scale = body.scale
    if stage.instances[body.instance].label == "building":
        # Houses in a row stay in a row: their fronts are as much longer as the bend is there.
        scale = (scale[0], scale[1] * _widened(line, x, y), scale[2])
    return Body.model_construct(
        prototype=body.prototype, instance=body.instance, at=at, yaw_deg=body.yaw_deg + turn, scale=scale,
        parent=-1, tint=body.tint, motions=body.motions,
    )  # fmt: skip
