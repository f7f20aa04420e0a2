"""The cross-section of a street: where kerbs, fronts and crossings lie."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from worldfactory.spec._street import StreetSpec

SIDE_M = 64.0
"""Streets that meet this one are built up so far from its fronts, and closed by a house there."""
REACH_M = 125.0
"""The street runs this far to both sides of its middle."""


KERB_M = 0.13


CANAL_M = -1.15


PARK_M = 2.2


CIRCUS_M = 92.0
"""Where the round place at the end of a radial street lies."""


STRIP_M = 1.25
"""Trees, lamps and benches stand in this strip behind the kerb."""


SIDE_WALK_M = 2.0
"""Width of the pavements of side streets."""


@dataclass(frozen=True, slots=True)
class Junction:
    """A street that meets this one: its roadway lies between x = lo and hi at the kerb."""

    lo: float
    hi: float
    sides: tuple[int, ...] = (1, -1)
    """1 for y > 0, -1 for y < 0; a T-junction has one."""
    slant: float = 0.0
    """How far its axis moves along x for each metre away from this street, on the side of y > 0; on the other side
    the other way, so that it goes straight across."""

    @property
    def middle(self) -> float:
        """x of its axis at this street's axis."""
        return (self.lo + self.hi) / 2

    def axis(self, y: float, kerb: float) -> float:
        """x of its axis at a distance `y` on the side of y's sign; `kerb`: where it begins to slant."""
        out = max(0.0, abs(y) - kerb)
        return self.middle + (out if y > 0 else -out) * self.slant


@dataclass(frozen=True, slots=True)
class Section:
    """Distances from the street's axis to kerbs and fronts. `open_side`: no buildings at y < 0."""

    inner: float
    """Half of the canal or median in the middle."""
    road: float
    """Outer edge of the roadway."""
    front: float
    """The edge of the pavement, where buildings stand if there is no lawn before them."""
    line: float
    """The building line."""
    open_side: bool
    junctions: tuple[Junction, ...]
    circus: float = math.inf
    """x of the middle of the round place; inf for none."""

    @property
    def crossings(self) -> tuple[tuple[float, float], ...]:
        """x spans of the streets that meet this one."""
        return tuple((one.lo, one.hi) for one in self.junctions)

    def cuts(self, side: int) -> list[Junction]:
        """The junctions on one side."""
        return [one for one in self.junctions if side in one.sides]


def section(spec: StreetSpec, rng: np.random.Generator) -> Section:
    """Measures of the city's street."""
    canal = spec.pattern == "canal"
    inner = spec.water_m / 2 + 2.4 if canal else spec.median_m / 2
    lanes = max(1, spec.lanes // 2) * spec.lane_m if canal else spec.lanes * spec.lane_m / 2
    road = inner + lanes + (PARK_M if spec.parking and spec.lanes else 0.0)
    # A side street has two lanes and no room to spare, however wide the main street is.
    wide = {"organic": 4.0, "hillside": 5.0, "radial": 7.4, "superblock": 6.0}.get(spec.pattern, 6.6)
    shift = float(rng.uniform(-0.22, 0.22)) * spec.block_m
    junctions: list[Junction] = []
    # Streets that cross aslant are parallel: others would meet behind the houses.
    slant = float(rng.choice((-1.0, 1.0)) * rng.uniform(0.42, 0.66)) if spec.pattern == "radial" else 0.0
    last = CIRCUS_M - 66.0 if spec.pattern == "radial" else math.inf
    for k in range(-4, 5):
        x = shift + (k + 0.5) * spec.block_m
        sides = (1, -1)
        if spec.pattern == "organic":
            x += float(rng.uniform(-0.12, 0.12)) * spec.block_m
            sides = ((1,), (-1,))[k % 2]
        if abs(x) + wide < REACH_M and x < last:
            junctions.append(Junction(x - wide / 2, x + wide / 2, sides, slant))
    front = road + spec.sidewalk_m
    line = front + (spec.setback_m if spec.pattern == "superblock" else 0.0)
    circus = CIRCUS_M if spec.pattern == "radial" else math.inf
    return Section(inner, road, front, line, spec.pattern == "promenade", tuple(junctions), circus)
