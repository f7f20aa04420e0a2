"""Layers that never look ahead in time: frame t of an output depends on frames 0..t of the input.

After Agarwal et al. 2025 (Cosmos, arXiv:2501.03575, section 4): convolutions factorised into space (1 x k x k) and
time (k x 1 x 1, padded on the left), normalised over channels and not over groups of positions.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class SpaceConv(nn.Conv3d):
    """A 3x3 convolution of each frame by itself; `stride` 2 halves height and width."""

    def __init__(self, inputs: int, outputs: int, stride: int = 1) -> None:
        super().__init__(inputs, outputs, (1, 3, 3), stride=(1, stride, stride), padding=(0, 1, 1))


class TimeConv(nn.Conv3d):
    """A convolution over this frame and the two before it; the first frame stands for those before it.

    `stride` 2 takes 1 + 2k frames to 1 + k: output j sees inputs up to 2j.
    """

    def __init__(self, inputs: int, outputs: int, stride: int = 1) -> None:
        super().__init__(inputs, outputs, (3, 1, 1), stride=(stride, 1, 1))

    def forward(self, input: Tensor) -> Tensor:
        """[B, C, T, H, W] -> [B, C', T', H, W]."""
        # Not F.pad: its replicate mode has no deterministic backward pass on CUDA.
        past = input[:, :, :1].expand(-1, -1, 2, -1, -1)
        return super().forward(torch.cat([past, input], dim=2))


class ChannelNorm(nn.Module):
    """Root-mean-square norm over the channels of one position (Zhang and Sennrich 2019, equation 4).

    Statistics over space would make a crop differ from its frame, and over time would leak the future.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(channels, 1, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        """[B, C, T, H, W] -> the same shape."""
        return x * torch.rsqrt(x.square().mean(dim=1, keepdim=True) + 1e-6) * self.scale


class ResidualBlock(nn.Module):
    """x + time(silu(norm(space(silu(norm(x)))))). The last convolution starts at zero: a new block is the identity."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm_space = ChannelNorm(channels)
        self.space = SpaceConv(channels, channels)
        self.norm_time = ChannelNorm(channels)
        self.time = TimeConv(channels, channels)

    def forward(self, x: Tensor) -> Tensor:
        """[B, C, T, H, W] -> the same shape."""
        y = self.space(F.silu(self.norm_space(x)))
        return x + self.time(F.silu(self.norm_time(y)))


class Down(nn.Module):
    """Halve space, and time where `time` says so: 1 + 2k frames to 1 + k."""

    def __init__(self, inputs: int, outputs: int, time: bool) -> None:
        super().__init__()
        self.space = SpaceConv(inputs, outputs, stride=2)
        self.time = TimeConv(outputs, outputs, stride=2 if time else 1)

    def forward(self, x: Tensor) -> Tensor:
        """[B, C, T, H, W] -> [B, C', T', H/2, W/2]."""
        return self.time(self.space(x))


class Up(nn.Module):
    """The way back of `Down`: double space, and time from 1 + k to 1 + 2k."""

    def __init__(self, inputs: int, outputs: int, time: bool) -> None:
        super().__init__()
        self.doubles_time = time
        self.time = TimeConv(inputs, inputs)
        self.space = SpaceConv(inputs, outputs)

    def forward(self, x: Tensor) -> Tensor:
        """[B, C, T, H, W] -> [B, C', T', 2H, 2W]."""
        if self.doubles_time:
            x = x.repeat_interleave(2, dim=2)[:, :, 1:]
        x = self.time(x)
        return self.space(x.repeat_interleave(2, dim=3).repeat_interleave(2, dim=4))
