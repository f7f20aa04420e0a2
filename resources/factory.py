"""The factory as a Dagster resource: where the specs are, where the data goes, at what size."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import dagster as dg

from resources.homes import HomesResource
from worldfactory.errors import Problem, SpecError
from worldfactory.records import Cell, Origin
from worldfactory.spec import Specs, load_partly

if TYPE_CHECKING:
    from worldfactory.flow import Factory

M = TypeVar("M")


class FactoryResource(dg.ConfigurableResource):
    """One factory. A run reads the specs once, so that all its steps see the same."""

    specs: str
    """The spec folder."""
    data: str
    """The data folder."""
    profile: str = ""
    """`demo` for the small sizes in factory.yaml's demo section."""
    homes: HomesResource

    @property
    def root(self) -> Path:
        """The spec folder."""
        return Path(self.specs).resolve()

    def load(self) -> Specs:
        """The specs as they stand now, without files that are broken or say a word that prompts refuse.

        `problems` of what is returned names both. Raises SpecError if factory.yaml itself is broken.
        """
        from worldfactory import prompt

        specs = load_partly(self.root, self.profile)
        unsafe = prompt.unsafe(specs)
        refused = {(problem.file.parent.name, problem.file.stem) for problem in unsafe}

        def safe(folder: str, models: Mapping[str, M]) -> dict[str, M]:
            return {name: model for name, model in models.items() if (folder, name) not in refused}

        return replace(
            specs,
            cities=safe("cities", specs.cities),
            venues=safe("venues", specs.venues),
            decor=safe("decor", specs.decor),
            problems=(*specs.problems, *unsafe),
        )

    @cached_property
    def factory(self) -> "Factory":
        """The factory, opened on first use. Raises SpecError if factory.yaml itself is broken."""
        from worldfactory import flow  # torch and numba: seconds that listing the definitions need not cost

        return flow.open_factory(self.root, Path(self.data), self.profile, self.homes.options(), partly=True)

    def cell(self, key: str) -> Cell:
        """The cell of a partition. Raises SpecError with what is wrong in a file that shapes it."""
        cell = Cell.parse(key)
        wrong = problems_of(self.factory, cell)
        if wrong:
            raise SpecError(wrong)
        return cell


def problems_of(factory: "Factory", cell: Cell) -> Sequence[Problem]:
    """What is wrong with the files of a cell: its city, its venue, and the decor kits that it was made with last.

    A kit that is broken does not say which cells it suits; without this, those that have it would be made without it.
    """
    shaping = {f"cities/{cell.city}.yaml", f"venues/{cell.venue}.yaml"}
    if factory.specs.problems:
        shaping |= {file for origin in factory.store.read(Origin, cell) for file in origin.files}
    return [p for p in factory.specs.problems if f"{p.file.parent.name}/{p.file.name}" in shaping]
