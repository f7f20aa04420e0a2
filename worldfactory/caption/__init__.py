"""Captions: what a clip shows, told from its ground truth in three forms."""

from worldfactory.caption._colour import colour_of
from worldfactory.caption._facts import Sightings, facts
from worldfactory.caption._words import captions

__all__ = ["Sightings", "captions", "colour_of", "facts"]
