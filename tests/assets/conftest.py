"""A Dagster instance in memory, and the factory as the assets are given it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import dagster as dg
import pytest

from assets._sync import sync
from assets.definitions import defs
from assets.demo import QUIET
from resources import FactoryResource, homes_resource
from tests.conftest import copy_specs, prune_specs
from worldfactory.spec import load_partly


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as made:
        yield made


CITIES, VENUES = ("kyoto", "paris", "rio-de-janeiro"), ("street", "zoo")
HOMES = {"aws": "rio-de-janeiro", "gcp": "paris", "azure": "kyoto"}


def few_specs(root: Path, **factory: object) -> Path:
    """Three cities in three homes, two venues: six cells, free to be edited."""
    copy_specs(
        root,
        **{
            "homes": {name: {"url": f"file:homes/{name}", "cities": [city]} for name, city in HOMES.items()},
            "demo": {"cells": ["street:kyoto"]},
            **factory,
        },
    )
    return prune_specs(root, CITIES, VENUES)


@pytest.fixture
def specs(tmp_path: Path) -> Path:
    return few_specs(tmp_path / "specs")


@pytest.fixture
def factory(specs: Path, tmp_path: Path) -> FactoryResource:
    return FactoryResource(specs=str(specs), data=str(tmp_path / "data"), homes=homes_resource(specs))


Edit = Callable[..., None]


@pytest.fixture
def edit(specs: Path) -> Edit:
    """Changes keys of a YAML file: `edit("cities/kyoto", title="Kioto")`."""

    def change(name: str, **keys: object) -> None:
        file = specs / f"{name}.yaml"
        lines, dropping = [f"{key}: {json.dumps(value)}" for key, value in keys.items()], False
        for line in file.read_text().splitlines():
            if not line.startswith((" ", "-", "#")):
                dropping = line.partition(":")[0] in keys
            if not dropping:
                lines.append(line)
        file.write_text("\n".join(lines) + "\n")

    return change


CELL = "street:kyoto"


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> FactoryResource:
    """A tiny cell, made by `cell_job` once for all tests; copy its data before breaking any."""
    folder = tmp_path_factory.mktemp("made")
    specs = copy_specs(folder / "specs")
    factory = FactoryResource(specs=str(specs), data=str(folder / "data"), homes=homes_resource(specs))
    with dg.DagsterInstance.ephemeral() as instance:
        result = run_cell(factory, instance)
        assert result.success
    return factory


def run_cell(
    factory: FactoryResource, instance: dg.DagsterInstance, cell: str = CELL, raise_on_error: bool = True
) -> dg.ExecuteInProcessResult:
    """`cell_job` on a cell, in this process."""
    sync(instance, load_partly(factory.root))
    return defs.resolve_job_def("cell_job").execute_in_process(
        instance=instance,
        partition_key=cell,
        resources={"factory": factory.model_copy()},
        run_config=QUIET,
        raise_on_error=raise_on_error,
    )
