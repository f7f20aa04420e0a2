"""What kind of video a clip is, by how its pictures are made: no weights to download, no words.

What cameras, renderers, games, animators, slides and screens make differs in measures that have little to do with what
is shown: how flat surfaces are, how many colours there are, how sharp edges are and which way they run, how much grain
there is, whether the picture stands and then changes at once, whether parts of it stand while the rest moves (Hu et al.
2013 "Video type classification"; Lyu and Farid 2005, "How Realistic is Photorealistic?"). A small network reads them.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, get_args

import cv2
import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file

from worldfactory.curate._observe import SeenFrame
from worldfactory.spec import VideoType

TYPES: tuple[VideoType, ...] = get_args(VideoType)
MEASURED = (
    "flat", "flatter", "strong", "straight", "common", "colours", "saturation", "grain", "sharp", "light", "white",
    "still", "still_least", "held", "display", "display_most",
)  # fmt: skip
"""What the network reads; see `_look` and `KindObserver.measured`."""
WEIGHTS = Path(__file__).parent / "kind.safetensors"
"""Made by `python -m bench.train_kinds`."""
_EVERY_S = 0.5
_GRID = 6


class KindObserver:
    """Leaves `type_real`, `type_rendered`, `type_game`, `type_animation`, `type_slides` and `type_screen`, which add up
    to 1."""

    def __init__(self) -> None:
        self._next_s = 0.0
        self._looks: list[NDArray[np.float64]] = []
        self._still: list[float] = []
        self._seen: NDArray[np.uint8] | None = None
        self._edges: NDArray[np.bool_] | None = None
        self._there = np.zeros((_GRID, _GRID))
        self._stayed = np.zeros((_GRID, _GRID))
        self._last: NDArray[np.uint8] | None = None
        self._steps = self._held = 0

    def see(self, frame: SeenFrame) -> None:
        """Look at the next frame."""
        if self._last is not None:
            self._steps += 1
            self._held += float(cv2.mean(cv2.absdiff(frame.luma, self._last))[0]) < 0.25
        self._last = frame.luma.copy()
        if frame.time_s < self._next_s:
            return
        self._next_s = frame.time_s + _EVERY_S
        self._looks.append(_look(frame))
        edges = _edges(frame.luma)
        if self._seen is not None and self._edges is not None:
            self._still.append(float(np.mean(cv2.absdiff(frame.luma, self._seen) <= 3)))
            self._there += _by_cell(self._edges)
            self._stayed += _by_cell(self._edges & edges)
        self._seen, self._edges = self._last, edges

    def measured(self) -> NDArray[np.float64]:
        """[len(MEASURED)]: the medians of `_look`, then what changes. Zeros if no frame was seen."""
        if not self._looks:
            return np.zeros(len(MEASURED))
        still = self._still or [1.0]
        share = np.where(self._there > 0.002, self._stayed / np.maximum(self._there, 1e-6), 0.0)
        rim = np.ones((_GRID, _GRID), bool)
        rim[2:-2, 2:-2] = False
        usual = float(np.median(share[self._there > 0.002])) if (self._there > 0.002).any() else 1.0
        over = np.sort(np.maximum(share[rim] - usual, 0.0))
        moving = [
            float(np.median(still)), float(np.min(still)), self._held / max(1, self._steps),
            float(np.mean(over[-4:])), float(over[-1]),
        ]  # fmt: skip
        return np.concatenate([np.median(self._looks, axis=0), moving])

    def scores(self) -> dict[str, float]:
        """The shares of the types; nothing if no frame was seen."""
        if not self._looks:
            return {}
        return {f"type_{name}": float(v) for name, v in zip(TYPES, read_type(self.measured()), strict=True)}


def _look(frame: SeenFrame) -> NDArray[np.float64]:
    """What one picture measures.

    `flat`, `flatter`: neighbours that differ by at most one level, and not at all, blown and black ones apart;
    `strong`: pixels on edges, `straight`: of those the ones that run level or upright; `common`: of pixels in the eight
    commonest of 4,096 colours; `colours`: how many are seen, log; `saturation`; `grain`: noise where it is least;
    `sharp`: of edges, the part of the step that one pixel takes; `light`: mean luma; `white`: pixels that are.
    """
    full = frame.full_luma[:: max(1, frame.full_luma.shape[0] // 90)]
    steps: Any = cv2.absdiff(full[:, 1:], full[:, :-1])
    inside = (full[:, 1:] > 20) & (full[:, 1:] < 232)
    some = max(1, int(np.count_nonzero(inside)))
    flat, flatter = (float(np.count_nonzero(inside & (steps <= most))) / some for most in (1, 0))
    three: Any = cv2.absdiff(full[:, 3:], full[:, :-3])
    high = three > 48
    most = np.maximum(np.maximum(steps[:, :-2], steps[:, 1:-1]), steps[:, 2:])
    sharp = float(np.mean(most[high] / three[high])) if np.count_nonzero(high) > 40 else 0.5
    across: Any = cv2.Sobel(frame.luma, cv2.CV_32F, 1, 0, ksize=3, scale=0.25)
    down: Any = cv2.Sobel(frame.luma, cv2.CV_32F, 0, 1, ksize=3, scale=0.25)
    strong = np.hypot(across, down) > 14
    level = np.minimum(np.abs(across), np.abs(down)) < 0.12 * np.maximum(np.abs(across), np.abs(down))
    edges = max(1, int(np.count_nonzero(strong)))
    rgb = frame.rgb.reshape(-1, 3).astype(np.int32) >> 4
    counts = np.bincount(rgb[:, 0] << 8 | rgb[:, 1] << 4 | rgb[:, 2], minlength=4096)
    common = float(np.sort(counts)[-8:].sum() / len(rgb))
    colours = float(np.log1p(np.count_nonzero(counts > len(rgb) / 4000)))
    small = frame.rgb[::3, ::3].astype(np.int32)
    saturation = float(np.mean((small.max(-1) - small.min(-1)) / np.maximum(small.max(-1), 24)))
    mask = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
    bands = [frame.full_luma[len(frame.full_luma) * part // 8 :][:18] for part in (2, 3, 4, 5, 6)]
    calm: list[NDArray[np.float32]] = []
    for band in bands:
        answer: Any = cv2.blur(np.abs(cv2.filter2D(band, cv2.CV_32F, mask)), (16, 16))
        calm.append(np.ravel(answer[len(answer) // 2 : len(answer) // 2 + 1, 8::16]))
    every = np.concatenate(calm)
    grain = float(np.percentile(every, 20)) if every.size else 0.0
    return np.array([
        flat, flatter, float(np.mean(strong)), float(np.count_nonzero(strong & level)) / edges, common, colours,
        saturation, min(grain, 40.0), sharp, float(frame.luma.mean()) / 255, float(np.mean(frame.luma > 240)),
    ])  # fmt: skip


def _edges(luma: NDArray[np.uint8]) -> NDArray[np.bool_]:
    across: Any = cv2.Sobel(luma, cv2.CV_32F, 1, 0, ksize=3, scale=0.25)
    down: Any = cv2.Sobel(luma, cv2.CV_32F, 0, 1, ksize=3, scale=0.25)
    # Squares are exact here; the lengths of OpenCV differ in the last place from run to run.
    return across * across + down * down > 14 * 14


def _by_cell(mask: NDArray[np.bool_]) -> NDArray[np.float64]:
    """[_GRID, _GRID]: share of each cell that is in the mask."""
    shares: Any = cv2.resize(mask.astype(np.float32), (_GRID, _GRID), interpolation=cv2.INTER_AREA)
    return shares.astype(np.float64)


def read_type(measured: NDArray[np.float64]) -> NDArray[np.float64]:
    """[len(TYPES)] that add up to 1, from what `KindObserver.measured` gives."""
    held = _weights()
    hidden = np.maximum((measured - held["mean"]) / held["deviation"] @ held["one"] + held["one_bias"], 0)
    scores = hidden @ held["two"] + held["two_bias"]
    likely = np.exp(scores - scores.max())
    return likely / likely.sum()


@cache
def _weights() -> dict[str, NDArray[np.float64]]:
    return {name: value.astype(np.float64) for name, value in load_file(WEIGHTS).items()}
