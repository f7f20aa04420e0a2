"""What streets have by country: marks, cables, upright members of fronts."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from tests.scene.scene_helpers import built, specs
from worldfactory.scene._buildings import draw_mass
from worldfactory.scene._marks import crosswalk
from worldfactory.scene._order import order
from worldfactory.scene._wires import hanging
from worldfactory.spec._street import StreetSpec


def test_crossings_have_the_marks_of_the_country() -> None:
    marks = {
        style: crosswalk(StreetSpec(crossing_style=style), 2.6, -4.0, 4.0)
        for style in ("zebra", "ladder", "lines", "studs")
    }
    assert len(marks["lines"]) == 2 and {wide for *_, wide in marks["lines"]} == {8.0}
    assert len(marks["zebra"]) >= 7 and all(x1 - x0 == 2.6 for x0, x1, _, _ in marks["zebra"])
    assert set(marks["lines"]) < set(marks["ladder"]) and len(marks["ladder"]) > 6
    assert all(x1 - x0 < 0.3 and wide < 0.3 for x0, x1, _, wide in marks["studs"])
    for one in marks.values():
        assert all(y - wide / 2 >= -4.001 and y + wide / 2 <= 4.001 for _, _, y, wide in one)


def test_a_cable_sags_between_its_ends() -> None:
    parts = hanging((0.0, 0.0, 7.0), (20.0, 4.0, 6.0), 0.8, 0.04)
    heights = [part.at[2] for part in parts]
    assert min(heights) < 6.0 and max(heights) < 7.0
    assert sum(part.size[0] for part in parts) == pytest.approx(np.hypot(20.4, 1.0), abs=0.4)


def test_cables_hang_over_the_heads_of_bangkok_and_there_are_none_in_paris() -> None:
    for city, hung in (("bangkok", True), ("paris", False)):
        made = built("street", city, 0).scene
        rows = {body.prototype for body in made.bodies if made.instances[body.instance].asset == "pole/cables"}
        assert bool(rows) is hung
        parts = [part for row in rows for part in made.prototypes[row].parts]
        assert all(part.at[2] > 4.4 for part in parts)
        # One span's cables are many, on both sides of the street.
        assert not hung or (len(rows) >= 2 and max(len(made.prototypes[row].parts) for row in rows) >= 4 * 14)


@pytest.mark.parametrize("city", ["kyoto", "moscow", "london", "chicago"])
def test_what_goes_up_a_front_stays_on_it(city: str) -> None:
    rng = np.random.default_rng(3)
    for style in specs().cities[city].buildings:
        mass = dataclasses.replace(draw_mass(style, rng), floors=4)
        parts = order(mass, 3, mass.height, rng)
        assert len(parts) > (1 if style.order != "none" else 0)
        for part in parts:
            assert abs(part.at[1]) + part.size[1] / 2 <= mass.width / 2 + 0.03
            assert mass.ground_m - 0.01 <= part.at[2] and part.at[2] + part.size[2] <= mass.height + 0.2
