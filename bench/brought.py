"""Brought video: process CPU time of curating a 1280x704 film, held against decoding and coding it once with PyAV."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

SHOTS = 5


def run() -> dict[str, tuple[float, str]]:
    """Cut a film, and curate it; stages and the whole a frame, and the ratio."""
    import cv2
    import numpy as np

    from worldfactory.curate import find_shots, write_clips
    from worldfactory.curate._observers import clip_observers
    from worldfactory.curate._seen import Seer
    from worldfactory.curate.deduplicate import Candidate, find_pairs
    from worldfactory.curate.fingerprint import PICTURES, Fingerprint
    from worldfactory.lineage import digest, generator
    from worldfactory.spec import CurationSpec
    from worldfactory.testfilm import FilmSpec, write_film
    from worldfactory.video import VideoReader

    cv2.setNumThreads(1)
    spec = CurationSpec()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        frames = write_film(FilmSpec(1, shots=SHOTS, width=1280, height=704), folder).frames
        film = folder / "film.mp4"
        plain, decoded = _plain(film, folder / "plain.mp4"), _decoding(film)
        (folder / "clips").mkdir()
        began = time.process_time()
        shots = find_shots(film, digest(film.read_bytes()), spec)
        found = time.process_time() - began
        began = time.process_time()
        write_clips(film, shots, spec, folder / "clips", clip_observers)
        written = time.process_time() - began
        spent = {"small_frames": 0.0}
        seer, observers = Seer(), clip_observers()
        with VideoReader(film) as reader:
            for picture in reader.pictures():
                began = time.process_time()
                seen = seer.see(picture)
                spent["small_frames"] += time.process_time() - began
                for observer in observers:
                    began = time.process_time()
                    observer.see(seen)
                    stage = type(observer).__name__.removesuffix("Observer").lower()
                    spent[stage] = spent.get(stage, 0.0) + time.process_time() - began
    looks = generator("bench brought").integers(0, 255, (500, PICTURES, 36, 64), np.uint8)
    began = time.process_time()
    find_pairs([Candidate(f"clip-{i}", 1, fingerprint=Fingerprint(one)) for i, one in enumerate(looks)])
    compared = time.process_time() - began
    figures = {"decode_and_encode_once": plain, "decode": decoded, "find_shots": found, "write_clips": written}
    stages = {f"brought.{stage}_cpu_ms_per_frame": (1000 * cpu / frames, "cpu-ms") for stage, cpu in figures.items()}
    stages |= {
        f"brought.of_clips.{stage}_cpu_ms_per_frame": (1000 * v / frames, "cpu-ms") for stage, v in spent.items()
    }
    stages["brought.copies_cpu_ms_per_clip"] = (
        1000 * compared / len(looks),
        "cpu-ms, 500 clips that are all different",
    )
    stages["brought.whole_ratio"] = ((found + written) / plain, "of decoding and re-encoding once")
    return stages


def _decoding(film: Path) -> float:
    import av

    began = time.process_time()
    with av.open(str(film)) as container:
        for _ in container.decode(container.streams.video[0]):
            pass
    return time.process_time() - began


def _plain(film: Path, to: Path) -> float:
    """Decode and re-encode with PyAV alone, coded as the clips are, on one thread."""
    import av

    from worldfactory.spec import Encoding

    want = Encoding()
    began = time.process_time()
    with av.open(str(film)) as container, av.open(str(to), "w") as out:
        source = container.streams.video[0]
        stream = out.add_stream("libx264", rate=source.average_rate)
        stream.width, stream.height, stream.pix_fmt = source.width, source.height, "yuv420p"
        stream.options = {"preset": want.preset, "crf": str(want.crf), "threads": "1"}
        for frame in container.decode(source):
            out.mux(stream.encode(frame))
        out.mux(stream.encode())
    return time.process_time() - began
