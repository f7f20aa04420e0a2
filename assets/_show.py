"""What people see of a stage in the UI: figures, tables, and pictures small enough to live in an event."""

import base64
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import dagster as dg

from worldfactory.lineage import digest_json
from worldfactory.records import ClientRound, Record, Scene

if TYPE_CHECKING:
    from PIL.Image import Image

    from worldfactory.flow import StageReport

PICTURE_BYTES = 90_000
"""A picture is stored with its event in Dagster's database; ten thousand cells make this a gigabyte."""


def version(records: Sequence[Record]) -> dg.DataVersion:
    """The data version of what a stage made: equal records, equal version, so that what follows stays fresh."""
    # A scene's id stands for all of it, and spares writing out megabytes; a verdict's does not.
    said = [r.id if isinstance(r, Scene) else r.model_dump_json() for r in records]
    return dg.DataVersion(digest_json(said))


def stage_metadata(report: "StageReport[Record]") -> dict[str, object]:
    """Counts, figures and drop reasons of a stage."""
    metadata: dict[str, object] = {"records": len(report.records), "made anew": report.made}
    metadata |= {name.replace("_", " "): round(value, 3) for name, value in report.notes.items()}
    if report.dropped:
        rows = sorted(report.dropped.items(), key=lambda row: -row[1])
        metadata["dropped"] = table(("reason", "how many"), rows)
    return metadata


def table(columns: Sequence[str], rows: Iterable[Sequence[str | int | float | bool]]) -> dg.TableMetadataValue:
    """A table; the type of a column is that of its first row."""
    records = [dict(zip(columns, row, strict=True)) for row in rows]
    kinds = {bool: "bool", int: "int", float: "float"}
    first = records[0] if records else {}
    schema = dg.TableSchema([dg.TableColumn(name, kinds.get(type(first.get(name)), "string")) for name in columns])
    return dg.MetadataValue.table([dg.TableRecord(record) for record in records], schema=schema)


def picture(image: "Image", title: str, most_bytes: int = PICTURE_BYTES) -> dg.MarkdownMetadataValue:
    """A still as WebP, scaled down and squeezed until it fits."""
    small = image.convert("RGB")
    small.thumbnail((1400, 4000))
    while True:
        for quality in (75, 50, 30):
            buffer = io.BytesIO()
            small.save(buffer, "WEBP", quality=quality)
            if buffer.tell() <= most_bytes:
                return data_uri(buffer.getvalue(), "image/webp", title)
        small.thumbnail((small.width * 3 // 4, small.height * 3 // 4))


def data_uri(data: bytes, kind: str, title: str) -> dg.MarkdownMetadataValue:
    """Bytes as a picture in Markdown; Dagster's UI strips <img> and <video>, but shows this."""
    return dg.MetadataValue.md(f"![{title}](data:{kind};base64,{base64.b64encode(data).decode()})")


def prompts_markdown(prompts: Iterable[tuple[int, str]]) -> dg.MarkdownMetadataValue:
    """Prompts to read."""
    return dg.MetadataValue.md("\n\n".join(f"**{index}.** {text}" for index, text in prompts))


def loss_curve(history: Sequence[ClientRound], width: int = 640, height: int = 300) -> dg.MarkdownMetadataValue:
    """Loss before and after each round, a line for each client."""
    clients = sorted({entry.client for entry in history})
    lines: Mapping[str, list[tuple[float, float]]] = {
        client: [
            point
            for entry in history
            if entry.client == client
            for point in ((entry.round - 1.0, entry.loss_before), (float(entry.round), entry.loss_after))
        ]
        for client in clients
    }
    losses = [loss for line in lines.values() for _, loss in line] or [1.0]
    rounds = max((x for line in lines.values() for x, _ in line), default=1.0)
    top, left, right, bottom = max(losses) * 1.05, 60, 110, 40

    def place(x: float, loss: float) -> tuple[float, float]:
        across = left + (width - left - right) * x / rounds
        return round(across, 1), round(15 + (height - 15 - bottom) * (1 - loss / top), 1)

    grey = 'font-family="sans-serif" font-size="12" fill="#777"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">'
    ]
    for step in range(5):
        x, y = place(0, top * step / 4)
        parts.append(f'<path d="M{x} {y}H{width - right}" stroke="#ccc" stroke-width="0.5"/>')
        parts.append(f'<text x="{x - 6}" y="{y + 4}" text-anchor="end" {grey}>{top * step / 4:.3g}</text>')
    for number in range(int(rounds) + 1):
        x, y = place(number, 0)
        parts.append(f'<text x="{x}" y="{y + 18}" text-anchor="middle" {grey}>{number}</text>')
    parts.append(f'<text x="{(left + width - right) / 2}" y="{height - 6}" text-anchor="middle" {grey}>round</text>')
    for (client, line), colour in zip(lines.items(), ("#e07b39", "#3d7dca", "#2f9e6e", "#8a5fbf") * 8, strict=False):
        points = " ".join(f"{x},{y}" for x, y in (place(*point) for point in line))
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        label = clients.index(client) * 18 + 28
        parts.append(f'<path d="M{width - right + 12} {label}h16" stroke="{colour}" stroke-width="3"/>')
        parts.append(f'<text x="{width - right + 34}" y="{label + 4}" {grey}>{client}</text>')
    parts.append("</svg>")
    return data_uri("".join(parts).encode(), "image/svg+xml", "loss by round")
