"""The whole loop in one process, without Dagster: the same functions that the assets call."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from worldfactory.errors import WorldfactoryError
from worldfactory.flow._clips import make_clips, measure_clips
from worldfactory.flow._factory import Factory
from worldfactory.flow._report import Progress, StageReport, silent
from worldfactory.flow._search import index_cell
from worldfactory.flow._stages import decide, make_prompts, make_scenes, make_shards
from worldfactory.flow._training import train_checkpoint
from worldfactory.records import Cell, Checkpoint

STAGES = ("prompts", "scenes", "clips", "measurements", "verdicts", "shards", "index")


@dataclass(frozen=True)
class RunReport:
    """What a run of the loop left: reports by cell and stage, the cells that failed and why, the checkpoint."""

    reports: dict[str, dict[str, StageReport[object]]] = field(
        default_factory=dict[str, dict[str, StageReport[object]]]
    )
    failures: dict[str, str] = field(default_factory=dict[str, str])
    checkpoint: Checkpoint | None = None


def cores() -> int:
    """The CPU cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def make(
    factory: Factory,
    cells: Sequence[Cell],
    workers: int | None = None,
    train: bool = True,
    progress: Progress = silent,
    entered: Callable[[Cell, str], None] | None = None,
) -> RunReport:
    """Every stage on every cell, then a federated checkpoint over all shards.

    A cell that fails is named in `failures` and costs the others nothing. `entered` is told of each stage begun.
    """
    report = RunReport()
    count = workers or cores()
    for cell in cells:
        stages: dict[str, Callable[[], StageReport[object]]] = {
            "prompts": lambda cell=cell: make_prompts(factory, cell),
            "scenes": lambda cell=cell: make_scenes(factory, cell),
            "clips": lambda cell=cell: make_clips(factory, cell, count, progress),
            "measurements": lambda cell=cell: measure_clips(factory, cell, count, progress),
            "verdicts": lambda cell=cell: decide(factory, cell),
            "shards": lambda cell=cell: make_shards(factory, cell),
            "index": lambda cell=cell: index_cell(factory, cell),
        }  # pyright: ignore[reportAssignmentType]
        reports = report.reports.setdefault(cell.key, {})
        for stage, work in stages.items():
            if entered:
                entered(cell, stage)
            try:
                reports[stage] = work()
            except WorldfactoryError as error:
                report.failures[cell.key] = f"{stage}: {error}"
                break
    if not train or len(report.failures) == len(cells):
        return report
    return RunReport(report.reports, report.failures, train_checkpoint(factory, progress))
