"""A cell's digest changes exactly when what shapes the cell changes."""

from __future__ import annotations

import subprocess
import sys

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from worldfactory.errors import UnknownNameError
from worldfactory.records import Cell
from worldfactory.spec import cells, key_line, load, resolve


def digests(folder) -> dict[str, str]:
    specs = load(folder.root)
    return {cell.key: resolve(specs, cell).digest for cell in cells(specs)}


def changed(folder, before: dict[str, str]) -> set[str]:
    after = digests(folder)
    assert set(after) == set(before)
    return {key for key in after if after[key] != before[key]}


def test_cells_are_all_pairs(folder):
    assert [cell.key for cell in cells(load(folder.root))] == ["street:kyoto", "street:paris", "zoo:kyoto", "zoo:paris"]
    assert len(set(digests(folder).values())) == 4


def test_a_city_edit_touches_its_cells_only(folder):
    before = digests(folder)
    folder.change("cities/paris", traits=["zinc roofs", "plane trees", "a river"])
    assert changed(folder, before) == {"street:paris", "zoo:paris"}


def test_a_venue_edit_touches_its_cells_only(folder):
    before = digests(folder)
    folder.change("venues/zoo", phrase="a large zoo")
    assert changed(folder, before) == {"zoo:kyoto", "zoo:paris"}


def test_a_kit_edit_touches_the_cells_that_use_it(folder):
    before = digests(folder)
    folder.change("decor/lanterns", cities=["kyoto"], density=2)
    assert changed(folder, before) == {"street:kyoto", "zoo:kyoto"}
    before = digests(folder)
    folder.change("decor/cages", venues=["zoo"], title="Fences")
    assert changed(folder, before) == {"zoo:kyoto", "zoo:paris"}
    before = digests(folder)
    folder.change("decor/signs", title="Boards")
    assert changed(folder, before) == set(before)


def test_a_kit_that_comes_or_goes_touches_the_cells_that_use_it(folder):
    before = digests(folder)
    file = folder.write("decor/bunting", (folder.root / "decor" / "lanterns.yaml").read_text())
    assert changed(folder, before) == {"street:kyoto", "zoo:kyoto"}
    file.unlink()
    assert changed(folder, before) == set()


@pytest.mark.parametrize("keys", [{"width": 640}, {"fps": 30}, {"seed": 1}, {"frames": 9}, {"unsafe_words": ["clown"]}])
def test_what_of_the_factory_shapes_clips_touches_all(folder, keys):
    before = digests(folder)
    folder.change("factory", **keys)
    assert changed(folder, before) == set(before)


@pytest.mark.parametrize(
    "keys",
    [{"thresholds": {"min_motion_px": 1}}, {"clips_per_shard": 3}, {"homes": {"aws": {"url": "file:x"}}}],
)
def test_what_of_the_factory_does_not_shape_clips_touches_none(folder, keys):
    before = digests(folder)
    folder.change("factory", **keys)
    assert changed(folder, before) == set()


def test_more_clips_are_another_version_of_the_same_cell(folder):
    """So that what stands is kept, and what is missing is made."""
    first = resolve(load(folder.root), Cell.parse("zoo:kyoto"))
    folder.change("factory", clips_per_cell=99)
    more = resolve(load(folder.root), Cell.parse("zoo:kyoto"))
    assert (more.digest, more.id) == (first.digest, first.id) and more.version != first.version


def test_comments_order_and_defaults_touch_nothing(folder):
    before = digests(folder)
    file = folder.root / "cities" / "paris.yaml"
    lines = ["driving_side: right", *folder.change("cities/paris").read_text().splitlines()]
    file.write_text("# Paris, as it is\n\n" + "\n".join(lines) + "\n# the end\n")
    folder.write(
        "venues/zoo",
        "happenings:\n" + "".join(f"  - {{text: a cyclist rides past lamp {i}, name: h{i}}}\n" for i in range(3))
        + "conduct: [people walk, friends talk]\ndetails: [awnings, bins, lamps]\nphrase: 'a green zoo'\ntitle: Zoo\n",
    )  # fmt: skip
    assert changed(folder, before) == set()


@settings(max_examples=20, deadline=None)
@given(st.permutations(["title", "country", "continent", "latitude", "longitude", "traits"]))
def test_the_order_of_keys_never_matters(folders, order):
    folder = folders()
    before = digests(folder)
    city = yaml.safe_load((folder.root / "cities" / "paris.yaml").read_text())
    folder.write("cities/paris", {key: city[key] for key in order})
    assert changed(folder, before) == set()


def test_ids_are_the_same_in_another_process(folder):
    code = (
        "import sys, pathlib; from worldfactory import spec; s = spec.load(pathlib.Path(sys.argv[1]))\n"
        "print([spec.resolve(s, c).id for c in spec.cells(s)])"
    )
    run = subprocess.run([sys.executable, "-c", code, str(folder.root)], capture_output=True, text=True, check=True)
    specs = load(folder.root)
    assert run.stdout.strip() == str([resolve(specs, cell).id for cell in cells(specs)])


def test_a_cell_names_its_files_and_unknown_ones_are_refused(folder):
    specs = load(folder.root)
    files = [file.relative_to(specs.root).as_posix() for file in resolve(specs, Cell.parse("zoo:kyoto")).files]
    assert files == ["factory.yaml", "cities/kyoto.yaml", "venues/zoo.yaml", "decor/cages.yaml", "decor/lanterns.yaml",
                     "decor/signs.yaml"]  # fmt: skip
    with pytest.raises(UnknownNameError, match=r"city 'rome'.*known: kyoto, paris"):
        resolve(specs, Cell(venue="zoo", city="rome"))


def test_the_line_of_a_key(folder):
    file = folder.write("cities/paris", "title: a\ntraits:\n  - x\n  - y\n")
    assert [key_line(file, key) for key in ("title", "traits", "traits.1", "traits.1.deeper")] == [1, 2, 4, 4]
    assert key_line(folder.root / "none.yaml", "title") == 0
