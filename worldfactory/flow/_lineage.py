"""From any record back to the YAML that it was made from.

A checkpoint keeps the lineage that it had when it was trained: its cells may be made anew afterwards.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from worldfactory.errors import StoreError, UnknownNameError
from worldfactory.flow._factory import Factory
from worldfactory.records import Cell, Checkpoint, Clip, Origin, Prompt, Record, Scene, Shard
from worldfactory.store import write_file

LINEAGE_JSON = "lineage.json"


@dataclass(frozen=True)
class Node:
    """One record in a lineage."""

    id: str
    parents: tuple[str, ...]
    summary: str
    """In words: `zoo:kyoto clip 3, 25 frames`."""
    files: Mapping[str, str] = field(default_factory=dict[str, str])
    """The files it stands in or was read from -> hex SHA-256."""


def lineage(factory: Factory, record: str) -> dict[str, Node]:
    """The node of `record` and of everything it was made from, by id. Raises UnknownNameError."""
    store = factory.store
    saved = store.checkpoint_folder(record) / LINEAGE_JSON
    if saved.is_file():
        return _read(saved)
    found = store.find(record)
    if found is None:
        raise UnknownNameError(f"no record {record!r} in {factory.data}; ids look like clip-0123456789abcdef0123")
    if isinstance(found, Checkpoint):
        raise StoreError(f"{saved}: the lineage of this checkpoint is missing")
    return _close([found], cell_nodes(factory, _cell(found)))


def save_checkpoint_lineage(factory: Factory, checkpoint: Checkpoint, cells: Sequence[Cell]) -> None:
    """Keep the lineage of a fresh checkpoint beside it."""
    known: dict[str, Node] = {}
    for cell in cells:
        known.update(cell_nodes(factory, cell))
    nodes = _close([checkpoint], known)
    text = json.dumps([asdict(node) for node in nodes.values()], indent=1, sort_keys=True)
    write_file(factory.store.checkpoint_folder(checkpoint.id) / LINEAGE_JSON, text.encode() + b"\n")


def cell_nodes(factory: Factory, cell: Cell) -> dict[str, Node]:
    """Every record of a cell as a node."""
    store = factory.store
    nodes = {r.id: describe(r) for kind in (Origin, Prompt, Clip, Shard) for r in store.read(kind, cell)}
    # A scene is large; its links are in columns of their own.
    for identity, parents in store.links(Scene, cell).items():
        nodes[identity] = Node(identity, parents, f"{cell.key} scene")
    return nodes


def describe(record: Record) -> Node:
    """A record as a node."""
    files: Mapping[str, str] = {}
    match record:
        case Origin():
            summary, files = f"{record.cell.key}, resolved spec {record.digest}", record.files
        case Prompt():
            summary = f"{record.cell.key} prompt {record.index}: {record.text[:60]}..."
        case Scene():
            summary = f"{record.cell.key} scene"
        case Clip():
            summary, files = f"{record.cell.key} clip {record.index}, {record.frames} frames", record.files
        case Shard():
            summary, files = f"{record.home} {record.bucket}, {len(record.parents)} clips", {record.key: record.sha256}
        case Checkpoint():
            summary = f"{record.model}, {record.rounds} rounds over {', '.join(record.clients)}"
            files = {record.file: record.sha256}
        case _:
            summary = type(record).__name__.lower()
    return Node(record.id, record.parents, summary, files)


def _close(roots: Sequence[Record], known: Mapping[str, Node]) -> dict[str, Node]:
    nodes = {root.id: describe(root) for root in roots}
    todo = [parent for node in nodes.values() for parent in node.parents]
    while todo:
        identity = todo.pop()
        if identity not in nodes and identity in known:
            nodes[identity] = known[identity]
            todo.extend(known[identity].parents)
    return nodes


def _cell(record: Record) -> Cell:
    cell = getattr(record, "cell", None)
    if not isinstance(cell, Cell):
        raise UnknownNameError(f"record {record.id!r} belongs to no cell")
    return cell


def _read(file: Path) -> dict[str, Node]:
    try:
        rows = json.loads(file.read_bytes())
        nodes = [Node(r["id"], tuple(r["parents"]), r["summary"], r["files"]) for r in rows]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StoreError(f"{file}: not a lineage file: {error}") from error
    return {node.id: node for node in nodes}
