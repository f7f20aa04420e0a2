"""Models that learn worlds from footage. First of the family: a causal video tokenizer.

A kind of model is a `VideoModel` and one row of `_registry.KINDS`. Names load on first use, because torch takes
seconds to import and most commands never need it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from worldfactory.model._base import VideoModel
    from worldfactory.model._checkpoint import WEIGHTS_FILE, Loaded, load_checkpoint, save_checkpoint
    from worldfactory.model._registry import KINDS, blank, build
    from worldfactory.model._tokenizer import CausalTokenizer

__all__ = [
    "KINDS", "WEIGHTS_FILE",
    "CausalTokenizer", "Loaded", "VideoModel", "blank", "build", "load_checkpoint", "save_checkpoint",
]  # fmt: skip

_HOMES = {
    "VideoModel": "_base",
    "WEIGHTS_FILE": "_checkpoint",
    "Loaded": "_checkpoint",
    "load_checkpoint": "_checkpoint",
    "save_checkpoint": "_checkpoint",
    "KINDS": "_registry",
    "blank": "_registry",
    "build": "_registry",
    "CausalTokenizer": "_tokenizer",
}


def __getattr__(name: str) -> Any:
    """PEP 562: import the private module that holds `name`."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
