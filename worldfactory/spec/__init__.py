"""Specs: YAML in, frozen models out; every problem of every file named at once."""

from worldfactory.spec._base import Colour, Name, Positive, Range, Share, Span, SpecModel
from worldfactory.spec._cell import CellSpec, cells, resolve
from worldfactory.spec._city import CitySpec
from worldfactory.spec._curation import (
    LEAST_LIKENESS,
    LEAST_SIMILARITY,
    AnnotatorSpec,
    CurationSpec,
    DetectorName,
    DuplicatesSpec,
    EmbedderSpec,
    InboxSpec,
    MixSpec,
    ReadSpec,
    Rule,
    SplitSpec,
    TranscodeSpec,
    VideoType,
)
from worldfactory.spec._decor import Anchor, DecorItem, DecorSpec
from worldfactory.spec._factory import Demo, Encoding, FactorySpec, Home, HomeName, Size, Thresholds
from worldfactory.spec._load import Specs, key_line, load, load_partly, spec_digest
from worldfactory.spec._model import FederationSpec, ModelSpec
from worldfactory.spec._venue import Happening, VenueSpec

__all__ = [
    "Anchor", "AnnotatorSpec", "CellSpec", "CitySpec", "Colour", "CurationSpec", "DecorItem", "DecorSpec", "Demo",
    "DetectorName", "LEAST_LIKENESS", "LEAST_SIMILARITY", "DuplicatesSpec", "EmbedderSpec", "InboxSpec", "MixSpec",
    "Encoding", "FactorySpec", "FederationSpec", "Happening", "Home", "HomeName", "ModelSpec", "Name", "Positive",
    "Range", "ReadSpec", "Rule", "Share", "Size", "Span", "SpecModel", "Specs", "SplitSpec", "Thresholds",
    "TranscodeSpec", "VenueSpec", "VideoType", "cells", "key_line", "load", "load_partly", "resolve", "spec_digest",
]  # fmt: skip
