"""Keep or drop, from stored scores alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from worldfactory.curate._filters import failures
from worldfactory.lineage import digest_json, record_id
from worldfactory.records import Measurement, Verdict
from worldfactory.spec import Thresholds


def decide(measurements: Sequence[Measurement], thresholds: Thresholds) -> list[Verdict]:
    """A verdict for each measurement of one cell, in their order; every drop has its reasons.

    Of clips that look alike (cosine of their embeddings above `max_similarity`) the first that the filters pass
    stays; the reason of the others names it. A verdict's scores are the measurement's, and `similarity`, the highest
    cosine to a clip kept before it, where there is one.
    """
    limits = digest_json(thresholds.model_dump(mode="json"))
    kept: list[str] = []
    looks = np.empty((len(measurements), 256), np.float32)
    verdicts: list[Verdict] = []
    for one in measurements:
        reasons = failures(one.scores, thresholds, one.notes)
        scores = dict(one.scores)
        if kept:
            likeness = looks[: len(kept)] @ one.embedding
            nearest = int(likeness.argmax())
            scores["similarity"] = similarity = round(float(likeness[nearest]), 6)
            if similarity > thresholds.max_similarity:
                limit = f"{similarity:.4f} > {thresholds.max_similarity:g}"
                reasons = (*reasons, f"duplicate: similarity {limit} to {kept[nearest]}")
        if not reasons:
            looks[len(kept)] = one.embedding
            kept.append(one.clip)
        verdicts.append(
            Verdict(
                id=record_id("verdict", (one.id,), limits, 0),
                parents=(one.id,),
                cell=one.cell,
                clip=one.clip,
                kept=not reasons,
                reasons=reasons,
                scores=scores,
            )
        )
    return verdicts
