"""What every model of the family can do."""

from __future__ import annotations

from abc import ABC, abstractmethod

from torch import Tensor, nn


class VideoModel(nn.Module, ABC):
    """Video to latents and back.

    Video is [B, 3, T, H, W] float32 in [-1, 1], sRGB. A model holds parameters only, no buffers, so that the mean of
    several models' state dicts is a model again, and it draws no random numbers but in `draw`, so that a training
    step can be repeated.
    """

    @abstractmethod
    def draw(self, key: str) -> None:
        """Set every parameter to its first value, at random by `worldfactory.lineage.generator(key, name)`."""

    @abstractmethod
    def encode(self, video: Tensor) -> Tensor:
        """[B, 3, T, H, W] -> latents [B, C, t, h, w]. Raises ModelError where the shape does not fit."""

    @abstractmethod
    def decode(self, latents: Tensor) -> Tensor:
        """Latents [B, C, t, h, w] -> video [B, 3, T, H, W], not clipped. Raises ModelError as `encode` does."""

    @abstractmethod
    def loss(self, video: Tensor) -> Tensor:
        """What training makes small: a scalar, the mean over the batch [B, 3, T, H, W]."""

    def forward(self, video: Tensor) -> Tensor:
        """[B, 3, T, H, W] -> its reconstruction, the same shape."""
        return self.decode(self.encode(video))
