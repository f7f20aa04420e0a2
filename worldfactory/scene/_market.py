"""Markets: a street of the city without traffic, with rows of stalls under awnings and lanes between them."""

from __future__ import annotations

import math

import numpy as np

from worldfactory.records import Vec3
from worldfactory.scene._placed import Anchor
from worldfactory.scene._section import Section
from worldfactory.scene._site import Site, Walkway, pick_paints
from worldfactory.scene._stage import Stage
from worldfactory.spec._layout import MarketSpec
from worldfactory.spec._street import StreetSpec

_AISLE_M = 0.72
"""Half of the aisle between the two rows in the middle, where sellers stand."""
_DEEP_M = 1.6
"""From the back of a stall to its front."""
_BEHIND_M = 1.3
"""Between a stall at the fronts and the front behind it."""
_LET, _KEPT = 0.06, 0.3
"""Shares of the pitches that stay free, and that are kept until the kits which the prompt names have theirs."""
_FRONT_M = 0.1
"""What a kit sets on a pitch stands this far behind the fronts of the stalls."""
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
    lane = _AISLE_M + _DEEP_M + market.lane_m / 2
    count = int(2 * market.reach_m / market.pitch_m)
    kept = _KEPT if stage.prompt.decor else 0.0
    for k in range(count):
        x = -market.reach_m + (k + 0.5) * market.pitch_m
        crossing = any(a - 1.0 < x < b + 1.0 for a, b in cut.crossings)
        passage = k % (_BLOCK + 1) == _BLOCK
        for side in (1, -1):
            for y, yaw in ((_AISLE_M + _DEEP_M / 2, 90.0), (lane + market.lane_m / 2 + _DEEP_M / 2, -90.0)):
                drawn = float(rng.random())
                if (passage if yaw > 0 else crossing) or drawn < _LET:
                    continue
                if drawn < _LET + kept:
                    front = y + math.copysign(_DEEP_M / 2 - _FRONT_M, yaw)
                    stage.anchors.append(Anchor("floor", (x, side * front, 0.0), side * yaw, market.pitch_m - 0.3))
                else:
                    _stall(stage, market, (x, side * y, 0.0), side * yaw, rng)
    far = market.reach_m - 1.0
    ways = [Walkway("lane", (-far, side * lane), (far, side * lane), market.lane_m / 2 - 0.75, 0.0) for side in (1, -1)]
    site.walkways[:] = ways
    # From higher up one sees roofs and fronts, and hardly the market.
    site.heights = (5.5, 9.5)
    site.hubs[:] = [(x, side * lane, 1.2) for x in (-20.0, 0.0, 20.0) for side in (1, -1)]


def let_pitches(stage: Stage, rng: np.random.Generator) -> None:
    """Set a stall on every pitch that was kept free for decor kits and that none took."""
    market = stage.cell.venue.layout.market
    if market is None:
        return
    for anchor in [one for one in stage.anchors if one.kind == "floor"]:
        stage.anchors.remove(anchor)
        yaw = math.radians(anchor.yaw_deg)
        back = _DEEP_M / 2 - _FRONT_M
        at = (anchor.at[0] - back * math.cos(yaw), anchor.at[1] - back * math.sin(yaw), anchor.at[2])
        box = stage.shape_of(stage.thing_spec(market.stalls[0].thing))[1]
        if stage.traffic.misses(stage.block(box, at, anchor.yaw_deg)):
            _stall(stage, market, at, anchor.yaw_deg, rng)


def _stall(stage: Stage, market: MarketSpec, at: Vec3, yaw_deg: float, rng: np.random.Generator) -> None:
    """One of the market's stalls under its awning."""
    weights = np.array([stall.weight for stall in market.stalls])
    stall = market.stalls[int(rng.choice(len(weights), p=weights / weights.sum()))]
    place = (at[0] + float(rng.uniform(-0.12, 0.12)), at[1], at[2])
    stage.thing(stall.thing, place, yaw_deg, paints=pick_paints(stall.paints, rng))
    stage.thing(market.awning, place, yaw_deg, paints=pick_paints(market.awning_paints, rng), blocks=False)
