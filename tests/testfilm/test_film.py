"""The film shows what its truth says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worldfactory.errors import VideoError
from worldfactory.testfilm import Film, FilmSpec, FilmTruth, duplicate_pairs, fitted, write_film
from worldfactory.testfilm._plan import plan
from worldfactory.video import probe

SPEC = FilmSpec(seed=5, shots=12, width=160, height=96, shortest_s=1.0, longest_s=1.5)


@pytest.fixture(scope="module")
def film() -> tuple[FilmTruth, list[np.ndarray]]:
    made = Film(SPEC)
    return made.truth(), list(made.frames())


def difference(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.abs(one.astype(int) - other).mean())


def test_every_frame_is_accounted_for(film: tuple[FilmTruth, list[np.ndarray]]) -> None:
    truth, frames = film
    assert len(frames) == truth.frames
    spans = [(s.start, s.stop) for s in truth.shots] + [(t.start, t.stop) for t in truth.transitions]
    at = 0
    for start, stop in sorted(spans):
        assert start == at
        at = stop
    assert at == truth.frames
    assert {s.camera for s in truth.shots} - {"unknown"}
    assert all(frame.shape == (96, 160, 3) and frame.dtype == np.uint8 for frame in frames)


def test_pictures_jump_at_cuts_and_only_there(film: tuple[FilmTruth, list[np.ndarray]]) -> None:
    truth, frames = film
    cuts = [t.start for t in truth.transitions if t.kind == "cut"]
    assert cuts
    jumps = [difference(frames[i - 1], frames[i]) for i in cuts]
    faulty = {"shake", "noise", "repeats", "freeze"}
    calm = [s for s in truth.shots if not faulty & set(s.defects)]
    flashing = {i for f in truth.flashes for i in (f.start, f.stop)}
    steps = [
        difference(frames[i - 1], frames[i]) for s in calm for i in range(s.start + 1, s.stop) if i not in flashing
    ]
    assert min(jumps) > 1.5 * np.percentile(steps, 90)


def test_the_same_seed_gives_the_same_film_and_another_another(film: tuple[FilmTruth, list[np.ndarray]]) -> None:
    truth, frames = film
    again = Film(SPEC)
    assert again.truth() == truth
    for mine, theirs in zip(again.frames(), frames[:40], strict=False):
        np.testing.assert_array_equal(mine, theirs)
    assert Film(FilmSpec(seed=6, shots=12)).truth().shots != truth.shots


def test_a_copy_shows_what_its_original_shows() -> None:
    spec = FilmSpec(seed=37, shots=16, width=96, height=64, shortest_s=0.4, longest_s=0.6)
    film = Film(spec)
    truth = film.truth()
    pairs = duplicate_pairs(truth.shots)
    copies = [
        (shot.duplicate_of, index)
        for index, shot in enumerate(truth.shots)
        if shot.duplicate_of is not None and shot.disguises == ("copy",)
    ]
    assert copies and set(copies) <= pairs
    frames = list(film.frames())
    for original, copy in copies:
        one, other = truth.shots[original], truth.shots[copy]
        # The grain of the sensor is another where the shot has frames before those that it shows alone.
        assert difference(frames[one.start], frames[other.start]) < 6
        assert difference(frames[one.stop - 1], frames[other.stop - 1]) < 6


def test_given_footage_is_used_and_must_have_the_films_size() -> None:
    bars = np.zeros((400, 96, 160, 3), np.uint8)
    bars[:, :, ::16] = 200
    film = Film(SPEC, {"bars": bars})
    given = [s for s in film.truth().shots if s.footage == "bars"]
    assert given and all(s.camera == "unknown" and s.scene_text is None for s in given)
    with pytest.raises(ValueError, match=r"footage bars is \(90, 160, 3\)"):
        Film(SPEC, {"bars": bars[:, :90]})


def test_film_and_truth_stand_side_by_side(tmp_path: Path) -> None:
    truth = write_film(FilmSpec(seed=1, shots=2, width=96, height=64, shortest_s=0.3, longest_s=0.4), tmp_path)
    assert FilmTruth.read(tmp_path / "truth.json") == truth
    assert probe(tmp_path / "film.mp4").frames == truth.frames
    (tmp_path / "truth.json").write_text('{"seed": 1}')
    with pytest.raises(VideoError, match=r"truth\.json"):
        FilmTruth.read(tmp_path / "truth.json")


@pytest.mark.parametrize("shape", [(50, 300), (300, 50), (64, 96), (33, 35)])
def test_frames_of_any_shape_are_made_to_fit(shape: tuple[int, int]) -> None:
    assert fitted(np.full((*shape, 3), 7, np.uint8), 64, 96).shape == (64, 96, 3)


@given(seed=st.integers(0, 10_000), frames=st.integers(150, 1500))
@settings(max_examples=30, deadline=None)
def test_no_two_shots_show_one_stretch_of_given_footage(seed: int, frames: int) -> None:
    """Or they would be copies in part, and the truth would call them none."""
    recipes, _ = plan(FilmSpec(seed, shots=20), [("street", frames), ("zoo", 300)])
    cut = [one for one in recipes if one.given and one.duplicate_of is None]
    for index, one in enumerate(cut):
        for other in cut[:index]:
            apart = one.begin >= other.begin + other.alone or other.begin >= one.begin + one.alone
            assert one.place != other.place or apart
