"""The cross-section of a street: where kerbs, fronts and crossings lie."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from worldfactory.spec._layout import StreetSpec

REACH_M = 125.0
"""The street runs this far to both sides of its middle."""


KERB_M = 0.13


CANAL_M = -1.15


PARK_M = 2.2


STRIP_M = 1.25
"""Trees, lamps and benches stand in this strip behind the kerb."""


@dataclass(frozen=True, slots=True)
class Section:
    """Distances from the street's axis to kerbs and fronts. `open_side`: no buildings at y < 0."""

    inner: float
    """Half of the canal or median in the middle."""
    road: float
    """Outer edge of the roadway."""
    front: float
    """The building line."""
    open_side: bool
    crossings: tuple[tuple[float, float], ...]
    """x spans of the streets that cross."""


def section(spec: StreetSpec, rng: np.random.Generator) -> Section:
    """Measures of the city's street."""
    inner = spec.water_m / 2 + 2.4 if spec.pattern == "canal" else 0.0
    lanes = spec.lanes * spec.lane_m / (1 if spec.pattern == "canal" else 2)
    if spec.pattern == "canal":
        lanes = max(1, spec.lanes // 2) * spec.lane_m
    road = inner + lanes + (PARK_M if spec.parking and spec.lanes else 0.0)
    wide = max(7.5, 2 * (road - inner) * 0.85)
    shift = float(rng.uniform(-0.22, 0.22)) * spec.block_m
    spans: list[tuple[float, float]] = []
    k = -4
    while k <= 4:
        x = shift + (k + 0.5) * spec.block_m
        if abs(x) + wide < REACH_M:
            spans.append((x - wide / 2, x + wide / 2))
        k += 1
    return Section(inner, road, road + spec.sidewalk_m, spec.pattern == "promenade", tuple(spans))
