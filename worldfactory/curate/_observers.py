"""Which observers look at the clips of brought video. A new one is a line here, and a rule in specs/curation.yaml."""

from __future__ import annotations

from worldfactory.curate._observe import Observer
from worldfactory.curate.motion import MotionObserver
from worldfactory.curate.quality import QualityObserver
from worldfactory.curate.text import TextObserver


def clip_observers() -> list[Observer]:
    """New observers for one clip."""
    return [MotionObserver(), QualityObserver(), TextObserver()]
