"""Annotators: models that look at a clip and say what it shows."""

from __future__ import annotations

from worldfactory.annotate._answer import Answer, read_answer
from worldfactory.annotate._types import Annotator

__all__ = ["Annotator", "Answer", "open_annotator", "read_answer"]


def open_annotator(model: str, prompt: str, most_tokens: int) -> Annotator:
    """The vision-language model of this folder or name, asked `prompt` of each clip. Raises ModelError."""
    from worldfactory.annotate._transformers import TransformersAnnotator  # torch takes a second to import

    return TransformersAnnotator(model, prompt, most_tokens)
