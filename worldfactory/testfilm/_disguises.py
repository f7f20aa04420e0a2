"""Copies that do not want to be found: each takes the frames of a shot and gives them changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from worldfactory.testfilm._faults import recode
from worldfactory.testfilm._truth import Disguise
from worldfactory.testfilm._words import Overlay

Frames = Sequence[NDArray[np.uint8]]


def _copy(frames: Frames, rng: np.random.Generator) -> Frames:
    del rng
    return frames


def _reencoded(frames: Frames, rng: np.random.Generator) -> Frames:
    height, width = frames[0].shape[:2]
    share = float(rng.choice([1.0, 0.66, 0.5]))
    size = round(width * share / 2) * 2, round(height * share / 2) * 2
    small = (_picture(cv2.resize(frame, size, interpolation=cv2.INTER_AREA)) for frame in frames)
    options = {"crf": str(int(rng.integers(26, 36))), "preset": "veryfast", "threads": "1"}
    return [_picture(cv2.resize(frame, (width, height))) for frame in recode(small, "libx264", options)]


def _cropped(frames: Frames, rng: np.random.Generator) -> Frames:
    height, width = frames[0].shape[:2]
    kept = float(rng.uniform(0.75, 0.92))
    tall, wide = round(height * kept), round(width * kept)
    top, left = int(rng.integers(0, height - tall + 1)), int(rng.integers(0, width - wide + 1))
    return [_picture(cv2.resize(frame[top : top + tall, left : left + wide], (width, height))) for frame in frames]


def _mirrored(frames: Frames, rng: np.random.Generator) -> Frames:
    del rng
    return [np.ascontiguousarray(frame[:, ::-1]) for frame in frames]


def _recoloured(frames: Frames, rng: np.random.Generator) -> Frames:
    kind = rng.random()
    gamma, gain = float(rng.uniform(0.6, 1.6)), rng.uniform(0.75, 1.25, 3)
    steps = np.arange(256) / 255
    table = np.clip((steps[:, None] ** gamma) * gain * 255, 0, 255).astype(np.uint8)[None]
    shift, colour = int(rng.integers(10, 170)), float(rng.uniform(0.0, 1.8))
    changed: list[NDArray[np.uint8]] = []
    for frame in frames:
        if kind < 0.55:
            changed.append(_picture(cv2.LUT(frame, table)))
        elif kind < 0.8:
            hsv = _picture(cv2.cvtColor(frame, cv2.COLOR_RGB2HSV)).astype(np.int16)
            hsv[..., 0] = (hsv[..., 0] + shift) % 180
            hsv[..., 1] = np.clip(hsv[..., 1] * colour, 0, 255)
            changed.append(_picture(cv2.cvtColor(hsv.astype(np.uint8), cv2.COLOR_HSV2RGB)))
        else:
            grey = _picture(cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY))
            changed.append(np.repeat(grey[..., None], 3, 2))
    return changed


def _captioned(frames: Frames, rng: np.random.Generator) -> Frames:
    height, width = frames[0].shape[:2]
    overlay = Overlay(rng, "caption", height, width, len(frames), 24.0)
    changed = [frame.copy() for frame in frames]
    for index, frame in enumerate(changed):
        overlay.draw(frame, index)
    return changed


DISGUISES: dict[Disguise, Callable[[Frames, np.random.Generator], Frames]] = {
    "copy": _copy,
    "re-encoded": _reencoded,
    "cropped": _cropped,
    "mirrored": _mirrored,
    "sped up": _copy,
    "recoloured": _recoloured,
    "captioned": _captioned,
}
"""A sped-up copy is cut shorter by the editor: its pictures are the same."""


def _picture(image: Any) -> NDArray[np.uint8]:
    return image
