"""`worldfactory testfilm`: a film with known cuts, defects and duplicates, and its truth."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from worldfactory.cli._app import SPECS, ProfileOption, SpecsOption, app, out


@app.command()
def testfilm(
    paths: Annotated[
        list[Path] | None, typer.Argument(metavar="[VIDEO]...", help="Uncut video to cut shots from, besides.")
    ] = None,
    specs: SpecsOption = SPECS,
    to: Annotated[Path, typer.Option("--to", help="The folder to write.")] = Path("testfilm"),
    profile: ProfileOption = "",
    seed: Annotated[int, typer.Option(help="Another seed, another film.")] = 0,
    shots: Annotated[int, typer.Option(min=1)] = 24,
    width: Annotated[int, typer.Option(min=64, max=3840)] = 640,
    height: Annotated[int, typer.Option(min=64, max=2160)] = 352,
    fps: Annotated[int, typer.Option(min=5, max=120)] = 24,
    drawn: Annotated[int, typer.Option(min=0, help="How many of the factory's own clips to draw and cut from.")] = 3,
) -> None:
    """Edit a film that holds all that curation must find, film.mp4, and write the truth beside it, truth.json."""
    from worldfactory import flow
    from worldfactory import testfilm as films

    spec = films.FilmSpec(seed, shots, width - width % 2, height - height % 2, Fraction(fps))
    footage = flow.read_footage(paths or [], spec)
    if drawn:
        footage |= flow.drawn_footage(flow.open_factory(specs, None, profile, partly=True), spec, drawn)
    truth = films.write_film(spec, to, footage)
    kinds = [transition.kind for transition in truth.transitions]
    counts = ", ".join(f"{kinds.count(kind)} {kind}" for kind in sorted(set(kinds)))
    faulty = sum(bool(shot.defects) for shot in truth.shots)
    copies = sum(shot.duplicate_of is not None for shot in truth.shots)
    out.print(
        f"{truth.frames} frames, {len(truth.shots)} shots ({faulty} with a defect, {copies} copies); "
        f"{counts or 'no transitions'}; {len(truth.flashes)} flashes"
    )
    out.print(escape(str((to / "film.mp4").resolve())))
    out.print(escape(str((to / "truth.json").resolve())))
