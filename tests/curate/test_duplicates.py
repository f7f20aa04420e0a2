"""Copies are found in every disguise, the best stays, and what only looks alike is left alone."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.curate.seen import place, show
from worldfactory.curate._prints import Prints, read_prints, write_prints
from worldfactory.curate.deduplicate import Candidate, Duplicate, choose, find_duplicates, find_pairs, k_means
from worldfactory.curate.fingerprint import Fingerprint, FingerprintObserver, likeness
from worldfactory.errors import StoreError
from worldfactory.lineage import generator
from worldfactory.spec import DuplicatesSpec
from worldfactory.testfilm import Disguise
from worldfactory.testfilm._disguises import DISGUISES


def fingerprint(frames: list[np.ndarray]) -> Fingerprint:
    observer = FingerprintObserver()
    show(observer, frames)
    return observer.fingerprint()


@pytest.fixture(scope="module")
def original() -> list[np.ndarray]:
    return place("harbour", "pan", 30)


@pytest.mark.parametrize("disguise", [d for d in DISGUISES if d != "sped up"])
def test_a_copy_is_found_in_every_disguise(original: list[np.ndarray], disguise: Disguise) -> None:
    copy = list(DISGUISES[disguise](original, generator(f"disguise {disguise}")))
    clips = [
        Candidate("copy", 100, fingerprint=fingerprint(copy)),
        Candidate("best", 400, fingerprint=fingerprint(original)),
    ]
    (found,) = find_duplicates(clips)
    assert (found.clip, found.of, found.found_by) == ("copy", "best", "picture")


def test_a_faster_copy_with_bars_is_found(original: list[np.ndarray]) -> None:
    fast = [frame.copy() for frame in original[::2]]
    for frame in fast:
        frame[:40] = frame[-40:] = 0
    barred = [frame[40:-40] for frame in original]
    clips = [Candidate("a", 1, fingerprint=fingerprint(barred)), Candidate("b", 1, fingerprint=fingerprint(fast))]
    assert [d.clip for d in find_duplicates(clips)] == ["b"]


def test_another_path_through_the_same_place_is_no_copy(original: list[np.ndarray]) -> None:
    others = [place("harbour", camera, 30) for camera in ("tilt",)] + [place("forest", "pan", 30)]
    clips = [Candidate(str(i), 1, fingerprint=fingerprint(frames)) for i, frames in enumerate([original, *others])]
    assert find_duplicates(clips) == []


def test_what_a_camera_on_a_wall_sees_at_another_time_is_no_copy(original: list[np.ndarray]) -> None:
    def passing(by: list[int]) -> list[np.ndarray]:
        frames = [original[0].copy() for _ in by]
        for frame, left in zip(frames, by, strict=True):
            frame[90:150, left : left + 40] = (220, 40, 40)
        return frames

    morning, noon = passing(list(range(0, 240, 8))), passing(list(range(240, 0, -8)))
    clips = [Candidate(str(i), 1, fingerprint=fingerprint(f)) for i, f in enumerate([morning, noon, morning[::2]])]
    assert [(d.clip, d.of) for d in find_duplicates(clips)] == [("2", "0")]


def test_pictures_that_show_nothing_are_no_copies_of_each_other() -> None:
    white, dark = ([np.full((88, 160, 3), level, np.uint8)] * 6 for level in (255, 4))
    clips = [Candidate(str(i), 1, fingerprint=fingerprint(frames)) for i, frames in enumerate([white, dark, white])]
    assert find_duplicates(clips) == []


def test_what_the_index_holds_stays_whatever_comes(original: list[np.ndarray]) -> None:
    mine = fingerprint(original)
    held = [Candidate("held", 10, fingerprint=mine)]
    better = [Candidate("new", 1000, quality=9, fingerprint=mine)]
    assert find_duplicates(better, held) == [Duplicate("new", "held", "picture", 1.0)]
    assert find_duplicates([], [*held, *held]) == []


def unit(rows: np.ndarray) -> np.ndarray:
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000), count=st.integers(2, 60), copies=st.integers(0, 20))
def test_meaning_keeps_one_of_each_group(seed: int, count: int, copies: int) -> None:
    rng = generator(f"meaning {seed}")
    base = unit(rng.standard_normal((count, 96)))
    origin = rng.integers(0, count, copies)
    near = unit(base[origin] + rng.standard_normal((copies, 96)) * 0.004)
    clips = [Candidate(f"base-{i}", 20, embedding=v) for i, v in enumerate(base)]
    clips += [Candidate(f"copy-{i}", 10, embedding=v) for i, v in enumerate(near)]
    found = find_duplicates(clips, clusters=1 + count // 20)
    assert {d.clip for d in found} <= {f"copy-{i}" for i in range(copies)}
    # Neighbours may fall on both sides of a cluster's border, as SemDeDup accepts; nearly all do not.
    assert len(found) >= copies - 2
    assert all(d.of == f"base-{origin[int(d.clip[5:])]}" for d in found)


def test_clusters_are_the_same_every_time_and_hold_what_is_alike() -> None:
    rng = generator("clusters")
    centres = unit(rng.standard_normal((5, 32)))
    points = unit(np.repeat(centres, 300, 0) + rng.standard_normal((1500, 32)) * 0.05)
    labels = k_means(points, 5)
    np.testing.assert_array_equal(labels, k_means(points, 5))
    assert all(len(np.unique(labels[i * 300 : (i + 1) * 300])) == 1 for i in range(5))


def test_embeddings_of_two_sizes_are_refused() -> None:
    clips = [Candidate("a", 1, embedding=np.ones(3, np.float32)), Candidate("b", 1, embedding=np.ones(4, np.float32))]
    with pytest.raises(ValueError, match="of one size"):
        find_duplicates(clips)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), cut=st.integers(1, 19), order=st.randoms(use_true_random=False))
def test_clips_that_come_later_are_held_against_those_that_stand_and_order_does_not_matter(
    seed: int, cut: int, order: random.Random
) -> None:
    rng = generator(f"later {seed}")
    base = unit(rng.standard_normal((6, 48)))
    vectors = unit(base[rng.integers(0, 6, 20)] + rng.standard_normal((20, 48)) * 0.003)
    clips = [Candidate(f"clip-{i:02d}", int(rng.integers(1, 4)), embedding=v) for i, v in enumerate(vectors)]
    spec = DuplicatesSpec()
    together = find_pairs(clips, clusters=1)
    known = choose(clips, together, spec)
    shuffled = order.sample(clips, len(clips))
    early, late = shuffled[:cut], shuffled[cut:]
    pairs = [*find_pairs(early, clusters=1), *find_pairs(late, early, clusters=1)]
    assert sorted(pairs, key=lambda pair: pair.id) == together
    again = choose(shuffled, pairs, spec)
    assert {(d.clip, d.of) for d in again} == {(d.clip, d.of) for d in known}
    # One of each group stays, and it is the largest.
    stay = [c for c in clips if c.clip not in {d.clip for d in known}]
    pixels = {c.clip: c.pixels for c in clips}
    assert len(stay) == len({int((base @ v).argmax()) for v in vectors})
    assert all(pixels[d.of] >= pixels[d.clip] for d in known)


def test_a_copy_of_a_copy_names_the_one_that_stays(original: list[np.ndarray]) -> None:
    prints = [fingerprint(frames) for frames in (original, original[::2], original[::3])]
    clips = [Candidate(name, 10 - i, fingerprint=p) for i, (name, p) in enumerate(zip("abc", prints, strict=True))]
    pairs = [p for p in find_pairs(clips) if (p.first, p.second) != ("a", "c")]
    assert [(d.clip, d.of) for d in choose(clips, pairs, DuplicatesSpec())] == [("b", "a"), ("c", "a")]
    assert choose(clips, pairs, DuplicatesSpec(copy_likeness=1.01)) == []


def test_fingerprints_come_back_from_disk_as_they_were(original: list[np.ndarray], tmp_path: Path) -> None:
    observer = FingerprintObserver()
    show(observer, original)
    write_prints(tmp_path, Prints.of(["footage-a"], [observer.arrays()]))
    stored, vector = read_prints(tmp_path)["footage-a"]
    assert stored is not None and vector is None
    np.testing.assert_array_equal(stored.hashes, observer.fingerprint().hashes)
    assert likeness(stored, observer.fingerprint()) == pytest.approx(1.0, abs=1e-5)
    (tmp_path / "prints.safetensors").write_bytes(b"\x07nonsense")
    with pytest.raises(StoreError, match=r"prints\.safetensors: can not be read"):
        read_prints(tmp_path)
