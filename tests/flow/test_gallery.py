"""The gallery: one page from disk that shows every place asked for, drawn once."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from PIL import Image

from tests.conftest import copy_specs
from worldfactory import flow
from worldfactory.errors import StoreError
from worldfactory.export import Tile, gallery_html
from worldfactory.records import Cell

CELLS = [Cell(venue="street", city="kyoto"), Cell(venue="museum", city="kyoto")]


def factory(tmp_path: Path) -> flow.Factory:
    return flow.open_factory(copy_specs(tmp_path / "specs"), tmp_path / "data", "")


def test_the_page_shows_every_place_with_pictures_beside_it(tmp_path: Path):
    page, failures = flow.make_gallery(factory(tmp_path), CELLS, tmp_path / "gallery")
    assert not failures
    html = page.read_text()
    assert not re.findall(r"https?:|//[a-z]", html), "the page must work without a network"
    pictures = re.findall(r'src="([^"]+)"', html)
    assert len(pictures) == 2 * len(CELLS)
    moving = Image.open(io.BytesIO((page.parent / pictures[0]).read_bytes()))
    still = Image.open(io.BytesIO((page.parent / pictures[1]).read_bytes()))
    assert getattr(moving, "n_frames", 1) > 1
    assert still.width > still.height
    assert not (tmp_path / "data").exists()
    assert "museum" in html and "cpu-ms a frame" in html


def test_what_stands_is_not_drawn_again_and_what_is_not_wanted_goes(tmp_path: Path):
    made = factory(tmp_path)
    page, _ = flow.make_gallery(made, CELLS, tmp_path / "gallery")
    tiles = page.parent / "tiles"
    before = {file.name: file.stat().st_mtime_ns for file in tiles.iterdir()}
    (street,) = [file for file in tiles.glob("*.json") if '"street"' in file.read_text()]
    (tiles / f"{street.stem}-truth.webp").unlink()
    flow.make_gallery(made, CELLS[:1], tmp_path / "gallery")
    after = {file.name: file.stat().st_mtime_ns for file in tiles.iterdir()}
    assert set(after) == {name for name in before if name.startswith(street.stem)}
    assert all(after[name] > before[name] for name in after), "a tile with a picture missing is drawn again"
    flow.make_gallery(made, CELLS[:1], tmp_path / "gallery")
    assert {file.name: file.stat().st_mtime_ns for file in tiles.iterdir()} == after


def test_a_folder_of_other_things_is_left_alone(tmp_path: Path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    with pytest.raises(StoreError, match="holds other things"):
        flow.make_gallery(factory(tmp_path), CELLS[:1], tmp_path / "mine")
    assert [file.name for file in (tmp_path / "mine").iterdir()] == ["thesis.txt"]


def test_texts_on_the_page_are_escaped():
    tile = Tile(
        clip="clip-1", venue="street", city="kyoto", index=0, caption="a <script>alert(1)</script> sign",
        weather="rain", hour=23.999, camera="walk", decor=(), instances=3, triangles=1200, cpu_ms_per_frame=30.0,
        build_cpu_ms=200.0, size=(1280, 704), preview="tiles/a.webp", truth="tiles/b.webp",
    )  # fmt: skip
    html = gallery_html([tile], "one & all", ["street:oslo: <no> room"])
    assert "<script>alert" not in html and "&lt;script&gt;alert" in html
    assert "one &amp; all" in html and "&lt;no&gt; room" in html
    assert "00:00" in html and "1,200 triangles" in html
