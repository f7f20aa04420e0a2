"""The shipped cities, venues and kits: they load, say enough, and every cell of them can be built."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from tests.scene.scene_helpers import CITIES, OTHER_CELLS, SOME_CELLS, SPECS, VENUES, built, in_view, specs
from worldfactory import spec
from worldfactory.records import CLASSES, Cell
from worldfactory.spec import CitySpec, DecorSpec, VenueSpec
from worldfactory.spec._library import library, slots_of, unknown_paints

KITS = sorted(p.stem for p in (SPECS / "decor").glob("*.yaml"))


def test_enough_is_shipped() -> None:
    loaded = specs()
    assert len(loaded.cities) >= 30 and len({city.continent for city in loaded.cities.values()}) >= 6
    assert len(loaded.venues) >= 14
    assert len(loaded.decor) >= 24 and sum(len(kit.items) for kit in loaded.decor.values()) >= 150
    assert {city.street.pattern for city in loaded.cities.values()} >= {
        "grid", "canal", "promenade", "radial", "organic", "superblock", "hillside",
    }  # fmt: skip


@pytest.mark.parametrize("name", CITIES)
def test_a_city_says_enough(name: str) -> None:
    city = specs().cities[name]
    assert len(city.traits) >= 8 and city.landmarks and city.palette
    assert all(3 <= len(trait.split()) <= 9 and trait[-1] not in ".," for trait in city.traits)


@pytest.mark.parametrize("name", VENUES)
def test_a_venue_says_enough(name: str) -> None:
    venue = specs().venues[name]
    assert len(venue.details) >= 8 and len(venue.conduct) >= 5 and len(venue.happenings) >= 6
    assert all(6 <= len(text.split()) <= 14 for text in (*venue.conduct, *(h.text for h in venue.happenings)))
    assert all(happening.acts for happening in venue.happenings)


@pytest.mark.parametrize("name", KITS)
def test_a_kit_says_enough(name: str) -> None:
    kit = specs().decor[name]
    assert len(kit.items) >= 4
    assert all(item.label in CLASSES and 3 <= len(item.phrase.split()) <= 9 for item in kit.items)


@pytest.mark.parametrize("venue", VENUES)
def test_every_cell_has_two_kits_all_year(venue: str) -> None:
    for city in CITIES:
        cell = spec.resolve(specs(), Cell(venue=venue, city=city))
        for day in range(1, 366, 13):
            assert sum(kit.in_season(day) for kit in cell.decor.values()) >= 2, (city, day)


def test_every_home_city_is_shipped() -> None:
    assert {c for home in specs().factory.homes.values() for c in home.cities} <= set(CITIES)


@pytest.mark.parametrize(
    ("venue", "city"), SOME_CELLS + [pytest.param(*cell, marks=pytest.mark.long) for cell in OTHER_CELLS]
)
def test_every_cell_builds(venue: str, city: str) -> None:
    made = built(
        venue, city, 1, camera=specs().venues[venue].cameras[len(city) % len(specs().venues[venue].cameras)]
    ).scene
    assert 150 <= len(made.bodies) <= 60_000
    assert {instance.label for instance in made.instances} <= set(CLASSES)
    assert sum(instance.label == "person" for instance in made.instances) >= 4
    for material in made.materials:
        assert all(0 <= channel <= 1 for channel in (*material.rgb, *material.rgb2)) and material.emission >= 0
    for body in made.bodies:
        assert 0 <= body.prototype < len(made.prototypes) and 0 <= body.instance < len(made.instances)
    assert all(
        0 <= part.material < len(made.materials) and min(part.size) > 0 for p in made.prototypes for part in p.parts
    )
    assert all(prototype.parts for prototype in made.prototypes)


@pytest.mark.parametrize(("venue", "name"), [(v, h.name) for v in VENUES for h in specs().venues[v].happenings])
def test_every_happening_is_made_true(venue: str, name: str) -> None:
    city = CITIES[sum(map(ord, name)) % len(CITIES)]
    report = built(venue, city, 21, happenings=(name,))
    assert not [drop for drop in report.dropped if drop.what.startswith("happening/")]
    assert in_view(report.scene, report.happenings[name]) > 0.15


@pytest.mark.parametrize("name", KITS)
def test_every_kit_can_be_seen(name: str) -> None:
    kit = specs().decor[name]
    venue, cities = (kit.venues or VENUES)[0], kit.cities or CITIES
    city = cities[len(cities) // 2]
    made = built(venue, city, 33, decor=(name,)).scene
    rows = [k for k, instance in enumerate(made.instances) if instance.decor == name]
    assert len({made.instances[row].asset for row in rows}) >= 3
    assert in_view(made, rows) > 0.15


def test_cities_differ_on_the_ground_and_in_the_air() -> None:
    looks = {city: {(m.name, m.rgb) for m in built("street", city, 1).scene.materials} for city in CITIES}
    for a in CITIES:
        for b in CITIES:
            if a < b:
                shared = len(looks[a] & looks[b]) / min(len(looks[a]), len(looks[b]))
                assert shared < 0.7, (a, b, shared)


def test_indoor_venues_take_the_form_of_their_city() -> None:
    walls = {
        city: next(m.rgb for m in built("hospital", city, 1).scene.materials if m.name == "wainscot") for city in CITIES
    }
    assert len(set(walls.values())) == len(CITIES)


def test_the_library_names_only_paints_that_it_has() -> None:
    for name, thing in library().things.items():
        assert not unknown_paints(slots_of(thing)), name


def test_wrong_specs_name_what_would_be_right() -> None:
    city = {
        "title": "Nowhere",
        "country": "None",
        "continent": "asia",
        "latitude": 0,
        "longitude": 0,
        "traits": ["a b c", "d e f", "g h i"],
    }
    with pytest.raises(ValidationError, match=r"no such thing: hovercraft; allowed: .*sedan"):
        CitySpec.model_validate({**city, "traffic": [{"thing": "hovercraft"}]})
    with pytest.raises(ValidationError, match="no such material: plaid; allowed"):
        CitySpec.model_validate({**city, "buildings": [{"name": "block", "walls": ["plaid"]}]})
    with pytest.raises(ValidationError, match=r"'grid', 'radial', 'organic'"):
        CitySpec.model_validate({**city, "street": {"pattern": "spiral"}})
    with pytest.raises(ValidationError, match="bench stands in the middle, where this street has no median"):
        CitySpec.model_validate({**city, "street": {"furniture": [{"thing": "bench", "row": "middle"}]}})
    with pytest.raises(ValidationError, match="a part names one shape"):
        DecorSpec.model_validate({"title": "Kit", "items": [{"name": "x", "phrase": "y", "parts": [{"paint": "red"}]}]})
    with pytest.raises(ValidationError, match="not a class of the taxonomy; allowed: sky, road"):
        DecorSpec.model_validate(
            {
                "title": "Kit",
                "items": [{"name": "x", "label": "ufo", "phrase": "y", "parts": [{"box": [1, 1, 1], "paint": "red"}]}],
            }
        )
    venue = specs().venues["zoo"].model_dump(mode="json")
    venue["happenings"][0]["acts"] = [{"does": "walk", "who": "astronaut"}]
    with pytest.raises(ValidationError, match="roles that people lack: astronaut; allowed: balloon-child, barista"):
        VenueSpec.model_validate(venue)
