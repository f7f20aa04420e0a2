"""A cell from spec to index through `cell_job`, and what a person sees of it."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest

from assets.definitions import defs
from assets.footage import prompts
from resources import FactoryResource
from tests.assets.conftest import CELL, Edit, run_cell
from worldfactory import flow
from worldfactory.flow import StageReport
from worldfactory.records import Cell, Clip, Prompt


def test_the_graph_of_assets_is_the_one_that_people_know() -> None:
    graph = defs.resolve_asset_graph()
    edges = {
        key.to_user_string(): sorted(parent.to_user_string() for parent in graph.get(key).parent_keys)
        for key in graph.get_all_asset_keys()
    }
    assert edges == {
        "city_spec": [],
        "venue_spec": [],
        "decor_spec": [],
        "decor_previews": ["decor_spec"],
        "decor_item": ["decor_previews"],
        "curation_spec": [],
        "training_spec": [],
        "home_spec": [],
        "world_spec": ["city_spec", "decor_spec", "venue_spec"],
        "prompts": ["world_spec"],
        "scenes": ["prompts"],
        "clips": ["scenes"],
        "measurements": ["clips"],
        "verdicts": ["curation_spec", "measurements"],
        "shards": ["home_spec", "verdicts"],
        "index_points": ["verdicts"],
        "checkpoint": ["shards", "training_spec"],
        "reading_spec": [],
        "transcoding_spec": [],
        "rules_spec": [],
        "choice_spec": [],
        "annotation_spec": [],
        "packing_spec": [],
        "inbox_video": [],
        "video_shots": ["inbox_video", "reading_spec"],
        "video_clips": ["transcoding_spec", "video_shots"],
        "video_verdicts": ["rules_spec", "video_clips"],
        "video_choice": ["choice_spec", "video_verdicts"],
        "video_captions": ["annotation_spec", "video_choice"],
        "video_points": ["video_captions", "video_choice"],
        "video_shards": ["packing_spec", "video_captions", "video_choice"],
    }
    checks = {key.name: graph.get(key) for key in graph.asset_check_keys}
    assert {name: check.blocking for name, check in checks.items()} == {
        "prompts_hold": True,
        "clips_hold": True,
        "shards_hold": True,
        "index_points_hold": False,
        "video_choice_stands": False,
    }
    for key in graph.get_all_asset_keys():
        node = graph.get(key)
        assert node.description and node.owners and node.kinds and node.group_name != "default", key


def test_a_cell_is_made_checked_and_shown(made: FactoryResource, instance: dg.DagsterInstance) -> None:
    files = {file: file.stat().st_mtime_ns for file in made.factory.data.glob("cells/**/video.mp4")}
    assert len(files) == 2
    result = run_cell(made, instance)  # again: nothing is drawn twice
    assert {file: file.stat().st_mtime_ns for file in made.factory.data.glob("cells/**/video.mp4")} == files
    assert [check.passed for check in result.get_asset_check_evaluations()] == [True] * 4
    for asset, wanted in {
        "prompts": {"records", "words", "samples"},
        "clips": {"sheet", "preview", "bytes per clip", "cpu ms per frame", "folder"},
        "measurements": {"records"},
        "verdicts": {"kept"},
        "shards": {"shards", "bytes"},
        "index_points": {"points"},
    }.items():
        event = instance.get_latest_materialization_event(dg.AssetKey(asset))
        assert event and event.asset_materialization
        assert wanted <= set(event.asset_materialization.metadata), asset
        assert event.asset_materialization.partition == CELL
    event = instance.get_latest_materialization_event(dg.AssetKey("clips"))
    assert event and event.asset_materialization
    for picture in ("sheet", "preview"):
        text = str(event.asset_materialization.metadata[picture].value)
        assert "data:image/webp;base64," in text and len(text) < 200_000


def test_bad_prompts_stop_at_their_check(
    factory: FactoryResource, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut_short(opened: flow.Factory, cell: Cell) -> StageReport[Prompt]:
        report = real(opened, cell)
        short = [p.model_copy(update={"text": " ".join(p.text.split()[:20])}) for p in report.records]
        opened.store.write(Prompt, cell, short)
        return StageReport("prompts", tuple(short), len(short))

    real = flow.make_prompts
    monkeypatch.setattr(flow, "make_prompts", cut_short)
    result = run_cell(factory, instance, raise_on_error=False)
    assert not result.success
    assert [(c.check_name, c.passed) for c in result.get_asset_check_evaluations()] == [("prompts_hold", False)]
    assert {event.asset_key.to_user_string() for event in result.get_asset_materialization_events()} == {"prompts"}
    assert not factory.factory.store.cells(Clip)


def test_a_broken_city_fails_its_own_cells_alone_and_says_why(
    factory: FactoryResource, instance: dg.DagsterInstance, specs: Path, edit: Edit
) -> None:
    instance.add_dynamic_partitions("cells", ["zoo:kyoto", "zoo:paris"])
    edit("cities/kyoto", driving_side="middle")
    results = {
        cell: dg.materialize(
            [prompts],
            instance=instance,
            partition_key=cell,
            resources={"factory": factory.model_copy()},
            raise_on_error=False,
        )
        for cell in ("zoo:kyoto", "zoo:paris")
    }
    assert results["zoo:paris"].success and not results["zoo:kyoto"].success
    failure = results["zoo:kyoto"].failure_data_for_node("prompts")
    assert failure and failure.error and failure.error.cause
    assert f"{specs / 'cities/kyoto.yaml'}:" in failure.error.cause.message
    assert "allowed: left, right" in failure.error.cause.message


def test_a_broken_kit_stops_the_cells_that_were_made_with_it_and_no_other(
    factory: FactoryResource, instance: dg.DagsterInstance, specs: Path
) -> None:
    def make(cell: str) -> dg.ExecuteInProcessResult:
        return dg.materialize(
            [prompts],
            instance=instance,
            partition_key=cell,
            resources={"factory": factory.model_copy()},
            raise_on_error=False,
        )

    cells = ("street:rio-de-janeiro", "street:paris")
    instance.add_dynamic_partitions("cells", cells)
    assert all(make(cell).success for cell in cells)
    (specs / "decor/carnival.yaml").write_text("title: [")
    rio, paris = (make(cell) for cell in cells)
    assert paris.success and not rio.success
    failure = rio.failure_data_for_node("prompts")
    assert failure and failure.error and failure.error.cause
    assert "decor/carnival.yaml" in failure.error.cause.message
