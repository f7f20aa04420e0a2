"""What a decoded frame is to the filters: one pass over a video feeds any number of observers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class SeenFrame:
    """One decoded frame, upright and with square pixels, at two sizes.

    The arrays are valid during the call only: whoever wants them later copies them. None may be written to.
    """

    index: int
    """Which frame of the video this is, from 0, in the order shown."""
    time_s: float
    """When it is shown, in seconds from the first frame; strictly rising."""
    luma: NDArray[np.uint8]
    """[h, w], about 320 wide (`SMALL_WIDTH`), averaged; full range, 0 black to 255 white."""
    rgb: NDArray[np.uint8]
    """[h, w, 3], the same small size, BT.709, full range."""
    full_luma: NDArray[np.uint8]
    """[H, W] at native size, full range or limited range as `limited` says; 8 bits also where the source has 10."""
    limited: bool
    """Whether `full_luma` has black at 16 and white at 235 (ITU-T H.273), as most video does."""


class Observer(Protocol):
    """A filter that looks at the frames of one video or one clip, in order, in constant memory."""

    def see(self, frame: SeenFrame) -> None:
        """Look at the next frame."""
        ...

    def scores(self) -> dict[str, float]:
        """What was measured: name, with its unit as the last word, to a finite value; the same names for any video.

        A score that can not be measured (one frame has no motion) is left out. May be called once, after the last
        frame.
        """
        ...


@runtime_checkable
class Recogniser(Protocol):
    """An observer that also leaves what a clip is recognised by: kept beside the scores, in prints.safetensors."""

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Name -> array, of the same form for every clip; asked for once, after the last frame."""
        ...


SMALL_WIDTH = 320
"""Width in pixels of the small frames; the height follows from the shape of the picture."""
