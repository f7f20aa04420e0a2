"""The city round a park: a street on its four sides, the houses across it, and more roofs behind them."""

from __future__ import annotations

import math

import numpy as np

from worldfactory.scene._buildings import draw_mass, shape, stand
from worldfactory.scene._ground_floor import Mass
from worldfactory.scene._site import slab
from worldfactory.scene._stage import Stage
from worldfactory.scene._traffic import park
from worldfactory.scene._trees import pick_tree, tree

_WALK_M, _ROAD_M = 3.0, 8.0
_MODELS = 7
"""Different houses in the second row, each set up many times, so that they share their meshes."""


def surround(stage: Stage, half: float, edge: float, rng: np.random.Generator) -> None:
    """Streets outside the hedge at x = +-(half + 3), y = +-edge, with parked cars and trees, and houses beyond."""
    hedge_x, hedge_y = half + 3.5, edge + 0.5
    road_x, road_y = hedge_x + _WALK_M, hedge_y + _WALK_M
    out_x, out_y = road_x + _ROAD_M, road_y + _ROAD_M
    house_x, house_y = out_x + _WALK_M, out_y + _WALK_M
    reach = 340.0
    slab(stage, "sidewalk", "sidewalk/ring", "paving", -house_x, house_x, -house_y, house_y, -0.05)
    for end in (1, -1):
        y0, y1 = sorted((end * road_y, end * out_y))
        slab(stage, "road", "road/ring", "asphalt", -reach, reach, y0, y1, -0.035)
        slab(stage, "road mark", "road-mark/ring", "line", -reach, reach, (y0 + y1) / 2 - 0.07, (y0 + y1) / 2 + 0.07,
             -0.03, 0.02)  # fmt: skip
        x0, x1 = sorted((end * road_x, end * out_x))
        slab(stage, "road", "road/ring", "asphalt", x0, x1, -reach, reach, -0.038)
    _kerbs(stage, half, road_y, out_y, rng)
    styles = stage.cell.city.buildings
    far = (*styles, *stage.cell.city.backdrop)
    sides = ((-90.0, house_y, 2 * house_x + 60), (90.0, house_y, 2 * house_x + 60), (180.0, house_x, 2 * house_y - 8),
             (0.0, house_x, 2 * house_y - 8))  # fmt: skip
    weights = np.array([s.weight for s in styles])
    for yaw, distance, length in sides:
        t = -length / 2
        while t < length / 2:
            mass = draw_mass(styles[int(rng.choice(len(styles), p=weights / weights.sum()))], rng)
            # The avenue through the gate goes on between the houses.
            if rng.random() < 0.93 and not (yaw == 180.0 and abs(t + mass.width / 2) < 8):
                _stand(stage, mass, shape(stage, mass, rng, near=False), yaw, distance, t + mass.width / 2)
            t += mass.width + (float(rng.uniform(3, 8)) if rng.random() < 0.16 else 0.0)
    weights = np.array([s.weight for s in far])
    models = [draw_mass(far[int(k)], rng) for k in rng.choice(len(far), _MODELS, p=weights / weights.sum())]
    shapes = [shape(stage, mass, np.random.default_rng(k), near=False) for k, mass in enumerate(models)]
    for yaw, distance, length in sides:
        t = -length / 2 - 30
        while t < length / 2 + 30:
            model = int(rng.integers(_MODELS))
            mass = models[model]
            if rng.random() < 0.85:
                _stand(stage, mass, shapes[model], yaw, distance + 30 + float(rng.uniform(0, 10)), t + mass.width / 2)
            t += mass.width + float(rng.uniform(1, 9))


def _stand(stage: Stage, mass: Mass, prototype: int, yaw_deg: float, distance: float, along: float) -> None:
    a = math.radians(yaw_deg)
    x, y = -distance * math.cos(a) - along * math.sin(a), -distance * math.sin(a) + along * math.cos(a)
    stand(stage, mass, prototype, (x, y, -0.05), yaw_deg)


def _kerbs(stage: Stage, half: float, road_y: float, out_y: float, rng: np.random.Generator) -> None:
    """Parked cars and street trees along the two long sides."""
    for side in (1, -1):
        x = -half
        while x < half:
            if rng.random() < 0.45:
                park(stage, (x, side * (out_y - 1.2), -0.035), 0.0 if side > 0 else 180.0, rng)
            x += float(rng.uniform(7, 12))
        x = -half - 4
        while x < half + 4:
            tree(stage, pick_tree(stage, rng), (x, side * (out_y + 1.3), -0.05), rng, size=0.9)
            x += float(rng.uniform(11, 17))
