"""Federated runs: what they equal, what they leave, what they refuse."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.federate.homes import Memory, memory
from tests.train.footage import TINY
from worldfactory.errors import FederationError
from worldfactory.federate import ShardReader, checkpoint_id, federate
from worldfactory.federate._client import HomeData
from worldfactory.model import build, load_checkpoint
from worldfactory.records import Checkpoint
from worldfactory.spec import FederationSpec
from worldfactory.train import batches, evaluate, train

SHORT = FederationSpec(rounds=2, steps_per_round=2)


def weights(out: Path, record: Checkpoint) -> dict[str, torch.Tensor]:
    return load_checkpoint(out / record.id).model.state_dict()


def plain(home: ShardReader, steps: int) -> dict[str, torch.Tensor]:
    """A model trained on one home without any federation."""
    model = build(TINY)
    train(model, TINY, batches(HomeData(home, TINY).windows(), TINY.batch), steps)
    return model.state_dict()


def test_one_client_is_plain_training(tmp_path: Path) -> None:
    """Three rounds of four steps on one home are twelve steps of plain training, bit by bit."""
    spec = FederationSpec(rounds=3, steps_per_round=4)
    record = federate(TINY, spec, memory(gcp=5), tmp_path)
    expected = plain(memory(gcp=5)["gcp"], 12)
    got = weights(tmp_path, record)
    assert all(torch.equal(got[name], expected[name]) for name in expected)
    assert not torch.equal(got["encoder.0.weight"], plain(memory(gcp=5)["gcp"], 11)["encoder.0.weight"])


def test_fedavg_is_the_mean_weighted_by_training_clips(tmp_path: Path) -> None:
    """One round of three clients is, by hand, the mean of three plain trainings."""
    homes = memory(aws=3, gcp=2, azure=6)
    record = federate(TINY, FederationSpec(rounds=1, steps_per_round=3), homes, tmp_path)
    examples = {entry.client: entry.examples for entry in record.history}
    assert examples == {"aws": 2, "gcp": 1, "azure": 5}  # a fifth held out, at least one
    got = weights(tmp_path, record)
    trained = {name: plain(home, 3) for name, home in memory(aws=3, gcp=2, azure=6).items()}
    for name, value in got.items():
        mean = sum(trained[home][name].double() * count for home, count in examples.items()) / 8
        assert torch.allclose(value.double(), mean, rtol=1e-6, atol=1e-7)
    assert not torch.allclose(got["encoder.0.weight"], trained["aws"]["encoder.0.weight"], atol=1e-4)


def test_the_loss_falls_in_every_home(tmp_path: Path) -> None:
    """On windows of clips that no client trained on."""
    record = federate(TINY, FederationSpec(rounds=3, steps_per_round=8), memory(aws=4, gcp=4, azure=4), tmp_path)
    metrics = record.metrics
    assert metrics["loss_after"] < 0.9 * metrics["loss_before"]
    for home in ("aws", "gcp", "azure"):
        assert metrics[f"loss_after_{home}"] < metrics[f"loss_before_{home}"]
    rounds = [np.mean([e.loss_before for e in record.history if e.round == number]) for number in (1, 2, 3)]
    assert all(later < earlier for earlier, later in pairwise([*rounds, metrics["loss_after"]]))


def test_what_the_record_says(tmp_path: Path) -> None:
    """Lineage, history and losses are those of the run, and the loss can be measured again from the checkpoint."""
    homes = memory(aws=3, gcp=2, azure=0)
    record = federate(TINY, SHORT, homes, tmp_path, name="small")
    assert record.id == checkpoint_id(TINY, SHORT, homes, "small")
    assert (record.model, record.rounds, record.clients) == ("small", 2, ("aws", "gcp"))
    assert (record.absent, record.failures) == (("azure",), ())
    assert record.parents == ("shard-aws-0", "shard-aws-2", "shard-gcp-0")
    assert [(e.round, e.client) for e in record.history] == [(1, "aws"), (1, "gcp"), (2, "aws"), (2, "gcp")]
    assert record.metrics["held_out_clips"] == 2
    loaded = load_checkpoint(tmp_path / record.id)
    assert [shard.sha256 for shard in loaded.shards] == [
        s.sha256 for home in ("aws", "gcp") for s in homes[home].shards
    ]
    for home in ("aws", "gcp"):
        windows = HomeData(homes[home], TINY).evaluation
        assert evaluate(build(TINY), windows, TINY.batch).loss == record.metrics[f"loss_before_{home}"]
        assert evaluate(loaded.model, windows, TINY.batch).loss == record.metrics[f"loss_after_{home}"]
    assert [path.name for path in tmp_path.iterdir()] == [record.id]


def test_the_same_bytes_each_time(tmp_path: Path) -> None:
    for name in "ab":
        federate(TINY, SHORT, memory(aws=3, gcp=2), tmp_path / name)
    files = [sorted(path for path in (tmp_path / name).rglob("*") if path.is_file()) for name in "ab"]
    assert [file.name for file in files[0]] == ["checkpoint.json", "model.safetensors", "training.json"]
    assert [a.read_bytes() for a in files[0]] == [b.read_bytes() for b in files[1]]


def test_ids_tell_runs_apart() -> None:
    """Specs, seed, name, homes and shards each make another checkpoint."""
    homes = memory(aws=3, gcp=2)
    other_bytes = memory(aws=3, gcp=2)
    other_bytes["gcp"].shards = [s.model_copy(update={"sha256": "0" * 64}) for s in other_bytes["gcp"].shards]
    ids = [
        checkpoint_id(TINY, SHORT, homes),
        checkpoint_id(TINY.model_copy(update={"seed": 1}), SHORT, homes),
        checkpoint_id(TINY, SHORT.model_copy(update={"rounds": 3}), homes),
        checkpoint_id(TINY, SHORT, memory(aws=3)),
        checkpoint_id(TINY, SHORT, other_bytes),
        checkpoint_id(TINY, SHORT, homes, "other"),
    ]
    assert len(set(ids)) == len(ids)
    assert checkpoint_id(TINY, SHORT, dict(reversed(homes.items()))) == ids[0]
    assert checkpoint_id(TINY, SHORT, memory(aws=3, gcp=2, azure=0)) == ids[0]


@pytest.mark.parametrize("strategy", ["fedavgm", "fedadam"])
def test_other_strategies_learn_too(tmp_path: Path, strategy: str) -> None:
    spec = FederationSpec.model_validate({"rounds": 3, "steps_per_round": 4, "strategy": strategy})
    record = federate(TINY, spec, memory(aws=4, gcp=4), tmp_path)
    assert record.metrics["loss_after"] < record.metrics["loss_before"]
    average = federate(TINY, spec.model_copy(update={"strategy": "fedavg"}), memory(aws=4, gcp=4), tmp_path)
    got, mean = weights(tmp_path, record), weights(tmp_path, average)
    assert {value.dtype for value in got.values()} == {torch.float32}
    assert not torch.equal(got["encoder.0.weight"], mean["encoder.0.weight"])


def test_progress_is_told(tmp_path: Path) -> None:
    told: list[tuple[int, int, str]] = []
    federate(TINY, SHORT, memory(aws=2, gcp=2), tmp_path, lambda *step: told.append(step))
    assert [step[:2] for step in told] == [(number, 6) for number in range(1, 7)]
    assert told[0][2] == "round 1 of 2: aws done"
    assert told[3][2] == "round 2 of 2: gcp done"
    assert told[5][2] == "evaluation: gcp done"


def test_finished_work_is_not_repeated(tmp_path: Path) -> None:
    record = federate(TINY, SHORT, memory(aws=2), tmp_path)
    homes = memory(aws=2)
    assert federate(TINY, SHORT, homes, tmp_path) == record
    assert homes["aws"].readings == 0


def test_no_connection_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even a loopback one."""
    attempts: list[object] = []

    def refuse(self: socket.socket, address: object) -> None:
        attempts.append(address)
        raise OSError("refused by the test")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket.socket, "connect_ex", refuse)
    monkeypatch.setattr(socket.socket, "bind", refuse)
    federate(TINY, SHORT, memory(aws=2, gcp=2), tmp_path)
    assert attempts == []


def test_the_callers_process_is_left_as_it_was(tmp_path: Path) -> None:
    from flwr.supercore.task_identity import TaskIdentity

    torch.manual_seed(3)
    before = torch.get_rng_state(), torch.get_num_threads(), TaskIdentity._run_id
    federate(TINY, SHORT, memory(aws=2), tmp_path)
    assert torch.equal(torch.get_rng_state(), before[0])
    assert (torch.get_num_threads(), TaskIdentity._run_id) == before[1:]


def refused(tmp_path: Path, homes: Mapping[str, ShardReader], spec: FederationSpec = SHORT) -> str:
    with pytest.raises(FederationError) as caught:
        federate(TINY, spec, homes, tmp_path)
    assert not list(tmp_path.glob("*/checkpoint.json"))
    return str(caught.value)


def test_a_client_that_fails_is_named_and_the_round_goes_on(tmp_path: Path) -> None:
    """gcp fails in round 2, is named with its cause, and the round is the other clients' mean."""
    homes = memory(aws=2, azure=2, gcp=2)

    def breaking(done: int, total: int, what: str) -> None:
        homes["gcp"].broken = 3 <= done < 6

    record = federate(TINY, SHORT, homes, tmp_path, breaking)
    assert [(f.round, f.client) for f in record.failures] == [(2, "gcp")]
    assert record.failures[0].cause == "ShardError: zoo/gcp/0.tar: sha256 differs"
    assert [(e.round, e.client) for e in record.history if e.round == 2] == [(2, "aws"), (2, "azure")]
    assert record.clients == ("aws", "azure", "gcp")
    assert record.metrics["loss_after_gcp"] > 0


def test_a_home_that_only_failed_is_no_parent(tmp_path: Path) -> None:
    """Its shards were not seen. Once it is mended, running again takes it in."""
    broken = memory(aws=2) | {"gcp": Memory("gcp", 2, broken=True)}
    record = federate(TINY, SHORT, broken, tmp_path)
    assert record.clients == ("aws",)
    assert record.parents == ("shard-aws-0",)
    assert {f.client for f in record.failures} == {"gcp"}
    mended = federate(TINY, SHORT, memory(aws=2, gcp=2), tmp_path)
    assert mended.id == record.id
    assert (mended.clients, mended.failures) == (("aws", "gcp"), ())


def test_all_clients_failing_fails_the_run(tmp_path: Path) -> None:
    """Flower itself would complete with the model unchanged."""
    said = refused(tmp_path, {name: Memory(name, 2, broken=True) for name in ("aws", "gcp")})
    assert said == (
        "round 1: 0 of 2 clients finished, and min_clients is 1: aws: ShardError: zoo/aws/0.tar: sha256 differs; "
        "gcp: ShardError: zoo/gcp/0.tar: sha256 differs"
    )


def test_too_few_clients_fail_the_run(tmp_path: Path) -> None:
    spec = SHORT.model_copy(update={"min_clients": 2})
    said = refused(tmp_path, memory(aws=2) | {"gcp": Memory("gcp", 2, broken=True)}, spec)
    assert "1 of 2 clients finished, and min_clients is 2: gcp: ShardError" in said


def test_a_run_without_shards_is_refused(tmp_path: Path) -> None:
    assert refused(tmp_path, memory(aws=0, gcp=0)) == (
        "min_clients is 1, and 0 homes hold shards (none; without shards: aws, gcp)"
    )
    spec = SHORT.model_copy(update={"min_clients": 3})
    assert "2 homes hold shards (aws, gcp; without shards: azure)" in refused(
        tmp_path, memory(aws=2, gcp=2, azure=0), spec
    )


def test_another_homes_shard_is_refused(tmp_path: Path) -> None:
    homes = memory(aws=2, gcp=2)
    homes["aws"].shards = homes["gcp"].shards
    assert refused(tmp_path, homes) == "home aws is given shard shard-gcp-0, which lives in gcp"


def test_clips_too_small_for_the_model_are_named(tmp_path: Path) -> None:
    home = Memory("aws", 2)
    for clip in home._clips.values():
        clip.frames = 3
    assert "ModelError: a window takes 5 frames of 32x32, and no clip is as long and large: aws-" in refused(
        tmp_path, {"aws": home}
    )
