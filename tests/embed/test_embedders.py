"""Embedders: the shipped one knows copies and reads; those of transformers load, see and read, in small."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from worldfactory.embed import Embedder, open_embedder
from worldfactory.embed._shipped import ShippedEmbedder
from worldfactory.errors import ModelError
from worldfactory.testfilm._world import World, camera_path


def film(number: int, height: int = 96, width: int = 160) -> NDArray[np.uint8]:
    """A pan through an invented place, never trained on."""
    from worldfactory.lineage import generator

    key = f"test of embedders {number}"
    world = World(key, height, width, signs=False, things=False)
    path = camera_path(generator(key, "camera"), "pan", 48, 24.0)
    return np.stack([world.frame(path[index], index) for index in range(0, 48, 4)])


def test_a_copy_in_disguise_is_nearer_than_any_other_clip() -> None:
    embedder = open_embedder("shipped")
    films = [film(number) for number in range(6)]
    vectors = np.stack([embedder.video(one) for one in films])
    assert vectors.shape == (6, embedder.dims) and np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-4)
    disguises = {
        "mirrored": lambda frame: frame[:, ::-1],
        "cropped": lambda frame: frame[8:-8, 10:-14],
        "recoloured": lambda frame: np.clip(frame.astype(np.float32) ** 0.9 * [1.6, 1.8, 1.4], 0, 255).astype(np.uint8),
        "re-encoded": lambda frame: cv2.resize(cv2.resize(frame, (64, 40)), (160, 96)),
    }
    for name, change in disguises.items():
        for number, one in enumerate(films):
            copy = embedder.video(np.stack([change(frame) for frame in one]))
            assert int((vectors @ copy).argmax()) == number, name
    faster = embedder.video(films[0][::2])
    assert int((vectors @ faster).argmax()) == 0


def test_text_comes_into_the_space_of_clips() -> None:
    embedder = open_embedder("shipped")
    texts = embedder.text(["A drone over a zoo by night.", "", "a drone over a ZOO, by night"])
    assert texts.shape == (3, embedder.dims)
    assert np.allclose(texts[0], texts[2]) and not np.allclose(texts[0], texts[1])
    assert embedder.text([]).shape == (0, embedder.dims)


def test_what_is_no_clip_is_refused() -> None:
    with pytest.raises(ValueError, match=r"T, H, W, 3"):
        open_embedder("shipped").video(np.zeros((0, 8, 8, 3), np.uint8))


def test_weights_that_are_not_there_are_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"gone\.safetensors"):
        ShippedEmbedder(tmp_path / "gone.safetensors")


def tokenizer(folder: Path) -> None:
    """A tokenizer of ten words."""
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    words = ["<pad>", "<unk>", "a", "drone", "over", "zoo", "by", "night", "red", "</s>"]
    inner = Tokenizer(models.WordLevel({word: at for at, word in enumerate(words)}, unk_token="<unk>"))
    inner.pre_tokenizer = pre_tokenizers.Whitespace()
    fast = PreTrainedTokenizerFast(tokenizer_object=inner, pad_token="<pad>", unk_token="<unk>", eos_token="</s>")
    fast.save_pretrained(folder)


def small_model(kind: str, folder: Path) -> None:
    """A checkpoint of this family, tiny, with random weights."""
    import torch
    import transformers as hf

    torch.manual_seed(0)
    tiny: dict[str, Any] = {
        "hidden_size": 32, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2,
    }  # fmt: skip
    words = {**tiny, "vocab_size": 10, "max_position_embeddings": 12, "eos_token_id": 9, "pad_token_id": 0}
    if kind == "clip":
        sight = {**tiny, "image_size": 32, "patch_size": 8}
        model: Any = hf.CLIPModel(hf.CLIPConfig(text_config=words, vision_config=sight, projection_dim=24))
    elif kind == "siglip":
        model = hf.SiglipModel(
            hf.SiglipConfig(text_config=words, vision_config={**tiny, "image_size": 32, "patch_size": 8})
        )
    elif kind == "siglip2":
        model = hf.Siglip2Model(
            hf.Siglip2Config(text_config=words, vision_config={**tiny, "num_patches": 16, "patch_size": 8})
        )
    else:
        model = hf.VJEPA2Model(
            hf.VJEPA2Config(
                crop_size=32, patch_size=8, frames_per_clip=4, tubelet_size=2, hidden_size=48, num_attention_heads=2,
                num_hidden_layers=2, mlp_ratio=1, pred_hidden_size=48, pred_num_attention_heads=2,
                pred_num_hidden_layers=1, pred_num_mask_tokens=2,
            )
        )  # fmt: skip
    model.save_pretrained(folder)
    tokenizer(folder)


@pytest.mark.parametrize("kind", ["clip", "siglip", "siglip2", "vjepa2"])
def test_a_model_of_transformers_sees_and_reads(kind: str, tmp_path: Path) -> None:
    small_model(kind, tmp_path)
    embedder = open_embedder(str(tmp_path))
    assert isinstance(embedder, Embedder)
    one, other = film(0), film(1)
    vectors = np.stack([embedder.video(one), embedder.video(one[:, ::-1]), embedder.video(other), embedder.video(one)])
    assert vectors.shape == (4, embedder.dims) and np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-4)
    assert np.array_equal(vectors[0], vectors[3])
    assert not np.allclose(vectors[0], vectors[1], atol=1e-5) and not np.allclose(vectors[0], vectors[2], atol=1e-5)
    if kind == "vjepa2":
        with pytest.raises(ModelError, match="reads no text"):
            embedder.text(["a zoo"])
        return
    texts = embedder.text(["a drone over a zoo", "red by night", "a drone over a zoo"])
    assert texts.shape == (3, embedder.dims)
    assert np.allclose(texts[0], texts[2], atol=1e-6) and not np.allclose(texts[0], texts[1], atol=1e-5)


def test_a_model_of_another_kind_is_refused(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "bert"}')
    with pytest.raises(ModelError, match="bert"):
        open_embedder(str(tmp_path))
    with pytest.raises(ModelError, match="nowhere"):
        open_embedder(str(tmp_path / "nowhere"))
