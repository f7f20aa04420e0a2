"""The spec folder and Dagster stay in step, whatever people do to the files."""

from __future__ import annotations

import shutil
from pathlib import Path

import dagster as dg
import pytest

from assets._sync import recorded_versions, sync
from assets.sensors import specs_folder
from assets.specs import decor_spec, world_spec
from resources import FactoryResource
from tests.assets.conftest import Edit
from worldfactory.errors import SpecError
from worldfactory.records import Cell
from worldfactory.spec import load, load_partly, resolve


def tick(instance: dg.DagsterInstance, factory: FactoryResource, cursor: str | None = None) -> tuple[str, str | None]:
    """One evaluation of the sensor: (what it said, its cursor)."""
    with dg.build_sensor_context(instance=instance, cursor=cursor, resources={"factory": factory}) as context:
        said = specs_folder(context)
        assert isinstance(said, dg.SkipReason)
        return str(said.skip_message), context.cursor


def test_every_cell_becomes_a_partition_with_the_digest_of_its_resolved_spec(
    instance: dg.DagsterInstance, specs: Path
) -> None:
    read = load(specs)
    done = sync(instance, read)
    assert done.left == 0
    assert set(instance.get_dynamic_partitions("cells")) == {f"{v}:{c}" for v in read.venues for c in read.cities}
    assert set(instance.get_dynamic_partitions("decor")) == set(read.decor)
    versions = recorded_versions(instance, world_spec.key)
    assert versions["zoo:kyoto"] == resolve(read, Cell(venue="zoo", city="kyoto")).version
    assert len(set(versions.values())) == len(read.cities) * len(read.venues)


def test_a_second_look_records_nothing_and_costs_a_stat_a_file(
    instance: dg.DagsterInstance, factory: FactoryResource, edit: Edit
) -> None:
    said, cursor = tick(instance, factory)
    assert "+6 cells" in said
    assert tick(instance, factory, cursor)[0] == "no spec file changed"
    edit("cities/kyoto", title="Kyoto")  # the same content in another order
    said, cursor = tick(instance, factory, cursor)
    assert said == "nothing new"
    assert tick(instance, factory, cursor)[0] == "no spec file changed"


def test_an_edited_city_renews_exactly_its_cells(instance: dg.DagsterInstance, specs: Path, edit: Edit) -> None:
    read = load(specs)
    sync(instance, read)
    edit("cities/kyoto", latitude=36.0)
    done = sync(instance, load(specs))
    assert done.recorded == {"city_spec": ["kyoto"], "world_spec": [f"{venue}:kyoto" for venue in read.venues]}


def test_an_edited_kit_renews_exactly_the_cells_that_use_it(
    instance: dg.DagsterInstance, specs: Path, edit: Edit
) -> None:
    read = load(specs)
    rio = [Cell(venue=venue, city="rio-de-janeiro") for venue in read.venues]
    users = [cell.key for cell in rio if "carnival" in resolve(read, cell).decor]
    assert users
    sync(instance, read)
    edit("decor/carnival", density=1.5)
    assert sync(instance, load(specs)).recorded == {"decor_spec": ["carnival"], "world_spec": users}


def test_thresholds_homes_and_training_renew_only_their_own_specs(
    instance: dg.DagsterInstance, specs: Path, edit: Edit
) -> None:
    read = load(specs)
    sync(instance, read)
    edit("factory", thresholds={"min_motion_px": 0.2})
    assert set(sync(instance, load(specs)).recorded) == {"curation_spec"}
    edit("federation/clouds", rounds=7)
    assert set(sync(instance, load(specs)).recorded) == {"training_spec"}
    homes = {name: home.model_dump(mode="json") for name, home in read.factory.homes.items()}
    homes["gcp"]["cities"] = [city for city in homes["gcp"]["cities"] if city != "paris"]
    homes["aws"]["cities"] = [*homes["aws"]["cities"], "paris"]
    edit("factory", homes=homes)
    assert sync(instance, load(specs)).recorded == {"home_spec": [f"{venue}:paris" for venue in read.venues]}


def test_files_added_and_removed_add_and_remove_partitions(
    instance: dg.DagsterInstance, factory: FactoryResource, specs: Path
) -> None:
    _, cursor = tick(instance, factory)
    shutil.copy(specs / "cities/kyoto.yaml", specs / "cities/osaka.yaml")
    said, cursor = tick(instance, factory, cursor)
    assert "+1 cities; +2 cells" in said
    assert instance.has_dynamic_partition("cells", "zoo:osaka")
    (specs / "cities/osaka.yaml").unlink()
    said, cursor = tick(instance, factory, cursor)
    assert said == "-1 cities; -2 cells"
    assert not instance.has_dynamic_partition("cells", "zoo:osaka")


def test_a_broken_file_fails_the_tick_after_the_good_changes_stand(
    instance: dg.DagsterInstance, factory: FactoryResource, specs: Path, edit: Edit
) -> None:
    _, cursor = tick(instance, factory)
    before = recorded_versions(instance, world_spec.key)
    kyoto = specs / "cities/kyoto.yaml"
    text = kyoto.read_text()
    kyoto.write_text(text + "\ndriving_sid: left\n")
    line = kyoto.read_text().splitlines().index("driving_sid: left") + 1
    edit("venues/zoo", phrase="a quiet garden zoo")
    for _ in range(2):  # it goes on failing until it is mended, and records nothing twice
        with pytest.raises(SpecError) as error:
            tick(instance, factory, cursor)
        message = str(error.value)
        assert f"{kyoto}:{line}: driving_sid: unknown key" in message
        assert "did you mean 'driving_side'?" in message
    after = recorded_versions(instance, world_spec.key)
    changed = {key for key in after if after[key] != before.get(key)}
    assert changed == {key for key in before if key.startswith("zoo:") and key != "zoo:kyoto"}
    assert instance.has_dynamic_partition("cells", "street:kyoto"), "a broken file keeps its partitions"
    records = instance.fetch_materializations(world_spec.key, limit=1000).records
    assert len(records) == len(before) + len(changed)
    kyoto.write_text(text)
    said, cursor = tick(instance, factory, cursor)
    assert said == "world_spec: zoo:kyoto"


def test_an_unsafe_word_fails_the_tick_and_the_others_go_on(
    instance: dg.DagsterInstance, factory: FactoryResource, specs: Path, edit: Edit
) -> None:
    _, cursor = tick(instance, factory)
    before = recorded_versions(instance, world_spec.key)
    venue = specs / "venues/zoo.yaml"
    edit("venues/zoo", phrase="a quiet zoo with a corpse in it")
    edit("cities/kyoto", latitude=36.0)
    shutil.copy(specs / "cities/paris.yaml", specs / "cities/lyon.yaml")
    edit("cities/lyon", title="Lyon of the murder")
    with pytest.raises(SpecError) as error:
        tick(instance, factory, cursor)
    line = venue.read_text().splitlines().index('phrase: "a quiet zoo with a corpse in it"') + 1
    assert f"{venue}:{line}: phrase: 'corpse'" in str(error.value)
    assert "lyon.yaml:1: title: 'murder'" in str(error.value)
    after = recorded_versions(instance, world_spec.key)
    assert {key for key in after if after[key] != before.get(key)} == {"street:kyoto"}
    assert instance.has_dynamic_partition("cells", "zoo:paris"), "what stood stays, as it was"
    assert not instance.has_dynamic_partition("cells", "street:lyon")
    (specs / "cities/lyon.yaml").unlink()
    edit("venues/zoo", phrase="a quiet zoo")
    said, cursor = tick(instance, factory, cursor)
    assert "zoo:kyoto" in said and "street" not in said


def test_a_broken_kit_holds_back_only_the_cells_that_use_it(
    instance: dg.DagsterInstance, specs: Path, edit: Edit
) -> None:
    sync(instance, load(specs))
    (specs / "decor/carnival.yaml").write_text("title: [")
    edit("cities/kyoto", latitude=36.0)
    read = load_partly(specs)
    assert "carnival" not in read.decor
    done = sync(instance, read)
    assert done.held and all(key.endswith(":rio-de-janeiro") for key in done.held)
    assert set(done.recorded["world_spec"]) == {f"{venue}:kyoto" for venue in read.venues}
    assert instance.has_dynamic_partition("decor", "carnival")
    assert "carnival" in recorded_versions(instance, decor_spec.key)


def test_a_broken_factory_yaml_changes_nothing(
    instance: dg.DagsterInstance, factory: FactoryResource, edit: Edit
) -> None:
    tick(instance, factory)
    edit("factory", widht=640)
    with pytest.raises(SpecError, match=r"factory\.yaml:\d+: widht: unknown key; did you mean 'width'"):
        tick(instance, factory)
    assert len(instance.get_dynamic_partitions("cells")) == 6


def test_what_time_leaves_over_is_recorded_at_the_next_look(instance: dg.DagsterInstance, specs: Path) -> None:
    read = load(specs)
    done = sync(instance, read, seconds=0.0)
    assert done.left > 0
    assert len(instance.get_dynamic_partitions("cells")) == 6
    assert sync(instance, read).left == 0
    assert len(recorded_versions(instance, world_spec.key)) == 6
