"""What is laid over the picture is told from what stands in the scene."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from tests.curate.seen import FPS, HEIGHT, WIDTH, place, watched
from worldfactory.curate.text import LastingMarks, TextObserver
from worldfactory.lineage import generator
from worldfactory.testfilm import Added
from worldfactory.testfilm._words import Overlay, sign


def laid_over(frames: list[np.ndarray], kind: Added, key: str = "words") -> list[np.ndarray]:
    overlay = Overlay(generator(key), kind, HEIGHT, WIDTH, len(frames), FPS)
    over = [frame.copy() for frame in frames]
    for index, frame in enumerate(over):
        overlay.draw(frame, index)
    return over


@pytest.fixture(scope="module")
def street() -> list[np.ndarray]:
    return place("street", "pan", 48, signs=True)


@pytest.mark.parametrize("kind", ["caption", "subtitle", "title", "lower third", "timestamp", "logo"])
def test_added_text_is_found(street: list[np.ndarray], kind: Added) -> None:
    assert watched(TextObserver(), laid_over(street, kind))["added_text_level"] > 1


def test_signs_in_the_scene_are_not_added_text(street: list[np.ndarray]) -> None:
    assert watched(TextObserver(), street)["added_text_level"] < 1


def test_signs_before_a_camera_that_stands_still_are_not_added_text() -> None:
    assert watched(TextObserver(), place("corner", "locked", 48, signs=True))["added_text_level"] < 1


@pytest.mark.parametrize("kind", ["subtitle", "caption"])
def test_before_a_camera_that_stands_still_writing_counts_that_comes_or_spans_black_to_white(kind: Added) -> None:
    still = place("corner", "locked", 72, signs=True)
    assert watched(TextObserver(), laid_over(still, kind, "said"))["added_text_level"] > 1


def test_a_picture_that_jumps_after_a_freeze_brings_no_writing() -> None:
    still = place("street", "locked", 1, signs=True)[0]
    assert watched(TextObserver(), [still] * 30 + [np.roll(still, (5, 5), (0, 1))] * 30)["added_text_level"] < 1


def test_a_sign_that_the_camera_heads_for_is_not_added_text() -> None:
    still = place("corner", "locked", 1, signs=True)[0]
    board = sign(generator("corner", "board"), 30)
    top, left = (HEIGHT - board.shape[0]) // 2, (WIDTH - board.shape[1]) // 2
    still[top : top + board.shape[0], left : left + board.shape[1]] = board
    middle = WIDTH / 2, HEIGHT / 2
    nearing = [
        cv2.warpAffine(still, cv2.getRotationMatrix2D(middle, 0, 1 + 0.03 * index / FPS), (WIDTH, HEIGHT))
        for index in range(60)
    ]
    assert watched(TextObserver(), nearing)["added_text_level"] < 1


@pytest.mark.parametrize("marked", [True, False])
def test_a_mark_that_stays_while_stills_change_is_found(marked: bool) -> None:
    marks = LastingMarks()
    for shot in ("dune", "quay", "hall", "mill", "pier"):
        frames = [place(shot, "locked", 1, signs=True)[0]] * 30
        observer = TextObserver()
        watched(observer, laid_over(frames, "logo", "channel") if marked else frames)
        marks.see(observer)
    assert (marks.scores()["lasting_mark_level"] > 1) is marked


def test_black_bars_and_a_windscreen_frame_are_no_text(street: list[np.ndarray]) -> None:
    barred = [frame.copy() for frame in street]
    for frame in barred:
        frame[:40] = frame[-40:] = 0
        frame[:, :30] = 15
    assert watched(TextObserver(), barred)["added_text_level"] < 1


def test_less_than_a_second_is_not_judged(street: list[np.ndarray]) -> None:
    assert watched(TextObserver(), street[:5]) == {}
