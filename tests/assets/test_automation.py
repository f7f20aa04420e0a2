"""What Dagster makes by itself when specs change: exactly what the change touches."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest
from dagster import DagsterEvent, DagsterEventType
from dagster._core.definitions.asset_checks.asset_check_evaluation import (
    AssetCheckEvaluationPlanned,
    AssetCheckEvaluationTargetMaterializationData,
)
from dagster._core.events import StepMaterializationData
from dagster._core.utils import make_new_run_id

from assets._sync import DATA_VERSION_TAG, sync
from assets.definitions import defs
from tests.assets.conftest import Edit
from worldfactory.records import Cell
from worldfactory.spec import load, resolve

CHAIN = ("prompts", "scenes", "clips", "measurements", "verdicts", "shards", "index_points")
CHECKED = ("prompts", "clips", "shards", "index_points")
CELLS = [f"{venue}:{city}" for venue in ("zoo", "street") for city in ("kyoto", "rio-de-janeiro", "paris")]


class World:
    """An instance in which everything has been made once, and what automation asks for after each edit."""

    def __init__(self, instance: dg.DagsterInstance, specs: Path) -> None:
        self.instance, self.specs, self.made = instance, specs, 0
        self.cells = dg.DynamicPartitionsDefinition(name="cells")
        self.cursor = None
        sync(instance, load(specs))
        self.tick()  # the first look counts as handled
        for cell in CELLS:
            self.make(cell)
        self.make(None, "checkpoint")
        self.tick()

    def make(self, cell: str | None, *assets: str, version: str = "", passed: bool = True) -> None:
        """Record a run that made these assets of a cell (the whole chain if none are named) and checked them."""
        self.made += 1
        keys = {dg.AssetKey(asset) for asset in assets or CHAIN}
        run = dg.DagsterRun(
            "cell_job",
            run_id=make_new_run_id(),
            asset_selection=keys,
            tags={"dagster/partition": cell} if cell else {},
            status=dg.DagsterRunStatus.SUCCESS,
        )
        self.instance.add_run(run)

        def record(kind: DagsterEventType, data: object) -> None:
            event = DagsterEvent(kind.value, "cell_job", event_specific_data=data)  # type: ignore[arg-type]
            self.instance.report_dagster_event(event, run.run_id)

        for asset in assets or CHAIN:
            tags = {DATA_VERSION_TAG: version or f"{asset}-{self.made}"}
            made = dg.AssetMaterialization(asset, partition=cell, tags=tags)
            record(DagsterEventType.ASSET_MATERIALIZATION, StepMaterializationData(made))
            if asset in CHECKED:
                name, subset = f"{asset}_hold", self.cells.empty_subset().with_partition_keys([str(cell)])
                planned = AssetCheckEvaluationPlanned(
                    asset_key=dg.AssetKey(asset), check_name=name, partitions_subset=subset
                )
                record(DagsterEventType.ASSET_CHECK_EVALUATION_PLANNED, planned)
                storage_id = self.instance.fetch_materializations(dg.AssetKey(asset), limit=1).records[0].storage_id
                target = AssetCheckEvaluationTargetMaterializationData(
                    storage_id=storage_id, run_id=run.run_id, timestamp=0.0
                )
                evaluated = dg.AssetCheckEvaluation(
                    asset_key=dg.AssetKey(asset),
                    check_name=name,
                    passed=passed,
                    target_materialization_data=target,
                    partition=cell,
                )
                record(DagsterEventType.ASSET_CHECK_EVALUATION, evaluated)

    def tick(self) -> dict[str, set[str]]:
        """Asset -> partitions that automation asks for now ('' where it has none)."""
        result = dg.evaluate_automation_conditions(defs=defs, instance=self.instance, cursor=self.cursor)
        self.cursor = result.cursor
        asked: dict[str, set[str]] = {}
        for one in result.results:
            partitions = result.get_requested_partitions(one.key)
            if isinstance(one.key, dg.AssetKey) and partitions:
                asked[one.key.to_user_string()] = {partition or "" for partition in partitions}
        return asked

    def edited(self) -> dict[str, set[str]]:
        """The same, once the sensor has seen the edit."""
        sync(self.instance, load(self.specs))
        return self.tick()


@pytest.fixture
def world(instance: dg.DagsterInstance, specs: Path) -> World:
    return World(instance, specs)


def test_nothing_is_made_without_a_change(world: World) -> None:
    assert world.tick() == {}
    sync(world.instance, load(world.specs))
    assert world.tick() == {}


def test_an_edited_city_remakes_exactly_its_cells_from_prompts_down(world: World, edit: Edit) -> None:
    edit("cities/kyoto", latitude=36.0)
    asked = world.edited()
    assert {name: cells & set(CELLS) for name, cells in asked.items()} == {
        name: {"zoo:kyoto", "street:kyoto"} for name in CHAIN
    }, "in one go: a run for each cell, not one for each stage"
    assert all(cell.endswith(":kyoto") for cells in asked.values() for cell in cells)
    assert world.tick() == {}, "asked once, not at every tick"


def test_an_edited_kit_remakes_exactly_the_cells_that_use_it(world: World, edit: Edit) -> None:
    read = load(world.specs)
    users = {cell for cell in CELLS if "carnival" in resolve(read, Cell.parse(cell)).decor}
    assert users and users != set(CELLS)
    edit("decor/carnival", density=1.5)
    assert world.edited()["prompts"] & set(CELLS) == users


def test_a_moved_threshold_decides_again_and_draws_nothing(world: World, edit: Edit) -> None:
    edit("factory", thresholds={"min_motion_px": 0.2})
    asked = world.edited()
    assert asked["verdicts"] == set(CELLS)
    assert not set(asked) & {"prompts", "scenes", "clips", "measurements"}


def test_verdicts_that_come_out_equal_change_nothing_below(world: World) -> None:
    world.make("zoo:kyoto", "verdicts", version="the same")
    assert set(world.tick()) == {"shards", "index_points"}
    world.make("zoo:kyoto", "shards", "index_points")
    assert set(world.tick()) == {"checkpoint"}, "trained again, once the new shards stand"
    world.make(None, "checkpoint")
    assert world.tick() == {}
    world.make("zoo:kyoto", "verdicts", version="the same")
    assert world.tick() == {}


def test_a_city_that_moves_home_packs_again(world: World, edit: Edit) -> None:
    homes = {name: home.model_dump(mode="json") for name, home in load(world.specs).factory.homes.items()}
    homes["gcp"]["cities"].remove("paris")
    homes["aws"]["cities"].append("paris")
    edit("factory", homes=homes)
    asked = world.edited()
    assert set(asked) == {"shards"}
    assert asked["shards"] & set(CELLS) == {"zoo:paris", "street:paris"}


def test_another_federation_trains_again_and_makes_no_footage(world: World, edit: Edit) -> None:
    edit("federation/clouds", rounds=7)
    assert world.edited() == {"checkpoint": {""}}


def test_a_failed_blocking_check_stops_what_follows(world: World) -> None:
    world.make("zoo:kyoto", "prompts", passed=False)
    world.make("zoo:paris", "prompts")
    assert world.tick()["scenes"] == {"zoo:paris"}


def test_a_new_city_is_made_without_asking(world: World, specs: Path) -> None:
    (specs / "cities/osaka.yaml").write_text((specs / "cities/kyoto.yaml").read_text())
    asked = world.edited()
    assert {cell for cell in asked["prompts"] if cell.endswith(":osaka")} == {
        f"{venue}:osaka" for venue in load(specs).venues
    }
