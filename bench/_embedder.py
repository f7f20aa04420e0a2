"""The shipped embedder on clips that it was not trained on: part of `make evaluate-curation`.

Captions against clips, recall at 1, 5 and 10; and each clip in every disguise of the test film against all originals:
precision and recall of "is a copy" where the cosine is at least `SIMILARITY`. It was chosen on clips
of the held-out seeds, so that only the figures on held-out cities are of clips that nothing was chosen on.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import islice
from multiprocessing import get_context

import numpy as np
from numpy.typing import NDArray

from bench._footage import UNSEEN, Drawn, draw, small_specs, wanted_clips
from worldfactory.embed import Embedder, open_embedder
from worldfactory.lineage import generator
from worldfactory.testfilm._disguises import DISGUISES

SIMILARITY = 0.78
"""Cosine from which two clips count as copies."""


def drawn_clips(kind: str, count: int) -> list[Drawn]:
    """Clips that no training saw: `seeds` of cities trained on, `cities` held out."""
    specs = small_specs()
    wanted = wanted_clips(specs, "evaluation", False, UNSEEN) if kind == "seeds" else wanted_clips(specs, kind, True)
    keys = list(islice(wanted, count))
    draw(specs, *keys[0])  # compiles the kernels once, for every process
    with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as pool:
        found = list(pool.map(draw, [specs] * count, *zip(*keys, strict=True)))
    return [one for one in found if one is not None]


def recall(embedder: Embedder, clips: Sequence[Drawn]) -> dict[str, tuple[float, str]]:
    """Caption to clip, among all `clips`."""
    looks = np.stack([embedder.video(one.frames) for one in clips])
    figures: dict[str, tuple[float, str]] = {}
    for name, texts in (("short", [one.short for one in clips]), ("dense", [one.dense for one in clips])):
        scores = embedder.text(texts) @ looks.T
        rank = (scores > np.diag(scores)[:, None]).sum(1)
        figures |= {f"{name}.recall@{k}": (float((rank < k).mean()), "share") for k in (1, 5, 10)}
    return figures


def copies(embedder: Embedder, clips: Sequence[Drawn]) -> dict[str, tuple[float, str]]:
    """Every disguise against every original."""
    looks = np.stack([embedder.video(one.frames) for one in clips])
    own = np.eye(len(clips), dtype=bool)
    figures: dict[str, tuple[float, str]] = {}
    for name, change in (*DISGUISES.items(), ("sped-up", None)):
        changed: list[NDArray[np.float32]] = []
        for number, one in enumerate(clips):
            rng = generator(f"embedder {name} {number}", "disguise")
            frames = one.frames[::2] if change is None else np.stack(list(change(list(one.frames), rng)))
            changed.append(embedder.video(frames))
        scores = np.stack(changed) @ looks.T
        said = scores >= SIMILARITY
        hit = int((said & own).sum())
        figures[f"copies.{name}.precision"] = hit / max(1, int(said.sum())), "share"
        figures[f"copies.{name}.recall"] = hit / len(clips), "share"
        figures[f"copies.{name}.found_first"] = float((scores.argmax(1) == np.arange(len(clips))).mean()), "share"
    return figures


def figures(count: int = 120) -> dict[str, tuple[float, str]]:
    """Name -> value and unit, on so many clips of each kind."""
    embedder = open_embedder("shipped")
    found: dict[str, tuple[float, str]] = {}
    for kind in ("seeds", "cities"):
        clips = drawn_clips(kind, count)
        both = recall(embedder, clips) | copies(embedder, clips)
        found |= {f"embedder.{kind}.{name}": value for name, value in both.items()}
        found[f"embedder.{kind}.there"] = float(len(clips)), "clips"
    return found
