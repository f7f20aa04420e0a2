"""Motion of a clip: whether anything moves, whether the camera shakes, and what the camera does.

Corners are followed from frame to frame on the small luma (Lucas and Kanade 1981; Bouguet 2000 for the pyramid), a
similarity is fitted to them (translation, turn, scale), and the camera's path is read off it. How far near things
move against far ones (parallax) tells a dolly from a zoom and an orbit from a pan.
"""

from __future__ import annotations

from array import array
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from worldfactory.curate._observe import SeenFrame
from worldfactory.records import Frozen

CameraTag = Literal["locked", "pan", "tilt", "zoom", "dolly", "orbit", "handheld"]


class MotionConfig(Frozen):
    """How motion is measured. Lengths are shares of the picture's width."""

    corners: int = 160
    """Followed at once."""
    renew_s: float = 0.3
    """Time after which corners are chosen anew; also the base over which parallax is measured."""
    still_level: float = 6.0
    """Change of blurred luma that counts as one, of 255."""
    compare_s: float = 0.5
    """Frames so far apart are compared for change."""
    detail_reach: int = 9
    """Pixels of the small luma; where it is the same all over a square of this side, a motion would not show."""
    least_detail_share: float = 0.03
    """Frames with less of the picture in which a motion would show are not compared."""
    shake_s: float = 0.12
    """Deviation of the Gaussian whose smoothing the camera's path is compared with: what is faster is shake."""


class MotionObserver:
    """Measures motion. Scores: see `scores`."""

    def __init__(self, config: MotionConfig | None = None) -> None:
        self._config = config or MotionConfig()
        self._last: NDArray[np.uint8] | None = None
        self._points: NDArray[np.float32] = np.empty((0, 1, 2), np.float32)
        self._anchor: NDArray[np.float32] = self._points
        self._anchor_s = 0.0
        self._times = array("d")
        self._steps = array("d")  # five for each frame but the first: dx, dy, turn, log scale, how sure
        self._parallax: list[tuple[float, float]] = []
        self._compared: tuple[float, NDArray[np.uint8], float] | None = None
        self._changed: list[float] = []
        self._detail: list[float] = []

    def see(self, frame: SeenFrame) -> None:
        """Look at the next frame."""
        self._compare(frame)
        if self._last is not None:
            self._follow(self._last, frame)
        if self._last is None or len(self._points) < 25 or frame.time_s - self._anchor_s >= self._config.renew_s:
            self._renew(frame)
        self._times.append(frame.time_s)
        self._last = frame.luma.copy()

    def _compare(self, frame: SeenFrame) -> None:
        """Which share of the picture is another than a while ago."""
        if self._compared is not None and frame.time_s - self._compared[0] < self._config.compare_s:
            return
        soft: Any = cv2.blur(frame.luma, (5, 5))
        near = np.ones((self._config.detail_reach, self._config.detail_reach), np.uint8)
        ranges: Any = cv2.morphologyEx(soft, cv2.MORPH_GRADIENT, near)
        detail = float(np.mean(ranges > self._config.still_level))
        if self._compared is not None:
            self._detail.append(max(detail, self._compared[2]))
            # Of a picture blown to white it can not be said that nothing moves.
            if self._detail[-1] >= self._config.least_detail_share:
                difference = soft.astype(np.int16) - self._compared[1]
                # A lamp or the exposure changes all of the picture alike, and nothing has moved for it.
                difference -= np.int16(np.median(difference))
                self._changed.append(float(np.mean(np.abs(difference) > self._config.still_level)))
        self._compared = frame.time_s, soft, detail

    def _renew(self, frame: SeenFrame) -> None:
        if len(self._points) >= 25 and self._last is not None:
            self._measure_parallax(frame.luma.shape[1])
        found: Any = cv2.goodFeaturesToTrack(frame.luma, self._config.corners, 0.01, 7)
        self._points = np.empty((0, 1, 2), np.float32) if found is None else found
        self._anchor, self._anchor_s = self._points, frame.time_s

    def _follow(self, last: NDArray[np.uint8], frame: SeenFrame) -> None:
        if len(self._points) < 8:
            self._steps.extend((0.0, 0.0, 0.0, 0.0, 0.0))
            return
        moved: Any
        moved, found, _ = cv2.calcOpticalFlowPyrLK(
            last, frame.luma, self._points, np.empty_like(self._points), winSize=(13, 13), maxLevel=3,
            criteria=(cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 12, 0.03),
        )  # fmt: skip
        good = found[:, 0] == 1
        before, after = self._points[good], moved[good]
        fit: Any = None
        inside: Any = None
        if len(before) >= 8:
            fit, inside = cv2.estimateAffinePartial2D(before, after, ransacReprojThreshold=0.8, maxIters=200)
        if fit is None:
            self._steps.extend((0.0, 0.0, 0.0, 0.0, 0.0))
        else:
            height, width = frame.luma.shape
            middle = np.array([width / 2, height / 2])
            shift = fit[:, :2] @ middle + fit[:, 2] - middle
            turn = float(np.arctan2(fit[1, 0], fit[0, 0]))
            scale = float(np.log(max(1e-3, np.hypot(fit[0, 0], fit[1, 0]))))
            sure = float(np.mean(inside)) if len(before) > 0.4 * len(self._points) else 0.0
            self._steps.extend((float(shift[0]) / width, float(shift[1]) / width, turn, scale, sure))
        self._points, self._anchor = after, self._anchor[good]

    def _measure_parallax(self, width: int) -> None:
        """How far corners strayed from the common motion since they were chosen, and how far they went with it."""
        fit: Any
        fit, inside = cv2.estimateAffinePartial2D(self._anchor, self._points, ransacReprojThreshold=1.0, maxIters=500)
        if fit is None or not np.any(inside):
            return
        start, end = self._anchor[:, 0], self._points[:, 0]
        off = np.linalg.norm(start @ fit[:, :2].T + fit[:, 2] - end, axis=1)
        went = np.linalg.norm(end - start, axis=1)
        # Up to a quarter of the corners may lie on things that move by themselves.
        self._parallax.append((float(np.percentile(off, 75)) / width, float(np.median(went)) / width))

    def scores(self) -> dict[str, float]:
        """What moved, in widths of the picture.

        `detail_share`: part of the picture in which a motion would show; the rest is blown, black or flat.
        `change_share`: pixels that differ from half a second before; `change_peak_share` at most over the clip; both
        left out where there is too little detail to tell.
        `shake_permille`: root mean square of the camera's path about its smoothed self, in thousandths of the width.
        `pan_per_s`, `tilt_per_s`: mean speed to the right and down, signed; `travel_per_s`: mean speed whatever its
        direction; `zoom_per_s`: mean growth of the logarithm of scale; `parallax_share`: part of the motion that is
        not common to near and far. `followed_share`: frames whose motion could be fitted.
        """
        scores: dict[str, float] = {}
        if self._detail:
            scores["detail_share"] = float(np.mean(self._detail))
        if self._changed:
            scores["change_share"] = float(np.mean(self._changed))
            scores["change_peak_share"] = float(np.max(self._changed))
        steps = np.frombuffer(self._steps, np.float64).reshape(-1, 5)
        if len(steps) < 3:
            return scores
        times = np.frombuffer(self._times, np.float64)
        length = float(times[-1] - times[0])
        sure = steps[:, 4] > 0.3
        scores["followed_share"] = float(np.mean(sure))
        if sure.sum() < 3:
            return scores
        moves = self._mended(steps[:, :4], sure)
        scores["shake_permille"] = self._shake(moves, times)
        total = moves.sum(0)
        scores["pan_per_s"], scores["tilt_per_s"] = -float(total[0]) / length, -float(total[1]) / length
        scores["zoom_per_s"] = float(total[3]) / length
        smooth = _smoothed(moves, self._config.shake_s * (len(moves) / length))
        scores["travel_per_s"] = float(np.hypot(smooth[:, 0], smooth[:, 1]).sum()) / length
        scores["turn_rad_per_s"] = float(np.abs(smooth[:, 2]).sum()) / length
        if self._parallax:
            off, went = np.array(self._parallax).T
            # A fifth of a pixel of the small picture is what following a corner errs by.
            scores["parallax_share"] = float(np.median(np.maximum(off - 0.0006, 0) / (went + 0.002)))
        return scores

    @staticmethod
    def _mended(moves: NDArray[np.float64], sure: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Moves with those that could not be fitted taken from their neighbours, and repeated frames evened out.

        A frame shown again stands still and the next jumps; that is a fault of its own and no shake.
        """
        index = np.arange(len(moves))
        mended = np.stack([np.interp(index, index[sure], column[sure]) for column in moves.T], 1)
        pace = np.abs(mended[:, :2]).sum(1) + np.abs(mended[:, 2:]).sum(1)
        still = pace < 0.06 * np.percentile(pace, 90)
        if not still.any() or still.all():
            return mended
        path = np.concatenate([np.zeros((1, 4)), np.cumsum(mended, 0)])
        known = np.flatnonzero(np.concatenate([[True], ~still]))
        if known[-1] != len(path) - 1:
            known = np.append(known, len(path) - 1)
        filled = np.stack([np.interp(np.arange(len(path)), known, path[known, i]) for i in range(4)], 1)
        return np.diff(filled, axis=0)

    def _shake(self, moves: NDArray[np.float64], times: NDArray[np.float64]) -> float:
        rate = len(moves) / max(1e-6, float(times[-1] - times[0]))
        path = np.concatenate([np.zeros((1, 4)), np.cumsum(moves, 0)])
        fast = path - _smoothed(path, self._config.shake_s * rate)
        # A turn or a change of scale moves what stands a quarter of the width from the middle.
        fast[:, 2:] *= 0.25
        return 1000 * float(np.sqrt(np.mean((fast**2).sum(1))))


def _smoothed(values: NDArray[np.float64], deviation: float) -> NDArray[np.float64]:
    """[N, C] smoothed along N by a Gaussian of so many rows, the ends held."""
    reach = max(1, round(4 * deviation))
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / max(deviation, 1e-3)) ** 2)
    padded = np.pad(values, ((reach, reach), (0, 0)), mode="edge")
    return np.stack([np.convolve(column, weights / weights.sum(), "valid") for column in padded.T], 1)


def camera_tag(scores: dict[str, float]) -> CameraTag | None:
    """What the camera does, from stored scores; None where its motion could not be followed."""
    if scores.get("followed_share", 0.0) < 0.3 or "travel_per_s" not in scores:
        return None
    across, down = abs(scores["pan_per_s"]), abs(scores["tilt_per_s"])
    travel, parallax = scores["travel_per_s"], scores.get("parallax_share", 0.0)
    # Scaling moves what stands a quarter of the width from the middle.
    nearing = 0.25 * abs(scores["zoom_per_s"])
    if max(travel, nearing) < 0.006:
        return "locked"
    if nearing > 0.5 * travel and nearing > 0.006:
        return "dolly" if parallax > 0.12 else "zoom"
    if max(across, down) < 0.6 * travel:
        return "handheld"
    if across >= down:
        return "orbit" if parallax > 0.12 else "pan"
    return "tilt"
