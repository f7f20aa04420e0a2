"""What watches: the spec folder (on), and whatever became stale (off until turned on)."""

import dagster as dg

from assets._sync import fingerprint, sync
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


keep_fresh = dg.AutomationConditionSensorDefinition(
    "keep_fresh",
    target=dg.AssetSelection.all() | dg.AssetSelection.all_asset_checks(),
    default_status=dg.DefaultSensorStatus.STOPPED,
    minimum_interval_seconds=30,
    description="Turned on, it makes whatever an edited spec has made stale, and only that. Begin with a backfill.",
)
