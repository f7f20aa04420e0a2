"""What is wrong is said in full: file, line, key, value, what would be right; all of it at once."""

from __future__ import annotations

import os

import pytest

from worldfactory.errors import SpecError
from worldfactory.spec import load, load_partly


def problems(folder):
    return load_partly(folder.root).problems


def only(folder):
    (problem,) = problems(folder)
    return problem


def test_an_unknown_key_gets_its_line_the_close_match_and_all_allowed(folder):
    folder.write(
        "cities/paris",
        "# a comment\ntitle: Paris\ncountry: France\ncontinent: europe\nlatitude: 48.9\n\n"
        "longitude: 2.3\ntraits: [a, b, c]\nweathr: {clear: 1}\n",
    )
    problem = only(folder)
    assert (problem.file.name, problem.line, problem.key) == ("paris.yaml", 9, "weathr")
    assert "did you mean 'weather'?" in problem.message
    for name in ("title", "traits", "driving_side", "latitude"):
        assert name in problem.message


def test_a_nested_unknown_key_is_held_against_its_own_model(folder):
    folder.change("venues/zoo", happenings=[{"name": "a", "text": "a bear sleeps", "wen": 1}] * 1)
    found = {problem.key: problem for problem in problems(folder)}
    problem = found["happenings.0.wen"]
    assert "text" in problem.message and "phrase" not in problem.message
    folder.change("factory", thresholds={"min_motion": 3})
    with pytest.raises(SpecError, match=r"thresholds\.min_motion: unknown key; did you mean 'min_motion_px'"):
        load(folder.root)


@pytest.mark.parametrize("key", ["on", "true"])  # as people wrote it, and as a tool that reads YAML 1.1 gives it back
def test_where_a_feature_goes_is_not_said_with_on(folder, key):
    styles = [{"name": "flat", "features": [{"thing": "dish", key: "roof"}]}]
    folder.change("cities/kyoto", buildings=styles)
    found = {problem.key: problem for problem in problems(folder)}
    assert "did you mean 'where'?" in found[f"buildings.0.features.0.{key}"].message


def test_what_could_stand_nowhere_is_told(folder):
    room = {"name": "ward", "size": [300, 6]}
    folder.change("venues/zoo", layout={"kind": "corridor", "length_m": 44, "rooms": [room]})
    assert "ward is 300 m along a corridor of 44 m" in only(folder).message
    folder.change("venues/zoo", layout={"kind": "corridor", "corridor_m": 0.4, "rooms": [{"name": "ward"}]})
    assert only(folder).key == "layout.corridor_m"


def test_a_kit_that_has_a_place_in_none_of_its_venues_is_told(folder):
    def items(*anchors: str):
        return [
            {"name": a, "phrase": "round lamps", "anchor": a, "parts": [{"box": [1, 1, 1], "paint": "red"}]}
            for a in anchors
        ]

    folder.change("venues/zoo", setting="outdoor")
    folder.change("decor/signs", venues=["zoo"], items=items("ceiling"))
    problem = only(folder)
    assert (problem.key, problem.value) == ("items.0.anchor", "ceiling") and problem.line > 0
    assert "allowed there: facade, floor, pole, table, tree, wall" in problem.message
    folder.change("decor/signs", items=items("ceiling", "floor"))
    assert not problems(folder)


def test_every_error_of_every_file_is_told_at_once(folder):
    folder.change("cities/kyoto", latitude=95, continent="azia", extra=1)
    folder.change("venues/zoo", setting="underwater")
    folder.change("decor/signs", density=-1, cities=["kyotto"])
    folder.change("factory", model="tokeniser", demo={"cells": ["street:kioto"]})
    folder.write("decor/cages", "title: [")
    found = {(p.file.name, p.key): p for p in problems(folder)}
    assert set(found) == {
        ("kyoto.yaml", "latitude"), ("kyoto.yaml", "continent"), ("kyoto.yaml", "extra"), ("zoo.yaml", "setting"),
        ("signs.yaml", "density"), ("cages.yaml", ""), ("factory.yaml", "model"), ("factory.yaml", "demo.cells.0"),
    }  # fmt: skip
    assert "did you mean 'asia'" in found["kyoto.yaml", "continent"].message
    assert found["kyoto.yaml", "latitude"].value == 95
    assert "allowed: indoor, outdoor" in found["zoo.yaml", "setting"].message
    assert "did you mean 'tokenizer'" in found["factory.yaml", "model"].message
    with pytest.raises(SpecError) as raised:
        load(folder.root)
    lines = str(raised.value).splitlines()
    assert len(lines) == 8 and lines == sorted(lines, key=lambda line: line.split(":")[0])


def test_missing_keys_are_named(folder):
    folder.write("cities/paris", "title: Paris\n")
    assert {p.key for p in problems(folder)} == {"country", "continent", "latitude", "longitude", "traits"}
    assert all("required" in p.message and p.line == 1 for p in problems(folder))


def test_names_that_stand_in_no_file_are_held_against_those_that_do(folder):
    folder.change("decor/lanterns", cities=["kyoto", "kioto"], venues=["zo"])
    found = {p.key: p for p in problems(folder)}
    assert found["cities.1"].value == "kioto" and "did you mean 'kyoto'" in found["cities.1"].message
    assert "did you mean 'zoo'" in found["venues.0"].message
    assert all(p.line > 1 for p in found.values())
    assert "lanterns" not in load_partly(folder.root).decor


def test_a_broken_city_does_not_make_those_that_name_it_wrong_too(folder):
    folder.write("cities/kyoto", "title: [")
    specs = load_partly(folder.root)
    assert {p.file.name for p in specs.problems} == {"kyoto.yaml"}
    assert set(specs.cities) == {"paris"} and "lanterns" in specs.decor


def test_a_key_that_stands_twice_is_refused_with_both_lines(folder):
    folder.write("cities/paris", "title: Paris\ncountry: France\ntitle: Lutetia\n")
    problem = problems(folder)[0]
    assert (problem.line, problem.key) == (3, "title") and "first on line 1" in problem.message


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("traits: &t [a, b, c]\ntitle: *t\n", 1, "alias"),
        ("title: &t Paris\ncountry: *t\n", 1, "alias"),
        ("traits: &t [*t]\n", 1, "alias"),
        ("title: Paris\ntraits: !python/tuple [a, b, c]\n", 2, "tag"),
        ("title: !!python/object/apply:os.getcwd []\n", 1, "tag"),
        ("? [a, b]\n: c\n", 1, "a key is a word"),
        ("- a\n- b\n", 1, "mapping of keys"),
        ("just words\n", 1, "mapping of keys"),
        ("title: a\n---\ntitle: b\n", 2, "not valid YAML"),
        ("title: 'open\n", 2, "not valid YAML"),
        ("a: 1\n\tb: 2\n", 2, "not valid YAML"),
        ("title: \x00\n", 0, "not valid YAML"),
    ],
)
def test_yaml_that_a_spec_may_not_use(folder, text, line, said):
    folder.write("cities/paris", text)
    problem = problems(folder)[0]
    assert problem.file.name == "paris.yaml" and said in problem.message
    assert problem.line == line


def test_words_that_yaml_takes_for_something_else(folder):
    folder.write("cities/paris", folder.change("cities/paris").read_text().replace("title: Paris", "title: no"))
    problem = only(folder)
    assert problem.key == "title" and problem.value is False and "quotes" in problem.message


def test_an_expanding_document_costs_nothing(folder):
    """The billion laughs: ten levels of ten aliases each."""
    lines = ["a0: &a0 [x, x]"] + [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 11)]
    folder.write("cities/paris", "\n".join(lines))
    assert "alias" in problems(folder)[0].message


@pytest.mark.parametrize("depth", [200, 5_000, 200_000])
@pytest.mark.parametrize("opening", ["[", "{a: ", "- "])
def test_deep_nesting_is_refused_and_not_a_crash(folder, depth, opening):
    folder.write("cities/paris", "title: \n  " + opening * depth)
    assert {p.file.name for p in problems(folder)} == {"paris.yaml"}


def test_files_that_are_no_specs(folder, tmp_path):
    cities = folder.root / "cities"
    (cities / "folder.yaml").mkdir()
    (cities / "huge.yaml").write_bytes(b"title: " + b"x" * (2 << 20))
    (cities / "binary.yaml").write_bytes(bytes(range(256)))
    (cities / "latin.yaml").write_bytes("title: Zürich".encode("latin-1"))
    (cities / "empty.yaml").touch()
    (cities / "gone.yaml").symlink_to(tmp_path / "nowhere")
    (cities / "loop.yaml").symlink_to(cities / "loop.yaml")
    (cities / "Bad_Name.yaml").write_text("title: x")
    (cities / "lyon.yml").write_text("title: Lyon")
    os.mkfifo(cities / "pipe.yaml")
    (cities / ".#kyoto.yaml").symlink_to(tmp_path / "editor-lock")
    (cities / "notes.txt").write_text("not a spec")
    found: dict[str, str] = {}
    for problem in problems(folder):
        found.setdefault(problem.file.name, problem.message)
    assert set(found) == {"folder.yaml", "huge.yaml", "binary.yaml", "latin.yaml", "empty.yaml", "gone.yaml",
                          "loop.yaml", "Bad_Name.yaml", "lyon.yml", "pipe.yaml"}  # fmt: skip
    assert "folder" in found["folder.yaml"] and "larger than" in found["huge.yaml"]
    assert "UTF-8 (byte" in found["binary.yaml"] and "UTF-8 (byte 8)" in found["latin.yaml"]
    assert "required" in found["empty.yaml"] and "cannot be read" in found["gone.yaml"]
    assert "new-york.yaml" in found["lyon.yml"] and "special file" in found["pipe.yaml"]
    assert set(load_partly(folder.root).cities) == {"kyoto", "paris"}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_named(folder):
    (folder.root / "cities" / "paris.yaml").chmod(0)
    assert "Permission denied" in only(folder).message


def test_without_factory_yaml_nothing_can_go_on(folder, tmp_path):
    with pytest.raises(SpecError, match=r"nothing-here: no such spec folder"):
        load_partly(tmp_path / "nothing-here")
    (folder.root / "factory.yaml").unlink()
    with pytest.raises(SpecError, match=r"factory\.yaml: the file cannot be read"):
        load_partly(folder.root)


def test_a_city_has_one_home(folder):
    homes = {"aws": {"url": "file:a", "cities": ["paris"]}, "gcp": {"url": "file:g", "cities": ["paris"]}}
    folder.change("factory", homes=homes)
    with pytest.raises(SpecError, match="'paris' has two homes: aws and gcp"):
        load_partly(folder.root)


def test_the_demo_profile_takes_the_demo_sizes(folder):
    folder.change("factory", demo={"cells": ["street:kyoto"], "width": 320, "height": 176, "frames": 9}, frames=33)
    full, demo = load(folder.root).factory, load(folder.root, "demo").factory
    assert (full.width, full.frames) == (1280, 33) and (demo.width, demo.frames) == (320, 9)
    with pytest.raises(SpecError, match="profile 'quick' is unknown; allowed: full, demo"):
        load(folder.root, "quick")
