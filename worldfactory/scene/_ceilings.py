"""Ceilings of halls: flat, in coffers or on beams, a barrel vault, pitched roofs on trusses, of glass or closed."""

from __future__ import annotations

import math
from itertools import pairwise

from worldfactory.scene._solids import Solid, solid
from worldfactory.scene._stage import Stage
from worldfactory.spec._style import CeilingForm

_RISE = {"vault": 0.3, "trusses": 0.2, "skylight": 0.2}
"""Of a hall's width."""
_STRIPS = 12
_STEP_M = 5.0


def height_at(form: CeilingForm, width: float, spring: float, y: float) -> float:
    """Height of the ceiling's underside `y` metres from the middle of a hall whose walls are `spring` metres high."""
    rise = _RISE.get(form, 0.0) * width
    t = min(1.0, abs(2 * y / width))
    return spring + rise * (math.sqrt(1 - t * t) if form == "vault" else 1 - t)


def lay_ceiling(stage: Stage, form: CeilingForm, x0: float, x1: float, width: float, spring: float) -> None:
    """The ceiling of a hall from x0 to x1, `width` metres across, with the walls of its two ends above `spring`."""
    length = x1 - x0
    parts: list[Solid] = []
    beams: list[Solid] = []
    count = max(2, round(length / _STEP_M))
    steps = [-length / 2 + length * k / count for k in range(count + 1)]
    if form in ("flat", "coffers", "beams"):
        parts.append(solid("box", (length, width, 0.2), (0, 0, spring), "hall-ceiling"))
        # A cornice goes round under every flat ceiling.
        beams += [
            solid("box", (length, 0.3, 0.24), (0, side * (width / 2 - 0.15), spring - 0.24), "trim") for side in (-1, 1)
        ]
    if form == "coffers":
        across = max(2, round(width / 4.0))
        beams += [solid("box", (0.34, width, 0.3), (x, 0, spring - 0.3), "ceiling-beam") for x in steps]
        beams += [
            solid("box", (length, 0.34, 0.3), (0, -width / 2 + width * k / across, spring - 0.3), "ceiling-beam")
            for k in range(1, across)
        ]
    elif form == "beams":
        fine = max(4, round(length / 2.4))
        beams += [
            solid(
                "box", (0.22, width, 0.34), (-length / 2 + length * (k + 0.5) / fine, 0, spring - 0.34), "ceiling-beam"
            )
            for k in range(fine)
        ]
        beams += [
            solid("box", (length, 0.4, 0.5), (0, side * width / 4, spring - 0.62), "ceiling-beam") for side in (-1, 1)
        ]
    elif form == "vault":
        parts += _barrel(length, 0.0, width, spring, 0.16, "hall-ceiling")
        for x in steps:
            beams += _barrel(0.5, x, width - 0.3, spring - 0.12, 0.2, "ceiling-beam")
        parts += _lunettes(length, width, spring)
    elif form in ("trusses", "skylight"):
        parts, beams = _pitched(form == "skylight", length, steps, width, spring)
    stage.solids("ceiling", "ceiling/hall", parts, ((x0 + x1) / 2, 0.0, 0.0))
    if beams:
        stage.solids("ceiling", f"ceiling/{form}", beams, ((x0 + x1) / 2, 0.0, 0.0))


def _barrel(length: float, x: float, width: float, spring: float, thick: float, paint: str) -> list[Solid]:
    """A half ellipse of straight strips, each from one angle to the next."""
    rise = _RISE["vault"] * width
    ring = [
        (math.cos(math.pi * k / _STRIPS) * width / 2, spring + math.sin(math.pi * k / _STRIPS) * rise)
        for k in range(_STRIPS + 1)
    ]
    out: list[Solid] = []
    for (y0, z0), (y1, z1) in pairwise(ring):
        run = math.hypot(y1 - y0, z1 - z0)
        tilt = math.degrees(math.atan2(z0 - z1, y0 - y1))
        out.append(solid("box", (length, run + 0.1, thick), (x, (y0 + y1) / 2, (z0 + z1) / 2), paint, (tilt, 0, 0)))
    return out


def _lunettes(length: float, width: float, spring: float) -> list[Solid]:
    out: list[Solid] = []
    for k in range(_STRIPS):
        y = width * ((k + 0.5) / _STRIPS - 0.5)
        high = height_at("vault", width, spring, y) - spring + 0.2
        out += [
            solid("box", (0.16, width / _STRIPS, high), (end * length / 2, y, spring), "hall-ceiling")
            for end in (-1, 1)
        ]
    return out


def _pitched(
    glass: bool, length: float, steps: list[float], width: float, spring: float
) -> tuple[list[Solid], list[Solid]]:
    rise = _RISE["trusses"] * width
    slope = math.hypot(width / 2, rise)
    tilt = math.degrees(math.atan2(rise, width / 2))
    paint = "dark-metal" if glass else "ceiling-beam"
    parts: list[Solid] = []
    beams: list[Solid] = []
    for side in (-1, 1):
        turn = (-side * tilt, 0.0, 0.0)
        mid = (0.0, side * width / 4, spring + rise / 2)
        if glass:
            fine = max(4, round(length / 1.25))
            parts += [
                solid("box", (0.06, slope, 0.1), (-length / 2 + length * k / fine, mid[1], mid[2]), "trim", turn)
                for k in range(fine + 1)
            ]
            parts += [
                solid("box", (length, 0.08, 0.1), (0, side * width / 2 * t, spring + rise * (1 - t)), "trim", turn)
                for t in (0.0, 0.25, 0.5, 0.75, 0.97)
            ]
        else:
            parts.append(solid("box", (length, slope + 0.2, 0.14), mid, "hall-ceiling", turn))
            parts += [
                solid("box", (length, 0.16, 0.2), (0, side * width / 2 * t, spring + rise * (1 - t) - 0.2), paint, turn)
                for t in (0.25, 0.5, 0.75)
            ]
        beams += [solid("box", (0.2, slope, 0.3), (x, mid[1], mid[2] - 0.34), paint, turn) for x in steps]
        beams += [
            solid("box", (0.12, 0.12, math.hypot(width / 4, rise / 2) * 0.92),
                  (x, side * 0.1, spring - 0.1), paint, (-side * math.degrees(math.atan2(width / 4, rise / 2)), 0, 0))
            for x in steps
        ]  # fmt: skip
    for x in steps:
        beams.append(solid("box", (0.18, width, 0.22), (x, 0, spring - 0.25), paint))
        beams.append(solid("box", (0.14, 0.14, rise), (x, 0, spring - 0.1), paint))
    parts += [
        solid("prism", (0.16, width, rise + 0.1), (end * length / 2, 0, spring), "hall-ceiling") for end in (-1, 1)
    ]
    return parts, beams
