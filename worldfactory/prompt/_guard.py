"""A word list with lemmas that keeps unsafe words of a spec out of prompts, and says which and where."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any, cast

import simplemma

from worldfactory.errors import Problem, UnsafePromptError
from worldfactory.prompt._grammar import grammar
from worldfactory.spec import CellSpec, CitySpec, DecorSpec, SpecModel, Specs, VenueSpec, key_line

_CLAUSE = re.compile(r"[.,;:!?()\n]")
_WORD = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*")


_SAID: dict[type[SpecModel], Any] = {
    CitySpec: {"title": True, "country": True, "traits": True},
    VenueSpec: {
        "title": True, "phrase": True, "details": True, "conduct": True,
        "happenings": {"__all__": {"name", "text"}},
    },
    DecorSpec: {"title": True, "items": {"__all__": {"name", "phrase"}}},
}  # fmt: skip
"""What of a spec can reach a prompt or a label. A thing may well be painted `gun-metal`."""


@dataclass(frozen=True, slots=True)
class Unsafe:
    """A refused word: as it was written, the lemma (or run of lemmas) of the list it matched, and the list's group."""

    word: str
    lemma: str
    group: str

    def __str__(self) -> str:
        return f"{self.word!r} (lemma {self.lemma!r}, {self.group}) is not safe in a prompt; use another word"


@dataclass(frozen=True, slots=True)
class _Lexicon:
    refused: dict[tuple[str, ...], str]
    """Lemmas in a row -> group."""
    allowed: frozenset[tuple[str, ...]]
    first: frozenset[str]
    """The words that an entry begins with."""
    longest: int


def find_unsafe(text: str, extra: Iterable[str] = ()) -> list[Unsafe]:
    """Every refused word of `text`, in order; `extra` words are refused too.

    A word matches by itself or by its English lemma (simplemma), alone or in a row with the next ones of its clause;
    hyphenated words match whole and part by part. Longer matches win: `water gun` is let through and `gun` is not.
    """
    lexicon = _lexicon(tuple(extra))
    return [found for clause in _CLAUSE.split(text) for found in _in_clause([*_tokens(clause)], lexicon)]


def _in_clause(tokens: list[tuple[str, str]], lexicon: _Lexicon) -> Iterator[Unsafe]:
    at = 0
    while at < len(tokens):
        step = 1
        if not lexicon.first.isdisjoint(tokens[at]):
            for length in range(min(lexicon.longest, len(tokens) - at), 0, -1):
                run = tokens[at : at + length]
                forms = (tuple(word for word, _ in run), tuple(lemma for _, lemma in run))
                hit = next((form for form in forms if form in lexicon.refused), None)
                if any(form in lexicon.allowed for form in forms):
                    step = length
                    break
                if hit is not None:
                    yield Unsafe(" ".join(forms[0]), " ".join(hit), lexicon.refused[hit])
                    step = length
                    break
        at += step


def guard(text: str, where: str = "", extra: Iterable[str] = ()) -> None:
    """Raises UnsafePromptError, naming the word, its lemma and `where` (a file and key), if `text` holds one."""
    found = find_unsafe(text, extra)
    if found:
        raise UnsafePromptError(f"{where}: {found[0]}" if where else str(found[0]))


def guard_cell(cell: CellSpec) -> None:
    """Raises UnsafePromptError with every unsafe word of the specs that shape the cell, by file and key."""
    city, venue, *decor = cell.files[1:]
    specs = ((city, cell.city), (venue, cell.venue), *zip(decor, cell.decor.values(), strict=True))
    problems = [problem for file, spec in specs for problem in _problems(file, spec, cell.factory.unsafe_words)]
    if problems:
        raise UnsafePromptError("\n".join(map(str, problems)))


def unsafe(specs: Specs) -> list[Problem]:
    """Every unsafe word of every city, venue and decor file, with its file, line, key, word and lemma.

    Words of `unsafe_words` in factory.yaml that the built-in grammar itself uses are problems too.
    """
    extra = specs.factory.unsafe_words
    factory = specs.root / "factory.yaml"
    problems = [
        Problem(factory, key_line(factory, key), key, word, "the built-in grammar of prompts uses this word itself")
        for index, word in enumerate(extra)
        if find_unsafe(_grammar_text(), (word,)) and (key := f"unsafe_words.{index}")
    ]
    for folder, found in (("cities", specs.cities), ("venues", specs.venues), ("decor", specs.decor)):
        for name, spec in found.items():
            problems.extend(_problems(specs.root / folder / f"{name}.yaml", spec, extra))
    return problems


def _problems(file: Path, spec: CitySpec | VenueSpec | DecorSpec, extra: Sequence[str]) -> Iterator[Problem]:
    for key, text in _strings(spec.model_dump(include=_SAID[type(spec)])):
        for word in find_unsafe(text, extra):
            yield Problem(file, key_line(file, key), key, text, str(word))


def _strings(value: object, key: str = "") -> Iterator[tuple[str, str]]:
    """(dotted key, text) of every string in a dumped spec."""
    if isinstance(value, str):
        yield key, value
    elif isinstance(value, dict):
        for name, part in cast("dict[str, object]", value).items():
            yield from _strings(part, f"{key}.{name}" if key else name)
    elif isinstance(value, list | tuple):
        for index, part in enumerate(cast("Sequence[object]", value)):
            yield from _strings(part, f"{key}.{index}")


@cache
def _grammar_text() -> str:
    return "\n".join(text for _, text in _strings(grammar().model_dump(exclude={"layouts", "anchors"})))


def _tokens(clause: str) -> Iterator[tuple[str, str]]:
    """(word, lemma), lower case."""
    for match in _WORD.finditer(clause):
        yield from _forms(match.group())


@lru_cache(maxsize=1 << 16)
def _forms(written: str) -> tuple[tuple[str, str], ...]:
    """A word and its lemma; of each part, if it is hyphenated and the list does not hold it as such."""
    word = written.lower().replace("’", "'").removesuffix("'s")
    whole = word, _lemma(word)
    if "-" not in word or any((form,) in _lexicon(()).refused for form in whole):
        return (whole,)
    return tuple((part, _lemma(part)) for part in word.split("-"))


def _lemma(word: str) -> str:
    return simplemma.lemmatize(word, lang="en").lower()


@cache
def _lexicon(extra: tuple[str, ...]) -> _Lexicon:
    refused: dict[tuple[str, ...], str] = {}
    allowed: set[tuple[str, ...]] = set()
    group = ""
    for line in files("worldfactory.prompt").joinpath("unsafe.txt").read_text("utf-8").splitlines():
        entry = line.strip().lower()
        if not entry or entry.startswith("#"):
            continue
        if entry.startswith("["):
            group = entry.strip("[]")
        elif entry.startswith("!"):
            allowed.add(tuple(entry[1:].split()))
        else:
            refused[tuple(entry.split())] = group
    for entry in extra:
        words = tuple(entry.lower().split())
        refused[words] = "unsafe_words of factory.yaml"
        refused[tuple(_lemma(word) for word in words)] = "unsafe_words of factory.yaml"
    entries = [*refused, *allowed]
    return _Lexicon(refused, frozenset(allowed), frozenset(e[0] for e in entries), max(map(len, entries)))
