"""A choice in words: sentences of the grammar, ordered by a layout and fitted to 80 to 120 words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from worldfactory.errors import Problem, SpecError
from worldfactory.prompt._draw import Choice, Draws, place
from worldfactory.prompt._grammar import Digits, camera_sentence, closing_sentence, grammar, light_sentence
from worldfactory.spec import CellSpec, Happening, key_line

FEWEST, MOST = 80, 120
"""Words of a prompt."""

_SLOT = re.compile(r"\{(\w+)\}")


def count(text: str) -> int:
    """Words as a reader counts them: runs without spaces."""
    return len(text.split())


def write(cell: CellSpec, choice: Choice, digits: Digits, draws: Draws) -> tuple[str, tuple[Happening, ...]]:
    """The text, and the happenings that it tells of. Raises SpecError where a spec's phrases leave no room.

    Every random number is drawn before anything is fitted, so that the length of one phrase moves no other choice.
    """
    words = grammar()
    traits = [_bare(text) for text in draws.some(cell.city.traits, 2)]
    details = [_bare(text) for text in draws.some(cell.venue.details, 2)]
    layout = draws.pick(words.layouts)
    said = {
        "phrase": _bare(cell.venue.phrase),
        "place": place(cell.city),
        "place_mid": place(cell.city) + ("," if "," in place(cell.city) else ""),
        "when": draws.pick(words.when[choice.band]),
        "trait": traits[0],
        "trait2": traits[-1],
        "d1": details[0],
        "d2": details[-1],
        "u": _bare(draws.pick(cell.venue.conduct)),
    }
    frames = words.openings.indoor if cell.venue.setting == "indoor" else words.openings.outdoor
    if any(" and " in trait for trait in traits):
        frames = [frame for frame in frames if "trait2" not in frame]  # `a and b and c` is hard to read
    opening = draws.unit()
    decor = draws.pick(words.decor)
    one, two = draws.unit(), draws.unit()
    optional = draws.some("DU+", 3)
    target = FEWEST + draws.below(25)

    apart = [frame for frame in words.details if "{d2}" in frame and " and {d2}" not in frame]
    detail = _filled(draws.pick(apart if any(" and " in text for text in details) else words.details), said)
    conduct = _filled(draws.pick(words.conduct), said)
    singles = [_happening([happening], one) for happening in choice.happenings]
    sentences = {
        "O": _filled(frames[int(opening * len(frames))], said),
        "L": light_sentence(cell.venue.setting, choice.band, choice.weather, digits[:2]),
        "H": singles[0],
        "C": camera_sentence(choice.camera, digits[2:5]),
        "Z": closing_sentence(digits[5:]),
    }
    if choice.items:
        sentences["K"] = _filled(decor, {"items": _listed([_bare(item.phrase) for item in choice.items])})

    def total() -> int:
        return sum(map(count, sentences.values()))

    told = choice.happenings[:1]
    for part in optional:
        if part == "+":
            if len(choice.happenings) < 2:
                continue
            wider = {"H": _happening(choice.happenings, two)}
        else:
            wider = {"D": detail} if part == "D" else {"U": conduct}
        length = total() - count(sentences.get("H", "") if part == "+" else "") + count(*wider.values())
        if (total() < target and length <= MOST - 2) or (total() < FEWEST and length <= MOST):
            sentences.update(wider)
            told = choice.happenings if part == "+" else told
    if total() > MOST:
        sentences["O"] = min((_filled(frame, said) for frame in frames), key=count)
    extra: list[str] = []
    for sentence in draws.some(words.fill, len(words.fill)):
        if total() + sum(map(count, extra)) < FEWEST:
            extra.append(sentence)
    text = " ".join([*(sentences[part] for part in layout if part in sentences), *extra])
    if not FEWEST <= count(text) <= MOST:
        raise _no_room(cell, choice, said, count(text))
    return text, told


def _no_room(cell: CellSpec, choice: Choice, said: Mapping[str, str], length: int) -> SpecError:
    """Names the longest phrase that went into a text."""
    city, venue = cell.files[1], cell.files[2]
    phrases = [(city, "traits", text) for text in cell.city.traits if _bare(text) in said.values()]
    phrases.append((venue, "phrase", cell.venue.phrase))
    phrases += [(venue, "happenings", happening.text) for happening in choice.happenings]
    for kit, item in zip(choice.kits, choice.items, strict=True):
        file = next((file for file in cell.files[3:] if file.stem == kit), venue)
        phrases.append((file, "items", item.phrase))
    file, key, text = max(phrases, key=lambda phrase: count(phrase[2]))
    message = f"a prompt with this phrase has {length} words and must have {FEWEST} to {MOST}; say it in 12 or fewer"
    return SpecError([Problem(file, key_line(file, key), key, text, message)])


def _happening(happenings: Sequence[Happening], unit: float) -> str:
    frames = grammar().happenings.one if len(happenings) == 1 else grammar().happenings.two
    texts = [_bare(happening.text) for happening in happenings]
    if any(re.search(r",|\b(while|as|before)\b", text) for text in texts):
        # A clause with a side clause of its own stands alone, or `while` would follow on `while`.
        frames = [frame for frame in frames if not re.search(r"while|^As", frame)]
    said = {"h1": texts[0], "h2": texts[-1]}
    return _filled(frames[int(unit * len(frames))], said)


def _filled(frame: str, said: Mapping[str, str]) -> str:
    """A frame with its slots filled; a slot with a capital letter, or at the start, gets a capital."""

    def fill(match: re.Match[str]) -> str:
        name = match.group(1)
        text = said[name[0].lower() + name[1:]]
        return _capital(text) if name[0].isupper() else text

    return _capital(_SLOT.sub(fill, frame))


def _listed(phrases: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`; with `as well as` where a phrase has an `and` of its own."""
    *head, last = phrases
    if not head:
        return last
    joint = " as well as " if any(" and " in phrase for phrase in phrases) else " and "
    return ", ".join(head) + ("," if joint != " and " and len(head) > 1 else "") + joint + last


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _bare(text: str) -> str:
    return " ".join(text.split()).rstrip(".")
