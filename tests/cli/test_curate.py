"""`worldfactory curate` and `worldfactory testfilm` as a person meets them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import polars as pl
import pytest
import yaml
from typer.testing import CliRunner

from tests.annotate.tiny import SENTENCE, tiny_idefics
from tests.conftest import copy_specs
from tests.video.brought import shot, write
from worldfactory.cli._app import app
from worldfactory.video import decode, probe

run = CliRunner(env={"COLUMNS": "160"})
RULES = {
    "split": {"min_s": 0.5, "detector": "content"},
    "clip_rules": {"short": {"score": "seconds", "min": 0.5}, "noisy": None, "blurred": None, "static": None},
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Specs, and an inbox with a film, the same at half its size, and a file that is no video."""
    root = tmp_path_factory.mktemp("curate")
    copy_specs(root / "specs")
    (root / "specs" / "curation.yaml").write_text(yaml.safe_dump(RULES))
    inbox = root / "inbox"
    inbox.mkdir()
    frames = shot(1, 30) + shot(2, 36)
    write(inbox / "film.mp4", frames)
    write(inbox / "small.mkv", [frame[::2, ::2] for frame in frames])
    (inbox / "notes.mp4").write_text("not a video")
    (inbox / "README.md").write_text("where these are from")
    return root


def curate(root: Path, *arguments: str) -> str:
    result = run.invoke(app, ["curate", *arguments, "--specs", str(root / "specs"), "--data", str(root / "data")])
    assert result.exit_code == 0, result.output
    return re.sub(r"\s+", " ", result.output)


def test_curate_over_two_workers_finds_clips_copies_and_faults_then_decides_again(folder: Path) -> None:
    said = curate(folder, str(folder / "inbox"), "--workers", "2")
    assert "3 sources (3 new, 0 with the bytes of another), 4 clips, 2 kept" in said
    assert "duplicate 2" in said and "unreadable 1" in said
    assert "no videos: 1 (README.md)" in said
    assert (folder / "data" / "curated" / "report" / "index.html").is_file()
    # Of each pair the larger stays, and the small one names it.
    tables = folder / "data" / "curated"
    judged = pl.read_parquet(tables / "judgements.parquet")
    kept = judged.filter(pl.col("kept"))["subject"].to_list()
    segments = pl.read_parquet(tables / "segments.parquet")
    sources = pl.read_parquet(tables / "sources.parquet")
    names = dict(zip(sources["id"], sources["name"], strict=True))
    of = {row["id"]: names[row["source"]] for row in segments.to_dicts()}
    assert {of[one] for one in kept if one in of} == {"film.mp4"}
    reason = next(r for row in judged.to_dicts() if of.get(row["subject"]) == "small.mkv" for r in row["reasons"])
    assert re.fullmatch(r"duplicate: picture (0\.\d+|1) to segment-\w+", reason)
    assert of[reason.split()[-1]] == "film.mp4"
    data = pl.read_parquet(tables / "kept.parquet")
    assert all(probe(tables / file).codec == "h264" for file in data["file"])
    assert "(0 new" in curate(folder, str(folder / "inbox"), "--shards")
    (shard,) = (folder / "data" / "homes").rglob("brought/*.tar")
    assert shard.stat().st_size > sum((tables / file).stat().st_size for file in data["file"])


def test_a_dry_run_says_what_moved_rules_would_change_and_changes_nothing(folder: Path) -> None:
    curate(folder, str(folder / "inbox"))
    stored = (folder / "data" / "curated" / "judgements.parquet").read_bytes()
    rules = folder / "specs" / "curation.yaml"
    before = rules.read_text()
    rules.write_text(yaml.safe_dump(RULES | {"duplicates": {"copy_likeness": 1.01}}))
    said = curate(folder, "--dry-run")
    assert "2 judgements would change: duplicate -> kept 2" in said
    assert (folder / "data" / "curated" / "judgements.parquet").read_bytes() == stored
    assert "4 kept" in curate(folder)
    rules.write_text(before)
    assert "2 judgements changed: kept -> duplicate 2" in curate(folder)


def test_a_named_annotator_is_asked_what_the_kept_clips_show(folder: Path, tmp_path: Path) -> None:
    rules = folder / "specs" / "curation.yaml"
    before = rules.read_text()
    rules.write_text(yaml.safe_dump(RULES | {"annotator": {"model": str(tiny_idefics(tmp_path / "m", SENTENCE))}}))
    assert "0 measured; 2 clips asked of now" in curate(folder, str(folder / "inbox"), "--shards", "--index")
    found = run.invoke(app, ["search", "a kite", "--specs", str(folder / "specs"), "--data", str(folder / "data")])
    assert found.output.count("film.mp4") == 2 and found.output.count("curated/clips/") == 2, found.output
    (shard,) = (folder / "data" / "homes").rglob("brought/*.tar")
    assert shard.read_bytes().count(SENTENCE.encode()) == 2 * 2  # as text, and in the JSON
    assert "captions:" not in curate(folder, "--dry-run")
    rules.write_text(before)


def test_testfilm_writes_a_film_and_its_truth(folder: Path, tmp_path: Path) -> None:
    arguments = [
        "--to",
        str(tmp_path),
        "--shots",
        "4",
        "--width",
        "128",
        "--height",
        "96",
        "--drawn",
        "0",
        "--seed",
        "3",
    ]
    result = run.invoke(app, ["testfilm", *arguments, "--specs", str(folder / "specs")])
    assert result.exit_code == 0, result.output
    truth = json.loads((tmp_path / "truth.json").read_text())
    info = probe(tmp_path / "film.mp4")
    assert (info.width, info.height, info.frames) == (128, 96, truth["frames"])
    assert len(truth["shots"]) == 4
    assert f"{truth['frames']} frames, 4 shots" in result.output
    assert len(list(decode(tmp_path / "film.mp4"))) == truth["frames"]
