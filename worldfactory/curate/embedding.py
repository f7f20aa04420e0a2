"""What a clip shows, as the vector of an embedder: for SemDeDup, and held against the words of a taxonomy."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from worldfactory.curate._observe import SeenFrame
from worldfactory.embed import Embedder, open_embedder
from worldfactory.spec import EmbedderSpec

_KEPT = 32
"""Small frames held of a clip, evenly spread; embedders take of them what they want."""


_SHARPNESS = 100.0
"""Of the softmax over cosines, as CLIP has it."""


class EmbeddingObserver:
    """Leaves `embedding`, float32 of unit length, and scores of what `EmbedderSpec` has words for."""

    def __init__(self, spec: EmbedderSpec) -> None:
        self._spec = spec
        self._kept: list[NDArray[np.uint8]] = []
        self._every = 1
        self._count = 0
        self._found: NDArray[np.float32] | None = None

    def see(self, frame: SeenFrame) -> None:
        """Look at the next frame."""
        if self._count % self._every == 0:
            self._kept.append(frame.rgb.copy())
            if len(self._kept) >= 2 * _KEPT:
                del self._kept[1::2]
                self._every *= 2
        self._count += 1

    def scores(self) -> dict[str, float]:
        """`setting_...`, `category_...` and `type_...`: the softmax over how near the clip is to the words of each.

        Nothing if no frame was seen, or the embedder reads no words. Raises ModelError if it can not be opened.
        """
        scores: dict[str, float] = {}
        vector = self._vector()
        if vector is None:
            return scores
        for group, names, texts in _taxonomy(self._spec):
            likely = np.exp(_SHARPNESS * (near := texts @ vector) - _SHARPNESS * near.max())
            scores |= {f"{group}_{n}": float(v) for n, v in zip(names, likely / likely.sum(), strict=True)}
        return scores

    def arrays(self) -> dict[str, NDArray[Any]]:
        """The vector; none if no frame was seen. Raises ModelError if the embedder can not be opened."""
        vector = self._vector()
        return {} if vector is None else {"embedding": vector}

    def _vector(self) -> NDArray[np.float32] | None:
        if self._found is None and self._kept:
            self._found = _embedder(self._spec.model).video(np.stack(self._kept))
        return self._found


@cache
def _embedder(model: str) -> Embedder:
    """Loaded once a process: a checkpoint may be gigabytes."""
    return open_embedder(model)


_Words = tuple[str, tuple[str, ...], NDArray[np.float32]]
_read: dict[str, tuple[_Words, ...]] = {}


def _taxonomy(spec: EmbedderSpec) -> tuple[_Words, ...]:
    """Group, names, and [names, D] the mean vector of what is said of each; read once a process."""
    key = spec.model_dump_json()
    if key not in _read:
        embedder = _embedder(spec.model)
        groups = {"setting": spec.setting, "category": spec.category} | (
            {"type": spec.type} if spec.model != "shipped" else {}
        )
        if not embedder.reads:
            groups = {}
        found: list[_Words] = []
        for group, words in groups.items():
            means = np.stack([embedder.text(said).mean(0) for said in words.values()])
            lengths = np.linalg.norm(means, axis=1, keepdims=True)
            found.append((group, tuple(words), (means / np.maximum(lengths, 1e-9)).astype(np.float32)))
        _read[key] = tuple(found)
    return _read[key]
