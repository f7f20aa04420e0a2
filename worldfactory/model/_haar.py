"""The Haar wavelet transform in space and time: a fixed, invertible way to a coarser grid with more channels.

Cosmos tokenizers work in this space (Agarwal et al. 2025, "Cosmos World Foundation Model Platform for Physical AI",
arXiv:2501.03575, section 4): what is redundant between neighbouring pixels is gone before anything is learnt.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

_TIME, _ROW, _COLUMN = 2, 3, 4
_DETAIL_GAIN = 2.0
"""Differences are scaled up: the amplitude of natural footage falls as 1/frequency (Field 1987), and a net learns
sooner from bands of like size."""


def _split(x: Tensor, axis: int) -> Tensor:
    """Halve `axis` and double the channels: means of neighbours, then their differences (Haar 1910)."""
    first, second = x.unflatten(axis, (-1, 2)).unbind(axis + 1)
    return torch.cat([(first + second) * 0.5, (first - second) * (0.5 * _DETAIL_GAIN)], dim=1)


def _join(x: Tensor, axis: int) -> Tensor:
    """The inverse of `_split`."""
    mean, detail = x.chunk(2, dim=1)
    half = detail * (1 / _DETAIL_GAIN)
    return torch.stack([mean + half, mean - half], dim=axis + 1).flatten(axis, axis + 1)


def forward(video: Tensor, space_levels: int, time_levels: int) -> Tensor:
    """[B, C, 1 + k 2^p, H, W] -> [B, C 4^s 2^p, 1 + k, H / 2^s, W / 2^s] for s, p = space_levels, time_levels.

    Frame 0 is repeated to make a group of its own, then each next group of 2^p frames becomes one: group g holds
    frames up to g 2^p and none after them. Takes its own output too, to go further levels down.
    """
    first = video[:, :, :1].expand(-1, -1, 2**time_levels, -1, -1)
    x = torch.cat([first, video[:, :, 1:]], dim=_TIME)
    for _ in range(time_levels):
        x = _split(x, _TIME)
    for _ in range(space_levels):
        x = _split(_split(x, _ROW), _COLUMN)
    return x


def inverse(coefficients: Tensor, space_levels: int, time_levels: int) -> Tensor:
    """The inverse of `forward`; of the first group, whose frames should all be frame 0, the last is kept."""
    x = coefficients
    for _ in range(space_levels):
        x = _join(_join(x, _COLUMN), _ROW)
    for _ in range(time_levels):
        x = _join(x, _TIME)
    return x[:, :, 2**time_levels - 1 :]


def lowest_bands(channels: int, stages: Sequence[tuple[int, int]]) -> list[int]:
    """The channels after `forward` with each of `stages` (space_levels, time_levels) in turn, lowest frequency first.

    Means come first and the finest differences last; a difference counts as its frequency in cycles per group.
    """
    space, time = (sum(levels) for levels in zip(*stages, strict=True))
    frequency = [0] * channels
    for space_levels, time_levels in stages:
        for _ in range(time_levels):
            time -= 1
            frequency += [f + 2**time for f in frequency]
        for _ in range(space_levels):
            space -= 1
            for _ in (_ROW, _COLUMN):
                frequency += [f + 2**space for f in frequency]
    return sorted(range(len(frequency)), key=lambda band: frequency[band])
