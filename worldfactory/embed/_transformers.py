"""CLIP, SigLIP, SigLIP 2 and V-JEPA 2 through transformers, by name or folder.

Pictures are made ready here, since the processors of the library want torchvision: squeezed to the model's square and
normalised with the mean and deviation of the checkpoint's preprocessor file, or those the family was trained with.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from worldfactory.embed._types import evenly
from worldfactory.errors import ModelError

_CLIP = ((0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711))
_IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
_HALF = ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
_FAMILIES = {"clip": _CLIP, "siglip": _HALF, "siglip2": _HALF, "vjepa2": _IMAGENET}
_FRAMES = 8
"""Of those that look at pictures one by one; vectors are averaged (Luo et al. 2021, "CLIP4Clip", mean pooling)."""


class TransformersEmbedder:
    """A checkpoint's own space: `dims` of it. V-JEPA 2 sees frames in time and reads no text."""

    def __init__(self, model: str) -> None:
        """`model`: a folder, or a name that transformers can find. Raises ModelError if it is of no family known here,
        or can not be loaded."""
        from transformers import AutoConfig, AutoModel

        try:
            config: Any = AutoConfig.from_pretrained(model)
            kind = str(config.model_type)
            if kind not in _FAMILIES:
                raise ModelError(f"{model}: an embedder is one of {', '.join(_FAMILIES)}, this model is {kind}")
            self._model: Any = AutoModel.from_pretrained(model, dtype=torch.float32).eval()
        except (OSError, ValueError) as error:
            raise ModelError(f"{model}: can not be loaded: {error}") from error
        self.name, self._kind, self._config = model, kind, config
        self.reads = kind != "vjepa2"
        self._mean, self._deviation = _normalisation(Path(model), kind)
        self._tokenizer: Any = None
        if kind == "vjepa2":
            self.dims = int(config.hidden_size)
        else:
            self.dims = int(config.projection_dim if kind == "clip" else config.vision_config.hidden_size)

    def video(self, frames: NDArray[np.uint8]) -> NDArray[np.float32]:
        """[dims] of a clip's frames [T, H, W, 3], RGB. Raises ValueError for none."""
        vision = self._config if self._kind == "vjepa2" else self._config.vision_config
        count = int(vision.frames_per_clip) if self._kind == "vjepa2" else _FRAMES
        with torch.inference_mode():
            if self._kind == "vjepa2":
                pictures = self._pictures(evenly(frames, count), int(vision.crop_size))
                seen = self._model(pixel_values_videos=pictures[None], skip_predictor=True).last_hidden_state.mean(1)
            elif self._kind == "siglip2":
                seen = self._model.get_image_features(**self._patches(evenly(frames, count), vision))
            else:
                pictures = self._pictures(evenly(frames, count), int(vision.image_size))
                seen = self._model.get_image_features(pixel_values=pictures)
            each = functional.normalize(_pooled(seen), dim=1)
            return functional.normalize(each.mean(0), dim=0).numpy()

    def text(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """[n, dims]. Raises ModelError if the model reads no text, or its tokenizer is not there."""
        if self._kind == "vjepa2":
            raise ModelError(f"{self.name}: V-JEPA 2 reads no text; search by text takes CLIP or SigLIP 2")
        if not texts:
            return np.zeros((0, self.dims), np.float32)
        length = int(self._config.text_config.max_position_embeddings)
        # SigLIP was trained on texts filled up to its length, and pools the last place.
        padding = True if self._kind == "clip" else "max_length"
        tokens = self._reader()(list(texts), padding=padding, truncation=True, max_length=length, return_tensors="pt")
        wanted = {"input_ids": tokens["input_ids"]}
        if self._kind == "clip":
            wanted["attention_mask"] = tokens["attention_mask"]
        with torch.inference_mode():
            return functional.normalize(_pooled(self._model.get_text_features(**wanted)), dim=1).numpy()

    def _reader(self) -> Any:
        if self._tokenizer is None:
            from transformers import AutoTokenizer

            try:
                self._tokenizer = AutoTokenizer.from_pretrained(self.name)
            except (OSError, ValueError) as error:
                raise ModelError(f"{self.name}: its tokenizer can not be loaded: {error}") from error
        return self._tokenizer

    def _pictures(self, frames: NDArray[np.uint8], side: int) -> torch.Tensor:
        """[T, 3, side, side], normalised."""
        pictures = torch.from_numpy(frames).permute(0, 3, 1, 2).float() / 255
        square = functional.interpolate(pictures, (side, side), mode="bilinear", antialias=True, align_corners=False)
        mean, deviation = (torch.tensor(one).view(1, 3, 1, 1) for one in (self._mean, self._deviation))
        return (square - mean) / deviation

    def _patches(self, frames: NDArray[np.uint8], vision: Any) -> dict[str, torch.Tensor]:
        """What SigLIP 2's NaFlex models take: a square of patches, each flattened row by row, channels last."""
        grid, patch = int(vision.num_patches**0.5), int(vision.patch_size)
        pictures = self._pictures(frames, grid * patch)
        count = len(pictures)
        cut = pictures.view(count, 3, grid, patch, grid, patch).permute(0, 2, 4, 3, 5, 1)
        return {
            "pixel_values": cut.reshape(count, grid * grid, patch * patch * 3),
            "pixel_attention_mask": torch.ones(count, grid * grid, dtype=torch.int64),
            "spatial_shapes": torch.full((count, 2), grid, dtype=torch.int64),
        }


def _pooled(seen: Any) -> torch.Tensor:
    """[B, dims]: the library gives the tensor itself or, since its version 5, an output that holds it."""
    pooled = seen if isinstance(seen, torch.Tensor) else seen.pooler_output
    return pooled.float()


def _normalisation(folder: Path, kind: str) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Mean and deviation of each channel."""
    for name in ("preprocessor_config.json", "video_preprocessor_config.json"):
        if (folder / name).is_file():
            try:
                said = json.loads((folder / name).read_text())
            except ValueError as error:
                raise ModelError(f"{folder / name}: no JSON: {error}") from error
            if "image_mean" in said and "image_std" in said:
                return tuple(said["image_mean"]), tuple(said["image_std"])
    return _FAMILIES[kind]
