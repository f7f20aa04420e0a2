"""Every filter drops a clip that was broken on purpose, for its own reason, and keeps good ones."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageFilter

from worldfactory.curate import FILTERS, Filter, decide, failures, measure, measure_rgb
from worldfactory.lineage import generator
from worldfactory.records import Cell, Measurement
from worldfactory.spec import Thresholds
from worldfactory.testfilm._kinds import KINDS
from worldfactory.video import decode, encode

CELL = Cell(venue="street", city="kyoto")
LIMITS = Thresholds()


def reasons(drawn, frames=None) -> set[str]:
    """The names of the filters that a clip fails under the default thresholds."""
    measured = measure(drawn[0] if frames is None else frames, drawn[1], every=4)
    return {reason.split(":")[0] for reason in failures(measured.scores, LIMITS)}


def test_good_clips_are_kept(good, others):
    for clip in (good, *others):
        assert reasons(clip) == set()


def test_a_camera_and_world_at_rest_are_static(drawing, paths):
    assert reasons(drawing(poses=paths(step_m=0.0, turn=0.0))) == {"static", "frozen"}


def test_a_video_that_does_not_follow_its_ground_truth_is_frozen(good, repaint):
    first = good[0][0].rgb
    assert reasons(good, repaint(good[0], lambda _: first)) == {"frozen"}


def test_a_frozen_video_is_known_after_encoding_too(good, tmp_path):
    encode(tmp_path / "frozen.mp4", [good[0][0].rgb] * 25, Fraction(24))
    for every in (2, 8):
        measured = measure_rgb(decode(tmp_path / "frozen.mp4"), every)
        assert {r.split(":")[0] for r in failures(measured.scores, LIMITS)} == {"frozen"}


def test_a_whirling_camera_is_violent(drawing, paths):
    assert "violent" in reasons(drawing(poses=paths(turn=0.4)))


def test_black_and_white_frames(good, repaint):
    assert "dark" in reasons(good, repaint(good[0], lambda rgb: rgb // 64))
    assert "bright" in reasons(good, repaint(good[0], lambda rgb: 255 - rgb // 64))
    assert reasons(good, repaint(good[0], np.zeros_like)) - {"unlike"} == {"frozen", "blurred", "dark"}
    assert reasons(good, repaint(good[0], lambda rgb: np.full_like(rgb, 255))) - {"unlike"} == {
        "frozen",
        "blurred",
        "bright",
    }


def test_underexposure_that_night_does_not_reach(good, repaint):
    assert "dark" in reasons(good, repaint(good[0], lambda rgb: rgb * 0.04))
    assert "dark" not in reasons(good, repaint(good[0], lambda rgb: rgb * 0.3))


def test_blurred_frames(good, repaint):
    def blur(rgb: np.ndarray) -> np.ndarray:
        return np.asarray(Image.fromarray(rgb).filter(ImageFilter.GaussianBlur(3)))

    assert reasons(good, repaint(good[0], blur)) - {"unlike"} == {"blurred"}


def test_a_camera_in_a_wall_is_inside_though_nothing_is_seen_of_it(drawing, paths):
    clip = drawing(poses=paths(step_m=0.03, at=(-9.0, 6.0, 1.6)))
    assert "inside" in reasons(clip)
    (reason,) = [r for r in failures(measure(*clip, every=4).scores, LIMITS) if r.startswith("inside")]
    assert reason == "inside: inside_share 1 > 0"


def test_something_pressed_against_the_camera_is_near(drawing, paths):
    assert "near" in reasons(drawing(poses=paths(step_m=0.004, turn=0.0, at=(8.8, 3.25, 1.6))))


def test_a_view_full_of_one_wall_is_filled(drawing, paths):
    assert "filled" in reasons(drawing(poses=paths(step_m=0.02, turn=0.0, at=(8.8, 1.6, 1.6))))


def test_an_empty_field(drawing):
    assert reasons(drawing(things=2)) == {"empty"}


def test_pixels_alone_are_enough_for_the_pixel_filters(good):
    measured = measure_rgb((frame.rgb for frame in good[0]), every=4)
    assert failures(measured.scores, LIMITS) == ()
    assert not {"motion_px", "near_share", "instances"} & set(measured.scores)
    still = measure_rgb([good[0][0].rgb] * 9, every=4)
    assert failures(still.scores, LIMITS) == ("frozen: change_share 0 < 0.001",)
    flat = measure_rgb([np.full((90, 160, 3), 128, np.uint8)] * 9, every=4)
    assert {r.split(":")[0] for r in failures(flat.scores, LIMITS)} == {"frozen", "blurred"}


def test_pages_of_text_are_unlike_what_the_factory_draws(good):
    pages = KINDS["slides"](generator("pages"), 352, 640, 60, 24.0)
    assert "unlike" in {r.split(":")[0] for r in failures(measure_rgb(pages, every=6).scores, LIMITS)}
    assert failures(measure_rgb((frame.rgb for frame in good[0]), every=4).scores, LIMITS) == ()


def test_every_filter_names_a_limit_that_a_spec_can_move():
    for one in FILTERS:
        assert one.limit in Thresholds.model_fields
    assert len({one.name for one in FILTERS}) == len(FILTERS)
    unused = set(Thresholds.model_fields) - {one.limit for one in FILTERS}
    assert unused == {"max_similarity"}


@given(value=st.floats(allow_nan=True), limit=st.floats(allow_nan=False, allow_infinity=False))
def test_a_filter_is_its_comparison_and_says_so(value, limit):
    low = Filter("static", "motion_px", ">=", "min_motion_px")
    high = Filter("violent", "motion_px", "<=", "max_motion_px")
    limits = Thresholds.model_construct(min_motion_px=limit, max_motion_px=limit)
    assert (low.failure({"motion_px": value}, limits) is None) == (value >= limit)
    assert (high.failure({"motion_px": value}, limits) is None) == (value <= limit)
    assert low.failure({}, limits) is None
    reason = low.failure({"motion_px": 0.02}, Thresholds())
    assert reason == "static: motion_px 0.02 < 0.03"


def measurement(name: str, embedding: np.ndarray, **scores: float) -> Measurement:
    return Measurement(
        id=f"measurement-{name}", parents=(f"clip-{name}",), cell=CELL, clip=f"clip-{name}", scores=scores,
        embedding=embedding / np.linalg.norm(embedding),
    )  # fmt: skip


def test_of_lookalikes_the_first_that_passes_stays_and_is_named():
    a, b = np.eye(256, dtype=np.float32)[:2]
    rows = [
        measurement("0", a, motion_px=0.0),  # static: may not stand for its lookalikes
        measurement("1", a + 0.01 * b, motion_px=3.0),
        measurement("2", a, motion_px=9.0),
        measurement("3", b, motion_px=3.0),
        measurement("4", a + b, motion_px=3.0),
    ]
    verdicts = decide(rows, LIMITS)
    assert [v.kept for v in verdicts] == [False, True, False, True, True]
    assert verdicts[0].reasons == ("static: motion_px 0 < 0.03",)
    assert verdicts[2].reasons == ("duplicate: similarity 1.0000 > 0.985 to clip-1",)
    assert "similarity" not in verdicts[1].scores and verdicts[4].scores["similarity"] == pytest.approx(0.714, abs=0.01)
    assert [v.parents for v in verdicts] == [(row.id,) for row in rows]


def test_a_prompt_that_tells_of_what_is_not_there_is_untrue_and_what_is_named():
    untold = measurement("0", np.eye(256, dtype=np.float32)[0], missing=1.0).model_copy(
        update={"notes": {"missing": "happening/parade: no room in view for: walk band"}}
    )
    told = measurement("1", np.eye(256, dtype=np.float32)[1], missing=0.0)
    verdicts = decide([untold, told], LIMITS)
    assert verdicts[0].reasons == ("untrue_prompt: missing 1 > 0 (happening/parade: no room in view for: walk band)",)
    assert verdicts[1].kept
    assert decide([untold], LIMITS.model_copy(update={"max_missing": 1}))[0].kept


def test_thresholds_decide_again_from_scores_alone():
    eye = np.eye(256, dtype=np.float32)
    rows = [measurement(str(i), eye[i], motion_px=float(i), near_share=0.2) for i in range(5)]
    strict = decide(rows, LIMITS.model_copy(update={"min_motion_px": 2.5}))
    loose = decide(rows, LIMITS.model_copy(update={"min_motion_px": 0.0}))
    assert [v.kept for v in strict] == [False] * 3 + [True] * 2 and all(v.kept for v in loose)
    assert all(v.scores.items() >= row.scores.items() for v, row in zip(strict, rows, strict=True))
    assert {v.id for v in strict}.isdisjoint(v.id for v in loose)
    assert decide(rows, LIMITS) == decide(rows, LIMITS) and decide([], LIMITS) == []
    both = decide([measurement("x", eye[0], motion_px=99.0, near_share=0.9)], LIMITS)[0].reasons
    assert [reason.split(":")[0] for reason in both] == ["violent", "near"]
