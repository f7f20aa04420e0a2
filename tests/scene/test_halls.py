"""Large halls: their ceilings, escalators and local forms."""

from __future__ import annotations

import numpy as np
import pytest

from tests.scene.scene_helpers import built, specs
from worldfactory.scene._ceilings import height_at
from worldfactory.scene._overlaps import overlaps
from worldfactory.scene._rails import PIT_M, rails_of, strips
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


def test_trains_keep_to_their_tracks_and_stop_before_the_buffers() -> None:
    venue = specs().venues["railway-station"]
    hall = venue.layout.hall
    assert hall is not None
    half = sum(bay.length_m for bay in hall.bays) / 2
    rails = rails_of(hall)
    assert len(rails) >= 2
    for rail in rails:
        assert rail.runs_out(1) and not rail.runs_out(-1)
        assert rail.x0 == pytest.approx(-half + hall.bays[0].length_m)
        for a, b in strips(hall, hall.bays[-1]):
            assert b <= rail.y - PIT_M + 1e-9 or a >= rail.y + PIT_M - 1e-9
    seen = 0
    for city in ("london", "mumbai"):
        made = built("railway-station", city, 4, happenings=("train-comes",)).scene
        kin = Kinematics(made)
        trains = [
            row
            for row, body in enumerate(made.bodies)
            if made.instances[body.instance].asset == "local-train" and body.parent < 0
        ]
        seen += len(trains)
        buffers = [b for b in made.bodies if made.instances[b.instance].asset == "buffer-stop"]
        for time in (0.0, 2.5, 5.0):
            world = kin.at(time)
            for row in trains:
                at = world[list(kin.moving).index(row)][:3, 3] if row in kin.moving else np.array(made.bodies[row].at)
                ends = [float(np.hypot(*(at[:2] - np.array(b.at[:2])))) for b in buffers]
                # Half of a train, and then the buffer of its own track.
                assert min(ends) > 18.0 and abs(float(at[2])) < 1e-6
    assert seen >= 2


def test_actors_stand_on_the_stage_and_spectators_sit_on_its_seats() -> None:
    made = built("theatre", "rome", 6, happenings=("scene-played",)).scene
    hall = specs().venues["theatre"].layout.hall
    assert hall is not None
    height = next(bay.raised_m for bay in hall.bays if bay.name == "stage")
    roots = [b for b in made.bodies if b.parent < 0 and made.instances[b.instance].asset == "person/actor"]
    assert len(roots) >= 2
    assert all(b.at[2] == pytest.approx(height, abs=0.02) for b in roots)
    assert not overlaps(made, [0.0, 2.5, 5.0])


def test_the_hospital_has_an_entrance_with_sliding_doors_and_a_forecourt() -> None:
    made = built("hospital", "london", 1, happenings=("doors-slide",)).scene
    assets = {made.instances[body.instance].asset for body in made.bodies}
    assert {"entrance-canopy", "taxi", "empty-wheelchair", "info-desk", "window/glass-front"} <= assets
    kin = Kinematics(made)
    leaves = [
        k for k, row in enumerate(kin.moving) if made.instances[made.bodies[row].instance].asset == "sliding-doors"
    ]  # fmt: skip
    assert len(leaves) == 2
    at = kin.over(np.linspace(0.0, 9.1, 40)).astype(np.float64)[:, leaves][..., :2, 3]
    gap = np.linalg.norm(at[:, 0] - at[:, 1], axis=1)
    # They meet without going through each other, and open as wide as a bed is long.
    assert 0.95 < gap.min() < 1.3 and gap.max() > 2.8
    assert overlaps(made, [0.0, 2.5]) == []
