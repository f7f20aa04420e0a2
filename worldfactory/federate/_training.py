"""The run itself: nodes, grid and server set up, rounds gone through, the checkpoint written."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import torch

from worldfactory.federate._client import HomeData, client_app
from worldfactory.federate._flower import Context, Message, RecordDict
from worldfactory.federate._grid import RUN_ID, SERVER_NODE, InProcessGrid, Node
from worldfactory.federate._homes import ShardReader
from worldfactory.federate._rounds import RoundState, SavedRounds, Told
from worldfactory.federate._server import Coordinator, Evaluated, context
from worldfactory.model import build, load_checkpoint, save_checkpoint
from worldfactory.records import Checkpoint
from worldfactory.spec import FederationSpec, ModelSpec


def read_back(folder: Path) -> Checkpoint | None:
    """The record of a checkpoint that every client had a part in, its weights verified, else None: where one failed,
    the run is worth another try. Raises ModelError where the checkpoint is damaged."""
    if not folder.is_dir():
        return None
    record = load_checkpoint(folder).record
    if record.failures:
        return None
    _saved(folder).drop()  # whose run was killed with the checkpoint just written
    return record


def _saved(folder: Path) -> SavedRounds:
    return SavedRounds(folder.parent / f".{folder.name}.rounds")


def rounds(
    model: ModelSpec,
    federation: FederationSpec,
    homes: Mapping[str, ShardReader],
    absent: Sequence[str],
    folder: Path,
    name: str,
    progress: Callable[[int, int, str], None],
) -> Checkpoint:
    """All rounds that are not done yet, then the checkpoint's folder. Raises FederationError and StoreError."""
    saved = _saved(folder)
    made = build(model)
    state = saved.last() or RoundState(
        0, {key: value.numpy() for key, value in made.state_dict().items()}, {}, {}, Told()
    )
    names = dict(enumerate(sorted(homes), start=SERVER_NODE + 1))
    contexts = {node: context(node, RUN_ID, home, state.clients.get(home)) for node, home in names.items()}
    nodes = {node: Node(client_app(homes[home], model, federation), contexts[node]) for node, home in names.items()}
    total = (federation.rounds + 1) * len(names)
    done = state.round * len(names)

    def delivered(reply: Message) -> None:
        nonlocal done
        number = done // len(names) + 1
        done += 1
        part = f"round {number} of {federation.rounds}" if number <= federation.rounds else "evaluation"
        how = "failed" if reply.has_error() else "done"
        progress(done, total, f"{part}: {names[reply.metadata.src_node_id]} {how}")

    coordinator = Coordinator(federation, names, contexts, list(made.state_dict()), state, saved)
    server = Context(RUN_ID, SERVER_NODE, node_config={}, state=RecordDict(), run_config={})
    coordinator.app()(InProcessGrid(nodes, delivered), server)
    made.load_state_dict({key: torch.from_numpy(array) for key, array in coordinator.state.model.items()})
    told = coordinator.state.told
    took_part = sorted({entry.client for entry in told.history})
    held_out = sum(len(HomeData(homes[home], model).held_out) for home in took_part)
    record = save_checkpoint(
        folder,
        made,
        model,
        id=folder.name,
        name=name,
        shards=[shard for home in took_part for shard in homes[home].shards],
        rounds=federation.rounds,
        clients=took_part,
        absent=absent,
        history=told.history,
        failures=told.failures,
        metrics=_metrics(told, coordinator.evaluated, held_out),
    )
    saved.drop()
    return record


def _metrics(told: Told, evaluated: Sequence[Evaluated], held_out: int) -> dict[str, float]:
    """Loss before the first round and after the last, weighted by windows, and each client's own."""
    first = [entry for entry in told.history if entry.round == 1]
    metrics: dict[str, float] = {
        "loss_before": _mean([(entry.loss_before, told.evaluated[entry.client]) for entry in first]),
        "loss_after": _mean([(entry.loss, entry.windows) for entry in evaluated]),
        "psnr_db": _mean([(entry.psnr_db, entry.windows) for entry in evaluated]),
        "held_out_clips": held_out,
    }
    for entry in first:
        metrics[f"loss_before_{entry.client}"] = entry.loss_before
    for entry in evaluated:
        metrics[f"loss_after_{entry.client}"] = entry.loss
    return metrics


def _mean(weighted: Sequence[tuple[float, int]]) -> float:
    return sum(value * weight for value, weight in weighted) / sum(weight for _, weight in weighted)
