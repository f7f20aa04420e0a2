"""Curation held against the truth of test films: `make evaluate-curation`; writes bench/curation.json.

Films of seeds that nothing was tuned on. Transitions are found on the whole film; the filters are given the true shots,
so that what they find does not hang on where a detector cut. A shot has a defect where the rules of
specs/curation.yaml (their defaults) drop it for that reason.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import cv2

from bench import _embedder, train_kinds
from worldfactory import flow
from worldfactory.curate._observe import Observer
from worldfactory.curate._seen import Seer
from worldfactory.curate.deduplicate import Candidate, find_duplicates
from worldfactory.curate.fingerprint import Fingerprint, FingerprintObserver
from worldfactory.curate.motion import MotionObserver, camera_tag
from worldfactory.curate.quality import QualityObserver
from worldfactory.curate.split import Boundary, open_detector
from worldfactory.curate.text import TextObserver
from worldfactory.spec import CurationSpec, SplitSpec
from worldfactory.testfilm import FilmSpec, FilmTruth, Shot, Transition, duplicate_pairs, write_film
from worldfactory.video import VideoReader

HERE = Path(__file__).parent
SEEDS = range(9001, 9009)
"""Never used for tuning."""
DETECTORS = ("blend", "content", "adaptive", "threshold", "histogram")
REASONS = {
    "static": {"static"},
    "shaky": {"shake"},
    "blurred": {"blur"},
    "noisy": {"noise"},
    "blocky": {"blocking"},
    "dark": {"dark"},
    "overexposed": {"bright"},
    "barred": {"letterbox", "pillarbox"},
    "repeating": {"repeats"},
    "frozen": {"freeze"},
}
"""Rule of the clip rules -> defects of the truth that it is there for."""
BARS = {
    "split.blend.cut.f1": 0.97, "split.blend.gradual.f1": 0.90, "filter.static.f1": 0.95, "filter.shaky.f1": 0.95,
    "filter.added-text.f1": 0.95, "duplicates.precision": 0.98, "duplicates.recall": 0.95,
}  # fmt: skip
CEILINGS = {"filter.added-text.scene_text_called_added": 0.02}


@dataclass
class Tally:
    """Counts of one question."""

    hit: int = 0
    false: int = 0
    missed: int = 0

    def figures(self, name: str) -> dict[str, tuple[float, str]]:
        """Precision, recall and F1, and how many there were to find."""
        found, there = self.hit + self.false, self.hit + self.missed
        precision, recall = (self.hit / found if found else 1.0), (self.hit / there if there else 1.0)
        f1 = 2 * self.hit / (found + there) if found + there else 1.0
        return {
            f"{name}.precision": (precision, "share"),
            f"{name}.recall": (recall, "share"),
            f"{name}.f1": (f1, "share"),
            f"{name}.there": (float(there), "cases"),
        }


@dataclass
class Evaluation:
    """Everything counted over all films."""

    tallies: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    signs: int = 0
    signs_called_added: int = 0
    cameras: Counter[str] = field(default_factory=Counter[str])
    cameras_right: Counter[str] = field(default_factory=Counter[str])
    cpu_s: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    frames: int = 0

    def add(self, other: Evaluation) -> None:
        """Count in what another film gave."""
        for name, tally in other.tallies.items():
            mine = self.tallies[name]
            mine.hit, mine.false, mine.missed = (
                mine.hit + tally.hit,
                mine.false + tally.false,
                mine.missed + tally.missed,
            )
        for name, seconds in other.cpu_s.items():
            self.cpu_s[name] += seconds
        self.cameras.update(other.cameras)
        self.cameras_right.update(other.cameras_right)
        self.signs += other.signs
        self.signs_called_added += other.signs_called_added
        self.frames += other.frames

    def figures(self) -> dict[str, tuple[float, str]]:
        """Name -> value and unit."""
        figures: dict[str, tuple[float, str]] = {}
        for name in sorted(self.tallies):
            figures |= self.tallies[name].figures(name)
        if self.signs:
            share = self.signs_called_added / self.signs
            figures["filter.added-text.scene_text_called_added"] = (share, "share")
            figures["filter.added-text.scene_text_there"] = (float(self.signs), "cases")
        for camera, there in sorted(self.cameras.items()):
            figures[f"tag.camera.{camera}.recall"] = (self.cameras_right[camera] / there, "share")
            figures[f"tag.camera.{camera}.there"] = (float(there), "cases")
        if self.cameras:
            figures["tag.camera.accuracy"] = (self.cameras_right.total() / self.cameras.total(), "share")
        for name, seconds in sorted(self.cpu_s.items()):
            figures[f"cost.{name}"] = (1000 * seconds / max(1, self.frames), "cpu-ms a frame")
        return figures


def compare_transitions(tally: dict[str, Tally], name: str, found: Sequence[Boundary], truth: FilmTruth) -> None:
    """Match boundaries to transitions one to one; both kinds are counted apart, and a false one by what it claims.

    A cut is found within 2 frames; a gradual transition where a boundary overlaps it, 6 frames of slack at its ends.
    """
    left = list(found)

    def take(transition: Transition, slack: int) -> bool:
        for boundary in left:
            if boundary.start <= transition.stop + slack and boundary.stop >= transition.start - slack:
                left.remove(boundary)
                return True
        return False

    for transition in sorted(truth.transitions, key=lambda t: t.kind != "cut"):
        cut = transition.kind == "cut"
        one = tally[f"{name}.{'cut' if cut else 'gradual'}"]
        if take(transition, 2 if cut else 6):
            one.hit += 1
        else:
            one.missed += 1
    for boundary in left:
        # A second boundary inside one transition is as false as any.
        tally[f"{name}.{'cut' if boundary.start == boundary.stop else 'gradual'}"].false += 1


def evaluate_film(film: Path, truth: FilmTruth, detectors: Sequence[str], result: Evaluation) -> None:
    """Run every stage over a film and count."""
    find_transitions(film, truth, detectors, result)
    measured: list[tuple[Shot, dict[str, float], Fingerprint]] = []
    shots = iter(truth.shots)
    shot = next(shots, None)
    observers: list[Observer] = []
    seer = Seer()
    cpu = result.cpu_s
    with VideoReader(film) as reader:
        for picture in reader.pictures():
            result.frames += 1
            if shot is None or picture.index < shot.start:
                continue
            began = time.process_time()
            seen = seer.see(picture)
            cpu["small frames"] += time.process_time() - began
            if picture.index == shot.start:
                observers = [MotionObserver(), QualityObserver(), TextObserver(), FingerprintObserver()]
            for observer in observers:
                began = time.process_time()
                observer.see(seen)
                cpu[type(observer).__name__.removesuffix("Observer").lower()] += time.process_time() - began
            if picture.index == shot.stop - 1:
                scores = {name: value for one in observers for name, value in one.scores().items()}
                measured.append((shot, scores, observers[3].fingerprint()))  # type: ignore[attr-defined]
                shot = next(shots, None)
    judge(measured, truth, result)


def find_transitions(film: Path, truth: FilmTruth, detectors: Sequence[str], result: Evaluation) -> None:
    """Run the shot detectors over a film, its pictures decoded as roughly as shots are found, and count."""
    finders = {name: open_detector(SplitSpec(detector=name)) for name in detectors}  # type: ignore[arg-type]
    found: dict[str, list[Boundary]] = {name: [] for name in detectors}
    seer = Seer()
    with VideoReader(film, rough=True) as reader:
        for picture in reader.pictures():
            seen = seer.see(picture)
            for name, finder in finders.items():
                began = time.process_time()
                found[name] += finder.see(seen)
                result.cpu_s[f"split {name}"] += time.process_time() - began
    for name, finder in finders.items():
        compare_transitions(result.tallies, f"split.{name}", [*found[name], *finder.finish()], truth)


def judge(measured: Sequence[tuple[Shot, dict[str, float], Fingerprint]], truth: FilmTruth, result: Evaluation) -> None:
    """Count what the rules say of each shot, and which shots are found to be copies."""
    rules = CurationSpec().clip_rules
    for shot, scores, _ in measured:
        reasons = {
            name for name, rule in rules.items()
            if rule.score in scores and rule.failure(name, scores[rule.score]) is not None
        }  # fmt: skip
        for reason, defects in REASONS.items():
            if shot.disguises and reason in ("blurred", "noisy", "blocky", "dark", "overexposed"):
                continue  # a copy that was blown up, coded again or recoloured may really be so
            count(result.tallies[f"filter.{reason}"], bool(defects & set(shot.defects)), reason in reasons)
        added = "added-text" in reasons
        count(result.tallies["filter.added-text"], bool(shot.added), added)
        if shot.scene_text and not shot.added:
            result.signs += 1
            result.signs_called_added += added
        if shot.camera != "unknown" and "shake" not in shot.defects:
            result.cameras[shot.camera] += 1
            result.cameras_right[shot.camera] += camera_tag(scores) == shot.camera
    candidates = [
        Candidate(str(index), truth.width * truth.height, fingerprint=one[2]) for index, one in enumerate(measured)
    ]
    group = {str(index): str(index) for index in range(len(measured))}
    for duplicate in find_duplicates(candidates):
        group[duplicate.clip] = duplicate.of
    roots = [int(group[str(index)]) for index in range(len(measured))]
    said = {(a, b) for a in range(len(roots)) for b in range(a + 1, len(roots)) if roots[a] == roots[b]}
    true = duplicate_pairs(truth.shots)
    tally = result.tallies["duplicates"]
    tally.hit += len(said & true)
    tally.false += len(said - true)
    tally.missed += len(true - said)


def count(tally: Tally, there: bool, said: bool) -> None:
    """One case."""
    tally.hit += there and said
    tally.false += said and not there
    tally.missed += there and not said


def evaluate(
    seeds: Iterable[int], spec: dict[str, Any], drawn: int, detectors: Sequence[str], workers: int = 1
) -> Evaluation:
    """Count over the films of all seeds, each in a process."""
    result = Evaluation()
    films = [(seed, spec, drawn, tuple(detectors)) for seed in seeds]
    if workers == 1 or len(films) == 1:
        for film in films:
            result.add(one_film(*film))
        return result
    with ProcessPoolExecutor(min(workers, len(films)), mp_context=get_context("spawn")) as pool:
        for part in pool.map(one_film, *zip(*films, strict=True)):
            result.add(part)
    return result


def one_film(seed: int, spec: dict[str, Any], drawn: int, detectors: tuple[str, ...]) -> Evaluation:
    """Make the film of a seed, in a folder of its own that is gone afterwards, and count."""
    cv2.setNumThreads(1)
    result = Evaluation()
    film = FilmSpec(seed, **spec)
    footage = flow.drawn_footage(flow.open_factory(Path("specs"), profile="demo"), film, drawn) if drawn else {}
    with tempfile.TemporaryDirectory() as folder:
        truth = write_film(film, Path(folder), footage)
        evaluate_film(Path(folder) / "film.mp4", truth, detectors, result)
    print(f"film {seed}: {truth.frames} frames, {len(truth.shots)} shots", file=sys.stderr, flush=True)
    return result


def main(arguments: Sequence[str] | None = None) -> int:
    """Evaluate, print, write. 0 also where a bar is missed: the table says so."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="*", default=list(SEEDS))
    parser.add_argument("--shots", type=int, default=30)
    parser.add_argument("--width", type=int, default=640)
    parser.add_argument("--height", type=int, default=352)
    parser.add_argument("--drawn", type=int, default=2, help="own clips drawn for each film")
    parser.add_argument("--detectors", nargs="*", default=list(DETECTORS))
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--to", type=Path, default=HERE / "curation.json")
    parser.add_argument("--embedded", type=int, default=120, help="clips of either kind for the shipped embedder, or 0")
    parser.add_argument("--kinds", type=int, default=24, help="clips of each kind of video, or 0")
    parser.add_argument("--real", type=Path, help="folder of real videos and photographs, for that kind")
    said = parser.parse_args(arguments)
    size = {"shots": said.shots, "width": said.width, "height": said.height}
    figures = evaluate(said.seeds, size, said.drawn, said.detectors, said.workers).figures()
    if said.kinds:
        figures |= train_kinds.figures(said.kinds, said.real)
    if said.embedded:
        figures |= _embedder.figures(said.embedded)
    for name, (value, unit) in figures.items():
        bar = f"   (bar: at least {BARS[name]:g})" if name in BARS else ""
        bar = f"   (bar: under {CEILINGS[name]:g})" if name in CEILINGS else bar
        print(f"{name:<48} {value:>9.4g} {unit}{bar}")
    rows = {name: {"value": round(value, 5), "unit": unit} for name, (value, unit) in figures.items()}
    said.to.write_text(json.dumps(rows, indent=1, sort_keys=True) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
