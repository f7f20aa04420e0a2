"""Facts in words: one sentence, and a paragraph of about 97 words."""

from __future__ import annotations

from collections.abc import Sequence

from worldfactory.caption._facts import Sightings, facts
from worldfactory.records import Captions, Event, Prompt, Scene, Structured
from worldfactory.spec import CellSpec

AIM = 97
"""Words of a dense caption: the mean of those that Cosmos was trained on (NVIDIA 2025, section 3.3)."""
_MOST = 115
_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_PLURALS = {"person": "people", "bus": "buses", "bench": "benches", "fish": "fish", "sheep": "sheep"}
_OUTSIDE = {"clear": "under a clear sky", "overcast": "under an overcast sky", "rain": "in the rain",
            "snow": "in snow", "fog": "in fog"}  # fmt: skip
_INSIDE = {
    "clear": "while the sky outside is clear", "overcast": "while the sky outside is overcast",
    "rain": "while it rains outside", "snow": "while it snows outside", "fog": "while fog lies outside",
}  # fmt: skip
_VIEWS = {"walk": "a first-person view", "revisit": "a first-person view that returns", "third-person":
          "a view from behind a walker", "drive": "a view from a vehicle", "drone": "a drone's view",
          "dolly": "a tracking shot", "orbit": "an orbiting shot", "fixed": "a fixed camera's view"}  # fmt: skip


def captions(cell: CellSpec, prompt: Prompt, scene: Scene, sightings: Sightings) -> Captions:
    """The three captions of a clip whose frames `sightings` has taken."""
    table = facts(cell, prompt, scene, sightings)
    return Captions(short=short(table), dense=dense(table), structured=table)


def short(table: Structured) -> str:
    """One sentence: the view, the place, the weather, the hour, and what there is most of."""
    seen = _listed([_many(count, noun) for noun, count in list(table.counts.items())[:3]])
    said = f"{_VIEWS[table.camera.kind]} of {table.venue} in {_place(table)}, {_when(table)}"
    return _sentence(f"{said}, with {seen} in view" if seen else said)


def dense(table: Structured) -> str:
    """Sentences in order of weight, as many as come nearest to 97 words."""
    counts = list(table.counts.items())
    said = [
        _sentence(f"{_VIEWS[table.camera.kind]} shows {table.venue} in {_place(table)}, {_when(table)}"),
        _sentence(f"over {_seconds(table.seconds)}, {_listed([_many(n, noun) for noun, n in counts[:4]])} can be seen")
        if counts
        else "Nobody and nothing that moves can be seen.",
        _camera(table),
    ]
    more = [_sentence(text) for text in table.happenings]
    more += [_event(event) for event in table.events]
    if counts[4:]:
        verb = "is" if sum(n for _, n in counts[4:9]) == 1 else "are"
        more.append(_sentence(f"{_listed([_many(n, noun) for noun, n in counts[4:9]])} {verb} there too"))
    if table.surfaces:
        more.append(_sentence(f"most of the picture is taken up by {_listed(table.surfaces[:4])}"))
    if table.decor:
        more.append(_sentence(f"the place is dressed with {_listed(table.decor)}"))
    length = sum(map(_words, said))
    for sentence in more:
        grown = length + _words(sentence)
        if grown <= _MOST and abs(grown - AIM) <= abs(length - AIM):
            said.append(sentence)
            length = grown
    return " ".join(said)


def _words(text: str) -> int:
    return len(text.split())


def _event(event: Event) -> str:
    name = f"{event.colour} {event.noun}".strip()
    return f"From {event.start_s:.2f} to {event.end_s:.2f} seconds, {_article(name)} {event.does}."


def _camera(table: Structured) -> str:
    move = table.camera
    if move.metres < 0.05 and abs(move.turn_deg) < 2:
        return "The camera does not move."
    parts = [f"travels {move.metres:.1f} metres"] if move.metres >= 0.05 else []
    if abs(move.turn_deg) >= 2:
        parts.append(f"turns {abs(move.turn_deg):.0f} degrees to the {'left' if move.turn_deg > 0 else 'right'}")
    if abs(move.rise_m) >= 0.1:
        parts.append(f"{'rises' if move.rise_m > 0 else 'sinks'} {abs(move.rise_m):.1f} metres")
    return _sentence(f"the camera {_listed(parts)}")


def _when(table: Structured) -> str:
    weather = (_INSIDE if table.indoor else _OUTSIDE)[table.weather]
    return f"{weather}, at {_clock(table)} in the {table.part_of_day}".replace("in the midday", "at midday").replace(
        "in the night", "at night"
    )


def _clock(table: Structured) -> str:
    minutes = round(table.hour * 60) % 1440
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _place(table: Structured) -> str:
    return table.city if table.city == table.country else f"{table.city}, {table.country}"


def _seconds(seconds: float) -> str:
    return f"{seconds:.1f} seconds"


def _many(count: int, noun: str) -> str:
    number = _NUMBERS[count] if count < len(_NUMBERS) else str(count)
    return f"{number} {noun if count == 1 else _PLURALS.get(noun, noun + 's')}"


def _article(name: str) -> str:
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"


def _listed(phrases: Sequence[str]) -> str:
    *head, last = phrases or [""]
    return f"{', '.join(head)} and {last}" if head else last


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."
