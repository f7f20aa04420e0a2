"""A clip, what curation measured and decided about it, the shard it went into, the checkpoint made of shards."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from worldfactory.records._base import FloatArray, Frozen, Record
from worldfactory.records.prompt import CameraKind, Cell, Weather

Modality = Literal["depth", "bodies", "normals"]
"""Ground truth stored per pixel. Instances, classes and flow are derived from these on reading."""
MODALITIES: tuple[Modality, ...] = ("depth", "bodies", "normals")


class Clip(Record):
    """A manifest row. `parents` = (scene id,). Deterministic: what it cost to make is kept elsewhere."""

    cell: Cell
    index: int
    decor: tuple[str, ...]
    weather: Weather
    hour: float
    camera: CameraKind
    caption: str
    width: int
    height: int
    fps: tuple[int, int]
    frames: int
    modalities: tuple[Modality, ...]
    files: dict[str, str]
    """File name in the clip's folder -> hex SHA-256 of its bytes."""
    bytes: int


class Measurement(Record):
    """What curation measured on a clip, kept whatever is decided. `parents` = (clip id,)."""

    cell: Cell
    clip: str
    scores: dict[str, float]
    embedding: FloatArray
    """[256] float32, unit length: how the clip looks."""
    notes: dict[str, str] = Field(default_factory=dict[str, str])
    """Score -> what it counted, in words; part of the reason where the clip is dropped for it."""


class Verdict(Record):
    """What curation decided on a clip. `parents` = (measurement id,); the scores decided on stand in it."""

    cell: Cell
    clip: str
    kept: bool
    reasons: tuple[str, ...]
    """Why it was dropped, e.g. `static: motion_px 0.02 < 0.15`; empty if kept."""
    scores: dict[str, float]


class Shard(Record):
    """One WebDataset tar. `parents` = the clips in it, in order."""

    cell: Cell
    home: str
    """aws, gcp or azure."""
    key: str
    """Path below the home's root."""
    bucket: str
    """`WIDTHxHEIGHT-aspect-FRAMESf`, e.g. `1280x704-16:9-121f`."""
    sha256: str
    bytes: int


class ClientRound(Frozen):
    """One client's part in one round."""

    round: int
    client: str
    examples: int
    loss_before: float
    loss_after: float


class ClientFailure(Frozen):
    """A client that did not finish a round; the round went on without it."""

    round: int
    client: str
    cause: str


class Checkpoint(Record):
    """A model trained federated. `parents` = the shards it saw."""

    model: str
    """The model spec's name."""
    file: str
    sha256: str
    rounds: int
    clients: tuple[str, ...]
    absent: tuple[str, ...] = ()
    """Homes that took no part because they hold no shards."""
    history: tuple[ClientRound, ...]
    failures: tuple[ClientFailure, ...] = ()
    metrics: dict[str, float]
