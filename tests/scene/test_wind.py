"""Wind: trees and what hangs outdoors move, as a closed form of time; nothing does under a roof."""

from __future__ import annotations

import math

import numpy as np

from tests.scene.scene_helpers import built
from worldfactory.records import Scene
from worldfactory.truth import Kinematics


def _blown(made: Scene) -> dict[str, float]:
    """By what it is, how far (metres) the top or the low end of each thing that the wind moves is moved in the clip."""
    kin = Kinematics(made)
    times = np.linspace(0.0, 5.0, 21)
    poses = np.stack([kin.at(float(time)) for time in times])
    far: dict[str, float] = {}
    for slot, row in enumerate(kin.moving):
        body = made.bodies[int(row)]
        instance = made.instances[body.instance]
        if body.parent < 0 and {motion.kind for motion in body.motions} == {"swing"}:
            parts = made.prototypes[body.prototype].parts
            end = max((part.at[2] * body.scale[2] for part in parts), key=abs)
            ends = poses[:, slot] @ np.array([0.0, 0.0, end, 1.0])
            name = "tree" if instance.label == "tree" else instance.asset
            far[name] = max(far.get(name, 0.0), float(np.ptp(ends[:, :3], axis=0).max()))
    return far


def test_trees_and_bunting_move_in_the_wind() -> None:
    made = built("zoo", "paris", 3, decor=("fairground-bunting",), weather="overcast").scene
    far = _blown(made)
    assert far["tree"] > 0.04 and far["fairground-bunting/pennants"] > 0.02
    swings = [m for b in made.bodies if made.instances[b.instance].label == "tree" for m in b.motions]
    assert swings and max(m.amplitude for m in swings) < math.radians(5)


def test_no_wind_blows_in_a_hall() -> None:
    decor = built("museum", "paris", 3, decor=("christmas-lights",)).scene
    assert not [b for b in decor.bodies if decor.instances[b.instance].decor and b.motions]
