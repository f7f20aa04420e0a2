"""Prompts: length, uniqueness, addressing, and that they say what the record says."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from worldfactory import prompt
from worldfactory.errors import SpecError, UnknownNameError
from worldfactory.prompt._draw import address, band
from worldfactory.prompt._grammar import RADICES, camera_sentence, closing_sentence, grammar, light_sentence
from worldfactory.records import CAMERAS, WEATHERS, Cell
from worldfactory.spec import resolve

BANDS = ("night", "dawn", "morning", "midday", "evening", "dusk")


def test_twenty_thousand_prompts_of_one_cell_all_differ(street):
    texts = {prompt.prompt(street, index).text for index in range(20_000)}
    assert len(texts) == 20_000


def test_an_address_is_a_permutation_of_all_choices(street):
    """The map index -> digits is affine and one to one; checked where it could wrap, and on a long run."""
    indices = [*range(50_000), *range(prompt.PERIOD - 50_000, prompt.PERIOD)]
    seen = {address(street, index) for index in indices}
    assert len(seen) == len(indices)
    assert all(0 <= digit < radix for digits in seen for digit, radix in zip(digits, RADICES, strict=True))
    assert address(street, prompt.PERIOD) == address(street, 0)


def test_every_addressed_sentence_tells_its_digits():
    """No two choices give one sentence: with the permutation above, no two prompts of a cell can be the same."""
    cameras = [camera_sentence(kind, d) for kind in CAMERAS for d in product(range(8), range(12), range(12))]
    closings = [closing_sentence(d) for d in product(range(24), range(24))]
    lights: list[str] = []
    for setting in ("outdoor", "indoor"):
        bands = BANDS if setting == "outdoor" else ("night", "dawn", "midday")
        for part, weather in product(bands, WEATHERS):
            lights += [light_sentence(setting, part, weather, d) for d in product(range(4), range(4))]
    for sentences in (cameras, closings):
        assert len(sentences) == len(set(sentences))
    # Overcast, rain, snow and fog share the light under a covered sky and differ in their own clause.
    assert len(lights) == len(set(lights))
    assert not (set(cameras) & set(closings) or set(cameras) & set(lights) or set(closings) & set(lights))


@pytest.mark.parametrize("venue", ["street", "museum"])
def test_lengths_and_form(write, venue):
    cell = resolve(write(), Cell(venue=venue, city="kyoto"))
    for index in range(600):
        text = prompt.prompt(cell, index).text
        assert prompt.FEWEST <= len(text.split()) <= prompt.MOST
        assert not re.search(r"[{}]|  |\.\.|,,|, ,|,\.| \.| ,", text), text
        for sentence in re.split(r"(?<=\.) ", text):
            assert sentence[0].isupper() and sentence.endswith("."), sentence
        assert not re.search(r"\b(video|footage|prompt|frame \d|image shows|caption)\b", text, re.IGNORECASE)


def test_any_prompt_comes_from_its_coordinates_alone(street):
    listed = prompt.prompts(street)
    assert [one.index for one in listed] == list(range(street.factory.clips_per_cell))
    assert listed[5] == prompt.prompt(street, 5)
    far = prompt.prompt(street, 10_000_000)
    assert far.index == 10_000_000 and far == prompt.prompt(street, 10_000_000)
    assert len({one.id for one in listed}) == len(listed)
    assert listed[0].parents == (street.id,)


def test_another_process_makes_the_same_bytes(street):
    code = (
        "import sys, pathlib; from worldfactory import prompt, spec; from worldfactory.records import Cell\n"
        "specs = spec.load(pathlib.Path(sys.argv[1])); cell = spec.resolve(specs, Cell.parse('street:kyoto'))\n"
        "print(prompt.prompt(cell, 77).model_dump_json())"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, str(street.files[0].parent)], capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == prompt.prompt(street, 77).model_dump_json()


def test_the_text_tells_what_the_record_says(street):
    happenings = {happening.name: happening.text for happening in street.venue.happenings}
    for index in range(400):
        one = prompt.prompt(street, index)
        assert "Kyoto" in one.text and "Japan" in one.text and "busy shopping street" in one.text
        assert 1 <= len(one.happenings) <= 2 and len(set(one.happenings)) == len(one.happenings)
        for name in one.happenings:
            assert happenings[name].lower() in one.text.lower()
        for kit in street.decor:
            named = any(item.phrase in one.text for item in street.decor[kit].items)
            assert named == (kit in one.decor)
        assert any(trait.lower() in one.text.lower() for trait in street.city.traits)
        if one.camera == "drone":
            assert re.search(r"drone|flies|floats|aerial|soars|From the air", one.text)
        if one.weather == "fog":
            assert re.search(r"fog|mist", one.text)


def test_kits_hang_only_in_season_and_where_they_can(street, museum):
    seen: Counter[str] = Counter()
    for index in range(800):
        one = prompt.prompt(street, index)
        assert 1 <= len(one.decor) <= 3
        assert all(street.decor[kit].in_season(one.day) for kit in one.decor)
        assert "boards hung overhead" not in one.text  # fastened to a ceiling, which a street lacks
        seen.update(one.decor)
        inside = prompt.prompt(museum, index)
        assert "lights" not in inside.decor  # only for facades
    assert min(seen[kit] for kit in ("lights", "blossom", "signs")) > 80


def test_snow_lies_only_in_the_cold_months(write, city):
    for latitude, cold in ((45.0, {*range(1, 81), *range(335, 366)}), (-45.0, {*range(152, 261)})):
        specs = write(cities__kyoto=city | {"latitude": latitude, "weather": {"snow": 1, "clear": 1}})
        cell = resolve(specs, Cell(venue="street", city="kyoto"))
        days = [one.day for i in range(300) if (one := prompt.prompt(cell, i)).weather == "snow"]
        assert len(days) > 100
        assert set(days) <= cold and len(set(days)) > 30


def test_weather_follows_the_frequencies_of_the_city(street):
    seen = Counter(prompt.prompt(street, index).weather for index in range(3000))
    total = sum(street.city.weather.values())
    for weather, frequency in street.city.weather.items():
        assert seen[weather] / 3000 == pytest.approx(frequency / total, abs=0.035)


def test_most_hours_are_day_and_some_are_night(street):
    hours = [prompt.prompt(street, index).hour for index in range(1500)]
    assert all(0 <= hour < 24 for hour in hours)
    assert 0.6 < sum(8 <= hour < 17 for hour in hours) / 1500 < 0.85
    assert sum(hour >= 21 or hour < 4 for hour in hours) > 40


@pytest.mark.parametrize(
    ("latitude", "day", "hour", "expected"),
    [(0, 80, 12, "midday"), (0, 80, 0, "night"), (50, 355, 16.5, "dusk"), (50, 172, 20.0, "evening"),
     (50, 172, 5.0, "morning"), (35, 80, 5.8, "dawn"), (70, 355, 12, "dusk"), (70, 172, 0.1, "morning")],
)  # fmt: skip
def test_the_part_of_the_day_follows_the_sun(latitude, day, hour, expected):
    assert band(latitude, day, hour) == expected


phrases = st.lists(st.sampled_from(["stone", "tall", "lamps", "by", "doors", "red", "roofs"]), min_size=1, max_size=9)
phrase = phrases.map(" ".join)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    traits=st.lists(phrase, min_size=3, max_size=5),
    details=st.lists(phrase, min_size=3, max_size=5),
    conduct=st.lists(phrase, min_size=2, max_size=3),
    texts=st.lists(phrase.filter(lambda text: len(text) >= 8), min_size=3, max_size=4),
    title=phrase,
    index=st.integers(0, 10**8),
)
def test_terse_and_wordy_specs_make_80_to_120_words(street, traits, details, conduct, texts, title, index):
    venue = street.venue.model_copy(
        update={
            "details": tuple(details), "conduct": tuple(conduct), "phrase": title,
            "happenings": tuple(
                street.venue.happenings[0].model_copy(update={"name": f"h{i}", "text": text})
                for i, text in enumerate(texts)
            ),
        }
    )  # fmt: skip
    city = street.city.model_copy(update={"traits": tuple(traits), "country": street.city.title})
    cell = type(street)(**{**vars(street), "venue": venue, "city": city, "decor": {}})
    text = prompt.prompt(cell, index).text
    assert 80 <= len(text.split()) <= 120


def test_a_phrase_that_leaves_no_room_is_named(write, venue):
    long = {"name": "long", "text": " ".join(["very long clause"] * 40)}
    specs = write(venues__street=venue | {"happenings": [long, long | {"name": "b"}, long | {"name": "c"}]})
    with pytest.raises(SpecError, match=r"street\.yaml:\d+: happenings.*say it in"):
        prompt.prompt(resolve(specs, Cell(venue="street", city="kyoto")), 0)


def test_a_negative_index_is_refused(street):
    with pytest.raises(UnknownNameError, match=r"-1 of street:kyoto"):
        prompt.prompt(street, -1)


def test_cells_differ_from_each_other(street, museum):
    assert address(street, 0) != address(museum, 0)
    assert not {one.text for one in prompt.prompts(street)} & {one.text for one in prompt.prompts(museum)}


def test_the_grammar_has_no_twins():
    words = grammar().model_dump()
    for group in (words["layouts"], words["details"], words["decor"], words["conduct"], words["fill"]):
        assert len(set(group)) == len(group)
    assert all(sorted(layout) == sorted("ODKHUCLZ") for layout in words["layouts"])
