"""What watches: the spec folder and the inbox (on), and whatever became stale (off until turned on)."""

import dagster as dg

from assets._partitions import VIDEOS
from assets._sync import DATA_VERSION_TAG, fingerprint, sync
from assets.inbox import inbox_video, opened_factory, video_choice, video_verdicts
from assets.jobs import choice_job, video_job
from resources import FactoryResource
from worldfactory.errors import SpecError


@dg.sensor(
    minimum_interval_seconds=5,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description=(
        "Keeps partitions and spec versions in step with the spec folder. A file that is broken, or says a word that "
        "prompts refuse, fails the tick, with file, line, key, value and what is right, and leaves everything else "
        "alone; it fails until it is mended."
    ),
)
def specs_folder(context: dg.SensorEvaluationContext, factory: FactoryResource) -> dg.SkipReason:
    """A YAML file added, edited or removed shows within seconds, with no restart."""
    mark = fingerprint(factory.root, factory.profile)
    if mark == context.cursor:
        return dg.SkipReason("no spec file changed")
    specs = factory.load()
    done = sync(context.instance, specs)
    if specs.problems:
        context.log.info(str(done))
        # A failed tick keeps the cursor, so the next one looks again; what is good has been recorded by now.
        raise SpecError(specs.problems)
    if not done.left:
        context.update_cursor(mark)
    return dg.SkipReason(str(done))


@dg.sensor(
    jobs=[video_job, choice_job],
    minimum_interval_seconds=10,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description=(
        "Looks into the inbox (`inbox.url` of `curation.yaml`, `inbox/` in the data folder by default). Every new file "
        "becomes a partition and is curated; when no more are on their way, copies and the mix are decided over all."
    ),
)
def inbox(context: dg.SensorEvaluationContext, factory: FactoryResource) -> dg.SensorResult | dg.SkipReason:
    """A file put into the inbox shows, and is curated, within seconds."""
    from worldfactory import flow

    opened = opened_factory(factory)
    watched = flow.watch_inbox(opened)
    known = set(context.instance.get_dynamic_partitions(str(VIDEOS.name)))
    fresh = list({one.key: one for one in watched.brought if one.key not in known}.values())
    for one in fresh:
        context.instance.report_runless_asset_event(
            dg.AssetMaterialization(
                inbox_video.key,
                partition=one.key,
                metadata={"name": one.name, "bytes": one.bytes, "sha256": one.sha256},
                tags={DATA_VERSION_TAG: one.sha256},
            )
        )
    if fresh:
        return dg.SensorResult(
            run_requests=[dg.RunRequest(one.key, job_name=video_job.name, partition_key=one.key) for one in fresh],
            dynamic_partitions_requests=[VIDEOS.build_add_request([one.key for one in fresh])],
        )
    judged, chosen = (_last(context.instance, asset.key) for asset in (video_verdicts, video_choice))
    waiting = [dg.DagsterRunStatus.QUEUED, dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED]
    busy = context.instance.get_runs_count(dg.RunsFilter(job_name=video_job.name, statuses=waiting))
    if judged > chosen and not busy and not watched.left:
        return dg.SensorResult(run_requests=[dg.RunRequest(f"choice {judged}", job_name=choice_job.name)])
    return dg.SkipReason(f"{len(watched.brought)} files known, {watched.left} on their way, {busy} being curated")


def _last(instance: dg.DagsterInstance, key: dg.AssetKey) -> float:
    """When an asset was made last, in any partition."""
    event = instance.get_latest_materialization_event(key)
    return event.timestamp if event else 0.0


keep_fresh = dg.AutomationConditionSensorDefinition(
    "keep_fresh",
    target=dg.AssetSelection.all() | dg.AssetSelection.all_asset_checks(),
    default_status=dg.DefaultSensorStatus.STOPPED,
    minimum_interval_seconds=30,
    description="Turned on, it makes whatever an edited spec has made stale, and only that. Begin with a backfill.",
)
