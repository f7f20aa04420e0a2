"""Kinds of model by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import torch

from worldfactory.errors import ModelError
from worldfactory.model._base import VideoModel
from worldfactory.model._tokenizer import CausalTokenizer
from worldfactory.spec import ModelSpec, spec_digest

KINDS: Mapping[str, Callable[[ModelSpec], VideoModel]] = MappingProxyType({"tokenizer": CausalTokenizer})
"""`ModelSpec.kind` -> the model. A new kind is a `VideoModel`, a row here and a word in ModelSpec."""


def build(spec: ModelSpec) -> VideoModel:
    """A new model of `spec`, its weights drawn by the spec's digest (seed included): the same in every process.

    Raises ModelError where the kind is unknown or the spec's factors do not fit each other.
    """
    model = blank(spec)
    model.draw(f"model-{spec_digest(spec)}")
    return model


def blank(spec: ModelSpec) -> VideoModel:
    """A model of `spec` on the CPU whose weights are yet to be set. Raises as `build` does."""
    make = KINDS.get(spec.kind)
    if make is None:
        raise ModelError(f"kind {spec.kind!r} is no model; known: {', '.join(KINDS)}")
    # On the meta device no layer draws from torch's global generator, which belongs to the caller.
    with torch.device("meta"):
        model = make(spec)
    return model.to_empty(device="cpu")
