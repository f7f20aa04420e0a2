"""Whatever a model can say can be written as YAML and is read back equal, and any bytes at all give a SpecError."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from worldfactory.errors import SpecError
from worldfactory.records import CAMERAS, MODALITIES, WEATHERS
from worldfactory.spec import (
    CitySpec,
    DecorSpec,
    FactorySpec,
    FederationSpec,
    SpecModel,
    VenueSpec,
    _yaml,
    load,
    load_partly,
    spec_digest,
)

# Words that YAML would take for something else than text, and plain hard ones.
HOSTILE = ["yes", "no", "null", "~", "1e3", "0x1F", "012", "1:30", "2024-01-01", ".inf", "<<", "- a", "a: b", "# c",
           "'", '"', "{x}", "[y]", "&a", "*a", "!t", "%d", "@", "`", " lead", "trail ", "tab\there", "two\nlines",
           "Zürich", "東京", "🏙", "= ", "?", "|", ">"]  # fmt: skip
text = st.one_of(
    st.sampled_from(HOSTILE), st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1)
).map(lambda value: value[:60])
names = st.from_regex(r"[a-z][a-z0-9]{0,6}(-[a-z0-9]{1,6}){0,2}", fullmatch=True)
share = st.floats(0, 1, allow_nan=False)
positive = st.floats(1e-3, 1e6, allow_nan=False)


def lists(one: st.SearchStrategy, low: int, high: int = 5) -> st.SearchStrategy:
    return st.lists(one, min_size=low, max_size=high)


cities = st.fixed_dictionaries(
    {
        "title": text, "country": text, "latitude": st.floats(-90, 90), "longitude": st.floats(-180, 180),
        "continent": st.sampled_from(["africa", "asia", "north america"]), "traits": lists(text, 3),
    },
    optional={
        "weather": st.dictionaries(st.sampled_from(WEATHERS), positive),
        "driving_side": st.sampled_from(["left", "right"]),
        "palette": st.dictionaries(names, st.fixed_dictionaries({"rgb": st.tuples(share, share, share).map(list)})),
    },
)  # fmt: skip
venues = st.fixed_dictionaries(
    {
        "title": text, "phrase": text, "details": lists(text, 3), "conduct": lists(text, 2),
        "happenings": st.lists(
            st.fixed_dictionaries({"name": names, "text": text.map(lambda t: t + " goes by")}),
            min_size=3, max_size=5, unique_by=lambda happening: happening["name"],
        ),
    },
    optional={
        "cameras": st.lists(st.sampled_from(CAMERAS), min_size=1, max_size=4),
        "layout": st.fixed_dictionaries({"kind": st.just("street"), "path_m": positive}),
    },
)  # fmt: skip
colour = st.from_regex(r"#[0-9a-fA-F]{6}", fullmatch=True)
part = st.fixed_dictionaries({"box": st.tuples(positive, positive, positive).map(list), "paint": colour})
kits = st.fixed_dictionaries(
    {
        "title": text,
        "items": lists(st.fixed_dictionaries({"name": names, "phrase": text, "parts": lists(part, 1, 3)}), 1, 4),
    },
    optional={"season": st.tuples(st.integers(1, 365), st.integers(1, 365)).map(list), "density": positive},
)
homes = st.fixed_dictionaries({"url": text, "cities": st.lists(names, unique=True)})
factories = st.fixed_dictionaries(
    {},
    optional={
        "width": st.integers(4, 100).map(lambda n: n * 16), "frames": st.integers(2, 400), "seed": st.integers(),
        "fps": st.sampled_from([24, "30000/1001", "25", 60]), "unsafe_words": lists(text, 0),
        "modalities": st.lists(st.sampled_from(MODALITIES), unique=True),
        "thresholds": st.fixed_dictionaries({"max_near_share": share, "min_motion_px": positive}),
        "homes": st.fixed_dictionaries({"aws": homes}),
    },
)  # fmt: skip


def said(model: type[SpecModel], values: st.SearchStrategy) -> st.SearchStrategy:
    return values.map(model.model_validate)


anything = st.one_of(
    said(CitySpec, cities), said(VenueSpec, venues), said(DecorSpec, kits), said(FactorySpec, factories),
    st.builds(FederationSpec, rounds=st.integers(1, 99)),
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(spec=anything, unicode=st.booleans(), flow=st.sampled_from([True, False, None]), order=st.booleans())
def test_what_a_model_says_is_read_back_equal(tmp_path_factory, spec, unicode, flow, order):
    file = tmp_path_factory.mktemp("one") / "spec.yaml"
    value = spec.model_dump(mode="json")
    written = yaml.safe_dump(value, allow_unicode=unicode, default_flow_style=flow, sort_keys=order)
    file.write_text(written, encoding="utf-8")
    document = _yaml.read(file)
    assert document.value == yaml.safe_load(written)
    again = type(spec).model_validate(document.value)
    assert again == spec
    assert spec_digest(again) == spec_digest(spec)


@settings(max_examples=200, deadline=None)
@given(
    data=st.one_of(
        st.binary(max_size=400), text.map(str.encode), st.text(alphabet="[]{}:,-&*!?|>'\"# \n\tabc").map(str.encode)
    )
)
def test_any_bytes_at_all_are_named_and_stop_nothing_else(folders, data):
    folder = folders()
    file = folder.write("cities/broken", data)
    specs = load_partly(folder.root)
    assert set(specs.cities) == {"kyoto", "paris"} and set(specs.decor) == {"signs", "lanterns", "cages"}
    assert specs.problems and all(problem.file == file for problem in specs.problems)
    assert all(0 <= problem.line <= data.count(b"\n") + data.count(b"\r") + 2 for problem in specs.problems)


scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), text)
junk = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3), max_leaves=6
)
KEYS = ("title", "latitude", "weather", "traits", "buildings", "trees", "street", "dress", "palette", "landmarks")


@settings(max_examples=100, deadline=None)
@given(junk=junk, where=st.sampled_from(KEYS))
def test_any_value_in_any_key_is_taken_or_named(folders, junk, where):
    folder = folders()
    file = folder.change("cities/paris", **{where: junk})
    specs = load_partly(folder.root)
    assert "kyoto" in specs.cities
    if "paris" not in specs.cities:
        assert all(p.file == file and p.message and (p.line >= 1) for p in specs.problems)
        assert str(SpecError(specs.problems))


def test_the_shipped_specs_are_right_and_round_trip():
    specs = load(Path(__file__).parents[2] / "specs")
    for group in (specs.cities, specs.venues, specs.decor, specs.models, specs.federations):
        for spec in group.values():
            assert type(spec).model_validate(spec.model_dump(mode="json")) == spec
    assert FactorySpec.model_validate(specs.factory.model_dump(mode="json")) == specs.factory


@pytest.mark.parametrize("rate", ["24", 24, "30000/1001"])
def test_rates_are_exact(folder, rate):
    folder.change("factory", fps=rate)
    assert str(load(folder.root).factory.fps) == str(rate)


@pytest.mark.parametrize("rate", [23.976, "1/0", "1e999999999", "fast", None, True, [24], "0", "-24", "500", "nan"])
def test_other_rates_are_refused(folder, rate):
    folder.change("factory", fps=rate)
    with pytest.raises(SpecError, match=r"factory\.yaml:6: fps"):
        load(folder.root)
