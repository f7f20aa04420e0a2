"""Trains what tells added text from the rest: `python -m bench.train_text FOLDER`; writes curate/text.safetensors.

Cuts test films into FOLDER (those that are there already stay), looks at every true shot of them, and takes of each
group of edges what it measures and whether it lies on what was laid over the picture: the overlay is drawn again over
nothing to know. What the whole rule makes of shots that the nets have not seen is printed. Seeds are below 9001: those
of the evaluation stay unseen.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.numpy import save
from torch import nn
from torch.nn import functional

from worldfactory import flow
from worldfactory.curate._groups import MEASURED, VIEWS, Group
from worldfactory.curate._seen import Seer
from worldfactory.curate.text import WEIGHTS, TextObserver, likely
from worldfactory.files import write_file
from worldfactory.lineage import generator
from worldfactory.testfilm import FilmSpec, FilmTruth, write_film
from worldfactory.testfilm._disguises import DISGUISES
from worldfactory.testfilm._film import Film
from worldfactory.testfilm._plan import Recipe
from worldfactory.testfilm._words import Overlay
from worldfactory.video import VideoReader

SEEDS = range(3001, 3027)
_HIDDEN, _NETS, _FOLDS = 12, 5, 5
OPERATING = 0.66
"""Of 0.3 to 0.7 what does best by both, added text and signs, on films that the nets have not seen."""
INSIDE, OUTSIDE = 0.6, 0.1
"""Share of a group's edges on the overlay from which it is one, and up to which it is none."""


@dataclass
class Seen:
    """All groups of the films: rows [N, len(MEASURED)], what they are [N] (1 overlay, 0 scene, -1 both), where they are
    from [N, 4] (seed, shot, call of the judge, view), and of each shot (seed, shot) whether it has added text, and
    which."""

    rows: NDArray[np.float32]
    kinds: NDArray[np.int64]
    places: NDArray[np.int64]
    shots: NDArray[np.int64]
    names: list[str]


def film(folder: Path, spec: FilmSpec, given: dict[str, NDArray[np.uint8]]) -> FilmTruth:
    """Cut the film of a spec, if it is not there."""
    if not (folder / "truth.json").is_file():
        folder.mkdir(parents=True, exist_ok=True)
        return write_film(spec, folder, given)
    return FilmTruth.read(folder / "truth.json")


def footage(spec: FilmSpec, drawn: int) -> dict[str, NDArray[np.uint8]]:
    """The factory's own clips for a film."""
    return flow.drawn_footage(flow.open_factory(Path("specs"), profile="demo"), spec, drawn) if drawn else {}


def overlays(spec: FilmSpec, given: dict[str, NDArray[np.uint8]]) -> list[NDArray[np.bool_] | None]:
    """Of each shot [H, W] where something is laid over it at some time, None for nothing."""
    one = Film(spec, given)
    recipes: list[Recipe] = one._recipes  # pyright: ignore[reportPrivateUsage]
    return [
        _overlay(spec, recipe) if shot.added else None for shot, recipe in zip(one.truth().shots, recipes, strict=True)
    ]


def _overlay(spec: FilmSpec, recipe: Recipe) -> NDArray[np.bool_]:
    grey = np.full((spec.height, spec.width, 3), 128, np.uint8)
    if recipe.added:
        rng = generator(recipe.key, "edit")
        frames = [grey.copy() for _ in range(recipe.frames)]
        for kind in recipe.added:
            one = Overlay(rng, kind, spec.height, spec.width, recipe.frames, float(spec.fps))
            for index, frame in enumerate(frames):
                one.draw(frame, index)
    else:
        rng = generator(recipe.key, "disguise")
        frames = [grey] * recipe.alone
        for disguise in recipe.disguises:
            frames = DISGUISES[disguise](frames, rng)
    over = np.zeros((spec.height, spec.width), bool)
    for frame in frames[::6]:
        over |= np.abs(frame.astype(np.int16) - np.median(frame, (0, 1)).astype(np.int16)).max(-1) > 12
    return np.asarray(cv2.dilate(over.astype(np.uint8), np.ones((7, 7), np.uint8))) > 0


def look(path: Path, truth: FilmTruth, over: Sequence[NDArray[np.bool_] | None]) -> Seen:
    """Every group that an observer finds in each shot."""
    rows: list[NDArray[np.float32]] = []
    kinds: list[int] = []
    places: list[tuple[int, int, int, int]] = []
    calls = 0

    def judge(groups: Sequence[Group]) -> NDArray[np.float64]:
        nonlocal calls
        calls += 1
        for group in groups:
            rows.append(group.measured)
            kinds.append(_kind(group, over[number]))
            places.append((truth.seed, number, calls, VIEWS.index(group.view)))
        return np.zeros(len(groups))

    number = 0
    observer, seer = TextObserver(judge=judge), Seer()
    with VideoReader(path) as reader:
        for picture in reader.pictures():
            if number == len(truth.shots) or picture.index < truth.shots[number].start:
                continue
            observer.see(seer.see(picture))
            if picture.index == truth.shots[number].stop - 1:
                observer.scores()
                number += 1
                observer = TextObserver(judge=judge)
    windows = [
        (truth.seed, i, bool(shot.added), int((shot.stop - shot.start) / 23)) for i, shot in enumerate(truth.shots)
    ]
    names = [
        f"{shot.camera} {'/'.join((*shot.added, *shot.defects, *shot.disguises))} "
        f"{'signs' if shot.scene_text else ''}" for shot in truth.shots
    ]  # fmt: skip
    return Seen(
        np.stack(rows), np.array(kinds, np.int64), np.array(places, np.int64), np.array(windows, np.int64), names
    )


def _kind(group: Group, over: NDArray[np.bool_] | None) -> int:
    if over is None:
        return 0
    there = over[group.top : group.top + group.height, group.left : group.left + group.width]
    share = float(there[group.inside].mean())
    return 1 if share > INSIDE else 0 if share < OUTSIDE else -1


def seen_of(job: tuple[Path, FilmSpec, int]) -> Seen:
    """What is seen in the film of a spec: made, looked at and kept, unless it is there."""
    cv2.setNumThreads(1)
    folder, spec, drawn = job
    folder = folder / str(spec.seed)
    kept = folder / "seen.npz"
    if not kept.is_file():
        given = footage(spec, drawn)
        seen = look(folder / "film.mp4", film(folder, spec, given), overlays(spec, given))
        np.savez(kept, rows=seen.rows, kinds=seen.kinds, places=seen.places, shots=seen.shots, names=seen.names)
        print(f"film {spec.seed}: {len(seen.rows)} groups, {int((seen.kinds == 1).sum())} laid over", flush=True)
    with np.load(kept) as held:
        return Seen(held["rows"], held["kinds"], held["places"], held["shots"], held["names"].tolist())


class Net(nn.Module):
    """[B, len(MEASURED)] -> logits [B]; `text.likely` is the same in NumPy."""

    def __init__(self, mean: NDArray[np.float64], deviation: NDArray[np.float64]) -> None:
        super().__init__()
        self.one = nn.Linear(len(MEASURED), _HIDDEN)
        self.two = nn.Linear(_HIDDEN, 1)
        self.mean, self.deviation = (
            torch.tensor(mean, dtype=torch.float32),
            torch.tensor(deviation, dtype=torch.float32),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        hidden = functional.relu(self.one((x - self.mean) / self.deviation))
        return self.two(functional.dropout(hidden, 0.1, self.training))[:, 0]


@dataclass
class Shots:
    """Groups of many films by shot. rows [N, len(MEASURED)], kinds [N]; of each shot whether it has `added` text, the
    groups of each second's look, those of all other looks, and how many seconds had none."""

    rows: NDArray[np.float32]
    kinds: NDArray[np.int64]
    added: NDArray[np.bool_]
    brief: list[list[NDArray[np.int64]]]
    rest: list[NDArray[np.int64]]
    empty: list[int]

    @classmethod
    def of(cls, films: Sequence[Seen]) -> Shots:
        """Take films together."""
        added: list[bool] = []
        brief: list[list[NDArray[np.int64]]] = []
        rest: list[NDArray[np.int64]] = []
        empty: list[int] = []
        begin = 0
        for one in films:
            for _, shot, has, windows in one.shots:
                mine = np.flatnonzero(one.places[:, 1] == shot)
                short = one.places[mine, 3] == VIEWS.index("brief")
                calls = one.places[mine, 2]
                brief.append([begin + mine[short & (calls == call)] for call in np.unique(calls[short])])
                rest.append(begin + mine[~short])
                empty.append(max(0, int(windows) - len(brief[-1])))
                added.append(bool(has))
            begin += len(one.rows)
        rows, kinds = np.concatenate([one.rows for one in films]), np.concatenate([one.kinds for one in films])
        return cls(rows, kinds, np.array(added), brief, rest, empty)

    def deciding(self, value: NDArray[np.float64]) -> NDArray[np.int64]:
        """[S]: of each shot the group by which `TextObserver.scores` judges it, of N values; -1 for none."""
        out = np.full(len(self.added), -1)
        for k, (brief, rest, empty) in enumerate(zip(self.brief, self.rest, self.empty, strict=True)):
            best = rest[np.argmax(value[rest])] if len(rest) else -1
            tops = sorted((call[np.argmax(value[call])] for call in brief), key=lambda row: value[row])
            # Seconds without a group have the value 0.
            place = len(tops) - 1 - (len(tops) + empty) // 3
            if place >= 0 and (best < 0 or value[tops[place]] > value[best]):
                best = tops[place]
            out[k] = best
        return out


def fit(films: Sequence[Seen], start: int, steps: int = 1500) -> Net:
    """Fit to groups and to shots: to what each group is, and to the group that decides each shot. In shots with added
    text only what is laid over may decide."""
    torch.manual_seed(start)
    shots = Shots.of(films)
    known = np.flatnonzero(shots.kinds >= 0)
    net = Net(shots.rows.mean(0), shots.rows.std(0) + 1e-3)
    x, y = torch.from_numpy(shots.rows), torch.from_numpy((shots.kinds == 1).astype(np.float32))
    share = np.where(shots.kinds[known] == 1, 0.3 / (shots.kinds == 1).sum(), 0.7 / (shots.kinds == 0).sum())
    chances = torch.from_numpy(share)
    place = torch.from_numpy(known)
    best = torch.optim.AdamW(net.parameters(), 3e-3, weight_decay=0.3)
    slow = torch.optim.lr_scheduler.CosineAnnealingLR(best, steps)
    decide = torch.zeros(0, dtype=torch.int64)
    for step in range(steps):
        if step % 10 == 0 and step >= steps // 5:
            with torch.no_grad():
                value = net.eval()(x).numpy().astype(np.float64)
            laid = np.where(shots.kinds == 1, value, -1e9)
            rows = np.where(shots.added, shots.deciding(laid), shots.deciding(value))
            rows = rows[(rows >= 0) & ~(shots.added & (shots.kinds[rows] != 1))]
            decide = torch.from_numpy(rows)
            net.train()
        batch = place[torch.multinomial(chances, 512, replacement=True)]
        loss = functional.binary_cross_entropy_with_logits(net(x[batch]), y[batch])
        if len(decide):
            loss = 0.3 * loss + functional.binary_cross_entropy_with_logits(net(x[decide]), y[decide])
        best.zero_grad()
        loss.backward()
        best.step()
        slow.step()
    return net.eval()


def fit_all(films: Sequence[Seen]) -> dict[str, NDArray[np.float32]]:
    """The mean of nets from several starts, which is one wider net: weights as `text.likely` reads them, by which a
    group counts as surely laid over as not where the nets give `OPERATING`."""
    nets = [fit(films, start) for start in range(1, _NETS + 1)]
    one, two = (
        torch.cat([getattr(net, name).weight for net in nets], dim).detach().numpy()
        for name, dim in (("one", 0), ("two", 1))
    )
    bias = float(np.mean([net.two.bias.item() for net in nets])) - float(np.log(OPERATING / (1 - OPERATING)))
    held = {
        "mean": nets[0].mean.numpy(), "deviation": nets[0].deviation.numpy(), "one": one.T, "two": two.T / _NETS,
        "one_bias": torch.cat([net.one.bias for net in nets]).detach().numpy(), "two_bias": np.array([bias]),
    }  # fmt: skip
    return {name: np.ascontiguousarray(value, np.float32) for name, value in held.items()}


def tell(films: Sequence[Seen], levels: NDArray[np.float64]) -> None:
    """Print F1 of shots with added text, which were taken for what they are not, and how many with signs only."""
    truth = np.concatenate([one.shots[:, 2] for one in films]) == 1
    names = [f"{one.shots[k, 0]} {one.shots[k, 1]} {name}" for one in films for k, name in enumerate(one.names)]
    signs = np.array(["signs" in name for name in names]) & ~truth
    called = levels >= 1
    hit, wrong, missed = (int(x.sum()) for x in (called & truth, called & ~truth, ~called & truth))
    for k in np.flatnonzero(called != truth):
        print(f"    {levels[k]:.2f} {names[k]}")
    print(f"  F1 {2 * hit / max(1, 2 * hit + wrong + missed):.3f}: {hit} found, {wrong} wrong, {missed} missed")
    print(f"  of {signs.sum()} shots with signs only {int((called & signs).sum())} are called")


def levels(films: Sequence[Seen], weights: dict[str, NDArray[np.float32]]) -> NDArray[np.float64]:
    """[S]: the `added_text_level` of each shot."""
    shots = Shots.of(films)
    value = likely(shots.rows, {name: held.astype(np.float64) for name, held in weights.items()})
    rows = shots.deciding(value)
    return np.where(rows >= 0, 2 * value[rows], 0.0)


def main(folder: Path, seeds: Sequence[int], drawn: int, shots: int, workers: int) -> None:
    """Make the films that are not there, look at them, tell how well others are judged, and write the weights."""
    jobs = [(folder, FilmSpec(seed, shots=shots), drawn) for seed in seeds]
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        films = list(pool.map(seen_of, jobs))
    told: list[NDArray[np.float64]] = []
    asked: list[Seen] = []
    for fold in range(_FOLDS):
        weights = fit_all([one for k, one in enumerate(films) if k % _FOLDS != fold])
        asked += films[fold::_FOLDS]
        told.append(levels(films[fold::_FOLDS], weights))
    print(f"{len(films)} films, each judged by nets that have not seen it:")
    tell(asked, np.concatenate(told))
    write_file(WEIGHTS, save(fit_all(films)))
    print(WEIGHTS)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seeds", type=int, nargs="*", default=list(SEEDS))
    parser.add_argument("--drawn", type=int, default=2, help="own clips drawn for each film")
    parser.add_argument("--shots", type=int, default=30)
    parser.add_argument("--workers", type=int, default=2)
    said = parser.parse_args()
    main(said.folder, said.seeds, said.drawn, said.shots, said.workers)
