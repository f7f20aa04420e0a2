"""PySceneDetect's detectors behind our interface, on the small frames."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from scenedetect import FrameTimecode
from scenedetect.detectors import (
    AdaptiveDetector,
    ContentDetector,
    HashDetector,
    HistogramDetector,
    ThresholdDetector,
)

from worldfactory.curate._observe import SeenFrame
from worldfactory.curate.split._types import Boundary

SceneDetectName = Literal["content", "adaptive", "threshold", "histogram", "hash"]

_KINDS: dict[str, tuple[type[Any], str]] = {
    "content": (ContentDetector, "threshold"),
    "adaptive": (AdaptiveDetector, "adaptive_threshold"),
    "threshold": (ThresholdDetector, "threshold"),
    "histogram": (HistogramDetector, "threshold"),
    "hash": (HashDetector, "threshold"),
}
_RATE = 1000.0
"""Frames are counted, not timed: any rate serves that the library takes."""


class PySceneDetector:
    """One of PySceneDetect's detectors with its own defaults (Castellano, PySceneDetect 0.7), or another threshold.

    It knows moments, not transitions: each boundary is a cut, or for `threshold` the middle of a fade.
    """

    def __init__(self, name: SceneDetectName, threshold: float | None = None) -> None:
        kind, key = _KINDS[name]
        self._detector: Any = kind(**({} if threshold is None else {key: threshold}))
        self._kind: Literal["cut", "fade"] = "fade" if name == "threshold" else "cut"
        self._next = 0
        self._last = 0

    def see(self, frame: SeenFrame) -> list[Boundary]:
        picture = np.ascontiguousarray(frame.rgb[..., ::-1])
        found = self._detector.process_frame(FrameTimecode(frame.index, _RATE), picture)
        self._last = frame.index
        return self._boundaries(found)

    def finish(self) -> list[Boundary]:
        return self._boundaries(self._detector.post_process(FrameTimecode(self._last, _RATE)))

    def _boundaries(self, found: list[Any]) -> list[Boundary]:
        boundaries: list[Boundary] = []
        for at in sorted(int(timecode.frame_num) for timecode in found):
            if at > self._next:
                self._next = at
                boundaries.append(Boundary(at, at, self._kind))
        return boundaries
