"""How a scene is drawn."""

from __future__ import annotations

from pydantic import Field, field_validator

from worldfactory.records import Frozen


class RenderConfig(Frozen):
    """Size in pixels, both even, as the video's chroma needs; and what may be left out to draw faster."""

    width: int = Field(default=1280, ge=16, le=8192)
    height: int = Field(default=704, ge=16, le=8192)
    shadows: bool = True
    antialias: bool = True

    @field_validator("width", "height")
    @classmethod
    def _even(cls, value: int) -> int:
        if value % 2:
            raise ValueError(f"should be even, not {value}")
        return value
