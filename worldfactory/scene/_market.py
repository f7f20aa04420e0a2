"""Markets: a street of the city without traffic, with rows of stalls under awnings and lanes between them."""

from __future__ import annotations

import numpy as np

from worldfactory.scene._section import Section
from worldfactory.scene._site import Site, Walkway, pick_paints
from worldfactory.scene._stage import Stage
from worldfactory.spec._layout import MarketSpec, StreetSpec

_AISLE_M = 0.72
"""Half of the aisle between the two rows in the middle, where sellers stand."""
_DEEP_M = 1.6
"""From the back of a stall to its front."""
_BEHIND_M = 1.3
"""Between a stall at the fronts and the front behind it."""
_BLOCK = 6
"""After so many stalls of the middle rows a passage leads across."""


def market_street(street: StreetSpec, market: MarketSpec) -> StreetSpec:
    """The city's street as it is on market day: paved from front to front, without traffic, trees and furniture."""
    half = _AISLE_M + _DEEP_M + market.lane_m + _DEEP_M + _BEHIND_M
    free: dict[str, object] = {
        "pattern": "grid", "lanes": 0, "parking": False, "sidewalk_m": min(12.0, half), "tree_every_m": 0.0,
        "furniture": (), "rails": False, "gap_share": 0.0,
    }  # fmt: skip
    return street.model_copy(update=free)


def lay_market(stage: Stage, site: Site, market: MarketSpec, cut: Section, rng: np.random.Generator) -> None:
    """Set the stalls with their awnings; people and cameras go along the lanes."""
    weights = np.array([stall.weight for stall in market.stalls])
    lane = _AISLE_M + _DEEP_M + market.lane_m / 2
    count = int(2 * market.reach_m / market.pitch_m)
    for k in range(count):
        x = -market.reach_m + (k + 0.5) * market.pitch_m
        crossing = any(a - 1.0 < x < b + 1.0 for a, b in cut.crossings)
        passage = k % (_BLOCK + 1) == _BLOCK
        for side in (1, -1):
            for y, yaw in ((_AISLE_M + _DEEP_M / 2, 90.0), (lane + market.lane_m / 2 + _DEEP_M / 2, -90.0)):
                if (passage if yaw > 0 else crossing) or rng.random() < 0.06:
                    continue
                stall = market.stalls[int(rng.choice(len(weights), p=weights / weights.sum()))]
                at = (x + float(rng.uniform(-0.12, 0.12)), side * y, 0.0)
                stage.thing(stall.thing, at, side * yaw, paints=pick_paints(stall.paints, rng))
                stage.thing(market.awning, at, side * yaw, paints=pick_paints(market.awning_paints, rng), blocks=False)
    far = market.reach_m - 1.0
    ways = [Walkway("lane", (-far, side * lane), (far, side * lane), market.lane_m / 2 - 0.75, 0.0) for side in (1, -1)]
    site.walkways[:] = ways
    site.hubs[:] = [(x, side * lane, 1.2) for x in (-20.0, 0.0, 20.0) for side in (1, -1)]
