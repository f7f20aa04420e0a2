"""specs/decor/*.yaml: a kit of things that belong together, and where they may stand."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from worldfactory.spec._base import Name, Positive, SpecModel
from worldfactory.spec._library import unknown_paints
from worldfactory.spec._style import GlowSpec, Label, MaterialSpec, Palette, PartLike

Anchor = Literal["wall", "ceiling", "floor", "table", "pole", "tree", "facade"]
ANCHORS: dict[str, frozenset[str]] = {
    "indoor": frozenset({"wall", "ceiling", "floor", "table", "facade"}),
    "outdoor": frozenset({"wall", "floor", "table", "pole", "tree", "facade"}),
}
"""What there is to fix things to, by the setting of a venue."""


class DecorItem(SpecModel):
    """One thing of a kit."""

    name: Name
    label: Label = "decoration"
    """A class of the taxonomy."""
    phrase: str
    """Noun phrase for a prompt, e.g. `red paper lanterns`."""
    anchor: Anchor = "floor"
    weight: Positive = 1.0
    parts: Annotated[tuple[PartLike, ...], Field(min_length=1)]
    """Solids; front along +x. What hangs (ceiling, tree, facade) has its top at z = 0 and goes down."""
    lift_m: Annotated[float, Field(ge=0.0, le=8.0)] | None = None
    """Height of z = 0 above the floor on a wall or a pole; a fitting height if not given."""
    strung: Annotated[int, Field(ge=0, le=60)] = 0
    """On a facade: this many copies on a line from one side to the other."""
    sag_m: Annotated[float, Field(ge=0.0, le=3.0)] = 0.8
    glow: GlowSpec | None = None
    soft: bool = False
    """Flat on the ground: people may walk over it."""
    staff: tuple[tuple[float, float, float], ...] = ()
    """On the floor: where those stand who tend it: x, y, yaw in degrees."""
    seats: tuple[tuple[float, float, float, float], ...] = ()
    """On the floor: where people may sit: x, y, height of the seat, yaw in degrees."""


class DecorSpec(SpecModel):
    """One kit. Empty `cities` or `venues` means that it suits all."""

    title: Annotated[str, Field(min_length=1, max_length=60)]
    cities: tuple[Name, ...] = ()
    venues: tuple[Name, ...] = ()
    season: tuple[Annotated[int, Field(ge=1, le=365)], Annotated[int, Field(ge=1, le=365)]] = (1, 365)
    """First and last day of the year on which it hangs; last < first wraps over new year."""
    density: Positive = 1.0
    """How many of it, relative to what the place would hold."""
    palette: Palette = Field(default_factory=dict[str, MaterialSpec])
    """Materials of the kit, before those of the city."""
    items: Annotated[tuple[DecorItem, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _paints_known(self) -> Self:
        if message := unknown_paints((part.paint for item in self.items for part in item.parts), self.palette):
            raise ValueError(message)
        return self

    def in_season(self, day: int) -> bool:
        """Whether the kit is up on this day of the year."""
        first, last = self.season
        return first <= day <= last if first <= last else day >= first or day <= last
