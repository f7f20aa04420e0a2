"""The filters: each is a score, a limit of `worldfactory.spec.Thresholds`, and which side of it is good.

To add one: give `Meter` a score, `Thresholds` a limit with a default, FILTERS a line, and the tests a clip broken so
that it is dropped. Raise MEASURES in `_folder`, so that clips already stored are measured again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from worldfactory.spec import Thresholds


@dataclass(frozen=True, slots=True)
class Filter:
    """Keeps clips whose `score` is on the good side of the limit. A clip without the score passes."""

    name: str
    """What is wrong with those that it drops; begins their reason."""
    score: str
    """A key of `Measurement.scores`."""
    keep: Literal[">=", "<="]
    limit: str
    """A field of `Thresholds`."""

    def failure(self, scores: Mapping[str, float], thresholds: Thresholds, note: str = "") -> str | None:
        """Why the clip fails, e.g. `static: motion_px 0.02 < 0.03`, with the score's `note` after it, or None.

        A score that is not a number fails.
        """
        if self.score not in scores:
            return None
        value, limit = scores[self.score], float(getattr(thresholds, self.limit))
        if (value >= limit) if self.keep == ">=" else (value <= limit):
            return None
        said = f"{self.name}: {self.score} {value:.4g} {'<' if self.keep == '>=' else '>'} {limit:g}"
        return f"{said} ({note})" if note else said


FILTERS: tuple[Filter, ...] = (
    Filter("static", "motion_px", ">=", "min_motion_px"),
    Filter("frozen", "change_share", ">=", "min_change_share"),
    Filter("violent", "motion_px", "<=", "max_motion_px"),
    Filter("blurred", "sharpness", ">=", "min_sharpness"),
    Filter("dark", "dark_share", "<=", "max_dark_share"),
    Filter("bright", "bright_share", "<=", "max_bright_share"),
    Filter("unlike", "rendered_share", ">=", "min_rendered_share"),
    Filter("inside", "inside_share", "<=", "max_inside_share"),
    Filter("near", "near_share", "<=", "max_near_share"),
    Filter("filled", "dominant_share", "<=", "max_dominant_share"),
    Filter("empty", "instances", ">=", "min_instances"),
    Filter("untrue_prompt", "missing", "<=", "max_missing"),
)


def failures(
    scores: Mapping[str, float], thresholds: Thresholds, notes: Mapping[str, str] | None = None
) -> tuple[str, ...]:
    """The reasons of every filter that the clip fails, in the order of FILTERS. `notes`: see `Measurement.notes`."""
    said = notes or {}
    reasons = (one.failure(scores, thresholds, said.get(one.score, "")) for one in FILTERS)
    return tuple(reason for reason in reasons if reason is not None)
