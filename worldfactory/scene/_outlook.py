"""What the windows of an indoor venue show."""

from __future__ import annotations

import numpy as np

from worldfactory.scene._buildings import building, draw_mass
from worldfactory.scene._site import slab
from worldfactory.scene._stage import Stage
from worldfactory.scene._trees import pick_tree, tree

_CROWN_M = 2.5


def outlook(
    stage: Stage,
    rng: np.random.Generator,
    yard_m: tuple[float, float] = (0.0, 0.0),
    ends_m: tuple[float, float] = (0.0, 0.0),
    ground: float = -0.35,
) -> None:
    """What the windows show: the city's houses, trees and ground, lit by a glow, for indoors the sun is off.

    `yard_m`: metres that stay free on the right and on the left; `ends_m`: beyond the low and the high end; `ground`:
    its height.
    """
    stage.daylight = 0.42 * (1.0 - stage.dark)
    reach_x = max(r.x1 for r in stage.regions) + 2
    reach_y = max(abs(r.y0) for r in stage.regions) + 1
    reach_y = max(reach_y, max(r.y1 for r in stage.regions) + 1)
    slab(stage, "terrain", "terrain/ground", "paving", -200, 200, -200, 200, ground)
    styles = stage.cell.city.buildings
    weights = np.array([s.weight for s in styles])
    for side, yard in ((1, yard_m[1]), (-1, yard_m[0])):
        x = -reach_x - 20 - ends_m[0]
        while x < reach_x + 20 + ends_m[1]:
            mass = draw_mass(styles[int(rng.choice(len(styles), p=weights / weights.sum()))], rng)
            building(
                stage,
                mass,
                (x + mass.width / 2, side * (reach_y + 15 + yard), ground),
                -90.0 * side,
                rng,
                near=False,
                anchors=False,
            )
            x += mass.width
        for _ in range(9 if not yard else 0):
            kind = pick_tree(stage, rng)
            x, y = float(rng.uniform(-reach_x, reach_x)), side * (reach_y + float(rng.uniform(4, 9)))
            # Not on a forecourt with what stands there.
            if float(stage.space.clearance(np.array([[x, y]]))[0]) > _CROWN_M:
                tree(stage, kind, (x, y, ground), rng, size=0.8)
    for end, free in ((1, ends_m[1]), (-1, ends_m[0])):
        for k in (-1, 0, 1):
            mass = draw_mass(styles[int(rng.choice(len(styles), p=weights / weights.sum()))], rng, 12.0)
            building(
                stage,
                mass,
                (end * (reach_x + 14 + free), 12.0 * k, ground),
                180.0 if end > 0 else 0.0,
                rng,
                near=False,
                anchors=False,
            )
    stage.daylight = 0.0
