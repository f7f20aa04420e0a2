"""Surfaces with the statistics of photographs, drawn from nothing.

Occluding shapes of all sizes ("dead leaves": Lee, Mumford and Huang 2001, "Occlusion Models for Natural Images") give
the edges and the 1/f spectrum of natural images; noise over several octaves gives the grain of matter.
"""

from __future__ import annotations

from typing import Any, cast

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]


def palette(rng: np.random.Generator, colours: int = 7) -> NDArray[np.float32]:
    """[colours, 3] float32, 0 to 255: a few hues with their shades, muted as most of the world is."""
    hue = rng.uniform(0, 180)
    spread = rng.choice([12.0, 40.0, 90.0])
    hsv = np.empty((1, colours, 3), np.float32)
    hsv[..., 0] = (hue + rng.normal(0, spread, colours)) % 180 * 2
    hsv[..., 1] = np.clip(rng.normal(rng.uniform(0.1, 0.5), 0.15, colours), 0, 1)
    hsv[..., 2] = np.clip(rng.uniform(0.12, 0.95, colours), 0, 1)
    return cast(Any, cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB))[0] * 255


def octaves(rng: np.random.Generator, height: int, width: int, roughness: float) -> NDArray[np.float32]:
    """[height, width] float32 of mean 0, about unit variance: noise of all scales.

    `roughness` 0 to 1 is the weight of an octave against the next coarser one.
    """
    total = np.zeros((height, width), np.float32)
    weight, cell = 1.0, max(height, width) // 3
    power = 0.0
    while cell >= 1:
        coarse = rng.standard_normal((height // cell + 3, width // cell + 3)).astype(np.float32)
        fine = cv2.resize(coarse, None, fx=cell, fy=cell, interpolation=cv2.INTER_CUBIC if cell > 1 else 0)
        total += np.float32(weight) * fine[:height, :width]
        power += weight * weight
        weight *= roughness
        cell //= 2
    return total / np.float32(np.sqrt(power))


def leaves(rng: np.random.Generator, height: int, width: int, colours: NDArray[np.float32]) -> Image:
    """[height, width, 3] uint8: ellipses, boards and shards of all sizes, one over the other, with grain."""
    picture = np.empty((height, width, 3), np.uint8)
    picture[:] = colours[0].astype(np.uint8)
    largest = max(6.0, width / rng.uniform(3, 7))
    smallest = min(max(3.0, width / rng.choice([60, 120, 250])), largest / 2)
    count = int(rng.integers(250, 900))
    upright = rng.random() < 0.5  # what people build stands upright
    # Radii with density r^-3, drawn large to small for the most part, so that small things are seen.
    radii = 1 / np.sqrt(rng.uniform(1 / largest**2, 1 / smallest**2, count))
    radii = radii[np.argsort(-radii + rng.normal(0, largest / 6, count))]
    for radius in radii:
        shade = colours[rng.integers(len(colours))] * rng.uniform(0.75, 1.15)
        colour = tuple(int(c) for c in np.clip(shade, 0, 255))
        centre = (int(rng.uniform(0, width)), int(rng.uniform(0, height)))
        angle = float(rng.choice([0.0, 90.0]) if upright else rng.uniform(0, 180))
        axes = (max(1, int(radius)), max(1, int(radius * rng.uniform(0.3, 1.0))))
        kind = rng.random()
        if kind < 0.4:
            cv2.ellipse(picture, centre, axes, angle, 0, 360, colour, -1, cv2.LINE_AA)
        elif kind < 0.8:
            corners = cv2.boxPoints((centre, (2.0 * axes[0], 2.0 * axes[1]), angle))
            cv2.fillConvexPoly(picture, corners.astype(np.int32), colour, cv2.LINE_AA)
        else:
            turn = np.sort(rng.uniform(0, 2 * np.pi, 6))
            shard = np.stack([centre[0] + axes[0] * np.cos(turn), centre[1] + axes[1] * np.sin(turn)], 1)
            cv2.fillPoly(picture, [shard.astype(np.int32)], colour, cv2.LINE_AA)
    return grain(rng, picture)


def grain(rng: np.random.Generator, picture: Image) -> Image:
    """The picture with the unevenness of matter in its brightness, coarse and fine."""
    uneven = octaves(rng, *picture.shape[:2], roughness=float(rng.uniform(0.5, 0.9)))
    gain = np.exp(uneven * np.float32(rng.uniform(0.04, 0.22)))
    return np.clip(picture * gain[..., None], 0, 255).astype(np.uint8)


def facade(rng: np.random.Generator, height: int, width: int, colours: NDArray[np.float32]) -> Image:
    """[height, width, 3] uint8: a wall with rows of windows or shelves, each a little different."""
    picture = np.empty((height, width, 3), np.uint8)
    picture[:] = np.clip(colours[0], 40, 235).astype(np.uint8)
    across, down = width // int(rng.integers(8, 30)), height // int(rng.integers(5, 16))
    wide, tall = int(across * rng.uniform(0.3, 0.8)), int(down * rng.uniform(0.4, 0.8))
    for top in range(0, height, down):
        for left in range(0, width, across):
            shade = colours[rng.integers(1, 4)] * rng.uniform(0.5, 1.1)
            colour = tuple(int(c) for c in np.clip(shade, 0, 255))
            cv2.rectangle(picture, (left, top), (left + wide, top + tall), colour, -1)
            if rng.random() < 0.6:
                cv2.line(picture, (left + wide // 2, top), (left + wide // 2, top + tall), (30, 30, 30), 2)
    return grain(rng, picture)


def sky(rng: np.random.Generator, height: int, width: int) -> Image:
    """[height, width, 3] uint8: a gradient with clouds."""
    high = rng.uniform(60, 220, 3) * np.array([0.8, 0.9, 1.1])
    low = rng.uniform(120, 250, 3)
    down = np.linspace(0, 1, height, dtype=np.float32)[:, None, None]
    base = high * (1 - down) + low * down
    clouds = np.clip(octaves(rng, height, width, 0.55)[..., None] * 40 * rng.uniform(0, 1), -60, 60)
    return np.clip(base + clouds, 0, 255).astype(np.uint8)


def cut_out(rng: np.random.Generator, picture: Image, coverage: float) -> Image:
    """[h, w, 4] uint8: the picture where blobs stand that cover about `coverage` of it, transparent between them."""
    height, width = picture.shape[:2]
    alpha = np.zeros((height, width), np.uint8)
    covered = 0.0
    while covered < coverage:
        radius = width * rng.uniform(0.02, 0.09)
        centre = (int(rng.uniform(0, width)), int(rng.uniform(0, height)))
        if rng.random() < 0.5:
            axes = (int(radius), int(radius * rng.uniform(0.5, 2)))
            cv2.ellipse(alpha, centre, axes, float(rng.uniform(0, 180)), 0, 360, 255, -1, cv2.LINE_AA)
        else:
            half = (int(radius * 0.6), int(radius * rng.uniform(0.5, 3)))
            corner, other = (centre[0] - half[0], centre[1] - half[1]), (centre[0] + half[0], centre[1] + half[1])
            cv2.rectangle(alpha, corner, other, 255, -1)
        covered = float(alpha.mean()) / 255
    return np.dstack([picture, alpha])
