"""What stands on the stage, where decor may go, what was dropped."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from worldfactory.records import Vec3
from worldfactory.scene._solids import Extent
from worldfactory.spec._style import ThingSpec


@dataclass(frozen=True, slots=True)
class Anchor:
    """Where a decor item may go. `yaw_deg` is the way it faces; `room_m` the width that is free for it."""

    kind: str
    at: Vec3
    yaw_deg: float = 0.0
    room_m: float = 1.0
    to: Vec3 | None = None
    """The other end of a line that things are strung on."""


@dataclass(frozen=True, slots=True)
class Drop:
    """Something that found no place, and why."""

    what: str
    reason: str


@dataclass(frozen=True, slots=True)
class Placed:
    """A thing that stands: its rows and its extent in its own frame."""

    body: int
    instance: int
    at: Vec3
    yaw_deg: float
    extent: Extent
    spec: ThingSpec | None = None
    name: str = ""

    def point(self, x: float, y: float) -> tuple[float, float]:
        """A point of its own frame on the ground, in the site's."""
        c, s = math.cos(math.radians(self.yaw_deg)), math.sin(math.radians(self.yaw_deg))
        return self.at[0] + c * x - s * y, self.at[1] + s * x + c * y


@dataclass(frozen=True, slots=True)
class Mark:
    """A state of the stage: lengths of what only grows, copies of what changes."""

    lengths: tuple[int, ...]
    anchors: list[Anchor]
    taken: set[tuple[float, float]]
    blocks: int
    tracks: int
    material_rows: dict[Any, int]
    prototype_rows: dict[Any, int]
    focus: tuple[float, float] | None
