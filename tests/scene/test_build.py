"""What a scene promises: determinism, actions that agree with the poses, no collisions, what was said is in view."""

from __future__ import annotations

import math
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.scene.scene_helpers import CITIES, SPECS, VENUES, built, in_view, specs
from worldfactory import prompt, scene, spec
from worldfactory.errors import SceneError
from worldfactory.lineage import digest
from worldfactory.records import CAMERAS, GROUPS, KEYS, Body, Cell, Instance, Scene
from worldfactory.scene._camera import Start, play, walk_actions
from worldfactory.scene._space import Block, Space
from worldfactory.truth import Kinematics


def angles(made: Scene) -> tuple[np.ndarray, np.ndarray]:
    """Yaw and pitch of every pose, from the camera's forward axis."""
    forward = made.camera.poses[:, :3, 2].astype(np.float64)
    return np.unwrap(np.arctan2(forward[:, 1], forward[:, 0])), np.arcsin(np.clip(forward[:, 2], -1, 1))


@pytest.mark.parametrize("camera", CAMERAS)
def test_integrating_the_actions_gives_the_poses(camera: str) -> None:
    made = built("street", "kyoto", 3, camera=camera).scene
    yaw, pitch = angles(made)
    mouse = made.camera.mouse.astype(np.float64)
    np.testing.assert_allclose(yaw[0] + np.cumsum(mouse[:, 0]), yaw[1:], atol=2e-5)
    np.testing.assert_allclose(pitch[0] + np.cumsum(mouse[:, 1]), pitch[1:], atol=2e-5)
    steps = np.diff(made.camera.poses[:, :3, 3].astype(np.float64), axis=0)
    keys = made.camera.keys
    wish = np.zeros((len(keys), 3))
    for name, x, y, z in (
        ("forward", 1, 0, 0),
        ("back", -1, 0, 0),
        ("left", 0, 1, 0),
        ("right", 0, -1, 0),
        ("jump", 0, 0, 1),
        ("crouch", 0, 0, -1),
    ):
        wish += keys[:, KEYS.index(name), None] * np.array([x, y, z])
    c, s = np.cos(yaw[1:]), np.sin(yaw[1:])
    level = np.stack([c * wish[:, 0] - s * wish[:, 1], s * wish[:, 0] + c * wish[:, 1], wish[:, 2]], 1)
    moves = np.linalg.norm(level, axis=1) > 0
    assert np.abs(steps[~moves]).max(initial=0) < 1e-5
    along = (steps[moves] * level[moves]).sum(1) / np.maximum(
        1e-9, np.linalg.norm(steps[moves], axis=1) * np.linalg.norm(level[moves], axis=1)
    )
    assert along.min(initial=1.0) > 0.995


def test_a_fixed_camera_does_nothing() -> None:
    made = built("zoo", "cairo", 5, camera="fixed").scene
    assert not made.camera.keys.any() and not made.camera.mouse.any()
    assert np.ptp(made.camera.poses, axis=0).max() == 0.0


def test_there_is_a_pose_more_than_frames() -> None:
    made = built("museum", "paris", 1).scene
    assert made.camera.poses.shape == (made.frames + 1, 4, 4)
    assert made.camera.keys.shape == (made.frames, 8)
    turn = made.camera.poses[:, :3, :3].astype(np.float64)
    np.testing.assert_allclose(turn @ turn.transpose(0, 2, 1), np.broadcast_to(np.eye(3), turn.shape), atol=1e-5)


def test_the_same_prompt_gives_the_same_bytes_in_another_process() -> None:
    here = digest(built("amusement-park", "mumbai", 7).scene.model_dump_json().encode())
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from tests.scene.scene_helpers import built\nfrom worldfactory.lineage import digest\n"
        "print(digest(built('amusement-park', 'mumbai', 7).scene.model_dump_json().encode()))"
    )
    ran = subprocess.run([sys.executable, "-c", code, str(SPECS.parent)], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == here


def test_another_prompt_gives_another_scene() -> None:
    one, other = built("zoo", "paris", 1).scene, built("zoo", "paris", 2).scene
    assert one.id != other.id and not np.array_equal(one.camera.poses, other.camera.poses)
    assert one.bodies != other.bodies


@pytest.mark.parametrize(
    ("venue", "city"),
    [
        ("street", "kyoto"),
        ("street", "rome"),
        ("street", "cairo"),
        ("street", "istanbul"),
        ("street", "moscow"),
        ("street", "rio-de-janeiro"),
        ("zoo", "paris"),
        ("museum", "cairo"),
        ("hospital", "mumbai"),
        ("amusement-park", "sydney"),
    ],
)
def test_nobody_goes_through_anything(venue: str, city: str) -> None:
    _nobody_goes_through_anything(venue, city, 11)


@pytest.mark.long
@pytest.mark.parametrize("venue", VENUES)
@pytest.mark.parametrize("index", [12, 13, 14])
def test_nobody_goes_through_anything_anywhere_and_prompts_are_true(venue: str, index: int) -> None:
    untrue: list[tuple[str, str]] = []
    for city in CITIES:
        cell = spec.resolve(specs(), Cell(venue=venue, city=city))
        made = scene.build(cell, prompt.prompt(cell, index))
        assert not _met(made), city
        untrue += [(city, reason) for reason in made.missing]
    assert len(untrue) <= 1, untrue


def _nobody_goes_through_anything(venue: str, city: str, index: int) -> None:
    made = built(venue, city, index).scene
    assert not _met(made)


def _met(made: Scene) -> list[tuple[str, str, float]]:
    """What goes through what, by how many metres."""
    found = scene.overlaps(made, [0.0, 1.3, 2.6, 3.9, 5.0])
    return [(made.instances[o.mover].asset, made.instances[o.other].asset, round(o.depth_m, 2)) for o in found]


def test_overlaps_are_found_where_there_are_some() -> None:
    made = built("hospital", "cairo", 2).scene
    wall = next(row for row, body in enumerate(made.bodies) if made.instances[body.instance].asset == "wall/partition")
    someone = next(
        body for body in made.bodies if made.instances[body.instance].asset.startswith("person/") and body.parent < 0
    )
    bodies = (*made.bodies, Body(prototype=someone.prototype, instance=len(made.instances), at=_beside(made, wall)))
    broken = made.model_copy(
        update={"bodies": bodies, "instances": (*made.instances, Instance(label="person", asset="person/ghost"))}
    )
    assert any(broken.instances[o.mover].asset == "person/ghost" for o in scene.overlaps(broken, [0.0]))


def _beside(made: Scene, row: int) -> tuple[float, float, float]:
    """The middle of a wall's longest solid."""
    body = made.bodies[row]
    part = max(made.prototypes[body.prototype].parts, key=lambda p: p.size[0] * p.size[2])
    c, s = math.cos(math.radians(body.yaw_deg)), math.sin(math.radians(body.yaw_deg))
    return (body.at[0] + c * part.at[0] - s * part.at[1], body.at[1] + s * part.at[0] + c * part.at[1], 0.0)


@pytest.mark.parametrize("venue", VENUES)
def test_the_walker_keeps_clear_of_what_stands(venue: str) -> None:
    made = built(venue, "sydney", 4).scene
    ghost = Instance(label="person", asset="person/camera")
    box = next(k for k, p in enumerate(made.prototypes) if p.name.startswith("person/") and len(p.parts) > 4)
    row = len(made.instances)
    for pose in made.camera.poses[:: max(1, made.frames // 6)]:
        at = (float(pose[0, 3]), float(pose[1, 3]), float(pose[2, 3]) - 1.6)
        probe = made.model_copy(
            update={
                "bodies": (*made.bodies, Body(prototype=box, instance=row, at=at)),
                "instances": (*made.instances, ghost),
            }
        )
        still = [
            o
            for o in scene.overlaps(probe, [0.0])
            if o.mover == row and made.instances[o.other].label not in ("person", "animal", "car", "bicycle")
        ]
        assert not [made.instances[o.other].asset for o in still]


@pytest.mark.parametrize(
    ("venue", "happening", "asset"),
    [
        ("street", "dog-walk", "dog"),
        ("hospital", "bed-pushed", "hospital-bed"),
        ("zoo", "elephants-walk", "elephant"),
        ("museum", "guide-tour", "person/guide"),
        ("amusement-park", "carousel-turns", "carousel"),
    ],
)
def test_what_the_prompt_says_is_in_view(venue: str, happening: str, asset: str) -> None:
    report = built(venue, "paris", 9, happenings=(happening,))
    rows = report.happenings[happening]
    assert asset in {report.scene.instances[row].asset for row in rows}
    assert in_view(report.scene, rows) > 0.25


def test_kits_that_are_named_stand_in_view_and_no_others() -> None:
    report = built("street", "new-york", 6, decor=("market-stalls",))
    kits = {instance.decor for instance in report.scene.instances}
    assert kits == {"", "market-stalls"}
    rows = [k for k, instance in enumerate(report.scene.instances) if instance.decor]
    assert in_view(report.scene, rows) > 0.1
    assert {i.decor for i in built("street", "new-york", 6).scene.instances} == {""}


@pytest.mark.parametrize(("city", "right"), [("paris", True), ("istanbul", True), ("sydney", False), ("london", False)])
def test_oncoming_vehicles_pass_on_the_side_of_the_country(city: str, right: bool) -> None:
    made = built("street", city, 8).scene
    kin = Kinematics(made)
    cars = [
        k
        for k, row in enumerate(kin.moving)
        if made.instances[made.bodies[row].instance].label in GROUPS["vehicle"] and made.bodies[row].parent < 0
    ]
    met = 0
    for time in np.arange(0.5, made.frames / (made.fps[0] / made.fps[1]) - 0.5, 0.5):
        places = kin.at(float(time))[cars, :2, 3].astype(np.float64)
        moves = kin.at(float(time) + 0.2)[cars, :2, 3] - places
        speed = np.linalg.norm(moves, axis=1)
        driven = speed > 0.2
        heading, here = moves[driven] / speed[driven, None], places[driven]
        left = np.stack([-heading[:, 1], heading[:, 0]], 1)
        apart = here[None] - here[:, None]  # of each, to each other one
        # On a bend, left and right of two vehicles are not the same.
        oncoming = (heading @ heading.T < -0.98) & (np.linalg.norm(apart, axis=2) < 12.0)
        side = (apart * left[:, None]).sum(2)[oncoming]
        met += len(side)
        assert (side * (1 if right else -1) > 0.5).all()  # a scooter may keep near the middle of the road
    assert met


def test_wheels_turn_as_fast_as_the_car_goes() -> None:
    made = built("street", "new-york", 12).scene
    spins = [
        (body, made.bodies[body.parent])
        for body in made.bodies
        if body.parent >= 0
        and made.instances[body.instance].label == "car"
        and body.motions
        and body.motions[0].kind == "spin"
    ]
    assert spins
    for wheel, car in spins:
        assert wheel.motions[0].speed == pytest.approx(car.motions[0].speed / 0.32, rel=1e-6)


def test_night_lights_lamps_and_day_does_not() -> None:
    night, day = built("street", "paris", 2, hour=23.0).scene, built("street", "paris", 2, hour=12.0).scene
    assert len(night.light.lamps) >= 4 and not day.light.lamps
    assert sum(night.light.sky_rgb) < 0.3 * sum(day.light.sky_rgb)
    assert night.light.lit_windows > 0.4 > day.light.lit_windows
    assert max(m.emission for m in night.materials) > 3 * max(m.emission for m in day.materials)


def test_weather_shapes_the_light() -> None:
    assert built("street", "paris", 2, weather="rain").scene.light.wetness > 0.5
    assert built("street", "paris", 2, weather="snow").scene.light.snow > 0.5
    assert built("street", "paris", 2, weather="fog").scene.light.fog_per_m > 0.01
    assert built("museum", "paris", 2, weather="rain").scene.light.interior


@pytest.mark.parametrize(
    ("latitude", "day", "hour", "altitude"),
    [
        (0.0, 80, 12.0, 90.0),
        (51.48, 172, 12.0, 61.96),
        (51.48, 355, 12.0, 15.08),
        (-33.87, 355, 12.0, 79.57),
        (35.0, 80, 6.0, 0.0),
    ],
)
def test_the_sun_stands_where_almanacs_say(latitude: float, day: int, hour: float, altitude: float) -> None:
    x, y, z = scene.sun_direction(latitude, day, hour)
    assert math.degrees(math.asin(z)) == pytest.approx(altitude, abs=0.8)
    assert math.hypot(x, y, z) == pytest.approx(1.0)
    if hour == 6.0:
        assert x > 0.9


def test_a_wrong_prompt_is_refused() -> None:
    with pytest.raises(SceneError, match="happening 'moon-landing' is unknown"):
        built("zoo", "paris", 0, happenings=("moon-landing",))
    with pytest.raises(SceneError, match="decor 'diwali-lamps' does not suit street:paris"):
        built("street", "paris", 0, decor=("diwali-lamps",))


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**31), st.integers(2, 400), st.sampled_from([8.0, 24.0, 30.0]))
def test_any_sampled_walk_stays_near_level_and_at_walking_speed(seed: int, frames: int, fps: float) -> None:
    keys, mouse, speed = walk_actions(np.random.default_rng(seed), frames, fps, 0.0)
    track = play(Start((0, 0, 1.6), 0.3), keys, mouse, speed, fps)
    assert np.abs(track.pitch).max() < 0.4
    assert np.linalg.norm(np.diff(track.places, axis=0), axis=1).max() <= 2.8 / fps + 1e-9
    assert (track.places[:, 2] == 1.6).all()


@settings(max_examples=60, deadline=None)
@given(
    st.tuples(*[st.floats(-5, 5)] * 2),
    st.tuples(*[st.floats(0.2, 3)] * 2),
    st.floats(0, 6.3),
    st.tuples(*[st.floats(-9, 9)] * 2),
)
def test_a_small_block_fits_exactly_where_there_is_clearance(at: tuple, half: tuple, yaw: float, point: tuple) -> None:
    space = Space()
    space.add(Block(at[0], at[1], half[0], half[1], yaw))
    clear = float(space.clearance(np.array([point]))[0])
    fits = space.fits(Block(point[0], point[1], 1e-6, 1e-6))
    assert fits == (clear > 0) or clear < 1e-4
