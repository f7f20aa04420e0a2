"""The loop on one cell: what stands afterwards, what a second run repeats, what an edit changes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import yaml

from tests.flow.conftest import CELL
from worldfactory import flow
from worldfactory.errors import RenderError, StoreError, UnknownNameError
from worldfactory.records import Clip, Measurement, Prompt, Scene, Shard, Verdict
from worldfactory.truth import TruthReader, truth_format
from worldfactory.video import decode, probe


def stamps(factory: flow.Factory) -> dict[str, int]:
    """When each file of the cell and of the homes was last written."""
    folders = (factory.store.cell_folder(CELL), factory.data / "homes")
    files = [file for folder in folders for file in folder.rglob("*") if file.is_file()]
    return {str(file): file.stat().st_mtime_ns for file in files}


def test_every_stage_leaves_what_it_says(made: flow.Factory) -> None:
    size = made.specs.factory
    clips = made.store.read(Clip, CELL)
    assert [clip.index for clip in clips] == list(range(size.clips_per_cell))
    for clip, prompt in zip(clips, made.store.read(Prompt, CELL), strict=True):
        folder = made.store.clip_folder(CELL, clip.id)
        info = probe(folder / "video.mp4")
        assert (info.width, info.height, info.fps, info.frames) == (size.width, size.height, size.fps, size.frames)
        assert clip.caption == prompt.text
        for modality in clip.modalities:
            reader = TruthReader(folder / f"{modality}.zst", *truth_format(modality, size.height, size.width))
            assert len(reader) == size.frames
    assert {v.clip for v in made.store.read(Verdict, CELL)} == {clip.id for clip in clips}
    packed = [clip for shard in made.store.read(Shard, CELL) for clip in shard.parents]
    assert packed == [v.clip for v in made.store.read(Verdict, CELL) if v.kept]


def test_running_again_repeats_nothing(made: flow.Factory) -> None:
    before = stamps(made)
    report = flow.make(made, [CELL], workers=1, train=False)
    assert {stage: r.made for stage, r in report.reports[CELL.key].items()} == dict.fromkeys(flow.STAGES, 0)
    assert stamps(made) == before


def test_moving_a_threshold_decides_again_without_measuring(made: flow.Factory) -> None:
    before = stamps(made)
    stricter = flow.open_factory(made.specs.root, made.data, "", thresholds={"min_motion_px": 50.0})
    report = flow.make(stricter, [CELL], workers=1, train=False)
    stages = report.reports[CELL.key]
    assert stages["measurements"].made == 0
    assert stages["verdicts"].dropped == {"static": stricter.specs.factory.clips_per_cell}
    assert not stages["shards"].records
    assert not list((made.data / "homes").rglob("*.tar"))
    unchanged = {file for file in before if "/clips/" in file or "clips.parquet" in file}
    assert {file: stamp for file, stamp in stamps(made).items() if file in unchanged} == {
        file: before[file] for file in unchanged
    }
    flow.make(made, [CELL], workers=1, train=False)
    assert list((made.data / "homes").rglob("*.tar"))


def test_a_clip_without_what_its_prompt_tells_of_is_dropped_with_what_it_lacks(
    make_specs: Callable[..., Path], tmp_path: Path
) -> None:
    specs = make_specs(clips_per_cell=6)
    venue = specs / "venues" / "street.yaml"
    told = yaml.safe_load(venue.read_text())
    told["happenings"] = [
        {
            "name": "boat-turns",
            "text": "a sailboat turns at its mooring",
            "acts": [{"does": "run", "thing": "sailboat"}],
        },
        {"name": "air-is-mild", "text": "the air is mild"},
        {"name": "day-goes-by", "text": "the day goes by"},
    ]
    venue.write_text(yaml.safe_dump(told))
    factory = flow.open_factory(specs, tmp_path / "data")
    report = flow.make(factory, [CELL], workers=1, train=False)
    assert not report.failures
    without = {s.parents[0] for s in factory.store.read(Scene, CELL) if "boat-turns" in " ".join(s.missing)}
    wanted = {p.id for p in factory.store.read(Prompt, CELL) if "boat-turns" in p.happenings}
    assert without == wanted and 0 < len(wanted) < 6
    scenes = {s.id: s for s in factory.store.read(Scene, CELL)}
    for clip, verdict in zip(factory.store.read(Clip, CELL), factory.store.read(Verdict, CELL), strict=True):
        untrue = [reason for reason in verdict.reasons if reason.startswith("untrue_prompt")]
        assert bool(untrue) == bool(scenes[clip.parents[0]].missing)
        if scenes[clip.parents[0]].parents[0] in wanted:
            assert "happening/boat-turns: no room in view for: run sailboat" in untrue[0]
    assert report.reports[CELL.key]["verdicts"].dropped["untrue_prompt"] >= len(wanted)
    assert {c for s in factory.store.read(Shard, CELL) for c in s.parents} == {
        v.clip for v in factory.store.read(Verdict, CELL) if v.kept
    }


def test_one_clip_from_its_coordinates_is_the_clip_of_the_cell(made: flow.Factory, tmp_path: Path) -> None:
    standing = made.store.read(Clip, CELL)[1]
    alone, _ = flow.make_one(made, CELL, 1, tmp_path / "alone")
    assert alone == standing
    for name in alone.files:
        assert (tmp_path / "alone" / name).read_bytes() == (
            made.store.clip_folder(CELL, standing.id) / name
        ).read_bytes()


def test_clip_ten_million_needs_no_other(made: flow.Factory, tmp_path: Path) -> None:
    alone, _ = flow.make_one(made, CELL, 10_000_000, tmp_path / "far")
    assert alone.index == 10_000_000
    frames = list(decode(tmp_path / "far" / "video.mp4"))
    assert len(frames) == made.specs.factory.frames
    assert np.std(np.asarray(frames[0])) > 5


def test_a_folder_that_holds_things_is_left_alone(made: flow.Factory, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("three years")
    with pytest.raises(StoreError, match=str(tmp_path)):
        flow.make_one(made, CELL, 0, tmp_path)
    assert (tmp_path / "thesis.txt").read_text() == "three years"


def test_editing_a_city_makes_its_clips_anew_and_drops_the_old(specs: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    flow.make(flow.open_factory(specs, data), [CELL], workers=1, train=False)
    old = {clip.id for clip in flow.open_factory(specs, data).store.read(Clip, CELL)}
    file = specs / "cities" / "kyoto.yaml"
    file.write_text(file.read_text().replace("\ntraits:\n", "\ntraits:\n  - a lone pine above the wall\n", 1))
    factory = flow.open_factory(specs, data)
    report = flow.make(factory, [CELL], workers=1, train=False)
    assert not report.failures
    new = {clip.id for clip in factory.store.read(Clip, CELL)}
    assert not old & new
    assert {folder.name for folder in (factory.store.cell_folder(CELL) / "clips").iterdir()} == new


def test_a_clip_that_can_not_be_read_is_named_and_the_others_measured(specs: Path, tmp_path: Path) -> None:
    factory = flow.open_factory(specs, tmp_path / "data")
    for stage in (flow.make_prompts, flow.make_scenes):
        stage(factory, CELL)
    flow.make_clips(factory, CELL, 1)
    broken, good = factory.store.read(Clip, CELL)
    file = factory.store.clip_folder(CELL, broken.id) / "depth.zst"
    file.write_bytes(file.read_bytes()[:50])
    with pytest.raises(RenderError, match=r"depth\.zst"):
        flow.measure_clips(factory, CELL, 1)
    assert [m.clip for m in factory.store.read(Measurement, CELL)] == [good.id]


def test_an_unknown_city_is_named_with_those_there_are(specs: Path, tmp_path: Path) -> None:
    factory = flow.open_factory(specs, tmp_path / "data")
    with pytest.raises(UnknownNameError, match=r"city 'atlantis' .* known: .*kyoto"):
        factory.select(cities=["atlantis"])
