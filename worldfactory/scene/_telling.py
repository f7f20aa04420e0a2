"""How much a shot tells of its place: whether who sees only this clip could say what kind of place it is."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from worldfactory.scene._camera import Track, poses
from worldfactory.scene._sight import Sight
from worldfactory.scene._stage import Stage

B1 = NDArray[np.bool_]
_BARE = frozenset({"wall", "window", "door", "column", "lamp", "building", "person", "tree", "railing"})
"""What stands in every place and says nothing of it."""
_MOMENTS = (0.9, 0.1, 0.5)
_TALL = 9 / 16
_MOST, _FILLED = 0.07, 0.45
"""Of one body as much of the view counts at most; and what fills so much of it is all that one sees."""
_LOOKS = 24
"""So many shots are asked less and less of, for no search goes on for ever."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Shares of the view that what is the venue's `own`, and `any` that is no bare wall, should have at every moment,
    as far as `far_m` metres."""

    own: float
    any: float
    far_m: float


INDOORS = Asked(0.11, 0.26, 20.0)
_PARK = Asked(0.13, 0.15, 45.0)
_PENS = Asked(0.05, 0.12, 45.0)
"""Of a place that is known by its animals, which are small."""


def teller(stage: Stage, sight: Sight) -> Callable[[Track, float], float]:
    """A judge of shots: 1 for one that shows what the venue is known by early, halfway and late, else less, down to a
    third. The more shots it has seen, the less it asks."""
    venue = stage.cell.venue
    animals = {one.thing for plot in venue.layout.plots for one in plot.animals}
    bars = _PENS if animals else _PARK if venue.layout.kind == "park" else INDOORS
    own = animals or {*venue.things, *venue.marks}
    labels = [stage.instances[body.instance].label for body in stage.bodies]
    known = np.array([stage.instances[body.instance].asset in own for body in stage.bodies])
    rich = known | np.array([label not in _BARE for label in labels])
    seen = 0

    def judge(track: Track, fov_deg: float) -> float:
        nonlocal seen
        seen += 1
        share = max(0.1, 1.0 - (seen - 1) / _LOOKS)
        asked = Asked(bars.own * share, bars.any * share, bars.far_m)
        return 0.33 + 0.67 * told(sight, known, rich, track, fov_deg, stage.seconds, asked)

    return judge


def told(
    sight: Sight, known: B1, rich: B1, track: Track, fov_deg: float, seconds: float, asked: Asked = INDOORS
) -> float:
    """The worst of three moments: the share of the view that the venue's own things have, and that all things have,
    against what is asked of both; 1 at most. known, rich: [B] of which bodies."""
    tangent = math.tan(math.radians(fov_deg / 2))
    views = poses(track).astype(np.float64)
    worst = 1.0
    for moment in _MOMENTS:
        row = round(moment * (len(track.yaw) - 1))
        time = row * seconds / len(track.yaw)
        _, met = sight.depths(views[row : row + 1], np.array([time]), (tangent, tangent * _TALL), asked.far_m)
        bodies, rays = np.unique(met[met >= 0], return_counts=True)
        # A picture of one thing tells little, however large it is.
        shares = np.minimum(rays / met.size, _MOST)
        own, any_ = (float(shares[which[bodies]].sum()) for which in (known, rich))
        worst = min(worst, own / asked.own, any_ / asked.any)
        if len(rays) and rays.max() > _FILLED * met.size:
            worst *= 0.4
        if worst < 0.5:
            # Not to be taken; the other moments need not be looked at.
            break
    return worst
