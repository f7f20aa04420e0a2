"""A run that is killed goes on after its last finished round and ends with the same bytes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.federate.homes import memory
from tests.train.footage import TINY
from worldfactory.errors import FederationError, StoreError
from worldfactory.federate import federate
from worldfactory.spec import FederationSpec

ROOT = Path(__file__).parents[2]


class Stopped(Exception):
    """Raised where a test stops a run."""


def stopping_at(step: int):
    def progress(done: int, total: int, what: str) -> None:
        if done == step:
            raise Stopped(what)

    return progress


@pytest.mark.parametrize(
    ("strategy", "step"), [("fedavg", 2), ("fedavg", 3), ("fedavg", 7), ("fedavgm", 4), ("fedadam", 4)]
)
def test_stopped_anywhere_it_ends_the_same(tmp_path: Path, strategy: str, step: int) -> None:
    """Two clients, three rounds: stopped between rounds, inside one, and in the evaluation."""
    spec = FederationSpec.model_validate({"rounds": 3, "steps_per_round": 2, "strategy": strategy})
    whole = federate(TINY, spec, memory(aws=3, gcp=2), tmp_path / "whole")
    with pytest.raises(Stopped):
        federate(TINY, spec, memory(aws=3, gcp=2), tmp_path / "parts", stopping_at(step))
    assert not list((tmp_path / "parts").glob("*/checkpoint.json"))
    told: list[int] = []
    parts = federate(TINY, spec, memory(aws=3, gcp=2), tmp_path / "parts", lambda done, total, what: told.append(done))
    assert parts == whole
    assert told[0] == (step - 1) // 2 * 2 + 1  # finished rounds are not gone through again
    assert [path.name for path in (tmp_path / "parts").iterdir()] == [whole.id]


def test_kill_9(tmp_path: Path) -> None:
    """The process dies in round 2 without a chance to tidy up."""
    code = f"""
import os, signal
from pathlib import Path
from tests.federate.homes import memory
from tests.train.footage import TINY
from worldfactory.federate import federate
from worldfactory.spec import FederationSpec

out = Path({str(tmp_path / "killed")!r})

def progress(done, total, what):
    print(what, flush=True)
    if done == 3:
        os.kill(os.getpid(), signal.SIGKILL)

federate(TINY, FederationSpec(rounds=2, steps_per_round=2), memory(aws=3, gcp=2), out, progress)
"""
    killed = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, env=os.environ)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert "round 2 of 2: aws done" in killed.stdout
    assert not list((tmp_path / "killed").glob("*/checkpoint.json"))
    spec = FederationSpec(rounds=2, steps_per_round=2)
    told: list[str] = []
    record = federate(
        TINY, spec, memory(aws=3, gcp=2), tmp_path / "killed", lambda done, total, what: told.append(what)
    )
    assert told[0] == "round 2 of 2: aws done"
    assert record == federate(TINY, spec, memory(aws=3, gcp=2), tmp_path / "whole")


def test_a_failed_run_keeps_its_finished_rounds(tmp_path: Path) -> None:
    """Round 2 fails; once the shard is mended the run goes on from round 2."""
    spec = FederationSpec(rounds=2, steps_per_round=2)
    homes = memory(aws=3)

    def breaking(done: int, total: int, what: str) -> None:
        homes["aws"].broken = True

    with pytest.raises(FederationError, match="round 2: 0 of 1"):
        federate(TINY, spec, homes, tmp_path, breaking)
    told: list[str] = []
    federate(TINY, spec, memory(aws=3), tmp_path, lambda done, total, what: told.append(what))
    assert told[0] == "round 2 of 2: aws done"


def test_a_damaged_round_is_named(tmp_path: Path) -> None:
    spec = FederationSpec(rounds=2, steps_per_round=2)
    with pytest.raises(Stopped):
        federate(TINY, spec, memory(aws=3), tmp_path, stopping_at(2))
    (file,) = tmp_path.glob(".*/round-000001.safetensors")
    file.write_bytes(file.read_bytes()[:1000])
    with pytest.raises(FederationError, match=r"round-000001\.safetensors: this saved round is damaged; delete it"):
        federate(TINY, spec, memory(aws=3), tmp_path)
    file.unlink()
    assert federate(TINY, spec, memory(aws=3), tmp_path).rounds == 2


def test_no_room_to_write_is_a_store_error(tmp_path: Path) -> None:
    blocked = tmp_path / "out"
    blocked.write_text("a file where the folder should be")
    with pytest.raises(StoreError, match="out"):
        federate(TINY, FederationSpec(rounds=1, steps_per_round=1), memory(aws=2), blocked)
