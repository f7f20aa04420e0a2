"""Small videos of every kind, as people bring them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray


def shot(seed: int, count: int, width: int = 160, height: int = 96) -> list[NDArray[np.uint8]]:
    """`count` frames [H, W, 3] of one shot: blobs of colour that drift, other ones for another seed."""
    random = np.random.default_rng(seed)
    base = random.uniform(30, 200, (1, 1, 3))
    spots = [
        (random.uniform(0, width), random.uniform(0, height), random.uniform(6, 30), random.uniform(-120, 120, 3))
        for _ in range(14)
    ]
    drift = random.uniform(-1.5, 1.5, 2)
    yy, xx = np.mgrid[:height, :width].astype(np.float32)
    frames: list[NDArray[np.uint8]] = []
    for index in range(count):
        frame = np.broadcast_to(base, (height, width, 3)).astype(np.float32)
        for x, y, size, colour in spots:
            near = np.hypot(xx - x - drift[0] * index, yy - y - drift[1] * index) < size
            frame = frame + near[..., None] * colour
        frames.append(np.clip(frame, 0, 255).astype(np.uint8))
    return frames


def write(
    path: Path,
    frames: Iterable[NDArray[np.uint8]],
    rate: Fraction = Fraction(24),
    *,
    codec: str = "libx264",
    pixels: str = "yuv420p",
    options: Mapping[str, str] | None = None,
    container: Mapping[str, str] | None = None,
    times: Iterable[int] | None = None,
    turn: int = 0,
    mirror: bool = False,
    aspect: Fraction | None = None,
    sound_s: float = 0.0,
) -> Path:
    """Write a video as told. `times` are the frames' pts in 1/1000 s instead of even ones; sound is 1 kHz from 0."""
    pictures = list(frames)
    height, width = pictures[0].shape[:2]
    base = Fraction(1, 1000) if times is not None else 1 / rate
    stamps = list(times) if times is not None else list(range(len(pictures)))
    with av.open(str(path), "w", options=dict(container or {})) as out:
        stream: Any = out.add_stream(codec, rate, options={"threads": "1", **(options or {})})
        stream.width, stream.height, stream.pix_fmt = width, height, pixels
        stream.codec_context.time_base = base
        if aspect is not None:
            stream.codec_context.sample_aspect_ratio = aspect
        if turn or mirror:
            stream.set_display_rotation(-90 * turn, hflip=mirror)
        sound: Any = out.add_stream("aac", 48000, layout="mono") if sound_s else None
        for picture, pts in zip(pictures, stamps, strict=True):
            frame = av.VideoFrame.from_ndarray(picture, "rgb24")
            frame.pts, frame.time_base = pts, base
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
        if sound is not None:
            wave = np.sin(np.arange(int(sound_s * 48000)) * (2 * np.pi * 1000 / 48000)).astype(np.float32) * 0.5
            for at in range(0, len(wave), 1024):
                block = av.AudioFrame.from_ndarray(wave[None, at : at + 1024], "fltp", "mono")
                block.sample_rate, block.pts = 48000, at
                out.mux(sound.encode(block))
            out.mux(sound.encode(None))
    return path
