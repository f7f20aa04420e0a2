"""What goes wrong with footage, done on purpose: each takes the frames of a shot and gives as many, faulty."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from typing import Any

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from worldfactory.testfilm._truth import Defect
from worldfactory.testfilm._world import sum_of_waves

Frame = NDArray[np.uint8]
Fault = Callable[[Iterator[Frame], int, np.random.Generator, float], Iterator[Frame]]
"""(frames, how many, where numbers come from, frames a second) -> as many frames."""


def _shake(frames: Iterator[Frame], count: int, rng: np.random.Generator, fps: float) -> Iterator[Frame]:
    time = np.arange(count) / fps
    size = float(rng.uniform(0.008, 0.02))
    across, down = (sum_of_waves(rng, time, 3.0, 8.0, size) for _ in range(2))
    turn = sum_of_waves(rng, time, 3.0, 8.0, 0.4)
    for index, frame in enumerate(frames):
        height, width = frame.shape[:2]
        matrix = cv2.getRotationMatrix2D((width / 2, height / 2), float(turn[index]), 1.0 + 5 * size)
        matrix[:, 2] += across[index] * width, down[index] * width
        yield _picture(cv2.warpAffine(frame, matrix, (width, height), borderMode=cv2.BORDER_REFLECT))


def _freeze(frames: Iterator[Frame], count: int, rng: np.random.Generator, fps: float) -> Iterator[Frame]:
    length = round(fps * float(rng.uniform(0.7, 1.5)))
    begin = int(rng.integers(count // 5, max(count // 5 + 1, count - length - count // 5)))
    held = None
    for index, frame in enumerate(frames):
        if held is None or not begin < index <= begin + length:
            held = frame
        yield held


def _repeats(frames: Iterator[Frame], count: int, rng: np.random.Generator, fps: float) -> Iterator[Frame]:
    del count, fps
    times = int(rng.integers(2, 5))
    held = None
    for index, frame in enumerate(frames):
        if held is None or index % times == 0:
            held = frame
        yield held


def _blur(frames: Iterator[Frame], count: int, rng: np.random.Generator, fps: float) -> Iterator[Frame]:
    del count, fps
    share = float(rng.uniform(0.0024, 0.005))
    for frame in frames:
        yield _picture(cv2.GaussianBlur(frame, (0, 0), share * frame.shape[1]))


def _noise(frames: Iterator[Frame], count: int, rng: np.random.Generator, fps: float) -> Iterator[Frame]:
    del count, fps
    size, coloured = float(rng.uniform(14, 30)), rng.random() < 0.5
    for frame in frames:
        shape = frame.shape if coloured else (*frame.shape[:2], 1)
        grain = rng.standard_normal(shape, np.float32) * np.float32(size)
        yield np.clip(frame + grain, 0, 255).astype(np.uint8)


def _blocking(frames: Iterator[Frame], count: int, rng: np.random.Generator, fps: float) -> Iterator[Frame]:
    del count, fps
    codec, options = (
        ("mpeg4", {"qmin": "28", "qmax": "31", "g": "12"}),
        ("mpeg2video", {"qmin": "24", "qmax": "31", "g": "12"}),
        ("libx264", {"crf": "44", "preset": "veryfast", "x264-params": "no-deblock=1:threads=1"}),
    )[int(rng.integers(3))]
    yield from recode(frames, codec, options)


def _dark(frames: Iterator[Frame], count: int, rng: np.random.Generator, fps: float) -> Iterator[Frame]:
    del count, fps
    gain = np.float32(rng.uniform(0.06, 0.16))
    return (np.clip(frame * gain, 0, 255).astype(np.uint8) for frame in frames)


def _bright(frames: Iterator[Frame], count: int, rng: np.random.Generator, fps: float) -> Iterator[Frame]:
    del count, fps
    gain, lift = np.float32(rng.uniform(2.5, 4.5)), np.float32(rng.uniform(110, 160))
    return (np.clip(frame * gain + lift, 0, 255).astype(np.uint8) for frame in frames)


def _letterbox(frames: Iterator[Frame], count: int, rng: np.random.Generator, fps: float) -> Iterator[Frame]:
    del count, fps
    share, black = float(rng.uniform(0.06, 0.16)), int(rng.integers(0, 12))
    for frame in frames:
        bar = round(len(frame) * share)
        barred = frame.copy()
        barred[:bar] = barred[len(frame) - bar :] = black
        yield barred


def _pillarbox(frames: Iterator[Frame], count: int, rng: np.random.Generator, fps: float) -> Iterator[Frame]:
    turned = (np.ascontiguousarray(frame.transpose(1, 0, 2)) for frame in frames)
    for frame in _letterbox(turned, count, rng, fps):
        yield np.ascontiguousarray(frame.transpose(1, 0, 2))


FAULTS: dict[Defect, Fault] = {
    "shake": _shake,
    "freeze": _freeze,
    "repeats": _repeats,
    "blur": _blur,
    "noise": _noise,
    "blocking": _blocking,
    "dark": _dark,
    "bright": _bright,
    "letterbox": _letterbox,
    "pillarbox": _pillarbox,
}
"""All but `static`, which is how a shot is filmed and nothing that befalls it."""


def recode(frames: Iterable[Frame], codec: str, options: dict[str, str]) -> Iterator[Frame]:
    """The frames through an encoder and back."""
    memory = io.BytesIO()
    with av.open(memory, "w", "matroska") as container:
        stream: Any = container.add_stream(codec, Fraction(24), options=options)
        stream.pix_fmt = "yuv420p"
        stream.codec_context.thread_count = 1
        for index, frame in enumerate(frames):
            if not index:
                stream.height, stream.width = frame.shape[:2]
            picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(frame), "rgb24")
            picture.pts = index
            container.mux(stream.encode(picture))
        container.mux(stream.encode(None))
    memory.seek(0)
    with av.open(memory, "r") as coded:
        for picture in coded.decode(coded.streams.video[0]):
            yield np.asarray(picture.to_ndarray(format="rgb24"), np.uint8)


def _picture(image: Any) -> Frame:
    return image
