"""Writing: on signs in the scene, and laid over the picture as captions, titles, timestamps and logos.

Three hands, so that no detector can lean on one typeface: an outline face, pen strokes, and invented square characters
that stand for scripts that are not Latin.
"""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from worldfactory.testfilm._truth import Added

_PENS = (
    cv2.FONT_HERSHEY_SIMPLEX,
    cv2.FONT_HERSHEY_DUPLEX,
    cv2.FONT_HERSHEY_COMPLEX,
    cv2.FONT_HERSHEY_TRIPLEX,
)
_SYLLABLES = "ba con de fer il ka lor mi na or pe qui ra sta tu ve xen yo zu tion"


def wording(rng: np.random.Generator, words: int) -> str:
    """So many invented words."""
    parts = _SYLLABLES.split()
    said = ["".join(rng.choice(parts, int(rng.integers(1, 4)))) for _ in range(words)]
    text = " ".join(said)
    return text.upper() if rng.random() < 0.25 else text.capitalize()


def write(rng: np.random.Generator, text: str, size: int) -> NDArray[np.uint8]:
    """[h, w] uint8 coverage of one line of text about `size` pixels tall, in a hand that `rng` picks."""
    kind = rng.random()
    if kind < 0.6:
        face = ImageFont.load_default(max(6, size))
        left, top, right, bottom = face.getbbox(text)
        line = Image.new("L", (int(right - left) + 4, int(bottom - top) + 4))
        ImageDraw.Draw(line).text((2 - left, 2 - top), text, 255, face, stroke_width=int(rng.random() < 0.3))
        return np.asarray(line)
    if kind < 0.8:
        pen = _PENS[rng.integers(len(_PENS))]
        scale = size / 30
        thick = max(1, round(size / rng.uniform(8, 14)))
        (width, height), below = cv2.getTextSize(text, pen, scale, thick)
        mask = np.zeros((height + below + 4, width + 4), np.uint8)
        cv2.putText(mask, text, (2, height + 2), pen, scale, 255, thick, cv2.LINE_AA)
        return mask
    return _characters(rng, len(text) // 2 + 1, size)


def _characters(rng: np.random.Generator, count: int, size: int) -> NDArray[np.uint8]:
    """Square characters of upright and level strokes, and a few slanted ones."""
    mask = np.zeros((size + 4, count * (size + 2) + 4), np.uint8)
    thick = max(1, size // 12)
    for place in range(count):
        left, box = 2 + place * (size + 2), np.linspace(2, size - 2, 5).astype(int)
        for _ in range(int(rng.integers(4, 8))):
            a, b = np.sort(rng.choice(box, 2, replace=False))
            at = int(rng.choice(box))
            turn = rng.random()
            if turn < 0.45:
                ends = (left + a, at), (left + b, at)
            elif turn < 0.85:
                ends = (left + at, a), (left + at, b)
            else:
                ends = (left + a, a), (left + int(rng.choice(box)), b)
            cv2.line(mask, (int(ends[0][0]), int(ends[0][1])), (int(ends[1][0]), int(ends[1][1])), 255, thick, 16)
    return mask


def sign(rng: np.random.Generator, size: int) -> NDArray[np.uint8]:
    """[h, w, 3] uint8: a board with writing, `size` the height of its letters."""
    rows = [write(rng, wording(rng, int(rng.integers(1, 3))), size) for _ in range(int(rng.integers(1, 3)))]
    pad = max(4, size // 2)
    height = sum(len(row) + pad // 2 for row in rows) + 2 * pad
    board = np.zeros((height, max(row.shape[1] for row in rows) + 2 * pad), np.uint8)
    top = pad
    for row in rows:
        board[top : top + len(row), pad : pad + row.shape[1]] = row
        top += len(row) + pad // 2
    ground, ink = rng.uniform(0, 255, 3), rng.uniform(0, 255, 3)
    while abs(ground.mean() - ink.mean()) < 80:
        ground, ink = rng.uniform(0, 255, 3), rng.uniform(0, 255, 3)
    cover = board[..., None].astype(np.float32) / 255
    return (ground * (1 - cover) + ink * cover).astype(np.uint8)


class Overlay:
    """Text or a mark that stays where it is on the screen. `draw` lays it over a frame in place."""

    def __init__(self, rng: np.random.Generator, kind: Added, height: int, width: int, frames: int, fps: float) -> None:
        self.kind = kind
        self._shape = height, width
        self._layers: list[tuple[int, int, NDArray[np.float32], NDArray[np.float32]]] = []
        self._fade = float(rng.choice([0, 0, 6]))
        self._rng = rng
        if kind == "timestamp":
            self._timestamps(frames, fps)
        elif kind == "subtitle":
            spoken = int(frames / max(1.0, fps * float(rng.uniform(1.2, 2.5)))) + 1
            size = self._size(0.045, 0.065)
            bounds = np.linspace(0, frames, spoken + 1).astype(int)
            look = int(rng.integers(1 << 30))
            for begin, end in pairwise(bounds):
                lines = [wording(rng, int(rng.integers(2, 6))) for _ in range(int(rng.integers(1, 3)))]
                self._text(lines, size, 0.5, 0.9, begin, max(begin + 1, end - 2), look)
        elif kind == "logo":
            self._logo(frames)
        else:
            size = {
                "caption": self._size(0.04, 0.075),
                "title": self._size(0.09, 0.16),
                "lower third": self._size(0.04, 0.07),
            }[kind]
            lines = [wording(rng, int(rng.integers(1, 4))) for _ in range(int(rng.integers(1, 3)))]
            across = 0.5 if kind != "lower third" else float(rng.uniform(0.2, 0.3))
            down = {"caption": float(rng.choice([0.1, 0.85, 0.9])), "title": float(rng.uniform(0.35, 0.6))}.get(
                kind, 0.8
            )
            begin, end = 0, frames
            if rng.random() < 0.4:  # comes late or goes early, but stands for half of the shot
                begin = int(rng.uniform(0, 0.25) * frames)
                end = int(rng.uniform(0.75, 1.0) * frames)
            self._text(lines, size, across, down, begin, end, int(rng.integers(1 << 30)), box=kind == "lower third")

    def _size(self, low: float, high: float) -> int:
        return max(9, round(self._shape[0] * float(self._rng.uniform(low, high))))

    def _text(
        self, lines: list[str], size: int, across: float, down: float, begin: int, end: int, look: int,
        box: bool = False,
    ) -> None:  # fmt: skip
        height, width = self._shape
        rows = [
            row[:, : width - 8] for row in (write(np.random.Generator(np.random.Philox(look)), s, size) for s in lines)
        ]
        style = np.random.Generator(np.random.Philox(look + 1))
        bright = style.random() < 0.8
        ink = np.array([255, 255, 255] if bright else [10, 10, 10], np.float32)
        if style.random() < 0.3:
            ink = np.array([250, 220, 30] if bright else [20, 30, 110], np.float32)
        # Dark writing is laid on something light, or nobody could read it.
        edges = ["outline", "outline", "shadow", "none", "box"] if bright else ["outline", "box"]
        edge = "box" if box else str(style.choice(edges))
        cover = np.zeros((height, width), np.float32)
        top = int(np.clip(down * height - sum(len(r) + 4 for r in rows) / 2, 2, height - 12))
        bounds = [height, width, 0, 0]
        for row in rows:
            left = int(np.clip(across * width - row.shape[1] / 2, 4, max(4, width - row.shape[1] - 4)))
            row = row[: height - top - 2]
            cover[top : top + len(row), left : left + row.shape[1]] = row / np.float32(255)
            bounds = [
                min(bounds[0], top), min(bounds[1], left), max(bounds[2], top + len(row)),
                max(bounds[3], left + row.shape[1]),
            ]  # fmt: skip
            top += len(row) + max(2, size // 5)
            if top > height - 10:
                break
        under = np.zeros_like(cover)
        if edge == "outline":
            under = cv2.dilate(cover, np.ones((3, 3), np.uint8), iterations=max(1, size // 22))
        elif edge == "shadow":
            under = np.roll(cover, (max(1, size // 16),) * 2, (0, 1))
        elif edge == "box":
            pad = size // 3
            under[max(0, bounds[0] - pad) : bounds[2] + pad, max(0, bounds[1] - pad) : bounds[3] + pad] = float(
                style.uniform(0.5, 1.0)
            )
        back = np.array([0, 0, 0] if ink.mean() > 100 else [240, 240, 240], np.float32)
        alpha = np.maximum(cover, under)
        colour = (ink * cover[..., None] + back * (alpha - cover)[..., None]) / np.maximum(alpha, 1e-6)[..., None]
        self._layers.append((begin, end, alpha, colour.astype(np.float32)))

    def _timestamps(self, frames: int, fps: float) -> None:
        rng = self._rng
        size, across = self._size(0.04, 0.055), float(rng.choice([0.18, 0.82]))
        down, look = float(rng.choice([0.06, 0.94])), int(rng.integers(1 << 30))
        date = f"20{rng.integers(10, 30)}-{rng.integers(1, 12):02d}-{rng.integers(1, 28):02d}"
        second = int(rng.integers(0, 50000))
        for index in range(int(frames / fps) + 1):
            now = second + index
            clock = f"{now // 3600:02d}:{now // 60 % 60:02d}:{now % 60:02d}"
            self._text([f"{date} {clock}"], size, across, down, round(index * fps), round((index + 1) * fps), look)

    def _logo(self, frames: int) -> None:
        rng, (height, width) = self._rng, self._shape
        side = round(height * float(rng.uniform(0.09, 0.18)))
        mark = np.zeros((side, side * 2, 4), np.float32)
        colour = rng.uniform(170, 255, 3)
        shape = rng.random()
        cover = np.zeros(mark.shape[:2], np.uint8)
        if shape < 0.4:
            cv2.circle(cover, (side // 2, side // 2), side // 2 - 2, 255, max(2, side // 8), cv2.LINE_AA)
            cv2.circle(cover, (side // 2, side // 2), side // 5, 255, -1, cv2.LINE_AA)
        elif shape < 0.7:
            turn = np.arange(10) * np.pi / 5
            reach = np.where(np.arange(10) % 2, side / 5, side / 2 - 2)
            star = np.stack([side / 2 + reach * np.sin(turn), side / 2 - reach * np.cos(turn)], 1)
            cv2.fillPoly(cover, [star.astype(np.int32)], 255, cv2.LINE_AA)
        if shape >= 0.4:
            letters = write(rng, wording(rng, 1)[:4].upper(), max(9, side // 2))
            left = side if shape < 0.7 else 0
            letters = letters[:side, : mark.shape[1] - left]
            cover[(side - len(letters)) // 2 :, left:][: len(letters), : letters.shape[1]] = letters
        alpha = np.zeros((height, width), np.float32)
        margin = round(height * 0.05)
        top = margin if rng.random() < 0.6 else height - margin - side
        left = margin if rng.random() < 0.4 else width - margin - 2 * side
        alpha[top : top + side, left : left + 2 * side] = cover / np.float32(255) * float(rng.uniform(0.6, 1.0))
        flat = np.empty((height, width, 3), np.float32)
        flat[:] = colour
        self._fade = 0
        self._layers.append((0, frames, alpha, flat))

    def draw(self, frame: NDArray[np.uint8], index: int) -> None:
        """Lay what stands at frame `index` of the shot over `frame` [H, W, 3] uint8, in place."""
        for begin, end, alpha, colour in self._layers:
            if not begin <= index < end:
                continue
            strength = min(1.0, (index - begin + 1) / (self._fade + 1), (end - index) / (self._fade + 1))
            rows, columns = np.flatnonzero(alpha.any(1)), np.flatnonzero(alpha.any(0))
            window = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
            share = alpha[window][..., None] * np.float32(strength)
            frame[window] = (frame[window] * (1 - share) + colour[window] * share).astype(np.uint8)
