"""What streets have beside houses: a canal with bridges, a promenade with beach and sea, a round place."""

from __future__ import annotations

import math

import numpy as np

from worldfactory.scene._section import CANAL_M, KERB_M, REACH_M, Section
from worldfactory.scene._site import Site, Walkway, along, slab
from worldfactory.scene._solids import solid
from worldfactory.scene._space import Block, Region
from worldfactory.scene._stage import Stage
from worldfactory.scene._trees import pick_tree, tree
from worldfactory.spec._street import StreetSpec


def canal(stage: Stage, spec: StreetSpec, cut: Section, rng: np.random.Generator) -> None:
    half = spec.water_m / 2
    reach = REACH_M + 160
    slab(stage, "water", "water/canal", "water", -700, 700, -half, half, CANAL_M)
    for side in (1, -1):
        y0, y1 = sorted((side * half, side * (half + 0.35)))
        slab(stage, "wall", "wall/quay", "quay", -reach, reach, y0, y1, KERB_M + 0.14, 2.0)
        stage.space.add(Block(0, side * half * 0.5, reach, half * 0.5 + 0.4, 0.0, tall=False))
        x = -REACH_M + 4
        while x < REACH_M:
            if rng.random() < 0.5 and not any(a - 8 < x < b + 8 for a, b in cut.crossings):
                stage.thing(
                    "barge",
                    (x, side * (half - 2.2), CANAL_M),
                    0.0 if rng.random() < 0.5 else 180.0,
                    blocks=False,
                    paints={"body": str(rng.choice(["#1e3a4a", "#3a2320", "#22402c", "#20242a"]))},
                )
            x += 15.0
    for x0, x1 in cut.crossings:
        mid, wide = (x0 + x1) / 2, x1 - x0
        parts = [
            solid("box", (wide, 2 * cut.inner, 0.35), (0, 0, 0.02), "paving"),
            solid("arch", (2 * half + 0.4, wide - 0.4, 0.5), (0, 0, -0.5), "brick", (0, 0, 90)),
        ]
        for side in (-1, 1):
            parts += [
                solid("box", (0.14, 2 * cut.inner, 0.1), (side * (wide / 2 - 0.15), 0, 1.25), "dark-metal"),
                solid("box", (0.1, 0.1, 0.95), (side * (wide / 2 - 0.15), -cut.inner + 0.4, 0.35), "dark-metal"),
            ]
            count = int(2 * cut.inner / 1.6)
            parts += [
                solid(
                    "box", (0.08, 0.08, 0.9), (side * (wide / 2 - 0.15), -cut.inner + 0.8 + 1.6 * k, 0.35), "dark-metal"
                )
                for k in range(count)
            ]
        stage.solids("building", "building/bridge", parts, (mid, 0, 0))


def shore(stage: Stage, site: Site, spec: StreetSpec, cut: Section, rng: np.random.Generator) -> None:
    wide = 9.0
    y1, y0 = -cut.road, -cut.road - wide
    reach = REACH_M + 160
    slab(stage, "sidewalk", "sidewalk/promenade", "promenade", -reach, reach, y0, y1, KERB_M)
    slab(stage, "sidewalk", "sidewalk/kerb", "kerb", -reach, reach, y1 - 0.2, y1, KERB_M + 0.012)
    slab(stage, "wall", "wall/sea-wall", "stone", -reach, reach, y0 - 0.5, y0, 0.62, 1.0)
    stage.space.add(Block(0, y0 - 0.25, reach, 0.3, 0.0, tall=False))
    slab(stage, "terrain", "terrain/beach", "sand", -500, 500, y0 - 30, y0 - 0.5, -0.5)
    slab(stage, "water", "water/sea", "water", -900, 900, -900, y0 - 24, -0.45)
    stage.regions.append(Region("sidewalk", -REACH_M, REACH_M, y0 + 0.3, y1 - 0.4, KERB_M))
    for f in (0.32, 0.68):
        y = y0 + wide * f
        site.walkways.append(Walkway("sidewalk", (-REACH_M, y), (REACH_M, y), 1.0, KERB_M))
    along(stage, spec.furniture, "kerb", -REACH_M, REACH_M, y1 - 0.7, KERB_M, 90.0, rng)
    if spec.tree_every_m:
        x = -REACH_M + 3
        while x < REACH_M:
            tree(stage, pick_tree(stage, rng), (x, y0 + 1.3, KERB_M), rng)
            x += spec.tree_every_m
    for k in range(6):
        # Each in a stretch of its own, so that none meets another.
        x, y = -160 + 53 * (k + 0.55 * float(rng.random())), y0 - float(rng.uniform(70, 260))
        stage.thing("sailboat", (x, y, -0.5), float(rng.uniform(0, 360)), blocks=False)


def circus(stage: Stage, spec: StreetSpec, cut: Section, ring: float, exits_deg: tuple[float, ...]) -> None:
    """A round place at the end of the street: its roadway, pavement and the streets that leave it, and a monument."""
    x = cut.circus
    walk = [solid("cylinder", (2 * ring + 1, 2 * ring + 1, 0.3), (0, 0, -0.3 + KERB_M - 0.006), "paving")]
    stage.solids("sidewalk", "sidewalk/circus", walk, (x, 0, 0))
    road = [solid("cylinder", (48, 48, 0.3), (0, 0, -0.16), "asphalt")]
    road += [solid("box", (14.0, 2 * cut.road, 0.3), (side * 27.0, 0.0, -0.158), "asphalt") for side in (1, -1)]
    for angle in exits_deg:
        a = math.radians(angle)
        road.append(
            solid("box", (80.0, 10.0, 0.3), (62 * math.cos(a), 62 * math.sin(a), -0.162), "asphalt", (0, 0, angle))
        )
    stage.solids("road", "road/circus", road, (x, 0, 0.0))
    island = [
        solid("cylinder", (22, 22, 0.3), (0, 0, 0.0), "kerb"),
        solid("cylinder", (21.4, 21.4, 0.34), (0, 0, 0.0), "lawn"),
        solid("cylinder", (12, 12, 0.38), (0, 0, 0.0), "plaza"),
    ]
    stage.solids("sidewalk", "sidewalk/island", island, (x, 0, 0.0))
    stage.thing(spec.monument, (x, 0.0, 0.38), 180.0)
    stage.space.add(Block(x, 0.0, 11.0, 11.0, 0.0, tall=False))
