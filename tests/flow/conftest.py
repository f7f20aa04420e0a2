"""One tiny cell made once, for tests that only read it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import copy_specs
from worldfactory import flow
from worldfactory.records import Cell

CELL = Cell(venue="street", city="kyoto")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> flow.Factory:
    """A factory whose `street:kyoto` has gone through every stage up to the index."""
    root: Path = tmp_path_factory.mktemp("made")
    factory = flow.open_factory(copy_specs(root / "specs"), root / "data", "")
    report = flow.make(factory, [CELL], workers=1, train=False)
    assert not report.failures, report.failures
    return factory
