"""Queue lanes: people wait one behind the other between rails, near enough to be a line, and touch nothing."""

from __future__ import annotations

import numpy as np
import pytest

from tests.scene.scene_helpers import built
from worldfactory.scene._overlaps import overlaps


@pytest.mark.parametrize("weather", ["clear", "rain"])
def test_people_wait_between_the_rails_before_rides(weather: str) -> None:
    made = built("amusement-park", "paris", 3, weather=weather).scene
    rails = [body for body in made.bodies if made.instances[body.instance].asset == "queue-rail"]
    lanes = {body.instance for body in rails}
    assert len(lanes) >= 2
    waiting = np.array([
        body.at[:2]
        for body in made.bodies
        if body.parent < 0 and made.instances[body.instance].label == "person"
        and not any(motion.kind == "path" for motion in body.motions)
    ])  # fmt: skip
    railed = np.array([body.at[:2] for body in rails])
    near = np.linalg.norm(waiting[:, None] - railed, axis=2).min(1) < 3.0
    assert near.sum() >= 4 * len(lanes)
    among = waiting[near]
    apart = np.linalg.norm(among[:, None] - among, axis=2) + 99 * np.eye(len(among))
    # Umbrellas keep apart.
    assert (apart.min(1) < (1.6 if weather == "rain" else 1.3)).mean() > 0.8
    assert overlaps(made, [0.0, 2.5]) == []
