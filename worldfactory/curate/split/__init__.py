"""Splitting: detectors of shot boundaries behind one interface, and the spans that boundaries leave."""

from __future__ import annotations

from pathlib import Path

from worldfactory.curate.split._blend import BlendDetector
from worldfactory.curate.split._spans import Moment, Span, SpanMaker
from worldfactory.curate.split._stride import StrideDetector
from worldfactory.curate.split._types import Boundary, Detector
from worldfactory.spec import SplitSpec

__all__ = ["BlendDetector", "Boundary", "Detector", "Moment", "Span", "SpanMaker", "StrideDetector", "open_detector"]


def open_detector(spec: SplitSpec) -> Detector:
    """The detector that a spec asks for. Raises ModelError where TransNetV2's weights can not be read."""
    if spec.detector == "blend":
        return BlendDetector() if spec.threshold is None else BlendDetector(spec.threshold)
    if spec.detector == "stride":
        return StrideDetector(spec.stride_s)
    if spec.detector == "transnet":  # torch takes a second to import
        from worldfactory.curate.split._transnet import TransNetDetector, load_transnet

        return TransNetDetector(load_transnet(Path(spec.weights)), spec.threshold)
    from worldfactory.curate.split._pyscenedetect import PySceneDetector

    return PySceneDetector(spec.detector, spec.threshold)
