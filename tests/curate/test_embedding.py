"""An embedder named in the spec: its vectors stand beside the clips, and clips that say the same are found by them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.video.brought import shot, write
from worldfactory.curate import clips_folder, read_prints, standing
from worldfactory.errors import ModelError
from worldfactory.flow import curate_files
from worldfactory.records.source import Alike
from worldfactory.spec import CurationSpec
from worldfactory.store import read_table


def spec(model: str) -> CurationSpec:
    return CurationSpec.model_validate(
        {"split": {"detector": "stride", "min_s": 0.5}, "embedder": {"model": model}, "clip_rules": {"static": None}}
    )


def test_clips_that_say_the_same_are_found_by_their_vectors(tmp_path: Path) -> None:
    frames = shot(1, 30)
    write(tmp_path / "a.mp4", frames)
    write(tmp_path / "b.mp4", [np.ascontiguousarray(frame[:, ::-1]) for frame in frames])
    write(tmp_path / "c.mp4", shot(2, 30))
    files = [tmp_path / f"{name}.mp4" for name in "abc"]
    wanted = spec("shipped")
    report = curate_files(files, wanted, tmp_path / "data", workers=1)
    assert report.made == 3
    root = tmp_path / "data" / "curated"
    vectors = {
        one.source.name: vector
        for one in standing(root, wanted)
        for _, vector in read_prints(clips_folder(root, one.source.sha256, wanted)).values()
    }
    assert all(vector is not None and vector.shape == (256,) for vector in vectors.values())
    a, b, c = (vectors[f"{name}.mp4"] for name in "abc")
    assert a is not None and b is not None and c is not None
    assert a @ b > 0.9 > 0.7 > a @ c
    assert [pair.found_by for pair in read_table(root / "pairs.parquet", Alike)].count("meaning") == 1


def test_without_an_embedder_nothing_is_measured_again() -> None:
    assert clips_folder(Path(), "0" * 64, spec("")) != clips_folder(Path(), "0" * 64, spec("shipped"))
    assert spec("").embedder == CurationSpec().embedder


def test_an_embedder_that_is_not_there_is_told(tmp_path: Path) -> None:
    write(tmp_path / "a.mp4", shot(1, 30))
    with pytest.raises(ModelError, match="gone"):
        curate_files([tmp_path / "a.mp4"], spec(str(tmp_path / "gone")), tmp_path / "data", workers=1)
