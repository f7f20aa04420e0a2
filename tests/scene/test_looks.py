"""What makes places look right: clear cameras, sparse kits at the edges of ways, houses that bring their own paints."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from tests.scene.scene_helpers import built, specs
from worldfactory import scene, spec
from worldfactory.lineage import record_id
from worldfactory.records import Cell, Prompt, Scene
from worldfactory.spec._base import Range
from worldfactory.spec._street import FeatureSpec
from worldfactory.spec._style import ThingSpec


def places(made: Scene, asset: str) -> np.ndarray:
    """[K, 2]: where the bodies of an asset stand."""
    rows = {k for k, instance in enumerate(made.instances) if instance.asset == asset}
    return np.array([b.at[:2] for b in made.bodies if b.instance in rows and b.parent < 0]).reshape(-1, 2)


@pytest.mark.parametrize(
    ("venue", "city", "kit", "most"),
    [("street", "mumbai", "flower-planters", 5), ("hospital", "kyoto", "indoor-greenery", 2)],
)
def test_equal_things_of_a_kit_are_few_and_keep_apart(venue: str, city: str, kit: str, most: int) -> None:
    made = built(venue, city, 2, decor=(kit,)).scene
    standing = [item for item in specs().decor[kit].items if item.anchor == "floor"]
    assert sum(len(places(made, f"{kit}/{item.name}")) for item in standing) >= 2
    for item in standing:
        at = places(made, f"{kit}/{item.name}")
        assert len(at) <= most
        apart = np.linalg.norm(at[:, None] - at[None], axis=-1) + 99.0 * np.eye(len(at))
        assert apart.min(initial=99.0) > 1.5


def test_the_middle_of_a_corridor_stays_free_of_kits() -> None:
    made = built("hospital", "paris", 3, decor=("christmas-lights",), day=350).scene
    floor = next(b for b in made.bodies if made.instances[b.instance].asset == "floor/corridor" and b.parent < 0)
    c, s = math.cos(math.radians(floor.yaw_deg)), math.sin(math.radians(floor.yaw_deg))
    firs = places(made, "christmas-lights/lit-fir") - np.array(floor.at[:2])
    across = firs @ np.array([-s, c])
    inside = np.abs(across) < specs().venues["hospital"].layout.corridor_m / 2
    assert (np.abs(across[inside]) > 0.9).all()


@pytest.mark.parametrize("city", ["cairo", "kyoto", "paris"])
def test_a_security_camera_hangs_clear_of_facades(city: str) -> None:
    made = built("street", city, 1, camera="fixed").scene
    eye = made.camera.poses[0, :3, 3].astype(np.float64)
    for body in made.bodies:
        if made.instances[body.instance].label != "building" or math.dist(body.at[:2], eye[:2]) > 40:
            continue
        c, s = math.cos(math.radians(body.yaw_deg)), math.sin(math.radians(body.yaw_deg))
        dx, dy, z = eye[0] - body.at[0], eye[1] - body.at[1], eye[2] - body.at[2]
        x, y = c * dx + s * dy, c * dy - s * dx
        for part in made.prototypes[body.prototype].parts:
            if any(part.turn_deg):
                continue
            off = np.abs([x - part.at[0], y - part.at[1], z - part.at[2] - part.size[2] / 2]) - np.array(part.size) / 2
            assert off.max() > 0.1, part


def test_houses_of_one_floor_and_patterned_fittings_are_built() -> None:
    cell = spec.resolve(specs(), Cell(venue="street", city="paris"))
    screen = ThingSpec.model_validate(
        {
            "label": "building",
            "parts": [{"box": [0.4, 1.0, 1.0], "paint": "weave"}],
            "materials": {"weave": {"rgb": "#a02030", "pattern": "checker", "rgb2": "#f0e0c0"}},
        }
    )
    low = cell.city.buildings[0].model_copy(
        update={
            "floors": Range(low=1, high=1),
            "rounded": True,
            "features": (FeatureSpec(thing="screen-of-test", where="door"),),
        }
    )
    city = cell.city.model_copy(update={"buildings": (low,), "things": {**cell.city.things, "screen-of-test": screen}})
    cell = dataclasses.replace(cell, city=city)
    prompt = Prompt(
        id=record_id("prompt", ("low",), "test", 0), parents=(cell.id,), cell=cell.cell, index=0, seed=0, decor=(),
        weather="clear", hour=12.0, day=150, camera="drone", happenings=(), text="a test",
    )  # fmt: skip
    made = scene.build(cell, prompt)
    assert any(m.pattern == "checker" and m.name.endswith("/weave") for m in made.materials)
    assert all(min(part.size) > 0 for prototype in made.prototypes for part in prototype.parts)


def test_streets_run_round_a_park() -> None:
    made = built("zoo", "london", 2).scene
    assets = [instance.asset for instance in made.instances]
    assert assets.count("road/ring") == 4 and sum(a.startswith("building/") for a in assets) > 40
    cars = [k for k, i in enumerate(made.instances) if i.label == "car"]
    assert cars


def test_by_night_what_drives_has_its_lamps_lit_and_what_is_parked_has_not() -> None:
    made = built("street", "new-york", 2, hour=23.0).scene
    paints = [{made.materials[part.material].name for part in p.parts} for p in made.prototypes]
    cars = [b for b in made.bodies if b.parent < 0 and made.instances[b.instance].label in ("car", "truck", "bus")]
    driving = [b for b in cars if b.motions]
    parked = [b for b in cars if not b.motions]
    assert len(driving) > 3 and len(parked) > 3
    assert all({"lamp-front", "lamp-rear"} <= paints[b.prototype] for b in driving)
    assert all("lamp-off" in paints[b.prototype] and "lamp-rear" not in paints[b.prototype] for b in parked)
    carried = [lamp for lamp in made.light.lamps if lamp.body >= 0]
    assert carried and all(made.bodies[lamp.body] in driving for lamp in carried)
    by_day = built("street", "new-york", 2, hour=12.0).scene
    assert all(lamp.body < 0 for lamp in by_day.light.lamps)
