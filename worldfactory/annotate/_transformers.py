"""Any vision-language model of transformers that takes pictures in a chat: Idefics3, Qwen2.5-VL, LLaVA-OneVision, ...

A clip is given as its frames, one picture after another, then the prompt: the one form that every such model's own
processor and chat template understand, whether or not it was made for video.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from worldfactory.annotate._answer import Answer, read_answer
from worldfactory.errors import ModelError


class TransformersAnnotator:
    """Answers are the most likely words (greedy), so that the same clip has the same caption."""

    def __init__(self, model: str, prompt: str, most_tokens: int) -> None:
        """`model`: a folder, which is read without any network, or a name that transformers can find.

        Runs on the first GPU where there is one. Raises ModelError if it can not be loaded, or does not chat.
        """
        from transformers import AutoModelForImageTextToText, AutoProcessor

        path = Path(model)
        if not path.is_dir() and (path.is_absolute() or model.startswith((".", "~"))):
            raise ModelError(f"{model}: no such folder; `annotator.model` is the folder of a checkpoint or its name")
        local = path.is_dir()
        try:
            self._processor: Any = AutoProcessor.from_pretrained(model, local_files_only=local)
            self._model: Any = AutoModelForImageTextToText.from_pretrained(model, dtype="auto", local_files_only=local)
        except ImportError as error:  # the processors of some families are built on torchvision
            needs = str(error).strip().partition("\n")[0]
            raise ModelError(
                f"{model}: its processor needs a package that is not installed ({needs}); install that, or name a "
                "model that does without it, such as one of Idefics3 or SmolVLM"
            ) from error
        except (OSError, ValueError) as error:
            raise ModelError(f"{model}: can not be loaded as a vision-language model: {error}") from error
        if not getattr(self._processor, "chat_template", None):
            raise ModelError(f"{model}: has no chat template; name a model that was tuned to follow instructions")
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self._model = self._model.to(self._device).eval()
        self._tokenizer: Any = self._processor.tokenizer
        self._tokenizer.padding_side = "left"  # answers begin where prompts end
        if self._tokenizer.pad_token is None:
            self._tokenizer.pad_token = self._tokenizer.eos_token
        self.name, self._prompt, self._most_tokens = model, prompt, most_tokens

    def describe(self, clips: Sequence[NDArray[np.uint8]]) -> list[Answer]:
        """See `Annotator`."""
        if not clips:
            return []
        if any(frames.ndim != 4 or not len(frames) for frames in clips):
            raise ValueError("a clip is uint8 [T, H, W, 3] with T of 1 or more")
        chats = [[self._question(frames)] for frames in clips]
        try:
            with torch.inference_mode():
                inputs = self._processor.apply_chat_template(
                    chats,
                    add_generation_prompt=True,
                    tokenize=True,
                    return_dict=True,
                    return_tensors="pt",
                    processor_kwargs={"padding": True},
                ).to(self._device, self._model.dtype)
                tokens = self._model.generate(
                    **inputs,
                    do_sample=False,
                    max_new_tokens=self._most_tokens,
                    pad_token_id=self._tokenizer.pad_token_id,
                )
        except torch.OutOfMemoryError as error:
            raise ModelError(f"{self.name}: {error}; make `annotator.batch` or `annotator.side` smaller") from error
        except (RuntimeError, ValueError, IndexError) as error:
            raise ModelError(f"{self.name}: can not answer: {type(error).__name__}: {error}") from error
        answers = tokens[:, inputs["input_ids"].shape[1] :]
        said = self._processor.batch_decode(answers, skip_special_tokens=True)
        ends = self._ends()
        return [
            read_answer(text, finished=bool(set(row.tolist()) & ends)) for text, row in zip(said, answers, strict=True)
        ]

    def _question(self, frames: NDArray[np.uint8]) -> dict[str, Any]:
        pictures = [{"type": "image", "image": Image.fromarray(frame)} for frame in frames]
        return {"role": "user", "content": [*pictures, {"type": "text", "text": self._prompt}]}

    def _ends(self) -> set[int]:
        """Tokens that end an answer."""
        ends = self._model.generation_config.eos_token_id
        return {self._tokenizer.eos_token_id, *(ends if isinstance(ends, list) else [ends])} - {None}
