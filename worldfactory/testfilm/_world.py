"""Footage of invented places: textured planes at several depths, seen by a camera that really moves among them.

A pinhole camera over parallel planes, so that panning and zooming shift all depths alike, while dollying and orbiting
shift near things more: what tells the two apart in real footage.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from worldfactory.lineage import generator
from worldfactory.testfilm import _texture, _words
from worldfactory.testfilm._truth import Camera


@dataclass(frozen=True, slots=True)
class Pose:
    """Where the camera is at one frame. Lengths and angles in screen widths (at depth 1), roll in radians."""

    x: float = 0.0
    y: float = 0.0
    z: float = 0.0
    yaw: float = 0.0
    pitch: float = 0.0
    roll: float = 0.0
    focal: float = 1.0


@dataclass(frozen=True, slots=True)
class _Layer:
    texture: NDArray[np.uint8]
    """[h, w, 3] where it covers all, else [h, w, 4]."""
    depth: float
    scale: float
    """Screen widths at depth 1 for one texel."""
    speed: tuple[float, float] = (0.0, 0.0)
    """Of what moves by itself, screen widths a frame; it swings to and fro."""
    tiled: bool = True


class World:
    """A place made from `key`. The same key gives the same place."""

    def __init__(self, key: str, height: int, width: int, *, signs: bool, things: bool) -> None:
        rng = generator(key, "world")
        self._height, self._width = height, width
        colours = _texture.palette(rng)
        kind = rng.random()
        self._layers: list[_Layer] = []
        if kind < 0.65:  # open: sky or distance, middle ground, near things
            far = _texture.sky if rng.random() < 0.5 else None
            self._layers.append(self._plane(rng, colours, 6.0, far(rng, height, width) if far else None))
            middle = self._surface(rng, colours)
            horizon = np.interp(
                np.arange(middle.shape[1]),
                np.linspace(0, middle.shape[1], 9),
                rng.uniform(0.3, 0.55, 9) * middle.shape[0],
            )
            alpha = (np.arange(middle.shape[0])[:, None] > horizon).astype(np.uint8) * 255
            if signs:
                self._put_signs(rng, middle[middle.shape[0] // 2 :])
            self._layers.append(self._layer(np.dstack([middle, alpha]), 3.0))
        else:  # a wall, a shelf, a market stall: everything at one depth, something before it
            wall = self._surface(rng, colours)
            if signs:
                self._put_signs(rng, wall)
            self._layers.append(self._layer(wall, 3.0))
        near = _texture.cut_out(rng, self._surface(rng, _texture.palette(rng)), float(rng.uniform(0.05, 0.2)))
        self._layers.append(self._layer(near, 1.5))
        if things:
            for _ in range(int(rng.integers(2, 6))):
                self._layers.append(self._thing(rng))
        self._gain = float(rng.uniform(0.75, 1.15)) if rng.random() < 0.85 else float(rng.uniform(0.4, 0.6))
        self._noise = float(rng.choice([0.0, 1.0, 2.0, 3.5]))
        grains = rng.standard_normal((4, height, width)).astype(np.float32) * np.float32(self._noise)
        self._grains = np.clip(grains, -40, 40)
        self._rng = generator(key, "grain")
        # Lenses and sensors leave real pictures a little softer than drawn ones.
        self._soft = float(rng.choice([0.0, 0.5, 0.7])) * width / 1280

    def _surface(self, rng: np.random.Generator, colours: NDArray[np.float32]) -> NDArray[np.uint8]:
        size = int(self._height * 1.6), int(self._width * 2.2)
        return (_texture.facade if rng.random() < 0.25 else _texture.leaves)(rng, *size, colours)

    def _plane(
        self, rng: np.random.Generator, colours: NDArray[np.float32], depth: float, picture: NDArray[np.uint8] | None
    ) -> _Layer:
        return self._layer(self._surface(rng, colours) if picture is None else picture, depth)

    def _layer(self, texture: NDArray[np.uint8], depth: float) -> _Layer:
        # A texel is a little less than a pixel at the start, so that coming nearer shows no blur.
        return _Layer(texture, depth, 0.8 * depth / self._width)

    def _thing(self, rng: np.random.Generator) -> _Layer:
        side = int(self._width * rng.uniform(0.08, 0.25))
        picture = _texture.leaves(rng, side, side, _texture.palette(rng))
        alpha = np.zeros((side, side), np.uint8)
        axes = (int(side * 0.45), int(side * rng.uniform(0.25, 0.45)))
        cv2.ellipse(alpha, (side // 2, side // 2), axes, float(rng.uniform(0, 180)), 0, 360, 255, -1, cv2.LINE_AA)
        depth = float(rng.uniform(1.6, 2.8))
        speed = (float(rng.uniform(0.002, 0.012) * rng.choice([-1, 1])), float(rng.normal(0, 0.002)))
        return _Layer(np.dstack([picture, alpha]), depth, depth / self._width, speed, tiled=False)

    def _put_signs(self, rng: np.random.Generator, picture: NDArray[np.uint8]) -> None:
        for _ in range(int(rng.integers(4, 10))):
            board = _words.sign(rng, max(10, round(self._height * float(rng.uniform(0.04, 0.1)))))
            slant = float(rng.normal(0, 0.06))
            height, width = board.shape[:2]
            if height >= picture.shape[0] or width >= picture.shape[1]:
                continue
            lean = np.array([[1, 0, 0], [slant, 1, max(0.0, -slant * width)]], np.float32)
            size = width, int(height + abs(slant) * width) + 1
            leaned: Any = cv2.warpAffine(board, lean, size)
            mask: Any = cv2.warpAffine(np.full((height, width), 255, np.uint8), lean, size)
            if size[1] >= picture.shape[0]:
                continue
            top = int(rng.integers(0, picture.shape[0] - size[1]))
            left = int(rng.integers(0, picture.shape[1] - width))
            place = picture[top : top + size[1], left : left + width]
            place[mask > 127] = leaned[mask > 127]

    def frame(self, pose: Pose, index: int) -> NDArray[np.uint8]:
        """[H, W, 3] uint8: what the camera sees."""
        width, height = self._width, self._height
        out: NDArray[np.uint8] = np.zeros((height, width, 3), np.uint8)
        turn_c, turn_s = np.cos(pose.roll), np.sin(pose.roll)
        for layer in self._layers:
            distance = max(0.3, layer.depth - pose.z)
            scale = pose.focal * width / distance * layer.scale
            swing_x, swing_y = (self._swing(v, index) for v in layer.speed)
            across = pose.focal * width * ((swing_x - pose.x) / distance - pose.yaw)
            down = pose.focal * width * ((swing_y - pose.y) / distance - pose.pitch)
            rows, columns = layer.texture.shape[:2]
            matrix = np.array(
                [
                    [scale * turn_c, -scale * turn_s, 0.0],
                    [scale * turn_s, scale * turn_c, 0.0],
                ]
            )
            middle = np.array([columns / 2, rows / 2])
            shift = np.array([turn_c * across - turn_s * down, turn_s * across + turn_c * down])
            matrix[:, 2] = np.array([width / 2, height / 2]) + shift - matrix[:, :2] @ middle
            border = cv2.BORDER_REFLECT if layer.tiled else cv2.BORDER_CONSTANT
            seen = cast(
                NDArray[np.uint8],
                cv2.warpAffine(layer.texture, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=border),
            )
            if seen.shape[2] == 3:
                out = seen
            else:
                share = seen[..., 3:].astype(np.uint16)
                out = ((seen[..., :3] * share + out * (255 - share)) // 255).astype(np.uint8)
        if self._soft:
            out = cast(NDArray[np.uint8], cv2.GaussianBlur(out, (0, 0), self._soft))
        if self._noise or self._gain != 1.0:
            grain = self._grains[index % len(self._grains)]
            grain = np.roll(grain, tuple(int(v) for v in self._rng.integers(0, 97, 2)), (0, 1))
            lit = out * np.float32(self._gain) + grain[..., None]
            out = np.clip(lit, 0, 255).astype(np.uint8)
        return out

    @staticmethod
    def _swing(speed: float, index: int) -> float:
        """Distance gone after `index` frames, turning back at 0.8 screen widths."""
        way = speed * index + 0.4
        return abs((way + 0.8) % 3.2 - 1.6) - 0.8

    def film(self, path: list[Pose], first: int = 0) -> Iterator[NDArray[np.uint8]]:
        """A frame for each pose; things stand where they do at frame `first` and those that follow."""
        return (self.frame(pose, first + index) for index, pose in enumerate(path))


def camera_path(rng: np.random.Generator, camera: Camera, frames: int, fps: float) -> list[Pose]:
    """One pose a frame for what a camera of this kind does in `frames` frames, at its ordinary speeds."""
    time = np.arange(frames) / fps
    length = frames / fps
    sign = float(rng.choice([-1, 1]))
    start_x, start_y = float(rng.uniform(-0.5, 0.5)), float(rng.uniform(-0.1, 0.1))
    zero = np.zeros(frames)
    x, y, z, yaw, pitch, roll, focal = zero + start_x, zero + start_y, zero, zero, zero, zero, zero + 1.0
    ease = (time / length) if rng.random() < 0.7 else (1 - np.cos(np.pi * time / length)) / 2
    if camera == "pan":
        yaw = sign * float(rng.uniform(0.06, 0.3)) * length * (ease - 0.5)
    elif camera == "tilt":
        pitch = sign * float(rng.uniform(0.03, 0.12)) * length * (ease - 0.5)
    elif camera == "zoom":
        # As far as the textures go, and all the way long: a zoom that stops would be a picture that stands.
        growth = min(float(rng.uniform(0.05, 0.16)) * length, float(np.log(1.6)))
        focal = np.exp(growth * (ease if sign > 0 else 1 - ease))
    elif camera == "dolly":
        z = float(rng.uniform(0.1, 0.22)) * min(length, 4.5) * (ease if sign > 0 else 1 - ease)
    elif camera == "orbit":
        x = start_x + sign * float(rng.uniform(0.12, 0.35)) * length * (ease - 0.5)
        yaw = -(x - start_x) / 2.6  # holds what stands at depth 2.6
    if camera == "handheld":
        sway = float(rng.uniform(0.004, 0.012))
        yaw, pitch = (sum_of_waves(rng, time, 0.3, 1.6, sway) for _ in range(2))
        roll = sum_of_waves(rng, time, 0.3, 1.2, 0.006)
        x = start_x + sum_of_waves(rng, time, 0.2, 0.8, 0.02)
    rows = zip(x, y, z, yaw, pitch, roll, focal, strict=True)
    return [Pose(*(float(v) for v in row)) for row in rows]


def sum_of_waves(
    rng: np.random.Generator, time: NDArray[np.float64], low_hz: float, high_hz: float, size: float
) -> NDArray[np.float64]:
    """A restless motion of root mean square `size` whose frequencies lie between two bounds."""
    total = np.zeros_like(time)
    for _ in range(6):
        total += np.sin(2 * np.pi * (rng.uniform(low_hz, high_hz) * time + rng.random())) * rng.uniform(0.5, 1.0)
    return total * (size / max(1e-9, float(np.sqrt(np.mean(total**2)))))
