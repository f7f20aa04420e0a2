"""The one exception tree. A message says what is wrong, where, the value, and what would be right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


class WorldfactoryError(Exception):
    """Base of everything that worldfactory raises on purpose."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a spec file. `line` is 1-based; 0 where no line can be named."""

    file: Path
    line: int
    key: str
    value: object
    message: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else f"{self.file}"
        key = f" {self.key}:" if self.key else ""
        shown = repr(self.value)
        value = f" (got {shown if len(shown) <= 120 else shown[:117] + '...'})" if self.value is not None else ""
        return f"{where}:{key} {self.message}{value}"


class SpecError(WorldfactoryError):
    """One or more spec files are wrong. `problems` holds all of them, in file and line order."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda p: (str(p.file), p.line, p.key)))
        super().__init__("\n".join(map(str, self.problems)))


class UnknownNameError(WorldfactoryError):
    """A city, venue, cell, clip or record was asked for that the specs or the store do not hold."""


class UnsafePromptError(WorldfactoryError):
    """The guard refused a word that came from a spec."""


class SceneError(WorldfactoryError):
    """A scene can not be built as asked."""


class RenderError(WorldfactoryError):
    """A scene can not be drawn."""


class VideoError(WorldfactoryError):
    """A video file can not be written or read."""


class TruthError(WorldfactoryError):
    """A ground-truth file is missing, corrupt or of another format."""


class StoreError(WorldfactoryError):
    """A read or a write of the store failed: disk full, no permission, object store out of reach."""


class ShardError(WorldfactoryError):
    """A shard is corrupt or does not hold what its manifest says."""


class VectorIndexError(WorldfactoryError):
    """The vector index is locked by another process, damaged, or out of reach."""


class ModelError(WorldfactoryError):
    """A model spec or checkpoint can not be used."""


class FederationError(WorldfactoryError):
    """A federated run failed: no shards for a home, or fewer client replies than asked for."""
