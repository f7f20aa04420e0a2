"""`python -m assets.demo`: a few cells and a checkpoint, through Dagster, with progress; what `make run` shows first.

Real runs of the real jobs, in this process: they stand in the UI afterwards. Run again, it makes only what is missing.
"""

import argparse
import os
import sys
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import dagster as dg
from dagster import DagsterEventType, DagsterInstance, DagsterRunStatus
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from assets import _progress
from assets._partitions import CELLS
from assets._summary import summary
from assets._sync import sync
from assets.definitions import definitions
from resources import FactoryResource
from worldfactory.errors import SpecError, WorldfactoryError
from worldfactory.files import exclusive

TAG = "worldfactory/demo"
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


def main(arguments: Sequence[str]) -> int:
    """Run the demo; 1 if anything failed."""
    parser = argparse.ArgumentParser(prog="python -m assets.demo", description=__doc__)
    parser.add_argument("--profile", help="sizes and selection: `demo` (default) or `full`")
    asked = parser.parse_args(arguments)
    os.environ["WORLDFACTORY_PROFILE"] = asked.profile or os.environ.get("WORLDFACTORY_PROFILE") or "demo"
    if not os.environ.get("DAGSTER_HOME"):
        parser.error("DAGSTER_HOME is not set; `make run` sets it to data/dagster")
    console = Console()
    try:
        # One demo at a time on an instance: so the runs of an earlier one that stand as started must be dead.
        lock = exclusive(Path(os.environ["DAGSTER_HOME"]) / "demo.lock", wait_s=0)
        with DagsterInstance.get() as instance, lock:
            return Demo(instance, definitions(), console).run()
    except WorldfactoryError as error:
        console.print(escape(str(error)), style="red", soft_wrap=True, highlight=False)
        return 1


@dataclass
class Demo:
    """One run of the demo on an instance."""

    instance: DagsterInstance
    defs: dg.Definitions
    console: Console
    failures: dict[str, str] = field(default_factory=dict)
    """Cell, or `checkpoint` -> what went wrong."""
    seconds: dict[str, float] = field(default_factory=dict)

    def run(self) -> int:
        """Every cell of the selection, then a checkpoint over all shards, then the summary; 1 if anything failed."""
        settle(self.instance)
        with dg.build_resources({"factory": (self.defs.resources or {})["factory"]}, self.instance) as resources:
            resource: FactoryResource = resources.factory
            specs = resource.load()
            while (done := sync(self.instance, specs)).left:
                self.console.print(str(done))
            factory = resource.factory
        if specs.problems:
            # The loop goes on without these files; the sensor says the same in the UI.
            self.console.print(escape(str(SpecError(specs.problems))), style="yellow", soft_wrap=True)
        cells = [cell.key for cell in factory.select()]
        known = set(self.instance.get_dynamic_partitions(str(CELLS.name)))
        columns = (TextColumn("{task.description:<34}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=self.console) as bars:
            for cell in cells:
                if cell in known:
                    self._job("cell_job", cell, bars)
                else:
                    self.failures[cell] = "Its city or its venue is broken, and it was never made; see above."
            if not set(cells) <= set(self.failures):
                self._job("train_job", None, bars)
        summary(factory, cells, self.failures, self.seconds, self.console)
        return int(bool(self.failures))

    def _job(self, job: str, cell: str | None, bars: Progress) -> None:
        """Run a job on a cell (or without one), showing its steps."""
        definition = self.defs.resolve_job_def(job)
        name, run_id = cell or "checkpoint", str(uuid.uuid4())
        steps = bars.add_task(name, total=len(definition.graph.node_defs))
        inner = bars.add_task("", total=None, visible=False)
        self.instance.add_event_listener(run_id, _listener(bars, steps, inner, name))
        began = time.monotonic()
        result = definition.execute_in_process(
            instance=self.instance,
            partition_key=cell,
            run_id=run_id,
            tags={TAG: "true"},
            run_config=QUIET,
            raise_on_error=False,
        )
        self.seconds[name] = time.monotonic() - began
        bars.update(inner, visible=False)
        bars.update(steps, description=name if result.success else f"[red]{name} failed[/]")
        if not result.success:
            self.failures[name] = _why(result)


def settle(instance: DagsterInstance) -> list[str]:
    """Mark runs of an earlier demo that was killed as failed, and give back their places in the pools; their ids."""
    alive = [DagsterRunStatus.STARTED, DagsterRunStatus.STARTING, DagsterRunStatus.NOT_STARTED]
    dead = instance.get_runs(dg.RunsFilter(tags={TAG: "true"}, statuses=alive))
    for run in dead:
        instance.report_run_failed(run, "The process was ended from outside; run the demo again to go on.")
        instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)
    return [run.run_id for run in dead]


def _listener(bars: Progress, steps: TaskID, inner: TaskID, name: str) -> Callable[[dg.EventLogEntry], None]:
    """What turns a run's events into bars."""

    def heard(event: dg.EventLogEntry) -> None:
        kind = event.dagster_event_type
        if kind == DagsterEventType.STEP_START:
            bars.update(steps, description=f"{name} {(event.step_key or '').replace('_', ' ')}")
            bars.update(inner, visible=False, completed=0)
        elif kind in (DagsterEventType.STEP_SUCCESS, DagsterEventType.STEP_FAILURE, DagsterEventType.STEP_SKIPPED):
            bars.advance(steps)
        elif (said := _progress.read(event.user_message)) is not None:
            done, total, what = said
            bars.update(inner, visible=True, description=f"  {what}", completed=done, total=total)

    return heard


def _why(result: dg.ExecuteInProcessResult) -> str:
    """What the steps that failed said, and the checks that did not pass."""
    said: list[str] = []
    for event in result.all_events:
        if event.event_type == DagsterEventType.STEP_FAILURE:
            # Dagster's own error wraps ours, whose message is the one for people.
            wrapped = event.step_failure_data.error
            error = wrapped.cause if wrapped and wrapped.cause else wrapped
            said.append(f"{event.step_key}: {error.message.strip() if error else 'failed'}")
    said += [f"{c.check_name}: {c.description}" for c in result.get_asset_check_evaluations() if not c.passed]
    return "\n".join(said) or "failed; the run in the UI says more"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
