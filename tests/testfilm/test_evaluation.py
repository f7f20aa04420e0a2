"""The evaluation of curation runs whole, on a film of seconds, and counts as it says."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from bench._curation import Evaluation, Tally, compare_transitions, main
from bench._embedder import copies, recall
from bench._footage import Drawn, draw_place
from worldfactory.curate.split import Boundary
from worldfactory.embed import open_embedder
from worldfactory.testfilm import FilmTruth, Transition


def test_it_runs_and_writes_every_figure(tmp_path: Path) -> None:
    size = ["--shots", "3", "--width", "192", "--height", "112"]
    to = tmp_path / "curation.json"
    detectors = ["--detectors", "blend", "content"]
    assert (
        main(["--seeds", "7", "--drawn", "0", "--embedded", "0", "--kinds", "0", *size, *detectors, "--to", str(to)])
        == 0
    )
    figures = json.loads(to.read_text())
    there = [figures.get(f"split.content.{kind}.there", {"value": 0})["value"] for kind in ("cut", "gradual")]
    assert sum(there) == 2
    for name in ("filter.static.f1", "filter.added-text.f1", "duplicates.recall"):
        assert 0 <= figures[name]["value"] <= 1
    assert figures["cost.motion"]["unit"] == "cpu-ms a frame"


def test_boundaries_are_matched_one_to_one() -> None:
    truth = FilmTruth(
        seed=0, width=8, height=8, fps=(24, 1), frames=300, shots=(), flashes=(),
        transitions=(
            Transition(kind="cut", start=50, stop=50),
            Transition(kind="dissolve", start=100, stop=124),
            Transition(kind="cut", start=200, stop=200),
        ),
    )  # fmt: skip
    found = [
        Boundary(51, 51, "cut"),
        Boundary(90, 98, "dissolve"),
        Boundary(120, 126, "dissolve"),
        Boundary(210, 210, "cut"),
    ]
    tallies = Evaluation().tallies
    compare_transitions(tallies, "x", found, truth)
    assert tallies["x.cut"] == Tally(hit=1, false=1, missed=1)
    assert tallies["x.gradual"] == Tally(hit=1, false=1, missed=0)
    assert tallies["x.cut"].figures("x")["x.f1"][0] == 0.5


def test_copies_of_places_are_found_by_the_shipped_embedder() -> None:
    places = [Drawn("", number, draw_place(number), "", "", "") for number in range(10_000, 10_004)]
    figures = copies(open_embedder("shipped"), places)
    for name in ("copy", "re-encoded", "mirrored", "sped-up"):
        assert figures[f"copies.{name}.found_first"][0] == 1.0, name
        assert figures[f"copies.{name}.recall"][0] == 1.0, name
        assert figures[f"copies.{name}.precision"][0] > 0.6, name


def test_recall_counts_the_clips_that_are_nearer() -> None:
    class Known:
        """Each clip's only pixel value is its place in the space; texts name places."""

        name, dims = "known", 3

        def video(self, frames: np.ndarray) -> np.ndarray:
            return np.eye(3, dtype=np.float32)[int(frames.max())]

        def text(self, texts: Sequence[str]) -> np.ndarray:
            return np.eye(3, dtype=np.float32)[[int(text) for text in texts]]

    clips = [Drawn("", at, np.full((1, 1, 1, 3), at, np.uint8), str(at), str((at + 1) % 3), "") for at in range(3)]
    found = recall(Known(), clips)
    assert found["short.recall@1"][0] == 1.0
    assert found["dense.recall@1"][0] == 0.0 and found["dense.recall@5"][0] == 1.0
