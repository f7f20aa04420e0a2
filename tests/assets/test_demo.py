"""The demo as `make run` starts it: in a process of its own, offline, killed and taken up again."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from assets.demo import main
from tests.assets.conftest import few_specs
from tests.assets.namespace import COUNTED, alone

REPOSITORY = Path(__file__).parent.parent.parent

GUARD = '''
"""Refuses every connection and look-up that would leave this machine, and writes it down."""
import ipaddress, os, socket

def record(what):
    with open(os.environ["GUARD_LOG"], "a") as log:
        log.write(f"{os.getpid()} {what}\\n")

def local(address):
    if not isinstance(address, tuple):
        return True  # a Unix socket
    host = address[0]
    try:
        return host in ("", "localhost", None) or ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return False

def guarded(name):
    real = getattr(socket.socket, name)
    def call(self, *args):
        address = args[-1]
        if self.family in (socket.AF_INET, socket.AF_INET6) and not local(address):
            record(f"{name} {address}")
            raise ConnectionRefusedError(f"refused: {address}")
        return real(self, *args)
    return call

class Guarded(socket.socket):
    connect, connect_ex, sendto = guarded("connect"), guarded("connect_ex"), guarded("sendto")

def number(host):
    try:
        return bool(ipaddress.ip_address(host))  # nobody is asked what a number means
    except ValueError:
        return False

def lookup(name):
    real = getattr(socket, name)
    def call(host, *args, **kwargs):
        host = host.decode() if isinstance(host, bytes) else host
        if host is not None and not local((host,)) and not number(host):
            record(f"{name} {host}")
            raise socket.gaierror(f"refused: {host}")
        return real(host, *args, **kwargs)
    return call

# Everything that opens sockets in Python goes through these, urllib3, requests and asyncio included.
socket.socket = Guarded
for name in ("getaddrinfo", "gethostbyname", "gethostbyname_ex"):
    setattr(socket, name, lookup(name))
record("guard on")
'''


DEMO = [sys.executable, "-W", "ignore", "-m", "assets.demo"]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return environment_of(tmp_path)


def environment_of(root: Path) -> dict[str, str]:
    """The variables of a demo of one tiny cell."""
    few_specs(
        root / "specs",
        demo={"width": 96, "height": 64, "frames": 9, "clips_per_cell": 2, "cells": ["street:kyoto"]},
    )
    edited = root / "specs" / "federation" / "clouds.yaml"
    edited.write_text("rounds: 1\nsteps_per_round: 1\n")
    home = root / "dagster"
    home.mkdir()
    shutil.copy(REPOSITORY / "assets" / "dagster.yaml", home)
    return {
        **os.environ,
        "WORLDFACTORY_SPECS": str(root / "specs"),
        "WORLDFACTORY_DATA": str(root / "data"),
        "WORLDFACTORY_PROFILE": "demo",
        "DAGSTER_HOME": str(home),
        "COLUMNS": "200",
    }


def demo(environment: dict[str, str], command: list[str] = DEMO) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, env=environment, cwd=REPOSITORY, capture_output=True, text=True)


@dataclass(frozen=True)
class Offline:
    """A demo that ran with everybody out of reach."""

    ran: subprocess.CompletedProcess[str]
    root: Path
    said: list[str]
    """What the guard of Python's sockets wrote down."""
    counted: dict[str, int] | None
    """What the kernel counted of all attempts, in whatever language; None where it has no namespaces."""


@pytest.fixture(scope="module")
def offline(tmp_path_factory: pytest.TempPathFactory) -> Offline:
    root = tmp_path_factory.mktemp("offline")
    (root / "guard").mkdir()
    (root / "guard" / "sitecustomize.py").write_text(GUARD)
    environment = {
        **environment_of(root), "PYTHONPATH": f"{root / 'guard'}{os.pathsep}{REPOSITORY}",
        "GUARD_LOG": str(root / "guard.log"),
    }  # fmt: skip
    counters = root / "counters.json"
    ran = demo(environment, alone(DEMO, counters) or DEMO)
    counted = json.loads(counters.read_text()) if counters.exists() else None
    return Offline(ran, root, (root / "guard.log").read_text().splitlines(), counted)


def test_the_demo_makes_everything_and_calls_nobody(offline: Offline) -> None:
    assert offline.ran.returncode == 0, offline.ran.stdout + offline.ran.stderr
    for said in ("street:kyoto", "checkpoint-", "before,", "contact sheet"):
        assert said in offline.ran.stdout
    sheet = offline.root / "data" / "sheets" / "demo.png"
    assert sheet.stat().st_size > 1000
    assert any(line.endswith("guard on") for line in offline.said)
    assert [line for line in offline.said if not line.endswith("guard on")] == []


def test_nor_does_any_library_that_is_not_python(offline: Offline) -> None:
    if offline.counted is None:
        pytest.skip("this system lets nobody make a network namespace")
    assert offline.counted == dict.fromkeys(COUNTED, 0)


@pytest.mark.parametrize(
    ("url", "counter"),
    [
        ("http://192.0.2.1", "Ip.OutNoRoutes"),
        ("http://[2001:db8::1]", "Ip6.OutNoRoutes"),
        ("http://127.0.0.1:9", "Tcp.ActiveOpens"),
    ],
)
def test_the_kernel_counts_the_attempts_of_a_rust_client(tmp_path: Path, url: str, counter: str) -> None:
    code = f"""
import datetime, obstore
store = obstore.store.S3Store(
    "bucket", endpoint="{url}", allow_http=True, region="x", access_key_id="x", secret_access_key="x",
    retry_config={{"max_retries": 0, "retry_timeout": datetime.timedelta(seconds=1)}},
)
try:
    obstore.head(store, "key")
except Exception as error:
    print(error)
"""
    command = alone([sys.executable, "-c", code], tmp_path / "counters.json")
    if command is None:
        pytest.skip("this system lets nobody make a network namespace")
    subprocess.run(command, check=True, capture_output=True)
    assert json.loads((tmp_path / "counters.json").read_text()) == {**dict.fromkeys(COUNTED, 0), counter: 1}


def test_the_guard_guards(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(GUARD)
    code = """
import socket, urllib.request
for call in (lambda: urllib.request.urlopen("http://example.com", timeout=1),
             lambda: socket.create_connection(("192.0.2.1", 80), timeout=1),
             lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("192.0.2.1", 53))):
    try:
        call()
    except OSError:
        pass
"""
    log = tmp_path / "log"
    subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(tmp_path), "GUARD_LOG": str(log)},
        check=True,
    )
    said = [line.split(maxsplit=1)[1] for line in log.read_text().splitlines()]
    assert said == ["guard on", "getaddrinfo example.com", "connect ('192.0.2.1', 80)", "sendto ('192.0.2.1', 53)"]


def test_a_demo_whose_city_is_broken_says_so_and_ends(
    environment: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    city = tmp_path / "specs" / "cities" / "kyoto.yaml"
    city.write_text(city.read_text() + "\nnonsense: 1\n")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert main([]) == 1
    said = capsys.readouterr().out
    assert f"{city}:" in said and "nonsense: unknown key" in said
    assert "street:kyoto failed." in said
    assert not list((tmp_path / "data").glob("cells/**/*.parquet"))


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize(("height", "pool"), [(64, False), (256, True)], ids=["in one process", "over a pool"])
def test_a_demo_killed_while_it_draws_is_taken_up_where_it_was(
    environment: dict[str, str], tmp_path: Path, height: int, pool: bool
) -> None:
    factory = tmp_path / "specs" / "factory.yaml"
    for few, many in (
        ("clips_per_cell: 2", "clips_per_cell: 8"),
        ("frames: 9", "frames: 241"),
        ("width: 96", "width: 320"),
        ("height: 64", f"height: {height}"),
    ):
        factory.write_text(factory.read_text().replace(few, many))
    clips = tmp_path / "data" / "cells" / "street" / "kyoto" / "clips"
    running = subprocess.Popen(
        DEMO, env=environment, cwd=REPOSITORY, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        start_new_session=True,
    )  # fmt: skip
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline and len(list(clips.glob("clip-*/clip.json"))) < 2:
        assert running.poll() is None
        time.sleep(0.05)
    workers = [child for child in psutil.Process(running.pid).children() if "spawn_main" in " ".join(child.cmdline())]
    assert bool(workers) == pool
    os.killpg(running.pid, signal.SIGKILL)  # a session of its own: the run and its workers, nothing else
    running.wait()
    finished = {file: file.stat().st_mtime_ns for file in clips.glob("clip-*/clip.json")}
    assert 2 <= len(finished) < 8
    assert not (clips.parent / "clips.parquet").exists(), "no manifest of half a cell"

    ran = demo(environment)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert len(list(clips.glob("clip-*/clip.json"))) == 8
    assert {file: file.stat().st_mtime_ns for file in finished} == finished, "nothing was drawn twice"
    assert not list(clips.glob(".*")), "the killed run's leftovers are swept"

    from dagster import DagsterInstance, DagsterRunStatus

    with DagsterInstance.from_config(environment["DAGSTER_HOME"]) as instance:
        statuses = sorted(run.status.value for run in instance.get_runs())
        assert statuses == ["FAILURE", "SUCCESS", "SUCCESS"]
        assert not instance.get_runs_count() or DagsterRunStatus.STARTED.value not in statuses
