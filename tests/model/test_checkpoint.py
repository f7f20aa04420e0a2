"""Checkpoints: what is written is what is read, and damage is named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors import safe_open

from tests.train.footage import TINY
from worldfactory.errors import ModelError
from worldfactory.model import build, load_checkpoint, save_checkpoint
from worldfactory.records import Cell, Checkpoint, ClientFailure, ClientRound, Shard

SHARD = Shard(
    id="shard-1", parents=("clip-1",), cell=Cell(venue="zoo", city="cairo"), home="gcp", key="zoo/cairo.tar",
    bucket="320x176-16:9-25f", sha256="5" * 64, bytes=9,
)  # fmt: skip


def save(folder: Path, seed: int = 0) -> Checkpoint:
    model_spec = TINY.model_copy(update={"seed": seed})
    return save_checkpoint(
        folder,
        build(model_spec),
        model_spec,
        id="checkpoint-1",
        name="tokenizer",
        shards=[SHARD],
        rounds=2,
        clients=["gcp"],
        absent=["aws"],
        history=[ClientRound(round=1, client="gcp", examples=3, loss_before=0.5, loss_after=0.25)],
        failures=[ClientFailure(round=2, client="gcp", cause="ShardError: é")],
        metrics={"loss_after": 0.25},
    )


def test_round_trip(tmp_path: Path) -> None:
    record = save(tmp_path / "c")
    loaded = load_checkpoint(tmp_path / "c")
    assert loaded.record == record
    assert (loaded.spec, loaded.shards) == (TINY, (SHARD,))
    expected = build(TINY).state_dict()
    assert list(loaded.model.state_dict()) == list(expected)
    assert all(torch.equal(value, expected[key]) for key, value in loaded.model.state_dict().items())


def test_lineage_is_readable_beside_the_weights_and_inside_them(tmp_path: Path) -> None:
    record = save(tmp_path / "c")
    assert json.loads((tmp_path / "c/checkpoint.json").read_text()) == record.model_dump(mode="json")
    lineage = json.loads((tmp_path / "c/training.json").read_text())
    assert lineage["shards"] == [SHARD.model_dump(mode="json")]
    assert lineage["spec"] == TINY.model_dump(mode="json")
    with safe_open(tmp_path / "c/model.safetensors", "pt") as weights:
        inside = json.loads(weights.metadata()["worldfactory"])
    assert {key: inside[key] for key in lineage} == lineage
    assert inside["checkpoint"]["parents"] == ["shard-1"]
    assert inside["checkpoint"]["history"][0]["loss_after"] == 0.25


def test_the_same_bytes_each_time(tmp_path: Path) -> None:
    save(tmp_path / "a")
    save(tmp_path / "b")
    for name in ("model.safetensors", "checkpoint.json", "training.json"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_a_new_one_replaces_the_old_one_whole(tmp_path: Path) -> None:
    save(tmp_path / "c")
    record = save(tmp_path / "c", seed=7)
    assert load_checkpoint(tmp_path / "c").record == record
    assert [path.name for path in tmp_path.iterdir()] == ["c"]


def test_weights_that_diverged_are_not_written(tmp_path: Path) -> None:
    model = build(TINY)
    with torch.no_grad():
        next(model.parameters())[0] = torch.nan
    with pytest.raises(ModelError, match="not finite"):
        save_checkpoint(tmp_path / "c", model, TINY, id="checkpoint-1", name="tokenizer", shards=[SHARD])
    assert not (tmp_path / "c").exists()


@pytest.mark.parametrize(
    ("file", "damage", "says"),
    [
        ("checkpoint.json", None, r"checkpoint\.json: no checkpoint can be read here"),
        ("checkpoint.json", b"{", r"checkpoint\.json: is not a checkpoint's record"),
        ("model.safetensors", None, r"model\.safetensors: no weights can be read here"),
        ("model.safetensors", b"\0" * 40, r"model\.safetensors: SHA-256 is .*, checkpoint\.json says"),
    ],
)
def test_damage_is_named(tmp_path: Path, file: str, damage: bytes | None, says: str) -> None:
    save(tmp_path / "c")
    path = tmp_path / "c" / file
    path.unlink() if damage is None else path.write_bytes(damage)
    with pytest.raises(ModelError, match=says):
        load_checkpoint(tmp_path / "c")


def test_weights_of_another_shape_are_refused(tmp_path: Path) -> None:
    """A record and weights that agree, but whose metadata name a wider model than the tensors make."""
    record = save(tmp_path / "c")
    path = tmp_path / "c/model.safetensors"
    data = path.read_bytes()
    wider = data.replace(b'\\"channels\\":16', b'\\"channels\\":24')
    assert wider != data
    path.write_bytes(wider)
    from worldfactory.lineage import digest

    changed = record.model_copy(update={"sha256": digest(wider)})
    (tmp_path / "c/checkpoint.json").write_text(changed.model_dump_json())
    with pytest.raises(ModelError, match=r"model\.safetensors: not weights that this version can read"):
        load_checkpoint(tmp_path / "c")
