"""What one prompt shows: choices that depend on the cell and the index alone."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

from worldfactory.lineage import generator
from worldfactory.prompt._grammar import PERIOD, RADICES, Band, Digits, grammar
from worldfactory.records import CameraKind, Weather
from worldfactory.spec import CellSpec, CitySpec, DecorItem, Happening

T = TypeVar("T")

_HOURS = (((8.0, 16.5), 0.76), ((5.5, 8.0), 0.05), ((16.5, 20.5), 0.11), ((20.5, 24.0), 0.05), ((0.0, 5.5), 0.03))
"""Spans of local solar time and their shares: people are out by day."""


class Draws:
    """A sequence of independent choices from one record's generator."""

    def __init__(self, key: str) -> None:
        self._uniform = iter(generator(key, "prompt").random(64).tolist())

    def unit(self) -> float:
        """A number in [0, 1)."""
        return next(self._uniform)

    def below(self, count: int) -> int:
        """A whole number in [0, count)."""
        return int(self.unit() * count)

    def pick(self, options: Sequence[T]) -> T:
        """One of `options`, each as likely."""
        return options[self.below(len(options))]

    def weighted(self, options: Sequence[T], weights: Sequence[float]) -> T:
        """One of `options`, as likely as its weight."""
        left = self.unit() * math.fsum(weights)
        for option, weight in zip(options, weights, strict=True):
            left -= weight
            if left < 0:
                return option
        return options[-1]

    def some(self, options: Sequence[T], count: int) -> list[T]:
        """Up to `count` different ones of `options`, in drawn order."""
        rest = list(options)
        return [rest.pop(self.below(len(rest))) for _ in range(min(count, len(rest)))]


@dataclass(frozen=True, slots=True)
class Choice:
    """One prompt before it is put into words."""

    weather: Weather
    day: int
    hour: float
    band: Band
    camera: CameraKind
    kits: tuple[str, ...]
    items: tuple[DecorItem, ...]
    """One of each kit, in the order of `kits`."""
    happenings: tuple[Happening, ...]
    """One, or two where the text has room for both."""


def choose(cell: CellSpec, draws: Draws) -> Choice:
    """Weather by the city's frequencies; a day on which one drawn kit is up; an hour, mostly of the day."""
    weather = draws.weighted(tuple(cell.city.weather), tuple(cell.city.weather.values()))
    cold = 0 if weather != "snow" else -1 if cell.city.latitude < 0 else 1
    suited = {
        name: items
        for name, kit in cell.decor.items()
        if (items := [item for item in kit.items if item.anchor in grammar().anchors[cell.venue.setting]])
    }
    days = {name: up for name in suited if (up := _days(cell.decor[name].season, cold))}
    first = draws.pick(list(days)) if days else ""
    day = draws.pick(days[first] if first else _days((1, 365), cold))
    others = [name for name in suited if name != first and cell.decor[name].in_season(day)]
    more = draws.weighted((0, 1, 2), (0.4, 0.4, 0.2))
    kits = ([first] if first else []) + draws.some(others, more)
    items = tuple(draws.weighted(suited[kit], [item.weight for item in suited[kit]]) for kit in kits)
    low, high = draws.weighted([span for span, _ in _HOURS], [share for _, share in _HOURS])
    hour = round(low + draws.unit() * (high - low), 2) % 24.0
    return Choice(
        weather=weather,
        day=day,
        hour=hour,
        band=band(cell.city.latitude, day, hour),
        camera=draws.pick(cell.venue.cameras),
        kits=tuple(kits),
        items=items,
        happenings=_happenings(cell, draws),
    )


def _happenings(cell: CellSpec, draws: Draws) -> tuple[Happening, ...]:
    """One or two. Two go on in one zone, or at least one of them anywhere: a camera looks one way."""
    (first,) = draws.some(cell.venue.happenings, 1)
    if draws.unit() >= 0.5:
        return (first,)
    zones = {act.zone for act in first.acts if act.zone}
    fitting = [
        other
        for other in cell.venue.happenings
        if other is not first and len(zones | {act.zone for act in other.acts if act.zone}) <= max(1, len(zones))
    ]
    return (first, *draws.some(fitting, min(1, len(fitting))))


def band(latitude: float, day: int, hour: float) -> Band:
    """The part of the day by the sun's height over the horizon, in local solar time.

    Declination after Cooper (1969), 23.45 deg * sin(360 deg * (284 + day) / 365); civil twilight ends at -6 deg.
    """
    declination = math.radians(23.45) * math.sin(math.tau * (284 + day) / 365)
    phi = math.radians(latitude)
    turn = math.radians(15 * (hour - 12))
    sine = math.sin(phi) * math.sin(declination) + math.cos(phi) * math.cos(declination) * math.cos(turn)
    height = math.degrees(math.asin(max(-1.0, min(1.0, sine))))
    before_noon = hour < 12
    if height < -6:
        return "night"
    if height < 0:
        return "dawn" if before_noon else "dusk"
    if height < 16 and not 10 <= hour <= 14:
        return "morning" if before_noon else "evening"
    return "midday"


def address(cell: CellSpec, index: int) -> Digits:
    """The choices that no other index below PERIOD has in this cell.

    index -> (a * index + b) mod PERIOD with a coprime to PERIOD is a permutation; its digits in the mixed base
    RADICES are the choices. `a` near a half of PERIOD spreads neighbours out.
    """
    factor, offset = _permutation(cell.id)
    rest = (factor * index + offset) % PERIOD
    digits: list[int] = []
    for radix in RADICES:
        rest, digit = divmod(rest, radix)
        digits.append(digit)
    return (digits[0], digits[1], digits[2], digits[3], digits[4], digits[5], digits[6])


@lru_cache(maxsize=1024)
def _permutation(cell_id: str) -> tuple[int, int]:
    numbers = generator(cell_id, "prompt order")
    factor = int(numbers.integers(PERIOD * 3 // 10, PERIOD * 7 // 10))
    while math.gcd(factor, PERIOD) != 1:
        factor += 1
    return factor, int(numbers.integers(PERIOD))


@lru_cache(maxsize=1024)
def _days(season: tuple[int, int], cold: int) -> tuple[int, ...]:
    """Days of a season; with `cold` only those on which snow may lie: 1 north of the equator, -1 south of it."""
    first, last = season
    up = range(first, last + 1) if first <= last else [*range(first, 366), *range(1, last + 1)]
    if cold == 0:
        return tuple(up)
    return tuple(day for day in up if (152 <= day <= 260 if cold < 0 else day >= 335 or day <= 80))


def place(city: CitySpec) -> str:
    """`Kyoto, Japan`; `Singapore` alone where the city is the country."""
    return city.title if city.title == city.country else f"{city.title}, {city.country}"
