"""A small spec folder, written from plain values so that tests say what they change."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

CITY: dict[str, Any] = {
    "title": "Kyoto", "country": "Japan", "continent": "asia", "latitude": 35.0, "longitude": 135.8,
    "traits": ["cedar townhouses", "tiled roofs", "a pagoda"],
}  # fmt: skip
VENUE: dict[str, Any] = {
    "title": "Street",
    "phrase": "a busy street",
    "details": ["awnings", "bins", "lamps"],
    "conduct": ["people walk", "friends talk"],
    "happenings": [{"name": f"h{i}", "text": f"a cyclist rides past lamp {i}"} for i in range(3)],
}
KIT: dict[str, Any] = {
    "title": "Signs",
    "items": [{"name": "board", "phrase": "a map board", "parts": [{"box": [1, 1, 1], "paint": "#805030"}]}],
}
FACTORY: dict[str, Any] = {"model": "tokenizer", "federation": "clouds", "demo": {"cells": ["street:kyoto"]}}

FILES: dict[str, Any] = {
    "factory": FACTORY,
    "cities/kyoto": CITY,
    "cities/paris": {**CITY, "title": "Paris", "country": "France", "continent": "europe"},
    "venues/street": VENUE,
    "venues/zoo": {**VENUE, "title": "Zoo", "phrase": "a green zoo"},
    "decor/signs": KIT,
    "decor/lanterns": {**KIT, "title": "Lanterns", "cities": ["kyoto"]},
    "decor/cages": {**KIT, "title": "Cages", "venues": ["zoo"]},
    "models/tokenizer": {},
    "federation/clouds": {},
}


class Folder:
    """A spec folder on disk."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for path, value in FILES.items():
            self.write(path, copy.deepcopy(value))

    def write(self, path: str, value: Any) -> Path:
        """Put `value` into `path`.yaml: text and bytes as they are, anything else as YAML."""
        file = self.root / f"{path}.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(value, bytes):
            file.write_bytes(value)
        else:
            text = value if isinstance(value, str) else yaml.safe_dump(value, allow_unicode=True, sort_keys=False)
            file.write_text(text, encoding="utf-8")
        return file

    def change(self, path: str, **keys: Any) -> Path:
        """Set some keys of `path`.yaml."""
        return self.write(path, {**copy.deepcopy(FILES[path]), **keys})


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """A right spec folder: two cities, two venues, three kits."""
    return Folder(tmp_path / "specs")


@pytest.fixture(scope="session")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Folder]:
    """Makes fresh spec folders, also between the examples of one property."""
    return lambda: Folder(tmp_path_factory.mktemp("specs"))
