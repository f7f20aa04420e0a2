"""A cell resolved: everything in the specs that shapes one city x venue, and nothing else.

Its digest goes into the id of every record: it changes exactly when a clip of the cell would. Its version is the data
version of the partition: it changes also when there are to be more or fewer clips.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from worldfactory.errors import UnknownNameError
from worldfactory.lineage import digest_json, record_id
from worldfactory.records import Cell
from worldfactory.spec._city import CitySpec
from worldfactory.spec._decor import DecorSpec
from worldfactory.spec._factory import FactorySpec
from worldfactory.spec._library import library_digest
from worldfactory.spec._load import Specs
from worldfactory.spec._venue import VenueSpec

# What of factory.yaml changes the clips of a cell. Thresholds, homes and training leave them as they are.
_SHAPING = ("width", "height", "fps", "frames", "seed", "modalities", "encoding", "unsafe_words")


@dataclass(frozen=True)
class CellSpec:
    """City, venue and the decor kits that suit both. `id` stands at the root of the lineage of its records."""

    cell: Cell
    factory: FactorySpec
    city: CitySpec
    venue: VenueSpec
    decor: dict[str, DecorSpec]
    files: tuple[Path, ...]
    """The YAML files it was resolved from."""
    digest: str
    version: str
    id: str


def cells(specs: Specs) -> Iterator[Cell]:
    """Every city x venue, in order of venue, then city."""
    for venue in specs.venues:
        for city in specs.cities:
            yield Cell(venue=venue, city=city)


def resolve(specs: Specs, cell: Cell) -> CellSpec:
    """Fold city, venue and decor together. Raises UnknownNameError for a cell that the specs do not have."""
    for kind, name, known in (("venue", cell.venue, specs.venues), ("city", cell.city, specs.cities)):
        if name not in known:
            raise UnknownNameError(f"{kind} {name!r} is not in {specs.root}; known: {', '.join(sorted(known))}")
    city, venue = specs.cities[cell.city], specs.venues[cell.venue]
    decor = {
        name: kit
        for name, kit in specs.decor.items()
        if (not kit.cities or cell.city in kit.cities) and (not kit.venues or cell.venue in kit.venues)
    }
    digests = specs.digests
    digest = digest_json(
        {
            "cell": cell.key,
            "library": library_digest(),
            "factory": specs.factory.model_dump(mode="json", include=set(_SHAPING)),
            "city": digests["cities"][cell.city],
            "venue": digests["venues"][cell.venue],
            "decor": {name: digests["decor"][name] for name in decor},
        }
    )
    files = (
        specs.root / "factory.yaml",
        specs.root / "cities" / f"{cell.city}.yaml",
        specs.root / "venues" / f"{cell.venue}.yaml",
        *(specs.root / "decor" / f"{name}.yaml" for name in decor),
    )
    return CellSpec(
        cell=cell,
        factory=specs.factory,
        city=city,
        venue=venue,
        decor=decor,
        files=files,
        digest=digest,
        version=digest_json([digest, specs.factory.clips_per_cell]),
        id=record_id("cell", (), digest, specs.factory.seed),
    )
