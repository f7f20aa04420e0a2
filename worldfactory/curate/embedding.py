"""What a clip shows, as the vector of an embedder, for SemDeDup and for search."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from worldfactory.curate._observe import SeenFrame
from worldfactory.embed import Embedder, open_embedder

_KEPT = 32
"""Small frames held of a clip, evenly spread; embedders take of them what they want."""


class EmbeddingObserver:
    """Leaves `embedding`, float32 of unit length; it has no scores."""

    def __init__(self, model: str = "shipped") -> None:
        self._model = model
        self._kept: list[NDArray[np.uint8]] = []
        self._every = 1
        self._count = 0

    def see(self, frame: SeenFrame) -> None:
        """Look at the next frame."""
        if self._count % self._every == 0:
            self._kept.append(frame.rgb.copy())
            if len(self._kept) >= 2 * _KEPT:
                del self._kept[1::2]
                self._every *= 2
        self._count += 1

    def scores(self) -> dict[str, float]:
        """Nothing that a limit could be set on."""
        return {}

    def arrays(self) -> dict[str, NDArray[Any]]:
        """The vector; none if no frame was seen. Raises ModelError if the embedder can not be opened."""
        return {"embedding": _embedder(self._model).video(np.stack(self._kept))} if self._kept else {}


@cache
def _embedder(model: str) -> Embedder:
    """Loaded once a process: a checkpoint may be gigabytes."""
    return open_embedder(model)
