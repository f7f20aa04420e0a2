"""Streets of a city: their section and pattern, houses, trees, furniture, traffic, landmarks, hills."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from worldfactory.spec._base import Colour, Name, Positive, Share, Span, SpecModel, span
from worldfactory.spec._style import Slot

RoofKind = Literal["flat", "gable", "front-gable", "hip", "mansard", "stepped-gable", "dome", "pagoda"]
GroundKind = Literal["plain", "shopfront", "arcade", "stoop", "lattice"]
Panes = Annotated[int, Field(ge=1, le=6)]


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
    width: Span = span(9.0, 15.0)
    depth: Span = span(10.0, 13.0)
    floors: Span = span(3, 5)
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
    height: Span = span(6, 9)
    crown: Span = span(3.5, 5)
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
