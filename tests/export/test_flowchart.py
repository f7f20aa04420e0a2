"""The flow diagram: every count is on it, and the widths are shares of what came in."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worldfactory.export import Example, FlowStage, Section, curation_html, flow_svg


@given(
    entered=st.integers(0, 5000),
    shares=st.dictionaries(st.text("<&\"'abc-", min_size=1, max_size=8), st.integers(1, 100), max_size=5),
)
def test_every_count_is_shown_and_nothing_lies_outside(entered: int, shares: dict[str, int]) -> None:
    dropped = {name: entered * share // (sum(shares.values()) or 1) for name, share in shares.items()}
    stage = FlowStage("rules", "clips", entered, dropped)
    tree = ElementTree.fromstring(flow_svg([stage, FlowStage("copies", "clips", stage.left)], "a <title>"))
    said = ["".join(text.itertext()) for text in tree.iter("{http://www.w3.org/2000/svg}text")]
    assert f"{entered} clips" in said and f"{entered - sum(dropped.values())} clips" in said
    assert all(f"{count} {name}" in said for name, count in dropped.items())
    height, width = float(tree.attrib["height"]), float(tree.attrib["width"])
    for path in tree.iter("{http://www.w3.org/2000/svg}path"):
        numbers = [float(n) for n in re.findall(r"-?\d+(?:\.\d+)?", path.attrib["d"])]
        assert max(numbers) <= max(height, width) and min(numbers) >= 0


def test_a_diagram_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="one stage or more"):
        flow_svg([])


def test_what_files_are_called_can_not_break_the_page() -> None:
    evil = '<script>alert("x")</script>.mp4'
    section = Section(reason="short", many=9, kept=False, examples=(Example(title=evil, preview="", said=evil),))
    page = curation_html(evil, [FlowStage("read", "files", 9, {evil: 9})], [section], [(evil, evil)])
    assert "<script" not in page
    assert "9, 1 shown" in page
    assert not re.findall(r"(?:src|href)=\"(?:https?:)?//", page)
