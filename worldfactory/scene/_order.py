"""What goes up a front from its ground floor to the eaves, and how its plaster has weathered. The wall is at x = 0."""

from __future__ import annotations

import numpy as np

from worldfactory.scene._ground_floor import Mass
from worldfactory.scene._solids import Solid, solid
from worldfactory.spec._style import MaterialSpec

_STONE_M = 0.36
"""Height of a quoin."""


def order(mass: Mass, bays: int, top: float, rng: np.random.Generator) -> list[Solid]:
    """The upright members of a front that ends at `top`, and the pipe that its roof drains by."""
    low, half = mass.ground_m, mass.width / 2
    tall = top - low
    edges = [-half + 0.3 + k * (mass.width - 0.6) / bays for k in range(bays + 1)]
    parts: list[Solid] = []
    match mass.style.order:
        case "quoins":
            for k in range(int(tall / _STONE_M)):
                long = 0.62 if k % 2 else 0.4
                parts += [
                    solid(
                        "box",
                        (0.14, long, _STONE_M - 0.04),
                        (0.01, side * (half - long / 2), low + k * _STONE_M),
                        "trim",
                    )
                    for side in (-1, 1)
                ]
        case "pilasters":
            for y in edges:
                y = min(max(y, -half + 0.26), half - 0.26)
                parts.append(solid("box", (0.26, 0.42, tall - 0.3), (0.02, y, low), mass.wall))
                parts.append(solid("box", (0.4, 0.62, 0.4), (0.03, y, top - 0.75), "trim"))
                parts.append(solid("box", (0.36, 0.56, 0.5), (0.02, y, low), "trim"))
        case "piers":
            parts += [
                solid("box", (0.4, 0.3, tall), (0.06, min(max(y, -half + 0.16), half - 0.16), low), mass.wall)
                for y in edges
            ]
        case "timbers":
            parts += [
                solid("box", (0.14, 0.16, tall), (0.02, min(max(y, -half + 0.1), half - 0.1), low), "dark-wood")
                for y in edges
            ]
            for floor in range(mass.floors - 1):
                z = low + floor * mass.style.floor_m
                parts.append(solid("box", (0.16, mass.width, 0.18), (0.02, 0.0, z), "dark-wood"))
        case _:
            pass
    side = -1.0 if rng.random() < 0.5 else 1.0
    parts.append(solid("box", (0.12, 0.1, tall - 0.2), (0.07, side * (half - 0.12), low), "downpipe"))
    return parts


def plastered(look: MaterialSpec) -> MaterialSpec:
    """A plain paint as weather and brush leave it."""
    return look.patterned("mottled", 0.8, (3.4, 3.4))
