"""The inbox as Dagster runs it: a partition a file, faults on record, an edited rule decided without decoding."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import dagster as dg
import pytest
import yaml

from assets._sync import sync
from assets.definitions import defs
from assets.demo import QUIET
from assets.inbox import video_captions, video_choice_stands
from assets.sensors import inbox
from resources import FactoryResource
from tests.annotate.tiny import SENTENCE, tiny_idefics
from tests.assets.test_staleness import stale, stale_whole
from tests.video.brought import shot, write
from worldfactory.spec import load_partly

LENIENT = {"short": {"score": "seconds", "min": 0.5}, "noisy": None, "blurred": None, "static": None}
SPEC = {"split": {"min_s": 0.5, "detector": "content"}, "inbox": {"settle_s": 60}, "clip_rules": LENIENT}
ASSETS = ("video_shots", "video_clips", "video_verdicts")
OVER_ALL = ("video_choice", "video_captions", "video_shards", "video_points")


@pytest.fixture
def rules(specs: Path) -> Callable[..., None]:
    """Writes curation.yaml with these clip rules and other keys."""

    def say(clip_rules: dict[str, object] | None = None, **keys: object) -> None:
        said = SPEC | {"clip_rules": LENIENT | (clip_rules or {})} | keys
        (specs / "curation.yaml").write_text(yaml.safe_dump(said))

    say()
    return say


@pytest.fixture
def folder(factory: FactoryResource) -> Path:
    """An inbox with two films, the second the first at half its size, and a file that is no video; settled."""
    there = Path(factory.data) / "inbox"
    there.mkdir(parents=True)
    frames = shot(1, 24) + shot(2, 30)
    write(there / "film.mp4", frames)
    write(there / "the small one.mkv", [frame[::2, ::2] for frame in frames])
    (there / "broken.mp4").write_bytes(b"not a video")
    for file in there.iterdir():
        os.utime(file, (1_000_000_000, 1_000_000_000))
    return there


def tick(instance: dg.DagsterInstance, factory: FactoryResource) -> list[dg.RunRequest]:
    """The sensor looks once; its partitions are added as the daemon would."""
    with dg.build_sensor_context(instance, definitions=defs, resources={"factory": factory.model_copy()}) as context:
        said = inbox(context)
    if isinstance(said, dg.SkipReason):
        return []
    assert isinstance(said, dg.SensorResult)
    for request in said.dynamic_partitions_requests or ():
        instance.add_dynamic_partitions(request.partitions_def_name, list(request.partition_keys))
    return list(said.run_requests or ())


def run(
    instance: dg.DagsterInstance, factory: FactoryResource, job: str, key: str | None = None
) -> dg.ExecuteInProcessResult:
    return defs.resolve_job_def(job).execute_in_process(
        instance=instance, partition_key=key, resources={"factory": factory.model_copy()}, run_config=QUIET
    )


def test_files_become_partitions_and_an_edited_rule_makes_stale_only_what_follows_it(
    instance: dg.DagsterInstance, factory: FactoryResource, folder: Path, rules: Callable[..., None], tmp_path: Path
) -> None:
    sync(instance, load_partly(factory.root))
    asked = tick(instance, factory)
    keys = sorted(str(request.partition_key) for request in asked)
    assert [key.rsplit("-", 1)[0] for key in keys] == ["broken", "film", "the-small-one"]
    assert {request.job_name for request in asked} == {"video_job"}
    for key in keys:
        result = run(instance, factory, "video_job", key)
        assert result.success  # a broken file is on record, and ends no run
        if key.startswith("broken"):
            (made,) = result.asset_materializations_for_node("video_shots")
            assert str(made.metadata["fault"].value).startswith("unreadable")
    (choice,) = tick(instance, factory)
    assert choice.job_name == "choice_job"
    result = run(instance, factory, "choice_job")
    (made,) = result.asset_materializations_for_node("video_choice")
    assert (made.metadata["files"].value, made.metadata["clips"].value, made.metadata["kept"].value) == (3, 4, 2)
    assert "data:image/svg+xml;base64," in str(made.metadata["flow"].value)
    assert Path(str(made.metadata["report"].value)).is_file()
    (packed,) = result.asset_materializations_for_node("video_shards")
    assert packed.metadata["clips"].value == 2
    assert all(stale(instance, asset) == set() for asset in ASSETS)
    assert tick(instance, factory) == []

    rules(annotator={"model": str(tiny_idefics(tmp_path / "model", SENTENCE))})
    sync(instance, load_partly(factory.root))
    assert stale_whole(instance, *OVER_ALL) == {"video_captions"}
    assert all(stale(instance, asset) == set() for asset in ASSETS)
    result = dg.materialize([video_captions], instance=instance, resources={"factory": factory.model_copy()})
    (said,) = result.asset_materializations_for_node("video_captions")
    assert (said.metadata["annotated"].value, said.metadata["made anew"].value) == (2, 2)
    assert stale_whole(instance, *OVER_ALL) == {"video_shards", "video_points"}
    result = run(instance, factory, "choice_job")
    (indexed,) = result.asset_materializations_for_node("video_points")
    assert (indexed.metadata["made anew"].value, indexed.metadata["removed"].value) == (2, 2)
    assert stale_whole(instance, *OVER_ALL) == set()

    # Decoding is impossible from here on.
    for file in folder.iterdir():
        file.unlink()
    rules({"short": {"score": "seconds", "min": 1.1}})
    sync(instance, load_partly(factory.root))
    assert stale(instance, "video_shots") == stale(instance, "video_clips") == set()
    assert stale(instance, "video_verdicts") == set(keys)
    check = dry_run(instance, factory)
    assert not check.passed
    assert "kept -> short: 1" in str(check.description)
    for key in keys:
        assert run(instance, factory, "video_job", key).success
    (made,) = run(instance, factory, "choice_job").asset_materializations_for_node("video_choice")
    assert made.metadata["kept"].value == 1
    assert stale(instance, "video_verdicts") == set()
    assert dry_run(instance, factory).passed


def dry_run(instance: dg.DagsterInstance, factory: FactoryResource) -> dg.AssetCheckEvaluation:
    """What the check says of the rules as they stand now, run alone."""
    job = dg.define_asset_job("dry_run", selection=dg.AssetSelection.checks(video_choice_stands)).resolve(
        asset_graph=defs.resolve_asset_graph()
    )
    result = job.execute_in_process(instance=instance, resources={"factory": factory.model_copy()}, run_config=QUIET)
    (said,) = result.get_asset_check_evaluations()
    return said


def test_moving_the_split_makes_shots_stale_and_moving_the_mix_only_the_choice(
    instance: dg.DagsterInstance, factory: FactoryResource, folder: Path, rules: Callable[..., None]
) -> None:
    (folder / "film.mp4").unlink()
    (folder / "the small one.mkv").unlink()
    sync(instance, load_partly(factory.root))
    (asked,) = tick(instance, factory)
    key = str(asked.partition_key)
    run(instance, factory, "video_job", key)
    rules(mix={"wanted": {"type_real": 1}})
    sync(instance, load_partly(factory.root))
    assert all(stale(instance, asset) == set() for asset in ASSETS)
    rules(embedder={"model": "shipped"})
    sync(instance, load_partly(factory.root))
    assert stale(instance, "video_shots") == set()
    assert stale(instance, "video_clips") == {key}
    rules(split={"min_s": 1.0, "detector": "content"})
    sync(instance, load_partly(factory.root))
    assert stale(instance, "video_shots") == {key}
    (folder / "late.mp4").write_bytes(b"still on its way")
    assert [one for one in tick(instance, factory) if one.job_name == "video_job"] == []
