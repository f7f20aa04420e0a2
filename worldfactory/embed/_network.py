"""The network of the shipped embedder: small pictures and hashed words in, one space out.

Eight frames go one by one through a small ConvNeXt (Liu et al. 2022, "A ConvNet for the 2020s", with batch in place of
layer normalisation), then one transformer layer over time. Two heads: `look` knows a clip again whatever was done to
it, `meaning` is shared with words (Radford et al. 2021, "Learning Transferable Visual Models From Natural Language
Supervision"). Words come in as a bag of hashed words and pairs of words.
"""

from __future__ import annotations

from typing import cast

import torch
from torch import nn
from torch.nn import functional

FRAMES = 8
HEIGHT, WIDTH = 96, 160
HALF = 128
"""Size of each head; an embedding is both, one after the other."""
BUCKETS = 4096
_DIMS, _DEPTHS, _FEATURES = (48, 96, 192), (2, 2, 5), 256


class Block(nn.Module):
    """A large depthwise convolution, then two pointwise ones, added to what came in."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.across = nn.Conv2d(size, size, 7, padding=3, groups=size, bias=False)
        self.norm = nn.BatchNorm2d(size)
        self.grow = nn.Conv2d(size, 3 * size, 1)
        self.shrink = nn.Conv2d(3 * size, size, 1)
        self.gain = nn.Parameter(torch.full((size, 1, 1), 0.1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """[B, size, h, w] -> the same shape."""
        inner = self.shrink(functional.gelu(self.grow(self.norm(self.across(x)))))
        return x + self.gain * inner


class Network(nn.Module):
    """Both towers."""

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = [nn.Conv2d(3, _DIMS[0], 4, 4), nn.BatchNorm2d(_DIMS[0])]
        for stage, (size, depth) in enumerate(zip(_DIMS, _DEPTHS, strict=True)):
            if stage:
                layers += [nn.Conv2d(_DIMS[stage - 1], size, 2, 2), nn.BatchNorm2d(size)]
            layers += [Block(size) for _ in range(depth)]
        self.frame = nn.Sequential(*layers, nn.Conv2d(_DIMS[-1], _FEATURES, 2, 2), nn.BatchNorm2d(_FEATURES))
        self.moment = nn.Parameter(torch.randn(FRAMES, _FEATURES) * 0.02)
        self.time = nn.TransformerEncoderLayer(
            _FEATURES, 4, 512, dropout=0.0, activation="gelu", batch_first=True, norm_first=True
        )
        self.look = nn.Linear(_FEATURES, HALF)
        self.meaning = nn.Linear(_FEATURES, HALF)
        self.words = nn.EmbeddingBag(BUCKETS, 128, mode="mean")
        self.sentence = nn.Sequential(nn.Linear(128, 256), nn.GELU(), nn.Linear(256, HALF))
        self.sharp = nn.Parameter(torch.tensor(3.0))

    def see(self, pictures: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """[B, FRAMES, 3, HEIGHT, WIDTH], 0 to 1 -> look and meaning, each [B, HALF] of unit length."""
        batch = pictures.shape[0]
        features = functional.gelu(self.frame((pictures.flatten(0, 1) - 0.45) / 0.25)).mean((2, 3))
        states = self.time(features.view(batch, FRAMES, _FEATURES) + self.moment).mean(1)
        look, meaning = cast(torch.Tensor, self.look(states)), cast(torch.Tensor, self.meaning(states))
        return functional.normalize(look.float(), dim=1), functional.normalize(meaning.float(), dim=1)

    def read(self, words: torch.Tensor, starts: torch.Tensor) -> torch.Tensor:
        """Bags of hashed words, one after the other [N], and where each begins [B] -> [B, HALF] of unit length."""
        said = cast(torch.Tensor, self.sentence(self.words(words, starts)))
        return functional.normalize(said.float(), dim=1)
