"""The factory's own detector: what frames have changed to, at many distances, read by a small temporal network.

The network is dilated convolutions over rows of `Features`, as TransNetV2's are over pictures (Soucek and Lokoc 2020),
so that it sees 49 frames either way. It is trained on test films whose every transition is known (`bench.train_split`),
and knows nothing of pictures, only of how they change.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file

from worldfactory.curate._observe import SeenFrame
from worldfactory.curate.split._features import FEATURES, Features
from worldfactory.curate.split._types import Boundary
from worldfactory.records.source import Transition

DILATIONS = (1, 2, 4, 8, 16, 16)
REACH = 2 + sum(DILATIONS)
"""Frames either way that a judgement rests on."""
_STEP = 32
_WEIGHTS = Path(__file__).parent / "blend.safetensors"
_SHORTEST = 4
"""Frames: what changes faster than that is a cut."""
_LONGEST = 240
"""Frames: a longer transition is settled as it stands, so that memory is bounded."""
_FADE_SPREAD = 0.06
"""Standard deviation of luma, in units of 64 levels, of a picture of one colour."""


@cache
def _weights() -> dict[str, NDArray[np.float32]]:
    return {name: value.astype(np.float32) for name, value in load_file(_WEIGHTS).items()}


def judge(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """[T, FEATURES] -> [T, 2]: how likely each frame is the first after a cut, and part of a gradual transition."""
    weights = _weights()
    x = (rows - weights["mean"]) / weights["deviation"]
    x = np.maximum(_convolved(np.clip(x, -6, 6), weights["first.weight"], weights["first.bias"], 1), 0)
    for index, dilation in enumerate(DILATIONS):
        y = _convolved(x, weights[f"blocks.{index}.weight"], weights[f"blocks.{index}.bias"], dilation)
        x = x + np.maximum(y, 0)
    logits = x @ weights["last.weight"][:, :, 0].T + weights["last.bias"]
    return (1.0 / (1.0 + np.exp(-np.clip(logits, -30, 30)))).astype(np.float32)


def _convolved(
    x: NDArray[np.float32], weight: NDArray[np.float32], bias: NDArray[np.float32], dilation: int
) -> NDArray[np.float32]:
    """[T, C] by weight [D, C, K] -> [T, D], zeros beyond the ends."""
    taps = weight.shape[2]
    margin = dilation * (taps // 2)
    padded = np.pad(x, ((margin, margin), (0, 0)))
    out = np.broadcast_to(bias, (len(x), len(bias))).copy()
    for tap in range(taps):
        out += padded[tap * dilation : tap * dilation + len(x)] @ weight[:, :, tap].T
    return out


class BlendDetector:
    """Hard cuts, fades, dissolves and wipes; flashes are none. `threshold` is the likelihood that makes a boundary."""

    def __init__(self, threshold: float = 0.5) -> None:
        self._threshold = threshold
        self._features = Features()
        self._rows: list[NDArray[np.float32]] = []
        self._first = 0
        """Frame of the first of `_rows`."""
        self._judged = 0
        self._scores: list[tuple[float, float, float]] = []
        """Of frames judged and not yet settled: cut, gradual, spread of luma."""
        self._settled = 0

    def see(self, frame: SeenFrame) -> list[Boundary]:
        self._rows.append(self._features.row(frame.rgb, frame.luma))
        seen = self._first + len(self._rows)
        if seen - self._judged < REACH + _STEP:
            return []
        self._judge(seen - REACH)
        return self._settle(final=False)

    def finish(self) -> list[Boundary]:
        self._judge(self._first + len(self._rows))
        return self._settle(final=True)

    def _judge(self, until: int) -> None:
        if until <= self._judged:
            return
        rows = np.stack(self._rows)
        scores = judge(rows)[self._judged - self._first : until - self._first]
        spread = rows[self._judged - self._first : until - self._first, FEATURES - 2]
        self._scores.extend((float(a), float(b), float(c)) for (a, b), c in zip(scores, spread, strict=True))
        self._judged = until
        drop = max(0, self._judged - REACH - self._first)
        del self._rows[:drop]
        self._first += drop

    def _settle(self, final: bool) -> list[Boundary]:
        """Boundaries among the scores that no later frame can change; those are dropped then."""
        found: list[Boundary] = []
        at, count = 0, len(self._scores)
        while at < count:
            cut, gradual, _ = self._scores[at]
            if gradual > self._threshold and gradual >= cut:
                stop = self._run(at)
                if stop >= count - 2 and not final and stop - at < _LONGEST:
                    break
                found.extend(self._gradual(at, stop))
                at = stop
            elif cut > self._threshold:
                if at >= count - 3 and not final:
                    break
                near = self._scores[at : at + 3]
                best = max(range(len(near)), key=lambda i: near[i][0])
                found.append(self._boundary(at + best, at + best, "cut", near[best][0]))
                at += best + 1
                while at < count and self._scores[at][0] > self._threshold:
                    at += 1
            else:
                at += 1
        self._settled += at
        del self._scores[:at]
        # The first frame has none before it, and what touches the last is no transition to anything.
        return [one for one in found if one.start > 0 and not (final and one.stop >= self._judged)]

    def _run(self, at: int) -> int:
        """One past the last frame of the gradual transition that begins at `at`; holes of two frames are none."""
        stop = at + 1
        while stop < len(self._scores):
            if max(score for _, score, _ in self._scores[stop : stop + 3]) <= self._threshold:
                break
            stop += 1
        while self._scores[stop - 1][1] <= self._threshold:
            stop -= 1
        return stop

    def _gradual(self, at: int, stop: int) -> list[Boundary]:
        inside = self._scores[at:stop]
        score = max(gradual for _, gradual, _ in inside)
        if stop - at < _SHORTEST:
            if score < 0.5 * (1 + self._threshold):
                return []
            middle = at + (stop - at) // 2
            return [self._boundary(middle, middle, "cut", score)]
        fade = min(spread for _, _, spread in inside) < _FADE_SPREAD
        return [self._boundary(at, stop, "fade" if fade else "gradual", score)]

    def _boundary(self, start: int, stop: int, kind: Transition, score: float) -> Boundary:
        return Boundary(self._settled + start, self._settled + stop, kind, score)
