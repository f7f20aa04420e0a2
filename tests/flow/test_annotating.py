"""Captions of brought video: asked for once, faults fall back to measured ones; shards say who, the index finds."""

from __future__ import annotations

import io
import json
import shutil
import tarfile
from pathlib import Path

import numpy as np
import pytest
import yaml

from tests.annotate.tiny import SENTENCE, tiny_idefics
from tests.conftest import copy_specs
from tests.video.brought import shot, write
from worldfactory import flow
from worldfactory.errors import ModelError
from worldfactory.flow._annotating import clip_frames, kept_footage
from worldfactory.index import Filters
from worldfactory.records.source import Kept
from worldfactory.spec import CurationSpec

RULES = {
    "split": {"min_s": 0.5, "detector": "content"},
    "clip_rules": {"short": {"score": "seconds", "min": 1.1}, "noisy": None, "blurred": None, "static": None},
}


@pytest.fixture(scope="module")
def curated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder of two films of two shots each; of the first, one is too short to be kept."""
    data = tmp_path_factory.mktemp("annotating")
    write(data / "one.mp4", shot(1, 24) + shot(2, 36))
    write(data / "two.mp4", shot(3, 30) + shot(4, 30))
    flow.curate_files([data / "one.mp4", data / "two.mp4"], CurationSpec.model_validate(RULES), data, 1)
    return data


@pytest.fixture
def data(curated: Path, tmp_path: Path) -> Path:
    shutil.copytree(curated / "curated", tmp_path / "data" / "curated")
    return tmp_path / "data"


def naming(model: Path | str, **keys: object) -> CurationSpec:
    return CurationSpec.model_validate({**RULES, "annotator": {"model": str(model), **keys}})


def opened(data: Path, spec: CurationSpec) -> flow.Factory:
    """A factory whose curation.yaml says this."""
    if not (data / "specs").exists():
        copy_specs(data / "specs")
    (data / "specs" / "curation.yaml").write_text(yaml.safe_dump(spec.model_dump(mode="json", by_alias=True)))
    return flow.open_factory(data / "specs", data)


def packed(data: Path, spec: CurationSpec) -> list[dict[str, str]]:
    """The captions in the shards."""
    factory = opened(data, spec)
    found: list[dict[str, str]] = []
    for shard in flow.pack_curated(factory).records:
        with tarfile.open(fileobj=io.BytesIO(factory.home(shard.home).get(shard.key))) as tar:
            members = {member.name: tar.extractfile(member) for member in tar}
            for name, file in members.items():
                assert file is not None
                if name.endswith(".json"):
                    found.append(json.loads(file.read())["caption"])
                    text = members[name.replace(".json", ".txt")]
                    assert text is not None and text.read().decode() == found[-1]["text"]
    return found


def test_kept_clips_are_asked_of_once_and_shards_say_who_wrote_the_caption(data: Path, tmp_path: Path) -> None:
    model = tiny_idefics(tmp_path / "speaks", SENTENCE)
    spec = naming(model, most_tokens=32, batch=2)
    seen: list[tuple[int, int]] = []
    report = flow.annotate_curated(spec, data, lambda done, total, _: seen.append((done, total)))
    assert seen == [(2, 3), (3, 3)]
    assert report.made == 3 and [one.text for one in report.records] == [SENTENCE] * 3
    tables = sorted((data / "curated" / "captions").rglob("*.parquet"))
    assert len(tables) == 2  # one a source, in one folder
    shutil.rmtree(model)  # from here on nobody could be asked
    assert flow.annotate_curated(spec, data) == flow.StageReport(
        "captions", report.records, 0, {"clips": 3, "annotated": 3, "measured": 0}, {}
    )
    assert packed(data, spec) == [{"text": SENTENCE, "by": str(model)}] * 3
    # Of one more kept clip only that is asked, and of a batch of another size none.
    lenient = spec.model_copy(update={"clip_rules": {}, "annotator": spec.annotator.model_copy(update={"batch": 7})})
    flow.decide_curated(lenient, data)
    tiny_idefics(model, SENTENCE)
    assert flow.annotate_curated(lenient, data).made == 1
    asked_else = naming(model, most_tokens=32, prompt="What is it?")
    assert flow.annotate_curated(asked_else, data).made == 4
    assert flow.annotate_curated(lenient, data).made == 0
    assert {one["by"] for one in packed(data, CurationSpec.model_validate(RULES))} == {"measured"}


def test_answers_of_no_use_fall_back_to_what_was_measured_and_are_not_asked_for_again(
    data: Path, tmp_path: Path
) -> None:
    spec = naming(tiny_idefics(tmp_path / "loops", SENTENCE, loops=True))
    report = flow.annotate_curated(spec, data)
    assert report.dropped == {"looping": 3} and report.notes["measured"] == 3
    captions = packed(data, spec)
    assert {one["by"] for one in captions} == {"measured"}
    assert all(one["text"].startswith("A clip of ") for one in captions)
    assert flow.annotate_curated(spec, data).made == 0


def test_a_damaged_clip_costs_the_others_nothing_and_is_asked_of_again_when_it_is_whole(
    data: Path, tmp_path: Path
) -> None:
    spec = naming(tiny_idefics(tmp_path / "speaks", SENTENCE))
    file = data / "curated" / next(kept.file for kept, _ in kept_footage(data / "curated"))
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 3])
    report = flow.annotate_curated(spec, data)
    assert report.dropped == {"damaged": 1} and report.notes["annotated"] == 2
    assert str(file) in next(one.fault for one in report.records if one.fault)
    file.write_bytes(whole)
    again = flow.annotate_curated(spec, data)
    assert again.made == 1 and again.dropped == {}


def test_a_model_that_fails_on_every_clip_is_the_fault_of_the_model(data: Path, tmp_path: Path) -> None:
    model = tiny_idefics(tmp_path / "broken")
    file = model / "processor_config.json"
    said = json.loads(file.read_text())
    said["image_seq_len"] = 5  # places for pictures that the model does not fill
    file.write_text(json.dumps(said))
    with pytest.raises(ModelError, match=r"broken: can not answer: "):
        flow.annotate_curated(naming(model), data)


def test_without_an_annotator_nothing_is_asked_or_written(data: Path) -> None:
    report = flow.annotate_curated(CurationSpec.model_validate(RULES), data)
    assert report.records == () and report.notes == {"clips": 3, "measured": 3}
    assert not (data / "curated" / "captions").exists()


def test_kept_clips_are_found_by_their_captions_until_they_are_kept_no_more(data: Path, tmp_path: Path) -> None:
    spec = naming(tiny_idefics(tmp_path / "speaks", SENTENCE))
    factory = opened(data, spec)

    def synced() -> tuple[int, int, float]:
        report = flow.index_brought(factory)
        assert len(flow.search(factory, "anything", 99)) == len(report.records)
        return len(report.records), report.made, report.notes["removed"]

    assert synced() == (3, 3, 0)
    assert {one.caption[:10] for one in flow.search(factory, "a kite on the beach")} == {"A clip of "}
    flow.annotate_curated(spec, data)
    assert synced() == (3, 3, 3)  # told of in other words
    best = flow.search(factory, "a kite on the beach", 1)[0]
    assert best.caption == SENTENCE and best.where in ("one.mp4", "two.mp4") and best.score > 0.6
    assert isinstance(best.clip, Kept) and (data / "curated" / best.clip.file).is_file()
    assert flow.search(factory, "a kite on the beach", filters=Filters(city=("kyoto",))) == []
    assert synced() == (3, 0, 0)
    longer = {"short": {"score": "seconds", "min": 1.4}, "noisy": None, "blurred": None, "static": None}
    stricter = CurationSpec.model_validate({**RULES, "clip_rules": longer})
    flow.decide_curated(stricter, data)
    assert len(flow.search(factory, "anything", 99)) == 1  # what is kept no more is not shown, and then goes
    assert synced() == (1, 0, 2)


@pytest.mark.parametrize(("frames", "wanted"), [(5, range(5)), (8, range(8)), (15, range(0, 15, 2)), (60, None)])
def test_frames_are_spread_over_the_clip_and_made_small(tmp_path: Path, frames: int, wanted: range | None) -> None:
    greys = np.linspace(20, 230, frames)
    write(tmp_path / "clip.mp4", [np.full((64, 96, 3), int(grey), np.uint8) for grey in greys])
    seen = clip_frames(tmp_path / "clip.mp4", 8, 48)
    assert seen.shape == (min(8, frames), 32, 48, 3)
    levels = seen.mean((1, 2, 3))
    if wanted is not None:
        assert np.allclose(levels, greys[list(wanted)], atol=4)
    else:
        assert np.all(np.diff(levels) > 0.8 * np.diff(levels).mean()) and levels[0] < 25 and levels[-1] > 195
