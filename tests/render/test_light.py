"""Exposure that adapts, ambient occlusion, and what glass mirrors."""

from __future__ import annotations

import numpy as np
import pytest

from tests.render.scenes import DAY, ROOM, ground, look, scene
from worldfactory.records import Light, Material, Part, Scene
from worldfactory.render import RenderConfig, Renderer

SMALL = RenderConfig(width=160, height=96)
FLAT = DAY.model_copy(update={"sun_rgb": (0.0, 0.0, 0.0), "fog_per_m": 0.0})


def yard(light: Light, **changes: object) -> Scene:
    posts = [Part(shape="box", size=(1.0, 1.0, 2.0), material=1)]
    bodies = [{"prototype": 0}, *({"prototype": 1, "at": (x, 2.0, 0.0)} for x in (-3.0, 0.0, 3.0))]
    return scene([ground(), posts], bodies, light=light, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("strength", [0.15, 1.0, 2.0])
def test_metered_pictures_come_near_to_the_key_however_strong_the_light(strength: float) -> None:
    def scaled(name: str) -> tuple[float, ...]:
        return tuple(strength * c for c in getattr(DAY, name))

    light = DAY.model_copy(
        update={name: scaled(name) for name in ("sun_rgb", "sky_rgb", "bounce_rgb", "zenith_rgb", "horizon_rgb")}
    )
    fixed, metered = (Renderer(yard(light.model_copy(update={"key": key})), SMALL).frame(0) for key in (0.0, 0.18))
    seen = metered.bodies > 0
    brightness = float(metered.rgb[seen].mean())
    assert 95 < brightness < 165
    if strength != 1.0:
        assert abs(brightness - 128) < abs(float(fixed.rgb[seen].mean()) - 128)
    assert (fixed.depth == metered.depth).all() and (fixed.normals == metered.normals).all()


def test_exposure_changes_smoothly_and_any_frame_can_be_drawn_alone() -> None:
    """The camera turns from a dark wall to a bright one."""
    materials = (
        Material(name="g", rgb=(0.4, 0.4, 0.4)),
        Material(name="dark", rgb=(0.02, 0.02, 0.02)),
        Material(name="bright", rgb=(0.9, 0.9, 0.9)),
    )
    walls = [
        Part(shape="box", size=(40.0, 0.5, 20.0), at=(0.0, 8.0, 0.0), material=1),
        Part(shape="box", size=(40.0, 0.5, 20.0), at=(0.0, -8.0, 0.0), material=2),
    ]
    angles = np.linspace(0.0, np.pi, 41)
    poses = [look((0.0, 0.0, 2.0), (np.sin(a), np.cos(a), 2.0)) for a in angles]
    drawn = scene(
        [ground(), walls], [{"prototype": 0}, {"prototype": 1}], materials=materials, poses=poses,
        light=FLAT.model_copy(update={"key": 0.18}),
    )  # fmt: skip
    renderer = Renderer(drawn, SMALL)
    ground_only = [renderer.frame(i) for i in (0, 20, 21, 40)]
    first, middle, after, last = (float(f.rgb[f.bodies == 1].mean()) for f in ground_only)
    assert first > last + 15  # the film is exposed longer before the dark wall,
    assert abs(middle - after) < 6  # and no frame jumps
    assert (Renderer(drawn, SMALL).frame(21).rgb == ground_only[2].rgb).all()


def test_corners_are_darker_than_open_walls() -> None:
    walls = [
        Part(shape="box", size=(8.0, 0.2, 4.0), at=(0.0, 2.0, 0.0), material=0),
        Part(shape="box", size=(0.2, 8.0, 4.0), at=(2.0, 0.0, 0.0), material=0),
    ]
    poses = [look((-1.0, -2.5, 1.6), (1.2, 1.6, 1.6))] * 2
    rgb = Renderer(scene([walls], [{"prototype": 0}], poses=poses, light=FLAT), SMALL).frame(0)
    line = rgb.rgb[48].astype(int).mean(-1)
    corner = int(np.argmin(line[20:140])) + 20
    turn = int(np.argmax(np.abs(np.diff(rgb.normals[48, :, 0].astype(int)))))
    assert abs(corner - turn) <= 4
    assert line[corner] < 0.93 * min(line[max(corner - 50, 0)], line[min(corner + 45, 159)])


def test_a_lone_wall_is_evenly_open() -> None:
    wall = [Part(shape="box", size=(60.0, 0.2, 60.0), at=(0.0, 3.0, 0.0), material=0)]
    for at in ((0.0, 3.0, 30.0), (6.0, 3.0, 31.0)):
        poses = [look((0.0, 0.0, 30.0), at)] * 2
        frame = Renderer(scene([wall], [{"prototype": 0}], poses=poses, light=FLAT), SMALL).frame(0)
        seen = frame.rgb[frame.bodies > 0][:, 1].astype(int)
        assert seen.size > 5000 and np.quantile(seen, 0.98) - np.quantile(seen, 0.02) <= 2


@pytest.mark.parametrize("light", [FLAT, ROOM])
def test_glass_mirrors_what_stands_behind_the_camera(light: Light) -> None:
    """A red wall behind shows in a dark pane before the camera, and does not where it is grey."""
    shows = []
    for rgb in ((0.9, 0.05, 0.05), (0.3, 0.3, 0.3)):
        materials = (
            Material(name="g", rgb=(0.3, 0.3, 0.3)),
            Material(name="pane", rgb=(0.02, 0.02, 0.02), gloss=0.9),
            Material(name="back", rgb=rgb),
        )
        pane = [Part(shape="box", size=(6.0, 0.1, 4.0), at=(0.0, 3.0, 0.0), material=1)]
        back = [Part(shape="box", size=(30.0, 0.5, 20.0), at=(0.0, -9.0, 0.0), material=2)]
        drawn = scene(
            [ground(), pane, back],
            [{"prototype": k} for k in range(3)],
            materials=materials,
            poses=[look((0.0, 0.0, 1.7), (0.0, 3.0, 1.7))] * 2,
            light=light.model_copy(update={"sky_rgb": (0.5, 0.5, 0.5), "bounce_rgb": (0.4, 0.4, 0.4), "lamps": ()}),
        )
        frame = Renderer(drawn, SMALL).frame(0)
        shows.append(frame.rgb[frame.bodies == 2].astype(int).mean(0))
    assert shows[0][0] - shows[0][1] > 15 > abs(shows[1][0] - shows[1][1])
