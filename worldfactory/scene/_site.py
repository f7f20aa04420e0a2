"""What a laid-out place offers to cameras, people and vehicles."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from worldfactory.compiled import Array, kernel
from worldfactory.records import Vec3
from worldfactory.scene._placed import Anchor
from worldfactory.scene._solids import solid
from worldfactory.scene._space import Region
from worldfactory.scene._stage import Stage
from worldfactory.spec._street import FurnitureSpec

F64 = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Walkway:
    """A straight strip on which people walk to and fro: its middle line from a to b."""

    tag: str
    a: tuple[float, float]
    b: tuple[float, float]
    half_m: float
    z: float

    @property
    def length(self) -> float:
        """Metres from a to b."""
        return math.hypot(self.b[0] - self.a[0], self.b[1] - self.a[1])

    @property
    def yaw(self) -> float:
        """Direction from a to b, radians."""
        return math.atan2(self.b[1] - self.a[1], self.b[0] - self.a[0])

    def at(self, along: float, aside: float) -> tuple[float, float]:
        """The point `along` metres from a and `aside` metres to the left."""
        c, s = math.cos(self.yaw), math.sin(self.yaw)
        return self.a[0] + c * along - s * aside, self.a[1] + s * along + c * aside


@dataclass(frozen=True)
class Lane:
    """A lane in the direction of travel: a polyline of [K, 3] points, metres; K >= 2."""

    keeps: str
    points: tuple[Vec3, ...]
    speed_ms: float

    @cached_property
    def line(self) -> F64:
        """[K, 3]: its points."""
        return np.array(self.points, np.float64)

    @cached_property
    def reached(self) -> F64:
        """[K]: metres from its beginning to each of its points."""
        return np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(self.line, axis=0), axis=1))])

    @property
    def length(self) -> float:
        """Metres from end to end."""
        return float(self.reached[-1])

    def at(self, along: F64 | float) -> F64:
        """[..., 3]: the places `along` metres down the lane; beyond its ends, the ends."""
        return np.stack([np.interp(along, self.reached, self.line[:, k]) for k in range(3)], -1)

    def yaws(self, along: F64) -> F64:
        """[T]: the way in which one travels at `along` [T] metres, radians without jumps."""
        ahead = self.at(np.minimum(along + 0.5, self.length)) - self.at(np.minimum(along, self.length - 0.5) - 0.5)
        return np.unwrap(np.arctan2(ahead[:, 1], ahead[:, 0]))

    def aside(self, metres: float) -> Lane:
        """The lane that runs `metres` to the left of this one."""
        step = np.gradient(self.line[:, :2], axis=0)
        left = np.stack([-step[:, 1], step[:, 0]], 1) / np.maximum(np.linalg.norm(step, axis=1), 1e-9)[:, None]
        moved = np.concatenate([self.line[:, :2] + metres * left, self.line[:, 2:]], 1)
        return Lane(self.keeps, tuple((float(x), float(y), float(z)) for x, y, z in moved), self.speed_ms)


@dataclass(frozen=True, slots=True)
class Pen:
    """An enclosure in which animals wander: an axis-aligned rectangle."""

    name: str
    x0: float
    x1: float
    y0: float
    y1: float
    z: float

    def about(self, x: float, y: float, metres: float) -> Pen:
        """The part of it that is no farther than `metres` along each axis from a place."""
        return Pen(
            self.name, max(self.x0, x - metres), min(self.x1, x + metres), max(self.y0, y - metres),
            min(self.y1, y + metres), self.z,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """Where people wait one behind the other."""

    points: tuple[tuple[float, float], ...]
    """The way from the head to the tail."""
    count: int
    z: float


@dataclass
class Site:
    """The place, ready for life. Its own frame; `heading_deg` turns it into the world."""

    stage: Stage
    heading_deg: float = 0.0
    interior: bool = False
    walkways: list[Walkway] = field(default_factory=list[Walkway])
    lanes: list[Lane] = field(default_factory=list[Lane])
    pens: list[Pen] = field(default_factory=list[Pen])
    wanted: list[tuple[float, float]] = field(default_factory=list[tuple[float, float]])
    """Those that the prompt's happenings need."""
    hoped: bool = False
    """What is wanted is only typical of the place: a part of the clip is enough for it."""
    stars: dict[str, tuple[float, float]] = field(default_factory=dict[str, tuple[float, float]])
    """Places by name that a happening may need in view: plots and rooms."""
    typical: list[tuple[float, float]] = field(default_factory=list[tuple[float, float]])
    """Places by which one sees what venue this is, those nearest to its middle first."""
    kerbs: list[tuple[float, float, float]] = field(default_factory=list[tuple[float, float, float]])
    """Where a vehicle may stop: x, y, yaw in degrees."""
    lights: list[tuple[float, float]] = field(default_factory=list[tuple[float, float]])
    """The junctions with traffic lights: x of the kerbs of the streets that cross."""
    queues: list[Line] = field(default_factory=list["Line"])
    hubs: list[Vec3] = field(default_factory=list[Vec3])
    """What is worth circling or looking at: places of rides, fountains, statues, crossings."""
    heights: tuple[float, float] = (6.0, 16.0)
    """How high a drone may fly."""
    eye_fov_deg: float = 78.0
    lookouts: list[tuple[Vec3, float]] = field(default_factory=list[tuple[Vec3, float]])
    """Where a security camera may hang, and the yaw in which it looks."""

    def region_at(self, x: float, y: float, margin: float = 0.0) -> Region | None:
        """The walkable region that holds the point."""
        for region in self.stage.regions:
            if region.holds(x, y, margin):
                return region
        return None

    def inside(self, points: F64) -> NDArray[np.bool_]:
        """[K]: whether the points [K, 2] lie on walkable floor."""
        out = np.zeros(len(points), np.bool_)
        table = np.array([(r.x0, r.x1, r.y0, r.y1) for r in self.stage.regions], np.float64).reshape(-1, 4)
        _inside(np.ascontiguousarray(points, np.float64), table, out)
        return out


@kernel
def _inside(points: Array, regions: Array, out: Array) -> None:
    for k in range(len(points)):
        x, y = points[k, 0], points[k, 1]
        for n in range(len(regions)):
            if regions[n, 0] <= x <= regions[n, 1] and regions[n, 2] <= y <= regions[n, 3]:
                out[k] = True
                break


def slab(
    stage: Stage,
    label: str,
    asset: str,
    paint: str,
    x0: float,
    x1: float,
    y0: float,
    y1: float,
    top: float,
    thick: float = 0.3,
) -> int:
    """A flat piece of ground from its corner points; its top at `top`."""
    size = (max(0.02, x1 - x0), max(0.02, y1 - y0), thick)
    return stage.solids(
        label, asset, [solid("box", size, (0, 0, 0), paint)], ((x0 + x1) / 2, (y0 + y1) / 2, top - thick)
    )


def pick_paints(options: dict[str, tuple[str, ...]], rng: np.random.Generator) -> dict[str, str]:
    """Draw one paint for each slot."""
    return {slot: choices[int(rng.integers(len(choices)))] for slot, choices in options.items() if choices}


def along(
    stage: Stage, rows: tuple[FurnitureSpec, ...], row: str, x0: float, x1: float, y: float, z: float, face_deg: float,
    rng: np.random.Generator, *, keep_out: tuple[tuple[float, float], ...] = (), margin: float = 0.25,
) -> None:  # fmt: skip
    """Set a row of furniture along x. Seats look the other way than signs and lamps."""
    for spec in rows:
        if spec.row != row:
            continue
        x = x0 + float(rng.uniform(0.2, 0.8)) * spec.every_m
        while x < x1:
            if rng.random() < spec.chance and not any(a <= x <= b for a, b in keep_out):
                put(
                    stage,
                    spec.thing,
                    (x, y, z),
                    face_deg + (180.0 if stage.thing_spec(spec.thing).seats else 0.0),
                    margin=margin,
                )
            x += spec.every_m


def put(
    stage: Stage, name: str, at: Vec3, yaw_deg: float, *, margin: float = 0.15, paints: dict[str, str] | None = None
) -> bool:
    """Set a thing where its ground is free; otherwise note that it was left out."""
    spec = stage.thing_spec(name)
    box = stage.shape_of(spec)[1]
    if not spec.soft and not stage.space.fits(stage.block(box, at, yaw_deg), margin):
        stage.drop(name, f"no free ground at ({at[0]:.1f}, {at[1]:.1f})")
        return False
    stage.thing(name, at, yaw_deg, paints=paints or {})
    if spec.label in ("lamp", "pole") and box.z1 > 2.8:
        stage.anchors.append(Anchor("pole", (at[0], at[1], at[2] + 2.5), yaw_deg, 0.8))
    return True
