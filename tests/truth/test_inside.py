"""Whether the camera is in a solid, for every solid, turned, scaled, carried along."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worldfactory import truth
from worldfactory.records import (
    Body,
    CameraPath,
    Cell,
    Instance,
    Light,
    Material,
    Motion,
    Part,
    Prototype,
    Scene,
)


def scene(bodies, parts, eyes) -> Scene:
    poses = np.tile(np.eye(4, dtype=np.float32), (len(eyes), 1, 1))
    poses[:, :3, 3] = eyes
    count = len(eyes) - 1
    light = Light(
        sun_direction=(0, 0, 1), sun_rgb=(1, 1, 1), sky_rgb=(1, 1, 1), bounce_rgb=(0, 0, 0),
        zenith_rgb=(0, 0, 1), horizon_rgb=(1, 1, 1), fog_rgb=(1, 1, 1),
    )  # fmt: skip
    return Scene(
        id="scene-x", parents=("prompt-x",), cell=Cell(venue="v", city="c"), index=0, weather="clear", fps=(10, 1),
        materials=(Material(name="m", rgb=(1, 1, 1)),), prototypes=(Prototype(name="p", parts=tuple(parts)),),
        instances=(Instance(label="building", asset="a"),), bodies=tuple(bodies), light=light,
        camera=CameraPath(kind="walk", poses=poses, fov_deg=60, keys=np.zeros((count, 8)), mouse=np.zeros((count, 2))),
    )  # fmt: skip


def held(bodies, parts, eyes) -> list[bool]:
    found = truth.geometry(scene(bodies, parts, eyes), 64, 64).inside
    assert found.dtype == np.uint16 and len(found) == len(eyes)
    return [value > 0 for value in found]


@pytest.mark.parametrize(
    ("shape", "within", "without"),
    [
        ("box", (0.45, -0.45, 0.95), (0.55, 0, 0.5)),
        ("cylinder", (0.34, 0.34, 0.5), (0.4, 0.4, 0.5)),
        ("taper", (0.38, 0, 0.5), (0.45, 0, 0.5)),
        ("loaf", (0.41, 0.41, 0.4), (0.45, 0.45, 0.4)),
        ("cone", (0.2, 0, 0.5), (0.3, 0, 0.5)),
        ("pyramid", (0.2, 0.2, 0.5), (0.3, 0.3, 0.5)),
        ("sphere", (0.28, 0.28, 0.7), (0.4, 0.4, 0.9)),
        ("dome", (0.3, 0, 0.75), (0.4, 0, 0.75)),
        ("prism", (0.45, 0.2, 0.5), (0.45, 0.3, 0.5)),
        ("wedge", (0.4, 0.3, 0.7), (0.4, -0.3, 0.3)),
    ],
)
def test_each_solid_holds_what_is_in_it(shape, within, without):
    part = Part(shape=shape, size=(2, 3, 4), material=0)
    eyes = [np.multiply(p, (2, 3, 4)) for p in (within, without, (0, 0, 0.4), (0, 0, 1.1), (0, 0, -0.1))]
    assert held([Body(prototype=0, instance=0)], [part], eyes) == [True, False, True, False, False]


@pytest.mark.parametrize("shape", ["ring", "arch", "quad"])
def test_what_one_may_pass_through_holds_nothing(shape):
    eyes = [(0, 0, z) for z in np.linspace(0, 1, 9)]
    assert not any(held([Body(prototype=0, instance=0)], [Part(shape=shape, size=(1, 1, 1), material=0)], eyes))


@pytest.mark.filterwarnings("error")
def test_a_flat_solid_holds_nothing():
    parts = [Part(shape="quad", size=(9, 9, 0), material=0), Part(shape="box", size=(9, 0, 9), material=0)]
    assert held([Body(prototype=0, instance=0)], parts, [(0, 0, 0), (0, 0, 0.5), (1, 1, 1)]) == [False] * 3


@settings(max_examples=40, deadline=None)
@given(
    turn=st.tuples(*[st.floats(-180, 180)] * 3), at=st.tuples(*[st.floats(-5, 5)] * 3), yaw=st.floats(-180, 180),
    place=st.tuples(*[st.floats(-50, 50)] * 3), scale=st.tuples(*[st.floats(0.2, 5)] * 3),
)  # fmt: skip
def test_a_box_holds_its_middle_wherever_it_is_put(turn, at, yaw, place, scale):
    part = Part(shape="box", size=(1, 2, 3), at=at, turn_deg=turn, material=0)
    x, y, z = np.radians(turn)
    about = [
        np.array([[1, 0, 0], [0, np.cos(x), -np.sin(x)], [0, np.sin(x), np.cos(x)]]),
        np.array([[np.cos(y), 0, np.sin(y)], [0, 1, 0], [-np.sin(y), 0, np.cos(y)]]),
        np.array([[np.cos(z), -np.sin(z), 0], [np.sin(z), np.cos(z), 0], [0, 0, 1]]),
    ]
    yawed = np.radians(yaw)
    world = np.array([[np.cos(yawed), -np.sin(yawed), 0], [np.sin(yawed), np.cos(yawed), 0], [0, 0, 1]])

    def out(point) -> np.ndarray:
        local = about[2] @ about[1] @ about[0] @ np.multiply(point, (1, 2, 3)) + np.array(at)
        return world @ (local * np.array(scale)) + np.array(place)

    eyes = [out(p) for p in ((0, 0, 0.5), (0.4, 0.4, 0.9), (0.6, 0, 0.5), (0, 0, -0.1), (-0.4, 0.6, 0.5))]
    body = Body(prototype=0, instance=0, at=place, yaw_deg=yaw, scale=scale)
    assert held([body], [part], eyes) == [True, True, False, False, False]


def test_a_solid_that_moves_runs_over_the_camera():
    """A block of 1 m goes along x at 10 m/s past a camera at x = 2 that stands still; poses are 0.1 s apart."""
    path = Motion(kind="path", points=((0, 0, 0), (10, 0, 0)), speed=10.0)
    body = Body(prototype=0, instance=0, at=(0, 0, 0), motions=(path,))
    far = Body(prototype=0, instance=0, at=(40, 0, 0))
    found = truth.geometry(
        scene([far, body], [Part(shape="box", size=(1, 1, 1), material=0)], [(2, 0, 0.5)] * 6), 64, 64
    ).inside
    assert found.tolist() == [0, 0, 2, 0, 0, 0]
