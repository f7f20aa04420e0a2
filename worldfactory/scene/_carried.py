"""What people have in their hands, push before them or lead beside them."""

from __future__ import annotations

import math

from worldfactory.records import Motion, Vec3
from worldfactory.scene._site import Site
from worldfactory.scene._solids import expand

HAND_M = 0.32
"""From a person's axis to what is held before the body."""
_HANDLE_M = 0.5
"""From a person's axis to the handle of what is pushed."""
PUSHED_M = 0.32
"""Half the width of what is pushed."""


def hold(site: Site, root: int, thing: str, height: float = 1.08, ahead: float = HAND_M) -> int:
    """Put a thing into a person's hands: a child of the person's body, so that it goes along. Returns its instance."""
    stage = site.stage
    spec = stage.thing_spec(thing)
    row = stage.instance(spec.label, thing)
    prototype = stage.prototype(thing, expand(spec.parts), (spec.materials,))
    stage.body(prototype, row, (ahead, 0.0, height), 0.0, parent=root)
    return row


def bring(site: Site, motion: Motion, start: Vec3, thing: str, ahead: float, aside: float = 0.0) -> int:
    """A thing that goes with a walker on a path of its own: pushed in front, or led beside."""
    stage = site.stage
    yaw = math.atan2(motion.points[1][1] - motion.points[0][1], motion.points[1][0] - motion.points[0][0])
    x = start[0] + ahead * math.cos(yaw) - aside * math.sin(yaw)
    y = start[1] + ahead * math.sin(yaw) + aside * math.cos(yaw)
    placed = stage.thing(thing, (x, y, start[2]), 0.0, motions=(motion,), travel_ms=motion.speed, blocks=False)
    return placed.instance


def pushed_ahead(site: Site, thing: str) -> float:
    """Metres from who pushes a thing to its own origin."""
    stage = site.stage
    return _HANDLE_M - stage.shape_of(stage.thing_spec(thing))[1].x0
