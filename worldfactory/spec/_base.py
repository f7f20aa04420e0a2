"""What all spec models share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

NAME = r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$"

Name = Annotated[str, Field(pattern=NAME, max_length=48)]
"""Lower-case words joined by hyphens; the name of a spec is its file's stem."""

Share = Annotated[float, Field(ge=0.0, le=1.0)]
Positive = Annotated[float, Field(gt=0.0)]


class SpecModel(BaseModel):
    """Frozen; a key that is not a field is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    MEANT: ClassVar[Mapping[str, str]] = {}
    """Keys that people write for others, though they are not alike -> the key that they mean."""


def _linear(value: object) -> object:
    """`#rrggbb` (sRGB, IEC 61966-2-1) to linear RGB; three numbers are taken as linear already."""
    if isinstance(value, str):
        text = value.removeprefix("#")
        if not value.startswith("#") or len(text) != 6:
            raise ValueError("a colour is '#rrggbb' or three linear numbers in [0, 1]")
        try:
            codes = [int(text[i : i + 2], 16) / 255 for i in (0, 2, 4)]
        except ValueError as error:
            raise ValueError("a colour is '#rrggbb' with hexadecimal digits") from error
        return tuple(round(c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4, 5) for c in codes)
    return value


Colour = Annotated[tuple[Share, Share, Share], BeforeValidator(_linear)]
"""Linear RGB; written `#rrggbb` in YAML."""


class Range(SpecModel):
    """A closed interval; in YAML `[low, high]` or one number."""

    low: float
    high: float

    @classmethod
    def read(cls, value: object) -> object:
        """What YAML may say for a range, as fields. Raises ValueError where low > high."""
        if isinstance(value, int | float) and not isinstance(value, bool):
            return {"low": value, "high": value}
        if isinstance(value, list | tuple) and len(value) == 2:
            low, high = value
            if isinstance(low, int | float) and isinstance(high, int | float) and low > high:
                raise ValueError(f"a range is [low, high] with low <= high, not [{low}, {high}]")
            return {"low": low, "high": high}
        return value


Span = Annotated[Range, BeforeValidator(Range.read)]


def span(low: float, high: float) -> Range:
    """The default of a `Span`."""
    return Range(low=low, high=high)
