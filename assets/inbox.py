"""Brought video, from the inbox to the data set: one partition a file, then what is decided over all files."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import dagster as dg

from assets._automation import CELL, CHECK, CHECKPOINT
from assets._partitions import VIDEOS
from assets._show import data_uri, stage_metadata, table, version
from assets.specs import annotation_spec, choice_spec, packing_spec, reading_spec, rules_spec, transcoding_spec
from resources import FactoryResource
from worldfactory.errors import SpecError
from worldfactory.lineage import ENGINE_VERSION

if TYPE_CHECKING:
    from worldfactory.curate import Share
    from worldfactory.flow import Factory

GROUP = "inbox"
OWNERS = ["team:footage"]
SHOWN = 50
"""Captions in the metadata; all are in the tables."""

inbox_video = dg.AssetSpec(
    "inbox_video",
    group_name=GROUP,
    partitions_def=VIDEOS,
    kinds={"file"},
    owners=OWNERS,
    description="A file in the inbox (`inbox.url` of `curation.yaml`): a folder or a bucket's prefix.",
)


@dg.asset(
    deps=[inbox_video, reading_spec],
    partitions_def=VIDEOS,
    group_name=GROUP,
    kinds={"ffmpeg", "numpy"},
    owners=OWNERS,
    code_version=ENGINE_VERSION,
    automation_condition=CELL,
)
def video_shots(context: dg.AssetExecutionContext, factory: FactoryResource) -> dg.MaterializeResult:
    """What the file is, and where its shots lie. A file that can not be read is on record with the reason."""
    from worldfactory import flow

    found = flow.shots_of(opened_factory(factory), context.partition_key)
    source = found.source
    rows = [
        (s.index, s.start, s.stop, round(s.start_s, 3), round(s.stop_s, 3), s.before, s.after) for s in found.segments
    ]
    about = f"{source.codec} in {source.container}, {source.width} x {source.height}, {source.frames} frames"
    return dg.MaterializeResult(
        metadata={
            "file": source.name,
            "fault": source.fault or "none",
            "video": about if source.frames else "-",
            "seconds": source.seconds,
            "shots": len(found.segments),
            "spans": table(("shot", "start", "stop", "from s", "to s", "before", "after"), rows),
            **{name.replace("_", " "): value for name, value in source.scores.items()},
        },
        data_version=version([source, *found.segments]),
    )


@dg.asset(
    deps=[video_shots, transcoding_spec],
    partitions_def=VIDEOS,
    group_name=GROUP,
    kinds={"ffmpeg", "parquet"},
    owners=OWNERS,
    code_version=ENGINE_VERSION,
    automation_condition=CELL,
)
def video_clips(context: dg.AssetExecutionContext, factory: FactoryResource) -> dg.MaterializeResult:
    """The shots that are long enough as clips of one form, and what they measure, all in one decoding."""
    from worldfactory import flow

    made = flow.clips_of(opened_factory(factory), context.partition_key)
    names = sorted({name for clip in made.footage for name in clip.scores})
    rows = [
        (clip.file, clip.frames, clip.bytes, clip.copied, *(round(clip.scores.get(n, float("nan")), 4) for n in names))
        for clip in made.footage
    ]
    return dg.MaterializeResult(
        metadata={
            "clips": len(made.footage),
            "fault": made.fault or "none",
            "bytes": sum(clip.bytes for clip in made.footage),
            "scores": table(("file", "frames", "bytes", "copied", *names), rows),
        },
        data_version=version(made.footage),
    )


@dg.asset(
    deps=[video_clips, rules_spec],
    partitions_def=VIDEOS,
    group_name=GROUP,
    kinds={"python", "parquet"},
    owners=OWNERS,
    code_version=ENGINE_VERSION,
    automation_condition=CELL,
)
def video_verdicts(context: dg.AssetExecutionContext, factory: FactoryResource) -> dg.MaterializeResult:
    """What the rules say of the file and of each clip, from stored scores. Moving a rule decodes nothing."""
    from worldfactory import flow

    curated, rulings = flow.verdicts_of(opened_factory(factory), context.partition_key)
    place = {segment.id: str(segment.index) for segment in curated.segments}
    why = [(place.get(one.subject, "file"), "; ".join(one.reasons)) for one in rulings if not one.kept]
    return dg.MaterializeResult(
        metadata={
            "pass": sum(one.kept for one in rulings if one.subject in place),
            "dropped": sum(not one.kept for one in rulings if one.subject in place),
            "why": table(("shot", "reasons"), why),
        },
        data_version=version(rulings),
    )


@dg.asset(
    deps=[dg.AssetDep(video_verdicts, partition_mapping=dg.AllPartitionMapping()), choice_spec],
    group_name=GROUP,
    kinds={"python", "parquet"},
    owners=OWNERS,
    code_version=ENGINE_VERSION,
    automation_condition=CHECKPOINT,
    pool="choice",
)
def video_choice(context: dg.AssetExecutionContext, factory: FactoryResource) -> dg.MaterializeResult:
    """Over all files: copies go, the best of them stays; then the wanted mix. Tables, and a report to look at."""
    from worldfactory import flow

    opened = opened_factory(factory)
    report = flow.decide_curated(opened.specs.curation, opened.data)
    page = flow.curation_page(report, opened.specs.curation, opened.data)
    moves = [(before, now, count) for (before, now), count in sorted(report.moves.items())]
    for before, now, count in moves:
        context.log.info(f"{count} judgements: {before} -> {now}")
    return dg.MaterializeResult(
        metadata={
            "files": len(report.curated),
            "clips": sum(len(one.footage) for one in report.curated),
            "kept": len(report.kept),
            "flow": data_uri(flow.curation_diagram(report).encode(), "image/svg+xml", "in, dropped by reason, out"),
            "dropped": table(("reason", "how many"), report.reasons.most_common()),
            "changed": table(("before", "now", "how many"), moves),
            "mix": table(("kind", "clips", "had", "wanted", "rate"), _mix(report.mix)),
            "report": dg.MetadataValue.path(page),
        },
        data_version=version(report.kept),
    )


@dg.asset_check(
    asset=video_choice,
    automation_condition=CHECK,
    description="What the rules of now would change of what was decided. Decodes nothing, and writes nothing.",
)
def video_choice_stands(factory: FactoryResource) -> dg.AssetCheckResult:
    """A dry run: does what is stored say what the rules say now?"""
    from worldfactory import flow

    opened = opened_factory(factory)
    report = flow.decide_curated(opened.specs.curation, opened.data, write=False)
    moves = [(before, now, count) for (before, now), count in sorted(report.moves.items())]
    said = "; ".join(f"{before} -> {now}: {count}" for before, now, count in moves)
    return dg.AssetCheckResult(
        passed=not report.changed,
        severity=dg.AssetCheckSeverity.WARN,
        description=said or "what is stored is what the rules say",
        metadata={"would change": table(("before", "now", "how many"), moves)},
    )


@dg.asset(
    deps=[video_choice, annotation_spec],
    group_name=GROUP,
    kinds={"huggingface", "parquet"},
    owners=OWNERS,
    code_version=ENGINE_VERSION,
    automation_condition=CHECKPOINT,
    pool="choice",
)
def video_captions(context: dg.AssetExecutionContext, factory: FactoryResource) -> dg.MaterializeResult:
    """What a vision-language model says of the kept clips, if one is named; it looks only at those that are new to it.

    A clip that it has nothing of use to say of gets the caption that was measured.
    """
    from worldfactory import flow

    opened = opened_factory(factory)
    report = flow.annotate_curated(
        opened.specs.curation,
        opened.data,
        lambda done, total, file: context.log.info(f"{done} of {total} clips: {file}"),
    )
    rows = [(one.footage, one.text or "-", one.fault or "-") for one in report.records[:SHOWN]]
    return dg.MaterializeResult(
        metadata={
            **stage_metadata(report),
            "annotator": opened.specs.curation.annotator.model or "none",
            "captions": table(("clip", "caption", "fault"), rows),
        },
        data_version=version(report.records),
    )


@dg.asset(
    deps=[video_choice, video_captions, packing_spec],
    group_name=GROUP,
    kinds={"webdataset"},
    owners=OWNERS,
    code_version=ENGINE_VERSION,
    automation_condition=CHECKPOINT,
    pool="choice",
)
def video_shards(factory: FactoryResource) -> dg.MaterializeResult:
    """The kept clips of brought video as WebDataset tars: those of one size together, same clips, same bytes."""
    from worldfactory import flow

    report = flow.pack_curated(opened_factory(factory))
    rows = [(one.home, one.key, one.bucket, len(one.parents), one.bytes, one.sha256) for one in report.records]
    return dg.MaterializeResult(
        metadata={
            **stage_metadata(report),
            "shards": table(("home", "key", "bucket", "clips", "bytes", "sha256"), rows),
        },
        data_version=version(report.records),
    )


@dg.asset(
    deps=[video_choice, video_captions],
    group_name=GROUP,
    kinds={"qdrant"},
    owners=OWNERS,
    code_version=ENGINE_VERSION,
    automation_condition=CHECKPOINT,
    pool="index",
)
def video_points(factory: FactoryResource) -> dg.MaterializeResult:
    """The kept clips of brought video in the index, by their captions; `worldfactory search TEXT` finds them."""
    from worldfactory import flow

    report = flow.index_brought(opened_factory(factory))
    return dg.MaterializeResult(metadata=stage_metadata(report), data_version=version(report.records))


def _mix(mix: Sequence["Share"]) -> list[tuple[str, int, float, float, float]]:
    return [(s.score, s.clips, round(s.had, 4), round(s.wanted, 4), round(s.rate, 4)) for s in mix]


def opened_factory(factory: FactoryResource) -> "Factory":
    """The factory. Raises SpecError where curation.yaml is broken: nothing is curated by defaults in its place."""
    wrong = [problem for problem in factory.factory.specs.problems if problem.file.name == "curation.yaml"]
    if wrong:
        raise SpecError(wrong)
    return factory.factory
