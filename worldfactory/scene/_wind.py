"""Wind: trees sway, and what is strung or hangs outdoors swings, in closed form."""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from worldfactory.records import Body, Motion
from worldfactory.records.prompt import Weather
from worldfactory.scene._stage import Stage

_SPEED_MS: dict[Weather, tuple[float, float]] = {
    "clear": (1.5, 5.5), "overcast": (2.0, 6.5), "rain": (2.5, 8.0), "snow": (1.0, 5.0), "fog": (0.3, 1.5),
}  # fmt: skip
"""Mean speed of the wind in each weather, the least and the most."""
_TREES, _REACH_M = 16, 45.0
"""As many trees sway, those nearest to what the camera looks at, no farther than this."""
_SWAY_DEG, _STRING_DEG, _FLAG_DEG = 0.3, 2.2, 3.2
"""Amplitude for each metre a second."""
_MOST_DEG = 15.0


@dataclasses.dataclass(frozen=True, slots=True)
class Wind:
    """Its mean speed in m/s, and the way it blows in the site's frame, radians."""

    speed: float
    yaw: float


def wind_of(stage: Stage) -> Wind:
    """The wind of a clip; none under a roof."""
    rng = stage.rng("wind")
    low, high = _SPEED_MS[stage.prompt.weather]
    speed, yaw = float(rng.uniform(low, high)), float(rng.uniform(0, 2 * math.pi))
    return Wind(0.0 if stage.cell.venue.setting == "indoor" else speed, yaw)


def swinging(stage: Stage, at: tuple[float, float], kind: str, phase: float) -> tuple[Motion, ...]:
    """How a string of things (along y) swings about its ends, or what is fixed to a pole or tree about its fixing."""
    wind, focus = wind_of(stage), stage.focus or (0.0, 0.0)
    if wind.speed == 0.0 or math.hypot(at[0] - focus[0], at[1] - focus[1]) > _REACH_M:
        return ()
    axis, each, hz = ((0.0, 0.0, 1.0), _FLAG_DEG, 0.9) if kind == "pole" else ((0.0, 1.0, 0.0), _STRING_DEG, 0.55)
    amplitude = math.radians(min(_MOST_DEG, each * wind.speed))
    return tuple(
        Motion(kind="swing", axis=axis, amplitude=share * amplitude, frequency_hz=hz * faster, offset=phase * faster)
        for share, faster in ((0.7, 1.0), (0.3, 1.93))
    )


def blow(stage: Stage) -> None:
    """Let the trees sway that stand near to what the camera looks at: along the wind and, less, across it.

    A tree's natural frequency falls with its height (Moore and Maguire 2004, "Natural sway frequencies and damping
    ratios of trees"); the faster part across is what makes the crown's way an ellipse that never closes.
    """
    wind, focus = wind_of(stage), stage.focus or (0.0, 0.0)
    rng = stage.rng("sway")
    trees = [
        row
        for row, body in enumerate(stage.bodies)
        if body.parent < 0 and not body.motions and stage.instances[body.instance].label == "tree"
    ]
    away = [math.hypot(stage.bodies[row].at[0] - focus[0], stage.bodies[row].at[1] - focus[1]) for row in trees]
    near = [trees[int(k)] for k in np.argsort(away, kind="stable")[:_TREES] if away[int(k)] < _REACH_M]
    for row in near if wind.speed > 0 else ():
        body = stage.bodies[row]
        hz = 1.1 / math.sqrt(max(2.0, body.scale[2]))
        turn = wind.yaw - math.radians(body.yaw_deg)
        amplitude = math.radians(_SWAY_DEG * wind.speed) * float(rng.uniform(0.8, 1.2))
        phase = float(rng.uniform(0, 2 * math.pi))
        sway = tuple(
            Motion(
                kind="swing", axis=(-math.sin(turn + aside), math.cos(turn + aside), 0.0), amplitude=share * amplitude,
                frequency_hz=hz * faster, offset=phase * faster,
            )
            for aside, share, faster in ((0.0, 1.0, 1.0), (math.pi / 2, 0.35, 1.37))
        )  # fmt: skip
        stage.bodies[row] = Body.model_construct(
            prototype=body.prototype, instance=body.instance, at=body.at, yaw_deg=body.yaw_deg, scale=body.scale,
            parent=body.parent, tint=body.tint, motions=sway,
        )  # fmt: skip
