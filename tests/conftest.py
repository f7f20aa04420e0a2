"""What all tests share: opt-outs before anything is imported, and small spec folders."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

import pytest
import yaml

from worldfactory.spec import load_partly

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "POLARS_MAX_THREADS"):
    os.environ.setdefault(name, "1")
os.environ["DAGSTER_DISABLE_TELEMETRY"] = "1"
for name in ("WORLDFACTORY_SPECS", "WORLDFACTORY_DATA", "WORLDFACTORY_PROFILE", "DAGSTER_HOME"):
    os.environ.pop(name, None)

SHIPPED = Path(__file__).parent.parent / "specs"

TINY = {"width": 96, "height": 64, "frames": 5, "clips_per_cell": 2}


def copy_specs(to: Path, **factory: Any) -> Path:
    """The shipped spec folder, copied to be edited, with keys of factory.yaml replaced."""
    shutil.copytree(SHIPPED, to)
    file = to / "factory.yaml"
    file.write_text(yaml.safe_dump(yaml.safe_load(file.read_text()) | TINY | factory))
    return to


def prune_specs(root: Path, cities: Collection[str], venues: Collection[str]) -> Path:
    """A copied spec folder with these cities and venues alone, and the decor kits that suit them."""
    for folder, kept in (("cities", cities), ("venues", venues)):
        for file in (root / folder).glob("*.yaml"):
            if file.stem not in kept:
                file.unlink()
    for file in (root / "decor").glob("*.yaml"):
        kit = yaml.safe_load(file.read_text())
        suits = {key: [name for name in kit[key] if name in kept] for key, kept in
                 (("cities", cities), ("venues", venues)) if kit.get(key)}  # fmt: skip
        if not all(suits.values()):
            file.unlink()  # none is not the same as any
        elif any(suits[key] != kit[key] for key in suits):
            file.write_text(yaml.safe_dump(kit | suits))
    assert not load_partly(root).problems
    return root


@pytest.fixture
def make_specs(tmp_path: Path) -> Callable[..., Path]:
    """Makes spec folders of tiny clips: `make_specs(frames=3)`."""

    def make(name: str = "specs", **factory: Any) -> Path:
        return copy_specs(tmp_path / name, **factory)

    return make


@pytest.fixture
def specs(make_specs: Callable[..., Path]) -> Path:
    """A spec folder of tiny clips, free to be edited."""
    return make_specs()
