"""A rig's cameras agree in space, and counterfactuals differ in nothing but what the camera does."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.scene.scene_helpers import built
from worldfactory import scene, truth
from worldfactory.errors import SceneError
from worldfactory.records import Scene
from worldfactory.render import RenderConfig, Renderer
from worldfactory.scene._sight import Sight

WIDTH, HEIGHT = 320, 176
NEXT = [
    ("front", "left"), ("front", "right"), ("left", "rear-left"), ("right", "rear-right"), ("rear-left", "rear"),
    ("rear-right", "rear"),
]  # fmt: skip


def everything_but_the_camera(made: Scene) -> Scene:
    """The scene without what a variant changes."""
    return made.model_copy(update={"camera": None, "id": "", "parents": ()})


@pytest.fixture(scope="module")
def ring() -> dict[str, tuple[Renderer, object]]:
    made = scene.rig(built("street", "paris", 4, camera="drive").scene)
    out = {}
    for name, one in made.items():
        renderer = Renderer(one, RenderConfig(width=WIDTH, height=HEIGHT))
        out[name] = (renderer, renderer.frame(30))
    return out


def test_six_cameras_see_all_round() -> None:
    base = built("street", "paris", 4, camera="drive").scene
    made = scene.rig(base)
    assert list(made) == ["front", "left", "right", "rear-left", "rear-right", "rear"]
    forward = base.camera.poses[:, :3, 2].astype(np.float64)
    left = np.stack([-forward[:, 1], forward[:, 0]], 1)
    for name, one in made.items():
        looks = one.camera.poses[:, :3, 2].astype(np.float64)
        turn = np.degrees(np.arctan2((looks[:, :2] * left).sum(1), (looks * forward).sum(1)))
        assert np.abs(np.abs(turn) - abs(scene.RIG[name].yaw_deg)).max() < 1.0
        assert (name.endswith("left") and (turn > 0).all()) or not name.endswith("left")
        assert everything_but_the_camera(one) == everything_but_the_camera(base)
        assert one.parents == (*base.parents, base.id) and (one.camera.keys == base.camera.keys).all()
    assert len({one.id for one in made.values()} | {base.id}) == 7
    covered = np.zeros(360, bool)
    for mount in scene.RIG.values():
        half = mount.fov_deg / 2
        covered[(np.arange(math.ceil(mount.yaw_deg - half), math.floor(mount.yaw_deg + half) + 1)) % 360] = True
    assert covered.all()


@pytest.mark.parametrize(("one", "other"), NEXT)
def test_a_point_seen_by_two_cameras_is_the_same_thing_in_both(ring: dict, one: str, other: str) -> None:
    (first, seen), (second, theirs) = ring[one], ring[other]
    fx, fy, cx, cy = first.geometry.intrinsics.astype(np.float64)
    v, u = np.mgrid[0:HEIGHT, 0:WIDTH]
    depth = seen.depth.astype(np.float64)
    there = np.isfinite(depth) & (depth > 1.0) & (depth < 60.0)
    local = np.stack([(u - cx) / fx * depth, (v - cy) / fy * depth, depth], -1)[there]
    pose, back = (r.geometry.poses[30].astype(np.float64) for r in (first, second))
    world = local @ pose[:3, :3].T + pose[:3, 3]
    x, y, z = ((world - back[:3, 3]) @ back[:3, :3]).T
    fx, fy, cx, cy = second.geometry.intrinsics.astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        px, py = np.round(fx * x / z + cx), np.round(fy * y / z + cy)
    inside = (z > 0.5) & (px >= 0) & (px < WIDTH) & (py >= 0) & (py < HEIGHT)
    assert inside.sum() > 0.02 * WIDTH * HEIGHT
    px, py = px[inside].astype(int), py[inside].astype(int)
    mine = truth.instances(first.geometry, seen.bodies)[there][inside]
    found = truth.instances(second.geometry, theirs.bodies)[py, px]
    as_deep = np.abs(theirs.depth[py, px].astype(np.float64) / z[inside] - 1) < 0.02
    assert as_deep.mean() > 0.7  # the rest is hidden from there
    assert (mine == found)[as_deep].mean() > 0.96


@pytest.mark.parametrize(
    ("venue", "city", "camera"),
    [
        ("street", "kyoto", "walk"),
        ("museum", "paris", "walk"),
        ("zoo", "cairo", "drone"),
        ("street", "sydney", "drive"),
    ],
)
def test_counterfactuals_differ_in_what_the_camera_does_alone(venue: str, city: str, camera: str) -> None:
    base = built(venue, city, 3, camera=camera).scene
    others = scene.counterfactuals(base, 3)
    assert [one.id for one in scene.counterfactuals(base, 2)] == [one.id for one in others[:2]]
    assert len({one.id for one in (base, *others)}) == 4
    ends = [base, *others]
    for k, one in enumerate(others):
        assert everything_but_the_camera(one) == everything_but_the_camera(base)
        np.testing.assert_array_equal(one.camera.poses[0], base.camera.poses[0])
        for earlier in ends[: k + 1]:
            differ = (one.camera.keys != earlier.camera.keys).any(1)
            differ |= np.abs(one.camera.mouse - earlier.camera.mouse).max(1) > 1e-4
            assert differ.mean() > 0.2
            aside = np.linalg.norm(one.camera.poses[:, :3, 3] - earlier.camera.poses[:, :3, 3], axis=1)
            ahead = (one.camera.poses[:, :3, 2] * earlier.camera.poses[:, :3, 2]).sum(1).clip(-1, 1)
            assert (aside + np.arccos(ahead)).max() > 0.35
        frames = np.linspace(0, one.frames, 12).round().astype(int)
        times = frames * one.fps[1] / one.fps[0]
        gaps = Sight.of(one).gaps(one.camera.poses[frames, :3, 3].astype(np.float64), times)
        assert gaps.min() > 0.3
        moved = np.linalg.norm(np.diff(one.camera.poses[:, :3, 3], axis=0), axis=1) > 1e-6
        assert (one.camera.keys[:, :6].any(1) | ~moved).all()


def test_a_walker_in_a_counterfactual_stays_on_the_floor() -> None:
    base = built("street", "amsterdam", 3, camera="walk").scene
    for one in scene.counterfactuals(base, 4):
        height, body = Sight.of(one, flat=True).below(
            one.camera.poses[:, :3, 3].astype(np.float64)[::10], np.zeros(len(one.camera.poses[::10])), 6.0
        )
        assert "water" not in {one.instances[one.bodies[row].instance].label for row in body}
        assert np.ptp(height) < 0.6


def test_cameras_that_can_not_choose_are_refused() -> None:
    fixed = built("zoo", "cairo", 5, camera="fixed").scene
    with pytest.raises(SceneError, match="'fixed' camera has no actions to choose"):
        scene.counterfactuals(fixed, 1)
    with pytest.raises(SceneError, match="its camera is 'fixed', not 'drive'"):
        scene.rig(fixed)


@pytest.mark.parametrize("camera", ["walk", "drive", "orbit", "third-person"])
def test_nine_numbers_a_frame_give_the_poses_again(camera: str) -> None:
    poses = built("street", "kyoto", 3, camera=camera).scene.camera.poses
    deltas = truth.camera_deltas(poses)
    assert deltas.shape == (len(poses) - 1, 9) and deltas.dtype == np.float32
    np.testing.assert_allclose(truth.poses_of(poses[0], deltas), poses, atol=2e-3)
    ahead = np.linalg.norm(np.diff(poses[:, :3, 3], axis=0), axis=1)
    np.testing.assert_allclose(np.linalg.norm(deltas[:, :3], axis=1), ahead, atol=1e-4)
