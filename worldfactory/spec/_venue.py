"""specs/venues/*.yaml: one kind of place: its zones, its people and their conduct, what may happen there."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from worldfactory.records import CameraKind
from worldfactory.spec._base import Name, SpecModel
from worldfactory.spec._conduct import ActSpec, RoleSpec
from worldfactory.spec._layout import LayoutSpec
from worldfactory.spec._library import slots_of, unknown_paints, unknown_things
from worldfactory.spec._style import MaterialSpec, Palette, Things, ThingSpec, WordKind


class Happening(SpecModel):
    """Something that goes on during the clip; the scene makes it true."""

    name: Name
    text: Annotated[str, Field(min_length=8)]
    """A clause for the prompt, e.g. `a nurse pushes an empty bed along the corridor`."""
    acts: tuple[ActSpec, ...] = ()
    """What the scene adds so that the clause is true."""


class VenueSpec(SpecModel):
    """One venue. The file says only what differs from these defaults."""

    title: Annotated[str, Field(min_length=1, max_length=60)]
    setting: Literal["outdoor", "indoor"] = "outdoor"
    phrase: str
    """How a prompt opens, e.g. `a busy shopping street`."""
    cameras: Annotated[tuple[CameraKind, ...], Field(min_length=1)] = ("walk", "dolly", "orbit", "fixed")
    happenings: Annotated[tuple[Happening, ...], Field(min_length=3)]
    conduct: Annotated[tuple[str, ...], Field(min_length=2)]
    """Clauses on how people behave here, e.g. `visitors speak in low voices and keep behind the rope`."""
    details: Annotated[tuple[str, ...], Field(min_length=3)]
    """Noun phrases of the place's own fittings."""
    layout: LayoutSpec = LayoutSpec(kind="street")
    palette: Palette = Field(default_factory=dict[str, MaterialSpec])
    """Materials of the venue; a city's of the same name go first."""
    boards: WordKind = "shop"
    """What boards say here that are made for shops."""
    ways: WordKind = "way"
    """What the signs of ways say here, beside the ways that every place has."""
    things: Things = Field(default_factory=dict[str, ThingSpec])
    marks: tuple[Name, ...] = ()
    """Things of the library by which it is known, besides those of its own; cameras keep some of both in view."""
    people: tuple[RoleSpec, ...] = (RoleSpec(name="visitor"),)

    @model_validator(mode="after")
    def _names_known(self) -> Self:
        layout = self.layout
        bays = layout.hall.bays if layout.hall else ()
        sets = [
            *layout.middle,
            *(one for plot in layout.plots for one in (*plot.sets, *plot.animals)),
            *(one for room in layout.rooms for one in room.sets),
            *(one for bay in bays for one in bay.sets),
            *(layout.hall.outside if layout.hall else ()),
        ]
        acts = [act for happening in self.happenings for act in happening.acts]
        names: list[str | None] = [
            *(one.thing for one in sets),
            *(one.thing for one in layout.along),
            *(one.thing for one in layout.lawn),
            *(one.thing for one in (*layout.hung, *layout.overhead)),
            *(plot.fence for plot in layout.plots),
            *(name for act in acts for name in (act.thing, act.holds, act.pushes, act.leads, act.near)),
            *(role.holds for role in self.people),
            *(thing for role in self.people for thing in (*role.tends, *role.pushes)),
            *(one.thing for one in (layout.market.stalls if layout.market else ())),
            layout.market.awning if layout.market else None,
            layout.ceiling_lamp,
            *self.marks,
            layout.gate,
            layout.hall.column if layout.hall else None,
            layout.hall.buffer if layout.hall else None,
            *(track.train for bay in bays for track in bay.tracks),
        ]
        if message := unknown_things([name for name in names if name], self.things):
            raise ValueError(message)
        roles = {role.name for role in self.people}
        wrong = sorted({act.who for act in acts if act.who and act.who not in roles})
        if wrong:
            allowed = ", ".join(sorted(roles))
            raise ValueError(f"happenings name roles that people lack: {', '.join(wrong)}; allowed: {allowed}")
        zones = {zone.name for zone in (*layout.plots, *layout.rooms, *bays)}
        lost = sorted({act.zone for act in acts if act.zone and act.zone not in zones})
        if lost:
            raise ValueError(
                f"happenings name zones that the layout lacks: {', '.join(lost)}; allowed: {', '.join(sorted(zones))}"
            )
        nowhere = sorted({zone for one in layout.hung for zone in one.zones} - zones - {"corridor"})
        if nowhere:
            raise ValueError(
                f"what hangs names zones that the layout lacks: {', '.join(nowhere)}; allowed: "
                f"{', '.join(sorted(zones | {'corridor'}))}"
            )
        told = [happening.name for happening in self.happenings]
        twice = {name for name in told if told.count(name) > 1}
        if twice:
            raise ValueError(f"happenings named twice: {', '.join(sorted(twice))}")
        return self

    @model_validator(mode="after")
    def _paints_known(self) -> Self:
        layout = self.layout
        slots: set[str] = {layout.door_leaf, layout.skirting}.union(
            *(slots_of(thing) for thing in self.things.values())
        )
        slots |= {plot.ground for plot in layout.plots} | {
            slot for room in layout.rooms for slot in (room.wall, room.floor)
        }
        if layout.hall:
            slots |= {layout.hall.wall} | {bay.floor for bay in layout.hall.bays}
        if message := unknown_paints(slots, self.palette):
            raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _layout_fits(self) -> Self:
        indoors = self.layout.kind in ("corridor", "galleries", "hall")
        if indoors != (self.setting == "indoor"):
            raise ValueError(f"an {self.setting} venue can not have layout.kind {self.layout.kind!r}")
        hall = self.layout.hall
        if (hall is not None) != (self.layout.kind == "hall"):
            raise ValueError("layout.hall says how a layout of kind 'hall' is, and that kind needs it")
        if indoors and not self.layout.rooms and (hall is None or "rooms" in hall.sides):
            raise ValueError("an indoor layout needs rooms")
        if self.layout.market is not None and self.layout.kind != "street":
            raise ValueError("layout.market needs a layout of kind 'street'")
        if self.layout.kind == "park" and not self.layout.plots:
            raise ValueError("a park needs plots")
        return self
