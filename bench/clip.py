"""A clip end to end at 1280x704: drawing, H.264 (veryfast, crf 18) and zstd ground truth; and each part alone."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

from bench.render import scene
from worldfactory.records import MODALITIES, Frame
from worldfactory.render import RenderConfig, Renderer
from worldfactory.truth import TruthReader, TruthWriter, truth_format, write_geometry
from worldfactory.video import Encoder, decode

WIDTH, HEIGHT, FRAMES = 1280, 704, 121
PART = 48  # the frames held in memory to time the parts alone


def run() -> dict[str, tuple[float, str]]:
    """Process CPU time per frame; one whole clip, then each part on its first frames."""
    street = scene(FRAMES)
    renderer = Renderer(street, RenderConfig(width=WIDTH, height=HEIGHT))
    frames = [renderer.frame(index) for index in range(PART)]  # compiles too

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        video = folder / "video.mp4"

        def whole() -> None:
            fresh = Renderer(street, RenderConfig(width=WIDTH, height=HEIGHT))
            writers = {modality: TruthWriter(folder / f"{modality}.zst") for modality in MODALITIES}
            with Encoder(video, WIDTH, HEIGHT, Fraction(24)) as encoder:
                for frame in fresh.frames():
                    encoder.add(frame.rgb)
                    for modality, writer in writers.items():
                        writer.add(getattr(frame, modality))
            for writer in writers.values():
                writer.close()
            write_geometry(folder / "geometry.npz", fresh.geometry)

        total = _cpu_ms(whole, FRAMES)
        sizes = {path.name: path.stat().st_size / FRAMES / 1000 for path in folder.iterdir()}
        encoded = _cpu_ms(lambda: _encode(video, frames))
        written = {m: _cpu_ms(lambda m=m: _write(folder / f"{m}.zst", frames, m)) for m in MODALITIES}
        decoded = _cpu_ms(lambda: sum(1 for _ in decode(video)))
        read = {m: _cpu_ms(lambda m=m: _read(folder / f"{m}.zst", m)) for m in MODALITIES}

    return {
        "clip.cpu_ms_per_frame": (total, "cpu-ms, 1 thread"),
        "clip.encode_only_cpu_ms_per_frame": (encoded, "cpu-ms, 1 thread"),
        "clip.decode_only_cpu_ms_per_frame": (decoded, "cpu-ms, 1 thread"),
        **{f"clip.write_{m}_cpu_ms_per_frame": (ms, "cpu-ms") for m, ms in written.items()},
        **{f"clip.read_{m}_cpu_ms_per_frame": (ms, "cpu-ms") for m, ms in read.items()},
        **{f"clip.{name}_kb_per_frame": (size, "kB") for name, size in sorted(sizes.items())},
    }


def _encode(path: Path, frames: list[Frame]) -> None:
    with Encoder(path, WIDTH, HEIGHT, Fraction(24)) as encoder:
        for frame in frames:
            encoder.add(frame.rgb)


def _write(path: Path, frames: list[Frame], modality: str) -> None:
    with TruthWriter(path) as writer:
        for frame in frames:
            writer.add(getattr(frame, modality))


def _read(path: Path, modality: str) -> None:
    for _ in TruthReader(path, *truth_format(modality, HEIGHT, WIDTH)):  # type: ignore[arg-type]
        pass


def _cpu_ms(work: Callable[[], object], frames: int = PART) -> float:
    began = time.process_time()
    work()
    return 1000 * (time.process_time() - began) / frames
