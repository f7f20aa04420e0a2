"""The grammar's words: data in grammar.yaml, read once, and the sentences that tell one prompt from another."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Annotated, Literal

import yaml
from pydantic import Field

from worldfactory.records import CameraKind, Weather
from worldfactory.spec import Anchor, SpecModel

Band = Literal["night", "dawn", "morning", "midday", "evening", "dusk"]
Setting = Literal["outdoor", "indoor"]

_Several = Annotated[tuple[str, ...], Field(min_length=3)]
_Four = Annotated[tuple[str, ...], Field(min_length=4, max_length=4)]
_Eight = Annotated[tuple[str, ...], Field(min_length=8, max_length=8)]
_Dozen = Annotated[tuple[str, ...], Field(min_length=12, max_length=12)]
_TwoDozen = Annotated[tuple[str, ...], Field(min_length=24, max_length=24)]


class Openings(SpecModel):
    """Frames of the first sentence."""

    outdoor: _Several
    indoor: _Several


class HappeningFrames(SpecModel):
    """Frames for one happening and for two."""

    one: _Several
    two: _Several


class CameraWords(SpecModel):
    """A camera sentence is a move, a manner and a lens."""

    moves: dict[CameraKind, _Eight]
    moving: _Dozen
    still: _Dozen
    lenses: _Dozen


class OutdoorLight(SpecModel):
    """Under an open or a covered sky."""

    open: dict[Band, _Four]
    covered: dict[Band, _Four]


class LightWords(SpecModel):
    """What the light does, by setting and time of day."""

    outdoor: OutdoorLight
    indoor: dict[Literal["day", "twilight", "night"], _Four]


class WeatherWords(SpecModel):
    """What the weather does, by day or night; indoors it is seen through the windows."""

    day: dict[Weather, _Four]
    night: dict[Weather, _Four]


class Closing(SpecModel):
    """A closing sentence is a texture and a palette."""

    textures: _TwoDozen
    palettes: _TwoDozen


class Grammar(SpecModel):
    """All of grammar.yaml."""

    layouts: _Several
    when: dict[Band, _Several]
    openings: Openings
    details: _Several
    decor: _Several
    anchors: dict[Setting, frozenset[Anchor]]
    happenings: HappeningFrames
    conduct: _Several
    fill: _Several
    camera: CameraWords
    light: LightWords
    weather: dict[Setting, WeatherWords]
    closing: Closing


@cache
def grammar() -> Grammar:
    """The grammar of this release; the same object every time."""
    text = files("worldfactory.prompt").joinpath("grammar.yaml").read_text("utf-8")
    return Grammar.model_validate(yaml.safe_load(text))


RADICES = (4, 4, 8, 12, 12, 24, 24)
"""How many choices each digit of an address has: light, weather, move, manner, lens, texture, palette."""

PERIOD = 4 * 4 * 8 * 12 * 12 * 24 * 24
"""10,616,832: so many prompts of one cell differ by construction."""

Digits = tuple[int, int, int, int, int, int, int]


def light_sentence(setting: Setting, band: Band, weather: Weather, digits: Sequence[int]) -> str:
    """The sentence of digits (light, weather). Different for different digits, bands, weathers and settings,
    but for indoor bands that the windows show alike."""
    words = grammar()
    if setting == "indoor":
        part = {"night": "night", "dawn": "twilight", "dusk": "twilight"}.get(band, "day")
        light = words.light.indoor[part][digits[0]]  # pyright: ignore[reportArgumentType]
    else:
        sky = words.light.outdoor.open if weather == "clear" else words.light.outdoor.covered
        light = sky[band][digits[0]]
    by = words.weather[setting]
    clause = (by.night if band in ("night", "dusk") else by.day)[weather][digits[1]]
    return f"{light}, {clause}."


def camera_sentence(kind: CameraKind, digits: Sequence[int]) -> str:
    """The sentence of digits (move, manner, lens). Different for different digits and kinds."""
    camera = grammar().camera
    manner = (camera.still if kind == "fixed" else camera.moving)[digits[1]]
    return f"{camera.moves[kind][digits[0]]} {manner}, {camera.lenses[digits[2]]}."


def closing_sentence(digits: Sequence[int]) -> str:
    """The sentence of digits (texture, palette). Different for different digits."""
    closing = grammar().closing
    return f"{closing.textures[digits[0]]}, {closing.palettes[digits[1]]}."
