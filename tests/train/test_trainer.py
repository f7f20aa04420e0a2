"""Plain training: bit by bit the same, in one go or in pieces."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch

from tests.train.footage import TINY, clips
from worldfactory.errors import ModelError
from worldfactory.model import VideoModel, build
from worldfactory.train import Trainer, Windows, batches, deterministic, evaluate, held_out_windows, train


def stream() -> Iterator[torch.Tensor]:
    return batches(Windows(lambda _: clips(4), TINY, "key"), TINY.batch)


def same(one: VideoModel, other: VideoModel) -> bool:
    return all(map(torch.equal, one.state_dict().values(), other.state_dict().values()))


def test_the_same_bits_each_time_whatever_the_callers_threads() -> None:
    first, second = build(TINY), build(TINY)
    losses = train(first, TINY, stream(), 5).losses
    threads = torch.get_num_threads()
    torch.set_num_threads(3)
    try:
        assert train(second, TINY, stream(), 5).losses == losses
        assert torch.get_num_threads() == 3
    finally:
        torch.set_num_threads(threads)
    assert same(first, second)
    assert not same(first, build(TINY))


def test_pieces_are_the_same_as_one_go() -> None:
    """State taken out after 3 steps and put into a new trainer goes on as if nothing had been."""
    whole = build(TINY)
    train(whole, TINY, stream(), 7)

    parts = stream()
    first = Trainer(build(TINY), TINY)
    first.run(parts, 3)
    model = build(TINY)
    model.load_state_dict(first.model.state_dict())
    second = Trainer(model, TINY)
    second.restore(first.state(), first.steps)
    second.run(parts, 4)
    assert second.steps == 7
    assert same(second.model, whole)


def test_state_of_another_model_is_refused() -> None:
    trainer = Trainer(build(TINY), TINY)
    trainer.run(stream(), 1)
    state = trainer.state()
    with pytest.raises(ModelError, match="one side only"):
        Trainer(build(TINY), TINY).restore({name: state[name] for name in list(state)[1:]}, 1)
    name = next(iter(state))
    with pytest.raises(ModelError, match="is not"):
        Trainer(build(TINY), TINY).restore(state | {name: torch.zeros(2)}, 1)


def test_the_learning_rate_rises() -> None:
    """With a warmup the first step is a small one."""

    def moved(warmup: int) -> float:
        model = build(TINY)
        before = model.to_latents.bias.clone()
        train(model, TINY.model_copy(update={"warmup": warmup}), stream(), 1)
        return (model.to_latents.bias - before).abs().max().item()

    assert moved(10) == pytest.approx(moved(0) / 10, rel=1e-3)


def test_a_loss_that_is_not_finite_stops_training() -> None:
    with pytest.raises(ModelError, match=r"step 1: the loss is nan; lower learning_rate \(now 0\.002\)"):
        train(build(TINY), TINY, iter([torch.full((1, 3, 5, 32, 32), torch.nan)]), 3)


def test_too_few_batches_are_named() -> None:
    with pytest.raises(ModelError, match="ended after 1 of 3 steps"):
        train(build(TINY), TINY, iter([next(stream())]), 3)


def test_evaluation_is_the_mean_over_windows_and_changes_nothing() -> None:
    model, windows = build(TINY), held_out_windows(clips(3), 3, TINY, "key")
    before = {name: value.clone() for name, value in model.state_dict().items()}
    found = evaluate(model, windows, 3)
    with torch.no_grad():
        each = [model.loss(window[None]).item() for window in windows]
        squared = (model(windows).clamp(-1, 1) - windows).square().mean().item() / 4
    assert found.windows == 4
    assert found.loss == pytest.approx(sum(each) / 4, rel=1e-5)
    assert 10 ** (-found.psnr_db / 10) == pytest.approx(squared, rel=1e-4)
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


def test_determinism_is_put_back() -> None:
    before = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    with pytest.raises(RuntimeError, match="stop"), deterministic(2):
        assert (torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()) == (2, True)
        raise RuntimeError("stop")
    assert (torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()) == before
