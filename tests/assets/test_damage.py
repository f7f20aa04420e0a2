"""A shard that was damaged after it was made: its own cell's check says which file, the rest goes on."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import dagster as dg
import pytest
import yaml

from assets.definitions import defs
from assets.demo import QUIET
from resources import FactoryResource, homes_resource
from tests.assets.conftest import few_specs, run_cell
from worldfactory import flow
from worldfactory.errors import ShardError
from worldfactory.records import Cell, Shard
from worldfactory.shard import samples

KYOTO, PARIS = "street:kyoto", "street:paris"


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> FactoryResource:
    """Two cells with shards, each in a home of its own, and a federation that needs one of them."""
    root = tmp_path_factory.mktemp("two")
    specs = few_specs(
        root / "specs", frames=9,
        thresholds={"min_motion_px": 0.0, "min_change_share": 0.0, "min_instances": 0, "max_similarity": 1.0,
                    "max_missing": 9, "max_near_share": 1.0, "min_sharpness": 0.0},
    )  # fmt: skip
    model = specs / "models" / "tokenizer.yaml"
    model.write_text(yaml.safe_dump((yaml.safe_load(model.read_text()) or {}) | {"size": 64, "batch": 1}))
    (specs / "federation" / "clouds.yaml").write_text("rounds: 1\nsteps_per_round: 1\nmin_clients: 1\n")
    factory = FactoryResource(specs=str(specs), data=str(root / "data"), homes=homes_resource(specs))
    report = flow.make(factory.factory, [Cell.parse(KYOTO), Cell.parse(PARIS)], workers=1, train=False)
    assert not report.failures
    return factory


def flipped(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 0xFF
    file.write_bytes(data)


def cut_off(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:3000])


Damage = Callable[[Path], None]


@pytest.fixture(params=[flipped, cut_off, Path.unlink], ids=["flipped", "cut off", "missing"])
def damaged(request: pytest.FixtureRequest, two: FactoryResource, tmp_path: Path) -> tuple[FactoryResource, Path]:
    """The factory with its data copied and the shard of Kyoto damaged, and that shard's file."""
    shutil.copytree(two.data, tmp_path / "data")
    factory = FactoryResource(specs=two.specs, data=str(tmp_path / "data"), homes=two.homes)
    (shard,) = factory.factory.store.read(Shard, Cell.parse(KYOTO))
    file = tmp_path / "data" / "homes" / "azure" / shard.key
    damage: Damage = request.param
    damage(file)
    return factory, file


def test_readers_name_the_file_and_the_other_home_is_read(damaged: tuple[FactoryResource, Path]) -> None:
    factory, file = damaged[0].factory, damaged[1]
    kyoto, paris = (factory.store.read(Shard, Cell.parse(key)) for key in (KYOTO, PARIS))
    with pytest.raises(ShardError, match=file.name):
        list(samples(factory.home("azure"), kyoto))
    assert [one.clip.id for one in samples(factory.home("gcp"), paris)] == list(paris[0].parents)


@pytest.mark.parametrize(
    "damaged",
    [flipped, pytest.param(cut_off, marks=pytest.mark.long), pytest.param(Path.unlink, marks=pytest.mark.long)],
    indirect=True,
)
def test_the_check_of_its_cell_fails_by_name_and_the_next_run_mends_it(
    damaged: tuple[FactoryResource, Path], instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    factory, file = damaged
    left = file.read_bytes() if file.exists() else None

    def damaged_again(opened: flow.Factory, cell: Cell) -> flow.StageReport[Shard]:
        report = real(opened, cell)
        if cell.key == KYOTO and left is None:
            file.unlink()
        elif cell.key == KYOTO:
            file.write_bytes(left)
        return report

    real = flow.make_shards
    with monkeypatch.context() as patched:
        patched.setattr(flow, "make_shards", damaged_again)
        kyoto, paris = (run_cell(factory, instance, cell, raise_on_error=False) for cell in (KYOTO, PARIS))
    assert paris.success and not kyoto.success
    (found,) = [check for check in kyoto.get_asset_check_evaluations() if not check.passed]
    assert found.check_name == "shards_hold"
    assert file.name in str(found.description) and "make its shards again" in str(found.description)
    assert run_cell(factory, instance, KYOTO).success


def test_training_goes_on_without_its_home_and_says_so(
    damaged: tuple[FactoryResource, Path], instance: dg.DagsterInstance
) -> None:
    factory, file = damaged
    result = defs.resolve_job_def("train_job").execute_in_process(
        instance=instance, resources={"factory": factory.model_copy()}, run_config=QUIET
    )
    (made,) = result.asset_materializations_for_node("checkpoint")
    assert made.metadata["clients"].value == "gcp"
    said = made.metadata["failed"]
    assert isinstance(said, dg.TableMetadataValue)
    assert {row.data["client"] for row in said.records} == {"azure"}
    assert all(file.name in str(row.data["cause"]) for row in said.records)
