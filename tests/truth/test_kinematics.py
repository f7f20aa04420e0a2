"""Motion as a closed form of time, against plain composed matrices."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.render.scenes import scene
from worldfactory.errors import SceneError
from worldfactory.records import Motion, Part, Scene
from worldfactory.truth import Kinematics, geometry

BOX = [[Part(shape="box", size=(1.0, 1.0, 1.0), material=0)]]


def drawn(bodies: list[dict[str, Any]]) -> Scene:
    return scene(BOX, [{"prototype": 0, **body} for body in bodies])


def shift(x: float, y: float, z: float) -> np.ndarray:
    out = np.eye(4)
    out[:3, 3] = x, y, z
    return out


def turn(axis: str, angle: float) -> np.ndarray:
    i, k = {"x": (1, 2), "y": (2, 0), "z": (0, 1)}[axis]
    out = np.eye(4)
    out[i, i] = out[k, k] = math.cos(angle)
    out[k, i], out[i, k] = math.sin(angle), -math.sin(angle)
    return out


AXES = {"x": (1.0, 0.0, 0.0), "y": (0.0, 1.0, 0.0), "z": (0.0, 0.0, 1.0)}
NUMBERS = st.floats(-3.0, 3.0)


@settings(max_examples=30, deadline=None, derandomize=True)
@given(
    time=st.floats(0.0, 30.0), at=st.tuples(NUMBERS, NUMBERS, NUMBERS), yaw=st.floats(-180.0, 180.0),
    axis=st.sampled_from("xyz"), pivot=st.tuples(NUMBERS, NUMBERS, NUMBERS), speed=NUMBERS, offset=NUMBERS,
    amplitude=NUMBERS, frequency=st.floats(0.0, 3.0),
)  # fmt: skip
def test_spin_swing_bob_and_parents_compose(
    time: float, at: tuple[float, float, float], yaw: float, axis: str, pivot: tuple[float, float, float], speed: float,
    offset: float, amplitude: float, frequency: float,
) -> None:  # fmt: skip
    spin = Motion(kind="spin", axis=AXES[axis], pivot=pivot, speed=speed, offset=offset)
    swing = Motion(
        kind="swing", axis=AXES[axis], pivot=pivot, amplitude=amplitude, frequency_hz=frequency, offset=offset
    )
    bob = Motion(kind="bob", axis=AXES[axis], amplitude=amplitude, frequency_hz=frequency, offset=offset)
    bodies = drawn(
        [
            {"at": at, "yaw_deg": yaw, "motions": (spin, bob)},
            {"at": (1.0, 2.0, 3.0), "parent": 0, "scale": (2.0, 2.0, 2.0)},
            {"at": (0.5, 0.0, -1.0), "yaw_deg": 30.0, "parent": 1, "motions": (swing,)},
            {"at": (9.0, 0.0, 0.0), "yaw_deg": 10.0},
            {"at": (1.0, 0.0, 0.0), "yaw_deg": 20.0, "parent": 3},
            {"at": (0.0, 1.0, 0.0), "parent": 4, "motions": (bob, swing)},
        ]
    )
    wave = amplitude * math.sin(2.0 * math.pi * frequency * time + offset)
    about = shift(*pivot) @ turn(axis, speed * time + offset) @ shift(*(-p for p in pivot))
    swung = shift(*pivot) @ turn(axis, wave) @ shift(*(-p for p in pivot))
    bobbed = shift(*(wave * np.array(AXES[axis])))
    first = shift(*at) @ turn("z", math.radians(yaw)) @ about @ bobbed
    second = first @ shift(1.0, 2.0, 3.0)
    third = second @ shift(0.5, 0.0, -1.0) @ turn("z", math.radians(30.0)) @ swung
    fourth = shift(9.0, 0.0, 0.0) @ turn("z", math.radians(10.0))
    fifth = fourth @ shift(1.0, 0.0, 0.0) @ turn("z", math.radians(20.0))
    sixth = fifth @ shift(0.0, 1.0, 0.0) @ bobbed @ swung
    kinematics = Kinematics(bodies)
    assert kinematics.moving.tolist() == [0, 1, 2, 5]
    got = kinematics.at(time)
    assert got.dtype == np.float32
    assert np.allclose(got, np.stack([first, second, third, sixth]), atol=2e-5)
    assert np.allclose(kinematics.static[3], fourth, atol=1e-6) and np.allclose(kinematics.static[4], fifth, atol=1e-6)


def path(points: list[tuple[float, float, float]], **more: Any) -> Scene:
    return drawn([{"motions": (Motion.model_validate({"kind": "path", "points": points, **more}),)}])


@settings(max_examples=30, deadline=None, derandomize=True)
@given(time=st.floats(0.0, 100.0), speed=st.floats(0.1, 12.0), offset=st.floats(0.0, 40.0), closed=st.booleans())
def test_path_is_where_walking_the_polyline_leads(time: float, speed: float, offset: float, closed: bool) -> None:
    points = [(0.0, 0.0, 0.0), (6.0, 0.0, 0.0), (6.0, 3.0, 0.0), (2.0, 6.0, 1.0)]
    got = Kinematics(path(points, speed=speed, offset=offset, closed=closed)).at(time)[0][:3, 3]
    route = [*points, points[0]] if closed else [*points, *points[-2::-1]]
    left = math.fmod(offset + speed * time, sum(math.dist(a, b) for a, b in pairwise(route)))
    for a, b in pairwise(route):
        if left <= math.dist(a, b):
            assert np.allclose(got, np.array(a) + (np.array(b) - a) * left / math.dist(a, b), atol=2e-3)
            return
        left -= math.dist(a, b)
    raise AssertionError("the route is longer than that")


def test_path_faces_along_and_turns_without_a_jump() -> None:
    kinematics = Kinematics(path([(0.0, 0.0, 0.0), (8.0, 0.0, 0.0), (8.0, 8.0, 0.0)], speed=2.0))
    assert np.allclose(kinematics.at(2.0)[0][:3, 0], (1.0, 0.0, 0.0), atol=1e-6)
    assert np.allclose(kinematics.at(6.0)[0][:3, 0], (0.0, 1.0, 0.0), atol=1e-6)
    assert np.allclose(kinematics.at(4.0)[0][:3, 0], (math.sqrt(0.5), math.sqrt(0.5), 0.0), atol=1e-5)
    assert np.allclose(kinematics.at(10.0)[0][:3, 0], (0.0, -1.0, 0.0), atol=1e-6)  # on the way back
    every = kinematics.over(np.arange(0.0, 40.0, 0.01))[:, 0]
    turned = np.einsum("ti,ti->t", every[1:, :3, 0], every[:-1, :3, 0])
    moved = np.linalg.norm(np.diff(every[:, :3, 3], axis=0), axis=1)
    assert np.degrees(np.arccos(np.clip(turned, -1.0, 1.0))).max() < 5.0
    assert moved.max() < 0.0205


def test_a_pace_is_the_motion_of_constant_accelerations() -> None:
    # 2 m/s for 2 s, braked to a stand in 2 s, 1 s at rest, off again with 1 m/s^2 for 2 s: 4 + 2 + 0 + 2 metres.
    pace = ((0.0, 0.0, 2.0), (2.0, 4.0, 2.0), (4.0, 6.0, 0.0), (5.0, 6.0, 0.0), (7.0, 8.0, 2.0))
    points = [(0.0, 0.0, 0.0), (100.0, 0.0, 0.0)]
    once = Kinematics(path(points, speed=1.0, offset=10.0, pace=pace))
    times = np.array([-1.0, 1.0, 3.0, 4.5, 6.0, 9.0])
    assert np.allclose(once.over(times)[:, 0, 0, 3], [8.0, 12.0, 15.5, 16.0, 16.5, 22.0], atol=1e-5)
    again = Kinematics(path(points, speed=1.0, offset=10.0, pace=pace, repeats=True))
    assert np.allclose(again.over(times + 14.0)[:, 0, 0, 3], [24.5, 28.0, 31.5, 32.0, 32.5, 38.0], atol=1e-5)
    wheel = Motion(kind="spin", axis=(0.0, 1.0, 0.0), speed=0.5, pace=pace)
    bob = Motion(kind="bob", axis=(0.0, 0.0, 1.0), amplitude=1.0, frequency_hz=0.1)
    mixed = Kinematics(drawn([{"motions": (wheel,)}, {"motions": (Motion(kind="spin", speed=2.0), bob)}]))
    assert np.allclose(mixed.at(3.0)[0, :3, :3], turn("y", 0.5 * 5.5)[:3, :3], atol=1e-6)
    assert np.allclose(mixed.at(3.0)[1], turn("z", 6.0) @ shift(0.0, 0.0, math.sin(0.6 * math.pi)), atol=1e-6)


def test_slopes_pitch_and_lifts_stay_upright() -> None:
    slope = Kinematics(path([(0.0, 0.0, 0.0), (10.0, 0.0, 10.0)], speed=1.0)).at(7.0)[0]
    assert np.allclose(slope[:3, 0], (math.sqrt(0.5), 0.0, math.sqrt(0.5)), atol=1e-5)
    lift = Kinematics(path([(0.0, 0.0, 0.0), (0.0, 0.0, 10.0)], speed=1.0)).at(7.0)[0]
    assert np.allclose(lift[:3, :3], np.eye(3), atol=1e-6)


def test_one_time_is_as_many_times() -> None:
    spinning = drawn([{"motions": (Motion(kind="spin", speed=1.0 + k),), "at": (k, 0.0, 0.0)} for k in range(7)])
    kinematics = Kinematics(spinning)
    times = np.linspace(0.0, 3.0, 5)
    assert np.allclose(kinematics.over(times), np.stack([kinematics.at(t) for t in times]), atol=1e-6)
    assert kinematics.over(times).shape == (5, 7, 4, 4)
    assert Kinematics(drawn([{}])).at(1.0).shape == (0, 4, 4)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"parent": 0}, "body 0: parent is 0"),
        ({"parent": -2}, "parent is -2"),
        ({"motions": (Motion(kind="path", points=((1.0, 0.0, 0.0),)),)}, "two different"),
        ({"motions": (Motion(kind="spin", axis=(0.0, 0.0, 0.0)),)}, r"axis \(0, 0, 0\)"),
        ({"motions": (Motion(kind="spin", pace=((0.0, 0.0, 1.0),)),)}, "two or more that rise"),
        ({"motions": (Motion(kind="spin", pace=((1.0, 0.0, 1.0), (1.0, 2.0, 1.0))),)}, "two or more that rise"),
    ],
)
def test_broken_motion_is_refused(body: dict[str, Any], says: str) -> None:
    with pytest.raises(SceneError, match=says):
        Kinematics(drawn([body]))


def test_geometry_knows_classes_and_instances() -> None:
    two = scene(BOX, [{"prototype": 0}, {"prototype": 0, "instance": 0}, {"prototype": 0, "instance": 1}])
    known = geometry(two, 640, 352)
    assert known.instance_of.tolist() == [0, 1, 1, 2]
    assert known.class_of.tolist() == [0, 50, 50, 50]
    assert known.instances[1] == {"label": "rock", "asset": "test/1", "decor": "", "city": "rome", "venue": "street"}
    assert np.allclose(known.intrinsics, [640 / (2 * math.tan(math.radians(32.5)))] * 2 + [319.5, 175.5])
    bad = two.model_copy(update={"instances": (two.instances[0].model_copy(update={"label": "unicorn"}),)})
    with pytest.raises(SceneError, match="unicorn"):
        geometry(bad, 640, 352)
    with pytest.raises(SceneError, match="instance 1 of 1"):
        geometry(two.model_copy(update={"instances": two.instances[:1]}), 640, 352)
