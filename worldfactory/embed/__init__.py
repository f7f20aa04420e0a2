"""Embedders: clips, and words where the model reads them, to vectors of one space."""

from __future__ import annotations

from worldfactory.embed._types import Embedder

__all__ = ["Embedder", "open_embedder"]


def open_embedder(model: str) -> Embedder:
    """The embedder of this name: `shipped`, or what `TransformersEmbedder` takes. Raises ModelError."""
    if model == "shipped":  # torch takes a second to import
        from worldfactory.embed._shipped import ShippedEmbedder

        return ShippedEmbedder()
    from worldfactory.embed._transformers import TransformersEmbedder

    return TransformersEmbedder(model)
