"""specs/cities/*.yaml: one city: facts, words and looks."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from worldfactory.records import Weather
from worldfactory.spec._base import Name, Positive, SpecModel
from worldfactory.spec._conduct import DressSpec
from worldfactory.spec._library import InteriorSpec, library, slots_of, unknown_paints, unknown_things
from worldfactory.spec._street import BuildingStyle, HillSpec, LandmarkSpec, StreetSpec, TrafficSpec, TreeSpec
from worldfactory.spec._style import MaterialSpec, Palette, Things, ThingSpec

Continent = Literal["africa", "asia", "europe", "north america", "south america", "oceania", "antarctica"]
Script = Literal[
    "latin", "cyrillic", "greek", "arabic", "hebrew", "devanagari", "bengali", "ethiopic", "thai", "hangul", "kana",
    "hanzi",
]  # fmt: skip

_INTERIORS: dict[Script, str] = {
    "arabic": "islamic", "cyrillic": "orthodox", "greek": "orthodox", "ethiopic": "orthodox",
    "devanagari": "south-asian",
    "bengali": "south-asian", "thai": "southeast-asian", "hangul": "east-asian", "kana": "japanese",
    "hanzi": "east-asian",
}  # fmt: skip


class CitySpec(SpecModel):
    """One city. The file says only what differs from these defaults."""

    title: Annotated[str, Field(min_length=1, max_length=60)]
    country: str
    continent: Continent
    latitude: Annotated[float, Field(ge=-90, le=90)]
    longitude: Annotated[float, Field(ge=-180, le=180)]
    driving_side: Literal["left", "right"] = "right"
    script: Script = "latin"
    languages: Annotated[tuple[Name, ...], Field(min_length=1)] = ("english",)
    """Of signs, the first more than the others: of library/words.yaml."""
    weather: dict[Weather, Positive] = Field(default_factory=lambda: {"clear": 5.0, "overcast": 3.0, "rain": 1.0})
    """Relative frequency."""
    traits: Annotated[tuple[str, ...], Field(min_length=3)]
    """Noun phrases that a prompt may say of the place, e.g. `grey zinc mansard roofs`."""
    palette: Palette = Field(default_factory=dict[str, MaterialSpec])
    """The city's own look of the library's materials."""
    things: Things = Field(default_factory=dict[str, ThingSpec])
    """The city's own things; one named like a thing of the library or a venue takes its place."""
    street: StreetSpec = StreetSpec()
    buildings: Annotated[tuple[BuildingStyle, ...], Field(min_length=1)] = (BuildingStyle(name="block"),)
    """Along the streets."""
    backdrop: tuple[BuildingStyle, ...] = ()
    """Behind them; the street's own styles if empty."""
    trees: tuple[TreeSpec, ...] = (TreeSpec(form="broadleaf", leaves=((0.08, 0.2, 0.05),)),)
    traffic: tuple[TrafficSpec, ...] = (TrafficSpec(thing="sedan"),)
    landmarks: tuple[LandmarkSpec, ...] = ()
    hills: tuple[HillSpec, ...] = ()
    dress: DressSpec = DressSpec()
    interior: Name | None = None
    """How halls and rooms are built here, an entry of library/interiors.yaml; by the script if it is not said."""

    @property
    def inside(self) -> InteriorSpec:
        """How halls and rooms are built here."""
        return library().interiors[self.interior or _INTERIORS.get(self.script, "western")]

    @model_validator(mode="after")
    def _interior_known(self) -> Self:
        known = library().interiors
        if self.interior is not None and self.interior not in known:
            raise ValueError(f"no such interior: {self.interior}; allowed: {', '.join(sorted(known))}")
        return self

    @model_validator(mode="after")
    def _languages_known(self) -> Self:
        known = sorted(library().words.keys() - {"figures"})
        if missing := [one for one in self.languages if one not in known]:
            raise ValueError(f"languages: no words in {', '.join(missing)}; allowed: {', '.join(known)}")
        return self

    @model_validator(mode="after")
    def _things_known(self) -> Self:
        styles = (*self.buildings, *self.backdrop)
        names = [
            *(feature.thing for style in styles for feature in style.features),
            *(traffic.thing for traffic in self.traffic),
            *(landmark.thing for landmark in self.landmarks),
            *(furniture.thing for furniture in self.street.furniture),
            self.street.monument,
        ]
        if message := unknown_things(names, self.things):
            raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _paints_known(self) -> Self:
        slots: set[str] = {hill.paint for hill in self.hills}.union(
            *(slots_of(thing) for thing in self.things.values())
        )
        for style in (*self.buildings, *self.backdrop):
            window, ground = style.window, style.ground
            slots |= {
                *style.walls,
                window.frame,
                window.glass,
                *ground.paint,
                *ground.awning,
                *ground.sign,
                ground.door,
            }
            slots |= {style.railing, style.roof.paint} | {
                slot for slot in (window.shutters, window.grille, style.curtain_wall) if slot
            }
        for traffic in self.traffic:
            slots.update(paint for paints in traffic.paints.values() for paint in paints)
        if message := unknown_paints(slots, self.palette):
            raise ValueError(message)
        return self
