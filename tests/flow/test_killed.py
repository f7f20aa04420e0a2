"""kill -9 at every write of every stage, then run again: nothing half-written, nothing repeated, the same bytes."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import copy_specs, prune_specs
from tests.flow import mortal
from tests.flow.conftest import CELL
from worldfactory import flow

STAGES = (*flow.STAGES, "checkpoint")
Fault = dict[str, Any]


def at(pattern: str, when: str, nth: int = 1) -> Fault:
    return {"at": f"*/{pattern}", "when": when, "nth": nth}


def call(name: str, when: str, nth: int = 1) -> Fault:
    return {"call": name, "when": when, "nth": nth}


# In the order of the work, so that each run gets as far as its fault, on what the killed ones before it left.
FAULTS: dict[str, list[Fault]] = {
    "prompts": [at("origins.parquet", "before"), at("prompts.parquet", "before"), at("prompts.parquet", "after")],
    "scenes": [at("scenes.parquet", "before"), at("scenes.parquet", "after")],
    "clips": [
        call("worldfactory.video:Encoder.add", "after", 4),
        at("clips/clip-*", "before"),
        at("clips/clip-*", "after"),
        at("clips.parquet", "before"),
        at("clips.parquet", "after"),
    ],
    "measurements": [
        call("worldfactory.curate:measure_folder", "after", 2),
        at("measurements.parquet", "before"),
        at("measurements.parquet", "after"),
    ],
    "verdicts": [at("verdicts.parquet", "before"), at("verdicts.parquet", "after")],
    "shards": [
        at("*.tar", "before"),
        at("*.tar", "after"),
        at("shards.parquet", "before"),
        call("worldfactory.flow._stages:prune_shards", "before"),
    ],
    "index": [
        at("index", "before"),
        at("index", "after"),
        call("worldfactory.index._edge:_point", "after", 2),
        call("worldfactory.index:EdgeIndex.upsert", "after"),
    ],
    "checkpoint": [
        at("round-000001.safetensors", "before"),
        at("round-000001.safetensors", "after"),
        at("round-000002.safetensors", "after"),
        at("checkpoints/checkpoint-*", "before"),
        at("checkpoints/checkpoint-*", "after"),
        at("lineage.json", "before"),
    ],
}


class Mortal:
    """Runs stages in processes that die where they are told to."""

    def __init__(self, specs: Path) -> None:
        self.specs = specs
        self.process = subprocess.Popen(
            [sys.executable, "-W", "ignore", mortal.__file__, str(specs), CELL.key],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2],
        )  # fmt: skip

    def run(self, data: Path, stage: str, fault: Fault | None = None, workers: int = 1) -> dict[str, Any]:
        job = {
            "specs": str(self.specs), "data": str(data), "cell": CELL.key, "stage": stage, "fault": fault,
            "workers": workers,
        }  # fmt: skip
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(json.dumps(job) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())


class Undisturbed:
    """The data folder as each stage leaves it when nothing goes wrong; made as far as it is asked for."""

    def __init__(self, root: Path) -> None:
        self.root, self.data = root, root / "data"
        self.specs = copy_specs(
            root / "specs", frames=9, clips_per_cell=3, clips_per_shard=2,
            homes={"azure": {"url": "file:homes/azure", "cities": ["kyoto"]}}, default_home="azure",
            demo={"cells": [CELL.key]},
            thresholds={"min_motion_px": 0.0, "min_change_share": 0.0, "min_instances": 0, "max_similarity": 1.0,
                        "max_missing": 9, "max_near_share": 1.0, "min_sharpness": 0.0},
        )  # fmt: skip
        prune_specs(self.specs, ["kyoto"], ["street"])
        model = self.specs / "models" / "tokenizer.yaml"
        model.write_text(yaml.safe_dump((yaml.safe_load(model.read_text()) or {}) | {"size": 64, "batch": 1}))
        (self.specs / "federation" / "clouds.yaml").write_text("rounds: 2\nsteps_per_round: 1\nmin_clients: 1\n")
        (root / "before").mkdir()

    def after(self, stage: str) -> Path:
        """A copy to look at, not to touch."""
        for one in STAGES[: STAGES.index(stage) + 1]:
            if not (self.root / one).exists():
                said = mortal.run(
                    {"specs": self.specs, "data": self.data, "cell": CELL.key, "stage": one, "workers": 1}
                )
                assert said.get("made", 1), (one, said)
                shutil.copytree(self.data, self.root / one)
        return self.root / stage

    def before(self, stage: str) -> Path:
        return self.after(STAGES[STAGES.index(stage) - 1]) if stage != STAGES[0] else self.root / "before"


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    return Undisturbed(tmp_path_factory.mktemp("undisturbed"))


@pytest.fixture(scope="module")
def killer(undisturbed: Undisturbed) -> Iterator[Mortal]:
    made = Mortal(undisturbed.specs)
    yield made
    assert made.process.stdin
    made.process.stdin.close()
    made.process.wait()


APART = ("index", "index.lock", "locks", "costs")
"""What is compared in its own way, and what is no data."""


def seen(data: Path) -> dict[str, Path]:
    """The files that readers of the data folder see, the index apart."""
    files = {file.relative_to(data): file for file in data.rglob("*") if file.is_file()}
    return {
        str(name): file
        for name, file in files.items()
        if name.parts[0] not in APART and not any(part.startswith(".") for part in name.parts)
    }


def stamps(data: Path) -> dict[str, tuple[int, int]]:
    return {name: (file.stat().st_ino, file.stat().st_mtime_ns) for name, file in seen(data).items()}


def found(data: Path, specs: Path) -> list[tuple[str, float]]:
    """The clips that a search of the index finds, and how well they fit."""
    return [(one.clip.id, round(one.score, 5)) for one in flow.search(flow.open_factory(specs, data), "a street", 99)]


def killed_and_run_again(
    killer: Mortal, undisturbed: Undisturbed, data: Path, stage: str, faults: list[Fault], workers: int = 1
) -> None:
    shutil.copytree(undisturbed.before(stage), data)
    wanted = {name: file.read_bytes() for name, file in seen(undisturbed.after(stage)).items()}
    standing = stamps(data)
    for fault in faults:
        said = killer.run(data, stage, fault, workers)
        assert said == {"signal": signal.SIGKILL}, (fault, said)
        for name, file in seen(data).items():
            assert file.read_bytes() == wanted[name], f"{name} is half-written after {fault}"
        now = stamps(data)
        assert {name: now[name] for name in standing} == standing, f"made again before {fault}"
        standing = now
    said = killer.run(data, stage, workers=workers)
    assert said["signal"] == 0 and "error" not in said, said
    assert {name: file.read_bytes() for name, file in seen(data).items()} == wanted
    now = stamps(data)
    assert {name: now[name] for name in standing} == standing, "made again after all"
    leftovers = [file for file in data.rglob(".*") if file.name.endswith((".part", ".rounds"))]
    assert not leftovers
    assert killer.run(data, stage).get("made", 0) == 0


@pytest.mark.parametrize("stage", ["prompts", "scenes", "clips", "measurements", "verdicts", "shards"])
def test_a_stage_killed_at_each_of_its_writes(
    stage: str, killer: Mortal, undisturbed: Undisturbed, tmp_path: Path
) -> None:
    killed_and_run_again(killer, undisturbed, tmp_path / "data", stage, FAULTS[stage])


@pytest.mark.long
def test_indexing_killed_at_each_of_its_writes(killer: Mortal, undisturbed: Undisturbed, tmp_path: Path) -> None:
    killed_and_run_again(killer, undisturbed, tmp_path / "data", "index", FAULTS["index"])
    assert found(tmp_path / "data", killer.specs) == found(undisturbed.after("index"), killer.specs)


@pytest.mark.long
def test_training_killed_at_each_of_its_writes(killer: Mortal, undisturbed: Undisturbed, tmp_path: Path) -> None:
    killed_and_run_again(killer, undisturbed, tmp_path / "data", "checkpoint", FAULTS["checkpoint"])


@pytest.mark.long
@pytest.mark.parametrize("stage", ["clips", "measurements"])
def test_a_stage_over_a_pool_of_workers_killed_at_each_of_its_writes(
    stage: str, killer: Mortal, undisturbed: Undisturbed, tmp_path: Path
) -> None:
    killed_and_run_again(killer, undisturbed, tmp_path / "data", stage, FAULTS[stage], workers=2)


@pytest.mark.long
def test_a_worker_that_is_killed_is_told_of_and_the_next_run_goes_on(
    killer: Mortal, undisturbed: Undisturbed, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    shutil.copytree(undisturbed.before("clips"), data)
    fault = {**at("clips/clip-*", "before", 2), "alone": True}
    said = killer.run(data, "clips", fault, workers=2)
    assert said["signal"] == 0
    assert "RenderError: street:kyoto: " in said["error"] and "a worker process was killed" in said["error"]
    assert killer.run(data, "clips", workers=2)["made"] > 0
    wanted = {name: file.read_bytes() for name, file in seen(undisturbed.after("clips")).items()}
    assert {name: file.read_bytes() for name, file in seen(data).items()} == wanted
