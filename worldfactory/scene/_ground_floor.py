"""A building's measures and its ground floor: shops, arcades, stoops, lattices."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from worldfactory.scene._solids import Solid, solid
from worldfactory.scene._windows import window
from worldfactory.spec._street import BuildingStyle


@dataclass(frozen=True, slots=True)
class Mass:
    """A building's measures, drawn from its style."""

    style: BuildingStyle
    width: float
    depth: float
    floors: int
    wall: str

    @property
    def ground_m(self) -> float:
        """Height of the ground floor."""
        return self.style.ground.height

    @property
    def height(self) -> float:
        """To the eaves."""
        return self.ground_m + (self.floors - 1) * self.style.floor_m


def bay_y(mass: Mass, bays: int, k: int) -> float:
    """Where the middle of the k-th bay of the front lies, metres from the middle of the house."""
    step = (mass.width - 0.6) / bays
    return -mass.width / 2 + 0.3 + (k + 0.5) * step


def far_ground(mass: Mass) -> list[Solid]:
    """The ground floor of a house that is only seen from afar: a plinth, windows above it, a strip of shop windows."""
    ground, h, depth, width = mass.style.ground, mass.ground_m, mass.depth, mass.width
    parts = [
        solid("box", (depth, width, 0.7), (-depth / 2, 0, 0), "stone"),
        solid("box", (depth, width, h - 0.7), (-depth / 2, 0, 0.7), "side-wall"),
    ]
    if ground.kind in ("shopfront", "arcade") and width > 3.0:
        parts += [
            solid("box", (0.12, width, h - 0.1), (0.0, 0, 0), ground.paint[0]),
            solid("box", (0.2, width - 1.4, h - 1.7), (0.0, 0, 0.5), "shop-glass"),
        ]
        if ground.sign:
            parts.append(solid("box", (0.24, width - 1.8, 0.55), (0.0, 0, h - 0.9), ground.sign[0]))
    return parts


def flanks(mass: Mass) -> list[Solid]:
    """The ground floor's sides, which are seen at corners: the shop goes on, or else windows do."""
    ground, h, deep = mass.style.ground, mass.ground_m, mass.depth
    if ground.kind in ("shopfront", "arcade"):
        long, x = 0.56 * deep, -0.36 * deep
        parts = [
            solid("box", (long, mass.width + 0.06, h - 1.75), (x, 0, 0.6), "shop-glass"),
            solid("box", (long + 0.3, mass.width + 0.08, 0.16), (x, 0, 0.44), "stone"),
        ]
        if ground.kind == "shopfront" and ground.sign:
            parts.append(solid("box", (long, mass.width + 0.12, 0.5), (x, 0, h - 0.98), ground.sign[0]))
        return parts
    if mass.floors < 2 or ground.kind == "lattice":
        return []
    return [solid("box", (deep - 0.8, mass.width + 0.02, h - 0.7), (-deep / 2, 0, 0.7), "side-wall")]


def ground_floor(mass: Mass, bays: int, rng: np.random.Generator) -> list[Solid]:
    """Shopfronts, arches, a stoop, a lattice front or plain windows, as the style has them."""
    ground = mass.style.ground
    h, w = mass.ground_m, mass.width
    paint = ground.paint[int(rng.integers(len(ground.paint)))]
    sign = ground.sign[int(rng.integers(len(ground.sign)))] if ground.sign else None
    parts: list[Solid] = []
    door_y = bay_y(mass, bays, int(rng.integers(bays)))
    if ground.kind == "shopfront":
        parts.append(solid("box", (0.16, w - 0.1, h - 0.15), (0.0, 0, 0), paint))
        shops = max(1, round(w / 7.0))
        for k in range(shops):
            y, each = -w / 2 + (k + 0.5) * w / shops, w / shops - 0.7
            parts.append(solid("box", (0.24, each, h - 1.65), (0.0, y, 0.55), "shop-glass"))
            parts.append(solid("box", (0.28, 0.1, h - 1.65), (0.0, y - each / 6, 0.55), paint))
            parts.append(solid("box", (0.3, 1.0, 2.25), (0.0, y + each / 3, 0.02), ground.door))
            parts.append(solid("box", (0.34, 0.7, 1.5), (0.0, y + each / 3, 0.55), "window-glass"))
            parts.append(solid("box", (0.32, each + 0.2, 0.12), (0.0, y, h - 1.1), "trim"))
            if sign:
                parts.append(solid("box", (0.3, each, 0.62), (0.0, y, h - 0.92), sign))
            if ground.awning:
                awning = ground.awning[int(rng.integers(len(ground.awning)))]
                parts.append(solid("wedge", (each, 1.25, 0.5), (0.75, y, h - 1.45), awning, (0, 0, 90)))
                parts.append(solid("box", (0.03, each, 0.24), (1.37, y, h - 1.66), awning))
    elif ground.kind == "arcade":
        count = max(2, round(w / 4.2))
        each = w / count
        parts.append(solid("box", (0.1, w, h - 0.2), (0.0, 0, 0), "shadow"))
        for k in range(count):
            y = -w / 2 + (k + 0.5) * each
            parts.append(solid("arch", (each, 0.7, h), (0.3, y, 0), paint, (0, 0, 90)))
            parts.append(solid("box", (0.16, each * 0.6, h - 1.6), (0.0, y, 0.4), "shop-glass"))
        if sign:
            parts.append(solid("box", (0.12, w * 0.5, 0.5), (0.68, 0, h - 0.56), sign))
    elif ground.kind == "stoop":
        parts.append(solid("box", (0.12, w, 0.3), (0.0, 0, h - 0.3), "trim"))
        rise = min(1.4, h * 0.4)
        parts.extend(
            solid("box", (0.32 * (5 - k), 1.5, rise / 5), (0.16 * (5 - k), door_y, k * rise / 5), "stone")
            for k in range(5)
        )
        parts.append(solid("box", (0.3, 1.2, 2.3), (0.0, door_y, rise), ground.door))
        parts.append(solid("box", (0.5, 1.7, 0.25), (0.1, door_y, rise + 2.4), "trim"))
        parts.extend(
            solid("box", (1.7, 0.06, 0.06), (0.85, door_y + side * 0.8, rise * 0.5 + 0.75), "dark-metal", (0, 38, 0))
            for side in (-1, 1)
        )
        for k in range(bays):
            y = bay_y(mass, bays, k)
            if abs(y - door_y) > 1.2:
                parts += window(mass.style.window, y, 1.4, 1.1, 1.7)
    elif ground.kind == "lattice":
        parts.append(solid("box", (0.1, w - 0.1, h - 0.2), (0.0, 0, 0), paint))
        step = 0.22
        for k in range(int((w - 2.4) / step)):
            y = -w / 2 + 0.4 + k * step
            if abs(y - door_y) > 0.9:
                parts.append(solid("box", (0.16, 0.07, h - 1.2), (0.02, y, 0.5), "lattice"))
        parts.append(solid("box", (0.2, w - 0.3, 0.14), (0.02, 0, h - 0.75), "lattice"))
        parts.append(solid("box", (0.22, w - 0.3, 0.5), (0.02, 0, 0.0), "stone"))
        parts.append(solid("box", (0.24, 1.5, 2.1), (0.0, door_y, 0.05), ground.door))
        parts.extend(solid("box", (0.03, 0.42, 0.85), (0.3, door_y - 0.66 + 0.44 * k, 1.35), "noren") for k in range(4))
        # The low tiled eaves over the ground floor.
        parts.append(solid("wedge", (w + 0.1, 1.25, 0.55), (0.55, 0, h - 0.35), mass.style.roof.paint, (0, 0, 90)))
        if sign:
            parts.append(solid("box", (0.14, 2.2, 0.5), (0.34, -door_y * 0.6, h - 0.42), sign))
    else:
        parts.append(solid("box", (0.14, w, 0.6), (0.0, 0, 0), "stone"))
        parts.append(solid("box", (0.2, 1.3, 2.3), (0.0, door_y, 0.05), ground.door))
        parts.append(solid("box", (0.3, 1.7, 0.2), (0.05, door_y, 2.4), "trim"))
        for k in range(bays):
            y = bay_y(mass, bays, k)
            if abs(y - door_y) > 1.2:
                parts += window(mass.style.window, y, 1.3, 1.0, 1.4)
    return parts
