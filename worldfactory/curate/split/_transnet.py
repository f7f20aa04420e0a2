"""TransNetV2 (Soucek and Lokoc 2020, "TransNet V2: An effective deep network architecture for fast shot transition
detection"), for weights that the user has: parameter names are those of the authors' PyTorch release."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional

from worldfactory.curate._observe import SeenFrame
from worldfactory.curate.split._types import Boundary
from worldfactory.errors import ModelError

HEIGHT, WIDTH = 27, 48
_FILTERS, _LAYERS, _BLOCKS, _DENSE, _LOOKUP, _SIMILARITY = 16, 3, 2, 1024, 101, 128
_WINDOW, _MARGIN = 100, 25


class _Separable(nn.Module):
    """A 3-D convolution as a spatial and then a temporal one of the given dilation (section 3.1)."""

    def __init__(self, channels: int, filters: int, dilation: int) -> None:
        super().__init__()
        space = nn.Conv3d(channels, 2 * filters, (1, 3, 3), padding=(0, 1, 1), bias=False)
        time = nn.Conv3d(
            2 * filters, filters, (3, 1, 1), dilation=(dilation, 1, 1), padding=(dilation, 0, 0), bias=False
        )
        self.layers = nn.ModuleList([space, time])

    def forward(self, x: Tensor) -> Tensor:
        return self.layers[1](self.layers[0](x))


class _Dilated(nn.Module):
    """Four of them side by side, with dilations 1, 2, 4 and 8."""

    def __init__(self, channels: int, filters: int) -> None:
        super().__init__()
        self.Conv3D_1 = _Separable(channels, filters, 1)
        self.Conv3D_2 = _Separable(channels, filters, 2)
        self.Conv3D_4 = _Separable(channels, filters, 4)
        self.Conv3D_8 = _Separable(channels, filters, 8)
        self.bn = nn.BatchNorm3d(filters * 4, eps=1e-3)

    def forward(self, x: Tensor) -> Tensor:
        return self.bn(torch.cat([self.Conv3D_1(x), self.Conv3D_2(x), self.Conv3D_4(x), self.Conv3D_8(x)], 1))


class _Stacked(nn.Module):
    """Two of those with a shortcut, then spatial pooling."""

    def __init__(self, channels: int, filters: int) -> None:
        super().__init__()
        inputs = [channels] + [filters * 4] * (_BLOCKS - 1)
        self.DDCNN = nn.ModuleList([_Dilated(size, filters) for size in inputs])
        self.pool = nn.AvgPool3d((1, 2, 2))

    def forward(self, x: Tensor) -> Tensor:
        first = functional.relu(self.DDCNN[0](x))
        return self.pool(functional.relu(self.DDCNN[1](first)) + first)


def _near(similarities: Tensor) -> Tensor:
    """[B, T, T] -> [B, T, 101]: each frame's similarity to the 50 before it, itself and the 50 after it."""
    half = (_LOOKUP - 1) // 2
    padded = functional.pad(similarities, (half, half))
    time = torch.arange(similarities.shape[1])
    return padded[:, time[:, None], time[:, None] + torch.arange(_LOOKUP)[None, :]]


class _FrameSimilarity(nn.Module):
    """Similarity of frames by what the convolutions saw (section 3.2)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.projection = nn.Linear(channels, _SIMILARITY)
        self.fc = nn.Linear(_LOOKUP, _SIMILARITY)

    def forward(self, blocks: list[Tensor]) -> Tensor:
        x = torch.cat([block.mean(dim=[3, 4]) for block in blocks], 1).transpose(1, 2)
        x = functional.normalize(self.projection(x), dim=2)
        return functional.relu(self.fc(_near(x @ x.transpose(1, 2))))


class _ColourHistograms(nn.Module):
    """Similarity of frames by their histograms of 512 colours (section 3.2)."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(_LOOKUP, _SIMILARITY)

    def forward(self, frames: Tensor) -> Tensor:
        batch, time = frames.shape[:2]
        level = frames.long() >> 5
        bins = ((level[..., 0] << 6) + (level[..., 1] << 3) + level[..., 2]).reshape(batch * time, -1)
        counts = torch.zeros(batch * time, 512).scatter_add_(1, bins, torch.ones(bins.shape))
        x = functional.normalize(counts.view(batch, time, 512), dim=2)
        return functional.relu(self.fc(_near(x @ x.transpose(1, 2))))


class TransNetV2(nn.Module):
    """uint8 frames [B, T, 27, 48, 3] RGB -> logits [B, T, 1] of a transition's middle, and of its every frame."""

    def __init__(self) -> None:
        super().__init__()
        channels = [3] + [_FILTERS * 2**i * 4 for i in range(_LAYERS)]
        self.SDDCNN = nn.ModuleList([_Stacked(channels[i], _FILTERS * 2**i) for i in range(_LAYERS)])
        self.frame_sim_layer = _FrameSimilarity(sum(channels[1:]))
        self.color_hist_layer = _ColourHistograms()
        # Three poolings leave 3 x 6 of 27 x 48.
        self.fc1 = nn.Linear(channels[-1] * 3 * 6 + 2 * _SIMILARITY, _DENSE)
        self.cls_layer1 = nn.Linear(_DENSE, 1)
        self.cls_layer2 = nn.Linear(_DENSE, 1)

    def forward(self, frames: Tensor) -> tuple[Tensor, Tensor]:
        x = frames.permute(0, 4, 1, 2, 3).float() / 255.0
        blocks: list[Tensor] = []
        for block in self.SDDCNN:
            x = block(x)
            blocks.append(x)
        x = x.permute(0, 2, 3, 4, 1).flatten(2)
        x = torch.cat([self.color_hist_layer(frames), self.frame_sim_layer(blocks), x], 2)
        x = functional.relu(self.fc1(x))
        return self.cls_layer1(x), self.cls_layer2(x)


def load_transnet(path: Path) -> TransNetV2:
    """The network with the weights of a PyTorch state dict or safetensors file. Raises ModelError naming it."""
    model = TransNetV2()
    try:
        if path.suffix == ".safetensors":
            weights = load_file(path)
        else:
            weights = torch.load(path, map_location="cpu", weights_only=True)
        model.load_state_dict(weights)
    except Exception as error:  # torch raises nearly anything on a file that is none of its own
        raise ModelError(f"{path}: holds no weights of TransNetV2 (the authors' PyTorch release): {error}") from error
    return model.eval()


class TransNetDetector:
    """Windows of 100 frames, of which the middle 50 are believed (section 4), as the authors do."""

    def __init__(self, model: TransNetV2, threshold: float | None = None) -> None:
        self._model = model
        self._threshold = 0.5 if threshold is None else threshold
        self._window: list[NDArray[np.uint8]] = []
        self._judged = 0
        self._open: tuple[int, float] | None = None

    def see(self, frame: SeenFrame) -> list[Boundary]:
        picture = np.asarray(Image.fromarray(frame.rgb).resize((WIDTH, HEIGHT), Image.Resampling.BOX))
        if not self._window:
            self._window = [picture] * _MARGIN
        self._window.append(picture)
        return self._judge(_WINDOW - 2 * _MARGIN) if len(self._window) == _WINDOW else []

    def finish(self) -> list[Boundary]:
        left = len(self._window) - _MARGIN
        found: list[Boundary] = []
        if left > 0:
            self._window.extend([self._window[-1]] * (_WINDOW - len(self._window)))
            found = self._judge(left)
        if self._open is not None and self._open[0] + 1 < self._judged:
            found.append(Boundary(self._open[0] + 1, self._judged, "gradual", self._open[1]))
        return found

    def _judge(self, count: int) -> list[Boundary]:
        with torch.inference_mode():
            logits, _ = self._model(torch.from_numpy(np.stack(self._window))[None])
        scores = torch.sigmoid(logits[0, _MARGIN : _MARGIN + count, 0]).tolist()
        del self._window[: _WINDOW - 2 * _MARGIN]
        found: list[Boundary] = []
        for score in scores:
            if score > self._threshold:
                start, best = self._open or (self._judged, 0.0)
                self._open = (start, max(best, score))
            elif self._open is not None:
                # The first frame above the threshold is the last of the old shot.
                start, best = self._open
                kind = "cut" if self._judged - start == 1 else "gradual"
                found.append(Boundary(start + 1, self._judged, kind, best))
                self._open = None
            self._judged += 1
        return found
