"""What a user of Renderer relies on."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from tests.render.scenes import DAY, PATTERNS, ROOM, SHAPES, crowd, ground, look, moving, scene, shelf
from worldfactory.errors import RenderError, SceneError
from worldfactory.records import Frame, Lamp, Light, Material, Motion, Part, Scene
from worldfactory.render import RenderConfig, Renderer

SMALL = RenderConfig(width=160, height=96)


def draw(drawn: Scene, index: int = 0, config: RenderConfig = SMALL) -> Frame:
    return Renderer(drawn, config).frame(index)


def digest(frame: Frame) -> str:
    return hashlib.sha256(
        b"".join(a.tobytes() for a in (frame.rgb, frame.depth, frame.bodies, frame.normals))
    ).hexdigest()


def lit(light: Light, **changes: object) -> Light:
    return light.model_copy(update=changes)


def test_shapes_and_types() -> None:
    renderer = Renderer(moving(), SMALL)
    frames = list(renderer.frames())
    assert [f.index for f in frames] == list(range(6))
    for frame in frames:
        assert frame.rgb.shape == (96, 160, 3) and frame.rgb.dtype == np.uint8
        assert frame.depth.shape == (96, 160) and frame.depth.dtype == np.float16
        assert frame.bodies.shape == (96, 160) and frame.bodies.dtype == np.uint16
        assert frame.normals.shape == (96, 160, 2) and frame.normals.dtype == np.uint8
    assert renderer.geometry.poses.shape == (7, 4, 4)


def test_any_order_gives_the_same_bytes() -> None:
    drawn = moving()
    forward = [digest(f) for f in Renderer(drawn, SMALL).frames()]
    renderer = Renderer(drawn, SMALL)
    shuffled = {i: digest(renderer.frame(i)) for i in (4, 0, 5, 2, 2, 1, 3)}
    assert [shuffled[i] for i in range(6)] == forward
    assert len(set(forward)) == 6


def test_another_process_gives_the_same_bytes() -> None:
    code = (
        "from tests.render.test_renderer import digest, draw\n"
        "from tests.render.scenes import moving\n"
        "print(digest(draw(moving(), 3)))"
    )
    root = Path(__file__).parents[2]
    other = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True, timeout=120
    )
    assert other.stdout.strip() == digest(draw(moving(), 3))


def test_frames_drawn_before_stay_as_they_were() -> None:
    renderer = Renderer(moving(), SMALL)
    first = renderer.frame(0)
    before = digest(first)
    renderer.frame(3)
    assert digest(first) == before


def test_empty_scene_is_sky() -> None:
    frame = draw(scene([], []))
    assert (frame.bodies == 0).all() and np.isinf(frame.depth).all() and (frame.normals == 0).all()
    top, middle = frame.rgb[2].mean(0), frame.rgb[45].mean(0)
    assert top[2] > top[0] + 10 and middle.mean() > top.mean()


def test_camera_inside_a_body_sees_out() -> None:
    box = [Part(shape="box", size=(4.0, 4.0, 4.0), material=1)]
    drawn = scene(
        [ground(), box],
        [{"prototype": 0}, {"prototype": 1, "at": (0.0, 0.0, -1.0)}],
        poses=[look((0, 0, 1), (0, 5, 1))] * 2,
    )
    assert not (draw(drawn).bodies == 2).any()


def test_the_closing_view_can_be_drawn_and_no_other() -> None:
    renderer = Renderer(moving(), SMALL)
    assert renderer.frame(6).index == 6
    for index in (-1, 7):
        with pytest.raises(RenderError, match=r"frame -?\d, should be 0 to 6"):
            renderer.frame(index)


def test_ids_are_rows_plus_one_and_follow_the_geometry() -> None:
    renderer = Renderer(shelf(), SMALL)
    frame = renderer.frame(0)
    seen = set(np.unique(frame.bodies))
    assert seen >= {0, 1} and seen <= set(range(len(SHAPES) + 2))
    assert renderer.geometry.instance_of[2] == 2


def test_every_pattern_and_weather_draws_without_nan() -> None:
    """A NaN or an infinity in the light shows as black or white pixels that their neighbours don't have."""
    materials = tuple(
        Material(name=p, rgb=(0.5, 0.4, 0.3), rgb2=(0.2, 0.25, 0.3), pattern=p, cell_m=(0.5, 0.5), gloss=0.3)
        for p in PATTERNS
    )
    parts = [[Part(shape="quad", size=(60.0, 60.0, 0.0), material=0)]]
    parts += [[Part(shape=SHAPES[k % len(SHAPES)], size=(1.2, 1.2, 1.2), material=k)] for k in range(len(PATTERNS))]
    bodies = [{"prototype": 0}] + [
        {"prototype": 1 + k, "at": ((k % 6 - 2.5) * 1.5, k // 6 * 2.0, 0.0)} for k in range(len(PATTERNS))
    ]
    lamp = Lamp(at=(0.0, 0.0, 3.0), rgb=(1.0, 0.9, 0.7), intensity=1.0, radius_m=2.0)
    for light in (
        DAY,
        lit(DAY, wetness=1.0),
        lit(DAY, snow=0.8),
        lit(DAY, lit_windows=0.5, sun_rgb=(0.0, 0.0, 0.0), lamps=(lamp,)),
        ROOM,
    ):
        drawn = scene(parts, bodies, materials=materials, light=light)  # type: ignore[arg-type]
        rgb = draw(drawn).rgb.astype(int)
        assert 20 < rgb.mean() < 235
        assert (rgb.reshape(-1, 3).std(0) > 8).all()


@pytest.mark.parametrize("pattern", [p for p in PATTERNS if p not in ("plain", "water")])
def test_patterns_show_both_colours_near_and_settle_far(pattern: str) -> None:
    material = Material.model_validate(
        {
            "name": pattern,
            "pattern": pattern,
            "rgb": (0.75, 0.75, 0.75),
            "rgb2": (0.05, 0.05, 0.05),
            "cell_m": (0.6, 0.6),
        }
    )
    wall = [Part(shape="box", size=(40.0, 0.5, 40.0), at=(0.0, 0.0, -20.0), material=0)]
    flat = lit(DAY, sun_rgb=(0.0, 0.0, 0.0), fog_per_m=0.0)

    def spread(away: float) -> float:
        poses = [look((0.0, -away, 0.0), (0.0, 0.0, 0.0))] * 2
        return float(
            draw(scene([wall], [{"prototype": 0}], poses=poses, materials=(material,), light=flat))
            .rgb[20:76, 30:130]
            .std()
        )

    assert spread(1.5) > 6.0
    if pattern not in ("painting", "screen", "glyphs", "mottled", "asphalt", "grass", "foliage"):
        far = lit(flat)
        poses = [look((0.0, -900.0, 0.0), (0.0, 0.0, 0.0))] * 2
        big = [Part(shape="box", size=(3000.0, 0.5, 3000.0), at=(0.0, 0.0, -1500.0), material=0)]
        settled = draw(scene([big], [{"prototype": 0}], poses=poses, materials=(material,), light=far)).rgb.astype(int)
        assert np.abs(np.diff(settled, axis=1)).mean() < 1.0 and np.abs(np.diff(settled, axis=0)).mean() < 2.0


def test_sun_casts_shadows_of_still_and_moving_bodies() -> None:
    post = [Part(shape="box", size=(0.6, 0.6, 2.5), material=1)]
    bodies = [{"prototype": 0}, {"prototype": 1, "at": (-1.5, 0.0, 0.0)}, {"prototype": 1, "at": (1.5, 0.0, 0.0)}]
    walk = Motion(kind="path", points=((0.0, 0.0, 0.0), (0.0, 4.0, 0.0)), speed=24.0)
    drawn = scene([ground(), post], bodies, poses=[look((0.0, -9.0, 5.0), (0.0, 1.0, 0.0))] * 3)
    moved = drawn.bodies[2].model_copy(update={"motions": (walk,)})
    drawn = drawn.model_copy(update={"bodies": (*drawn.bodies[:2], moved)})
    with_shadow, without = Renderer(drawn, SMALL), Renderer(drawn, RenderConfig(width=160, height=96, shadows=False))
    masks = []
    for index in (0, 1):
        a, b = with_shadow.frame(index), without.frame(index)
        dark = (b.rgb.astype(int) - a.rgb).mean(-1) > 25
        masks.append(dark & (a.bodies == 1))
        assert masks[-1][:, :80].sum() > 40 and masks[-1][:, 80:].sum() > 40
    gone = masks[0] & ~masks[1]
    assert gone[:, 90:].sum() > 12  # the moving one's shadow went with it,
    assert gone[:, :60].sum() < 6  # the still one's stayed


def test_contact_darkens_the_ground_where_there_is_no_sun() -> None:
    cloudy = lit(DAY, sun_rgb=(0.0, 0.0, 0.0), fog_per_m=0.0)
    pose = [look((0.0, -7.0, 3.0), (0.0, 0.0, 0.5))] * 2
    box = [Part(shape="box", size=(1.5, 1.5, 1.5), material=1)]
    bare = draw(scene([ground()], [{"prototype": 0}], poses=pose, light=cloudy)).rgb.astype(int)
    stood = draw(scene([ground(), box], [{"prototype": 0}, {"prototype": 1}], poses=pose, light=cloudy))
    darker = (bare - stood.rgb).mean(-1)[stood.bodies == 1]
    assert darker.max() > 25 and np.median(darker) < 3


def test_lamps_light_what_is_near() -> None:
    dark = lit(DAY, sun_rgb=(0.0, 0.0, 0.0), sky_rgb=(0.02,) * 3, bounce_rgb=(0.02,) * 3, fog_per_m=0.0)
    lamp = Lamp(at=(-2.0, 0.0, 2.0), rgb=(1.0, 0.2, 0.1), intensity=1.5, radius_m=1.0)
    drawn = scene([ground()], [{"prototype": 0}], light=lit(dark, lamps=(lamp,)))
    rgb = draw(drawn).rgb.astype(int)
    assert rgb[70, 45, 0] > rgb[70, 140, 0] + 20 and rgb[70, 45, 0] > rgb[70, 45, 2] + 20


def test_a_carried_lamp_goes_where_its_body_goes() -> None:
    dark = lit(DAY, sun_rgb=(0.0, 0.0, 0.0), sky_rgb=(0.02,) * 3, bounce_rgb=(0.02,) * 3, fog_per_m=0.0)
    lamp = Lamp(at=(0.5, 0.0, 0.0), rgb=(1.0, 0.2, 0.1), intensity=1.5, radius_m=1.0, body=1)
    post = [Part(shape="box", size=(0.1, 0.1, 0.1), material=1)]
    bodies = [{"prototype": 0}, {"prototype": 1, "at": (-2.5, 0.0, 1.5)}]
    drawn = scene([ground(), post], bodies, poses=[look((0.0, -9.0, 5.0), (0.0, 1.0, 0.0))] * 3)
    ride = Motion(kind="path", points=((0.0, 0.0, 0.0), (8.0, 0.0, 0.0)), speed=4.0 * drawn.fps[0] / drawn.fps[1])
    moved = drawn.bodies[1].model_copy(update={"motions": (ride,)})
    moved_scene = drawn.model_copy(update={"bodies": (drawn.bodies[0], moved), "light": lit(dark, lamps=(lamp,))})
    renderer = Renderer(moved_scene, SMALL)
    brightest = [int(renderer.frame(k).rgb[:, :, 0].astype(int).sum(0).argmax()) for k in (0, 1, 0)]
    assert brightest[0] < 75 < 95 < brightest[1] and brightest[2] == brightest[0]


def test_an_open_window_of_a_room_shows_the_sky_of_the_day() -> None:
    nothing = scene([ground()], [{"prototype": 0, "at": (0.0, 0.0, -500.0)}], light=ROOM)
    up = nothing.camera.model_copy(update={"poses": np.stack([look((0.0, 0.0, 0.0), (0.0, 1.0, 2.0))] * 2)})
    above = draw(nothing.model_copy(update={"camera": up})).rgb.astype(int)
    level = draw(nothing).rgb.astype(int)
    assert (above[..., 2] > above[..., 0] + 40).all() and level.mean() > above.mean() + 20


def test_windows_light_up_at_night() -> None:
    material = Material(name="w", rgb=(0.4, 0.35, 0.3), rgb2=(0.05, 0.06, 0.08), pattern="windows", cell_m=(1.0, 1.2))
    wall = [Part(shape="box", size=(14.0, 1.0, 12.0), material=0)]
    dark = lit(DAY, sun_rgb=(0.0, 0.0, 0.0), sky_rgb=(0.02,) * 3, bounce_rgb=(0.02,) * 3, fog_per_m=0.0)
    shares = []
    for share in (0.0, 0.5, 1.0):
        drawn = scene([wall], [{"prototype": 0}], materials=(material,), light=lit(dark, lit_windows=share))
        shares.append(float((draw(drawn).rgb.max(-1)[10:60] > 150).mean()))
    assert shares[0] < 0.01 and 0.03 < shares[1] < shares[2]


def test_fog_hides_what_is_far() -> None:
    boxes = [
        {"prototype": 0},
        {"prototype": 1, "at": (-2.0, 0.0, 0.0)},
        {"prototype": 1, "at": (14.0, 60.0, 0.0), "scale": (8.0, 8.0, 8.0)},
    ]
    parts = [ground(400.0), [Part(shape="box", size=(1.5, 1.5, 1.5), material=1)]]
    clear, foggy = (draw(scene(parts, boxes, light=lit(DAY, fog_per_m=f))) for f in (0.0, 0.05))
    near, far = clear.bodies == 2, clear.bodies == 3
    change = np.abs(clear.rgb.astype(int) - foggy.rgb).mean(-1)
    assert far.any() and near.any() and change[far].mean() > 1.5 * change[near].mean()
    assert foggy.rgb[far].std(0).max() < clear.rgb[far].std(0).max() + 6


def test_snow_whitens_the_ground_and_not_the_walls() -> None:
    snowy = draw(shelf(light=lit(DAY, snow=1.0)))
    bare = draw(shelf())
    whiter = snowy.rgb.astype(int).min(-1) - bare.rgb.astype(int).min(-1)
    assert np.median(whiter[(bare.bodies == 1)]) > 15
    assert (snowy.bodies == bare.bodies).all() and (snowy.depth == bare.depth).all()


def test_antialias_changes_colours_at_edges_only() -> None:
    drawn = crowd("edges", bodies=8)
    smooth, hard = draw(drawn), draw(drawn, config=RenderConfig(width=160, height=96, antialias=False))
    for name in ("depth", "bodies", "normals"):
        assert (getattr(smooth, name) == getattr(hard, name)).all()
    changed = (smooth.rgb != hard.rgb).any(-1)
    ids = smooth.bodies.astype(int)
    same = np.ones_like(changed)
    normals = smooth.normals.astype(int)
    for axis in (0, 1):
        for step in (-1, 1):
            same &= (np.roll(ids, step, axis) == ids) & (np.abs(np.roll(normals, step, axis) - normals).sum(-1) < 12)
    assert changed.sum() > 100
    assert (changed & same).sum() < 0.1 * changed.sum()


def test_antialias_smooths_trim_on_a_wall_of_the_same_body() -> None:
    """Same body, same normal, nearly the same depth: a window's frame crawls if only those count."""
    paints = (Material(name="w", rgb=(0.02,) * 3, emission=1.0), Material(name="t", rgb=(0.9,) * 3, emission=1.0))
    parts = [
        Part(shape="box", size=(8.0, 0.2, 8.0), at=(0.0, 0.1, -4.0), material=0),
        Part(shape="box", size=(0.5, 0.04, 3.0), at=(0.0, -0.01, -1.5), turn_deg=(0.0, 9.0, 0.0), material=1),
    ]
    drawn = scene([parts], [{"prototype": 0}], poses=[look((0.0, -6.0, 0.0), (0.0, 0.0, 0.0))] * 2, materials=paints)
    hard = draw(drawn, config=RenderConfig(width=160, height=96, antialias=False)).rgb[30:66, 60:100].astype(int)
    smooth = draw(drawn).rgb[30:66, 60:100].astype(int)
    dark, light = hard.min(), hard.max()
    between = ((smooth > dark + 25) & (smooth < light - 25)).any(-1)
    assert not ((hard > dark + 25) & (hard < light - 25)).any()
    assert between.any(1).mean() > 0.8 and between.sum(1).max() <= 4


def test_antialias_covers_by_area() -> None:
    """The slanting edge of a white wall before black is a band one or two pixels wide, not a staircase."""
    white = (
        Material(name="w", rgb=(0.0, 0.0, 0.0), emission=1.0),
        Material(name="b", rgb=(0.9, 0.9, 0.9), emission=1.0),
    )
    sheet = [Part(shape="quad", size=(20.0, 20.0, 0.0), turn_deg=(90.0, 0.0, 0.0), material=0)]
    half = [Part(shape="quad", size=(20.0, 20.0, 0.0), at=(10.0, 0.0, 0.0), turn_deg=(90.0, 0.0, 0.0), material=1)]
    tilted = [p.model_copy(update={"turn_deg": (90.0, 7.0, 0.0)}) for p in half]
    glow = lit(DAY, sun_rgb=(0.0,) * 3, sky_rgb=(0.0,) * 3, bounce_rgb=(0.0,) * 3, fog_per_m=0.0)
    drawn = scene(
        [sheet, tilted],
        [{"prototype": 0}, {"prototype": 1, "at": (0.0, -0.1, 0.0)}],
        materials=white,
        poses=[look((0, -6, 0), (0, 0, 0))] * 2,
        light=glow,
    )
    smooth = draw(drawn).rgb[..., 1].astype(int)
    between = (smooth > smooth.min() + 20) & (smooth < smooth.max() - 20)
    rows = between.any(1)
    assert rows.mean() > 0.6 and between.sum(1).max() <= 2


def test_sizes_are_checked() -> None:
    for size in ({"width": 641}, {"height": 7}, {"width": 0}):
        with pytest.raises(ValidationError):
            RenderConfig.model_validate(size)
    with pytest.raises(ValidationError):
        RenderConfig.model_validate({"wdith": 640})


@pytest.mark.parametrize(("width", "height"), [(16, 16), (258, 34), (514, 50)])
def test_sizes_that_are_no_multiple_of_anything(width: int, height: int) -> None:
    """A picture is the same whether its rows end within a block of the shader or not."""
    frame = draw(shelf(), config=RenderConfig(width=width, height=height))
    assert frame.rgb.shape == (height, width, 3) and len(np.unique(frame.bodies)) > 3


def test_broken_scenes_are_refused_with_place_and_value() -> None:
    good = shelf()
    part = Part(shape="box", size=(1.0, 1.0, 1.0), material=9)
    with pytest.raises(RenderError, match="material 9 of 3"):
        draw(scene([[part]], [{"prototype": 0}]))
    with pytest.raises(RenderError, match="body 1: prototype 77"):
        draw(good.model_copy(update={"bodies": (good.bodies[0], good.bodies[1].model_copy(update={"prototype": 77}))}))
    with pytest.raises(RenderError, match="scale"):
        draw(good.model_copy(update={"bodies": (good.bodies[0].model_copy(update={"scale": (1.0, 0.0, 1.0)}),)}))
    with pytest.raises(RenderError, match="size"):
        draw(scene([[Part(shape="box", size=(1.0, 0.0, 1.0), material=0)]], [{"prototype": 0}]))
    with pytest.raises(SceneError, match="parent"):
        draw(good.model_copy(update={"bodies": (good.bodies[0].model_copy(update={"parent": 4}),)}))
    with pytest.raises(RenderError, match="finite"):
        bad = good.camera.poses.copy()
        bad[0, 0, 3] = np.nan
        draw(good.model_copy(update={"camera": good.camera.model_copy(update={"poses": bad})}))
