"""Keep or drop brought video, from what is stored alone: the rules, then copies, then the wanted mix."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from worldfactory.curate._clips import Clips
from worldfactory.curate._shots import Shots
from worldfactory.curate.deduplicate import Candidate, choose, quality
from worldfactory.curate.mix import Share, group_of, shares
from worldfactory.lineage import digest_json, record_id
from worldfactory.records import Frozen
from worldfactory.records.source import Alike, Footage, Judgement, Segment, Source
from worldfactory.spec import CurationSpec, Rule


class Curated(Frozen):
    """What stands of one source after both passes."""

    source: Source
    segments: tuple[Segment, ...] = ()
    footage: tuple[Footage, ...] = ()

    @classmethod
    def of(cls, shots: Shots, clips: Clips | None) -> Curated:
        """Both passes together; what the second could not read has no shots. None where there was no second."""
        if clips is not None and clips.fault:
            return cls(source=shots.source.model_copy(update={"fault": clips.fault}))
        return cls(source=shots.source, segments=shots.segments, footage=clips.footage if clips else ())


def rules_digest(spec: CurationSpec) -> str:
    """Digest of the rules, which see each source alone."""
    return digest_json(spec.model_dump(mode="json", include={"source_rules", "clip_rules"}))


def choice_digest(spec: CurationSpec) -> str:
    """Digest of what is decided over all sources together."""
    return digest_json(spec.model_dump(mode="json", include={"duplicates", "mix"}))


def judge(curated: Curated, spec: CurationSpec) -> list[Judgement]:
    """What the rules say of a source and of each of its segments; a source that is dropped takes its segments along."""
    limits = rules_digest(spec)
    source = curated.source
    wrong = [source.fault] if source.fault else _failures(spec.source_rules, source.scores)
    rulings = [_ruling(source.id, wrong, source.scores, limits)]
    measured = {one.segment: one.scores for one in curated.footage}
    for segment in curated.segments:
        scores = {**measured.get(segment.id, {}), "seconds": round(segment.stop_s - segment.start_s, 6)}
        reasons = [f"source: {reason}" for reason in wrong] + _failures(spec.clip_rules, scores)
        if segment.id not in measured and not reasons:
            reasons = [f"short: seconds {scores['seconds']:.4g} < {spec.split.min_s:g} when it was split"]
        rulings.append(_ruling(segment.id, reasons, scores, limits))
    return rulings


@dataclass(frozen=True)
class Choice:
    """What was decided over all sources."""

    judgements: tuple[Judgement, ...]
    """Of every source and segment, in the order of the rulings."""
    mix: tuple[Share, ...]
    """What the mix came to; empty without one."""

    @cached_property
    def kept(self) -> frozenset[str]:
        """Subjects that are kept."""
        return frozenset(one.subject for one in self.judgements if one.kept)


def choose_clips(
    curated: Sequence[Curated],
    rulings: Sequence[Judgement],
    pairs: Sequence[Alike],
    spec: CurationSpec,
    held: Collection[str] = (),
) -> Choice:
    """Of the segments that `rulings` keep, drop copies, and then what the wanted mix has too much of.

    `held` are segments kept before; they count where the spec prefers them. The order of `curated` does not matter
    but for the order of the judgements. A kept segment's scores say `repeats`, how often it is to be shown in an epoch.
    """
    limits = digest_json([rules_digest(spec), choice_digest(spec)])
    clips = {clip.segment: clip for one in curated for clip in one.footage}
    segment_of = {clip.id: clip.segment for clip in clips.values()}
    passed = [clips[one.subject] for one in rulings if one.kept and one.subject in clips]
    candidates = [Candidate(clip.id, clip.width * clip.height, quality(clip.scores)) for clip in passed]
    stays = {clip.id for clip in passed if clip.segment in held} if spec.duplicates.prefer == "held" else set[str]()
    copies = {segment_of[one.clip]: one for one in choose(candidates, pairs, spec.duplicates, stays)}
    left = {clip.segment: clip for clip in passed if clip.segment not in copies}
    mix = shares({segment: clip.scores for segment, clip in left.items()}, spec.mix)
    by_group = {one.score: one for one in mix}
    judgements: list[Judgement] = []
    for one in rulings:
        reasons, scores = list(one.reasons), dict(one.scores)
        copy = copies.get(one.subject)
        if copy is not None:
            scores["similarity"] = copy.similarity
            reasons.append(f"duplicate: {copy.found_by} {copy.similarity:.4g} to {segment_of[copy.of]}")
        share = by_group.get(group_of(one.scores, spec.mix)) if one.subject in left else None
        if share is not None:
            scores["repeats"] = float(share.repeats(one.subject))
            if not scores["repeats"]:
                reasons.append(f"mix: {share}")
        elif one.subject in left:
            scores["repeats"] = 1.0
        judgements.append(_ruling(one.subject, reasons, scores, limits))
    return Choice(tuple(judgements), tuple(mix))


def _ruling(subject: str, reasons: Sequence[str], scores: Mapping[str, float], limits: str) -> Judgement:
    return Judgement(
        id=record_id("judgement", (subject,), limits, 0),
        parents=(subject,),
        subject=subject,
        kept=not reasons,
        reasons=tuple(reasons),
        scores=dict(scores),
    )


def _failures(rules: Mapping[str, Rule], scores: Mapping[str, float]) -> list[str]:
    found = (rule.failure(name, scores[rule.score]) for name, rule in rules.items() if rule.score in scores)
    return [reason for reason in found if reason is not None]
