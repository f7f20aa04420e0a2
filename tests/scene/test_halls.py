"""Large halls: their ceilings, escalators and local forms."""

from __future__ import annotations

import numpy as np
import pytest

from tests.scene.scene_helpers import built, specs
from worldfactory.scene._ceilings import height_at
from worldfactory.scene._overlaps import overlaps
from worldfactory.spec import CitySpec
from worldfactory.truth import Kinematics

HALLS = sorted(name for name, venue in specs().venues.items() if venue.layout.kind == "hall")


def test_escalator_steps_stay_level_and_riders_stay_on_them() -> None:
    made = built("shopping-centre", "paris", 3, happenings=("stairs-ridden",)).scene
    kin = Kinematics(made)
    carried = {
        int(row): made.instances[made.bodies[row].instance].label
        for row in kin.moving
        if any(m.kind == "carry" for m in made.bodies[row].motions) and made.bodies[row].parent < 0
    }
    steps = {row for row, body in enumerate(made.bodies) if body.parent >= 0 and body.motions[:1] and
             body.motions[0].kind == "carry"}  # fmt: skip
    riders = [row for row, label in carried.items() if label == "person"]
    assert len(riders) >= 4 and len(steps) >= 60
    slot = {int(row): k for k, row in enumerate(kin.moving)}
    treads = [slot[row] for row in steps]
    seconds = made.frames * made.fps[1] / made.fps[0]
    for time in np.linspace(0.0, seconds, 7):
        world = kin.at(float(time)).astype(np.float64)
        assert np.allclose(world[treads, 2, 2], 1.0, atol=1e-5)
        for row in riders:
            feet = world[slot[row], :3, 3]
            below = np.linalg.norm(world[treads, :2, 3] - feet[:2], axis=1) < 0.4
            assert np.abs(world[treads][below, 2, 3] - feet[2]).min() < 0.3


@pytest.mark.parametrize("venue", HALLS)
def test_nothing_runs_into_another_in_a_hall(venue: str) -> None:
    made = built(venue, "cairo", 5).scene
    found = overlaps(made, [0.0, 2.5, 5.0])
    assert not [(made.instances[o.mover].asset, made.instances[o.other].asset, o) for o in found]


def test_ceilings_rise_to_the_middle_of_a_hall() -> None:
    for form in ("flat", "coffers", "beams"):
        assert height_at(form, 12.0, 6.0, 0.0) == height_at(form, 12.0, 6.0, 5.0) == 6.0
    for form in ("vault", "trusses", "skylight"):
        heights = [height_at(form, 12.0, 6.0, y) for y in (0.0, 3.0, 6.0)]
        assert heights[0] > heights[1] > heights[2] == 6.0


def test_interiors_follow_the_script_unless_the_city_says() -> None:
    cities = specs().cities
    assert cities["kyoto"].inside.things["hall-column"] != cities["cairo"].inside.things["hall-column"]
    said = cities["paris"].model_dump(mode="json") | {"interior": "islamic"}
    assert CitySpec.model_validate(said).inside == cities["cairo"].inside
    with pytest.raises(ValueError, match=r"no such interior: gothic; allowed: .*islamic"):
        CitySpec.model_validate(said | {"interior": "gothic"})
