"""`worldfactory`: check, make, clip, search, show, lineage."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Column, Table
from rich.tree import Tree

from worldfactory.errors import SpecError, UnknownNameError, WorldfactoryError
from worldfactory.records import Cell, Checkpoint, Clip

if TYPE_CHECKING:  # torch and numba take seconds to import; a command that needs them imports them
    from worldfactory.flow import Factory, RunReport

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="A declarative factory for localized, labelled world footage.",
)
# Lines are never broken at the terminal's width: paths, ids and messages are there to be copied, piped and searched.
out = Console(soft_wrap=True)
err = Console(stderr=True, soft_wrap=True)


def progress_bars() -> Progress:
    """Bars for what a command is at, each with its words, its share done and the time it took."""
    return Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=out
    )


SpecsOption = Annotated[
    Path, typer.Option("--specs", envvar="WORLDFACTORY_SPECS", help="The spec folder.", show_default=True)
]
DataOption = Annotated[Path, typer.Option("--data", "--out", envvar="WORLDFACTORY_DATA", help="The data folder.")]
ProfileOption = Annotated[
    str, typer.Option(envvar="WORLDFACTORY_PROFILE", help="`demo` for the small sizes of factory.yaml's demo section.")
]
SPECS = Path("specs")
DATA = Path("data")


@app.command()
def check(specs: SpecsOption = SPECS) -> None:
    """Validate every spec file and name every error at once, by file and line."""
    from worldfactory import prompt, spec

    problems = list[object]()
    try:
        loaded = spec.load_partly(specs)
    except SpecError as error:
        problems.extend(error.problems)
    else:
        problems.extend([*loaded.problems, *prompt.unsafe(loaded)])
        if not problems:
            cells = len(loaded.cities) * len(loaded.venues)
            out.print(
                f"{escape(str(specs))}: {len(loaded.cities)} cities x {len(loaded.venues)} venues = {cells} cells, "
                f"{len(loaded.decor)} decor kits. No problems."
            )
            return
    for problem in problems:
        err.print(escape(str(problem)), style="red", highlight=False)
    err.print(f"{len(problems)} problem{'s' if len(problems) != 1 else ''} in {escape(str(specs))}", style="bold red")
    raise typer.Exit(1)


@app.command()
def make(
    specs: SpecsOption = SPECS,
    data: DataOption = DATA,
    profile: ProfileOption = "",
    city: Annotated[list[str] | None, typer.Option(help="Only this city; may be given several times.")] = None,
    venue: Annotated[list[str] | None, typer.Option(help="Only this venue; may be given several times.")] = None,
    clips: Annotated[int | None, typer.Option(min=1, help="Clips per cell, instead of factory.yaml's.")] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes; one per core if not given.")] = None,
    train: Annotated[bool, typer.Option(help="Train the federated checkpoint afterwards.")] = True,
) -> None:
    """Run the whole loop in this process: prompts, scenes, clips, curation, shards, index, checkpoint."""
    from worldfactory import flow

    factory = flow.open_factory(specs, data, profile, partly=True, clips_per_cell=clips)
    cells = factory.select(city or (), venue or ())
    for problem in factory.specs.problems:
        err.print(f"left out: {escape(str(problem))}", style="red", highlight=False)
    with progress_bars() as bars:
        overall = bars.add_task("cells", total=len(cells) * len(flow.STAGES))
        inner = bars.add_task("", total=None, visible=False)

        def entered(cell: Cell, stage: str) -> None:
            bars.update(overall, description=f"{cell.key} {stage}")
            bars.update(inner, visible=False)
            bars.advance(overall)

        def progress(done: int, total: int, what: str) -> None:
            bars.update(inner, visible=True, description=f"  {what}", completed=done, total=total)

        report = flow.make(factory, cells, workers, train, progress, entered)
    _summary(report, factory)
    for key, message in report.failures.items():
        err.print(f"{key}: {escape(message)}", style="red", highlight=False)
    if report.failures or factory.specs.problems:
        raise typer.Exit(1)


def _summary(report: RunReport, factory: Factory) -> None:
    table = Table("cell", "prompts", "clips", "kept", "shards", "home", "cpu-ms/frame", "MB", box=None)
    for key, stages in report.reports.items():
        cell = Cell.parse(key)
        made, verdicts, shards = stages.get("clips"), stages.get("verdicts"), stages.get("shards")
        cost = made.notes.get("cpu_ms_per_frame") if made else None
        table.add_row(
            key,
            str(len(stages["prompts"].records)) if "prompts" in stages else "-",
            f"{len(made.records)} ({made.made} new)" if made else "-",
            f"{verdicts.notes['kept']:.0f}" if verdicts else "-",
            str(len(shards.records)) if shards else "-",
            factory.specs.factory.home_of(cell.city),
            f"{cost:.1f}" if cost is not None else "-",
            f"{shards.notes['bytes'] / 1e6:.1f}" if shards else "-",
        )
    out.print(table, soft_wrap=False)
    if report.checkpoint:
        _print_checkpoint(report.checkpoint)
    out.print(f"data: {escape(str(factory.data))}")


def _print_checkpoint(checkpoint: Checkpoint) -> None:
    metrics = ", ".join(f"{name} {value:.4g}" for name, value in checkpoint.metrics.items())
    out.print(
        f"checkpoint: {checkpoint.id}  {checkpoint.rounds} rounds over {', '.join(checkpoint.clients)}; {metrics}"
    )


@app.command()
def clip(
    city: str,
    venue: str,
    index: Annotated[int, typer.Argument(min=0)],
    specs: SpecsOption = SPECS,
    to: Annotated[Path, typer.Option("--to", help="The folder to write; made if it is not there.")] = Path("clip"),
    profile: ProfileOption = "",
    rig: Annotated[
        bool, typer.Option("--rig", help="Also from six cameras all round the vehicle, each in a folder of its own.")
    ] = False,
    counterfactual: Annotated[
        int, typer.Option(min=0, max=64, help="Also so many times with other actions from the same first pose.")
    ] = 0,
) -> None:
    """Make any one clip from its coordinates, without making the others: video, ground truth, contact sheet."""
    from worldfactory import flow

    factory = flow.open_factory(specs, None, profile, partly=True)
    cell = Cell(venue=venue, city=city)
    if rig or counterfactual:
        clips = flow.make_variants(factory, cell, index, to, rig=rig, counterfactuals=counterfactual)
    else:
        clips = {"": flow.make_one(factory, cell, index, to)}
    for name, (made, cost) in clips.items():
        out.print(
            f"{name} {made.id}: ".lstrip() + f"{made.frames} frames, {made.bytes / 1e6:.1f} MB, "
            f"{cost.cpu_ms_per_frame:.1f} cpu-ms a frame"
        )
        out.print(f"{escape(made.caption)}")
    out.print(f"{escape(str(to.resolve()))}")


@app.command()
def search(
    text: str,
    specs: SpecsOption = SPECS,
    data: DataOption = DATA,
    profile: ProfileOption = "",
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 8,
    city: Annotated[str | None, typer.Option()] = None,
    venue: Annotated[str | None, typer.Option()] = None,
) -> None:
    """Find clips, the factory's own and kept ones of brought video, by what they show, in words."""
    from worldfactory import flow
    from worldfactory.index import Filters

    factory = flow.open_factory(specs, data, profile, partly=True)
    table = Table("score", Column("clip", no_wrap=True), Column("cell or file", no_wrap=True), "caption", box=None)
    filters = Filters(city=(city,) if city else (), venue=(venue,) if venue else ())
    for hit in flow.search(factory, text, limit, filters):
        clip = hit.clip.id if isinstance(hit.clip, Clip) else f"curated/{hit.clip.file}"
        table.add_row(f"{hit.score:.3f}", clip, escape(hit.where), escape(hit.caption[:160]))
    if table.row_count:
        out.print(table, soft_wrap=False)
    else:
        out.print("Nothing found: the index is empty, or the filters leave nothing.")


@app.command()
def show(
    clip_id: Annotated[str, typer.Argument(metavar="CLIP", help="A clip id, as `make` and `search` print it.")],
    specs: SpecsOption = SPECS,
    data: DataOption = DATA,
    profile: ProfileOption = "",
    to: Annotated[Path | None, typer.Option("--to", help="The PNG to write.")] = None,
) -> None:
    """Write the contact sheet of a clip: rgb, depth, ids, normals and flow."""
    from worldfactory import flow

    factory = flow.open_factory(specs, data, profile, partly=True)
    found = factory.store.find(clip_id)
    if not isinstance(found, Clip):
        raise UnknownNameError(f"no clip {clip_id!r} in {factory.data}")
    file = to or factory.data / "sheets" / f"{found.id}.png"
    flow.write_sheet(flow.contact_sheet(factory, found), file)
    out.print(escape(found.caption))
    out.print(escape(str(file)))


@app.command()
def lineage(
    record: Annotated[str, typer.Argument(metavar="ID")],
    specs: SpecsOption = SPECS,
    data: DataOption = DATA,
    profile: ProfileOption = "",
    most: Annotated[int, typer.Option(min=1, help="Children shown of one node.")] = 12,
) -> None:
    """Walk from a checkpoint, shard, clip, scene or prompt to everything it was made from, with digests."""
    from worldfactory import flow

    factory = flow.open_factory(specs, data, profile, partly=True)
    nodes = flow.lineage(factory, record)
    shown = set[str]()

    def grow(tree: Tree, identity: str) -> None:
        node = nodes[identity]
        branch = tree.add(f"[bold]{identity}[/] {escape(node.summary)}")
        if identity in shown:
            branch.add("(shown above)")
            return
        shown.add(identity)
        for file, digest in node.files.items():
            branch.add(f"{escape(file)}  sha256 {digest}")
        for parent in node.parents[:most]:
            if parent in nodes:
                grow(branch, parent)
            else:
                branch.add(f"[red]{parent} (not in {escape(str(factory.data))} any more)[/]")
        if len(node.parents) > most:
            branch.add(f"... and {len(node.parents) - most} more (--most shows them)")

    root = Tree("lineage", hide_root=True)
    grow(root, record)
    # Wider than most terminals, so that a digest is never cut: ids and digests are there to be copied.
    Console(width=max(out.width, 240)).print(root)


def main() -> None:
    """Run the command line; what a person can mend is said in words, without a traceback."""
    try:
        app()
    except WorldfactoryError as error:
        err.print(escape(str(error)), style="red", highlight=False)
        sys.exit(1)
