"""Which observers look at the clips of brought video. A new one is a line here, and a rule in specs/curation.yaml."""

from __future__ import annotations

from worldfactory.curate._observe import Observer
from worldfactory.curate.embedding import EmbeddingObserver
from worldfactory.curate.fingerprint import FingerprintObserver
from worldfactory.curate.kind import KindObserver
from worldfactory.curate.motion import MotionObserver
from worldfactory.curate.quality import QualityObserver
from worldfactory.curate.text import TextObserver
from worldfactory.spec import EmbedderSpec

MEASURES = "5"
"""Raised whenever a score or an array comes to mean something else, so that stored clips are measured again."""


def clip_observers(embedder: EmbedderSpec | None = None) -> list[Observer]:
    """New observers for one clip; with an `embedder` that names a model also one that leaves its vector."""
    observers: list[Observer] = [
        MotionObserver(), QualityObserver(), TextObserver(), KindObserver(), FingerprintObserver()
    ]  # fmt: skip
    # The last, so that what it has words for takes the place of what was measured under the same name.
    return [*observers, EmbeddingObserver(embedder)] if embedder is not None and embedder.model else observers
