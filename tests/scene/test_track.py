"""The coaster: its train trades height for speed, and its cars stay together."""

from __future__ import annotations

import numpy as np
import pytest

from tests.scene.scene_helpers import built, specs
from worldfactory.scene._track import curve, lap
from worldfactory.spec._style import TrackSpec
from worldfactory.truth import Kinematics

GRAVITY = 9.81


def coaster() -> TrackSpec:
    track = specs().venues["amusement-park"].things["coaster"].track
    assert track is not None
    return track


def ride(step_s: float) -> tuple[np.ndarray, np.ndarray]:
    """Times of one round, and where the scene's cars are then, [T, C, 3]."""
    for index in range(20):
        scene = built("amusement-park", "mumbai", index).scene
        rows = [k for k, body in enumerate(scene.bodies) if scene.instances[body.instance].asset == "coaster"]
        rows = [k for k in rows if scene.bodies[k].motions]
        if rows:
            break
    kinematics = Kinematics(scene)
    slots = [kinematics.moving.tolist().index(row) for row in rows]
    times = np.arange(0.0, lap(coaster())[-1, 0], step_s)
    return times, np.concatenate([kinematics.over(part)[:, slots][:, :, :3, 3] for part in np.array_split(times, 20)])


def test_energy_is_conserved_from_the_chain_to_the_brakes() -> None:
    track, step = coaster(), 0.01
    _, at = ride(step)
    speed = np.linalg.norm(at[2:] - at[:-2], axis=-1).mean(1) / (2 * step)
    height = at[1:-1, :, 2].mean(1)
    metres = np.cumsum(speed) * step
    begin = int(np.argmax(height))
    order = np.roll(np.arange(len(speed)), -begin)
    gone = np.mod(metres[order] - metres[begin], metres[-1])
    energy = 0.5 * speed[order] ** 2 + GRAVITY * height[order] + GRAVITY * track.friction * gone
    line = curve(track.points)
    reached = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.roll(line, -1, 0) - line, axis=1))])
    pace = lap(track)
    top = pace[int(np.argmax(pace[:, 2] > track.speed_ms)) - 1, 1]
    free = gone < np.mod(reached[6 * track.brakes[0]] - top, reached[-1]) - 0.2
    assert free.sum() * step > 3.0
    assert np.ptp(height[order][free]) > 7.0
    assert np.ptp(speed[order][free]) > 7.0
    assert np.allclose(energy[free], energy[0], rtol=0.01)
    assert speed.min() > 0.97 * track.speed_ms


def test_cars_keep_their_distance_along_the_track() -> None:
    _, at = ride(0.05)
    gaps = np.linalg.norm(np.diff(at, axis=1), axis=-1)
    assert gaps.shape[1] == coaster().cars - 1
    # The chord over a bend is shorter than the 2.6 m of rail.
    assert gaps.max() < 2.6 + 1e-3
    assert gaps.min() > 2.35


def test_a_round_ends_where_it_begins() -> None:
    pace = lap(coaster())
    line = curve(coaster().points)
    total = np.linalg.norm(np.roll(line, -1, 0) - line, axis=1).sum()
    assert pace[-1, 1] - pace[0, 1] == pytest.approx(total)
    assert pace[0, 2] == pytest.approx(pace[-1, 2])
    assert (np.diff(pace[:, 0]) > 0).all() and (np.diff(pace[:, 1]) > 0).all()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"brakes": (2, 2)}, "two different points"),
        ({"brakes": (3, 99)}, "counted from 0"),
        ({"friction": 0.2}, "the train comes up to"),
        ({"brakes": (3, 9)}, "m high, but|between the station"),
    ],
)
def test_a_track_that_can_not_be_run_is_refused(change: dict[str, object], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        TrackSpec.model_validate(coaster().model_dump() | change)
