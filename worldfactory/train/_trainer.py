"""Steps of Adam on a model, and measuring its loss."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import isfinite, log10

import torch
from torch import Tensor

from worldfactory.errors import ModelError
from worldfactory.model import VideoModel
from worldfactory.spec import ModelSpec
from worldfactory.train._determinism import deterministic

_MOMENTS = ("exp_avg", "exp_avg_sq")
_MAX_GRADIENT = 1.0


@dataclass(frozen=True)
class TrainReport:
    """The loss of each step, before that step's update."""

    losses: tuple[float, ...]


@dataclass(frozen=True)
class Evaluation:
    """How well a model does on `windows` windows. psnr_db: decibels, of the clipped reconstruction."""

    loss: float
    psnr_db: float
    windows: int


class Trainer:
    """A model and the state of its Adam (Kingma and Ba 2015), which can be taken out and put back between steps."""

    def __init__(self, model: VideoModel, spec: ModelSpec) -> None:
        self.model = model
        self.spec = spec
        self.steps = 0
        """Steps taken so far."""
        self._named = dict(model.named_parameters())
        # 0.99 rather than 0.999: a demo run is a few dozen steps, and the second moment should know of them.
        self._adam = torch.optim.Adam(self._named.values(), lr=spec.learning_rate, betas=(0.9, 0.99))

    def run(self, batches: Iterator[Tensor], steps: int) -> TrainReport:
        """Take `steps` steps on the next batches [B, 3, T, H, W]. The same batches give the same bits.

        Raises ModelError where the loss is no longer finite, or the batches end too soon.
        """
        self.model.train()
        losses: list[float] = []
        with deterministic():
            for _ in range(steps):
                batch = next(batches, None)
                if batch is None:
                    raise ModelError(f"the batches ended after {len(losses)} of {steps} steps")
                losses.append(self._step(batch))
        return TrainReport(tuple(losses))

    def _step(self, batch: Tensor) -> float:
        for group in self._adam.param_groups:
            group["lr"] = self.spec.learning_rate * min(1.0, (self.steps + 1) / max(1, self.spec.warmup))
        self._adam.zero_grad()
        loss = self.model.loss(batch)
        value = float(loss.detach())
        if not isfinite(value):
            raise ModelError(
                f"step {self.steps + 1}: the loss is {value}; lower learning_rate (now {self.spec.learning_rate})"
            )
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self._named.values(), _MAX_GRADIENT)
        self._adam.step()
        self.steps += 1
        return value

    def state(self) -> dict[str, Tensor]:
        """Adam's moments by `exp_avg/PARAMETER` and `exp_avg_sq/PARAMETER`; empty before the first step."""
        state = self._adam.state
        return {
            f"{moment}/{name}": state[parameter][moment].clone()
            for name, parameter in self._named.items()
            if parameter in state
            for moment in _MOMENTS
        }

    def restore(self, state: Mapping[str, Tensor], steps: int) -> None:
        """Go on from what `state` returned after `steps` steps. Raises ModelError where it is of another model."""
        wanted = {f"{moment}/{name}" for name in self._named for moment in _MOMENTS} if steps else set[str]()
        if set(state) != wanted:
            raise ModelError(f"optimizer state: {sorted(wanted ^ set(state))[:3]} stand on one side only")
        for name, parameter in self._named.items() if steps else ():
            moments = {moment: state[f"{moment}/{name}"].clone() for moment in _MOMENTS}
            if any(moment.shape != parameter.shape for moment in moments.values()):
                raise ModelError(f"optimizer state: {name} is not {list(parameter.shape)}")
            self._adam.state[parameter] = {"step": torch.tensor(float(steps)), **moments}
        self.steps = steps


def train(model: VideoModel, spec: ModelSpec, batches: Iterator[Tensor], steps: int) -> TrainReport:
    """Train `model` in place for `steps` steps on the next batches [B, 3, T, H, W]. Raises as `Trainer.run` does."""
    return Trainer(model, spec).run(batches, steps)


def evaluate(model: VideoModel, windows: Tensor, batch: int) -> Evaluation:
    """Mean loss and PSNR on `windows` [N, 3, T, H, W], `batch` at a time; the model is left as it was."""
    total, squares = 0.0, 0.0
    with deterministic(), torch.no_grad():
        for part in windows.split(batch):
            total += float(model.loss(part)) * len(part)
            squares += float((model(part).clamp(-1, 1) - part).square().mean()) * len(part)
    # Pixels run from -1 to 1, so that the peak is 2; the floor keeps a perfect copy finite, at 100 dB.
    mean_square = max(squares / len(windows) / 4, 1e-10)
    return Evaluation(total / len(windows), -10 * log10(mean_square), len(windows))
