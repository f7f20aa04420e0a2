"""Queue lanes: a zigzag between rails inside a plot's gate, and railings of pieces one metre long."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from worldfactory.scene._site import Line, Site
from worldfactory.scene._solids import Solid, expand, moved
from worldfactory.scene._space import Block, Region
from worldfactory.scene._stage import Stage
from worldfactory.spec._layout import PlotSpec

_LANE_M = 1.15
"""From one rail to the next: room for one who waits, also under an umbrella."""
_EACH_M = 0.82
"""Of lane for everyone who waits."""
_TURN_M = 1.0
"""Gap at the end of a rail, where the line goes round it."""
_Run = tuple[tuple[float, float], tuple[float, float]]


def railing(stage: Stage, name: str, runs: Sequence[_Run], z: float) -> None:
    """One body for each run, of as many pieces of the thing as it is metres long; all are one instance."""
    spec = stage.thing_spec(name)
    piece = expand(spec.parts)
    thick = max(0.02, stage.shape_of(spec)[1].length / 2)
    row = stage.instance(spec.label, name)
    for (px, py), (qx, qy) in runs:
        length = math.hypot(qx - px, qy - py)
        count = max(1, round(length))
        yaw = math.degrees(math.atan2(qy - py, qx - px)) - 90.0
        parts: list[Solid] = []
        for k in range(count):
            parts += moved(piece, (0.0, (k + 0.5) * length / count - length / 2, 0.0))
        at = ((px + qx) / 2, (py + qy) / 2)
        stage.body(stage.prototype(name, parts, (spec.materials,)), row, (*at, z), yaw)
        stage.space.add(Block(*at, thick, length / 2, math.radians(yaw), tall=False))


def lay_queue(
    site: Site,
    plot: PlotSpec,
    gate: tuple[float, float],
    span: tuple[float, float],
    front: float,
    side: int,
    lanes: int,
    rng: np.random.Generator,
) -> bool:
    """Lay a zigzag of `lanes` lanes behind the front, from the gate to one hand; False without ground for it.

    `gate`, `span`: the x from and to which gate and plot reach; `front`: y of the first rail; `side`: 1 if the plot
    lies toward +y.
    """
    stage = site.stage
    long = math.ceil(plot.queue / lanes) * _EACH_M + _TURN_M
    for hand in (1, -1) if rng.random() < 0.5 else (-1, 1):
        begin = gate[0] - 0.1 if hand > 0 else gate[1] + 0.1
        reach = min(long, abs((span[1] if hand > 0 else span[0]) - begin) - 0.6)
        ground = Block(
            begin + hand * reach / 2, front + side * lanes * _LANE_M / 2, reach / 2, lanes * _LANE_M / 2 - 0.05
        )
        if reach < 3.0 or not stage.space.fits(ground, 0.0):
            continue
        end = begin + hand * reach
        # The way in is at the gate; between lanes the line turns at one end and then the other.
        runs: list[_Run] = [((begin, front + side * lanes * _LANE_M), (end, front + side * lanes * _LANE_M))]
        runs.append(((end, front), (end, front + side * lanes * _LANE_M)))
        way: list[tuple[float, float]] = []
        for k in range(lanes):
            y, out = front + side * (k + 0.5) * _LANE_M, k % 2 == 0
            lo, hi = begin + hand * _TURN_M / 2, end - hand * _TURN_M / 2
            way += [(lo, y), (hi, y)] if out else [(hi, y), (lo, y)]
            if k:
                rail = front + side * k * _LANE_M
                a, b = (begin + hand * _TURN_M, end) if k % 2 == 0 else (begin, end - hand * _TURN_M)
                runs.append(((a, rail), (b, rail)))
        railing(stage, plot.rail, runs, 0.015)
        x0, x1 = sorted((begin, end))
        y0, y1 = sorted((front, front + side * lanes * _LANE_M))
        stage.regions.append(Region("queue", x0, x1, y0, y1, 0.015))
        site.queues.append(Line(tuple(reversed(way)), plot.queue, 0.015))
        return True
    return False
