"""Train the network of the shot detector on test films: python -m bench.train_split OUT [FILMS [SECONDS]].

Makes films (`worldfactory.testfilm`) from seeds 10,000 on, turns them into features, trains, and writes the weights.
Every film is also used at two and three times its speed, so that motion is as fast as in real films, and large things
cross the view within its shots (`Passers`): what a bus or a walker uncovers is no new shot.
"""

from __future__ import annotations

import sys
import time
from concurrent.futures import ProcessPoolExecutor
from fractions import Fraction
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

from worldfactory.curate.split._blend import DILATIONS
from worldfactory.curate.split._features import FEATURES, Features
from worldfactory.testfilm import Film, FilmSpec

FIRST_SEED = 10_000
WIDTH = 48
LENGTH = 512
SPEEDS = (1, 1, 2, 3)


class Net(nn.Module):
    """[B, FEATURES, T] -> logits [B, 2, T]; `split._blend.judge` is the same in NumPy."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv1d(FEATURES, WIDTH, 5, padding=2)
        self.blocks = nn.ModuleList([nn.Conv1d(WIDTH, WIDTH, 3, padding=d, dilation=d) for d in DILATIONS])
        self.last = nn.Conv1d(WIDTH, 2, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = functional.relu(self.first(x))
        for block in self.blocks:
            x = x + functional.relu(block(functional.dropout(x, 0.1, self.training)))
        return self.last(x)


class Passers:
    """Large things that cross or wander through single shots: pieces of earlier pictures, in blots that turn."""

    def __init__(self, random: np.random.Generator, spans: list[tuple[int, int]], width: int, height: int) -> None:
        self._size = (width, height)
        self._pieces: list[NDArray[np.uint8]] = []
        self._random = random
        self._passes: list[dict[str, Any]] = []
        for start, stop in spans:
            for _ in range(int(random.choice([0, 0, 1, 1, 2]))):
                begin = int(random.integers(start, max(start + 1, stop - 6)))
                end = int(random.integers(begin + 4, stop)) if begin + 4 < stop else stop
                across = random.random() < 0.7
                side = float(random.choice([-1, 1]))
                reach = 0.5 + float(random.uniform(0.25, 0.7))
                self._passes.append(
                    {
                        "begin": begin if across else start,
                        "end": end if across else stop,
                        "from": (0.5 - side * reach if across else random.uniform(0.2, 0.8), random.uniform(0.2, 0.8)),
                        "to": (0.5 + side * reach if across else random.uniform(0.2, 0.8), random.uniform(0.2, 0.8)),
                        "scale": random.uniform(0.25, 1.1, 2),
                        "turn": random.uniform(-60, 60),
                        "sway": (random.uniform(0, 0.12), random.uniform(0.1, 0.9), random.uniform(0, 6)),
                        "mask": self._blot(),
                        "piece": None,
                    }
                )

    def _blot(self) -> NDArray[np.float32]:
        width, height = self._size
        mask = np.zeros((height, width), np.float32)
        for _ in range(int(self._random.integers(1, 5))):
            middle = (int(width * self._random.uniform(0.35, 0.65)), int(height * self._random.uniform(0.3, 0.7)))
            axes = (int(width * self._random.uniform(0.06, 0.22)), int(height * self._random.uniform(0.1, 0.42)))
            cv2.ellipse(mask, middle, axes, float(self._random.uniform(0, 180)), 0, 360, 1.0, -1)
        return mask

    def draw(self, index: int, frame: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """The frame with what passes through it."""
        if index % 40 == 0 and len(self._pieces) < 40:
            self._pieces.append(frame[:, :: int(self._random.choice([-1, 1]))].copy())
        width, height = self._size
        for one in self._passes:
            if not one["begin"] <= index < one["end"]:
                continue
            if one["piece"] is None:
                one["piece"] = self._pieces[int(self._random.integers(len(self._pieces)))]
            share = (index - one["begin"]) / max(1, one["end"] - one["begin"] - 1)
            amount, rate, phase = one["sway"]
            sway = amount * np.sin(rate * index + phase)
            x = one["from"][0] + (one["to"][0] - one["from"][0]) * share + sway
            y = one["from"][1] + (one["to"][1] - one["from"][1]) * share
            turn = np.radians(one["turn"]) * (share - 0.5) + sway
            across, down = one["scale"] * (1 + sway)
            cos, sin = np.cos(turn), np.sin(turn)
            matrix = np.array([[cos * across, -sin * down, 0], [sin * across, cos * down, 0]], np.float32)
            matrix[:, 2] = (x * width, y * height) - matrix[:, :2] @ (0.5 * width, 0.5 * height)
            mask = cv2.GaussianBlur(cv2.warpAffine(one["mask"], matrix, self._size), (0, 0), 1.0)[..., None]
            thing = cv2.warpAffine(one["piece"], matrix, self._size)
            frame = (frame + (thing.astype(np.float32) - frame) * mask).astype(np.uint8)
        return frame


def film_features(seed: int, speeds: tuple[int, ...] = SPEEDS) -> list[tuple[NDArray[np.float32], NDArray[np.uint8]]]:
    """[(rows [T, FEATURES], labels [T, 2])] of one film at some speeds."""
    cv2.setNumThreads(1)
    random = np.random.default_rng(seed)
    fps = Fraction(int(random.choice([24, 25, 30])))
    film = Film(FilmSpec(seed, shots=16, width=320, height=176, fps=fps, shortest_s=1.0, longest_s=4.0))
    truth = film.truth()
    speed = int(random.choice(speeds))
    # Sensor noise and a change of gain, which test films have only as faults.
    noise, gain = float(random.choice([0, 0, 2, 5])), float(random.uniform(0.7, 1.15))
    labels = np.zeros((truth.frames, 2), np.uint8)
    for change in truth.transitions:
        if change.start == change.stop:
            labels[change.start, 0] = 1
        elif change.stop - change.start < 3 * speed:
            labels[change.start + (change.stop - change.start) // 2, 0] = 1
        else:
            labels[change.start : change.stop, 1] = 1
    passers = Passers(random, [(shot.start, shot.stop) for shot in truth.shots], 320, 176)
    features = Features()
    rows: list[NDArray[np.float32]] = []
    kept: list[NDArray[np.uint8]] = []
    for index, frame in enumerate(film.frames()):
        frame = passers.draw(index, frame)
        if index % speed:
            continue
        if noise or gain != 1:
            frame = frame * np.float32(gain) + random.normal(0, noise + 1e-3, frame.shape).astype(np.float32)
            frame = np.clip(frame, 0, 255).astype(np.uint8)
        luma = cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY)
        rows.append(features.row(frame, luma))
        gone = labels[max(0, index - speed + 1) : index + 1]
        kept.append(np.array([gone[:, 0].max(), gone[-1, 1]], np.uint8))
    return [(np.stack(rows), np.stack(kept))]


def train(
    films: list[tuple[NDArray[np.float32], NDArray[np.uint8]]], seconds: float, device: str
) -> dict[str, NDArray[Any]]:
    """Weights by name, with `mean` and `deviation` of the features."""
    torch.manual_seed(0)
    random = np.random.default_rng(0)
    everything = np.concatenate([rows for rows, _ in films])
    mean, deviation = everything.mean(0), everything.std(0) + 1e-3
    data = [
        (torch.from_numpy(np.clip((rows - mean) / deviation, -6, 6)).to(device), torch.from_numpy(y).float().to(device))
        for rows, y in films
        if len(rows) > LENGTH // 4
    ]
    net = Net().to(device)
    optimiser = torch.optim.AdamW(net.parameters(), 2e-3, weight_decay=1e-2)
    began, step = time.monotonic(), 0
    while (share := (time.monotonic() - began) / seconds) < 1:
        for group in optimiser.param_groups:
            group["lr"] = 2e-3 * (0.02 + 0.98 * (0.5 + 0.5 * np.cos(np.pi * share)))
        xs, ys, ws = [], [], []
        for _ in range(32):
            x, y = data[int(random.integers(len(data)))]
            at = int(random.integers(0, max(1, len(x) - LENGTH)))
            x, y = x[at : at + LENGTH], y[at : at + LENGTH]
            short = LENGTH - len(x)
            xs.append(functional.pad(x, (0, 0, 0, short)))
            ys.append(functional.pad(y, (0, 0, 0, short)))
            ws.append(functional.pad(torch.ones(len(x), device=device), (0, short)))
        x = torch.stack(xs)
        if random.random() < 0.5:
            x = x + 0.1 * torch.randn_like(x)
        y, w = torch.stack(ys).transpose(1, 2), torch.stack(ws)[:, None]
        logits = net(x.transpose(1, 2))
        weight = torch.tensor([6.0, 1.5], device=device)[None, :, None]
        loss = functional.binary_cross_entropy_with_logits(logits, y, reduction="none", pos_weight=weight)
        loss = (loss * w).sum() / w.sum()
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimiser.step()
        if step % 500 == 0:
            print(f"step {step}: loss {loss.item():.5f}", flush=True)
        step += 1
    weights = {name: value.cpu().numpy() for name, value in net.state_dict().items()}
    return {**weights, "mean": mean.astype(np.float32), "deviation": deviation.astype(np.float32)}


def main() -> None:
    """Make the films, train, write the weights as safetensors."""
    from safetensors.numpy import save_file

    out = Path(sys.argv[1])
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 200
    seconds = float(sys.argv[3]) if len(sys.argv) > 3 else 300.0
    films: list[tuple[NDArray[np.float32], NDArray[np.uint8]]] = []
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        for made in pool.map(film_features, range(FIRST_SEED, FIRST_SEED + count)):
            films.extend(made)
            print(f"{len(films)} films", flush=True)
    weights = train(films, seconds, "cuda" if torch.cuda.is_available() else "cpu")
    save_file({name: value.astype(np.float16) if value.ndim == 3 else value for name, value in weights.items()}, out)


if __name__ == "__main__":
    main()
