"""A video six times as long takes no more memory: frames pass through, and none is kept."""

from __future__ import annotations

import multiprocessing
import resource
from fractions import Fraction
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from tests.video.brought import shot
from worldfactory.curate import find_shots, write_clips
from worldfactory.curate._observers import clip_observers
from worldfactory.lineage import digest
from worldfactory.spec import CurationSpec
from worldfactory.video import Encoder

SHOT = 720
"""Frames, 30 s: 16 times as many as a fingerprint ever keeps."""


def film(path: Path, shots: int) -> Path:
    """320 x 176 at 24 a second: shots of three places in turn, back and forth over the same 48 pictures."""
    places = [shot(seed, 48, 320, 176) for seed in (1, 2, 3)]
    with Encoder(path, 320, 176, Fraction(24), preset="ultrafast") as encoder:
        for index in range(shots * SHOT):
            at = index % 96
            encoder.add(places[index // SHOT % 3][min(at, 95 - at)])
    return path


def curate_and_tell(pipe: Connection, path: Path, folder: Path) -> None:
    """Sends how many clips there were, and the most that this process ever held, in KiB."""
    spec = CurationSpec.model_validate({"split": {"detector": "content"}})
    shots = find_shots(path, digest(path.read_bytes()), spec)
    made = write_clips(path, shots, spec, folder, clip_observers)
    pipe.send((len(made.footage), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss))


def held(path: Path, folder: Path) -> tuple[int, int]:
    """Clips and the peak of memory, of a process of its own."""
    folder.mkdir()
    context = multiprocessing.get_context("spawn")
    near, far = context.Pipe()
    process = context.Process(target=curate_and_tell, args=(far, path, folder))
    process.start()
    far.close()
    said = near.recv()
    process.join()
    return said


@pytest.mark.long
def test_memory_does_not_grow_with_the_length_of_a_video(tmp_path: Path) -> None:
    few, short = held(film(tmp_path / "short.mp4", 4), tmp_path / "short")
    many, long = held(film(tmp_path / "long.mp4", 24), tmp_path / "long")
    assert (few, many) == (4, 24)
    assert long <= short + 25_000, f"{short} KiB for 2 minutes, {long} KiB for 12"
