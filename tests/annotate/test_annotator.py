"""Vision-language models of transformers: loaded from a folder, shown frames in batches, their faults told."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from tests.annotate.tiny import SENTENCE, tiny_idefics
from worldfactory.annotate import Annotator, open_annotator
from worldfactory.errors import ModelError

CLIPS = [
    np.random.default_rng(seed).integers(0, 256, (frames, 24, 32, 3), dtype=np.uint8)
    for seed, frames in ((1, 8), (2, 3), (3, 5))
]


@pytest.fixture(scope="module")
def random(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_idefics(tmp_path_factory.mktemp("random"))


def test_clips_of_different_lengths_asked_of_at_once_get_the_answers_that_each_gets_alone(random: Path) -> None:
    annotator = open_annotator(str(random), "What is this?", 12)
    assert isinstance(annotator, Annotator) and annotator.name == str(random)
    answers = annotator.describe(CLIPS)
    assert answers == [annotator.describe([clip])[0] for clip in CLIPS]
    assert all(answer.fault for answer in answers)  # noise of random weights is no caption
    assert annotator.describe([]) == []
    with pytest.raises(ValueError, match=r"T, H, W, 3"):
        annotator.describe([np.zeros((0, 8, 8, 3), np.uint8)])


def test_a_model_that_speaks_is_heard_and_cut_sentences_are_left_out(tmp_path: Path) -> None:
    folder = tiny_idefics(tmp_path / "speaks", SENTENCE)
    assert [one.text for one in open_annotator(str(folder), "?", 64).describe(CLIPS)] == [SENTENCE] * 3
    (cut,) = open_annotator(str(folder), "?", 8).describe(CLIPS[:1])
    assert cut.fault.startswith("unfinished: ")
    loops = tiny_idefics(tmp_path / "loops", SENTENCE, loops=True)
    assert open_annotator(str(loops), "?", 128).describe(CLIPS[:1])[0].fault.startswith("looping: ")
    silent = tiny_idefics(tmp_path / "silent", "")
    assert open_annotator(str(silent), "?", 128).describe(CLIPS[:1])[0].fault.startswith("empty: ")


def test_what_can_not_be_loaded_says_why(random: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"gone: no such folder"):
        open_annotator(str(tmp_path / "gone"), "?", 8)
    (tmp_path / "empty").mkdir()
    with pytest.raises(ModelError, match=r"empty: can not be loaded"):
        open_annotator(str(tmp_path / "empty"), "?", 8)
    mute = tmp_path / "mute"
    shutil.copytree(random, mute)
    (mute / "chat_template.jinja").unlink()
    with pytest.raises(ModelError, match=r"mute: has no chat template"):
        open_annotator(str(mute), "?", 8)


def test_a_family_whose_processor_needs_a_package_that_is_not_there_names_it(random: Path, tmp_path: Path) -> None:
    from transformers.utils.import_utils import is_torchvision_available

    if is_torchvision_available():
        pytest.skip("torchvision is installed")
    folder = tmp_path / "qwen"
    folder.mkdir()
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(random / name, folder / name)
    (folder / "config.json").write_text(json.dumps({"model_type": "qwen2_5_vl"}))
    said = {"image_processor_type": "Qwen2VLImageProcessor", "processor_class": "Qwen2_5_VLProcessor"}
    (folder / "preprocessor_config.json").write_text(json.dumps(said))
    with pytest.raises(ModelError, match=r"(?i)qwen: its processor needs a package.*torchvision"):
        open_annotator(str(folder), "?", 8)
