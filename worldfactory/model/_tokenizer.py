"""A small causal video tokenizer in the manner of Cosmos (Agarwal et al. 2025, arXiv:2501.03575, section 4)."""

from __future__ import annotations

from math import sqrt

import numpy as np
import torch
from torch import Tensor, nn

from worldfactory.errors import ModelError
from worldfactory.lineage import generator
from worldfactory.model import _haar
from worldfactory.model._base import VideoModel
from worldfactory.model._layers import ChannelNorm, Down, ResidualBlock, SpaceConv, TimeConv, Up
from worldfactory.spec import ModelSpec

_COLOURS = 3
_LEVELS = 2
"""Wavelet levels before the net, as in Cosmos; what more a factor asks for is learnt."""


class CausalTokenizer(VideoModel):
    """An autoencoder with continuous latents: T = 1 + k p frames of H x W to 1 + k of H/s x W/s, and back.

    Causal at the grain of its latents, p = temporal_factor frames: latent 0 holds frame 0 alone (so an image is a
    video of one frame), latent g holds frames up to g p, and what is decoded for those never depends on a later
    frame. With p = 1 that is every frame.

    Two paths are summed, each way. A linear one over all wavelet bands of the latent grid starts as the choice of
    the lowest bands: a new model is a truncated wavelet code, and learning starts from there instead of from grey
    (as do the shortcuts of Chen et al. 2024, "Deep Compression Autoencoder", arXiv:2410.10733, section 3.2). The
    other is a net of causal convolutions, which starts near zero.
    """

    def __init__(self, spec: ModelSpec) -> None:
        super().__init__()
        self.spatial_factor = spec.spatial_factor
        self.temporal_factor = spec.temporal_factor
        self.latent_channels = spec.latent_channels
        self.gradient_weight = spec.gradient_weight
        self.square_weight = spec.square_weight
        space_levels = spec.spatial_factor.bit_length() - 1
        time_levels = spec.temporal_factor.bit_length() - 1
        fine = (_LEVELS, min(time_levels, _LEVELS))
        learnt_space, learnt_time = space_levels - fine[0], time_levels - fine[1]
        if learnt_time > learnt_space:
            raise ModelError(
                f"temporal_factor {spec.temporal_factor} needs spatial_factor 8 or 16, not {spec.spatial_factor}"
            )
        self.stages = (fine, (learnt_space, learnt_time))
        """Wavelet levels (space, time) before the net, and those that the net takes in strides."""
        bands = _COLOURS * spec.spatial_factor**2 * spec.temporal_factor
        self.analysis = nn.Conv3d(bands, spec.latent_channels, 1, bias=False)
        self.synthesis = nn.Conv3d(spec.latent_channels, bands, 1, bias=False)

        coefficients = _COLOURS * 4 ** fine[0] * 2 ** fine[1]
        widths = [spec.channels * 2**step for step in range(learnt_space + 1)]
        encoder: list[nn.Module] = [SpaceConv(coefficients, widths[0]), TimeConv(widths[0], widths[0])]
        decoder: list[nn.Module] = [SpaceConv(spec.latent_channels, widths[-1]), TimeConv(widths[-1], widths[-1])]
        for step in range(learnt_space):
            encoder += _blocks(widths[step], spec.blocks)
            encoder += [Down(widths[step], widths[step + 1], time=step < learnt_time)]
        for step in reversed(range(learnt_space)):
            decoder += _blocks(widths[step + 1], spec.blocks)
            decoder += [Up(widths[step + 1], widths[step], time=step < learnt_time)]
        self.encoder = nn.Sequential(*encoder, *_blocks(widths[-1], spec.blocks), ChannelNorm(widths[-1]), nn.SiLU())
        self.decoder = nn.Sequential(*decoder, *_blocks(widths[0], spec.blocks), ChannelNorm(widths[0]), nn.SiLU())
        self.to_latents = SpaceConv(widths[-1], spec.latent_channels)
        self.to_coefficients = SpaceConv(widths[0], coefficients)

    @torch.no_grad()
    def draw(self, key: str) -> None:
        """Convolutions keep variance (He et al. 2015, equation 10, with gain 1); the last of each path is near zero."""
        for name, module in self.named_modules():
            if isinstance(module, nn.Conv3d):
                bound = sqrt(3 / module.weight[0].numel())
                drawn = generator(key, name).random(tuple(module.weight.shape), np.float32)
                module.weight.copy_(torch.from_numpy(drawn * (2 * bound) - bound))
                if module.bias is not None:
                    module.bias.zero_()
            elif isinstance(module, ChannelNorm):
                module.scale.fill_(1.0)
        for module in self.modules():
            if isinstance(module, ResidualBlock):
                module.time.weight.zero_()
        self.to_latents.weight.mul_(0.01)
        self.to_coefficients.weight.mul_(0.01)
        self.analysis.weight.zero_()
        self.synthesis.weight.zero_()
        bands = _haar.lowest_bands(_COLOURS, self.stages)
        for channel, band in zip(range(self.latent_channels), bands, strict=False):
            self.analysis.weight[channel, band] = 1.0
            self.synthesis.weight[band, channel] = 1.0

    def encode(self, video: Tensor) -> Tensor:
        """[B, 3, 1 + k p, H, W] in [-1, 1] -> [B, C, 1 + k, H/s, W/s]. Raises ModelError for any other shape."""
        p, s = self.temporal_factor, self.spatial_factor
        fits = video.ndim == 5 and video.shape[1] == _COLOURS and video.shape[2] > 0 and (video.shape[2] - 1) % p == 0
        if not fits or min(video.shape[3:]) < s or video.shape[3] % s or video.shape[4] % s:
            raise ModelError(
                f"video: a tokenizer takes [B, 3, 1 + k*{p}, H, W] with H and W multiples of {s}, "
                f"not {list(video.shape)}"
            )
        fine, coarse = self.stages
        coefficients = _haar.forward(video, *fine)
        linear = self.analysis(_haar.forward(coefficients, *coarse))
        return linear + self.to_latents(self.encoder(coefficients))

    def decode(self, latents: Tensor) -> Tensor:
        """[B, C, 1 + k, h, w] -> [B, 3, 1 + k p, h s, w s]. Raises ModelError for any other shape."""
        if latents.ndim != 5 or latents.shape[1] != self.latent_channels or min(latents.shape[2:]) < 1:
            raise ModelError(
                f"latents: this tokenizer takes [B, {self.latent_channels}, 1 + k, h, w], not {list(latents.shape)}"
            )
        fine, coarse = self.stages
        linear = _haar.inverse(self.synthesis(latents), *coarse)
        return _haar.inverse(linear + self.to_coefficients(self.decoder(latents)), *fine)

    def loss(self, video: Tensor) -> Tensor:
        """L1 of the pixels + square_weight L2 + gradient_weight (L1 of their differences along x, y and t).

        The differences stand in for a perceptual net: L1 alone is content with blur and flicker (Mathieu et al.
        2016, "Deep multi-scale video prediction beyond mean square error", equation 6). L1 alone is also slow to
        leave the point where fine bands, which are mostly near zero, are all zero; L2 is not.
        """
        error = self(video) - video
        total = error.abs().mean()
        if self.square_weight > 0:
            total = total + self.square_weight * error.square().mean()
        if self.gradient_weight > 0:
            edges = error.diff(dim=3).abs().mean() + error.diff(dim=4).abs().mean()
            if video.shape[2] > 1:
                edges = edges + error.diff(dim=2).abs().mean()
            total = total + self.gradient_weight * edges
        return total


def _blocks(channels: int, count: int) -> list[nn.Module]:
    return [ResidualBlock(channels) for _ in range(count)]
