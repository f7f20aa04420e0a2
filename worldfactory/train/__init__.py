"""Plain training: windows cut from clips, steps of Adam, losses. Names load on first use: torch is slow to import."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from worldfactory.train._determinism import deterministic
    from worldfactory.train._trainer import Evaluation, Trainer, TrainReport, evaluate, train
    from worldfactory.train._windows import Footage, Position, Windows, batches, held_out_windows, of_ids, split

__all__ = [
    "Evaluation", "Footage", "Position", "TrainReport", "Trainer", "Windows",
    "batches", "deterministic", "evaluate", "held_out_windows", "of_ids", "split", "train",
]  # fmt: skip

_HOMES = {
    "deterministic": "_determinism",
    "Evaluation": "_trainer",
    "TrainReport": "_trainer",
    "Trainer": "_trainer",
    "evaluate": "_trainer",
    "train": "_trainer",
    "Footage": "_windows",
    "Position": "_windows",
    "Windows": "_windows",
    "batches": "_windows",
    "held_out_windows": "_windows",
    "of_ids": "_windows",
    "split": "_windows",
}


def __getattr__(name: str) -> Any:
    """PEP 562: import the private module that holds `name`."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
