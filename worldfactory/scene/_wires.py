"""What hangs over a street: cables from pole to pole and to the houses, and the wires over trams."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np

from worldfactory.scene._section import REACH_M, Section
from worldfactory.scene._site import put
from worldfactory.scene._solids import Solid, solid
from worldfactory.scene._stage import Stage
from worldfactory.spec._street import StreetSpec

_SPAN_M = 24.0
_PIECES = 4
"""Straight pieces that a hanging cable is made of."""
_CONTACT_M = 5.7
"""Height of the wire over a tram."""


def cables(stage: Stage, spec: StreetSpec, cut: Section, rng: np.random.Generator) -> None:
    """Poles at the kerb with cables between them and from each to the houses on both sides."""
    sides = (1, -1) if spec.cables > 7 and not cut.open_side else (1,)
    low = min(style.ground.height + (style.floors.low - 1) * style.floor_m for style in stage.cell.city.buildings)
    for side in sides:
        y = side * (cut.road + 0.42)
        stood: list[float] = []
        for x in np.arange(-REACH_M + 8 + (9.0 if side < 0 else 0.0), REACH_M, _SPAN_M):
            for off in (0.0, 1.2, -1.2, 2.4, -2.4, 3.6, -3.6):
                at = float(x) + off
                if any(a - 1.5 < at < b + 1.5 for a, b in cut.crossings):
                    continue
                if put(stage, "phone-pole", (at, y, 0.0), 0.0, margin=0.05):
                    stood.append(at)
                    break
        hung = _hung(spec.cables, rng)
        for a, b in pairwise(stood):
            parts: list[Solid] = []
            for dy, z, sag, thick in hung:
                parts += hanging((0.0, dy, z), (round(b - a, 1), dy, z), sag, thick)
            stage.solids("pole", "pole/cables", parts, (a, y, 0.0))
        z = min(6.4, low - 0.5)
        for k, at in enumerate(stood if z > 4.5 else []):
            # To where a house stands.
            far = side * (cut.line - cut.road - 0.5)
            ends = [(4.0, far, z, 0.25), (-5.0, far, z - 0.2, 0.3)]
            if z > 5.5 and k % 2 == 0 and not cut.open_side:
                ends.append((2.0, -side * (cut.line + cut.road), z, 0.6))
            parts = [
                part
                for dx, dy, dz, sag in ends if not any(a - 4.0 < at + dx < b + 4.0 for a, b in cut.crossings)
                for part in hanging((0.0, 0.0, 6.9), (dx, dy, dz), sag, 0.03)
            ]  # fmt: skip
            if parts:
                stage.solids("pole", "pole/drops", parts, (at, y, 0.0))


def contact_wires(stage: Stage, spec: StreetSpec, cut: Section) -> None:
    """Over each tram track a wire, held by wires from front to front."""
    last = min(REACH_M, cut.circus - 34.0)
    ys = [lane * spec.lane_m + math.copysign(cut.inner, lane) for lane in (-0.5, 0.5)]
    reach = 2 * cut.line if not cut.open_side else cut.line + cut.road
    for x in np.arange(-REACH_M, last, _SPAN_M):
        parts = [solid("box", (_SPAN_M, 0.03, 0.03), (_SPAN_M / 2, y, _CONTACT_M), "black") for y in ys]
        parts += [solid("box", (_SPAN_M, 0.025, 0.025), (_SPAN_M / 2, y, _CONTACT_M + 0.5), "black") for y in ys]
        parts += [solid("box", (0.03, 0.03, 0.5), (k * 4.0, y, _CONTACT_M), "black") for y in ys for k in range(6)]
        middle = cut.line - reach / 2
        parts.append(solid("box", (0.03, reach, 0.03), (0.0, middle, _CONTACT_M + 0.5), "black"))
        stage.solids("pole", "pole/contact-wires", parts, (float(x), 0.0, 0.0))


def _hung(count: int, rng: np.random.Generator) -> list[tuple[float, float, float, float]]:
    """(beside the pole, height, sag, thickness) of each of `count` cables: power on the arms, the others bundled."""
    out = [(dy, 8.12, 0.25, 0.035) for dy in (-0.8, 0.0, 0.8)[: min(3, count)]]
    bundle = [
        (float(rng.uniform(-0.12, 0.32)), float(rng.uniform(5.9, 7.0)), float(rng.uniform(0.25, 0.9)),
         float(rng.uniform(0.035, 0.085)))
        for _ in range(count - len(out))
    ]  # fmt: skip
    return out + bundle


def hanging(a: tuple[float, float, float], b: tuple[float, float, float], sag: float, thick: float) -> list[Solid]:
    """A cable from a to b that hangs `sag` lower in its middle, in straight pieces."""
    parts: list[Solid] = []
    where = [
        (a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t, a[2] + (b[2] - a[2]) * t - 4.0 * sag * t * (1.0 - t))
        for t in np.linspace(0.0, 1.0, _PIECES + 1).tolist()
    ]
    for (x0, y0, z0), (x1, y1, z1) in pairwise(where):
        long = math.dist((x0, y0, z0), (x1, y1, z1))
        turn = (0.0, -math.degrees(math.asin((z1 - z0) / long)), math.degrees(math.atan2(y1 - y0, x1 - x0)))
        middle = ((x0 + x1) / 2, (y0 + y1) / 2, (z0 + z1) / 2 - thick / 2)
        parts.append(solid("box", (long + 0.02, thick, thick), middle, "black", turn))
    return parts
