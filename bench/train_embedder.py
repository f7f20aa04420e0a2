"""Train the embedder that ships: python -m bench.train_embedder draw, then train, on one folder.

    draw DATA SECONDS          draws the factory's clips on all cores, small, with their captions, and invented places
    train DATA OUT SECONDS     trains on clip against copy and clip against caption; writes the weights, prints recall

The two may run on different machines. Clips of the cities of `_footage.HELD_OUT`, and clips from index
`_footage.UNSEEN` on, are drawn too and never trained on.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections import defaultdict
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

from bench._augment import disguised, plain, windows
from worldfactory.embed._network import BUCKETS, Network
from worldfactory.embed._words import hashed_words

SETS = {"train": 0.86, "seeds": 0.08, "cities": 0.06}
BATCH, ALIKE = 448, 4
"""Clips a step, and how many of them are of one cell in every other step: what is alike must be told apart too."""
PLACES, PLACES_A_STEP = 192, 32
_RATE = 1.5e-3


def draw_all(data: Path, seconds: float) -> None:
    """Draw for so long; {train,seeds,cities}.npy hold frames, .json beside them (cell, index, short, dense, prompt).

    places.npy: clips of the test film's invented places, so that it is not only drawn cities that are told apart.
    """
    from bench._footage import UNSEEN, Drawn, draw, draw_place, small_specs, wanted_clips

    specs = small_specs()
    streams = {
        "train": wanted_clips(specs, "train", False),
        "seeds": wanted_clips(specs, "seeds", False, UNSEEN),
        "cities": wanted_clips(specs, "cities", True),
    }
    for key in sorted({next(streams["train"])[0].split(":")[0] + ":paris" for _ in range(20)}):
        draw(specs, key, 0)  # compiles the kernels once, for every process
    rng, began = np.random.default_rng(0), time.monotonic()
    got: dict[str, list[Drawn]] = {name: [] for name in SETS}
    live: dict[Future[Any], str] = {}
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:

        def feed() -> None:
            name = str(rng.choice(list(SETS), p=list(SETS.values())))
            live[pool.submit(draw, specs, *next(streams[name]))] = name

        for _ in range(2 * (os.cpu_count() or 1)):
            feed()
        while live:
            for future in wait(live, return_when=FIRST_COMPLETED).done:
                name, drawn = live.pop(future), future.result()
                if drawn is not None:
                    got[name].append(drawn)
                if time.monotonic() - began < seconds:
                    feed()
        places = list(pool.map(draw_place, range(PLACES)))
    data.mkdir(parents=True, exist_ok=True)
    np.save(data / "places.npy", np.stack(places))
    for name, clips in got.items():
        np.save(data / f"{name}.npy", np.stack([clip.frames for clip in clips]))
        rows = [[c.cell, c.index, c.short, c.dense, c.prompt] for c in clips]
        (data / f"{name}.json").write_text(json.dumps(rows))
        print(name, len(clips), flush=True)


class Clips:
    """One set on the device: frames, and the hashed words of short caption, dense caption and prompt."""

    def __init__(self, data: Path, name: str, device: str) -> None:
        rows = json.loads((data / f"{name}.json").read_text())
        self.device = device
        self.frames = torch.from_numpy(np.load(data / f"{name}.npy")).to(device)
        self.words = [[np.array(hashed_words(text, BUCKETS)) for text in row[2:5]] for row in rows]

        cells: dict[str, list[int]] = defaultdict(list)
        for index, row in enumerate(rows):
            cells[row[0]].append(index)
        self.cells = [np.array(members) for members in cells.values()]

    def some(self, count: int, alike: int, rng: np.random.Generator) -> NDArray[np.int64]:
        """Indices of about `count` clips, up to `alike` of them of one cell; 1 for no matter."""
        if alike == 1:
            return rng.choice(len(self), min(count, len(self)), replace=False)
        order = rng.permutation(len(self.cells))[: max(1, count // alike)]
        return np.concatenate([rng.permutation(self.cells[int(place)])[:alike] for place in order])

    def __len__(self) -> int:
        return len(self.words)

    def text(self, chosen: NDArray[Any], kinds: NDArray[Any], keep: float, rng: np.random.Generator) -> tuple[Any, ...]:
        """What `Network.read` takes for these clips; a share of the words is left out."""
        bags = [self.words[i][k] for i, k in zip(chosen, kinds, strict=True)]
        if keep < 1:
            bags = [thin if len(thin := bag[rng.random(len(bag)) < keep]) else bag for bag in bags]
        starts = np.cumsum([0, *map(len, bags[:-1])])
        return torch.from_numpy(np.concatenate(bags)).to(self.device), torch.from_numpy(starts).to(self.device)


def contrast(one: torch.Tensor, other: torch.Tensor, sharp: torch.Tensor | float) -> torch.Tensor:
    """Each of `one` [B, D] finds its own in `other` [B, D], and the other way round (van den Oord et al. 2018)."""
    logits = one @ other.T * sharp
    own = torch.arange(len(one), device=one.device)
    return (functional.cross_entropy(logits, own) + functional.cross_entropy(logits.T, own)) / 2


def train(data: Path, seconds: float, device: str) -> dict[str, NDArray[Any]]:
    """The weights by name. Prints recall on clips never trained on as it goes."""
    torch.manual_seed(0)
    rng, random = np.random.default_rng(0), torch.Generator(device).manual_seed(0)
    sets = {name: Clips(data, name, device) for name in SETS}
    clips = sets["train"]
    places = torch.from_numpy(np.load(data / "places.npy")).to(device)
    print({name: len(one) for name, one in sets.items()}, len(places), flush=True)
    net = Network().to(device)
    if device == "cuda":
        net.frame.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    thick = [p for p in net.parameters() if p.ndim > 1]
    thin = [p for p in net.parameters() if p.ndim <= 1]
    optimiser = torch.optim.AdamW(
        [{"params": thick, "weight_decay": 0.1}, {"params": thin, "weight_decay": 0.0}], _RATE
    )
    began, step, shown = time.monotonic(), 0, 0.0
    while (share := (time.monotonic() - began) / seconds) < 1:
        for group in optimiser.param_groups:
            group["lr"] = _RATE * min(1.0, (step + 1) / 100) * (0.01 + 0.99 * (0.5 + 0.5 * np.cos(np.pi * share)))
        chosen = rng.choice(len(clips), min(BATCH, len(clips)), replace=False)
        others = rng.choice(len(places), PLACES, replace=False)
        pictures = torch.cat(
            [clips.frames[torch.from_numpy(chosen).to(device)], places[torch.from_numpy(others).to(device)]]
        )
        first, second = (disguised(windows(pictures, random), random) for _ in range(2))
        kinds = rng.choice(3, len(chosen), p=[0.4, 0.3, 0.3])
        with torch.autocast(device, torch.bfloat16, enabled=device == "cuda"):
            look, meaning = net.see(torch.cat([first, second]))
            words = net.read(*clips.text(chosen, kinds, 0.8, rng))
        half, count = len(pictures), len(chosen)
        sharp = net.sharp.exp().clamp(max=50)
        copies = contrast(look[:half], look[half:], 16.0)
        # Spread over the sphere, or what is unlike lies near too (Pizzi et al. 2022, "SSCD", section 3.3).
        nearest = (look[:half] @ look[:half].T - 2 * torch.eye(half, device=device)).max(1).values
        spread = -torch.log((2 - 2 * nearest).clamp(min=1e-4)).mean() / 2
        told = contrast(meaning[:count], words, sharp) + contrast(meaning[half : half + count], words, sharp)
        loss = copies + 0.1 * spread + told / 2
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimiser.step()
        step += 1
        if time.monotonic() - shown > 40:
            shown = time.monotonic()
            print(f"{share:.2f} step {step}: copies {copies.item():.3f} told {told.item() / 2:.3f}", flush=True)
            print("  ", {name: recall(net, sets[name], random) for name in ("seeds", "cities")}, flush=True)
    for name in ("seeds", "cities"):
        print(name, recall(net, sets[name], random), flush=True)
    held = {name: value.detach().float().cpu().contiguous() for name, value in net.state_dict().items()}
    return {name: value.numpy() for name, value in held.items()}


@torch.no_grad()
def recall(net: Network, clips: Clips, random: torch.Generator) -> dict[str, float]:
    """Text to video among all of the set, at 1, 5 and 10, and how often a disguised copy finds its original first."""
    net.eval()
    seen = [[net.see(make(clips.frames[at : at + 64])) for at in range(0, len(clips), 64)] for make in (
        plain, lambda some: disguised(windows(some, random), random))]  # fmt: skip
    look, meaning = (torch.cat([pair[k] for pair in seen[0]]) for k in (0, 1))
    copies = torch.cat([pair[0] for pair in seen[1]])
    everything = np.arange(len(clips))
    own = torch.arange(len(clips), device=look.device)
    found = {"copy@1": float(((copies @ look.T).argmax(1) == own).float().mean())}
    for kind, name in enumerate(("short", "dense")):
        words = net.read(*clips.text(everything, np.full(len(clips), kind), 1.0, np.random.default_rng(0)))
        scores = words @ meaning.T
        rank = (scores > scores.diag()[:, None]).sum(1)
        found |= {f"{name}@{k}": float((rank < k).float().mean()) for k in (1, 5, 10)}
    net.train()
    return {name: round(value, 3) for name, value in found.items()}


def main() -> None:
    """One step."""
    from safetensors.numpy import save_file

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("step", choices=("draw", "train"))
    parser.add_argument("data", type=Path)
    parser.add_argument("rest", nargs="*")
    said = parser.parse_args()
    if said.step == "draw":
        draw_all(said.data, float(said.rest[0]))
    else:
        weights = train(said.data, float(said.rest[1]), "cuda" if torch.cuda.is_available() else "cpu")
        kept = {n: v.astype(np.float16) if v.ndim > 1 else v for n, v in weights.items() if "num_batches" not in n}
        save_file(kept, said.rest[0])


if __name__ == "__main__":
    main()
