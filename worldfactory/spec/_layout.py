"""Places as data: streets, buildings, trees, traffic, dress; plots, rooms, people and what they do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from worldfactory.spec._base import Colour, Name, Positive, Share, Span, SpecModel
from worldfactory.spec._base import Range as Interval
from worldfactory.spec._style import CeilingForm, Slot

RoofKind = Literal["flat", "gable", "front-gable", "hip", "mansard", "stepped-gable", "dome", "pagoda"]
GroundKind = Literal["plain", "shopfront", "arcade", "stoop", "lattice"]


Panes = Annotated[int, Field(ge=1, le=6)]


def _span(low: float, high: float) -> Interval:
    return Interval(low=low, high=high)


class FeatureSpec(SpecModel):
    """A thing fixed to a building. Its front (+x) looks out of the facade."""

    # YAML 1.1, which many tools speak, reads the word `on` as true.
    MEANT: ClassVar[Mapping[str, str]] = {"on": "where", "true": "where"}

    thing: Name
    where: Literal["window", "column", "edge", "roof", "wall", "door"]
    """window: below each window; column: one bay, every floor; edge: roof edge over the middle; roof: anywhere on a
    flat top; wall: the facade above the ground floor; door: beside the entrance."""
    chance: Share = 1.0
    count: Annotated[int, Field(ge=1, le=8)] = 1


class WindowSpec(SpecModel):
    """One bay of the facade."""

    width: Positive = 1.1
    height: Positive = 1.7
    sill: Annotated[float, Field(ge=0.0, le=3.0)] = 0.8
    """Height of the sill above the floor."""
    bay: Positive = 2.4
    """Distance from one window to the next."""
    frame: Slot = "trim"
    glass: Slot = "window-glass"
    arched: bool = False
    shutters: Slot | None = None
    panes: tuple[Panes, Panes] = (2, 2)
    """Across, and one over the other: 1, 2 a sash that slides up; 2, 1 panes that slide; 2, 3 a French window."""
    surround: Literal["none", "plain", "lintel", "moulded", "hood"] = "plain"
    """none: a hole over a sill; plain: a frame; lintel: a block of stone over it; moulded: a frame under a cornice;
    hood: one under a gable."""
    grille: Slot | None = None
    """Bars before it, in this paint."""


class GroundSpec(SpecModel):
    """The ground floor."""

    kind: GroundKind = "shopfront"
    height: Positive = 3.8
    paint: tuple[Slot, ...] = ("shop",)
    awning: tuple[Slot, ...] = ()
    """Colours of awnings; none if empty."""
    sign: tuple[Slot, ...] = ("sign",)
    door: Slot = "door"


class RoofSpec(SpecModel):
    """The top of a building."""

    kind: RoofKind = "flat"
    height: Positive = 2.5
    paint: Slot = "roof"
    overhang: Annotated[float, Field(ge=0.0, le=2.0)] = 0.0
    dormers: bool = False
    chimneys: Annotated[int, Field(ge=0, le=6)] = 0


class BuildingStyle(SpecModel):
    """A facade grammar: measures are drawn from the spans, the same for every building of one seed."""

    name: Name
    weight: Positive = 1.0
    width: Span = _span(9.0, 15.0)
    depth: Span = _span(10.0, 13.0)
    floors: Span = _span(3, 5)
    floor_m: Positive = 3.1
    walls: Annotated[tuple[Slot, ...], Field(min_length=1)] = ("wall",)
    window: WindowSpec = WindowSpec()
    curtain_wall: Slot | None = None
    """A facade all of glass in this material, instead of single windows."""
    ground: GroundSpec = GroundSpec()
    balconies: Literal["none", "continuous", "single", "long"] = "none"
    balcony_floors: Literal["all", "some"] = "all"
    railing: Slot = "railing"
    rounded: bool = False
    """A round corner bay at one end."""
    cornice: Annotated[float, Field(ge=0.0, le=1.5)] = 0.35
    bands: bool = False
    """A string course at every floor."""
    order: Literal["none", "quoins", "pilasters", "piers", "timbers"] = "none"
    """What goes up the front: quoins: dressed stones at its ends; pilasters: flat columns with capitals between the
    bays; piers: plain ones that run past the floors; timbers: posts and rails of wood in the paint `dark-wood`."""
    setback_floors: Annotated[int, Field(ge=0, le=60)] = 0
    """The block steps back above this many floors; 0 for never."""
    roof: RoofSpec = RoofSpec()
    features: tuple[FeatureSpec, ...] = ()


class TreeSpec(SpecModel):
    """One kind of tree."""

    form: Literal["broadleaf", "palm", "conifer", "cypress", "umbrella", "weeping", "pollard"]
    weight: Positive = 1.0
    height: Span = _span(6, 9)
    crown: Span = _span(3.5, 5)
    leaves: Annotated[tuple[Colour, ...], Field(min_length=1)]
    trunk: Colour = (0.1, 0.07, 0.05)
    blossom: tuple[Annotated[int, Field(ge=1, le=365)], Annotated[int, Field(ge=1, le=365)]] | None = None
    """Days of the year on which the crown stands in `blossom_rgb`."""
    blossom_rgb: Colour = (0.85, 0.5, 0.6)
    bare: tuple[Annotated[int, Field(ge=1, le=365)], Annotated[int, Field(ge=1, le=365)]] | None = None
    """Days on which it has no leaves; last < first wraps over new year."""


class TrafficSpec(SpecModel):
    """One kind of vehicle."""

    thing: Name
    weight: Positive = 1.0
    paints: dict[Name, tuple[Slot, ...]] = Field(default_factory=dict[str, tuple[str, ...]])
    """Slot -> the paints that it may have."""
    keeps: Literal["lane", "kerb", "rail", "parked"] = "lane"


class FurnitureSpec(SpecModel):
    """A thing in a row along a street or a corridor."""

    thing: Name
    every_m: Positive = 18.0
    row: Literal["kerb", "wall", "middle"] = "kerb"
    """middle: on the median of a street; of a corridor, kerb and wall are its two sides."""
    chance: Share = 1.0


class StreetSpec(SpecModel):
    """The cross-section of the city's streets and how they meet."""

    pattern: Literal["grid", "radial", "organic", "superblock", "hillside", "canal", "promenade"] = "grid"
    """grid: streets cross at right angles; radial: avenues cross aslant and meet in a round place with a monument;
    organic: the street bends, lanes meet it from one side, no two fronts in line; superblock: slabs behind lawns;
    hillside: the street climbs, stairs lead up one side, houses rise behind; canal: water in the middle; promenade:
    buildings on one side and open water on the other."""
    bend_deg: Annotated[float, Field(ge=0.0, le=60.0)] = 30.0
    """organic: how far the street turns at each end of its straight part."""
    rise: Annotated[float, Field(ge=0.0, le=0.25)] = 0.13
    """hillside: metres up for each metre along."""
    setback_m: Annotated[float, Field(ge=0.0, le=30.0)] = 10.0
    """superblock: lawn between the pavement and the houses."""
    median_m: Annotated[float, Field(ge=0.0, le=12.0)] = 0.0
    """A planted strip in the middle of the roadway; not for canals."""
    bus_lane: bool = False
    """The outer lanes are painted for buses; from four lanes."""
    monument: Name = "fountain"
    """radial: a thing on the island of the round place."""
    lanes: Annotated[int, Field(ge=0, le=6)] = 2
    """0: no roadway, all of it paved for walking."""
    lane_m: Positive = 3.2
    flow: Annotated[float, Field(ge=0.2, le=4.0)] = 1.0
    """How dense the traffic is."""
    parking: bool = True
    sidewalk_m: Annotated[float, Field(ge=2.2, le=12)] = 3.6
    block_m: Annotated[float, Field(ge=25, le=200)] = 62.0
    crossing: bool = True
    crossing_style: Literal["zebra", "ladder", "lines", "studs"] = "zebra"
    """ladder: bars between two lines; studs: two rows of dots."""
    kerb_lines: Annotated[int, Field(ge=0, le=2)] = 0
    """Lines along the kerbs, in the paint `kerb-line`."""
    box_junction: bool = False
    """Hatched where streets cross, in the paint `kerb-line`."""
    guide: bool = False
    """A strip of raised blocks along the pavement, for those who feel their way."""
    water_m: Positive = 14.0
    """Width of the canal."""
    tree_every_m: Annotated[float, Field(ge=0.0, le=80)] = 11.0
    """0 for a street without trees."""
    furniture: tuple[FurnitureSpec, ...] = ()
    wires: bool = False
    """Cables on poles, and from them to the houses."""
    cables: Annotated[int, Field(ge=1, le=24)] = 5
    """How many with `wires`; from eight on poles stand on both sides."""
    rails: bool = False
    """Tram rails in the inner lanes, and the wires over them."""
    gap_share: Share = 0.0
    """Share of plots left open between buildings."""

    @model_validator(mode="after")
    def _middle_exists(self) -> StreetSpec:
        lost = [row.thing for row in self.furniture if row.row == "middle"]
        if lost and (not self.median_m or not self.lanes or self.pattern == "canal"):
            raise ValueError(
                f"furniture {lost[0]} stands in the middle, where this street has no median; give it median_m (not a "
                f"canal's, nor one without lanes), or the row kerb or wall"
            )
        return self


class LandmarkSpec(SpecModel):
    """A silhouette over the roofs."""

    thing: Name
    distance_m: Annotated[float, Field(ge=30, le=900)] = 260.0
    bearing_deg: Annotated[float, Field(ge=-180, le=180)] = 6.0
    """From the street's axis, left positive."""
    yaw_deg: float = 180.0
    scale: Positive = 1.0
    lift_m: float = 0.0


class HillSpec(SpecModel):
    """A hill on the horizon."""

    distance_m: Annotated[float, Field(ge=120, le=1200)] = 450.0
    bearing_deg: Annotated[float, Field(ge=-180, le=180)] = 0.0
    width_m: Positive = 300.0
    height_m: Positive = 70.0
    paint: Slot = "hill"
    houses: Annotated[int, Field(ge=0, le=120)] = 0
    """Small painted houses on its near slope."""


class DressSpec(SpecModel):
    """What people look like and wear."""

    skin: tuple[Colour, ...] = ((0.55, 0.33, 0.22), (0.36, 0.2, 0.12), (0.7, 0.48, 0.36))
    hair: tuple[Colour, ...] = ((0.02, 0.015, 0.01), (0.08, 0.04, 0.02), (0.25, 0.15, 0.06), (0.3, 0.3, 0.3))
    tops: tuple[Colour, ...] = ((0.5, 0.08, 0.06), (0.06, 0.12, 0.3), (0.7, 0.7, 0.66), (0.08, 0.08, 0.09))
    bottoms: tuple[Colour, ...] = ((0.03, 0.05, 0.12), (0.05, 0.05, 0.05), (0.3, 0.24, 0.16))
    long: Share = 0.15
    """Share of people in long robes, coats or dresses."""
    robe: Literal["plain", "sash", "drape"] = "plain"
    """How those are worn: with a broad sash, or with a length of cloth from one shoulder to the other hip."""
    patterned: Share = 0.18
    """Share of people whose upper clothes are striped, chequered or printed."""
    hats: Share = 0.1
    hat: Literal["cap", "brim", "cone", "bowler"] | None = None
    """The hat of the place, which most of those with a hat wear."""
    headscarves: Share = 0.0
    umbrellas: tuple[Colour, ...] = ((0.03, 0.03, 0.04), (0.3, 0.04, 0.05), (0.05, 0.1, 0.3))


class RoleSpec(SpecModel):
    """A kind of person at a venue and what such people usually do there."""

    name: Name
    count: Span = _span(4, 8)
    does: Literal["walk", "stand", "sit", "look", "queue", "talk", "tend"] = "walk"
    """tend: stand where a thing has a place for its staff."""
    tops: tuple[Colour, ...] = ()
    """Work clothes; the city's dress if empty."""
    bottoms: tuple[Colour, ...] = ()
    coat: bool = False
    hat: Slot | None = None
    height: Span = _span(1.55, 1.85)
    holds: Name | None = None
    pushes: tuple[Name, ...] = ()
    """Things of which each of those who walk pushes one: a pram, a wheelchair."""
    zones: tuple[Name, ...] = ()
    """Where; anywhere if empty."""
    tends: tuple[Name, ...] = ()
    """For those who tend: the things that they do; any if empty."""
    company: Share = 0.0
    """Share of walkers beside whom another of their role goes."""
    modest: bool = False
    """Dressed as for a place of worship: no cap, bag or shorts; women's hair is covered where that is the custom."""
    uniform: bool = False
    """Wears what pupils wear where the city lies."""
    queues: bool = False
    """Stands in the queues of the venue; the first such role is the commonest there."""


class ActSpec(SpecModel):
    """One thing that a happening adds to the scene, in view of the camera."""

    does: Literal["walk", "stand", "sit", "queue", "gather", "ride", "pass", "park", "place", "roam", "run"]
    """walk, stand, sit, queue: a person of role `who`; gather: several around `thing`; ride: on top of a passing
    `thing`; pass: a vehicle in its lane; park, place: `thing` stands there; roam: `thing` (an animal) wanders; run: a
    ride of the venue named `thing` is in view and turns."""
    who: Name | None = None
    thing: Name | None = None
    count: Annotated[int, Field(ge=1, le=24)] = 1
    holds: Name | None = None
    pushes: Name | None = None
    """A thing before the walker."""
    leads: Name | None = None
    """A thing that follows beside the walker."""
    gesture: Literal["none", "wave", "point", "sweep", "write", "hold"] = "none"
    near: Name | None = None
    """A thing that is already there and beside which it goes on."""
    zone: Name | None = None
    paints: dict[Name, tuple[Slot, ...]] = Field(default_factory=dict[str, tuple[str, ...]])


class SetSpec(SpecModel):
    """Things set into a plot or a room by one rule."""

    thing: Name
    count: Span = _span(1, 1)
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
        whole = {"corridor": (self.rooms, "corridor"), "park": (self.plots, "park")}.get(self.kind)
        for part in whole[0] if whole else ():
            if part.size[0] > self.length_m:
                raise ValueError(
                    f"{part.name} is {part.size[0]:g} m along a {whole[1] if whole else ''} of {self.length_m:g} m; "
                    "make it smaller, or length_m greater"
                )
        return self
