"""Footage of the kinds that no camera makes: slides, screens, drawn animation, and the displays that games lay over.

Each is drawn from nothing, as plain as such footage is: the point is what sets the kinds apart (flat colours, edges of
one pixel, pictures that stand and then change at once, figures drawn on twos, displays that stand while all moves).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from worldfactory.testfilm import _texture, _words

Frame = NDArray[np.uint8]


def _colour(rng: np.random.Generator, low: float = 0, high: float = 255) -> tuple[int, int, int]:
    red, green, blue = (int(v) for v in rng.uniform(low, high, 3))
    return red, green, blue


def _write(frame: Frame, rng: np.random.Generator, text: str, size: int, place: tuple[int, int], ink: Any) -> int:
    """Lay a line of text on a frame, in place; its height."""
    mask = _words.write(rng, text, size)
    left, top = place
    mask = mask[: max(0, frame.shape[0] - top), : max(0, frame.shape[1] - left)]
    if mask.size:
        there = frame[top : top + mask.shape[0], left : left + mask.shape[1]]
        cover = mask[..., None].astype(np.float32) / 255
        there[:] = (there * (1 - cover) + np.asarray(ink, np.float32) * cover).astype(np.uint8)
    return mask.shape[0]


def slides(rng: np.random.Generator, height: int, width: int, count: int, fps: float) -> Iterator[Frame]:
    """Pages with a title, lines and perhaps a chart or a picture, one after the other."""
    light = rng.random() < 0.75
    ground = np.asarray(_colour(rng, 215, 255) if light else _colour(rng, 0, 50), np.uint8)
    ink, accent = _colour(rng, 0, 60) if light else _colour(rng, 200, 255), _colour(rng, 40, 220)
    page: Frame | None = None
    turn = 0
    for index in range(count):
        if page is None or index >= turn:
            turn = index + round(fps * float(rng.uniform(0.8, 4)))
            page = np.empty((height, width, 3), np.uint8)
            page[:] = ground
            if rng.random() < 0.4:
                cv2.rectangle(page, (0, 0), (width, height // 6), accent, -1)
            top, left = height // 14, width // 16
            top += _write(page, rng, _words.wording(rng, int(rng.integers(2, 5))), height // 11, (left, top), ink)
            top += height // 14
            half = rng.random() < 0.6
            for _ in range(int(rng.integers(2, 7))):
                said = _words.wording(rng, int(rng.integers(2, 4 if half else 8)))
                cv2.circle(page, (left, top + height // 40), max(2, height // 90), accent, -1, cv2.LINE_AA)
                top += _write(page, rng, said, height // 20, (left + width // 40, top), ink) + height // 26
            if half:
                _figure(page, rng, accent, ink)
        yield page


def _figure(page: Frame, rng: np.random.Generator, accent: Any, ink: Any) -> None:
    height, width = page.shape[:2]
    left, top, right, bottom = int(width * 0.58), int(height * 0.3), int(width * 0.94), int(height * 0.85)
    if rng.random() < 0.3:
        page[top:bottom, left:right] = _texture.leaves(rng, bottom - top, right - left, _texture.palette(rng))
        return
    cv2.line(page, (left, bottom), (right, bottom), ink, 1)
    bars = int(rng.integers(3, 9))
    for bar in range(bars):
        x = left + (right - left) * bar // bars
        tall = int((bottom - top) * rng.uniform(0.1, 1))
        wide = (right - left) * 2 // (3 * bars)
        cv2.rectangle(page, (x, bottom - tall), (x + wide, bottom), accent, -1)


def screen(rng: np.random.Generator, height: int, width: int, count: int, fps: float) -> Iterator[Frame]:
    """Windows with text that scrolls and is typed, and a pointer that goes about."""
    dark = rng.random() < 0.5
    desk = np.empty((height, width, 3), np.uint8)
    desk[:] = _colour(rng, 10, 90) if dark else _colour(rng, 120, 220)
    sheet = np.empty((height * 3, width, 3), np.uint8)
    paper, ink = ((30, 30, 34), (210, 210, 205)) if dark else ((252, 252, 250), (30, 30, 30))
    sheet[:] = paper
    line, row = max(9, height // 26), 4
    while row < len(sheet) - 2 * line:
        indent = int(rng.integers(0, 4)) * line
        shade = ink if rng.random() < 0.6 else _colour(rng, 90, 230) if dark else _colour(rng, 0, 160)
        _write(sheet, rng, _words.wording(rng, int(rng.integers(1, 8))), line, (indent + 6, row), shade)
        row += round(line * 1.6)
    left, top = int(width * rng.uniform(0, 0.15)), int(height * rng.uniform(0.02, 0.15))
    right, bottom = int(width * rng.uniform(0.75, 1.0)), int(height * rng.uniform(0.8, 1.0))
    bar, strip = max(10, height // 20), _colour(rng, 40, 200)
    offset, goal, still = 0.0, 0.0, 0
    x, y = width * rng.random(), height * rng.random()
    aim = np.array([x, y])
    for index in range(count):
        if index >= still:  # people scroll, and read
            still = index + round(fps * float(rng.uniform(0.5, 2.5)))
            goal = float(np.clip(goal + rng.choice([0, 0, 1, 1, -1]) * height * rng.uniform(0.1, 0.6), 0, height * 1.5))
            aim = rng.random(2) * (width, height) if rng.random() < 0.5 else aim
        offset += (goal - offset) * 0.25
        x, y = x + (aim[0] - x) * 0.15, y + (aim[1] - y) * 0.15
        frame = desk.copy()
        body = frame[top + bar : bottom, left:right]
        body[:] = sheet[round(offset) : round(offset) + body.shape[0], : body.shape[1]]
        cv2.rectangle(frame, (left, top), (right, top + bar), strip, -1)
        for button in range(3):
            cv2.circle(frame, (left + bar * (button + 1), top + bar // 2), bar // 4, (220, 90 + 60 * button, 60), -1)
        if int(index / fps * 2) % 2 == 0:
            cv2.line(frame, (left + bar * 3, top + 2 * bar), (left + bar * 3, top + 3 * bar), ink, 1)
        pointer = np.array([[0, 0], [0, 14], [4, 10], [9, 10]]) * (height / 400) + (x, y)
        cv2.fillPoly(frame, [pointer.astype(np.int32)], (255, 255, 255))
        cv2.polylines(frame, [pointer.astype(np.int32)], True, (0, 0, 0), 1)
        yield frame


def animation(rng: np.random.Generator, height: int, width: int, count: int, fps: float) -> Iterator[Frame]:
    """Flat shapes with outlines before a flat background; figures move on twos or threes, the background may pan."""
    colours = [_colour(rng, 30, 255) for _ in range(8)]
    wide = int(width * 1.6)
    back = np.empty((height, wide, 3), np.uint8)
    back[:] = colours[0]
    outline = max(1, height // int(rng.choice([120, 180, 260]))) if rng.random() < 0.8 else 0
    for _ in range(int(rng.integers(6, 30))):
        _blob(back, rng, colours, (rng.uniform(0, wide), rng.uniform(height * 0.3, height)), height / 4, outline)
    figures = [
        (rng.uniform(0.2, 0.8, 2) * (width, height), rng.normal(0, height / 6, 2), int(rng.integers(1 << 30)))
        for _ in range(int(rng.integers(1, 4)))
    ]
    held, pan = int(rng.choice([1, 2, 2, 3])), float(rng.choice([0, 0, 1, -1]) * rng.uniform(0.05, 0.3) * width)
    for index in range(count):
        step = index // held * held / fps
        shift = int(np.clip((wide - width) / 2 + pan * step, 0, wide - width))
        frame = back[:, shift : shift + width].copy()
        for start, speed, look in figures:
            own = np.random.Generator(np.random.Philox(look))
            swing = 0.15 * height * np.sin(2 * np.pi * step * own.uniform(0.3, 1.5) + np.array([0, 1]))
            centre = (start + speed * step + swing) % (width, height)
            for _ in range(5):
                _blob(frame, own, colours, tuple(centre + own.normal(0, height / 14, 2)), height / 9, outline)
        yield frame


def _blob(frame: Frame, rng: np.random.Generator, colours: Any, centre: Any, size: float, outline: int) -> None:
    colour = colours[int(rng.integers(1, len(colours)))]
    at = int(centre[0]), int(centre[1])
    axes = int(size * rng.uniform(0.3, 1)) + 1, int(size * rng.uniform(0.3, 1)) + 1
    turn = float(rng.uniform(0, 180))
    if rng.random() < 0.6:
        cv2.ellipse(frame, at, axes, turn, 0, 360, colour, -1, cv2.LINE_AA)
        if outline:
            cv2.ellipse(frame, at, axes, turn, 0, 360, (15, 15, 20), outline, cv2.LINE_AA)
        return
    corners: Any = cv2.boxPoints((at, (2.0 * axes[0], 2.0 * axes[1]), turn)).astype(np.int32)
    cv2.fillConvexPoly(frame, corners, colour, cv2.LINE_AA)
    if outline:
        cv2.polylines(frame, [corners], True, (15, 15, 20), outline, cv2.LINE_AA)


def game(rng: np.random.Generator, frames: Iterable[Frame], fps: float) -> Iterator[Frame]:
    """What a game draws, with its displays over it: bars, numbers, a map, what is carried, a mark to aim with."""
    shown = [part for part in ("bars", "map", "slots", "aim", "score") if rng.random() < 0.6] or ["bars", "map"]
    colour, other = _colour(rng, 120, 255), _colour(rng, 120, 255)
    corner, side = int(rng.integers(4)), float(rng.uniform(0.14, 0.24))
    look, health = int(rng.integers(1 << 30)), float(rng.uniform(0.4, 1))
    slots = int(rng.integers(4, 10))
    for index, under in enumerate(frames):
        frame = under.copy()
        height, width = frame.shape[:2]
        unit = height // 40
        if "bars" in shown:
            left, top, long = 2 * unit, height - 5 * unit, width // 4
            for bar, ink in enumerate((colour, other)):
                full = health - 0.02 * int(index / fps * 2) * (bar == 0)
                at = top + bar * 2 * unit
                cv2.rectangle(frame, (left, at), (left + long, at + unit), (25, 25, 25), -1)
                cv2.rectangle(frame, (left, at), (left + int(long * max(0.05, full)), at + unit), ink, -1)
                cv2.rectangle(frame, (left, at), (left + long, at + unit), (240, 240, 240), 1)
        if "map" in shown:
            reach = int(height * side)
            x = unit if corner % 2 else width - reach - unit
            square = frame[unit : unit + reach, x : x + reach]
            square[:] = square // 4 + 20
            cv2.rectangle(frame, (x, unit), (x + reach, unit + reach), (230, 230, 230), 1)
            for spot in range(5):
                own = np.random.Generator(np.random.Philox(look + spot))
                way = (own.random(2) + own.normal(0, 0.03, 2) * index / fps) % 1
                cv2.circle(frame, (x + int(way[0] * reach), unit + int(way[1] * reach)), max(2, unit // 3), other, -1)
        if "slots" in shown:
            box = height // 12
            start = (width - slots * box) // 2
            for slot in range(slots):
                corner_at = start + slot * box, height - box - unit
                cv2.rectangle(frame, corner_at, (corner_at[0] + box - 3, corner_at[1] + box - 3), (200, 200, 200), 1)
                cv2.circle(frame, (corner_at[0] + box // 2, corner_at[1] + box // 2), box // 4, colour, -1)
        if "aim" in shown:
            middle = width // 2, height // 2
            cv2.drawMarker(frame, middle, (255, 255, 255), cv2.MARKER_CROSS, 2 * unit, 1)
        if "score" in shown:
            own = np.random.Generator(np.random.Philox(look))
            said = f"{int(own.integers(1, 90)) + int(index / fps)} / {int(own.integers(100, 300))}"
            _write(frame, own, said, 2 * unit, (width - width // 5, height - 4 * unit), (250, 250, 250))
        yield frame


KINDS: Mapping[str, Callable[[np.random.Generator, int, int, int, float], Iterator[Frame]]] = {
    "slides": slides,
    "screen": screen,
    "animation": animation,
}
"""Kinds that are drawn whole; (random numbers, height, width, how many, frames a second) -> frames."""
