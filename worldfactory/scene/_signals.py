"""Traffic lights: which junction is red when, who stands there and goes again, and which lamps are lit.

Everything is settled before the clip begins: a vehicle's pace is a cruise, a constant deceleration to its place in the
queue, a stand, a constant acceleration and a cruise again, so where it is remains a closed form of time.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from worldfactory.records import GROUPS, Motion, Vec3
from worldfactory.scene._site import Lane, Site
from worldfactory.scene._solids import Solid, solid
from worldfactory.scene._stage import Stage

BRAKES, STARTS = 2.4, 1.7
"""m/s^2, as in unhurried traffic."""
_AMBER_S = 2.0
_REACTS_S = 0.8
"""From one who goes to the next behind."""
_BEHIND_M = 2.0
"""From bumper to bumper in a queue."""
_STOP_LINE_M = 5.2
"""From the kerb of the street that crosses to where the first bumper stands."""
_LENSES = (("red", 3.14), ("amber", 2.88), ("green", 2.62))
"""Heights of the three lamps of library/street.yaml's traffic-light, metres."""
_HIDDEN_M = 0.2
_BLINK_S = 0.02


@dataclass(frozen=True, slots=True)
class Signal:
    """A junction whose lights turn amber at `red_s` and green at `green_s`, seconds of the clip or before or after it.

    lo, hi: x of the kerbs of the street that crosses.
    """

    lo: float
    hi: float
    red_s: float
    green_s: float

    def stop(self, lane: Lane) -> float:
        """How far along the lane the first bumper stands."""
        forward = lane.points[-1][0] > lane.points[0][0]
        x = self.lo - _STOP_LINE_M if forward else self.hi + _STOP_LINE_M
        along = np.arange(0.0, lane.length, 0.05)
        return float(along[np.argmin(np.abs(lane.at(along)[:, 0] - x))])

    @property
    def shown(self) -> tuple[tuple[str, float], ...]:
        """The lamps in turn, and from when on each is lit."""
        return (
            ("green", -math.inf), ("amber", self.red_s), ("red", self.red_s + _AMBER_S), ("green", self.green_s)
        )  # fmt: skip


def choose_signal(site: Site, rng: np.random.Generator) -> Signal | None:
    """Draw what the lights nearest to the camera do; None if they stay green, or something drives through already."""
    stage = site.stage
    kind, begin, end = float(rng.random()), float(rng.random()), float(rng.random())
    through = any(
        stage.instances[body.instance].label in GROUPS["vehicle"] and any(m.kind == "path" for m in body.motions)
        for body in stage.bodies
    )
    if not site.lights or kind > 0.75 or through or stage.prompt.camera == "drive":
        return None
    x = stage.focus[0] if stage.focus else 0.0
    lo, hi = min(site.lights, key=lambda kerbs: abs((kerbs[0] + kerbs[1]) / 2 - x))
    if kind < 0.4:
        return Signal(lo, hi, -9.0 + 4.0 * begin, (0.15 + 0.45 * end) * stage.seconds)
    return Signal(lo, hi, 0.2 + 1.2 * begin, stage.seconds + 20.0)


def halt(place: float, along: float, speed: float, go_s: float) -> tuple[Vec3, ...]:
    """The pace of a vehicle at `along` metres at time 0 that stands at `place` until `go_s`, in seconds of its cruise.

    Motion.pace for a path of that speed and offset 0.
    """
    slowing = speed / BRAKES
    begin = (place - speed * slowing / 2 - along) / speed
    go = max(go_s, begin + slowing + 0.2)
    away = place + speed**2 / (2 * STARTS)
    knots = (
        (begin, place - speed * slowing / 2, speed), (begin + slowing, place, 0.0), (go, place, 0.0),
        (go + speed / STARTS, away, speed),
    )  # fmt: skip
    return tuple((t, metres / speed, v / speed) for t, metres, v in knots)


@dataclass(slots=True)
class Queue:
    """Who stands at one lane's stop line, from the first on."""

    signal: Signal
    tail: float
    """Where the next one's front may be."""
    go_s: float
    """When the next one goes."""
    waiting: bool = False

    @classmethod
    def at(cls, signal: Signal, lane: Lane) -> Queue:
        """Nobody yet."""
        return cls(signal, signal.stop(lane), signal.green_s + _REACTS_S)

    def pace(self, along: float, ahead: float, speed: float) -> tuple[Vec3, ...]:
        """The pace of the next vehicle behind, whose front is `ahead` of its middle; () if nothing stops it."""
        place = self.tail - ahead
        knots = halt(place, along, speed, self.go_s)
        arrives = (place - along) / speed
        if self.waiting:
            # Who comes when the queue has long gone does not notice it.
            return knots if arrives < self.go_s + speed / STARTS else ()
        return knots if knots[0][0] >= self.signal.red_s and arrives < self.signal.green_s else ()

    def join(self, knots: tuple[Vec3, ...], speed: float, behind: float) -> None:
        """One stands, whose rear is `behind` (below 0) of its middle."""
        self.waiting = True
        self.tail = knots[1][1] * speed + behind - _BEHIND_M
        self.go_s = knots[2][0] + _REACTS_S


def light_up(site: Site, signal: Signal | None) -> None:
    """Light the lamps of all traffic lights: green, but for those of the junction of `signal`."""
    stage = site.stage
    for placed in [one for one in stage.placed if one.name == "traffic-light"]:
        here = signal is not None and signal.lo - 4.0 < placed.at[0] < signal.hi + 4.0
        for colour, z in _LENSES:
            shown = signal.shown if signal is not None and here else (("green", -math.inf),)
            times = [(t, name == colour) for name, t in shown]
            if not any(on for t, on in times if t < stage.seconds):
                continue
            glass = solid("sphere", (0.13, 0.215, 0.215), (0.225, 0.0, z - 0.0075), f"signal-{colour}")
            lens = stage.prototype(f"traffic-light/{colour}", [glass])
            stage.body(lens, placed.instance, (0.0, 0.0, 0.0), 0.0, parent=placed.body, motions=_blink(times, 1.0))


def brake_lights(stage: Stage, body: int, instance: int, parts: Sequence[Solid], knots: tuple[Vec3, ...]) -> None:
    """Rear lamps that are bright from when a vehicle slows down until it goes again."""
    bright: list[Solid] = []
    for one in parts:
        if one.paint == "lamp-rear":
            (x, y, z), (length, wide, high) = one.at, one.size
            size = (1.05 * length, 1.05 * wide, 1.05 * high)
            bright.append(solid(one.shape, size, (x - 0.012, y, z - 0.025 * high), "lamp-brake", one.turn))
    if bright:
        times = [(-math.inf, False), (knots[0][0], True), (knots[2][0], False)]
        lamps = stage.prototype("vehicle/brake-lights", bright)
        stage.body(lamps, instance, (0.0, 0.0, 0.0), 0.0, parent=body, motions=_blink(times, -1.0))


def _blink(times: list[tuple[float, bool]], out: float) -> tuple[Motion, ...]:
    """A lamp's glass stands out, to the side of `out` along x, while it is lit, and is drawn in while it is not."""
    if all(on for _, on in times):
        return ()
    knots: list[Vec3] = []
    for (_, before), (t, on) in pairwise(times):
        if before != on:
            knots += [(t - _BLINK_S, 0.0 if before else _HIDDEN_M, 0.0), (t + _BLINK_S, 0.0 if on else _HIDDEN_M, 0.0)]
    if not knots:
        return ()
    line = ((0.0, 0.0, 0.0), (-out * _HIDDEN_M, 0.0, 0.0))
    return (Motion(kind="carry", points=line, speed=1.0, pace=tuple(knots)),)
