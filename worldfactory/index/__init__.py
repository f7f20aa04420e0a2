"""The searchable index of clips: by words and by looks, in process or on a Qdrant server, the same code above it."""

from worldfactory.index._edge import EdgeIndex
from worldfactory.index._open import open_index
from worldfactory.index._text import TEXT_SIZE, embed_text
from worldfactory.index._types import Filters, Hit, Index, Point, Vector

__all__ = [
    "TEXT_SIZE",
    "EdgeIndex",
    "Filters",
    "Hit",
    "Index",
    "Point",
    "Vector",
    "embed_text",
    "open_index",
]
