"""What hangs on the walls and under the ceilings of indoor places: notices, pictures, clocks, fans, grilles."""

from __future__ import annotations

import math

import numpy as np

from worldfactory.scene._fill import Rect
from worldfactory.scene._site import pick_paints
from worldfactory.scene._stage import Stage

_HIGH_M = 2.3
"""What hangs from here up hangs over what stands along the wall."""
_SHARE = 0.75
"""Of the places on walls; the rest is for the decor."""
_TRIES = 5
"""Kinds that are drawn for a place before it is left free."""
_JUTS_M, _BODY_M = 0.12, 1.7
HEADROOM_M = 2.15
"""Nothing hangs lower than this from a ceiling."""


def hang(stage: Stage, rect: Rect) -> None:
    """Hang the venue's fittings on the free walls of a room, each kind where it belongs and none beside its like."""
    layout = stage.cell.venue.layout
    kinds = [one for one in layout.hung if not one.zones or rect.name in one.zones]
    if not kinds:
        return
    rng = stage.rng(f"hung/{rect.name}/{rect.x0:.2f}/{rect.y0:.2f}")
    for high in (False, True):
        tier = [kind for kind in kinds if (kind.lift_m >= _HIGH_M) == high]
        if not tier:
            continue
        weights = np.array([kind.weight for kind in tier])
        for face in rect.faces:
            last = -1
            taken: list[tuple[float, float]] = []
            along = float(rng.uniform(0.5, 1.0)) * layout.hung_every_m
            while along < face.length - 0.4:
                wide = 0.0
                for pick in rng.choice(len(tier), _TRIES, p=weights / weights.sum()) if rng.random() < _SHARE else []:
                    kind = tier[int(pick)]
                    box = stage.shape_of(stage.thing_spec(kind.thing))[1]
                    lo, hi, top = along - box.width / 2 - 0.1, along + box.width / 2 + 0.1, kind.lift_m + box.z1
                    free = face.over(lo, hi, kind.lift_m) if not high else lo >= 0.1 and hi <= face.length - 0.1
                    fits = free and face.blind(lo, hi, top) and (not rect.ceiling or top < rect.ceiling - 0.1)
                    if fits and (pick != last or len(tier) == 1):
                        last, wide = int(pick), box.width
                        x, y = face.at(along, 0.02 - min(0.0, box.x0))
                        stage.thing(
                            kind.thing, (x, y, rect.z + kind.lift_m), math.degrees(face.facing),
                            paints=pick_paints(kind.paints, rng),
                            blocks=not high and kind.lift_m < _BODY_M and box.x1 > _JUTS_M,
                        )  # fmt: skip
                        taken.append((lo, hi))
                        break
                along += wide / 2 + layout.hung_every_m * float(rng.uniform(0.7, 1.3))
            if not high:
                face.used += taken


def overhead(stage: Stage, x0: float, x1: float, y: float, height: float, lamp_every_m: float = 0.0) -> None:
    """Things under a ceiling in a line from x0 to x1; between the lamps where `lamp_every_m` says how these follow."""
    rng = stage.rng(f"overhead/{x0:.2f}/{y:.2f}")
    for row in stage.cell.venue.layout.overhead:
        if height + stage.shape_of(stage.thing_spec(row.thing))[1].z0 < HEADROOM_M:
            continue
        count = max(1, round((x1 - x0) / row.every_m))
        for k in range(count):
            x = x0 + (x1 - x0) * (k + 0.5) / count
            if lamp_every_m:
                # The lamps hang half a step from the end, and then step by step.
                x = x0 + lamp_every_m * max(1, round((x - x0) / lamp_every_m))
            if rng.random() < row.chance and x < x1 - 0.5:
                aside = 0.0 if row.row == "middle" else (0.7 if row.row == "wall" else -0.7)
                stage.thing(
                    row.thing, (x, y + aside, height), 90.0 * (row.row == "middle"), blocks=False,
                    phase=float(rng.uniform(0, 6.28)),
                )  # fmt: skip
