"""Every technical fault is seen, and only where it is."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from tests.curate.seen import FPS, place, watched
from worldfactory.curate.quality import QualityObserver
from worldfactory.lineage import generator
from worldfactory.spec import CurationSpec
from worldfactory.testfilm import Defect
from worldfactory.testfilm._faults import FAULTS

RULES = CurationSpec().clip_rules


def reasons(scores: dict[str, float]) -> set[str]:
    return {name for name, rule in RULES.items() if rule.score in scores and rule.failure(name, scores[rule.score])}


@pytest.fixture(scope="module")
def clean() -> list[np.ndarray]:
    return place("market", "pan", 48)


def test_clean_footage_passes(clean: list[np.ndarray]) -> None:
    assert not reasons(watched(QualityObserver(), clean))


@pytest.mark.parametrize(
    ("defect", "reason"),
    [
        ("blur", "blurred"), ("noise", "noisy"), ("blocking", "blocky"), ("dark", "dark"), ("bright", "overexposed"),
        ("letterbox", "barred"), ("pillarbox", "barred"), ("repeats", "repeating"), ("freeze", "frozen"),
    ],
)  # fmt: skip
def test_a_fault_is_named(clean: list[np.ndarray], defect: Defect, reason: str) -> None:
    faulty = FAULTS[defect](iter(clean), len(clean), generator(f"the {defect}"), FPS)
    assert reason in reasons(watched(QualityObserver(), faulty))


def test_a_freeze_that_the_coder_goes_on_refining_is_one(clean: list[np.ndarray]) -> None:
    frozen = [frame.astype(np.int16) for frame in [*clean[:16], *[clean[16]] * 18, *clean[16:30]]]
    move = float(np.mean(np.abs(frozen[1] - frozen[0])))
    for index in range(20, 34, 4):  # every so often the rest of the shot gets a little nearer to what it should be
        for later in range(index, 34):
            frozen[later] = frozen[later] + round(max(1.0, 0.2 * move))
    scores = watched(QualityObserver(), [np.clip(frame, 0, 255).astype(np.uint8) for frame in frozen])
    assert scores["frozen_s"] > 0.6 and scores["repeat_share"] < 0.1


def test_blur_is_measured_in_pixels_of_a_picture_1280_wide() -> None:
    step = np.zeros((352, 640), np.float64)
    for left in range(40, 640, 80):
        step[:, left : left + 40] = 200
    for sigma in (1.5, 3.0):
        luma = (cv2.GaussianBlur(step, (0, 0), sigma) + 20).astype(np.uint8)
        scores = watched(QualityObserver(), [np.repeat(luma[..., None], 3, 2)])
        assert scores["blur_px"] == pytest.approx(2 * sigma, rel=0.2)


def test_bars_are_measured_as_a_share_and_a_dark_sky_is_none(clean: list[np.ndarray]) -> None:
    barred = clean[0].copy()
    barred[:44] = barred[-44:] = 0
    assert watched(QualityObserver(), [barred] * 3)["bars_share"] == pytest.approx(0.25, abs=0.02)
    sky = clean[0].copy()
    sky[:120] = 5
    assert watched(QualityObserver(), [sky] * 3)["bars_share"] < 0.02


def test_one_frame_and_tiny_frames_are_no_error() -> None:
    assert "frozen_s" not in watched(QualityObserver(), [np.zeros((8, 8, 3), np.uint8)])
    assert watched(QualityObserver(), []) == {}
