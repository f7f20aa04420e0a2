"""specs/factory.yaml: what is made, how large, how much of it, and where it lives."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, PlainSerializer, field_validator, model_validator

from worldfactory.records import Modality
from worldfactory.spec._base import Name, SpecModel

HomeName = Literal["aws", "gcp", "azure"]


def _rate(value: object) -> object:
    if isinstance(value, Fraction):
        return value
    said = re.fullmatch(r"(\d{1,9})(?:/(\d{1,9}))?", str(value))
    if said is None or isinstance(value, float) or int(said[2] or 1) == 0:
        raise ValueError("a rate is exact: write a whole number or a fraction such as '30000/1001'")
    return Fraction(int(said[1]), int(said[2] or 1))


Rate = Annotated[Fraction, BeforeValidator(_rate), PlainSerializer(str)]


class Home(SpecModel):
    """One cloud that holds the shards of some cities, and never lends them out."""

    url: str
    """`file:homes/aws` (relative to the data folder), `s3://bucket/prefix`, `gs://bucket/prefix` or `az://container/prefix`."""
    cities: tuple[Name, ...] = ()


class Size(SpecModel):
    """What a clip measures. The defaults are the field's: Cosmos trains on 1280x704, 24 fps, 121 frames."""

    width: Annotated[int, Field(ge=64, le=3840, multiple_of=16)] = 1280
    height: Annotated[int, Field(ge=64, le=2160, multiple_of=16)] = 704
    fps: Rate = Fraction(24)
    frames: Annotated[int, Field(ge=2, le=1800)] = 121
    clips_per_cell: Annotated[int, Field(ge=1, le=100_000)] = 8

    @field_validator("fps")
    @classmethod
    def _sane(cls, fps: Fraction) -> Fraction:
        if not 1 <= fps <= 240:
            raise ValueError("fps must lie in [1, 240]")
        return fps


class Demo(Size):
    """The smaller selection that `make run` makes (profile `demo`)."""

    cells: Annotated[tuple[str, ...], Field(min_length=1)] = ("street:kyoto",)
    """Partition keys, `venue:city`."""


class Thresholds(SpecModel):
    """Where curation draws the line. Moving one decides again from stored scores, without decoding.

    Motion is the mean optical flow in pixels per frame at 1280 wide; shares are of all pixels.
    """

    min_motion_px: float = 0.03
    """A fixed camera on a quiet room with a few people walking reaches 0.05; an empty one 0.01."""
    max_motion_px: float = 60.0
    """Drawn walks and drives stay below 40."""
    min_change_share: float = 0.001
    """Pixels that differ from a frame a little earlier by more than 12 of 255; of a frozen video 0.0001 do."""
    min_sharpness: float = 0.3
    """1 less the blur of Crete et al. 2007: drawn frames reach 0.6 to 0.9, and 0.3 once blurred over 2 pixels."""
    max_dark_share: float = 0.85
    """Pixels below 8/255."""
    max_bright_share: float = 0.5
    """Pixels above 250/255."""
    min_rendered_share: float = 0.05
    """How surely the pictures are a renderer's. Of brought video other kinds are wanted; here what looks like a page of
    text, say, is a fault."""
    max_inside_share: float = 0.0
    """Frames with the camera in a solid."""
    max_near_share: float = 0.35
    """Pixels nearer than 0.3 m: something is pressed against the camera."""
    max_dominant_share: float = 0.9
    """Of the one labelled thing that covers most: it fills the view."""
    min_instances: int = 6
    """Labelled things in view, mean over frames; fewer is a near-empty view."""
    max_missing: int = 0
    """Happenings and decor kits that the prompt tells of and that found no room in view."""
    max_similarity: float = 0.985
    """Cosine of visual embeddings to an earlier clip of the cell."""


class Encoding(SpecModel):
    """H.264 by x264, and zstd for ground truth. Measured: veryfast halves ultrafast's bytes at 25 cpu-ms a frame."""

    preset: Literal["ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow"] = "veryfast"
    crf: Annotated[int, Field(ge=0, le=51)] = 18
    zstd_level: Annotated[int, Field(ge=1, le=19)] = 1


class FactorySpec(Size):
    """All of factory.yaml."""

    seed: int = 0
    modalities: tuple[Modality, ...] = ("depth", "bodies", "normals")
    """Ground truth stored per pixel; ids, classes and flow are derived from it on reading."""
    homes: dict[HomeName, Home] = Field(default_factory=dict)
    default_home: HomeName = "aws"
    """Where cities live that no home names."""
    clips_per_shard: Annotated[int, Field(ge=1, le=10_000)] = 16
    thresholds: Thresholds = Thresholds()
    encoding: Encoding = Encoding()
    model: Name = "tokenizer"
    federation: Name = "clouds"
    unsafe_words: tuple[str, ...] = ()
    """Refused in prompts on top of the built-in list."""
    demo: Demo = Demo()

    @model_validator(mode="after")
    def _homes_agree(self) -> Self:
        if self.homes and self.default_home not in self.homes:
            raise ValueError(f"default_home {self.default_home!r} is not one of homes: {', '.join(self.homes)}")
        seen: dict[str, str] = {}
        for home, spec in self.homes.items():
            for city in spec.cities:
                if seen.get(city) == home:
                    raise ValueError(f"city {city!r} stands twice in home {home}")
                if city in seen:
                    raise ValueError(f"city {city!r} has two homes: {seen[city]} and {home}")
                seen[city] = home
        return self

    def home_of(self, city: str) -> HomeName:
        """Which home the city's shards live in."""
        for name, home in self.homes.items():
            if city in home.cities:
                return name
        return self.default_home

    def sized(self, profile: str) -> FactorySpec:
        """This spec with the sizes of `profile`: '' or 'full' as written, 'demo' as under `demo`. Raises ValueError."""
        if profile in ("", "full"):
            return self
        if profile == "demo":
            return self.model_copy(update={name: getattr(self.demo, name) for name in Size.model_fields})
        raise ValueError(f"profile {profile!r} is unknown; allowed: full, demo")
