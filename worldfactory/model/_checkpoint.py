"""Checkpoints: weights as safetensors, which hold no code, beside JSON that a person can read.

checkpoint.json is the record. training.json holds the model's spec and the records of the shards that it saw, with
their digests; the same stands in the metadata of the weights, so that these can go out alone, and is read from there.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from pydantic import ValidationError
from safetensors import SafetensorError, safe_open
from safetensors.torch import load, save

from worldfactory.errors import ModelError
from worldfactory.files import atomic_folder
from worldfactory.lineage import Json, canonical_json, digest
from worldfactory.model._base import VideoModel
from worldfactory.model._registry import blank
from worldfactory.records import Checkpoint, ClientFailure, ClientRound, Shard
from worldfactory.spec import ModelSpec

WEIGHTS_FILE = "model.safetensors"
CHECKPOINT_FILE = "checkpoint.json"
TRAINING_FILE = "training.json"
METADATA_KEY = "worldfactory"
"""The one key of the safetensors metadata; its value is JSON."""


@dataclass(frozen=True)
class Loaded:
    """A checkpoint read back, its weights verified against the record."""

    model: VideoModel
    spec: ModelSpec
    record: Checkpoint
    shards: tuple[Shard, ...]
    """What it was trained on: where the bytes lay and their digests."""


def save_checkpoint(
    folder: Path,
    model: VideoModel,
    spec: ModelSpec,
    *,
    id: str,
    name: str,
    shards: Sequence[Shard],
    rounds: int = 0,
    clients: Sequence[str] = (),
    absent: Sequence[str] = (),
    history: Sequence[ClientRound] = (),
    failures: Sequence[ClientFailure] = (),
    metrics: Mapping[str, float] | None = None,
) -> Checkpoint:
    """Write the folder of a checkpoint, atomically, and return its record; the same arguments give the same bytes.

    Raises StoreError where the system refuses, ModelError where the weights are not finite.
    """
    state = {key: tensor.detach().cpu().contiguous() for key, tensor in model.state_dict().items()}
    for key, tensor in state.items():
        if not torch.isfinite(tensor).all():
            raise ModelError(f"{folder}: {key} is not finite; training diverged, lower the model's learning_rate")
    # What the record says but for the digest of the file that it is written into.
    about: dict[str, Json] = {
        "id": id,
        "parents": [shard.id for shard in shards],
        "model": name,
        "rounds": rounds,
        "clients": list(clients),
        "absent": list(absent),
        "history": [round.model_dump(mode="json") for round in history],
        "failures": [failure.model_dump(mode="json") for failure in failures],
        "metrics": dict(metrics or {}),
    }
    lineage: dict[str, Json] = {
        "spec": spec.model_dump(mode="json"),
        "shards": [shard.model_dump(mode="json") for shard in shards],
    }
    # One key: the format keeps its metadata in no order, and bytes must repeat.
    weights = save(state, {METADATA_KEY: canonical_json({"checkpoint": about, **lineage}).decode()})
    record = Checkpoint.model_validate({**about, "file": WEIGHTS_FILE, "sha256": digest(weights)})
    with atomic_folder(folder) as part:
        (part / WEIGHTS_FILE).write_bytes(weights)
        for name, value in ((CHECKPOINT_FILE, record.model_dump(mode="json")), (TRAINING_FILE, lineage)):
            (part / name).write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", "utf-8")
    return record


def load_checkpoint(folder: Path) -> Loaded:
    """Read a checkpoint's folder. Raises ModelError naming the file that is missing, corrupt or of another format."""
    file = folder / CHECKPOINT_FILE
    try:
        record = Checkpoint.model_validate_json(file.read_bytes())
    except OSError as error:
        raise ModelError(f"{file}: no checkpoint can be read here: {error.strerror}") from error
    except ValidationError as error:
        raise ModelError(f"{file}: is not a checkpoint's record: {error}") from error
    weights_file = folder / record.file
    try:
        weights = weights_file.read_bytes()
    except OSError as error:
        raise ModelError(f"{weights_file}: no weights can be read here: {error.strerror}") from error
    if digest(weights) != record.sha256:
        raise ModelError(f"{weights_file}: SHA-256 is {digest(weights)}, {CHECKPOINT_FILE} says {record.sha256}")
    try:
        with safe_open(weights_file, "pt") as opened:
            lineage = json.loads(opened.metadata()[METADATA_KEY])
        spec = ModelSpec.model_validate(lineage["spec"])
        shards = tuple(Shard.model_validate(shard) for shard in lineage["shards"])
        model = blank(spec)
        model.load_state_dict(load(weights))
    except (SafetensorError, ValueError, KeyError, TypeError, RuntimeError) as error:
        raise ModelError(f"{weights_file}: not weights that this version can read: {error}") from error
    return Loaded(model, spec, record, shards)
