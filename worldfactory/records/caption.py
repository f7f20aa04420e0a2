"""What a clip shows, in words and as a table. Told from its ground truth, never guessed from its pixels."""

from __future__ import annotations

from typing import Literal

from worldfactory.records._base import Frozen
from worldfactory.records.prompt import CameraKind, Weather

Doing = Literal[
    "passes from left to right", "passes from right to left", "comes nearer", "moves away", "stays in view",
]  # fmt: skip
"""What a moving thing does in the picture. It passes if it crosses a quarter of it or more; it comes nearer or moves
away if its distance to the camera changes by 1.5 m or more."""


class Event(Frozen):
    """Somebody or something moves through the picture. Times in seconds from the first frame, to a quarter second."""

    start_s: float
    end_s: float
    instance: int
    """Value of the instance map."""
    noun: str
    colour: str
    """Of a vehicle; '' if it has none that stands out."""
    does: Doing


class CameraMove(Frozen):
    """What the camera does from first to last pose."""

    kind: CameraKind
    metres: float
    """Length of its path."""
    turn_deg: float
    """Net turn, left positive."""
    rise_m: float


class Structured(Frozen):
    """The caption as a table."""

    city: str
    country: str
    venue: str
    indoor: bool
    weather: Weather
    hour: float
    part_of_day: str
    seconds: float
    counts: dict[str, int]
    """Noun -> how many different ones are seen, each with at least 0.05 % of the picture for a moment."""
    surfaces: tuple[str, ...]
    """Classes that are not counted and fill at least a twentieth of the picture on the average, largest first."""
    camera: CameraMove
    events: tuple[Event, ...]
    """Those that show most first."""
    decor: tuple[str, ...]
    """Titles of the kits of which something is seen."""
    happenings: tuple[str, ...]
    """The prompt's, as the venue words them, less those that found no room."""


class Captions(Frozen):
    """Three forms of one truth: a sentence, a paragraph of about 97 words, a table."""

    short: str
    dense: str
    structured: Structured
