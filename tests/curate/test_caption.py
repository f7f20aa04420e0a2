"""Captions of what no model looked at say what was measured, and nothing else."""

from __future__ import annotations

import pytest

from worldfactory.curate.caption import measured_caption
from worldfactory.records.source import Footage


def footage(**scores: float) -> Footage:
    return Footage(
        id="footage-1", parents=("segment-1",), segment="segment-1", file="00000.mp4", sha256="0" * 64, bytes=1,
        width=640, height=360, fps=(24000, 1001), frames=72, audio=False, copied=False, scores=scores,
    )  # fmt: skip


def test_without_scores_only_the_form_is_told() -> None:
    caption = measured_caption(footage())
    assert caption.text == "A clip of 3.0 seconds at 23.98 frames a second, 640 by 360 pixels, without sound."
    assert caption.by == "measured"


@pytest.mark.parametrize(
    ("scores", "words"),
    [
        ({"colour_level": 1.0}, "The picture is in black and white."),
        ({"light_luma": 60.0, "change_share": 0.5}, "The picture is dark and full of motion."),
        ({"colour_level": 30.0, "light_luma": 200.0, "dark_luma": 20.0, "change_share": 0.1}, ""),
        ({"added_text_level": 1.4}, "Text or a logo is laid over it."),
        (
            {"followed_share": 1.0, "travel_per_s": 0.1, "pan_per_s": 0.1, "tilt_per_s": 0.0, "zoom_per_s": 0.0},
            "The camera pans.",
        ),
        (
            {"followed_share": 1.0, "travel_per_s": 0.0, "pan_per_s": 0.0, "tilt_per_s": 0.0, "zoom_per_s": 0.0},
            "The camera stands still.",
        ),
        ({"followed_share": 0.1, "travel_per_s": 0.1}, ""),
    ],
)
def test_each_measure_that_stands_out_is_told(scores: dict[str, float], words: str) -> None:
    told = measured_caption(footage(**scores)).text.split(" without sound.")[1].strip()
    assert told == words
