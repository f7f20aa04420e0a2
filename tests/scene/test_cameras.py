"""Cameras: room before the lens in every shipped cell, ways back, somebody to follow."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.scene.scene_helpers import CITIES, VENUES, built, in_view, specs
from worldfactory.records import KEYS, Body, Instance, Part, Prototype, Scene
from worldfactory.scene._camera import Start, play, returning, turning, walk_actions
from worldfactory.scene._sight import Sight
from worldfactory.truth import Kinematics

CELLS = list(product(VENUES, CITIES))
SOME = [(venue, CITIES[(3 * k + j) % len(CITIES)]) for k, venue in enumerate(VENUES) for j in range(3)]
NEAR_M = 4.0


def crowd(made: Scene, moments: int = 7) -> tuple[float, float, float]:
    """Of the whole scene, people and traffic too: the least gap to anything in metres; the most that the view is
    crowded (1 for a view full of what touches the lens, 0 where all is 4 m away); the share of the first frame nearer
    than 1.5 m."""
    sight = Sight.of(made)
    frames = np.linspace(0, made.frames, moments).round().astype(int)
    times = frames * made.fps[1] / made.fps[0]
    poses = made.camera.poses[frames].astype(np.float64)
    tangent = math.tan(math.radians(made.camera.fov_deg / 2))
    depth, _ = sight.depths(poses, times, (tangent, tangent * 9 / 16), NEAR_M)
    gap = float(sight.gaps(poses[:, :3, 3], times).min())
    return gap, float((1 - depth / NEAR_M).mean(1).max()), float((depth[0] < 1.5).mean())


def _has_room(venue: str, city: str, index: int) -> None:
    cameras = specs().venues[venue].cameras
    camera = cameras[(len(city) + index) % len(cameras)]
    made = built(venue, city, index, camera=camera).scene
    gap, most, first = crowd(made)
    assert gap > (0.1 if camera == "fixed" else 0.3), camera
    assert most < 0.36 and first < 0.3, camera


@pytest.mark.parametrize(("venue", "city"), SOME)
def test_nothing_is_pressed_against_the_lens(venue: str, city: str) -> None:
    _has_room(venue, city, 1)


@pytest.mark.long
@pytest.mark.parametrize(("venue", "city"), CELLS)
@pytest.mark.parametrize("index", [2, 3, 4, 5])
def test_nothing_is_pressed_against_the_lens_anywhere(venue: str, city: str, index: int) -> None:
    _has_room(venue, city, index)


def test_a_thing_before_the_lens_is_noticed() -> None:
    made = built("street", "kyoto", 1).scene
    x, y, z = (made.camera.poses[0, :3, 3] + 0.8 * made.camera.poses[0, :3, 2]).tolist()
    board = Prototype(name="board", parts=(Part(shape="box", size=(1.4, 1.4, 1.4), at=(0, 0, -0.7), material=0),))
    jammed = made.model_copy(
        update={
            "prototypes": (*made.prototypes, board),
            "instances": (*made.instances, Instance(label="sign", asset="sign/board")),
            "bodies": (
                *made.bodies,
                Body(prototype=len(made.prototypes), instance=len(made.instances), at=(x, y, z)),
            ),
        }
    )
    gap, most, first = crowd(jammed)
    assert gap < 0.3 and most > 0.36 and first > 0.5


@pytest.mark.parametrize(
    ("shape", "depth"),
    [
        ("box", 4.0),
        ("cylinder", 4.0),
        ("sphere", 4.0),
        ("taper", 4.1),
        ("loaf", 4.1),
        ("wedge", 5.0),
        ("arch", 9.0),
        ("ring", 9.0),
    ],
)
def test_a_ray_meets_a_solid_where_it_stands(shape: str, depth: float) -> None:
    """A solid of two metres, five metres ahead, its middle on the axis of the view."""
    part = Part(shape=shape, size=(2.0, 2.0, 2.0), at=(0.0, 0.0, -1.0), turn_deg=(0.0, 0.0, 0.0), material=0)
    sight = Sight(
        [Prototype(name="p", parts=(part,))],
        [Instance(label="exhibit", asset="a")],
        [Body(prototype=0, instance=0, at=(0.0, 5.0, 0.0))],
    )
    pose = np.array([[1.0, 0, 0, 0], [0, 0, 1.0, 0], [0, -1.0, 0, 0], [0, 0, 0, 1.0]])[None]
    found, met = sight.depths(pose, np.zeros(1), (0.05, 0.05), 9.0)
    assert np.median(found) == pytest.approx(depth, abs=0.35)
    assert ((met >= 0) == (found < 9.0)).all()
    if depth < 9.0:
        assert sight.gaps(np.zeros((1, 3)), np.zeros(1), 9.0)[0] == pytest.approx(4.0, abs=0.01)


def test_solids_are_looked_for_where_they_have_moved_to() -> None:
    made = built("street", "paris", 8).scene
    kin = Kinematics(made)
    sight = Sight.of(made)
    cars = [
        k
        for k, row in enumerate(kin.moving)
        if made.instances[made.bodies[row].instance].label == "car" and made.bodies[row].parent < 0
    ]
    up = np.array([0, 0, 0.7])
    came: list[float] = []
    for car in cars:
        for time in (0.0, 3.0):
            middle = kin.at(time)[car, :3, 3].astype(np.float64) + up
            assert sight.gaps(middle[None], np.array([time]))[0] < 0.5
        there = kin.at(3.0)[car, :3, 3].astype(np.float64) + up
        came.append(float(sight.gaps(there[None], np.array([0.0]))[0] - sight.gaps(there[None], np.array([3.0]))[0]))
    # Where one is later another may have been, but not everywhere.
    assert max(came) > 0.3


@pytest.mark.parametrize(("venue", "city", "frames"), [("street", "kyoto", 121), ("museum", "paris", 17)])
@pytest.mark.parametrize("index", [1, 2])
def test_a_revisit_comes_back_to_its_first_pose(venue: str, city: str, frames: int, index: int) -> None:
    poses = built(venue, city, index, camera="revisit", frames=frames).scene.camera.poses.astype(np.float64)
    away = np.linalg.norm(poses[:, :3, 3] - poses[0, :3, 3], axis=1)
    turned = np.degrees(np.arccos(np.clip(poses[:, :3, 2] @ poses[0, :3, 2], -1, 1)))
    assert away.max() > 0.2 or turned.max() > 0.25 * frames
    back = (away[-2:] < 1e-3) & (turned[-2:] < 0.1)
    assert back.any()


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**31), st.integers(3, 120), st.sampled_from([8.0, 24.0]))
def test_undone_actions_lead_back(seed: int, count: int, fps: float) -> None:
    rng = np.random.default_rng(seed)
    keys, mouse, speed = walk_actions(rng, count, fps, 0.0)
    track = play(Start((0, 0, 1.6), 0.3, 0.02), *returning(keys, mouse, speed, 2 * count + 3), fps)
    np.testing.assert_allclose(track.places[-1], track.places[0], atol=1e-5)
    np.testing.assert_allclose([track.yaw[-1], track.pitch[-1]], [0.3, 0.02], atol=1e-5)
    np.testing.assert_allclose(track.places[2 * count - 1], track.places[1], atol=1e-5)
    ring = play(Start((0, 0, 1.6), 0.3), *turning(count, fps, 1.0, 1), fps)
    np.testing.assert_allclose(ring.places[-1], ring.places[0], atol=1e-4)
    with pytest.raises(ValueError, match=f"take {2 * count + 1} frames"):
        returning(keys, mouse, speed, 2 * count)


@pytest.mark.parametrize(("venue", "city"), [("street", "paris"), ("hospital", "cairo"), ("zoo", "kyoto")])
def test_a_third_person_camera_stays_behind_somebody_who_walks(venue: str, city: str) -> None:
    made = built(venue, city, 2, camera="third-person").scene
    subject = made.camera.subject
    assert made.instances[subject].label == "person"
    assert in_view(made, [subject]) == 1.0
    kin = Kinematics(made)
    root = next(row for row, body in enumerate(made.bodies) if body.instance == subject and body.parent < 0)
    slot = int(np.flatnonzero(kin.moving == root)[0])
    times = np.arange(made.frames + 1) * made.fps[1] / made.fps[0]
    walker = kin.over(times)[:, slot].astype(np.float64)
    ahead = walker[:, :2, 3] - made.camera.poses[:, :2, 3]
    far = np.linalg.norm(ahead, axis=1)
    assert far.min() > 2.5 and far.max() < 4.6
    facing = walker[:, :2, 0] / np.linalg.norm(walker[:, :2, 0], axis=1, keepdims=True)
    assert ((ahead / far[:, None]) * facing).sum(1).min() > 0.8  # the back is turned to the camera
    steps = np.linalg.norm(np.diff(walker[:, :2, 3], axis=0), axis=1) * made.fps[0] / made.fps[1]
    assert steps.min() > 0.7 and steps.max() < 1.4
    keys = made.camera.keys
    assert keys[:, KEYS.index("forward")].all() and keys.sum() == len(keys)


@pytest.mark.parametrize(("venue", "city"), [("hospital", "paris"), ("museum", "kyoto"), ("street", "cairo")])
def test_somebody_is_followed_through_half_a_minute(venue: str, city: str) -> None:
    made = built(venue, city, 1, camera="third-person", frames=720).scene
    assert made.frames == 720 and in_view(made, [made.camera.subject]) == 1.0


@pytest.mark.parametrize(("city", "camera"), [("mumbai", "orbit"), ("havana", "revisit")])
def test_a_camera_by_the_sea_sees_more_than_sea_and_sky(city: str, camera: str) -> None:
    for index in (1, 5):
        made = built("street", city, index, camera=camera).scene
        sight, tangent = Sight.of(made), math.tan(math.radians(made.camera.fov_deg / 2))
        frames = np.array([made.frames // 6, made.frames - made.frames // 6])
        views = made.camera.poses[frames].astype(np.float64)
        depth, _ = sight.depths(views, frames * made.fps[1] / made.fps[0], (tangent, tangent * 9 / 16), 50.0)
        assert (depth < 50.0).mean(1).min() > 0.14
