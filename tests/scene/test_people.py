"""People are jointed: the foot that bears them rests, knees bend only one way, no two are alike."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.scene.scene_helpers import built, specs
from worldfactory import prompt, spec
from worldfactory.records import Cell, Motion, Scene
from worldfactory.scene._people import POSES, STRIDE, Figure, figure, person
from worldfactory.scene._stage import Stage
from worldfactory.spec._conduct import RoleSpec
from worldfactory.truth import Kinematics


def stage(city: str = "cairo", weather: str = "clear") -> Stage:
    cell = spec.resolve(specs(), Cell(venue="street", city=city))
    return Stage(cell, prompt.prompt(cell, 0).model_copy(update={"weather": weather}), 5.0, 0.0)


def drawn(place: Stage, key: int, **role: object) -> Figure:
    return figure(place, RoleSpec.model_validate({"name": "visitor", **role}), np.random.default_rng(key))


def corners(place: Stage, rows: list[int], world: np.ndarray) -> np.ndarray:
    """[K, 3]: the corners of the boxes of all parts of some bodies."""
    out: list[np.ndarray] = []
    for row in rows:
        for part in place.prototypes[place.bodies[row].prototype].parts:
            x, y, z = part.size
            box = np.array([(a * x, b * y, c * z) for a in (-0.5, 0.5) for b in (-0.5, 0.5) for c in (0.0, 1.0)])
            out.append((box + part.at) @ world[row, :3, :3].T + world[row, :3, 3])
    return np.concatenate(out)


@settings(max_examples=12, deadline=None, derandomize=True)
@given(st.integers(0, 10_000), st.floats(0.5, 1.6))
def test_the_foot_that_bears_a_walker_does_not_slide(key: int, speed: float) -> None:
    place = stage("paris")
    who = drawn(place, key)
    path = Motion(kind="path", points=((-40.0, 0, 0), (40.0, 0, 0)), speed=speed, offset=40.0)
    person(place, "visitor", who, (0, 0, 0), 0.0, "walk", motion=path, speed=speed, phase=key)
    made = Scene.model_construct(id="s", bodies=tuple(place.bodies))
    kin = Kinematics(made)
    feet = [row for row, body in enumerate(place.bodies) if place.prototypes[body.prototype].name == "person/foot"]
    assert len(feet) == 2
    cycle = STRIDE * who.height / speed
    times = np.linspace(0.0, cycle, 101)
    ball = np.array([0.094 * who.height, 0.0, -0.042 * who.height, 1.0])
    slots = [int(np.flatnonzero(kin.moving == row)[0]) for row in feet]
    places = kin.over(times)[:, slots].astype(np.float64) @ ball  # [T, 2, 4]
    still = np.abs(np.gradient(places[:, :, 0], times, axis=0)) < 0.12 * speed
    # Each foot bears for half of the cycle or more, one of them at any time, and stands on the ground as it does.
    assert (still.mean(0) > 0.45).all() and still.any(1).mean() > 0.95
    assert np.abs(places[:, :, 2][still]).max() < 0.03 * who.height
    assert places[:, :, 2].min() > -0.02 * who.height
    assert places[:, :, 2].max() < 0.12 * who.height


@pytest.mark.parametrize("pose", POSES)
@settings(max_examples=8, deadline=None, derandomize=True)
@given(st.integers(0, 10_000))
def test_bodies_are_as_tall_and_as_wide_as_people(pose: str, key: int) -> None:
    place = stage()
    who = drawn(place, key, hat=None)
    person(place, "visitor", who, (0, 0, 0), 0.0, pose, speed=1.2)
    kin = Kinematics(Scene.model_construct(id="s", bodies=tuple(place.bodies)))
    points = corners(place, list(range(len(place.bodies))), kin.static.astype(np.float64))
    head = {"stand": 1.0, "walk": 1.0, "sit": 0.545, "ride": 0.545}[pose] * who.height
    assert head - 0.06 < points[:, 2].max() < head + 0.25
    assert np.abs(points[:, 1]).max() < 0.3 * who.height
    if pose in ("sit", "ride"):
        # The soles of somebody on a seat of 0.4 to 0.48 m are at the floor or near it.
        assert -0.31 * who.height < points[:, 2].min() < -0.2 * who.height
    else:
        assert points[:, 2].min() > -0.03


def test_people_differ_in_build_hair_dress_and_what_they_carry() -> None:
    place = stage("istanbul")
    crowd = [drawn(place, key) for key in range(200)]
    assert len({who.cut for who in crowd}) >= 6 and len({who.headwear for who in crowd}) >= 4
    assert {"trousers", "skirt", "robe", "shorts"} == {who.lower for who in crowd}
    assert {"none", "shoulder", "back", "hand"} == {who.bag for who in crowd}
    heights = np.array([who.height for who in crowd])
    assert (heights < 1.45).any() and (heights > 1.75).any() and any(who.old for who in crowd)
    assert len({who.top for who in crowd}) > 3


def test_work_clothes_are_those_of_the_role_and_snow_brings_coats() -> None:
    nurse = [drawn(stage(), key, tops=("#5aa6b5",), bottoms=("#5aa6b5",)) for key in range(40)]
    assert {(who.top, who.bottom, who.lower, who.bag) for who in nurse} == {("#5aa6b5", "#5aa6b5", "trousers", "none")}
    assert all(who.height > 1.4 for who in nurse)
    assert all(who.coat for who in (drawn(stage("moscow", "snow"), key) for key in range(30)))
    assert not any(drawn(stage("moscow", "snow"), key).lower == "shorts" for key in range(30))


def test_hats_and_sashes_are_those_of_the_city() -> None:
    hanoi, kyoto = stage("hanoi"), stage("kyoto")
    assert sum(drawn(hanoi, key).headwear == "cone" for key in range(60)) > 8
    assert not [key for key in range(60) if drawn(kyoto, key).headwear == "cone"]
    robes = [who for key in range(60) if (who := drawn(kyoto, key)).lower == "robe"]
    assert robes and all(who.robe == "sash" for who in robes)


def test_prams_are_pushed_by_somebody_behind_them() -> None:
    made = built("zoo", "paris", 3).scene
    kin = Kinematics(made)
    slot = {int(row): k for k, row in enumerate(kin.moving)}
    roots = [(row, body) for row, body in enumerate(made.bodies) if body.parent < 0 and row in slot]
    prams = [row for row, body in roots if made.instances[body.instance].label == "stroller"]
    walkers = [row for row, body in roots if made.instances[body.instance].label == "person"]
    assert prams
    for time in (0.5, 3.0):
        world = kin.at(time)
        at = np.array([world[slot[row]][:2, 3] for row in walkers])
        for pram in prams:
            pose = world[slot[pram]]
            # In the pram's own frame: behind it, in its line.
            local = (at - pose[:2, 3]) @ pose[:2, :2]
            assert ((local[:, 0] < -0.4) & (local[:, 0] > -1.6) & (np.abs(local[:, 1]) < 0.1)).any()
