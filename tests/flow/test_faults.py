"""kill -9 and a full disk: nothing half-written is visible, finished work is not repeated, the error names the file."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests.flow.conftest import CELL
from worldfactory import flow
from worldfactory.records import Clip

RUN = """
import sys
from pathlib import Path
from worldfactory import flow
from worldfactory.records import Cell
if __name__ == "__main__":
    factory = flow.open_factory(Path(sys.argv[1]), Path(sys.argv[2]))
    report = flow.make(factory, [Cell(venue="street", city="kyoto")], workers=int(sys.argv[3]), train=False)
    print(report.failures)
    sys.exit(bool(report.failures))
"""


def start(specs: Path, data: Path, workers: int, before: str = "") -> subprocess.Popen[str]:
    script = data.parent / "run.py"
    script.write_text(before + RUN)
    return subprocess.Popen(
        [sys.executable, str(script), str(specs), str(data), str(workers)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def finished(data: Path) -> dict[str, int]:
    """Folders of whole clips -> when they were finished."""
    found = data.glob("cells/street/kyoto/clips/clip-*/clip.json")
    return {file.parent.name: file.stat().st_mtime_ns for file in found}


def test_killed_while_drawing_over_a_pool_then_run_again(make_specs: Callable[..., Path], tmp_path: Path) -> None:
    specs = make_specs(clips_per_cell=6, frames=12)
    data = tmp_path / "data"
    process = start(specs, data, 2)
    deadline = time.monotonic() + 120
    while len(finished(data)) < 2 and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    before = finished(data)
    assert 2 <= len(before) < 6
    factory = flow.open_factory(specs, data)
    assert factory.store.read(Clip, CELL) == []
    report = flow.make(factory, [CELL], workers=1, train=False)
    assert not report.failures
    assert report.reports[CELL.key]["clips"].made == 6 - len(before)
    after = finished(data)
    assert len(after) == 6
    assert {name: stamp for name, stamp in after.items() if name in before} == before
    leftovers = [file for file in data.rglob("*") if ".part" in file.name]
    assert not leftovers


def test_a_full_disk_names_the_file_and_the_next_run_goes_on(specs: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    limit = (
        "import resource, signal\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (9000, 9000))\n"
    )
    process = start(specs, data, 1, limit)
    output, _ = process.communicate(timeout=120)
    assert process.returncode == 1, output
    assert "street:kyoto" in output
    assert str(data) in output
    assert "Traceback" not in output
    assert not finished(data)
    factory = flow.open_factory(specs, data)
    report = flow.make(factory, [CELL], workers=1, train=False)
    assert not report.failures
    assert not [file for file in data.rglob("*") if ".part" in file.name]
