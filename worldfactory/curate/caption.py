"""A plain caption of brought video where no model looked at it: only what was measured, and marked as such."""

from __future__ import annotations

from worldfactory.curate.motion import CameraTag, camera_tag
from worldfactory.records.source import Footage, FootageCaption

_CAMERA: dict[CameraTag, str] = {
    "pan": "The camera pans.",
    "tilt": "The camera tilts.",
    "zoom": "The camera zooms.",
    "dolly": "The camera moves along its line of sight.",
    "orbit": "The camera moves sideways past what it looks at.",
    "handheld": "The camera is held by hand.",
    "locked": "The camera stands still.",
}
_LEVELS = (
    # score, at most, words, from, words
    ("colour_level", 4.0, "in black and white", 60.0, "in strong colours"),
    ("light_luma", 90.0, "dark", 256.0, ""),
    ("dark_luma", -1.0, "", 110.0, "bright all over"),
    ("change_share", 0.01, "almost without motion", 0.35, "full of motion"),
)
"""What of a score is worth a word; the scores are those of QualityObserver and MotionObserver."""


def measured_caption(footage: Footage) -> FootageCaption:
    """Length, rate, size and sound, what the camera does, and how the picture is, as far as they were measured."""
    seconds = footage.frames * footage.fps[1] / footage.fps[0]
    rate = footage.fps[0] / footage.fps[1]
    told = [
        f"A clip of {seconds:.1f} seconds at {rate:.4g} frames a second, {footage.width} by {footage.height} pixels, "
        f"{'with' if footage.audio else 'without'} sound."
    ]
    tag = camera_tag(footage.scores)
    if tag is not None:
        told.append(_CAMERA[tag])
    words = [_word(footage.scores, *level) for level in _LEVELS]
    if any(words):
        told.append(f"The picture is {_list([word for word in words if word])}.")
    if footage.scores.get("added_text_level", 0.0) > 1.0:
        told.append("Text or a logo is laid over it.")
    return FootageCaption(text=" ".join(told), by="measured")


def _word(scores: dict[str, float], name: str, low: float, below: str, high: float, above: str) -> str:
    if name not in scores:
        return ""
    return below if scores[name] <= low else above if scores[name] >= high else ""


def _list(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
