"""The guard: inflected words are found, innocent ones are not, and the message says where."""

from __future__ import annotations

from pathlib import Path

import pytest

from worldfactory import prompt
from worldfactory.errors import UnsafePromptError
from worldfactory.prompt._guard import _grammar_text
from worldfactory.records import Cell
from worldfactory.spec import load_partly, resolve


@pytest.mark.parametrize(
    ("text", "word", "lemma", "group"),
    [
        ("two men stabbed each other", "stabbed", "stab", "violence"),
        ("Beheadings in the square", "beheadings", "beheading", "gore"),
        ("a man with loaded rifles", "rifles", "rifle", "weapons"),
        ("nudes on the wall", "nudes", "nude", "sexual"),
        ("Nazis march", "nazis", "nazi", "hate"),
        ("lines of COCAINE", "cocaine", "cocaine", "drugs"),
        ("a blood-stained coat", "blood-stained", "bloodstained", "gore"),
        ("a blood-red moon", "blood", "blood", "gore"),
        ("he hangs himself", "hangs himself", "hang himself", "self-harm"),
        ("thoughts of self-harm", "self-harm", "self-harm", "self-harm"),
        ("the killer's hat", "killer", "killer", "violence"),
    ],
)
def test_unsafe_words_are_found_by_their_lemma(text, word, lemma, group):
    (found,) = prompt.find_unsafe(text)
    assert (found.word, found.lemma, found.group) == (word, lemma, group)
    with pytest.raises(UnsafePromptError, match=word):
        prompt.guard(text)


@pytest.mark.parametrize(
    "text",
    [
        "a photographer shooting with a long lens", "a shooting star over the shot tower", "children with water guns",
        "a nurse takes his blood pressure", "a naked bulb over the door", "samurai swords in a glass case",
        "dead leaves on the pavement", "ribbons wound around the poles", "a chest of drawers", "a cockatoo on a perch",
        "a drugstore with a green cross", "white banners. Power lines overhead", "a ray gunwale", "Essex and Sussex",
        "the executive suite", "knives and forks laid out", "orange blossom in the assault course of the park",
    ],
)  # fmt: skip
def test_innocent_words_pass(text):
    assert prompt.find_unsafe(text) == []
    prompt.guard(text)


def test_own_words_are_refused_in_every_form():
    (found,) = prompt.find_unsafe("two clowns juggle", ("clown",))
    assert found.lemma == "clown" and "unsafe_words" in found.group
    assert prompt.find_unsafe("a juggling act", ("Juggle",))
    assert prompt.find_unsafe("a bright red flag", ("red flag",))
    assert not prompt.find_unsafe("two clowns juggle")


def test_a_word_in_a_spec_is_named_with_file_line_and_key(write, city, venue):
    bad = venue | {"conduct": ["people wait", "soldiers murdered the crowd"]}
    specs = write(venues__street=bad, cities__kyoto=city | {"traits": ["corpses", "gold", "roofs"]})
    problems = prompt.unsafe(specs)
    assert {(p.file.name, p.key) for p in problems} == {("street.yaml", "conduct.1"), ("kyoto.yaml", "traits.0")}
    assert all(p.line > 1 for p in problems)
    with pytest.raises(UnsafePromptError, match=r"(?s)kyoto\.yaml:\d+: traits\.0.*'corpse'.*conduct\.1.*'murder'"):
        prompt.prompts(resolve(specs, Cell(venue="street", city="kyoto")))
    assert prompt.prompts(resolve(write(), Cell(venue="museum", city="kyoto")))


def test_a_single_prompt_is_guarded_too(write, venue):
    texts = [{"name": f"h{i}", "text": f"a clown strangles a goose number {i}"} for i in range(3)]
    cell = resolve(write(venues__street=venue | {"happenings": texts}), Cell(venue="street", city="kyoto"))
    with pytest.raises(UnsafePromptError, match=r"happenings\.0\.text.*'strangle'"):
        prompt.prompt(cell, 3)


def test_a_refused_word_that_the_grammar_needs_is_said_at_once(write):
    factory = {"model": "tokenizer", "federation": "clouds", "unsafe_words": ["clown", "camera"],
               "demo": {"cells": ["street:kyoto"]}}  # fmt: skip
    (problem,) = prompt.unsafe(write(factory=factory))
    assert (problem.key, problem.value) == ("unsafe_words.1", "camera") and problem.file.name == "factory.yaml"


def test_the_grammar_and_the_shipped_specs_are_safe():
    assert prompt.find_unsafe(_grammar_text()) == []
    specs = load_partly(Path(__file__).parents[2] / "specs")
    assert len(specs.cities) >= 6 and len(specs.venues) >= 5 and len(specs.decor) >= 8
    assert prompt.unsafe(specs) == []
