"""Specs for prompts, built in memory: the tests say what they rely on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from worldfactory.records import Cell
from worldfactory.spec import CellSpec, Specs, load, resolve

CITY = {
    "title": "Kyoto",
    "country": "Japan",
    "continent": "asia",
    "latitude": 35.0,
    "longitude": 135.8,
    "weather": {"clear": 4, "overcast": 3, "rain": 2, "fog": 1, "snow": 1},
    "traits": [
        "low townhouses of dark cedar", "grey tiled roofs with deep eaves", "fine lattice fronts",
        "a five-storey pagoda above the rooftops",
    ],
}  # fmt: skip
VENUE = {
    "title": "Street",
    "phrase": "a busy shopping street",
    "cameras": ["walk", "drone", "drive", "dolly", "orbit", "fixed"],
    "details": ["striped awnings over the shop windows", "litter bins by the kerb", "lamps and bollards by the kerb"],
    "conduct": ["people keep to the pavement", "friends stop to talk beside the doors"],
    "happenings": [
        {"name": "bus-passes", "text": "a city bus rolls by in the near lane"},
        {"name": "dog-walk", "text": "a resident walks a small dog along the pavement"},
        {"name": "carousel-turns", "text": "the carousel turns while its horses rise and fall"},
    ],
}
MUSEUM = {
    **VENUE,
    "title": "Museum",
    "setting": "indoor",
    "layout": {"kind": "galleries", "rooms": [{"name": "hall"}]},
    "phrase": "a quiet museum gallery",
    "cameras": ["walk", "orbit"],
}


def item(name: str, phrase: str, anchor: str) -> dict[str, object]:
    return {
        "name": name, "phrase": phrase, "anchor": anchor,
        "parts": [{"box": [1, 1, 1], "paint": "#805030"}],
    }  # fmt: skip


DECOR = {
    "lights": {"title": "Lights", "season": [330, 6], "items": [item("string", "strings of warm lights", "facade")]},
    "blossom": {"title": "Blossom", "season": [78, 110], "items": [item("tub", "tubs of pink blossom", "floor")]},
    "signs": {
        "title": "Signs",
        "items": [item("board", "a map board", "floor"), item("hanging", "boards hung overhead", "ceiling")],
    },
}


@pytest.fixture()
def city() -> dict[str, object]:
    """What cities/kyoto.yaml says."""
    return dict(CITY)


@pytest.fixture()
def venue() -> dict[str, object]:
    """What venues/street.yaml says."""
    return dict(VENUE)


Writer = Callable[..., Specs]


@pytest.fixture()
def write(tmp_path: Path) -> Writer:
    """Writes a spec folder and reads it; keywords replace files, `/` in a path written as `__`."""

    def writer(**changes: object) -> Specs:
        files: dict[str, object] = {
            "factory": {"model": "tokenizer", "federation": "clouds", "demo": {"cells": ["street:kyoto"]}, "seed": 7},
            "cities/kyoto": CITY,
            "venues/street": VENUE,
            "venues/museum": MUSEUM,
            "models/tokenizer": {},
            "federation/clouds": {},
            **{f"decor/{name}": kit for name, kit in DECOR.items()},
            **{name.replace("__", "/"): value for name, value in changes.items()},
        }
        for path, value in files.items():
            file = tmp_path / f"{path}.yaml"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(yaml.safe_dump(value), encoding="utf-8")
        return load(tmp_path)

    return writer


@pytest.fixture()
def street(write: Writer) -> CellSpec:
    return resolve(write(), Cell(venue="street", city="kyoto"))


@pytest.fixture()
def museum(write: Writer) -> CellSpec:
    return resolve(write(), Cell(venue="museum", city="kyoto"))
