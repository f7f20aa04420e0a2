"""Measures: exact where ground truth is, the same from drawn and from stored clips, in constant memory."""

from __future__ import annotations

import subprocess
import sys
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from worldfactory.curate import EMBEDDING_SIZE, embed, measure, measure_folder, measure_rgb, measurement_id
from worldfactory.records import Cell, Clip
from worldfactory.truth import TruthWriter, flow, write_geometry
from worldfactory.video import encode


def test_motion_is_the_mean_of_the_exact_flow(good):
    frames, geometry = good
    lengths = []
    for frame in frames[::4]:
        vectors, _ = flow(geometry, frame.index, frame.depth, frame.bodies, None, None)
        lengths.append(float(np.hypot(*np.moveaxis(vectors.astype(np.float32), -1, 0)).mean()) * 1280 / 320)
    scores = measure(frames, geometry, every=4).scores
    assert scores["motion_px"] == pytest.approx(np.mean(lengths), rel=0.03)
    assert scores["motion_peak_px"] == pytest.approx(np.max(lengths), rel=0.03)


def test_measures_do_not_hang_on_the_resolution(drawing):
    small, large = (measure(*drawing(size=size), every=8).scores for size in ((320, 176), (640, 352)))
    for name, slack in (("motion_px", 0.03), ("sky_share", 0.03), ("dominant_share", 0.03), ("instances", 0.3)):
        assert large[name] == pytest.approx(small[name], rel=slack), name


def test_shares_are_counted_on_the_ground_truth(good):
    frames, geometry = good
    scores = measure(frames[:1], geometry).scores
    frame = frames[0]
    assert scores["sky_share"] == pytest.approx((frame.bodies == 0).mean(), abs=0.01)
    assert scores["near_share"] == 0.0
    things, counts = np.unique(geometry.instance_of[frame.bodies[frame.bodies > 0]], return_counts=True)
    assert scores["dominant_share"] == pytest.approx(counts.max() / frame.bodies.size, abs=0.01)
    assert scores["instances"] == pytest.approx((counts > 40).sum(), abs=4) and len(things) > 6


def test_frames_are_taken_one_at_a_time_and_let_go(good):
    frames, geometry = good
    alive: list[int] = []

    def one_by_one():
        for number in range(400):
            alive.append(number)
            yield frames[number % 16]

    assert measure(one_by_one(), geometry).scores["motion_px"] > 0
    assert len(alive) == 400
    with pytest.raises(ValueError, match="one frame or more"):
        measure([], geometry)
    with pytest.raises(ValueError, match="1 or more, not 0"):
        measure_rgb([frames[0].rgb], every=0)


@pytest.fixture
def stored(good, tmp_path):
    frames, geometry = good
    encode(tmp_path / "video.mp4", [frame.rgb for frame in frames], Fraction(24))
    for name in ("depth", "bodies"):
        with TruthWriter(tmp_path / f"{name}.zst") as writer:
            for frame in frames:
                writer.add(getattr(frame, name))
    write_geometry(tmp_path / "geometry.npz", geometry)
    clip = Clip(
        id="clip-0", parents=("scene-0",), cell=Cell(venue="street", city="kyoto"), index=0, decor=(), weather="clear",
        hour=12.0, camera="walk", caption="", width=320, height=176, fps=(24, 1), frames=len(frames),
        modalities=("depth", "bodies"), files={}, bytes=0,
    )  # fmt: skip
    return clip, tmp_path


def test_a_stored_clip_measures_like_the_drawn_one(good, stored):
    clip, folder = stored
    drawn, read = measure(*good, every=2), measure_folder(clip, folder)
    for name in ("motion_px", "near_share", "sky_share", "instances", "dominant_share", "inside_share"):
        assert read.scores[name] == drawn.scores[name], name
    assert read.scores["sharpness"] == pytest.approx(drawn.scores["sharpness"], rel=0.15)
    assert read.scores["change_share"] == pytest.approx(drawn.scores["change_share"], rel=0.3)
    assert float(read.embedding @ drawn.embedding) > 0.985
    assert read.id == measurement_id(clip) and read.parents == (clip.id,)
    assert read.model_dump_json() == measure_folder(clip, folder).model_dump_json()


def test_without_ground_truth_the_pixels_are_measured(stored):
    clip, folder = stored
    for name in ("depth.zst", "bodies.zst", "geometry.npz"):
        (folder / name).unlink()
    read = measure_folder(clip.model_copy(update={"modalities": ("normals",)}), folder)
    assert set(read.scores) == {"sharpness", "dark_share", "bright_share", "contrast", "change_share", "rendered_share"}


def test_near_duplicates_are_alike_and_other_clips_are_not(good, others):
    looks = embed(frame.rgb for frame in good[0])
    numbers = np.random.default_rng(0)
    noisy = [np.clip(f.rgb + numbers.normal(0, 3, f.rgb.shape), 0, 255).astype(np.uint8) for f in good[0]]
    lighter = [np.clip(f.rgb * 1.04, 0, 255).astype(np.uint8) for f in good[0]]
    shifted = [np.roll(f.rgb, 2, axis=1) for f in good[0]]
    for again in (noisy, lighter, shifted, [f.rgb for f in good[0]][1:]):
        assert float(looks @ embed(again)) > 0.985
    for other in others:
        assert float(looks @ embed(frame.rgb for frame in other[0])) < 0.95
    mirrored = embed(np.ascontiguousarray(frame.rgb[:, ::-1]) for frame in good[0])
    backward = embed(frame.rgb for frame in reversed(good[0]))
    assert float(looks @ mirrored) < 0.97 and not np.array_equal(looks, backward)


sizes = st.tuples(st.integers(4, 40), st.integers(4, 60), st.just(3))


@settings(max_examples=40, deadline=None)
@given(frames=st.lists(hnp.arrays(np.uint8, sizes), min_size=1, max_size=3))
def test_any_frames_have_an_embedding_of_unit_length(frames):
    looks = embed(frames)
    assert looks.shape == (EMBEDDING_SIZE,) and looks.dtype == np.float32
    assert float(np.linalg.norm(looks)) == pytest.approx(1.0, abs=1e-5)
    scores = measure_rgb(frames[:1]).scores
    assert all(np.isfinite(value) for value in scores.values())


def test_another_process_sees_the_same():
    code = (
        "import numpy as np; from worldfactory.curate import embed\n"
        "rows = np.add.outer(np.arange(90) * 3, np.arange(160))\n"
        "f = np.stack([rows, rows * 2, rows * 5], -1).astype('u1')\n"
        "print(embed([f, f // 2]).tobytes().hex())"
    )
    runs = [subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True) for _ in range(2)]
    assert runs[0].stdout == runs[1].stdout and len(runs[0].stdout.strip()) == 2048
