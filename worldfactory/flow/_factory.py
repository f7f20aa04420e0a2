"""A factory opened: the specs, the data folder, and the homes its shards go to."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from pydantic import ValidationError

from worldfactory.errors import Problem, SpecError, StoreError, UnknownNameError
from worldfactory.records import Cell
from worldfactory.spec import CellSpec, FactorySpec, HomeName, Specs, cells, load, load_partly, resolve
from worldfactory.store import Home, Store, open_home

HomeOptions = Mapping[str, str]
"""What an object store needs beyond its URL (region, endpoint, credentials); see `store.open_home`."""

_CLOUDS = {"s3": "aws", "gs": "gcp", "az": "azure"}


@dataclass(frozen=True)
class Factory:
    """Everything that the stages of the loop are given. Pickles, so that workers can be handed one."""

    specs: Specs
    data: Path
    profile: str = ""
    home_options: Mapping[str, HomeOptions] = field(default_factory=dict[str, HomeOptions])

    @property
    def store(self) -> Store:
        """The data folder."""
        return Store(self.data)

    def home(self, name: HomeName) -> Home:
        """The object store of a home. Raises StoreError where factory.yaml names none."""
        home = self.specs.factory.homes.get(name)
        if home is None:
            raise StoreError(f"{self.specs.root / 'factory.yaml'}: homes.{name}: no such home; give it a url")
        return self._open(home.url, name)

    def inbox(self) -> Home:
        """Where brought video comes in; a cloud is reached as its home is. Raises StoreError."""
        url = self.specs.curation.inbox.url
        return self._open(url, _CLOUDS.get(url.partition(":")[0], ""))

    def _open(self, url: str, options: str) -> Home:
        scheme, _, path = url.partition(":")
        # A relative file home lies in the data folder, wherever that is.
        full = (self.data / path).as_uri() if scheme == "file" and not path.startswith("/") else url
        return open_home(full, dict(self.home_options.get(options, {})))

    def cell(self, cell: Cell) -> CellSpec:
        """A cell with all that shapes it. Raises UnknownNameError."""
        return resolve(self.specs, cell)

    def select(self, cities: Iterable[str] = (), venues: Iterable[str] = ()) -> list[Cell]:
        """The cells of these cities and venues; of none, the demo's or all. Raises UnknownNameError."""
        wanted_cities, wanted_venues = tuple(cities), tuple(venues)
        for kind, wanted, known in (
            ("city", wanted_cities, self.specs.cities),
            ("venue", wanted_venues, self.specs.venues),
        ):
            for name in wanted:
                if name not in known:
                    raise UnknownNameError(f"{kind} {name!r} is not in {self.specs.root}; known: {', '.join(known)}")
        if self.profile == "demo" and not wanted_cities and not wanted_venues:
            return [Cell.parse(key) for key in self.specs.factory.demo.cells]
        return [
            cell
            for cell in cells(self.specs)
            if (not wanted_cities or cell.city in wanted_cities) and (not wanted_venues or cell.venue in wanted_venues)
        ]


def open_factory(
    specs: Path | None = None,
    data: Path | None = None,
    profile: str | None = None,
    home_options: Mapping[str, HomeOptions] | None = None,
    partly: bool = False,
    **overrides: object,
) -> Factory:
    """Open a factory; what is not given comes from WORLDFACTORY_SPECS, _DATA and _PROFILE, else `specs`, `data`, ''.

    `partly` leaves broken spec files out (`Specs.problems` names them) instead of raising SpecError. `overrides` are
    keys of factory.yaml, such as `clips_per_cell=2`; SpecError is raised where one is wrong.
    """
    root = specs or Path(os.environ.get("WORLDFACTORY_SPECS", "specs"))
    folder = data or Path(os.environ.get("WORLDFACTORY_DATA", "data"))
    size = profile if profile is not None else os.environ.get("WORLDFACTORY_PROFILE", "")
    loaded = (load_partly if partly else load)(root.resolve(), size)
    wanted = {key: value for key, value in overrides.items() if value is not None}
    if wanted:
        said = loaded.factory.model_dump() | wanted
        try:
            loaded = replace(loaded, factory=FactorySpec.model_validate(said))
        except ValidationError as error:
            problems = [Problem(root, 0, ".".join(map(str, e["loc"])), e["input"], e["msg"]) for e in error.errors()]
            raise SpecError(problems) from error
    return Factory(loaded, folder.resolve(), size, home_options or {})
