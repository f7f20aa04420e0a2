"""`worldfactory curate`: raw video in, judged clips out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Table

from worldfactory.cli._app import DATA, SPECS, DataOption, SpecsOption, app, out, progress_bars

if TYPE_CHECKING:
    from worldfactory.flow import CurationReport
    from worldfactory.spec import CurationSpec


@app.command()
def curate(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(help="Video files, or folders that hold some. Without any, what is there is judged again."),
    ] = None,
    specs: SpecsOption = SPECS,
    data: DataOption = DATA,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes; one per core if not given.")] = None,
    dry_run: Annotated[bool, typer.Option(help="Only show what moved rules would change; read no video.")] = False,
    shards: Annotated[bool, typer.Option("--shards", help="Pack what is kept into shards in its home.")] = False,
    index: Annotated[bool, typer.Option("--index", help="Make what is kept known to `worldfactory search`.")] = False,
) -> None:
    """Split, transcode, measure and judge video that people bring; every drop with its reason.

    Where curation.yaml names an annotator, it is asked what the kept clips show.
    """
    from worldfactory import flow, spec

    curation = spec.load_partly(specs).curation
    if paths and not dry_run:
        with progress_bars() as bars:
            task = bars.add_task("curate", total=None)

            def progress(done: int, total: int, what: str) -> None:
                bars.update(task, completed=done, total=total, description=escape(what[:40]))

            found = flow.video_files(paths)
            report = flow.curate_files(found.videos, curation, data, workers or flow.cores(), progress)
        if found.beside:
            names = ", ".join(file.name for file in found.beside[:5])
            out.print(escape(f"passed over, by their names no videos: {len(found.beside)} ({names})"))
    else:
        report = flow.decide_curated(curation, data, write=not dry_run)
    _summary(report, data, dry_run)
    if not dry_run:
        out.print(f"report: {escape(str(flow.curation_page(report, curation, data)))}")
    if curation.annotator.model and not dry_run:
        _annotate(curation, data)
    if shards and not dry_run:
        packed = flow.pack_curated(flow.open_factory(specs, data))
        for one in packed.records:
            out.print(f"{one.home}: {one.key}, {len(one.parents)} clips, {one.bytes} bytes")
    if index and not dry_run:
        indexed = flow.index_brought(flow.open_factory(specs, data, partly=True))
        out.print(f"index: {len(indexed.records)} clips, {indexed.made} new, {indexed.notes['removed']:.0f} removed")


@app.command()
def report(
    specs: SpecsOption = SPECS,
    data: DataOption = DATA,
    city: Annotated[list[str] | None, typer.Option(help="Only of this city; may be given again.")] = None,
    venue: Annotated[list[str] | None, typer.Option(help="Only of this venue; may be given again.")] = None,
) -> None:
    """A page on the factory's own clips: how many were kept, and examples of each reason to drop one."""
    from worldfactory import flow

    factory = flow.open_factory(specs, data)
    page = flow.cells_page(factory, factory.select(city or (), venue or ()))
    out.print(f"report: {escape(str(page))}")


def _annotate(curation: CurationSpec, data: Path) -> None:
    from worldfactory import flow

    with progress_bars() as bars:
        task = bars.add_task("captions", total=None)

        def progress(done: int, total: int, what: str) -> None:
            bars.update(task, completed=done, total=total, description=escape(what[:40]))

        said = flow.annotate_curated(curation, data, progress)
    notes = said.notes
    reasons = ", ".join(f"{reason} {count}" for reason, count in sorted(said.dropped.items()))
    out.print(
        escape(
            f"captions: {notes['annotated']:.0f} by {curation.annotator.model}, {notes['measured']:.0f} measured"
            f"{f' ({reasons})' if reasons else ''}; {said.made} clips asked of now"
        )
    )


def _summary(report: CurationReport, data: Path, dry_run: bool) -> None:
    kept = {one.subject for one in report.judgements if one.kept}
    clips = [clip for one in report.curated for clip in one.footage]
    good = sum(clip.segment in kept for clip in clips)
    table = Table("source", "size", "rate", "seconds", "shots", "clips", "kept", "dropped for", box=None)
    for one in sorted(report.curated, key=lambda one: one.source.name):
        source = one.source
        reasons = {r for j in report.judgements if j.subject == source.id for r in j.reasons}
        rate = source.rate[0] / source.rate[1]
        table.add_row(
            escape(source.name),
            f"{source.width}x{source.height}" if source.width else "-",
            f"{rate:.5g}" if rate else "-",
            f"{source.seconds:.1f}" if source.seconds else "-",
            str(len(one.segments)),
            str(len(one.footage)),
            str(sum(clip.segment in kept for clip in one.footage)),
            escape("; ".join(sorted(reasons))),
        )
    if table.row_count:
        out.print(table, soft_wrap=False)
    dropped = ", ".join(f"{reason} {count}" for reason, count in report.reasons.most_common())
    out.print(
        f"{len(report.curated)} sources ({report.made} new, {report.same} with the bytes of another), "
        f"{len(clips)} clips, {good} kept" + (f"; dropped: {escape(dropped)}" if dropped else "")
    )
    moves = ", ".join(f"{before} -> {now} {count}" for (before, now), count in sorted(report.moves.items()))
    said = f"{len(report.changed)} judgements {'would change' if dry_run else 'changed'}"
    out.print(escape(f"{said}: {moves}" if moves else said))
    for share in report.mix:
        out.print(escape(f"mix: {share}"))
    out.print(f"data: {escape(str(data / 'curated'))}")
