"""Makes the network that tells kinds of video apart: `python -m bench.train_kinds --real FOLDER`; kind.safetensors.

Slides, screens and animation are drawn (`testfilm._kinds`), rendered clips are the factory's own, games are those with
displays laid over. What cameras make can not be drawn: `--real` is a folder of videos and photographs, over which a
hand-held camera then moves. All are coded as video comes, at several sizes and qualities. Measures are kept in
`--measures`, so that fitting again draws nothing.
"""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Iterator
from fractions import Fraction
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.numpy import save

from bench._footage import small_specs, wanted_clips
from worldfactory import prompt, scene
from worldfactory.curate._seen import Seer
from worldfactory.curate.kind import MEASURED, TYPES, WEIGHTS, KindObserver, read_type
from worldfactory.errors import WorldfactoryError
from worldfactory.lineage import generator
from worldfactory.records import Cell
from worldfactory.render import RenderConfig, Renderer
from worldfactory.spec import Specs, VideoType, resolve
from worldfactory.testfilm import fitted
from worldfactory.testfilm._kinds import KINDS, game
from worldfactory.testfilm._world import sum_of_waves
from worldfactory.video import VideoReader

Frame = NDArray[np.uint8]
SIZES = ((352, 640), (288, 512), (480, 848))
FRAMES, FPS = 40, 24.0
PICTURES = (".jpg", ".jpeg", ".png", ".webp")
HELD_OUT = 1_000_000


def coded(frames: Iterator[Frame], height: int, width: int, crf: int) -> KindObserver:
    """The frames through H.264, as an observer sees them."""
    memory = io.BytesIO()
    with av.open(memory, "w", "matroska") as container:
        stream: Any = container.add_stream("libx264", Fraction(24), options={"crf": str(crf), "preset": "veryfast"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.codec_context.thread_count = 1
        for frame in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(frame), "rgb24")))
        container.mux(stream.encode(None))
    path = Path(f"/dev/shm/kinds-{id(memory)}.mkv")
    path.write_bytes(memory.getvalue())
    try:
        return watched(path, FRAMES)
    finally:
        path.unlink()


def watched(path: Path, most: int, skip: int = 0) -> KindObserver:
    """What an observer saw of a video's frames."""
    observer, seer = KindObserver(), Seer()
    with VideoReader(path) as reader:
        for picture in islice(reader.pictures(), skip, skip + most):
            observer.see(seer.see(picture))
    return observer


@lru_cache(1)
def rendered(number: int, height: int, width: int) -> list[Frame]:
    """Frames of one of the factory's clips; none where five that were tried can not be made."""
    specs = small_specs()
    wanted = wanted_clips(specs, f"kinds {number}", first=HELD_OUT if number >= HELD_OUT else 0)
    return next((made for key, index in islice(wanted, 5) if (made := _rendered(specs, key, index, height, width))), [])


def _rendered(specs: Specs, key: str, index: int, height: int, width: int) -> list[Frame]:
    try:
        cell = resolve(specs, Cell.parse(key))
        built = scene.build(cell, prompt.prompt(cell, index))
        renderer = Renderer(built, RenderConfig(width=width, height=height))
        first = int(generator(f"{key} {index}", "kinds").integers(0, built.frames - FRAMES))
        return [renderer.frame(first + i).rgb for i in range(FRAMES)]
    except WorldfactoryError:
        return []


def filmed(photo: Frame, rng: np.random.Generator, height: int, width: int) -> Iterator[Frame]:
    """A photograph as a camera in the hand sees it."""
    cover = fitted(photo, round(height * 1.35), round(width * 1.35))
    time = np.arange(FRAMES) / FPS
    sway = [sum_of_waves(rng, time, 0.2, 2.5, float(rng.uniform(0.5, 5))) for _ in range(2)]
    pan, near = rng.uniform(-0.1, 0.1, 2) * width, float(rng.uniform(-0.12, 0.12))
    noise, stands = float(rng.choice([0, 1, 2, 4])), rng.random() < 0.15
    for index in range(FRAMES):
        way = 0.0 if stands else index / FRAMES - 0.5
        matrix = cv2.getRotationMatrix2D((cover.shape[1] / 2, cover.shape[0] / 2), 0, 1 + near * way)
        at = np.array([sway[0][index], sway[1][index]]) * (not stands) + pan * way
        matrix[:, 2] += at + np.array([width - cover.shape[1], height - cover.shape[0]]) / 2
        frame = np.asarray(cv2.warpAffine(cover, matrix, (width, height), borderMode=cv2.BORDER_REFLECT), np.float32)
        yield np.clip(frame + rng.standard_normal((height, width, 1)) * noise, 0, 255).astype(np.uint8)


def draw(kind: VideoType, number: int, real: list[Path]) -> KindObserver | None:
    """One clip of a kind, measured."""
    rng = generator(f"kinds {kind} {number}", "clip")
    height, width = SIZES[number % len(SIZES)]
    crf = int(rng.integers(17, 33))
    if kind in KINDS:
        return coded(KINDS[kind](rng, height, width, FRAMES, FPS), height, width, crf)
    if kind == "real":
        path = real[number % len(real)]
        if path.suffix.lower() in PICTURES:
            photo = cv2.imread(str(path))
            if photo is None:
                return None
            return coded(filmed(np.asarray(photo[..., ::-1], np.uint8), rng, height, width), height, width, crf)
        return watched(path, FRAMES, int(rng.integers(0, 200)))
    frames = rendered(number, height, width)
    if not frames:
        return None
    return coded(game(rng, frames, FPS) if kind == "game" else iter(frames), height, width, crf)


def fit(measured: NDArray[np.float64], kinds: NDArray[np.int64], hidden: int = 24) -> dict[str, NDArray[np.float32]]:
    """Weights of the network: standardised measures, one hidden layer, softmax; kinds count alike."""
    torch.manual_seed(0)
    mean, deviation = measured.mean(0), np.maximum(measured.std(0), 1e-3)
    points = torch.from_numpy((measured - mean) / deviation).float()
    wanted = torch.from_numpy(kinds)
    weight = 1 / torch.bincount(wanted, minlength=len(TYPES)).clamp(min=1).float()
    one, two = torch.nn.Linear(len(MEASURED), hidden), torch.nn.Linear(hidden, len(TYPES))
    network = torch.nn.Sequential(one, torch.nn.ReLU(), two)
    optimiser = torch.optim.AdamW(network.parameters(), lr=3e-3, weight_decay=3e-2)
    for _ in range(1500):
        blurred = points + 0.15 * torch.randn_like(points)
        loss = torch.nn.functional.cross_entropy(network(blurred), wanted, weight, label_smoothing=0.03)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    arrays: dict[str, Any] = {
        "mean": mean, "deviation": deviation, "one": one.weight.detach().T, "one_bias": one.bias.detach(),
        "two": two.weight.detach().T, "two_bias": two.bias.detach(),
    }  # fmt: skip
    return {name: np.ascontiguousarray(np.asarray(value, np.float32)) for name, value in arrays.items()}


def figures(count: int, real: Path | None = None) -> dict[str, tuple[float, str]]:
    """Recall of each kind on clips that no training saw, and of real footage where a folder of some is given."""
    found: dict[str, tuple[float, str]] = {}
    there = sorted(path for path in real.rglob("*") if path.is_file()) if real else []
    kinds: list[VideoType] = [kind for kind in TYPES if kind != "real" or there]
    right: dict[VideoType, int] = dict.fromkeys(kinds, 0)
    for number in range(HELD_OUT, HELD_OUT + count):
        for kind in kinds:
            made = draw(kind, number, there)
            right[kind] += made is not None and TYPES[int(read_type(made.measured()).argmax())] == kind
    for kind, hits in right.items():
        found[f"type.{kind}.recall"] = (hits / count, "share")
    found["type.there"] = (float(count), "clips of each kind")
    return found


def main() -> int:
    """Draw, measure, fit, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--real", type=Path, required=True)
    parser.add_argument("--clips", type=int, default=80, help="of each kind")
    parser.add_argument("--measures", type=Path, default=Path("build/kinds.npz"))
    said = parser.parse_args()
    cv2.setNumThreads(1)
    rows: list[NDArray[np.float64]] = []
    kinds: list[int] = []
    said.measures.parent.mkdir(parents=True, exist_ok=True)
    if said.measures.is_file():
        held = np.load(said.measures)
        rows, kinds = list(held["measured"]), held["kinds"].tolist()
    real = sorted(path for path in said.real.rglob("*") if path.is_file())
    for number in range(len(rows) // len(TYPES), said.clips):
        made = [draw(kind, number, real) for kind in TYPES]
        if all(one is not None for one in made):
            rows += [one.measured() for one in made if one is not None]
            kinds += range(len(TYPES))
            np.savez(said.measures, measured=np.stack(rows), kinds=np.asarray(kinds))
            print(f"{number + 1} of {said.clips}", file=sys.stderr, flush=True)
    measured, wanted = np.stack(rows), np.asarray(kinds)
    WEIGHTS.write_bytes(save(fit(measured, wanted)))
    said_types = np.array([int(read_type(row).argmax()) for row in measured])
    for index, kind in enumerate(TYPES):
        print(kind, np.bincount(said_types[wanted == index], minlength=len(TYPES)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
