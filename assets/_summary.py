"""What the demo says in the end: what was made, what it cost, where it is."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from worldfactory.records import Cell, Checkpoint, Clip, Shard, Verdict

if TYPE_CHECKING:
    from worldfactory.flow import Factory


def summary(
    factory: "Factory",
    cells: Sequence[str],
    failures: Mapping[str, str],
    seconds: Mapping[str, float],
    console: Console,
) -> None:
    """What was made, where it is, and what went wrong."""
    console.print(_cells_table(factory, cells, seconds))
    for name, why in failures.items():
        console.print(f"{name} failed. {escape(why)}", style="red", soft_wrap=True, highlight=False)
    places = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    made = factory.store.checkpoints()
    if made and "checkpoint" not in failures:
        places.add_row("checkpoint", escape(str(factory.store.checkpoint_folder(made[-1].id))))
        places.add_row("loss", _loss(made[-1]))
        places.add_row("lineage", f"worldfactory lineage {made[-1].id}")
    for name, home in factory.specs.factory.homes.items():
        places.add_row(f"shards, {name}", escape(str(factory.data / home.url.removeprefix("file:"))
                                                 if home.url.startswith("file:") else home.url))  # fmt: skip
    places.add_row("clips", escape(str(factory.data / "cells")))
    if sheet := write_sheet(factory, cells):
        places.add_row("contact sheet", escape(str(sheet)))
    console.print(places, soft_wrap=True)


def _cells_table(factory: "Factory", cells: Sequence[str], seconds: Mapping[str, float]) -> Table:
    table = Table("cell", "clips", "kept", "shards", "home", "cpu-ms/frame", "MB", "seconds", box=None)
    for key in cells:
        cell = Cell.parse(key)
        clips, shards = factory.store.read(Clip, cell), factory.store.read(Shard, cell)
        costs = sorted(factory.store.costs(cell).values())
        table.add_row(
            key,
            str(len(clips)),
            str(sum(verdict.kept for verdict in factory.store.read(Verdict, cell))),
            str(len(shards)),
            factory.specs.factory.home_of(cell.city),
            f"{costs[len(costs) // 2]:.1f}" if costs else "-",
            f"{sum(shard.bytes for shard in shards) / 1e6:.1f}",
            f"{seconds.get(key, 0.0):.1f}",
        )
    return table


def _loss(checkpoint: Checkpoint) -> str:
    """The loss before the first round and after the last."""
    before, after = checkpoint.metrics["loss_before"], checkpoint.metrics["loss_after"]
    return f"{before:.4f} before, {after:.4f} after {checkpoint.rounds} rounds, on clips never trained on"


def write_sheet(factory: "Factory", cells: Sequence[str]) -> Path | None:
    """One picture of it all: the contact sheet of a clip of each cell, below each other. None if there is no clip."""
    from PIL import Image

    from worldfactory import flow

    firsts = [clips[0] for key in cells if (clips := flow.kept_clips(factory, Cell.parse(key)))]
    sheets = [flow.contact_sheet(factory, clip) for clip in firsts]
    if not sheets:
        return None
    whole = Image.new("RGB", (max(s.width for s in sheets), sum(s.height for s in sheets)), "white")
    below = 0
    for sheet in sheets:
        whole.paste(sheet, (0, below))
        below += sheet.height
    file = factory.store.sheets_folder / "demo.png"
    file.parent.mkdir(parents=True, exist_ok=True)
    whole.save(file)
    return file
