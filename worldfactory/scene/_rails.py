"""Railway tracks through the bays of a hall: beds below the platforms, rails, buffers, trains that stand, lanes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from worldfactory.scene._site import Lane, Site, slab
from worldfactory.scene._solids import Solid, solid
from worldfactory.scene._space import Block
from worldfactory.scene._stage import Stage
from worldfactory.spec._layout import BaySpec, HallSpec, TrainTrackSpec

PIT_M = 1.9
"""Half the width of the bed of a track."""
GATE_TOP_M = 5.4
"""Height of the gates through which tracks leave."""
BED_M = -1.1
"""Height of the beds."""
BEYOND_M = 60.0
"""How far tracks go on outside."""
_BUFFER_M = 2.4
"""From the end of a track to the face of its buffer."""
_SPEED_MS = 4.5


@dataclass(frozen=True, slots=True)
class Rail:
    """A track from x0 to x1 in the hall's frame, metres; `half` is half of the hall's length."""

    y: float
    x0: float
    x1: float
    half: float
    spec: TrainTrackSpec

    def runs_out(self, side: int) -> bool:
        """Whether it leaves the hall at its low (-1) or high (+1) end."""
        return self.x0 < -self.half + 0.01 if side < 0 else self.x1 > self.half - 0.01


def rails_of(hall: HallSpec) -> list[Rail]:
    """Each track of the hall, from the first to the last bay that has it."""
    half = sum(bay.length_m for bay in hall.bays) / 2
    found: dict[float, Rail] = {}
    at = -half
    for bay in hall.bays:
        for track in bay.tracks:
            first = found.get(track.at_m)
            x0, spec = (at, track) if first is None else (first.x0, first.spec)
            found[track.at_m] = Rail(track.at_m, x0, at + bay.length_m, half, spec)
        at += bay.length_m
    return [found[y] for y in sorted(found)]


def strips(hall: HallSpec, bay: BaySpec) -> list[tuple[float, float]]:
    """Pieces of a bay's floor across the hall, between its tracks: from and to, metres from the middle."""
    half = hall.width_m / 2
    middles = sorted(track.at_m for track in bay.tracks)
    edges = [-half, *(y for middle in middles for y in (middle - PIT_M, middle + PIT_M)), half]
    return [(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if b - a > 1.0]


def lay_rails(stage: Stage, site: Site, hall: HallSpec, rails: list[Rail], rng: np.random.Generator) -> None:
    """Lay every track; on some stands a train, the others are lanes on which one may come."""
    lanes = len(site.lanes)
    for row, rail in enumerate(rails):
        x0 = rail.x0 - (BEYOND_M if rail.runs_out(-1) else 0.0)
        x1 = rail.x1 + (BEYOND_M if rail.runs_out(1) else 0.0)
        mid, long = (x0 + x1) / 2, x1 - x0
        slab(stage, "ground", "track/bed", "track-bed", x0, x1, rail.y - PIT_M, rail.y + PIT_M, BED_M)
        parts = [solid("box", (long, 0.08, 0.16), (0, side * 0.75, BED_M), "rails") for side in (-1, 1)]
        parts += [
            solid("box", (0.26, 2.5, 0.05), (-long / 2 + 0.5 + 0.8 * k, 0, BED_M), "sleeper")
            for k in range(int((long - 0.6) / 0.8))
        ]
        stage.solids("rail track", "track/rails", parts, (mid, rail.y, 0))
        _edges(stage, hall, rail)
        for side in (-1, 1):
            if not rail.runs_out(side):
                at = (rail.x0 + _BUFFER_M / 2 if side < 0 else rail.x1 - _BUFFER_M / 2, rail.y, BED_M)
                stage.thing(hall.buffer, at, 0.0 if side < 0 else 180.0, blocks=False)
        # A train that comes is wider than nothing: what stands keeps off the edges alone.
        for side in (-1, 1):
            stage.space.add(Block(mid, rail.y + side * (PIT_M - 0.1), long / 2, 0.1, 0.0, tall=False))
        # One track at least stays free, so that a train can come.
        last = row == len(rails) - 1 and len(site.lanes) == lanes
        _train(stage, site, rail, x0, x1, 0.0 if last else rail.spec.chance, rng)


def _edges(stage: Stage, hall: HallSpec, rail: Rail) -> None:
    mid, long = (rail.x0 + rail.x1) / 2, rail.x1 - rail.x0
    parts: list[Solid] = []
    for side in (-1, 1):
        if abs(rail.y + side * PIT_M) < hall.width_m / 2 - 0.2:
            parts.append(solid("box", (long, 0.3, -BED_M), (0, side * (PIT_M + 0.15), BED_M), "platform-edge"))
            parts.append(solid("box", (long, 0.4, 0.012), (0, side * (PIT_M + 0.6), 0.0), "platform-line"))
        if not rail.runs_out(side):
            parts.append(solid("box", (0.2, 2 * PIT_M, -BED_M), (side * long / 2, 0, BED_M), "platform-edge"))
    stage.solids("platform", "platform/edge", parts, (mid, rail.y, 0))


def _train(stage: Stage, site: Site, rail: Rail, x0: float, x1: float, chance: float, rng: np.random.Generator) -> None:
    """A train that stands on the track, or the lane of one that comes."""
    spec = rail.spec
    box = stage.shape_of(stage.thing_spec(spec.train))[1] if spec.train else None
    half = box.length / 2 if box else 6.0
    # Where the middle of a train may be, its whole length before the buffers.
    low = x0 if rail.runs_out(-1) else x0 + _BUFFER_M + half
    high = x1 if rail.runs_out(1) else x1 - _BUFFER_M - half
    if spec.train and low < high and rng.random() < chance:
        if rail.runs_out(-1) and rail.runs_out(1):
            at = float(rng.uniform(-0.3, 0.3)) * rail.half
        else:
            at = low + 0.6 if rail.runs_out(1) else high - 0.6
        stage.thing(spec.train, (at, rail.y, 0.0), 0.0 if rail.runs_out(1) else 180.0)
    elif low < high:
        a, b = (low, high) if len(site.lanes) % 2 == 0 else (high, low)
        site.lanes.append(Lane("platform", ((a, rail.y, 0.0), (b, rail.y, 0.0)), _SPEED_MS))
