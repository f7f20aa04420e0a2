"""What people do in the UI, done by a live daemon: a backfill of a venue, and keeping it fresh after an edit."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from dagster import DagsterInstance, DagsterRunStatus, RunsFilter

from tests.conftest import copy_specs, prune_specs

REPOSITORY = Path(__file__).parent.parent.parent
TOOLS = Path(sys.executable).parent
CELLS = {"zoo:kyoto", "zoo:paris"}


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """The variables of a factory of one venue in two cities, with nothing made."""
    copy_specs(
        tmp_path / "specs", clips_per_cell=1, default_home="aws", demo={"cells": ["zoo:kyoto"]},
        homes={"aws": {"url": "file:homes/aws"}},
    )  # fmt: skip
    prune_specs(tmp_path / "specs", ["kyoto", "paris"], ["zoo"])
    (tmp_path / "dagster").mkdir()
    shutil.copy(REPOSITORY / "assets" / "dagster.yaml", tmp_path / "dagster")
    return {
        **os.environ,
        "WORLDFACTORY_SPECS": str(tmp_path / "specs"),
        "WORLDFACTORY_DATA": str(tmp_path / "data"),
        "DAGSTER_HOME": str(tmp_path / "dagster"),
    }


@contextlib.contextmanager
def daemon(environment: dict[str, str], log: Path) -> Iterator[None]:
    with log.open("wb") as out:
        running = subprocess.Popen(
            [TOOLS / "dagster-daemon", "run", "-w", "workspace.yaml"],
            cwd=REPOSITORY, env=environment, stdout=out, stderr=out, start_new_session=True,
        )  # fmt: skip
    try:
        yield
    finally:
        os.killpg(running.pid, signal.SIGTERM)  # a session of its own: the daemon, its code server and its runs
        with contextlib.suppress(subprocess.TimeoutExpired):
            running.wait(20)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(running.pid, signal.SIGKILL)
        running.wait()


def until(true: Callable[[], bool], log: Path, seconds: float = 240) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, log.read_text()[-6000:]
        time.sleep(0.5)


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_a_venue_is_backfilled_and_an_edited_city_kept_fresh(environment: dict[str, str], tmp_path: Path) -> None:
    def dagster(*arguments: str) -> None:
        command = [TOOLS / "dagster", *arguments, "-w", "workspace.yaml"]
        ran = subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, text=True)
        assert ran.returncode == 0, ran.stdout + ran.stderr

    def clips(city: str) -> dict[Path, int]:
        found = (tmp_path / "data" / "cells" / "zoo" / city / "clips").glob("clip-*/clip.json")
        return {file: file.stat().st_mtime_ns for file in found}

    log = tmp_path / "daemon.log"
    # The instance first: two processes that make its database at once are in each other's way.
    with DagsterInstance.from_config(environment["DAGSTER_HOME"]) as instance, daemon(environment, log):

        def finished() -> list[str]:
            """The cells of the runs that succeeded; no run may fail."""
            runs = instance.get_runs()
            assert not [run for run in runs if run.status == DagsterRunStatus.FAILURE], log.read_text()[-6000:]
            return [
                run.tags["dagster/partition"]
                for run in instance.get_runs(RunsFilter(statuses=[DagsterRunStatus.SUCCESS]))
                if "dagster/partition" in run.tags
            ]

        # The sensor on the spec folder is on from the start.
        until(lambda: set(instance.get_dynamic_partitions("cells")) == CELLS, log)
        dagster("job", "backfill", "-j", "cell_job", "--partitions", ",".join(sorted(CELLS)), "--noprompt")
        until(lambda: set(finished()) == CELLS, log)
        (backfill,) = instance.get_backfills()
        assert set(backfill.partition_names or ()) == CELLS
        paris, kyoto = clips("paris"), clips("kyoto")
        assert len(paris) == len(kyoto) == 1

        dagster("sensor", "start", "keep_fresh")
        state = next(s for s in instance.all_instigator_state() if s.name == "keep_fresh")
        until(lambda: bool(instance.get_ticks(state.instigator_origin_id, state.selector_id, limit=1)), log)
        before = len(finished())
        city = tmp_path / "specs" / "cities" / "kyoto.yaml"
        city.write_text(city.read_text().replace("\ntraits:\n", "\ntraits:\n  - a lone pine above the wall\n", 1))
        until(lambda: "zoo:kyoto" in finished()[: len(finished()) - before], log)
        assert clips("paris") == paris, "what the edit does not touch is left alone"
        assert len(clips("kyoto")) == 1 and not set(clips("kyoto")) & set(kyoto)
        assert sorted(finished()) == ["zoo:kyoto", "zoo:kyoto", "zoo:paris"]
