"""How venues are laid out: plots, rooms, halls, markets, and what stands in them."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from worldfactory.spec._base import Name, Positive, Share, Span, SpecModel, span
from worldfactory.spec._street import FurnitureSpec
from worldfactory.spec._style import CeilingForm, Slot


class SetSpec(SpecModel):
    """Things set into a plot or a room by one rule."""

    thing: Name
    count: Span = span(1, 1)
    where: Literal[
        "middle", "wall", "corner", "row", "rows", "scatter", "edge", "door", "grid", "ends", "ceiling", "spot",
    ] = "scatter"  # fmt: skip
    """rows: one behind the other across the whole floor, `count` of them, with the ways left free; spot: at `at`."""
    at: tuple[Annotated[float, Field(ge=-1.0, le=1.0)], Annotated[float, Field(ge=-1.0, le=1.0)], float] = (0, 0, 0)
    """For spot: from the middle in halves of the length and of the width, and the way that it faces, degrees; for
    rows only the last counts. In the plot of a park the second goes away from the path, which is at -90 degrees."""
    chance: Share = 1.0
    gap_m: Annotated[float, Field(ge=0.0, le=20.0)] = 0.6
    lift_m: Annotated[float, Field(ge=0.0, le=6.0)] = 0.0
    """Height above the floor (pictures on a wall)."""
    paints: dict[Name, tuple[Slot, ...]] = Field(default_factory=dict[str, tuple[str, ...]])


class PlotSpec(SpecModel):
    """A piece of a park beside its paths: an enclosure, a ride, a lawn, a kiosk."""

    name: Name
    weight: Positive = 1.0
    size: tuple[Positive, Positive] = (16.0, 14.0)
    """Along the path, and away from it."""
    ground: Slot = "lawn"
    fence: Name | None = None
    """A thing of one metre's width, repeated round the plot."""
    gate: bool = False
    """The fence leaves a gap toward the path."""
    entered: bool = False
    """Visitors go in: a paved way leads to it from the path, and through its middle people walk."""
    typical: bool = False
    """One sees by it what venue this is: where the prompt asks for no other place, the camera has one in view."""
    water: tuple[Positive, Positive] | None = None
    """A pool of this size in the plot."""
    sets: tuple[SetSpec, ...] = ()
    animals: tuple[SetSpec, ...] = ()
    queue: Annotated[int, Field(ge=0, le=40)] = 0
    """People waiting at the gate."""
    lanes: Annotated[int, Field(ge=1, le=5)] = 2
    """Of the zigzag between rails in which they wait."""
    rail: Name = "queue-rail"
    """A thing of one metre's width, repeated along those lanes."""


class HungSpec(SpecModel):
    """A thing that hangs on free walls, or under the ceiling."""

    thing: Name
    weight: Positive = 1.0
    """How often it is drawn against the others."""
    lift_m: Annotated[float, Field(ge=0.0, le=8.0)] = 1.2
    """Height above the floor of what hangs on walls."""
    zones: tuple[Name, ...] = ()
    """Rooms and bays, or `corridor`; anywhere if empty."""
    paints: dict[Name, tuple[Slot, ...]] = Field(default_factory=dict[str, tuple[str, ...]])


class RoomSpec(SpecModel):
    """A room or hall of an indoor venue."""

    name: Name
    weight: Positive = 1.0
    size: tuple[Positive, Positive] = (6.0, 6.0)
    """Along the corridor or the row of halls, and across."""
    wall: Slot = "indoor-wall"
    floor: Slot = "indoor-floor"
    door: Positive = 1.5
    open_front: bool = False
    """No wall toward the corridor: a waiting area or a reception."""
    glazed: Share = 0.0
    """How often the wall toward the corridor has windows on both sides of the door."""
    typical: bool = False
    """One sees by it what venue this is: where the prompt asks for no other place, the camera has one in view."""
    outside: tuple[SetSpec, ...] = ()
    """What stands before the room, on a strip of 12 m that is seen through an outer wall of glass."""
    sets: tuple[SetSpec, ...] = ()


_BLOOMS = ("flowers", "flowers-yellow", "flowers-violet", "flowers-white", "flowers-pink", "flowers-orange")


class LawnSpec(SpecModel):
    """A thing that grows or stands on the free lawns of a park, in rows beside and between its plots."""

    thing: Name
    weight: Positive = 1.0
    """How often it is drawn against the others."""
    paints: dict[Name, tuple[Slot, ...]] = Field(default_factory=dict[str, tuple[str, ...]])


def _garden() -> tuple[LawnSpec, ...]:
    """What stands on lawns of which a venue says nothing."""
    blooms: dict[str, tuple[str, ...]] = {"bloom": _BLOOMS, "bloom-2": _BLOOMS}
    drawn = {
        "flower-bed": 3.0, "flower-border": 3.0, "flower-round": 1.5, "low-hedge": 2.0, "tall-hedge": 0.7,
        "hedge-ball": 1.5, "topiary-cone": 0.7, "shrub-group": 2.5, "flowering-shrub": 2.0, "tall-grass": 1.0,
        "garden-urn": 0.6, "rock-garden": 0.8,
    }  # fmt: skip
    return tuple(LawnSpec(thing=thing, weight=weight, paints=blooms) for thing, weight in drawn.items())


class TrainTrackSpec(SpecModel):
    """A railway track along a bay, in a bed below the platforms."""

    at_m: float
    """Metres from the hall's middle, left positive."""
    train: Name | None = None
    """What may stand on it."""
    chance: Share = 0.6
    """How often it does."""


class BaySpec(SpecModel):
    """A piece of a hall's length."""

    name: Name
    length_m: Annotated[float, Field(ge=6.0, le=80.0)] = 14.0
    floor: Slot = "indoor-floor"
    parted: Literal["open", "wall", "glass"] = "open"
    """What is between it and the bay before it: nothing, a wall or a glass screen with wide doorways at its ways."""
    ways: tuple[Annotated[float, Field(ge=-0.95, le=0.95)], ...] = (0.0,)
    """Where people walk along it: from the middle, in halves of the hall's width."""
    way_m: Annotated[float, Field(ge=1.0, le=6.0)] = 2.0
    """Width of each way, which stays free."""
    typical: bool = False
    """As of rooms."""
    raised_m: Annotated[float, Field(ge=0.0, le=1.5)] = 0.0
    """Height of its floor over the hall's: a stage."""
    tracks: tuple[TrainTrackSpec, ...] = ()
    """Tracks through it. They run out at an end of the hall, or else stop at a buffer."""
    sets: tuple[SetSpec, ...] = ()


HallSide = Literal["rooms", "wall", "plain", "glass"]


class HallSpec(SpecModel):
    """A large hall of bays one after the other; the layout's rooms open from its sides."""

    width_m: Annotated[float, Field(ge=8.0, le=40.0)] = 16.0
    height_m: Annotated[float, Field(ge=3.0, le=20.0)] = 8.0
    ceiling: CeilingForm | Literal["local"] = "local"
    """local: as halls of the city have it."""
    wall: Slot = "indoor-wall"
    sides: tuple[HallSide, HallSide] = ("rooms", "rooms")
    """Right and left of who goes along: rooms, a wall with tall windows, one without, or glass from the floor up."""
    room_m: Annotated[float, Field(ge=2.6, le=6.0)] = 3.4
    """Height of those rooms."""
    gallery: bool = False
    """An upper floor with a balustrade over the rooms."""
    bays: Annotated[tuple[BaySpec, ...], Field(min_length=1)]
    column: Name = "hall-column"
    """A thing of one metre's height, which is stretched to the hall's."""
    column_every_m: Annotated[float, Field(ge=0.0, le=40.0)] = 0.0
    """0 for a hall without columns."""
    column_in_m: Annotated[float, Field(ge=0.3, le=12.0)] = 0.6
    """From the walls to their middle."""
    buffer: Name = "buffer-stop"
    """The thing at which tracks end inside."""
    outside: tuple[SetSpec, ...] = ()
    """What stands before the glass or the windows, on a strip of 60 m."""


class MarketSpec(SpecModel):
    """Stalls in rows along a street of the city that is closed to traffic: two rows at the fronts, two back to back."""

    stalls: Annotated[tuple[LawnSpec, ...], Field(min_length=1)]
    """What is sold from; drawn by weight."""
    awning: Name = "market-awning"
    """Over each of them, with paints of its own."""
    awning_paints: dict[Name, tuple[Slot, ...]] = Field(default_factory=dict[str, tuple[str, ...]])
    lane_m: Annotated[float, Field(ge=2.0, le=6.0)] = 3.0
    """Width of the lanes between the rows."""
    pitch_m: Annotated[float, Field(ge=2.0, le=8.0)] = 3.0
    """From one stall to the next."""
    reach_m: Annotated[float, Field(ge=20.0, le=110.0)] = 72.0
    """How far the rows go to both sides of the middle."""


class LayoutSpec(SpecModel):
    """How a venue is laid out. `street` takes its measures from the city."""

    kind: Literal["street", "park", "corridor", "galleries", "hall"]
    path_m: Positive = 5.0
    length_m: Annotated[float, Field(ge=24, le=160)] = 96.0
    corridor_m: Annotated[float, Field(ge=1.8, le=12.0)] = 3.4
    ceiling_m: Annotated[float, Field(ge=2.3, le=20.0)] = 3.0
    rows: Annotated[int, Field(ge=1, le=3)] = 2
    """Rows of galleries side by side."""
    plots: tuple[PlotSpec, ...] = ()
    rooms: tuple[RoomSpec, ...] = ()
    market: MarketSpec | None = None
    hall: HallSpec | None = None
    middle: tuple[SetSpec, ...] = ()
    """Things on the plaza in the middle of a park."""
    along: tuple[FurnitureSpec, ...] = ()
    """Things along the paths or the corridor."""
    lawn: Annotated[tuple[LawnSpec, ...], Field(min_length=1)] = Field(default_factory=_garden)
    """Things on the free lawns of a park; a garden's if not given."""
    hung: tuple[HungSpec, ...] = ()
    """What hangs on free walls indoors: every one of them is asked for something each few metres."""
    hung_every_m: Annotated[float, Field(ge=0.8, le=20.0)] = 2.4
    overhead: tuple[FurnitureSpec, ...] = ()
    """What hangs under ceilings indoors, besides the lamps and between them."""
    windows: bool = True
    """Galleries have windows in their outer walls."""
    ceiling_lamp: Name = "ceiling-panel"
    lamp_every_m: Positive = 3.0
    gate: Name | None = None
    """A thing over the entrance of a park; a city may have its own of that name."""
    hedge_m: Annotated[float, Field(ge=0.0, le=3.0)] = 0.0
    handrail: bool = False
    door_leaf: Slot = "door"
    skirting: Slot = "skirting"
    guide_stripe: bool = False

    @model_validator(mode="after")
    def _all_find_room(self) -> Self:
        """What is longer than the place that it is part of would never stand there."""
        for part in {"corridor": self.rooms, "park": self.plots}.get(self.kind, ()):
            if part.size[0] > self.length_m:
                raise ValueError(
                    f"{part.name} is {part.size[0]:g} m along a {self.kind} of {self.length_m:g} m; "
                    "make it smaller, or length_m greater"
                )
        return self
