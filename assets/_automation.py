"""When Dagster makes a partition by itself: if what it is made from says something new, and not merely ran again.

The sensor `keep_fresh` acts on these conditions. It is off until a person turns it on; without it, stale partitions
show as such and wait.
"""

import dagster as dg

# A parent that ran again and came out equal changes nothing. A parent that was made in the same run as its child has
# been seen by the child already.
_SAYS_SOMETHING_NEW = (
    dg.AutomationCondition.data_version_changed() & ~dg.AutomationCondition.executed_with_root_target()
).with_label("says_something_new")

# The first look at an asset counts as handled, so a fresh instance makes nothing by itself: begin with a backfill.
CELL = (
    dg.AutomationCondition.eager().replace("newly_updated_without_root", _SAYS_SOMETHING_NEW)
    & dg.AutomationCondition.all_deps_blocking_checks_passed()
).with_label("what it is made from changed")

# Cells that have never been made must not hold up training, nor may it start while shards are still being made.
CHECKPOINT = (
    dg.AutomationCondition.any_deps_match(_SAYS_SOMETHING_NEW | dg.AutomationCondition.will_be_requested())
    .with_label("any_deps_updated")
    .since_last_handled()
    & ~dg.AutomationCondition.any_deps_in_progress()
    & ~dg.AutomationCondition.in_progress()
).with_label("what it is made from changed, and none of that is being made")

# With its asset, so that one run makes a whole chain: a child may be asked for where its parent's check is too.
CHECK = dg.AutomationCondition.any_deps_match(dg.AutomationCondition.will_be_requested()).with_label("with its asset")
