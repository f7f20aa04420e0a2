"""Constant memory: the peak of 1,000 streamed clips over the peak of the first 50, in one process."""

from __future__ import annotations

import os
import resource
import sys
import tempfile
from itertools import islice
from pathlib import Path

import yaml

CLIPS = int(os.environ.get("BENCH_STREAM_CLIPS", "1000"))
FIRST = 50


def run() -> dict[str, tuple[float, str]]:
    """Stream small clips of every shipped cell in turn and watch the peak resident set."""
    from worldfactory import stream

    with tempfile.TemporaryDirectory() as folder:
        specs = Path(folder) / "specs"
        specs.mkdir()
        for name in ("cities", "venues", "decor", "models", "federation"):
            (specs / name).symlink_to(Path("specs", name).resolve())
        factory = yaml.safe_load(Path("specs/factory.yaml").read_text())
        factory |= {"width": 128, "height": 64, "frames": 3}
        (specs / "factory.yaml").write_text(yaml.safe_dump(factory))
        early = 0.0
        frames = 0
        for number, (_, clip) in enumerate(islice(stream(specs).clips(), CLIPS)):
            frames += sum(1 for _ in clip)
            if number + 1 == FIRST:
                early = _peak_mb()
        late = _peak_mb()
    return {
        "stream.peak_memory_ratio": (late / early, f"peak of {CLIPS} clips / peak of {FIRST}"),
        "stream.peak_memory_mb": (late, "MB"),
        "stream.frames": (float(frames), "frames"),
    }


def _peak_mb() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**20 if sys.platform == "darwin" else peak / 1024  # bytes on macOS, kB elsewhere
