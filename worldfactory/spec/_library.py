"""The things and materials that every city and venue may use and may give a look of their own."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from importlib.resources import files
from typing import Any, Literal

import yaml
from pydantic import Field

from worldfactory.lineage import digest
from worldfactory.spec._base import Colour, Name, SpecModel
from worldfactory.spec._style import CeilingForm, MaterialSpec, NodeSpec, Palette, Things, ThingSpec, WindowForm


class InteriorSpec(SpecModel):
    """How halls and rooms are built and furnished where a city lies: forms, and what stands for the library's own."""

    arch: Literal["flat", "round"] = "flat"
    """The heads of openings in halls."""
    window: WindowForm = "casement"
    """Of rooms and halls."""
    ceiling: CeilingForm = "flat"
    """Of halls whose ceiling is `local`."""
    pupils: tuple[tuple[Colour, ...], tuple[Colour, ...]] = ((), ())
    """What children wear at school, above and below; the city's dress if empty."""
    palette: Palette = Field(default_factory=dict[str, MaterialSpec])
    things: Things = Field(default_factory=dict[str, ThingSpec])


class Library(SpecModel):
    """library/*.yaml of this package, folded together."""

    materials: Palette = Field(default_factory=dict[str, MaterialSpec])
    things: Things = Field(default_factory=dict[str, ThingSpec])
    interiors: dict[Name, InteriorSpec] = Field(default_factory=dict[str, InteriorSpec])
    """By name; a city names its own, or has that of its script."""
    words: dict[Name, dict[Name, tuple[str, ...]]] = Field(default_factory=dict[str, dict[str, tuple[str, ...]]])
    """What signs say: language -> kind (`WordKind`, or a venue) -> words; `figures` for what has no language."""

    def lists(self, languages: Iterable[str], kind: str) -> tuple[str, ...]:
        """The lists of words, `language/kind`, of signs of a kind; of shops, where there are none of it."""
        if kind in self.words["figures"]:
            return (f"figures/{kind}",)
        return tuple(f"{one}/{kind if kind in self.words[one] else 'shop'}" for one in languages)


def _texts() -> list[bytes]:
    folder = files("worldfactory.spec") / "library"
    return [file.read_bytes() for file in sorted(folder.iterdir(), key=lambda f: f.name) if file.name.endswith(".yaml")]


@lru_cache(maxsize=1)
def library() -> Library:
    """The shipped library. Cities and venues override its things and materials by name."""
    said: dict[str, dict[str, Any]] = {"materials": {}, "things": {}, "interiors": {}, "words": {}}
    for text in _texts():
        for section, entries in (yaml.safe_load(text) or {}).items():
            said[section].update(entries)
    return Library.model_validate(said)


@lru_cache(maxsize=1)
def library_digest() -> str:
    """Hex SHA-256 of the library's bytes: what it says shapes every cell."""
    return digest(b"\0".join(_texts()))


def unknown_things(names: Iterable[str], own: Things) -> str:
    """A message on names that neither `own` nor the library holds; '' if there are none."""
    known = {*own, *library().things}
    wrong = sorted({name for name in names if name not in known})
    return f"no such thing: {', '.join(wrong)}; allowed: {', '.join(sorted(known))}" if wrong else ""


def slots_of(thing: ThingSpec) -> set[str]:
    """The paints that a thing's parts name, without those that it brings itself."""

    def inside(node: NodeSpec) -> set[str]:
        return {part.paint for part in node.parts}.union(*(inside(child) for child in node.nodes))

    found = {part.paint for part in thing.parts}.union(*(inside(node) for node in thing.nodes))
    if thing.track is not None:
        found |= {thing.track.rail, thing.track.post, *(part.paint for part in thing.track.car)}
    return found - set(thing.materials)


def unknown_paints(slots: Iterable[str], *palettes: Palette) -> str:
    """A message on paints that are neither colours nor in the palettes or the library; '' if there are none."""
    known = set(library().materials).union(*palettes)
    wrong = sorted({slot for slot in slots if not slot.startswith("#") and slot not in known})
    return f"no such material: {', '.join(wrong)}; allowed: '#rrggbb' or {', '.join(sorted(known))}" if wrong else ""
