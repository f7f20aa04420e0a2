"""Things of several elements each that lie end to end in one array."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

I32 = NDArray[np.int32]
I64 = NDArray[np.int64]


def spread(counts: I64, rows: I64) -> tuple[I64, I64, I64, I64]:
    """Of things that lie end to end, `counts` elements each: those of rows[0], rows[1], ... in that order; for each its
    place in `rows`; each row's first and count."""
    starts = np.cumsum(counts) - counts
    many = counts[rows]
    first = np.cumsum(many) - many
    owner = np.repeat(np.arange(len(rows)), many)
    return np.arange(int(many.sum())) - np.repeat(first - starts[rows], many), owner, first, many


def ranges(counts: I64, owner: I64, owners: int) -> tuple[I32, I32]:
    """Each owner's first element and how many it has, of `counts` elements of things in the order of their owners."""
    many = np.bincount(owner, counts, owners).astype(np.int64)
    return (np.cumsum(many) - many).astype(np.int32), many.astype(np.int32)
