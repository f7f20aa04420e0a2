"""Ground truth in false colours, [H, W, 3] uint8."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from worldfactory import truth

U8 = NDArray[np.uint8]

# Turbo, a rainbow of even steps (Mikhailov 2019, "Turbo, An Improved Rainbow Colormap for Visualization"): its own
# polynomial fit, rows red, green, blue, columns the powers 0 to 5.
_TURBO = (
    (0.13572138, 4.61539260, -42.66032258, 132.13108234, -152.94239396, 59.28637943),
    (0.09140261, 2.19418839, 4.84296658, -14.18503333, 4.27729857, 2.82956604),
    (0.10667330, 12.64194608, -60.58204836, 110.36276771, -89.90310912, 27.34824973),
)

_SKY = (24, 26, 34)

# The colour wheel of Baker et al. 2011, "A Database and Evaluation Methodology for Optical Flow": how many steps each
# change of hue takes, by how well eyes tell them apart. Red to yellow, green, cyan, blue, magenta, and back to red.
_WHEEL = (
    (15, (255, 0, 0), (255, 255, 0)),
    (6, (255, 255, 0), (0, 255, 0)),
    (4, (0, 255, 0), (0, 255, 255)),
    (11, (0, 255, 255), (0, 0, 255)),
    (13, (0, 0, 255), (255, 0, 255)),
    (6, (255, 0, 255), (255, 0, 0)),
)


def colour_depth(depth: NDArray[np.floating], near_m: float = 0.5, far_m: float = 200.0) -> U8:
    """Depth [H, W] in metres: red at `near_m` to blue at `far_m` by its logarithm; sky and NaN nearly black.

    The scale is fixed so that the frames of a clip, and clips, compare.
    """
    metres = depth.astype(np.float32)
    known: NDArray[np.bool_] = np.isfinite(metres)
    metres = np.clip(np.where(known, metres, far_m), near_m, far_m)
    nearness = np.log(np.float32(far_m) / metres) / np.float32(np.log(far_m / near_m))
    powers = nearness[..., None] ** np.arange(6, dtype=np.float32)
    colours = powers @ np.array(_TURBO, np.float32).T
    picture = (np.clip(colours, 0.0, 1.0) * 255.0 + 0.5).astype(np.uint8)
    picture[~known] = _SKY
    return picture


def colour_ids(ids: NDArray[np.integer]) -> U8:
    """A map of ids [H, W]: a colour for each id, the same in every picture; 0, the sky, nearly black.

    Hues go round by the golden ratio, so that neighbouring ids differ most.
    """
    number = np.arange(int(ids.max(initial=0)) + 1, dtype=np.float64)
    hue = (number * 0.6180339887498949) % 1.0
    light = 0.55 + 0.45 * ((number * 0.7548776662466927) % 1.0)
    ramp = np.abs((hue[:, None] * 6.0 + np.array([0.0, 4.0, 2.0])) % 6.0 - 3.0) - 1.0
    saturated = 1.0 - 0.72 * (1.0 - np.clip(ramp, 0.0, 1.0))
    table = (saturated * light[:, None] * 255.0 + 0.5).astype(np.uint8)
    table[0] = _SKY
    return table[ids]


def colour_normals(normals: U8, sky: NDArray[np.bool_] | None = None) -> U8:
    """Octahedral normals [H, W, 2] uint8 in camera space: red right, green up, blue toward the camera.

    `sky` [H, W]: where there is no surface; nearly black.
    """
    vectors = truth.decode_normals(normals) * np.array([1.0, -1.0, -1.0], np.float32)
    picture = (vectors * 127.5 + 128.0).clip(0, 255).astype(np.uint8)
    if sky is not None:
        picture[sky] = _SKY
    return picture


def colour_flow(flow: NDArray[np.floating], full_px: float | None = None) -> U8:
    """Optical flow [H, W, 2] in pixels on the colour wheel of Baker et al. 2011, as the Middlebury evaluation draws it.

    Hue is the direction, white stands still, and full colour is `full_px` pixels (longer is darker); without it, the
    longest in the picture. Where the flow is not finite: black.
    """
    vectors = flow.astype(np.float32)
    known = np.isfinite(vectors[..., 0]) & np.isfinite(vectors[..., 1])
    vectors = np.where(known[..., None], vectors, 0.0)
    length = np.hypot(vectors[..., 0], vectors[..., 1])
    full = max(float(length.max(initial=0.0)) if full_px is None else full_px, 1e-6)
    radius = (length / full)[..., None]
    wheel = _wheel()
    turn = np.arctan2(-vectors[..., 1], -vectors[..., 0]) / np.pi
    place = (turn + 1.0) / 2.0 * (len(wheel) - 1)
    low = np.floor(place).astype(np.intp)
    part = (place - low)[..., None]
    colour = (1.0 - part) * wheel[low] + part * wheel[(low + 1) % len(wheel)]
    colour = np.where(radius <= 1.0, 1.0 - radius * (1.0 - colour), colour * 0.75)
    picture = np.floor(255.0 * colour).astype(np.uint8)
    picture[~known] = 0
    return picture


def _wheel() -> NDArray[np.float64]:
    """[55, 3] colours, 0 to 1."""
    arcs = [
        np.array(start) + np.sign(np.subtract(end, start)) * np.floor(255 * np.arange(steps) / steps)[:, None]
        for steps, start, end in _WHEEL
    ]
    return np.concatenate(arcs) / 255.0
