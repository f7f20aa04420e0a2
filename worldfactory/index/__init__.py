"""The searchable index of clips: by words and by looks, in process or on a Qdrant server, the same code above it."""

from worldfactory.index._edge import EdgeIndex
from worldfactory.index._open import open_index
from worldfactory.index._text import TEXT_SIZE, embed_text
from worldfactory.index._types import BROUGHT, BroughtPoint, Filters, Hit, Index, Point, Vector

__all__ = [
    "BROUGHT",
    "TEXT_SIZE",
    "BroughtPoint",
    "EdgeIndex",
    "Filters",
    "Hit",
    "Index",
    "Point",
    "Vector",
    "embed_text",
    "open_index",
]
