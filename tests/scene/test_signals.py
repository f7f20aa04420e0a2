"""Traffic lights: who comes stops behind the line, stands, and goes when it is green; nobody touches the one before."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.scene.scene_helpers import built, specs
from worldfactory import prompt, scene, spec
from worldfactory.records import GROUPS, Cell, Motion, Scene
from worldfactory.scene import _traffic
from worldfactory.scene._signals import Signal, choose_signal, halt
from worldfactory.scene._site import Site
from worldfactory.truth import Clock, Kinematics


@pytest.fixture(scope="module")
def crossings() -> list[tuple[Scene, Site, Signal]]:
    """Street clips with lights that turn, in their site's frame: two that turn green and two that turn red."""
    seen: list[tuple[Site, Signal | None]] = []

    def watch(site: Site, rng: np.random.Generator) -> Signal | None:
        seen.append((site, choose_signal(site, rng)))
        return seen[-1][1]

    found: list[tuple[Scene, Site, Signal]] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_traffic, "choose_signal", watch)
        cell = spec.resolve(specs(), Cell(city="chicago", venue="street"))
        for index in range(80):
            made = scene.build(cell, prompt.prompt(cell, index))
            site, signal = seen[-1]
            if signal and sum((signal.red_s < 0) == (other.red_s < 0) for _, _, other in found) < 2:
                bodies = tuple(site.stage.bodies)
                found.append((made.model_copy(update={"bodies": bodies}), site, signal))
            if len(found) == 4:
                return found
    raise AssertionError("too few lights")


def fronts(made: Scene, site: Site, times: np.ndarray) -> list[tuple[float, np.ndarray, bool]]:
    """Of every vehicle that travels: its way along x, the x of its front [T], and whether it stops."""
    kinematics = Kinematics(made)
    at = kinematics.over(times)
    out: list[tuple[float, np.ndarray, bool]] = []
    for slot, row in enumerate(kinematics.moving.tolist()):
        body = made.bodies[row]
        one = made.instances[body.instance]
        if one.label not in GROUPS["vehicle"] or body.parent >= 0 or body.motions[0].kind != "path":
            continue
        box = site.stage.shape_of(site.stage.thing_spec(one.asset))[1]
        way = float(np.sign(at[0, slot, 0, 0]))
        out.append((way, at[:, slot, 0, 3] + way * box.x1, bool(body.motions[0].pace)))
    return out


def test_nobody_passes_at_red_and_those_who_stood_go_at_green(crossings: list[tuple[Scene, Site, Signal]]) -> None:
    stood = went = 0
    for made, site, signal in crossings:
        times = np.arange(0.0, site.stage.seconds, 0.05)
        for way, front, stops in fronts(made, site, times):
            line = signal.lo - 5.0 if way > 0 else signal.hi + 5.0
            passed = way * (front - line) > 0.0
            when = times[1:][passed[1:] & ~passed[:-1]]
            red = (when > signal.red_s + 2.0) & (when < signal.green_s)
            assert not red.any(), (signal, when)
            speed = way * np.diff(front) / 0.05
            assert speed.min() > -0.01
            if stops:
                stood += bool((speed < 0.01).any())
                went += bool((speed[0] < 0.01) and speed.max() > 1.0)
    assert stood >= 4 and went >= 2


def test_nobody_touches_the_one_before(crossings: list[tuple[Scene, Site, Signal]]) -> None:
    for made, site, _ in crossings:
        found = scene.overlaps(made, np.linspace(0.0, site.stage.seconds, 12).tolist())
        vehicles = GROUPS["vehicle"]
        assert not [one for one in found if made.instances[one.mover].label in vehicles]


def test_one_lamp_of_each_light_is_lit(crossings: list[tuple[Scene, Site, Signal]]) -> None:
    for made, site, signal in crossings:
        kinematics = Kinematics(made)
        for time in (0.0, site.stage.seconds / 2, site.stage.seconds - 0.1):
            if any(abs(begin - time) < 0.1 for _, begin in signal.shown):
                continue  # one lamp gives way to the other
            world = kinematics.static.copy()
            world[kinematics.moving] = kinematics.at(time)
            lit: dict[int, list[str]] = {}
            for row, body in enumerate(made.bodies):
                name = made.prototypes[body.prototype].name
                if name.startswith("traffic-light/"):
                    out = np.linalg.norm(world[row, :3, 3] - world[body.parent, :3, 3])
                    if out < 0.01:
                        lit.setdefault(body.instance, []).append(name.rpartition("/")[2])
                    else:
                        assert out == pytest.approx(0.2, abs=1e-3)
            turning = [name for name, begin in signal.shown if begin <= time][-1]
            assert lit and all(len(names) == 1 for names in lit.values())
            assert {names[0] for names in lit.values()} <= {"green", turning}


def test_a_halt_is_a_stop_at_the_place_and_no_further() -> None:
    pace = halt(60.0, 10.0, 8.0, 9.0)
    motion = Motion(kind="path", points=((0, 0, 0), (200, 0, 0)), speed=8.0, pace=pace)
    times = np.arange(0.0, 20.0, 0.01)
    metres = 8.0 * Clock.of([motion]).at(times)[:, 0]
    assert metres[0] == pytest.approx(10.0)
    assert np.allclose(metres[(times > 8.0) & (times < 9.0)], 60.0)
    assert np.diff(metres).min() > -1e-9
    speed = np.diff(metres) / 0.01
    assert math.isclose(speed.max(), 8.0, rel_tol=1e-6)
    assert np.abs(np.diff(speed)).max() / 0.01 < 2.5


def test_where_no_street_is_there_are_no_lights() -> None:
    made = built("museum", "rome", 0).scene
    assert not any(one.label == "traffic light" for one in made.instances)
