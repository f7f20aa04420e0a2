"""The embedder that ships: weights in the package, no download; made by `python -m bench.train_embedder`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load_file

from worldfactory.embed._network import BUCKETS, FRAMES, HALF, HEIGHT, WIDTH, Network
from worldfactory.embed._types import evenly
from worldfactory.embed._words import hashed_words
from worldfactory.errors import ModelError

WEIGHTS = Path(__file__).parent / "shipped.safetensors"
"""Float16; trained on 2,015 of the factory's own clips and 192 places of the test film, and on nothing else."""


class ShippedEmbedder:
    """256 numbers: the first half knows a clip again whatever was done to it, the second is shared with words.

    So the cosine of two clips says how much they are alike, and the cosine of a clip and a text, at most 0.71, how well
    the text tells of it. It has seen drawn footage only: of real film it knows copies, and little of what is shown.
    """

    name = "shipped-1"
    dims = 2 * HALF
    reads = True

    def __init__(self, weights: Path = WEIGHTS) -> None:
        """Raises ModelError naming weights that are missing, damaged or of another network."""
        self._network = _network(weights)

    def video(self, frames: NDArray[np.uint8]) -> NDArray[np.float32]:
        """[256] of a clip's frames [T, H, W, 3], RGB, of which eight are looked at. Raises ValueError for none."""
        small = [cv2.resize(frame, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA) for frame in evenly(frames, FRAMES)]
        pictures = torch.from_numpy(np.stack(small)).permute(0, 3, 1, 2).float()[None] / 255
        with torch.inference_mode():
            both = torch.cat(self._network.see(pictures), 1)[0]
        return (both.numpy() / np.sqrt(2.0)).astype(np.float32)

    def text(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """[n, 256] of any texts; the first half is zero."""
        found = np.zeros((len(texts), self.dims), np.float32)
        if not texts:
            return found
        bags = [hashed_words(text, BUCKETS) for text in texts]
        starts = np.cumsum([0, *(len(bag) for bag in bags[:-1])])
        with torch.inference_mode():
            words = torch.from_numpy(np.concatenate(bags).astype(np.int64))
            found[:, HALF:] = self._network.read(words, torch.from_numpy(starts)).numpy()
        return found


@cache
def _network(weights: Path) -> Network:
    """Loaded once: it never changes."""
    network = Network()
    try:
        held = load_file(weights)
        missing, unknown = network.load_state_dict({name: value.float() for name, value in held.items()}, strict=False)
    except (OSError, SafetensorError, RuntimeError) as error:
        raise ModelError(f"{weights}: not the embedder's weights: {error}") from error
    missing = [name for name in missing if not name.endswith("num_batches_tracked")]
    if missing or unknown:
        raise ModelError(f"{weights}: not the embedder's weights: missing {missing[:3]}, unknown {unknown[:3]}")
    return network.eval()
