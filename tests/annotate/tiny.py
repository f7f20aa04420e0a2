"""A vision-language model of a real class, tiny, made here: with random weights, or so that it says a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

_SPECIAL = ["<pad>", "<s>", "</s>", "<image>", "<fake_token_around_image>", "<global-img>", "<end_of_utterance>"]
_CHAT = (
    "{% for m in messages %}{{ m['role'] }}:{% for c in m['content'] %}{% if c['type'] == 'image' %}<image>"
    "{% else %}{{ c['text'] }}{% endif %}{% endfor %}\n{% endfor %}Assistant:"
)
SENTENCE = "A red kite hangs over the long beach while small waves roll in."


def tiny_idefics(folder: Path, says: str | None = None, loops: bool = False) -> Path:
    """Save an Idefics3 with its processor into `folder`, which is returned.

    With `says` given, whatever it is shown, it says these words, no two alike, then ends, or with `loops` begins again:
    all layers add nothing, and the head of the last token seen points at the next.
    """
    import torch
    from transformers import Idefics3Config, Idefics3ForConditionalGeneration, Idefics3Processor
    from transformers.models.idefics3.image_processing_pil_idefics3 import Idefics3ImageProcessorPil

    words = [f"Ġ{word}" for word in (says or "").split()]
    tokenizer = _tokenizer(words)
    pictures = Idefics3ImageProcessorPil(
        size={"longest_edge": 32}, max_image_size={"longest_edge": 32}, do_image_splitting=False
    )
    Idefics3Processor(pictures, tokenizer, image_seq_len=4, chat_template=_CHAT).save_pretrained(folder)
    torch.manual_seed(0)
    tiny = {"hidden_size": 64, "intermediate_size": 64, "num_hidden_layers": 1, "num_attention_heads": 2}
    config = Idefics3Config(
        image_token_id=_SPECIAL.index("<image>"),
        scale_factor=2,
        text_config={
            "model_type": "llama", **tiny, "num_key_value_heads": 2, "vocab_size": len(tokenizer), "pad_token_id": 0,
            "bos_token_id": 1, "eos_token_id": 2,
        },
        vision_config={**tiny, "image_size": 32, "patch_size": 8},
    )  # fmt: skip
    model = Idefics3ForConditionalGeneration(config)
    model.generation_config.eos_token_id = tokenizer.eos_token_id
    if says is not None:
        chain = [*tokenizer.convert_tokens_to_ids([":", *words])]
        _say(model, [*chain, chain[1] if loops else tokenizer.eos_token_id])
    model.save_pretrained(folder)
    return folder


def _tokenizer(words: Sequence[str]) -> Any:
    """Of bytes; the words are never read, only written."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {token: at for at, token in enumerate([*_SPECIAL, *alphabet, *words])}
    inner = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = decoders.ByteLevel()
    return PreTrainedTokenizerFast(
        tokenizer_object=inner, pad_token="<pad>", bos_token="<s>", eos_token="</s>",
        additional_special_tokens=_SPECIAL[3:],
    )  # fmt: skip


def _say(model: Any, chain: Sequence[int]) -> None:
    import torch

    with torch.no_grad():
        for layer in model.model.text_model.layers:
            layer.self_attn.o_proj.weight.zero_()
            layer.mlp.down_proj.weight.zero_()
        embeddings = model.model.text_model.embed_tokens.weight
        embeddings.copy_(torch.randn_like(embeddings))
        head = model.lm_head.weight
        head.zero_()
        for token, following in pairwise(chain):
            head[following] += embeddings[token]
