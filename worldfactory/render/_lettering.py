"""What signs say: words as bitmaps, and which of them suit a face.

lettering.npz holds every word of the library's words.yaml, drawn once by bench/draw_words.py, so that no machine needs
fonts. Words are kept as summed-area tables (Crow 1984): the ink below a pixel's footprint of any size takes four
look-ups, so that writing neither crawls nor shimmers.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from worldfactory.errors import RenderError
from worldfactory.records import Material

LETTERING_PX, WIDEST = 32, 12
"""Height of a word in the file, pixels (width, if written downward); the widest are WIDEST times as wide as high."""
HIGH_SHARE, WIDE_SHARE = 0.72, 0.9
"""How much of its place a word fills at most."""
_LONG, _SHORT = 7.0, 1.9
"""The longest place, as width over height, that one word gets, and the shortest, where rows may be made narrower."""
_NAMES = 2
"""Words of a list that holds only names of the same thing."""
_UPRIGHT = 1.7
"""Faces this much higher than wide are written on downward, where there are such words."""
_SUITS = 0.33
"""Words that fill less than this share of what the best fills are not for that place."""


@dataclass(frozen=True, slots=True)
class _Atlas:
    lists: dict[str, list[int]]
    sizes: NDArray[np.uint16]
    starts: NDArray[np.int64]
    bits: NDArray[np.uint8]
    digest: str


@lru_cache(maxsize=1)
def _atlas() -> _Atlas:
    with files("worldfactory.render").joinpath("lettering.npz").open("rb") as file, np.load(file) as held:
        names: list[str] = json.loads(held["names"].tobytes())
        sizes, bits, digest = held["sizes"], held["bits"], held["digest"].tobytes().decode()
    lists: dict[str, list[int]] = {}
    for number, name in enumerate(names):
        lists.setdefault(name, []).append(number)
    packed = -(-sizes.astype(np.int64).prod(1) // 8)
    return _Atlas(lists, sizes, np.concatenate([[0], np.cumsum(packed)[:-1]]), bits, digest)


def drawn_of() -> str:
    """The digest of the words that the file was drawn from."""
    return _atlas().digest


@lru_cache(maxsize=4096)
def _sums(number: int) -> NDArray[np.uint16]:
    """[(H + 1) * (W + 1)]: the ink below and left of each corner of a word's pixels, rows from the bottom."""
    atlas = _atlas()
    high, wide = (int(n) for n in atlas.sizes[number])
    start = int(atlas.starts[number])
    ink = np.unpackbits(atlas.bits[start : start - (-high * wide // 8)], count=high * wide).reshape(high, wide)
    sums = np.zeros((high + 1, wide + 1), np.uint16)
    sums[1:, 1:] = ink.cumsum(0, np.uint16).cumsum(1, np.uint16)
    return sums.ravel()


@dataclass(slots=True)
class Lettering:
    """Collects the words that a world's faces show, and the rows of the material table that name them.

    source: the scene's material of each row. first, count: words of a row among `words`. aspect: width over height of
    the places in which it writes them.
    """

    materials: tuple[Material, ...]
    source: list[int] = field(init=False)
    first: list[int] = field(init=False)
    count: list[int] = field(init=False)
    aspect: list[float] = field(init=False)
    words: list[int] = field(default_factory=list[int])
    _rows: dict[tuple[int, float], int] = field(default_factory=dict[tuple[int, float], int])

    def __post_init__(self) -> None:
        many = max(len(self.materials), 1)
        self.source, self.first, self.count, self.aspect = list(range(many)), [0] * many, [0] * many, [1.0] * many

    def face(self, material: int, wide: float, high: float) -> tuple[int, float, float]:
        """The row of the material table for a face of these metres, and how many places it has across and upward.

        Raises RenderError for a list of words that there is not.
        """
        line = self.materials[material].cell_m[1]
        # Edges of a board are not written on.
        if high < 0.3 * line or wide < 0.4 * line:
            return material, 1.0, 1.0
        numbers = self._numbers(material)
        sizes = _atlas().sizes[numbers].astype(np.float64)
        if high > _UPRIGHT * wide and (sizes[:, 0] > sizes[:, 1]).any():
            across, upward = 1, max(1, round(high / (3.2 * wide)))
        else:
            upward = max(1, round(high / min(line, wide / _SHORT)))
            # A name is said once, however long its board.
            name = all(len(_atlas().lists[one]) <= _NAMES for one in self.materials[material].words)
            across = 1 if name else max(1, round(wide / (high / upward) / _LONG))
            upward = 1 if name else upward
        aspect = round(8.0 * math.log((wide / across) / (high / upward)))
        row = self._rows.get((material, aspect))
        if row is None:
            row = self._rows[material, aspect] = len(self.source)
            ratio = sizes[:, 1] / sizes[:, 0] / math.exp(aspect / 8.0)
            tall = np.minimum(HIGH_SHARE, WIDE_SHARE / ratio)
            filled = tall * tall * ratio
            chosen = [n for n, share in zip(numbers, filled, strict=True) if share >= _SUITS * filled.max()]
            self.source.append(material)
            self.first.append(len(self.words))
            self.count.append(len(chosen))
            self.aspect.append(math.exp(aspect / 8.0))
            self.words += chosen
        return row, float(across), float(upward)

    def _numbers(self, material: int) -> list[int]:
        lists = _atlas().lists
        numbers: list[int] = []
        for name in self.materials[material].words:
            if name not in lists:
                raise RenderError(
                    f"material {self.materials[material].name}: no words {name!r}; known: {sorted(lists)}"
                )
            numbers += lists[name]
        if not numbers:
            raise RenderError(f"material {self.materials[material].name}: pattern glyphs, but no words")
        return numbers

    def tables(self) -> tuple[NDArray[np.int32], NDArray[np.uint16]]:
        """words: [E, 3] int32, where in the ink a word begins, and its width and height; ink: [S] uint16."""
        distinct = dict.fromkeys(self.words)
        sums = [_sums(number) for number in distinct] or [np.zeros(4, np.uint16)]
        begins = dict(zip(distinct, np.cumsum([0, *map(len, sums)]).tolist(), strict=False))
        sizes = _atlas().sizes
        rows = [(begins[n], int(sizes[n, 1]), int(sizes[n, 0])) for n in self.words] or [(0, 1, 1)]
        return np.array(rows, np.int32), np.concatenate(sums)
