"""How long the film is exposed: metered on what the camera sees at a few times of its path, the same for every run.

A photographer's average: the log-average of luminance (Reinhard et al. 2002, "Photographic tone reproduction for
digital images", equation 1), with the sky counted less. Between the metered times the exposure is interpolated, so that
it changes smoothly and any frame can be made alone.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from worldfactory.render._canvas import Picture
from worldfactory.render._tables import light_of_bytes

F64 = NDArray[np.float64]
TIMES = 5
"""How often along a clip the light is metered."""
METER_PX = 96
"""Width of the metered picture."""
_SKY_SHARE = 0.2
_ADAPTS = 0.85
"""How much of the difference to the key is made up, as an exponent: what is dark stays a little darker."""
_LEAST, _MOST = 0.3, 4.0
_WEIGHTS = np.array([0.2126, 0.7152, 0.0722])


def metered_times(frames: int) -> NDArray[np.int64]:
    """Frames at which to meter a clip of `frames`."""
    return np.unique(np.round(np.linspace(0, frames, TIMES)).astype(np.int64))


def luminance(picture: Picture) -> float:
    """The log-average of the exposed luminance of `picture`."""
    height, width = picture.bodies.shape
    light = light_of_bytes()[picture.rgb].reshape(height, width, 3) @ _WEIGHTS
    weight = np.where(picture.bodies > 0, 1.0, _SKY_SHARE)
    return float(np.exp((weight * np.log(np.maximum(light, 2e-3))).sum() / weight.sum()))


def factors(times: NDArray[np.int64], seen: list[float], key: float, frames: int) -> F64:
    """[N + 1], what each frame's exposure is multiplied by so that `seen`, metered at `times`, comes near to `key`."""
    wanted = np.clip((key / np.array(seen)) ** _ADAPTS, _LEAST, _MOST)
    return np.exp(np.interp(np.arange(frames + 1), times, np.log(wanted)))
