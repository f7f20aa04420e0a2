"""One federated run from specs and shards to a checkpoint. Flower and torch are imported when it begins."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

from worldfactory.errors import FederationError
from worldfactory.federate._homes import ShardReader
from worldfactory.lineage import digest_json, record_id
from worldfactory.records import Checkpoint, Shard
from worldfactory.spec import FederationSpec, ModelSpec, spec_digest

Progress = Callable[[int, int, str], None]
"""Called with (done, total, what)."""


def checkpoint_id(
    model: ModelSpec, federation: FederationSpec, homes: Mapping[str, ShardReader], name: str = "tokenizer"
) -> str:
    """The id of the checkpoint that `federate` makes of these: shards count by id, home and digest."""
    shards = _shards(homes)
    shaped = [name, spec_digest(model), spec_digest(federation), *[[s.home, s.sha256] for s in shards]]
    return record_id("checkpoint", [shard.id for shard in shards], digest_json(shaped), model.seed)


def federate(
    model: ModelSpec,
    federation: FederationSpec,
    homes: Mapping[str, ShardReader],
    out: Path,
    progress: Progress | None = None,
    name: str = "tokenizer",
) -> Checkpoint:
    """Train a model over `homes` and write it to `out`/ID, ID being `checkpoint_id`; its record is returned.

    Each home is one Flower client that is given that home alone; a home without shards takes no part and is named in
    `absent`. The same arguments give the same bytes. A run that was killed goes on after its last finished round, and
    one that has finished is read back. A client that fails is named in `failures` and the round goes on without it;
    such a checkpoint is not read back but made anew, as the cause may be mended.

    Raises FederationError where no home has shards, a shard is another home's or its key leads out of its home, fewer
    than `min_clients` clients finish a round, or a saved round is damaged; StoreError where the system refuses a write.
    """
    for home, held in homes.items():
        for shard in held.shards:
            if shard.home != home:
                raise FederationError(f"home {home} is given shard {shard.id}, which lives in {shard.home}")
            if ".." in PurePosixPath(unquote(shard.key)).parts:
                raise FederationError(f"home {home}: shard {shard.id} has the key {shard.key!r}, which leaves its home")
    present = sorted(home for home, held in homes.items() if held.shards)
    absent = sorted(set(homes) - set(present))
    if len(present) < federation.min_clients:
        raise FederationError(
            f"min_clients is {federation.min_clients}, and {len(present)} homes hold shards "
            f"({', '.join(present) or 'none'}; without shards: {', '.join(absent) or 'none'})"
        )

    from worldfactory.federate._flower import sender
    from worldfactory.federate._grid import RUN_ID, SERVER_NODE
    from worldfactory.federate._training import read_back, rounds
    from worldfactory.train import deterministic

    identity = checkpoint_id(model, federation, homes, name)
    folder = out / identity
    done = read_back(folder)
    if done is not None:
        return done
    with sender(RUN_ID, SERVER_NODE), deterministic():
        return rounds(
            model, federation, {home: homes[home] for home in present}, absent, folder, name, progress or _silent
        )


def _shards(homes: Mapping[str, ShardReader]) -> list[Shard]:
    return [shard for home in sorted(homes) for shard in homes[home].shards]


def _silent(done: int, total: int, what: str) -> None:
    del done, total, what
