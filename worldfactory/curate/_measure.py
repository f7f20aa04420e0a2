"""Scores of one clip, a frame at a time: on ground truth where that is exact, on pixels otherwise.

A frame in `every` is looked at, and of that one every few pixels, so that measuring stays far below drawing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from worldfactory import truth
from worldfactory.curate._embed import Looks, thin
from worldfactory.curate._observe import SeenFrame
from worldfactory.curate.kind import KindObserver
from worldfactory.records import Frame, Geometry

EVERY = 8
NEAR_M = 0.3
"""Nearer than this, the camera is inside something."""
_COLUMNS = 160
"""Ground truth is looked at on a grid of about so many columns."""
_CHANGED = 12.0
_APART_S = 0.5
"""Between looked-at frames, as far as the kind of video is concerned; it is about so much."""
_VISIBLE = 0.0005
"""An instance is in view if it covers this share of the frame: 450 pixels of 1280 x 704."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured on one clip.

    From pixels: sharpness (0 blurred to 1), dark_share, bright_share, contrast (spread of luma, 0 to 255), and
    change_share (pixels whose luma differs by more than 12 of 255 from the looked-at frame before: an encoder goes on
    refining a frozen picture for a second, but by less), and of pictures 320 wide or more rendered_share (how surely a
    renderer made them and no camera, presentation or screen; see `KindObserver`). From ground truth, where there is:
    motion_px and motion_peak_px (mean length of the optical flow in pixels a frame at 1280 wide: over the clip, and
    in its worst looked-at frame), near_share (pixels nearer than 0.3 m), sky_share, instances (labelled things in
    view), dominant_share (of the one that covers most). All are means over the frames looked at, but for the peak.
    From the geometry: inside_share, of all frames, with the camera in a solid; solids are not drawn from within, so
    that no pixel tells.
    """

    scores: dict[str, float]
    embedding: NDArray[np.float32]
    """[256] float32, unit length; see `embed`."""


class Meter:
    """Measures one clip in constant memory: add what there is of each looked-at frame, then ask for the result."""

    def __init__(self, geometry: Geometry | None = None) -> None:
        self._geometry = geometry
        self._looks = Looks()
        self._kind = KindObserver()
        self._before: NDArray[np.float32] | None = None
        self._sums: dict[str, float] = {}
        self._counts: dict[str, int] = {}
        self._peak = 0.0

    def add_rgb(self, frame: NDArray[np.uint8]) -> None:
        """Look at the pixels, [H, W, 3] uint8, of the next frame."""
        rgb, luma = thin(frame)
        self._looks.add(rgb, luma)
        self._note("sharpness", sharpness(frame))
        self._note("dark_share", float(np.mean(luma < 8.0)))
        self._note("bright_share", float(np.mean(luma > 250.0)))
        self._note("contrast", float(luma.std()))
        if self._before is not None:
            self._note("change_share", float(np.mean(np.abs(luma - self._before) > _CHANGED)))
        self._before = luma
        if frame.shape[1] < 320:
            return
        count = self._counts["sharpness"]
        full: Any = cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY)
        small = luma.astype(np.uint8), rgb.astype(np.uint8)
        self._kind.see(SeenFrame(count, count * _APART_S, *small, full_luma=full, limited=False))

    def add_truth(self, index: int, depth: NDArray[np.float16], bodies: NDArray[np.uint16]) -> None:
        """Look at the depth [H, W] and bodies [H, W] of frame `index`. Raises ValueError without geometry."""
        if self._geometry is None:
            raise ValueError("ground truth is measured with the clip's geometry")
        width = depth.shape[1]
        step = max(1, width // _COLUMNS)
        depth, bodies = depth[::step, ::step], bodies[::step, ::step]
        # Every `step`-th pixel is what a camera with intrinsics over `step` sees.
        coarse = replace(self._geometry, intrinsics=self._geometry.intrinsics / np.float32(step))
        flow, _ = truth.flow(coarse, index, depth, bodies, None, None)
        length = np.hypot(flow[..., 0].astype(np.float32), flow[..., 1].astype(np.float32))
        motion = float(length[np.isfinite(length)].mean()) * step * 1280.0 / width if length.size else 0.0
        self._note("motion_px", motion)
        self._peak = max(self._peak, motion)
        self._note("near_share", float(np.mean(depth < NEAR_M)))
        self._note("sky_share", float(np.mean(bodies == 0)))
        shares = np.bincount(truth.instances(self._geometry, bodies).ravel())[1:] / bodies.size
        self._note("instances", float(np.count_nonzero(shares >= _VISIBLE)))
        self._note("dominant_share", float(shares.max(initial=0.0)))

    def result(self) -> Measured:
        """The scores. Raises ValueError if no pixels were added."""
        scores = {name: total / self._counts[name] for name, total in self._sums.items()}
        types = self._kind.scores()
        if types:
            scores["rendered_share"] = sum(types[f"type_{name}"] for name in ("rendered", "game"))
        if "motion_px" in scores:
            scores["motion_peak_px"] = self._peak
        if self._geometry is not None and len(self._geometry.inside):
            scores["inside_share"] = float(np.mean(self._geometry.inside[:-1] != 0))
        return Measured({name: round(scores[name], 6) for name in sorted(scores)}, self._looks.result())

    def _note(self, name: str, value: float) -> None:
        self._sums[name] = self._sums.get(name, 0.0) + value
        self._counts[name] = self._counts.get(name, 0) + 1


def measure(frames: Iterable[Frame], geometry: Geometry, every: int = EVERY) -> Measured:
    """Measure a clip while it is drawn or read: frames in order, one in `every` looked at, none kept.

    Raises ValueError for no frames or `every` below 1.
    """
    meter = Meter(geometry)
    for frame in frames:
        if frame.index % _step(every) == 0:
            meter.add_rgb(frame.rgb)
            meter.add_truth(frame.index, frame.depth, frame.bodies)
    return meter.result()


def measure_rgb(frames: Iterable[NDArray[np.uint8]], every: int = EVERY) -> Measured:
    """Measure a clip of which there are only pixels: frames [H, W, 3] uint8 in order. Raises like `measure`."""
    meter = Meter()
    for index, frame in enumerate(frames):
        if index % _step(every) == 0:
            meter.add_rgb(frame)
    return meter.result()


def sharpness(frame: NDArray[np.uint8]) -> float:
    """1 less the blur of a frame [H, W, 3] uint8: 0 blurred or flat, to 1.

    Crete et al. 2007, "The Blur Effect", equations 1 to 6: how much of the differences between neighbours is lost on
    blurring once more with a box of 9. Along every eighth row and column; the worse direction counts.
    """
    rows, columns = _luma(frame[::8]), _luma(frame[:, ::8]).T
    return min(_kept_back(rows), _kept_back(np.ascontiguousarray(columns)))


def _kept_back(lines: NDArray[np.float32]) -> float:
    if lines.shape[1] < 12:
        return 0.0
    total = np.cumsum(lines, axis=1, dtype=np.float32)
    blurred = (total[:, 9:] - total[:, :-9]) / np.float32(9.0)  # centred on column 5 of `lines`
    sharp = np.abs(np.diff(lines[:, 5:-4], axis=1))
    soft = np.abs(np.diff(blurred, axis=1))
    lost = np.maximum(sharp - soft, 0.0)
    # Less than half a level of mean difference is noise of the encoder on an empty picture.
    return float(lost.sum()) / max(float(sharp.sum()), 0.05 * sharp.size)


def _luma(rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    return rgb.astype(np.float32) @ np.array([0.2126, 0.7152, 0.0722], np.float32)


def _step(every: int) -> int:
    if every < 1:
        raise ValueError(f"every is 1 or more, not {every}")
    return every


def looked_at(frames: int, most: int = 16) -> range:
    """Which frames of a stored clip to look at: evenly spread, `most` or fewer, the first always among them."""
    return range(0, frames, max(1, -(-frames // most)))
