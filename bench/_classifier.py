"""A small convolutional net that names where a clip was taken: what `make evaluate-worlds` asks of city and venue."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

STEPS, BATCH, RATE = 1250, 128, 3e-3
MARGIN = 8
"""Pixels by which a picture is moved at most while training."""


@dataclass(frozen=True)
class Answers:
    """What the net said of each test clip, and what is right: indices into `names`, [N]."""

    names: tuple[str, ...]
    said: NDArray[np.int64]
    right: NDArray[np.int64]

    @property
    def accuracy(self) -> float:
        """Share of clips named rightly."""
        return float((self.said == self.right).mean())

    def confused(self, most: int) -> list[tuple[str, str, int]]:
        """The pairs (right, said) that are mistaken most often, with how often."""
        pairs, counts = np.unique(
            np.stack([self.right, self.said])[:, self.said != self.right], axis=1, return_counts=True
        )
        order = np.argsort(-counts, kind="stable")[:most]
        return [(self.names[pairs[0, k]], self.names[pairs[1, k]], int(counts[k])) for k in order]


class _Block(nn.Module):
    """Two convolutions past which the input is added (He et al. 2016, figure 2), at half the size."""

    def __init__(self, before: int, after: int) -> None:
        super().__init__()
        self.first, self.second = (
            nn.Conv2d(before, after, 3, 2, 1, bias=False),
            nn.Conv2d(after, after, 3, 1, 1, bias=False),
        )
        self.past = nn.Conv2d(before, after, 1, 2, bias=False)
        self.norm_1, self.norm_2 = nn.BatchNorm2d(after), nn.BatchNorm2d(after)

    def forward(self, x: Tensor) -> Tensor:
        y = self.norm_2(self.second(functional.relu(self.norm_1(self.first(x)))))
        return functional.relu(y + self.past(x))


def network(channels: int, classes: int) -> nn.Module:
    """[B, channels, H, W] to [B, classes]: about 0.7 million weights."""
    return nn.Sequential(
        nn.Conv2d(channels, 24, 3, 2, 1, bias=False), nn.BatchNorm2d(24), nn.ReLU(),
        _Block(24, 48), _Block(48, 96), _Block(96, 160),
        nn.AdaptiveAvgPool2d((2, 4)), nn.Flatten(), nn.Dropout(0.4), nn.Linear(160 * 8, classes),
    )  # fmt: skip


def _seen(pictures: Tensor, edges: bool) -> Tensor:
    """[B, H, W, 3] uint8 to [B, C, H, W]: the colours, or the gradient magnitude of the gray picture alone."""
    x = pictures.permute(0, 3, 1, 2).float() / 255.0
    if not edges:
        return x - 0.5
    gray = x.mean(1, keepdim=True)
    across, down = functional.pad(gray, (1, 1, 0, 0), "replicate"), functional.pad(gray, (0, 0, 1, 1), "replicate")
    return (2.0 * torch.hypot(across[..., 2:] - across[..., :-2], down[..., 2:, :] - down[..., :-2, :])).clamp(0.0, 1.0)


def _varied(pictures: Tensor, draw: torch.Generator) -> Tensor:
    """Moved a little, mirrored as often as not, brighter or darker, a part of it hidden."""
    _, height, width, _ = pictures.shape
    dy, dx = (int(torch.randint(-MARGIN, MARGIN + 1, (), generator=draw)) for _ in range(2))
    out = torch.roll(pictures, (dy, dx), (1, 2))
    if torch.rand((), generator=draw) < 0.5:
        out = out.flip(2)
    light = (0.75 + 0.5 * torch.rand(len(out), 1, 1, 1, generator=draw)).to(out.device)
    out = (out.float() * light).clamp(0, 255).to(torch.uint8)
    top, left = int(torch.randint(0, height, (), generator=draw)), int(torch.randint(0, width, (), generator=draw))
    out[:, top : top + height // 3, left : left + width // 4] = 110
    return out


def learn_and_ask(
    train: Sequence[NDArray[np.uint8]], test: Sequence[NDArray[np.uint8]], names: Sequence[str], edges: bool
) -> Answers:
    """Train on the frames of some clips, each [K, H, W, 3], and name others, each by all its frames together.

    `names` has an entry for each clip of `train` and then of `test`. With `edges` nothing but gradient magnitudes of
    gray frames is seen. It runs on a GPU where there is one.
    """
    torch.manual_seed(0)
    torch.set_num_threads(os.cpu_count() or 1)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    draw = torch.Generator().manual_seed(0)
    known = sorted(set(names))
    label = torch.tensor([known.index(name) for name in names])
    x = torch.from_numpy(np.concatenate(train)).to(device)
    y = label[: len(train)].repeat_interleave(torch.tensor([len(clip) for clip in train])).to(device)
    net = network(1 if edges else 3, len(known)).to(device, memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(net.parameters(), RATE, weight_decay=0.05)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=STEPS)
    order = torch.empty(0, dtype=torch.int64)
    for _ in range(STEPS):
        while len(order) < BATCH:
            order = torch.cat([order, torch.randperm(len(x), generator=draw)])
        rows, order = order[:BATCH].to(device), order[BATCH:]
        said = net(_seen(_varied(x[rows], draw), edges))
        loss = functional.cross_entropy(said, y[rows], label_smoothing=0.1)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    net.eval()
    with torch.inference_mode():
        answers = [
            int(net(_seen(torch.from_numpy(clip).to(device), edges)).log_softmax(1).mean(0).argmax()) for clip in test
        ]
    return Answers(tuple(known), np.array(answers), label[len(train) :].numpy())
