"""Boxes and tracks, held against what the renderer draws."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from tests.scene.scene_helpers import built
from worldfactory import truth
from worldfactory.errors import TruthError
from worldfactory.records import GROUPS, Body, Frame, Geometry, Instance, Motion, Part, Prototype
from worldfactory.render import RenderConfig, Renderer

SIZE = (480, 264)
FRAME = 40


@pytest.fixture(scope="module", params=[("street", "paris", 8), ("amusement-park", "kyoto", 5)], ids=["street", "park"])
def drawn(request: pytest.FixtureRequest) -> tuple[Geometry, Frame]:
    made = built(*request.param, camera="walk").scene
    renderer = Renderer(made, RenderConfig(width=SIZE[0], height=SIZE[1]))
    return truth.read_geometry(truth.pack_geometry(renderer.geometry)), renderer.frame(FRAME)


def seen_points(geometry: Geometry, frame: Frame) -> tuple[np.ndarray, np.ndarray]:
    """[K, 3] places in the world of the picture's pixels, and their instances [K]."""
    fx, fy, cx, cy = geometry.intrinsics.astype(np.float64)
    height, width = frame.depth.shape
    v, u = np.mgrid[0:height, 0:width]
    depth = frame.depth.astype(np.float64)
    there = np.isfinite(depth)
    local = np.stack([(u - cx) / fx * depth, (v - cy) / fy * depth, depth], -1)[there]
    pose = geometry.poses[frame.index].astype(np.float64)
    return local @ pose[:3, :3].T + pose[:3, 3], truth.instances(geometry, frame.bodies)[there]


def in_box(points: np.ndarray, track: truth.Track, index: int) -> np.ndarray:
    """Points in the box's frame, in halves of its size: from -1 to 1 inside."""
    away = points - track.centre[index]
    c, s = np.cos(track.yaw[index]), np.sin(track.yaw[index])
    local = np.stack([c * away[:, 0] + s * away[:, 1], c * away[:, 1] - s * away[:, 0], away[:, 2]], 1)
    return local / (track.size[index] / 2)


def test_pixel_counts_are_those_of_the_instance_map(drawn: tuple[Geometry, Frame]) -> None:
    geometry, frame = drawn
    instances = truth.instances(geometry, frame.bodies)
    counts = truth.visible_pixels(geometry, frame.bodies)
    assert counts.sum() == instances.size
    for box in truth.boxes(geometry, FRAME, frame.bodies):
        mask = instances == box.track.instance
        assert box.pixels == mask.sum() == counts[box.track.instance]
        if box.bounds is None:
            assert not mask.any()
        else:
            x0, y0, x1, y1 = box.bounds
            assert mask[y0 : y1 + 1, x0 : x1 + 1].sum() == box.pixels
            assert mask[y0].any() and mask[y1].any() and mask[:, x0].any() and mask[:, x1].any()


def test_everything_that_is_alive_or_drives_has_a_track(drawn: tuple[Geometry, Frame]) -> None:
    geometry, frame = drawn
    wanted = GROUPS["human"] | GROUPS["animal"] | GROUPS["vehicle"] | GROUPS["ride"]
    tracks = truth.tracks(geometry)
    assert {row + 1 for row, known in enumerate(geometry.instances) if known["label"] in wanted} <= {
        track.instance for track in tracks
    }
    assert sum(track.label == "person" for track in tracks) >= 10
    assert all(track.centre.shape == (len(geometry.poses), 3) and track.size.min() > 0 for track in tracks)
    _, instances = seen_points(geometry, frame)
    seen = {track.instance: int((instances == track.instance).sum()) for track in tracks}
    seen = {instance: pixels for instance, pixels in seen.items() if pixels}
    assert seen and seen == {
        box.track.instance: box.pixels for box in truth.boxes(geometry, FRAME, frame.bodies, tracks) if box.pixels
    }


def test_what_is_seen_of_a_thing_lies_in_its_box(drawn: tuple[Geometry, Frame]) -> None:
    geometry, frame = drawn
    points, instances = seen_points(geometry, frame)
    checked = 0
    for track in truth.tracks(geometry):
        own = points[instances == track.instance]
        if not len(own):
            continue
        far = np.linalg.norm(own - geometry.poses[FRAME, :3, 3], axis=1)
        room = 0.02 + 0.002 * far  # of float16 depth
        out = (np.abs(in_box(own, track, FRAME)) - 1) * track.size[FRAME] / 2
        assert (out.max(1) < room).all(), (track.asset, float(out.max()))
        checked += len(own)
    assert checked > 1000


def test_boxes_are_no_larger_than_they_must_be() -> None:
    """A whole car and a whole person, seen from all sides, reach the six faces of their boxes."""
    made = built("street", "paris", 8).scene
    geometry = truth.geometry(made, *SIZE)
    for label, slack in (("car", 0.03), ("person", 0.25)):
        track = next(t for t in truth.tracks(geometry) if t.label == label)
        cloud = surface(made, track.instance - 1)
        reach = in_box(cloud, track, 0)
        assert (reach.max(0) > 1 - slack).all() and (reach.min(0) < -1 + slack).all(), label
        assert np.abs(reach).max() < 1.001


def surface(made, row: int) -> np.ndarray:
    """The corners of the triangles of an instance's bodies at time 0, by the reference renderer."""
    from worldfactory.render.reference import _triangles

    place = truth.Kinematics(made).static.astype(np.float64)
    out = []
    for k, body in enumerate(made.bodies):
        if body.instance == row:
            out += [
                _triangles(made, part, body.scale)[0].reshape(-1, 3) @ place[k, :3, :3].T + place[k, :3, 3]
                for part in made.prototypes[body.prototype].parts
            ]
    return np.concatenate(out)


def test_a_track_goes_as_fast_as_its_thing() -> None:
    made = built("street", "sydney", 8).scene
    geometry = truth.geometry(made, *SIZE)
    cars = {
        body.instance + 1: body.motions[0].speed
        for body in made.bodies
        if body.motions
        and body.motions[0].kind == "path"
        and not body.motions[0].pace
        and made.instances[body.instance].label == "car"
    }
    assert cars
    for track in truth.tracks(geometry):
        if track.instance in cars:
            step = np.linalg.norm(np.diff(track.centre.astype(np.float64), axis=0), axis=1) * made.fps[0] / made.fps[1]
            assert np.median(step) == pytest.approx(cars[track.instance], rel=1e-2)
            assert np.ptp(track.size, axis=0).max() < 0.02
            corners = track.corners(0)
            assert np.allclose(corners.mean(0), track.centre[0], atol=1e-4)
            ahead = np.diff(track.centre[:2], axis=0)[0, :2]
            assert np.cos(track.yaw[0]) * ahead[0] + np.sin(track.yaw[0]) * ahead[1] > 0.99 * np.linalg.norm(ahead)


def test_a_turned_thing_has_a_turned_box_and_what_stands_is_tracked_only_if_it_lives() -> None:
    made = built("street", "sydney", 8).scene
    solid = Prototype(name="p", parts=(Part(shape="box", size=(4.0, 2.0, 1.0), at=(1.0, 0.0, 0.5), material=0),))
    shown = made.model_copy(
        update={
            "prototypes": (solid,),
            "instances": (
                Instance(label="car", asset="parked"),
                Instance(label="bench", asset="bench"),
                Instance(label="trolley", asset="pushed"),
            ),
            "bodies": (
                Body(prototype=0, instance=0, at=(10.0, 0.0, 0.0), yaw_deg=90.0, scale=(1.0, 1.0, 2.0)),
                Body(prototype=0, instance=1),
                Body(
                    prototype=0,
                    instance=2,
                    motions=(Motion(kind="path", points=((0, 0, 0), (0, 50, 0)), speed=2.0, offset=5.0),),
                ),
            ),
        }
    )
    geometry = truth.geometry(shown, *SIZE)
    parked, pushed = truth.tracks(geometry)
    np.testing.assert_allclose(parked.centre[0], [10.0, 1.0, 2.0], atol=1e-5)
    np.testing.assert_allclose(parked.size[-1], [4.0, 2.0, 2.0], atol=1e-5)
    assert parked.yaw[0] == pytest.approx(np.pi / 2)
    assert pushed.asset == "pushed"
    np.testing.assert_allclose(pushed.centre[0], [0.0, 6.0, 1.0], atol=1e-4)
    np.testing.assert_allclose(pushed.centre[-1] - pushed.centre[0], [0, 2.0 * shown.frames / 24, 0], atol=1e-3)


def test_maps_that_do_not_fit_are_refused(drawn: tuple[Geometry, Frame]) -> None:
    geometry, frame = drawn
    with pytest.raises(TruthError, match="boxes of frame 999"):
        truth.boxes(geometry, 999, frame.bodies)
    wrong = frame.bodies.copy()
    wrong[0, 0] = 65000
    with pytest.raises(TruthError, match="body 65000 of"):
        truth.visible_pixels(geometry, wrong)
    with pytest.raises(TruthError, match="must agree"):
        truth.tracks(dataclasses.replace(geometry, extents=geometry.extents[:1]))
