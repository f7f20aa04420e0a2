"""A cell's coordinates and a prompt: what is to be seen in one clip."""

from __future__ import annotations

from typing import Literal, get_args

from worldfactory.records._base import Frozen, Record

Weather = Literal["clear", "overcast", "rain", "snow", "fog"]
CameraKind = Literal["walk", "drone", "drive", "dolly", "orbit", "fixed", "third-person", "revisit"]
"""walk, revisit: first person; revisit comes back to its first pose. third-person: behind somebody who walks."""
WEATHERS: tuple[Weather, ...] = ("clear", "overcast", "rain", "snow", "fog")
CAMERAS: tuple[CameraKind, ...] = get_args(CameraKind)


class Cell(Frozen):
    """One city x venue partition."""

    venue: str
    city: str

    @property
    def key(self) -> str:
        """The partition key, `venue:city`."""
        return f"{self.venue}:{self.city}"

    @classmethod
    def parse(cls, key: str) -> Cell:
        """The cell of a partition key. Raises ValueError for anything but `venue:city`."""
        venue, colon, city = key.partition(":")
        if not (venue and colon and city) or ":" in city:
            raise ValueError(f"a cell is 'venue:city', not {key!r}")
        return cls(venue=venue, city=city)


class Origin(Record):
    """The root of a cell's lineage: the spec files that it was resolved from. `parents` = ()."""

    cell: Cell
    digest: str
    """Hex SHA-256 of the resolved spec: the data version of the partition."""
    files: dict[str, str]
    """Spec file, relative to the spec folder -> hex SHA-256 of its bytes when the prompts were made."""


class Prompt(Record):
    """One scene in words. `parents` = (cell spec id,); the text is English, 80 to 120 words."""

    cell: Cell
    index: int
    seed: int
    decor: tuple[str, ...]
    weather: Weather
    hour: float
    """Local solar time in [0, 24)."""
    day: int
    """Day of the year, 1 to 365."""
    camera: CameraKind
    happenings: tuple[str, ...]
    text: str
