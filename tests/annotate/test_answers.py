"""What models write is a caption, or is refused with the reason."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worldfactory.annotate import read_answer


@pytest.mark.parametrize(
    ("said", "caption"),
    [
        ("A red kite hangs over the beach.", "A red kite hangs over the beach."),
        ("Caption: **A red kite**\n hangs over   the beach.<|im_end|>", "A red kite hangs over the beach."),
        ('"A red kite hangs over the beach."', "A red kite hangs over the beach."),
        ("<think>It may be a bird.</think>A red kite hangs over the beach.", "A red kite hangs over the beach."),
        ("海辺の空に赤い凧が揚がっている。", "海辺の空に赤い凧が揚がっている。"),
    ],
)
def test_a_caption_comes_out_as_one_paragraph(said: str, caption: str) -> None:
    assert read_answer(said).text == caption


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("", "empty"),
        ("<think>What could it be, this thing on the", "empty"),
        ("A beach.", "empty"),
        ("the sea and " * 30, "looping"),
        ("a a a a a a a a a a", "looping"),
        ("ÿ#1 9%2 0@ 33 1 $ 44 a ^ 2 &", "garbled"),
        ("I'm sorry, but I can't help with that picture.", "refused"),
    ],
)
def test_what_is_no_caption_says_why(said: str, reason: str) -> None:
    answer = read_answer(said)
    assert answer.text == "" and answer.fault.startswith(f"{reason}: ")


def test_of_an_answer_that_was_cut_whole_sentences_stay() -> None:
    cut = "A red kite of 1.5 metres hangs over the beach. The waves roll in and the"
    assert read_answer(cut, finished=False).text == "A red kite of 1.5 metres hangs over the beach."
    assert read_answer(cut, finished=True).text == cut
    assert read_answer("A red kite hangs over the", finished=False).fault.startswith("unfinished: ")


@given(st.text(max_size=200), st.booleans())
def test_whatever_a_model_says_is_either_a_caption_or_a_fault(said: str, finished: bool) -> None:
    answer = read_answer(said, finished)
    assert bool(answer.text) != bool(answer.fault)
