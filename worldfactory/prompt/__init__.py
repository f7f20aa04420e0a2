"""Prompts: what one clip shows, in English, from the words of a city, a venue and its decor.

Any prompt can be made from its coordinates alone, and none of the first 10,616,832 of a cell repeats another.
"""

from worldfactory.prompt._grammar import PERIOD
from worldfactory.prompt._guard import Unsafe, find_unsafe, guard, unsafe
from worldfactory.prompt._make import prompt, prompts
from worldfactory.prompt._text import FEWEST, MOST

__all__ = ["FEWEST", "MOST", "PERIOD", "Unsafe", "find_unsafe", "guard", "prompt", "prompts", "unsafe"]
