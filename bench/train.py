"""What training costs: steps of the shipped model, encoding at full size, and what a round of federation adds."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from worldfactory.federate import federate
from worldfactory.lineage import generator
from worldfactory.model import build
from worldfactory.records import Cell, Shard
from worldfactory.spec import FederationSpec, ModelSpec
from worldfactory.train import Trainer, deterministic

STEPS = 10
WIDTH, HEIGHT, FRAMES = 1280, 704, 9
ROUNDS = 6


def run() -> dict[str, tuple[float, str]]:
    """CPU time of this process on one thread; medians."""
    spec = ModelSpec()
    model = build(spec)
    trainer = Trainer(model, spec)
    batch = cycle([_noise(spec.batch, spec.frames, spec.size, spec.size)])
    trainer.run(batch, 2)
    steps = statistics.median(_cpu_s(lambda: trainer.run(batch, 1)) for _ in range(STEPS))
    video = _noise(1, FRAMES, HEIGHT, WIDTH)
    with deterministic(), torch.no_grad():
        model.encode(video)
        encode = statistics.median(_cpu_s(lambda: model.encode(video)) for _ in range(3))
    return {
        "model.parameters": (float(sum(p.numel() for p in model.parameters())), "weights"),
        "model.encode_cpu_ms_per_frame": (encode / FRAMES * 1e3, f"ms at {WIDTH}x{HEIGHT}"),
        "train.steps_per_cpu_s": (1 / steps, f"steps/s of {spec.batch} x {spec.frames} x {spec.size}x{spec.size}"),
        "federate.round_overhead_ms": (_overhead_ms(spec), "cpu-ms a round of 3 clients"),
    }


def _overhead_ms(spec: ModelSpec) -> float:
    """A round's time beyond the clients' work, from rounds whose training and evaluation are next to none."""
    small = spec.model_copy(update={"size": 16, "frames": 1, "batch": 1, "held_out_windows": 1})
    window = _noise(1, 1, 16, 16)
    trainer = Trainer(build(small), small)

    def work() -> None:
        trainer.run(iter([window]), 1)
        with deterministic(), torch.no_grad():
            for _ in range(2):
                trainer.model.loss(window)
                trainer.model(window)

    work()
    client = statistics.median(_cpu_s(work) for _ in range(20))
    times: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        homes = {name: _Still(name) for name in ("aws", "azure", "gcp")}
        federate(
            small,
            FederationSpec(rounds=ROUNDS, steps_per_round=1),
            homes,
            Path(folder),
            lambda done, total, what: times.append(time.process_time()),
        )
    rounds = [times[number + 3] - times[number] for number in range(2, 3 * (ROUNDS - 1), 3)]
    return (statistics.median(rounds) - 3 * client) * 1e3


@dataclass(frozen=True)
class _Grey:
    """A clip of one grey frame."""

    id: str
    frames: int = 1
    width: int = 16
    height: int = 16

    def rgb(self, start: int, stop: int) -> Iterator[NDArray[np.uint8]]:
        return (np.full((16, 16, 3), 128, np.uint8) for _ in range(start, stop))


class _Still:
    """A home of two clips that take no time to read."""

    def __init__(self, name: str) -> None:
        clips = (f"clip-{name}-0", f"clip-{name}-1")
        cell = Cell(venue="street", city="kyoto")
        self.shards: Sequence[Shard] = [
            Shard(id=f"shard-{name}", parents=clips, cell=cell, home=name, key="0.tar", bucket="", sha256="", bytes=0)
        ]

    def clips(self, shards: Sequence[Shard]) -> Iterator[_Grey]:
        return (_Grey(clip) for shard in shards for clip in shard.parents)


def _noise(batch: int, frames: int, height: int, width: int) -> torch.Tensor:
    return torch.from_numpy(generator("bench train").random((batch, 3, frames, height, width), np.float32) * 2 - 1)


def _cpu_s(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start
