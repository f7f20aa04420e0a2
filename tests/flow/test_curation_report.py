"""The report on the factory's own clips: a flow that adds up, and a moving picture of every clip shown."""

from __future__ import annotations

import re

from tests.flow.conftest import CELL
from worldfactory import flow
from worldfactory.records import Verdict


def test_own_clips_are_shown_with_what_became_of_them(made: flow.Factory) -> None:
    verdicts = made.store.read(Verdict, CELL)
    filters, copies = flow.cell_stages(verdicts)
    assert filters.entered == len(verdicts)
    assert copies.left == sum(one.kept for one in verdicts)
    page = flow.cells_page(made, [CELL])
    html = page.read_text()
    pictures = set(re.findall(r'src="([^"]+)"', html))
    assert {file.relative_to(page.parent).as_posix() for file in (page.parent / "clips").iterdir()} == pictures
    assert 0 < len(pictures) <= len(verdicts)
    assert f"{copies.left} clips" in html
    before = {file: file.stat().st_mtime_ns for file in (page.parent / "clips").iterdir()}
    flow.cells_page(made, [CELL])
    assert {file: file.stat().st_mtime_ns for file in (page.parent / "clips").iterdir()} == before
