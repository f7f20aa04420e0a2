"""What moves, what shakes, what the camera does."""

from __future__ import annotations

import numpy as np
import pytest

from tests.curate.seen import FPS, place, watched
from worldfactory.curate.motion import MotionObserver, camera_tag
from worldfactory.lineage import generator
from worldfactory.testfilm import Camera
from worldfactory.testfilm._faults import FAULTS


@pytest.mark.parametrize("camera", ["pan", "tilt", "zoom", "handheld", "locked"])
def test_the_camera_is_named(camera: Camera) -> None:
    assert camera_tag(watched(MotionObserver(), place("yard", camera))) == camera


def test_a_pan_is_measured_in_widths_a_second() -> None:
    wide = np.concatenate([place("a", "locked", 1)[0], place("b", "locked", 1)[0]], 1)
    frames = [np.ascontiguousarray(wide[:, 4 * i : 4 * i + 640]) for i in range(48)]
    scores = watched(MotionObserver(), frames)
    assert scores["pan_per_s"] == pytest.approx(4 * FPS / 640, rel=0.03)
    assert abs(scores["tilt_per_s"]) < 0.003 and abs(scores["zoom_per_s"]) < 0.005


def test_nothing_moves_in_noise_and_under_a_flickering_lamp() -> None:
    still = np.ascontiguousarray(place("room", "locked", 1)[0][::2, ::2])
    rng = generator("noise")
    noisy = [np.clip(still + rng.normal(0, 4, still.shape), 0, 255).astype(np.uint8) for _ in range(26)]
    lamp = [np.clip(still * (0.9 + 0.1 * (i % 2)), 0, 255).astype(np.uint8) for i in range(26)]
    assert watched(MotionObserver(), noisy)["change_share"] < 0.002
    assert watched(MotionObserver(), lamp)["change_share"] < 0.002
    assert watched(MotionObserver(), place("room", "locked", 26, things=True))["change_share"] > 0.002


def test_shaking_is_told_from_a_hand_and_from_repeated_frames() -> None:
    frames = place("street", "handheld", 36)
    shaken = list(FAULTS["shake"](iter(frames), len(frames), generator("shake"), FPS))
    repeated = [frame for frame in place("street", "pan", 36)[::3] for _ in range(3)]
    assert watched(MotionObserver(), shaken)["shake_permille"] > 8
    assert watched(MotionObserver(), frames)["shake_permille"] < 5
    assert watched(MotionObserver(), repeated)["shake_permille"] < 5


@pytest.mark.parametrize("frames", [0, 1, 2])
def test_too_few_frames_have_no_motion(frames: int) -> None:
    assert "shake_permille" not in watched(MotionObserver(), place("x", "pan", 3)[:frames])


def test_an_empty_picture_has_no_camera() -> None:
    scores = watched(MotionObserver(), [np.full((90, 160, 3), 90, np.uint8)] * 20)
    assert scores["detail_share"] == 0 and camera_tag(scores) is None


def test_a_picture_blown_to_white_is_not_judged_by_its_motion() -> None:
    frames = place("yard", "pan", 26)
    blown = [np.clip(frame * 6.0 + 200, 0, 255).astype(np.uint8) for frame in frames]
    scores = watched(MotionObserver(), blown)
    assert "change_share" not in scores and scores["detail_share"] < 0.03
    # A half that still shows something is enough.
    half = [np.concatenate([over[:176], frame[176:]]) for over, frame in zip(blown, frames, strict=True)]
    assert watched(MotionObserver(), half)["change_share"] > 0.002
    assert watched(MotionObserver(), [half[0]] * 26)["change_share"] < 0.002
