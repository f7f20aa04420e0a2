"""A video's sound, cut to its clips to the sample."""

from __future__ import annotations

from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from worldfactory.video import SOUND_RATE


class SoundCutter:
    """Decoded audio frames to 48 kHz stereo on the file's clock."""

    def __init__(self) -> None:
        self._resampler: Any = av.AudioResampler("fltp", "stereo", SOUND_RATE)

    def take(self, frame: Any) -> list[tuple[int, NDArray[np.float32]]]:
        """(first sample's number on the file's clock, samples [2, N]) of what is ready after this frame."""
        if frame.pts is None:
            return []
        return [
            (round(float(ready.pts * ready.time_base) * SOUND_RATE), ready.to_ndarray())
            for ready in self._resampler.resample(frame)
            if ready.pts is not None
        ]


class SoundTrack:
    """The samples [start, start + length) of a clip: holes filled with silence, what comes twice taken once."""

    def __init__(self, start: int, length: int) -> None:
        self._start, self._length = start, length
        self._written = 0

    def cut(self, first: int, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """What to append now that `samples` begin at number `first`; [2, N], N may be 0."""
        at = first - self._start
        begin = max(0, self._written - at)
        end = min(samples.shape[1], self._length - at)
        if begin >= end:
            return np.zeros((2, 0), np.float32)
        hole = max(0, at + begin - self._written)
        piece = np.concatenate([np.zeros((2, hole), np.float32), samples[:, begin:end]], axis=1)
        self._written += piece.shape[1]
        return piece

    def past(self, first: int) -> bool:
        """Whether sound from number `first` on lies behind the clip."""
        return first - self._start >= self._length

    def rest(self) -> NDArray[np.float32]:
        """The silence that is missing to the clip's end."""
        missing, self._written = self._length - self._written, self._length
        return np.zeros((2, max(0, missing)), np.float32)
