"""Words to numbers without a vocabulary: hashed words and pairs (Weinberger et al. 2009, "Feature Hashing")."""

from __future__ import annotations

import itertools
import re
import zlib

_WORD = re.compile(r"[^\W_]+")


def hashed_words(text: str, buckets: int) -> list[int]:
    """The bucket of each word of `text` and of each two in a row; one bucket for a text without words."""
    words = [word.lower() for word in _WORD.findall(text)]
    pairs = [f"{a} {b}" for a, b in itertools.pairwise(words)]
    return [zlib.crc32(term.encode()) % buckets for term in (*words, *pairs)] or [0]
