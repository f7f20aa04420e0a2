"""Who is in a venue, how they are dressed and behave, and what they do in a happening."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from worldfactory.spec._base import Colour, Name, Share, Span, SpecModel, span
from worldfactory.spec._style import Slot


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
    count: Span = span(4, 8)
    does: Literal["walk", "stand", "sit", "look", "queue", "talk", "tend"] = "walk"
    """tend: stand where a thing has a place for its staff."""
    tops: tuple[Colour, ...] = ()
    """Work clothes; the city's dress if empty."""
    bottoms: tuple[Colour, ...] = ()
    coat: bool = False
    hat: Slot | None = None
    height: Span = span(1.55, 1.85)
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
