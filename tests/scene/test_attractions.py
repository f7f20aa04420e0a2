"""What goes on at stands and rides: cars that never touch, somebody behind each counter, guests at tables."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.scene.scene_helpers import built, specs
from worldfactory import prompt, spec
from worldfactory.records import Cell, Scene
from worldfactory.scene._overlaps import overlaps
from worldfactory.scene._stage import Stage
from worldfactory.truth import Kinematics


def park_thing(name: str) -> tuple[Stage, Kinematics]:
    cell = spec.resolve(specs(), Cell(venue="amusement-park", city="paris"))
    stage = Stage(cell, prompt.prompt(cell, 0), 5.0, 0.0)
    stage.thing(name, (0.0, 0.0, 0.0))
    return stage, Kinematics(Scene.model_construct(id="s", bodies=tuple(stage.bodies)))


def test_bumper_cars_drive_about_their_floor_and_never_touch() -> None:
    _, kin = park_thing("bumper-cars")
    times = np.linspace(0.0, 90.0, 721)
    poses = kin.over(times).astype(np.float64)  # [T, cars, 3, 4]
    assert poses.shape[1] == 8
    at, ahead = poses[..., :2, 3], poses[..., :2, 0]
    assert np.abs(at[..., 0]).max() < 7.3 - 0.6 and np.abs(at[..., 1]).max() < 5.1 - 0.6
    # They drive the way that they face, and are never two within the room of two bumpers, 2.0 by 1.3 m.
    step = np.diff(at, axis=0)
    assert (np.einsum("tkc,tkc->tk", step, ahead[:-1]) > 0.8 * np.linalg.norm(step, axis=2) - 0.02).mean() > 0.9
    aside = np.stack([-ahead[..., 1], ahead[..., 0]], -1)
    for a in range(8):
        for b in range(a):
            apart = at[:, a] - at[:, b]
            gap = np.full(len(times), -np.inf)
            for axis in (ahead[:, a], aside[:, a], ahead[:, b], aside[:, b]):
                reach = sum(
                    1.0 * np.abs((ahead[:, k] * axis).sum(1)) + 0.65 * np.abs((aside[:, k] * axis).sum(1))
                    for k in (a, b)
                )
                gap = np.maximum(gap, np.abs((apart * axis).sum(1)) - reach)
            assert gap.min() > 0.05, (a, b)


def test_ducks_swim_in_file_facing_ahead() -> None:
    _, kin = park_thing("duck-booth")
    poses = kin.over(np.array([0.0, 0.5])).astype(np.float64)
    moved = poses[1, :, :2, 3] - poses[0, :, :2, 3]
    assert np.linalg.norm(moved, axis=1) == pytest.approx(0.11, abs=0.02)
    assert (np.einsum("kc,kc->k", moved, poses[0, :, :2, 0]) > 0.09).all()
    first = poses[0, :, :2, 3]
    apart = np.linalg.norm(first[:, None] - first, axis=2) + 9 * np.eye(len(first))
    assert apart.min() > 0.2


@pytest.mark.parametrize(
    ("venue", "happening", "things"),
    [
        ("amusement-park", "game-played", {"game-booth", "dart-booth", "duck-booth"}),
        ("hospital", "desk-talk", {"reception-desk"}),
        ("library", "", {"lending-counter"}),
    ],
)
def test_somebody_stands_behind_the_counter_and_faces_the_visitors(venue: str, happening: str, things: set) -> None:
    made = built(venue, "mumbai", 2, happenings=(happening,) if happening else ()).scene
    cell = spec.resolve(specs(), Cell(venue=venue, city="mumbai"))
    people = [b for b in made.bodies if b.parent < 0 and made.instances[b.instance].label == "person"]
    at, yaws = np.array([b.at[:2] for b in people]), np.array([b.yaw_deg for b in people])
    counters = [b for b in made.bodies if b.parent < 0 and made.instances[b.instance].asset in things and b.prototype]
    counters = list({b.instance: b for b in reversed(counters)}.values())
    assert counters
    for body in counters:
        posts = cell.venue.things[made.instances[body.instance].asset].staff
        c, s = math.cos(math.radians(body.yaw_deg)), math.sin(math.radians(body.yaw_deg))
        manned = 0
        for x, y, yaw in posts:
            far = np.hypot(*(at - [body.at[0] + c * x - s * y, body.at[1] + s * x + c * y]).T)
            turn = (yaws[far.argmin()] - body.yaw_deg - yaw + 180.0) % 360.0 - 180.0
            manned += bool(far.min() < 0.05 and abs(turn) < 60.0)
        assert manned, made.instances[body.instance].asset


def test_guests_sit_at_the_tables_of_a_food_court() -> None:
    made = built("amusement-park", "paris", 1).scene
    tables = [b for b in made.bodies if made.instances[b.instance].asset == "parasol-table"]
    sitters = [
        b for b in made.bodies
        if b.parent < 0 and made.instances[b.instance].label == "person" and b.at[2] > 0.4
    ]  # fmt: skip
    near = [min(math.dist(b.at[:2], t.at[:2]) for t in tables) for b in sitters]
    assert tables and sum(far == pytest.approx(0.75, abs=0.01) for far in near) >= 2
    assert overlaps(made, [0.0, 2.5]) == []


def test_reptiles_crawl_within_their_terrariums() -> None:
    made = built("zoo", "paris", 1, happenings=("snakes-watched",)).scene
    kin = Kinematics(made)
    crawling = [
        k for k, row in enumerate(kin.moving)
        if made.instances[made.bodies[row].instance].asset in ("python", "rattlesnake", "tortoise")
    ]  # fmt: skip
    assert len(crawling) > 30
    homes = [
        b for b in made.bodies
        if made.instances[b.instance].asset in ("terrarium-jungle", "terrarium-desert", "tortoise-yard")
    ]  # fmt: skip
    track = kin.over(np.linspace(0.0, 40.0, 9)).astype(np.float64)[:, crawling][..., 3]
    inside = np.zeros(track.shape[:2], np.bool_)
    for home in homes:
        c, s = math.cos(math.radians(home.yaw_deg)), math.sin(math.radians(home.yaw_deg))
        dx, dy = track[..., 0] - home.at[0], track[..., 1] - home.at[1]
        x, y = c * dx + s * dy, c * dy - s * dx
        yard = made.instances[home.instance].asset == "tortoise-yard"
        low, high, half = (-1.25, 1.25, 1.75) if yard else (0.1, 1.03, 1.25)
        inside |= (x > low) & (x < high) & (np.abs(y) < half)
    assert inside.all()
    assert (np.abs(track[-1] - track[0]).max(1) > 0.05).mean() > 0.9


def test_stalls_and_tables_of_kits_have_sellers_and_guests() -> None:
    made = built("street", "mumbai", 2, decor=("market-stalls", "street-cafe")).scene
    people = np.array([
        (*body.at[:3], body.yaw_deg)
        for body in made.bodies
        if body.parent < 0 and made.instances[body.instance].label == "person"
    ])  # fmt: skip
    stalls = [
        b
        for b in made.bodies
        if made.instances[b.instance].label == "stall" and "/" in made.instances[b.instance].asset
    ]
    assert stalls
    for stall in stalls:
        if made.instances[stall.instance].decor == "market-stalls":
            far = np.hypot(people[:, 0] - stall.at[0], people[:, 1] - stall.at[1])
            assert far.min() < 1.0
    sets = [
        b
        for b in made.bodies
        if made.instances[b.instance].asset in ("street-cafe/bistro-set", "street-cafe/parasol-set")
    ]
    sitting = people[people[:, 2] > 0.4]
    assert sum(math.dist(one[:2], table.at[:2]) < 0.85 for one in sitting for table in sets) >= 1
    assert overlaps(made, [0.0, 2.5]) == []


def test_the_drop_tower_rises_slowly_falls_freely_and_brakes() -> None:
    _, kin = park_thing("drop-tower")
    times = np.arange(0.0, 13.3, 0.02)
    height = kin.over(times).astype(np.float64)[:, 0, 2, 3]
    speed = np.gradient(height, times)
    pull = np.gradient(speed, times)
    assert height.min() == pytest.approx(2.3, abs=0.01) and np.ptp(height) == pytest.approx(19.0, abs=0.05)
    assert speed.max() < 4.0 and speed.min() == pytest.approx(-14.7, abs=0.2)
    falling = (speed < -2.0) & (pull < -1.0)
    assert falling.sum() > 50 and pull[falling][5:-5] == pytest.approx(-9.81, abs=0.3)
    # Braked, but no harder than such towers brake.
    assert 9.81 < pull.max() < 20.0


def test_no_prompt_tells_of_two_zones_at_once() -> None:
    """A camera looks one way: what goes on beside the lions and what goes on in the café are two clips."""
    cell = spec.resolve(specs(), Cell(venue="zoo", city="paris"))
    zones = {h.name: {act.zone for act in h.acts if act.zone} for h in cell.venue.happenings}
    told = [prompt.prompt(cell, index).happenings for index in range(200)]
    assert all(len(set().union(*(zones[name] for name in names))) <= 1 for names in told)
    assert sum(len(names) == 2 for names in told) > 3
