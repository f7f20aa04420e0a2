"""What an import costs and sets."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path


def in_a_new_process(code: str, **environment: str) -> dict[str, object]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FLWR_")}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(__file__).parents[2],
        env=kept | environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def test_importing_the_packages_imports_neither_torch_nor_flower() -> None:
    loaded = in_a_new_process(
        "import sys, json, worldfactory, worldfactory.model, worldfactory.train, worldfactory.federate\n"
        "print(json.dumps({name: name in sys.modules for name in ('torch', 'flwr', 'webdataset')}))"
    )
    assert loaded == {"torch": False, "flwr": False, "webdataset": False}


def test_flowers_calls_home_are_off_unless_someone_asks_for_them() -> None:
    code = (
        "import os, json, worldfactory.federate._flower\n"
        "print(json.dumps({name: value for name, value in os.environ.items() if name.startswith('FLWR_')}))"
    )
    quiet = {
        "FLWR_TELEMETRY_ENABLED": "0",
        "FLWR_DISABLE_UPDATE_CHECK": "1",
        "FLWR_DISABLE_RUNTIME_DEPENDENCY_INSTALLATION": "1",
    }
    assert in_a_new_process(code) == quiet
    assert in_a_new_process(code, FLWR_TELEMETRY_ENABLED="1") == quiet | {"FLWR_TELEMETRY_ENABLED": "1"}
