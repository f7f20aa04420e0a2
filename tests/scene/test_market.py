"""Markets: rows of stalls in a street of the city, whose lanes stay free."""

from __future__ import annotations

import numpy as np
import pytest

from tests.scene.scene_helpers import built, specs
from worldfactory.scene._market import market_street
from worldfactory.scene._overlaps import overlaps
from worldfactory.spec import VenueSpec


@pytest.mark.parametrize("city", ["amsterdam", "cairo"])
def test_the_stalls_leave_their_lanes_free(city: str) -> None:
    made = built("market", city, 3).scene
    market = specs().venues["market"].layout.market
    assert market is not None
    names = {stall.thing for stall in market.stalls}
    heading = max(
        (body.yaw_deg % 180.0 for body in made.bodies if made.instances[body.instance].asset == "market-awning"),
        key=lambda yaw: yaw,
    )
    turn = np.radians(90.0 - heading)
    across = np.array([
        np.sin(turn) * body.at[0] + np.cos(turn) * body.at[1]
        for body in made.bodies
        if made.instances[body.instance].asset in names and body.parent < 0
    ])  # fmt: skip
    assert len(across) > 120
    rows = np.unique(np.abs(across).round(1))
    assert len(rows) == 2 and rows[1] - rows[0] == pytest.approx(market.lane_m + 1.6, abs=0.11)
    assert not overlaps(made, [0.0, 2.5, 5.0])


def test_a_market_closes_its_street_to_traffic() -> None:
    market = specs().venues["market"].layout.market
    assert market is not None
    for city in specs().cities.values():
        street = market_street(city.street, market)
        assert street.lanes == 0 and street.pattern == "grid" and not street.furniture
        assert street.sidewalk_m >= 2 * 1.6 + market.lane_m
    assert not [b for b in built("market", "london", 4).scene.instances if b.label in ("car", "bus", "truck")]


def test_a_market_needs_a_street() -> None:
    said = specs().venues["market"].model_dump(mode="json")
    said["layout"]["kind"] = "park"
    with pytest.raises(ValueError, match=r"layout.market needs a layout of kind 'street'"):
        VenueSpec.model_validate(said)
