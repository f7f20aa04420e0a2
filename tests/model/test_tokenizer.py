"""The tokenizer: shapes, causality, repeatability, learning."""

from __future__ import annotations

import subprocess
import sys
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.train.footage import TINY, clips
from worldfactory.errors import ModelError
from worldfactory.lineage import generator
from worldfactory.model import KINDS, CausalTokenizer, build
from worldfactory.model import _haar as haar
from worldfactory.spec import ModelSpec
from worldfactory.train import Trainer, Windows, batches

FACTORS = [(s, p) for s in (4, 8, 16) for p in (1, 2, 4, 8) if (s, p) != (4, 8)]


def spec(space: int = 8, time: int = 4, **other: object) -> ModelSpec:
    return ModelSpec.model_validate(
        {"channels": 4, "latent_channels": 5, "spatial_factor": space, "temporal_factor": time, **other}
    )


def noise(*shape: int, key: str = "noise") -> torch.Tensor:
    return torch.from_numpy(generator(key).random(shape, np.float32) * 2 - 1)


def stirred(model: CausalTokenizer) -> CausalTokenizer:
    """`model` with every parameter moved, so that no path is still near zero as in a new model."""
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.add_(noise(*parameter.shape, key=name) * 0.2)
    return model


def made(space: int, time: int) -> CausalTokenizer:
    model = build(spec(space, time))
    assert isinstance(model, CausalTokenizer)
    return stirred(model)


@pytest.mark.parametrize(("space", "time"), FACTORS)
@pytest.mark.parametrize("groups", [0, 1, 3])
def test_shapes(space: int, time: int, groups: int) -> None:
    """T = 1 + k p frames become 1 + k latents and come back; k = 0 is an image."""
    model = made(space, time)
    video = noise(2, 3, 1 + groups * time, 2 * space, 3 * space)
    with torch.no_grad():
        latents = model.encode(video)
        assert latents.shape == (2, 5, 1 + groups, 2, 3)
        assert model.decode(latents).shape == video.shape
        assert model.loss(video).shape == ()


@pytest.mark.parametrize(("space", "time"), FACTORS)
def test_causality(space: int, time: int) -> None:
    """Whatever comes after frame t, all that is decoded up to t's last whole group is the same bit by bit."""
    model = made(space, time)
    video = noise(1, 3, 1 + 3 * time, 2 * space, 2 * space)
    with torch.no_grad():
        latents, decoded = model.encode(video), model(video)
        for last in range(video.shape[2] - 1):
            changed = video.clone()
            changed[:, :, last + 1 :] = noise(*changed[:, :, last + 1 :].shape, key=f"after {last}")
            whole = last // time  # latents 0..whole hold frames 0..whole * time
            assert torch.equal(model.encode(changed)[:, :, : whole + 1], latents[:, :, : whole + 1])
            known = whole * time + 1
            assert torch.equal(model(changed)[:, :, :known], decoded[:, :, :known])
            assert not torch.equal(model(changed)[:, :, known:], decoded[:, :, known:])


@pytest.mark.parametrize(("space", "time"), [(8, 1), (8, 4), (16, 8)])
def test_the_future_matters_to_what_may_see_it(space: int, time: int) -> None:
    """The causality test can fail: the last latent does see the last frame, and frames of its group see each other."""
    model = made(space, time)
    video = noise(1, 3, 1 + 2 * time, 2 * space, 2 * space)
    changed = video.clone()
    changed[:, :, -1] = 0
    with torch.no_grad():
        assert not torch.equal(model.encode(changed)[:, :, -1], model.encode(video)[:, :, -1])
        assert not torch.equal(model(changed)[:, :, -time:], model(video)[:, :, -time:])


def test_a_longer_video_begins_like_a_shorter_one() -> None:
    """The latents of a prefix are a prefix of the latents: a stream can be encoded as it comes."""
    model = made(8, 4)
    video = noise(1, 3, 17, 16, 16)
    with torch.no_grad():
        assert torch.allclose(model.encode(video)[:, :, :3], model.encode(video[:, :, :9]), atol=1e-6)


@given(
    space=st.integers(0, 3), time=st.integers(0, 3), groups=st.integers(0, 3), seed=st.integers(0, 1000)
)  # fmt: skip
@settings(max_examples=40, deadline=None)
def test_wavelets_lose_nothing(space: int, time: int, groups: int, seed: int) -> None:
    video = noise(1, 3, 1 + groups * 2**time, 2**space * 2, 2**space, key=str(seed))
    there = haar.forward(video, space, time)
    assert there.shape == (1, 3 * 4**space * 2**time, 1 + groups, 2, 1)
    assert torch.allclose(haar.inverse(there, space, time), video, atol=1e-5)


def test_wavelet_stages_agree() -> None:
    """Levels taken in two stages hold the same bands as at once, the means first."""
    video = noise(1, 3, 17, 16, 16)
    at_once = haar.forward(video, 3, 3)
    staged = haar.forward(haar.forward(video, 2, 2), 1, 1)
    assert torch.allclose(staged.square().sum((1, 3, 4)), at_once.square().sum((1, 3, 4)), rtol=1e-4)
    bands = haar.lowest_bands(3, [(2, 2), (1, 1)])
    assert sorted(bands) == list(range(3 * 64 * 8))
    assert torch.allclose(staged[:, bands[:3], 1:], video[:, :, 1:].unflatten(2, (2, 8)).unflatten(4, (2, 8))
                          .unflatten(3 + 3, (2, 8)).mean((3, 5, 7)), atol=1e-5)  # fmt: skip


def test_a_new_model_is_a_wavelet_code() -> None:
    """Before any training the clip is there, blurred: far better than grey."""
    model = build(TINY)
    video = next(iter(Windows(lambda _: clips(1), TINY, "test")))[None]
    with torch.no_grad():
        error = (model(video) - video).abs().mean()
    assert error < 0.5 * (video - video.mean()).abs().mean()


def test_training_lowers_the_loss() -> None:
    """30 steps lower the loss on windows that were never trained on clearly."""
    model = build(TINY)
    held_out = torch.stack(list(islice(Windows(lambda _: clips(4, "held"), TINY, "x"), 8)))
    with torch.no_grad():
        before = model.loss(held_out).item()
    trainer = Trainer(model, TINY)
    losses = trainer.run(batches(Windows(lambda _: clips(8), TINY, "test"), TINY.batch), 30).losses
    with torch.no_grad():
        after = model.loss(held_out).item()
    assert after < 0.85 * before
    assert np.mean(losses[-5:]) < 0.85 * np.mean(losses[:5])


def test_every_parameter_learns() -> None:
    """No part of the model is cut off from the loss."""
    model = made(16, 8)
    model.loss(noise(1, 3, 17, 32, 32)).backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in model.parameters())


def test_seeds() -> None:
    """The same spec gives the same weights, in another process too; another seed gives others."""
    first = build(TINY).state_dict()
    assert all(torch.equal(value, first[key]) for key, value in build(TINY).state_dict().items())
    other = build(TINY.model_copy(update={"seed": 1})).state_dict()
    assert not torch.equal(other["encoder.0.weight"], first["encoder.0.weight"])
    code = (
        "from worldfactory.model import build; from worldfactory.spec import ModelSpec\n"
        f"model = build(ModelSpec.model_validate_json({TINY.model_dump_json()!r}))\n"
        "print(model.state_dict()['encoder.0.weight'].double().sum().item())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=Path(__file__).parents[2], capture_output=True, text=True, check=True
    )
    assert float(done.stdout) == first["encoder.0.weight"].double().sum().item()


def test_building_leaves_the_callers_random_numbers_alone() -> None:
    torch.manual_seed(0)
    expected = torch.rand(3)
    torch.manual_seed(0)
    build(TINY)
    assert torch.equal(torch.rand(3), expected)


def test_size_of_the_shipped_model() -> None:
    assert 100_000 <= sum(p.numel() for p in build(ModelSpec()).parameters()) <= 400_000


@pytest.mark.parametrize(
    "shape", [(1, 3, 4, 16, 16), (1, 3, 5, 12, 16), (1, 1, 5, 16, 16), (3, 5, 16, 16), (1, 3, 0, 16, 16)]
)
def test_wrong_shapes_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ModelError, match=r"\[B, 3, 1 \+ k\*4, H, W\] with H and W multiples of 8, not"):
        build(spec()).encode(torch.zeros(shape))
    with pytest.raises(ModelError, match=r"\[B, 5, 1 \+ k, h, w\], not \[1, 4, 1, 2, 2\]"):
        build(spec()).decode(torch.zeros(1, 4, 1, 2, 2))


def test_kinds() -> None:
    """Every kind that a spec may name is known; a spec of another kind is refused by name."""
    assert set(KINDS) == {"tokenizer"}
    with pytest.raises(ModelError, match=r"'diffusion'.*tokenizer"):
        build(ModelSpec().model_copy(update={"kind": "diffusion"}))


@pytest.mark.parametrize(
    ("wrong", "key", "says"),
    [
        ({"frames": 8}, "frames", "such as 9"),
        ({"size": 60}, "size", "such as 64"),
        ({"spatial_factor": 4, "temporal_factor": 8}, "temporal_factor", "8 or 16"),
        ({"channels": 0}, "channels", "greater than or equal to 4"),
        ({"chanels": 4}, "chanels", "not permitted"),
    ],
)
def test_specs_that_do_not_fit(wrong: dict[str, int], key: str, says: str) -> None:
    with pytest.raises(ValueError, match=f"(?s){key}.*{says}"):
        ModelSpec.model_validate(wrong)
