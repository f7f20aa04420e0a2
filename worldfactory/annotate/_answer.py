"""What a language model wrote, read as a caption, or refused with the reason.

Models that go wrong go wrong in a few ways (Holtzman et al. 2020, "The Curious Case of Neural Text Degeneration"):
nothing at all, the same words over and over, signs that are no language, a refusal, a sentence that never ends.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

LEAST_WORDS = 4
_RUN = 4
"""Words in a row that are looked at for loops."""
_LEAST_DISTINCT = 0.6
"""Of all runs of four words, the share that is seen first; prose of 20 to 300 words has 0.95 and more."""
_LEAST_LETTERS = 0.6
_REFUSALS = re.compile(r"^\W*(i'?m sorry|i am sorry|i apologi[sz]e|i can(no|')t|as an ai|unable to)\b", re.IGNORECASE)
_LEAD = re.compile(r"^\s*(?:assistant|answer|caption|description)\s*:\s*", re.IGNORECASE)
_MARKS = re.compile(r"\*\*|__|^#+\s*|^[-*]\s+|`", re.MULTILINE)
_THOUGHT = re.compile(r"<think>.*?(</think>|$)", re.DOTALL)
_SPECIAL = re.compile(r"<\|[^|<>]*\|>|</?s>|<end_of_utterance>")
_ENDS = ".!?…。！？"
_CLOSING = "\"'”’)»」』"


@dataclass(frozen=True, slots=True)
class Answer:
    """A caption, or why there is none: one of the two is empty."""

    text: str = ""
    fault: str = ""
    """`empty: ...`, `looping: ...`, `garbled: ...`, `refused: ...` or `unfinished: ...`."""


def read_answer(said: str, finished: bool = True) -> Answer:
    """The caption in what a model `said`, as one paragraph; `finished` is False where it was cut at its length.

    Of what was cut, the whole sentences are kept. Words are counted between spaces; in scripts without spaces each
    letter is one.
    """
    text = _SPECIAL.sub(" ", _THOUGHT.sub(" ", unicodedata.normalize("NFC", said)))
    text = " ".join(_MARKS.sub("", _LEAD.sub("", text)).split())
    if len(text) > 1 and text[0] == text[-1] == '"' and text.count('"') == 2:
        text = text[1:-1].strip()
    words = _words(text)
    if len(words) < LEAST_WORDS:
        return Answer(fault=f"empty: {len(words)} words, a caption has {LEAST_WORDS} or more")
    if _REFUSALS.match(text):
        return Answer(fault=f"refused: {_brief(text)}")
    if (letters := _letters(text)) < _LEAST_LETTERS:
        return Answer(fault=f"garbled: {letters:.0%} of it are letters: {_brief(text)}")
    if (distinct := _distinct(words)) < _LEAST_DISTINCT:
        return Answer(fault=f"looping: {distinct:.0%} of its runs of {_RUN} words are new: {_brief(text)}")
    if not finished and not text.rstrip(_CLOSING).endswith(tuple(_ENDS)):
        whole = _whole_sentences(text)
        if len(_words(whole)) < LEAST_WORDS:
            return Answer(fault=f"unfinished: no sentence ends within the length: {_brief(text)}")
        text = whole
    return Answer(text=text)


def _words(text: str) -> list[str]:
    """Lower case, without punctuation."""
    words: list[str] = []
    for part in re.findall(r"[^\W_]+", text.lower()):
        spaceless = any(unicodedata.name(letter, "").startswith(("CJK", "HIRAGANA", "KATAKANA")) for letter in part)
        words.extend(part if spaceless else [part])
    return words


def _letters(text: str) -> float:
    """Share of letters, with their marks, among all that is no space; the sign for what can not be read is none."""
    signs = [sign for sign in text if not sign.isspace()]
    return sum(unicodedata.category(sign)[0] in "LM" for sign in signs) / len(signs)


def _distinct(words: list[str]) -> float:
    runs = [tuple(words[i : i + _RUN]) for i in range(len(words) - _RUN + 1)]
    return len(set(runs)) / len(runs)


def _whole_sentences(text: str) -> str:
    """Up to the last end of a sentence; a point within a number ends none."""
    ends = [m.end() for m in re.finditer(rf"(?:[.!?…][{re.escape(_CLOSING)}]*(?=\s))|[。！？]", text)]
    return text[: ends[-1]] if ends else ""


def _brief(text: str) -> str:
    return repr(text if len(text) <= 60 else f"{text[:57]}...")
