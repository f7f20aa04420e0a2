"""Looks as data: materials, solids, things made of solids, and how their parts move."""

from __future__ import annotations

import math
import re
from itertools import pairwise
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import BeforeValidator, Field, model_validator

from worldfactory.records import CLASSES, Opening, Pattern, Shape
from worldfactory.spec._base import Colour, Name, Positive, Share, SpecModel

Triple = tuple[float, float, float]
Extent = tuple[Positive, Positive, Positive]
Count = Annotated[int, Field(ge=1, le=400)]
SHAPES: tuple[str, ...] = get_args(Shape)


WordKind = Literal[
    "shop", "way", "street", "transit", "taxi", "text", "plate", "price", "room", "flight", "venue", "exit", "ward",
    "class", "gate", "hall", "sea", "shelf", "stage", "scroll", "lesson", "platform", "animal", "reptile", "menu",
    "rail",
]  # fmt: skip
"""What a sign says. venue: the name of what it stands at; way: ways that every place has; ward to stage: those of a
hospital, a school, an airport, a museum, an aquarium, a library and a theatre, animal those of a zoo, reptile what it
keeps behind glass, platform those of a station, rail its trains; menu: what a cafe sells; scroll: what is written to
be hung."""


class MaterialSpec(SpecModel):
    """How a surface looks; in YAML a mapping, or only its colour `#rrggbb`."""

    rgb: Colour
    pattern: Pattern = "plain"
    rgb2: Colour = (0.1, 0.1, 0.1)
    """The pattern's second colour: mortar, window glass, the other stripe, the writing."""
    cell: tuple[Positive, Positive] = (1.0, 1.0)
    """Width and height of one pattern cell, metres."""
    glow: Annotated[float, Field(ge=0.0, le=20.0)] = 0.0
    """Light given off by night, in units of a sunlit white surface; by day a part of it."""
    gloss: Share = 0.0
    words: WordKind = "shop"
    """What the pattern `glyphs` writes, in the languages of the city."""
    opening: Opening | None = None
    """The window in each cell of the pattern `windows`; facades have that of their style."""

    @property
    def mean(self) -> tuple[float, float, float]:
        """The colour from afar: of a pattern about a quarter is the second colour."""
        share = 0.0 if self.pattern == "plain" else 0.5 if self.pattern in ("stripes", "checker") else 0.25
        r, g, b = (a + share * (c - a) for a, c in zip(self.rgb, self.rgb2, strict=True))
        return r, g, b

    def patterned(self, pattern: Pattern, shade: float, cell: tuple[float, float]) -> MaterialSpec:
        """A plain paint in this pattern, its second colour so much darker; what has a pattern keeps it."""
        if self.pattern != "plain":
            return self
        r, g, b = (shade * c for c in self.rgb)
        return self.model_copy(update={"pattern": pattern, "rgb2": (r, g, b), "cell": cell})


def _material(value: object) -> object:
    return {"rgb": value} if isinstance(value, str | list | tuple) else value


Paint = Annotated[MaterialSpec, BeforeValidator(_material)]
Palette = dict[Name, Paint]
"""Slot name -> material. A thing's parts name slots, so that a city can give them its own look."""


def _label(value: object) -> object:
    if value not in CLASSES:
        raise ValueError(f"not a class of the taxonomy; allowed: {', '.join(CLASSES)}")
    return value


Label = Annotated[str, BeforeValidator(_label)]


def _slot(value: object) -> object:
    if isinstance(value, str) and not re.fullmatch(r"#[0-9a-fA-F]{6}|[a-z][a-z0-9-]*", value):
        raise ValueError("paint is the name of a material, or '#rrggbb'")
    return value


Slot = Annotated[str, BeforeValidator(_slot)]


def _shape_key(value: object) -> object:
    """`{box: [1, 1, 2], ...}` says shape and size at once."""
    if isinstance(value, dict) and "shape" not in value:
        said: dict[str, Any] = dict(value)
        found = [key for key in said if key in SHAPES]
        if len(found) != 1:
            raise ValueError(f"a part names one shape and its size, e.g. 'box: [1, 1, 2]'; shapes: {', '.join(SHAPES)}")
        said["shape"] = found[0]
        said["size"] = said.pop(found[0])
        return said
    return value


class PartSpec(SpecModel):
    """One solid. In YAML `{box: [x, y, z], at: [x, y, z], paint: wood}`; sizes in metres."""

    shape: Shape
    size: Extent
    at: Triple = (0.0, 0.0, 0.0)
    """Where the middle of the base stands."""
    turn: Triple = (0.0, 0.0, 0.0)
    """Degrees about x, then y, then z."""
    paint: Slot
    mirror: Literal["", "x", "y", "xy"] = ""
    """Copies on the other side: of the yz plane (x), of the xz plane (y), or both (four in all)."""
    count: Count = 1
    step: Triple = (0.0, 0.0, 0.0)
    """Offset from one of `count` copies to the next."""
    around: Annotated[int, Field(ge=1, le=64)] = 1
    """This many copies evenly round the y axis (the rim of an upright wheel)."""


PartLike = Annotated[PartSpec, BeforeValidator(_shape_key)]


class MotionSpec(SpecModel):
    """See `records.Motion`; angles in degrees, so that they can be read."""

    kind: Literal["spin", "swing", "bob", "roll", "lift"]
    """roll: spin of a wheel of radius `radius_m`, as fast as the thing travels. lift: along `axis` by a `pace`."""
    axis: Triple = (0.0, 0.0, 1.0)
    speed_dps: float = 0.0
    amplitude: float = 0.0
    """Degrees for a swing, metres for a bob."""
    hz: Annotated[float, Field(ge=0.0, le=10.0)] = 0.0
    phase_deg: float = 0.0
    radius_m: Positive = 0.3
    walking: bool = False
    """Only while the thing travels (a leg's swing)."""
    pace: tuple[Triple, ...] = ()
    """Of a lift: knots of seconds, metres and metres a second, again and again from the first to the last; between
    two of them the way is a cubic, so that a constant acceleration (a fall, brakes) is exact."""

    @model_validator(mode="after")
    def _goes(self) -> Self:
        if (self.kind == "lift") != bool(self.pace):
            raise ValueError("a lift needs a pace, and no other motion has one")
        if self.pace:
            seconds, metres = [knot[0] for knot in self.pace], [knot[1] for knot in self.pace]
            if len(seconds) < 2 or any(a >= b for a, b in pairwise(seconds)):
                raise ValueError(f"a pace has knots at {seconds} s, should be two or more that rise")
            if metres[0] != metres[-1] or min(metres) < 0.0 or not max(metres):
                raise ValueError(f"a lift's pace has {metres} m: it ends where it begins, and is never below 0")
        return self


class RingSpec(SpecModel):
    """Copies set in a ring about an axis; the motions of copy k start k turns of `phase_step_deg` later."""

    count: Count
    radius_m: Positive
    axis: Literal["y", "z"] = "z"
    phase_step_deg: float = 0.0


class BeltSpec(SpecModel):
    """Copies that go round a closed line one behind the other: steps, bags on a carousel, a lift, cars on a course."""

    points: Annotated[tuple[Triple, ...], Field(min_length=2)]
    count: Count = 1
    speed_ms: Positive = 0.5
    turns: bool = False
    """They face along the line, which is a smooth curve through the points, with +x ahead."""
    start: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.0
    """Where the first copy begins, as a share of the round."""
    gap_m: Annotated[float, Field(ge=0.0)] = 0.0
    """From one copy to the one behind it; 0 spreads them evenly over the round."""


class NodeSpec(SpecModel):
    """A part of a thing that moves against it, rigid in itself, with nodes of its own."""

    parts: tuple[PartLike, ...] = ()
    at: Triple = (0.0, 0.0, 0.0)
    yaw: float = 0.0
    motions: tuple[MotionSpec, ...] = ()
    ring: RingSpec | None = None
    belt: BeltSpec | None = None
    mirror: Literal["", "x", "y", "xy"] = ""
    """Copies of the node on the other side; a swing's copy runs half a period later."""
    nodes: tuple[NodeSpec, ...] = ()


class TrackSpec(SpecModel):
    """A closed rail through `points` on posts, with a train of cars that a chain pulls up to the highest place and that
    runs from there by its own weight."""

    points: Annotated[tuple[Triple, ...], Field(min_length=6)]
    speed_ms: Positive = 2.5
    """Of the chain, and through the station."""
    brakes: tuple[Annotated[int, Field(ge=0)], Annotated[int, Field(ge=0)]] = (0, 1)
    """The points, counted from 0, between which the train is slowed down to `speed_ms`."""
    friction: Annotated[float, Field(ge=0.0, le=0.2)] = 0.02
    """Rolling resistance as a share of the weight."""
    cars: Annotated[int, Field(ge=0, le=12)] = 4
    car: tuple[PartLike, ...] = ()
    gauge_m: Positive = 1.2
    rail: Slot = "metal"
    post: Slot = "metal"

    @model_validator(mode="after")
    def _runs(self) -> Self:
        count = len(self.points)
        if max(self.brakes) >= count or self.brakes[0] == self.brakes[1]:
            raise ValueError(
                f"brakes {list(self.brakes)} should be two different points, counted from 0 to {count - 1}"
            )
        top = max(range(count), key=lambda k: self.points[k][2])
        left, k = self.points[top][2], top
        while k != self.brakes[0]:
            a, b = self.points[k], self.points[(k + 1) % count]
            left -= self.friction * math.dist(a, b)
            k = (k + 1) % count
            if k == self.brakes[1]:
                raise ValueError(f"brakes {list(self.brakes)} lie between the station and the highest point, {top}")
            if b[2] > left:
                raise ValueError(f"point {k} is {b[2]:g} m high, but the train comes up to {left:.2f} m only")
        return self


class GlowSpec(SpecModel):
    """Light that a thing sheds on its surroundings by night (and always indoors)."""

    at: Triple = (0.0, 0.0, 3.0)
    rgb: Colour = (1.0, 0.78, 0.5)
    intensity: Positive = 1.0
    radius_m: Positive = 4.0


class ThingSpec(SpecModel):
    """Something made of solids. Its front looks along +x; its base stands at z = 0."""

    label: Label
    parts: tuple[PartLike, ...] = ()
    nodes: tuple[NodeSpec, ...] = ()
    track: TrackSpec | None = None
    materials: Palette = Field(default_factory=dict[str, MaterialSpec])
    """Slots of its own, before those of its file, its city and the library."""
    speed_ms: Positive = 1.2
    """How fast it travels when it does."""
    seats: tuple[tuple[float, float, float, float], ...] = ()
    """Where people may sit: x, y, height of the seat, yaw in degrees."""
    staff: tuple[tuple[float, float, float], ...] = ()
    """Where those stand who tend it: x, y, yaw in degrees."""
    table_m: Annotated[float, Field(ge=0.0, le=3.0)] = 0.0
    """Height of a top on which small things may stand; 0 for none."""
    top: tuple[Positive, Positive] = (0.6, 0.4)
    """Size of that top, metres."""
    glow: GlowSpec | None = None
    soft: bool = False
    """People may stand in it or pass through (a carpet, a shallow pool's rim, a ground mark)."""

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not (self.parts or self.nodes or self.track):
            raise ValueError("a thing needs parts, nodes or a track")
        return self


CeilingForm = Literal["flat", "coffers", "beams", "vault", "trusses", "skylight"]
"""vault: a barrel with ribs; trusses: a pitched roof on them; skylight: the same, of glass."""

WindowForm = Literal["casement", "sash", "lattice", "paper", "louvres"]
"""casement: bars, and curtains at both sides; sash: two lights one over the other, and a blind; lattice: turned wood
before the upper part; paper: a fine grid of wood with paper below; louvres: slats below, open to the air."""

Things = dict[Name, ThingSpec]
