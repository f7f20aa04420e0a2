"""Flow and depth against the geometry that they come from."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.render.scenes import DAY, ground, look, moving, scene
from worldfactory import truth
from worldfactory.errors import TruthError
from worldfactory.records import Frame, Geometry, Material, Motion, Part
from worldfactory.render import RenderConfig, Renderer

CONFIG = RenderConfig(width=320, height=192, shadows=False)
FLAT = DAY.model_copy(update={"fog_per_m": 0.0, "sun_rgb": (0.0, 0.0, 0.0), "clouds": 0.0})


@pytest.fixture(scope="module")
def walk() -> tuple[Geometry, list[Frame]]:
    """The corner with everything patterned, without sun, so that a point looks the same from frame to frame."""
    materials = tuple(
        Material(name=p, rgb=(0.7, 0.6, 0.4), rgb2=(0.1, 0.15, 0.2), pattern=p, cell_m=(0.8, 0.8))
        for p in ("mottled", "checker", "stripes")
    )
    renderer = Renderer(moving(6, light=FLAT, materials=materials), CONFIG)
    return renderer.geometry, [renderer.frame(i) for i in range(7)]


def flow_of(geometry: Geometry, frames: list[Frame], i: int) -> tuple[np.ndarray, np.ndarray]:
    a, b = frames[i], frames[i + 1]
    return truth.flow(geometry, i, a.depth, a.bodies, b.depth, b.bodies)


def sample(image: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    height, width = image.shape[:2]
    i, k = np.clip(np.floor(x).astype(int), 0, width - 2), np.clip(np.floor(y).astype(int), 0, height - 2)
    p, q = (x - i)[..., None], (y - k)[..., None]
    image = image.astype(np.float64)
    return (image[k, i] * (1 - p) + image[k, i + 1] * p) * (1 - q) + (
        image[k + 1, i] * (1 - p) + image[k + 1, i + 1] * p
    ) * q


@pytest.mark.parametrize("i", range(6))
def test_warping_the_next_frame_by_the_flow_gives_this_one(walk: tuple[Geometry, list[Frame]], i: int) -> None:
    geometry, frames = walk
    flow, occluded = flow_of(geometry, frames, i)
    assert flow.dtype == np.float16 and flow.shape == (192, 320, 2) and occluded.dtype == np.bool_
    y, x = np.mgrid[:192, :320]
    warped = sample(frames[i + 1].rgb, x + flow[..., 0].astype(float), y + flow[..., 1].astype(float))
    wrong = np.abs(warped - frames[i].rgb).mean(-1)
    still = np.abs(frames[i + 1].rgb.astype(float) - frames[i].rgb).mean(-1)
    seen = ~occluded
    assert 0.7 < seen.mean() < 1.0
    assert np.median(wrong[seen]) < 2.0 and wrong[seen].mean() < 0.5 * still[seen].mean()
    for body in (3, 4, 5, 6):  # those that move
        here = seen & (frames[i].bodies == body)
        if here.sum() > 150:
            assert wrong[here].mean() < 0.6 * still[here].mean() + 1.0


@pytest.mark.parametrize("i", [0, 4])
def test_flow_leads_to_the_same_body_where_not_occluded(walk: tuple[Geometry, list[Frame]], i: int) -> None:
    geometry, frames = walk
    flow, occluded = flow_of(geometry, frames, i)
    y, x = np.mgrid[:192, :320]
    to_x, to_y = (
        np.rint(x + flow[..., 0].astype(float)).astype(int),
        np.rint(y + flow[..., 1].astype(float)).astype(int),
    )
    seen = ~occluded & (to_x >= 0) & (to_x < 320) & (to_y >= 0) & (to_y < 192)
    assert (frames[i + 1].bodies[to_y[seen], to_x[seen]] == frames[i].bodies[seen]).mean() > 0.995


def test_flow_is_exact_by_plain_projection(walk: tuple[Geometry, list[Frame]]) -> None:
    """Each pixel's point, carried by its body and projected again, in float64."""
    geometry, frames = walk
    a = frames[2]
    flow, _ = flow_of(geometry, frames, 2)
    fx, fy, cx, cy = geometry.intrinsics.astype(float)
    y, x = np.mgrid[:192, :320]
    ray = np.stack([(x - cx) / fx, (y - cy) / fy, np.ones_like(x, float)], -1)
    before, after = geometry.transforms[2].astype(float), geometry.transforms[3].astype(float)
    for body in np.unique(a.bodies):
        mask = a.bodies == body
        if body == 0:
            turn = np.linalg.inv(geometry.poses[3].astype(float)) @ geometry.poses[2]
            point = ray[mask] @ turn[:3, :3].T
        else:
            slot = np.flatnonzero(geometry.moving == body - 1)
            move = after[slot[0]] @ np.linalg.inv(before[slot[0]]) if len(slot) else np.eye(4)
            whole = np.linalg.inv(geometry.poses[3].astype(float)) @ move @ geometry.poses[2]
            point = (ray[mask] * a.depth[mask].astype(float)[:, None]) @ whole[:3, :3].T + whole[:3, 3]
        expected = np.stack(
            [point[:, 0] / point[:, 2] * fx + cx - x[mask], point[:, 1] / point[:, 2] * fy + cy - y[mask]], -1
        )
        assert np.abs(flow[mask].astype(float) - expected).max() < 2e-3 * max(1.0, np.abs(expected).max())


def test_depth_reprojected_through_the_poses_lands_on_the_same_instance(walk: tuple[Geometry, list[Frame]]) -> None:
    """Still bodies, over several frames: nothing but depth, intrinsics and poses is used."""
    geometry, frames = walk
    fx, fy, cx, cy = geometry.intrinsics.astype(float)
    y, x = np.mgrid[:192, :320]
    a, b = frames[0], frames[3]
    mask = (a.bodies > 0) & ~np.isin(a.bodies, geometry.moving + 1)
    ray = np.stack([(x - cx) / fx, (y - cy) / fy, np.ones_like(x, float)], -1)[mask]
    world = (ray * a.depth[mask].astype(float)[:, None]) @ geometry.poses[0][:3, :3].T.astype(float) + geometry.poses[
        0
    ][:3, 3]
    view = np.linalg.inv(geometry.poses[3].astype(float))
    point = world @ view[:3, :3].T + view[:3, 3]
    to_x, to_y = (
        np.rint(point[:, 0] / point[:, 2] * fx + cx).astype(int),
        np.rint(point[:, 1] / point[:, 2] * fy + cy).astype(int),
    )
    inside = (to_x >= 0) & (to_x < 320) & (to_y >= 0) & (to_y < 192)
    there = b.depth[to_y[inside], to_x[inside]].astype(float)
    visible = there > point[inside, 2] * 0.97  # else something else stands before it by then
    same = (
        truth.instances(geometry, b.bodies)[to_y[inside], to_x[inside]]
        == truth.instances(geometry, a.bodies)[mask][inside]
    )
    assert visible.mean() > 0.8 and same[visible].mean() > 0.99
    assert set(np.unique(truth.classes(geometry, a.bodies))) == {0, 50}


def test_still_camera_over_still_things_has_no_flow() -> None:
    drawn = scene(
        [ground(), [Part(shape="box", size=(1.0, 1.0, 1.0), material=1)]], [{"prototype": 0}, {"prototype": 1}]
    )
    renderer = Renderer(drawn, CONFIG)
    flow, occluded = flow_of(renderer.geometry, [renderer.frame(0), renderer.frame(1)], 0)
    assert (flow == 0).all() and not occluded.any()


def test_what_a_mover_uncovers_and_covers() -> None:
    """A box slides to the right over a wall: the wall just right of it gets covered, and the box itself stays seen."""
    slide = Motion(kind="path", points=((0.0, 0.0, 0.0), (9.0, 0.0, 0.0)), speed=12.0, offset=1.5)
    parts = [
        [Part(shape="box", size=(40.0, 0.2, 20.0), at=(0.0, 4.0, -5.0), material=0)],
        [Part(shape="box", size=(1.0, 1.0, 1.0), material=1)],
    ]
    drawn = scene(
        parts,
        [{"prototype": 0}, {"prototype": 1, "at": (-2.0, 0.0, 0.5), "motions": (slide,)}],
        poses=[look((0, -6, 1), (0, 0, 1))] * 2,
    )
    renderer = Renderer(drawn, CONFIG)
    a, b = renderer.frame(0), renderer.frame(1)
    flow, occluded = flow_of(renderer.geometry, [a, b], 0)
    covered = (a.bodies == 1) & (b.bodies == 2)
    assert covered.sum() > 300 and occluded[covered].mean() > 0.97
    stays = (a.bodies == 1) & (b.bodies == 1)
    assert occluded[stays].mean() < 0.001 and (flow[stays] == 0).all()
    assert occluded[a.bodies == 2].mean() < 0.35  # its right side turns out of sight as it passes
    assert (flow[a.bodies == 2][:, 0] > 10).all()


def test_without_a_next_frame_only_what_leaves_is_occluded(walk: tuple[Geometry, list[Frame]]) -> None:
    geometry, frames = walk
    full, hidden = flow_of(geometry, frames, 1)
    a, b = frames[1], frames[2]
    flow, leaves = truth.flow(geometry, 1, a.depth, a.bodies, None, None)
    assert (flow == full).all() and not (leaves & ~hidden).any() and leaves.sum() < hidden.sum()
    _, by_depth = truth.flow(geometry, 1, a.depth, a.bodies, b.depth, None)
    assert not (by_depth & ~hidden).any() and (leaves & ~by_depth).sum() == 0


def test_maps_that_do_not_fit_are_refused(walk: tuple[Geometry, list[Frame]]) -> None:
    geometry, frames = walk
    a = frames[0]
    with pytest.raises(TruthError, match="bodies is"):
        truth.flow(geometry, 0, a.depth, a.bodies[:-2], None, None)
    with pytest.raises(TruthError, match="should be 0 to 5"):
        truth.flow(geometry, 6, a.depth, a.bodies, None, None)
    with pytest.raises(TruthError, match="body 60000 of"):
        truth.flow(geometry, 0, a.depth, np.full_like(a.bodies, 60000), None, None)
    moved = replace(geometry, poses=geometry.poses[::-1])
    assert not (
        truth.flow(moved, 0, a.depth, a.bodies, None, None)[0]
        == truth.flow(geometry, 0, a.depth, a.bodies, None, None)[0]
    ).all()
