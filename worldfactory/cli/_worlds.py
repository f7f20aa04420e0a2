"""`worldfactory gallery` and `export-scene`: worlds to look at, here and in other programs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from worldfactory.cli._app import SPECS, ProfileOption, SpecsOption, app, err, out, progress_bars
from worldfactory.records import Cell


@app.command()
def gallery(
    specs: SpecsOption = SPECS,
    to: Annotated[Path, typer.Option("--to", help="The folder to write; made if it is not there.")] = Path("gallery"),
    profile: ProfileOption = "",
    city: Annotated[list[str] | None, typer.Option(help="Only this city; may be given several times.")] = None,
    venue: Annotated[list[str] | None, typer.Option(help="Only this venue; may be given several times.")] = None,
    clips: Annotated[int, typer.Option(min=1, help="Clips of each cell.")] = 1,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes; one per core if not given.")] = None,
) -> None:
    """Write one static page with every city and venue: looping previews, ground truth, captions, costs."""
    from worldfactory import flow

    factory = flow.open_factory(specs, None, profile, partly=True)
    for problem in factory.specs.problems:
        err.print(f"left out: {escape(str(problem))}", style="red", highlight=False)
    cells = factory.select(city or (), venue or ())
    with progress_bars() as bars:
        task = bars.add_task("places", total=len(cells) * clips)

        def progress(done: int, total: int, what: str) -> None:
            bars.update(task, completed=done, total=total, description=what)

        page, failures = flow.make_gallery(factory, cells, to, clips, workers or flow.cores(), progress)
    for message in failures:
        err.print(escape(message), style="red", highlight=False)
    out.print(escape(str(page.resolve())))
    if failures:
        raise typer.Exit(1)


@app.command("export-scene")
def export_scene(
    city: str,
    venue: str,
    index: Annotated[int, typer.Argument(min=0)],
    specs: SpecsOption = SPECS,
    to: Annotated[Path, typer.Option("--to", help="The GLB file to write.")] = Path("scene.glb"),
    frame: Annotated[int, typer.Option(min=0, help="The frame at which moving things are shown.")] = 0,
    profile: ProfileOption = "",
) -> None:
    """Write the scene of one clip as GLB, with names, for Blender, three.js and game engines."""
    from worldfactory import flow, prompt, scene

    factory = flow.open_factory(specs, None, profile, partly=True)
    cell = factory.cell(Cell(venue=venue, city=city))
    built = scene.build(cell, prompt.prompt(cell, index))
    triangles = flow.export_scene(built, to, frame)
    out.print(f"{built.id}: {len(built.instances)} things, {triangles:,} triangles, {to.stat().st_size / 1e6:.1f} MB")
    out.print(escape(str(to.resolve())))
