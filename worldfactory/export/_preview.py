"""Small moving pictures that fit into metadata."""

from __future__ import annotations

import io
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from PIL import Image

_TRIES = ((1.0, 60), (1.0, 40), (0.8, 30), (0.67, 30), (0.53, 20), (0.4, 15), (0.27, 10), (0.2, 5))
"""Share of the wanted width and WebP quality, from what is wanted to what always fits."""
_MOST_FRAMES = 24


def preview_webp(
    frames: Iterable[NDArray[np.uint8]], max_bytes: int = 60_000, *, fps: float = 8.0, width: int = 240
) -> bytes:
    """An animated WebP, endless, of at most `max_bytes`, from a clip's frames [H, W, 3] uint8 in order.

    Only a few frames of the clip are kept, evenly spread, at `width` pixels or less: memory stays small however long
    it is. Where it is still too large, size, quality and then frames go down. Raises ValueError for no frames, or for
    a `max_bytes` that not even one tiny frame fits.
    """
    kept = _spread(frames, width)
    if not kept:
        raise ValueError("a preview needs one frame or more")
    while kept:
        for share, quality in _TRIES:
            data = _encoded(kept, max(1, round(share * kept[0].width)), quality, fps)
            if len(data) <= max_bytes:
                return data
        kept = kept[::2] if len(kept) > 1 else []
    raise ValueError(f"not even one frame, a fifth of {width} pixels wide, fits {max_bytes} bytes")


def _spread(frames: Iterable[NDArray[np.uint8]], width: int) -> list[Image.Image]:
    """At most 24 frames, evenly spread, without knowing how many will come: every second one goes when it is full."""
    kept: list[Image.Image] = []
    step = 1
    for index, frame in enumerate(frames):
        if index % step:
            continue
        image = Image.fromarray(np.ascontiguousarray(frame))
        kept.append(image.resize(_scaled(image, min(width, image.width)), Image.Resampling.BOX))
        if len(kept) > _MOST_FRAMES:
            kept = kept[::2]
            step *= 2
    return kept


def _scaled(image: Image.Image, width: int) -> tuple[int, int]:
    return width, max(1, round(width * image.height / image.width))


def _encoded(frames: list[Image.Image], width: int, quality: int, fps: float) -> bytes:
    if width < frames[0].width:
        frames = [frame.resize(_scaled(frame, width), Image.Resampling.BOX) for frame in frames]
    out = io.BytesIO()
    frames[0].save(
        out,
        "WEBP",
        save_all=True,
        append_images=frames[1:],
        duration=max(1, round(1000 / fps)),
        loop=0,
        quality=quality,
        method=4,
    )
    return out.getvalue()
