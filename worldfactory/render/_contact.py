"""Where things touch the ground, seen from above: the darkness around what stands there."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from worldfactory.compiled import Array, kernel
from worldfactory.records import Geometry, Scene
from worldfactory.render._ranges import spread
from worldfactory.truth import turned

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
I32 = NDArray[np.int32]
REACH_M = 80.0
MOVING_REACH_M = 35.0
TEXEL_M = 0.15
MOST_TEXELS = 1024
SPREAD_M = 0.55
"""How far from a thing's foot its darkness ends."""
_LOW_M, _HIGH_M = 0.45, 0.35
"""A part counts if it begins below the first and ends above the second."""


class ContactMap:
    """pairs: [S * S] uint16, a texel's darkness (0 to 255) in the low byte and its right neighbour's in the next.

    place: [4] float32: x and y of texel (0, 0), texels per metre, S.
    """

    def __init__(self, scene: Scene, placed: F64, geometry: Geometry) -> None:
        path = geometry.poses[:, :2, 3].astype(np.float64)
        low, high = path.min(0) - REACH_M, path.max(0) + REACH_M
        feet, owner = _feet(scene)
        if len(feet):
            where = placed[owner, :2, 3]
            reach = np.linalg.norm(feet[:, :3, :3], axis=1).sum(1) / 2.0 + np.linalg.norm(feet[:, :2, 3], axis=1) + 1.0
            low = np.maximum(low, (where - reach[:, None]).min(0))
            high = np.maximum(np.minimum(high, (where + reach[:, None]).max(0)), low + 1.0)
        texel = max(TEXEL_M, float((high - low).max()) / (MOST_TEXELS - 4))
        side = int(np.ceil(float((high - low).max()) / texel)) + 4
        self.place: F32 = np.array([low[0] - 2 * texel, low[1] - 2 * texel, 1.0 / texel, side], np.float32)
        self._feet, self._owner = feet, owner
        self._moves = np.isin(owner, geometry.moving)
        self._still = np.zeros((side, side), np.uint8)
        self._draw(~self._moves, placed, self._still)
        self._map = self._still.copy()
        self.pairs: NDArray[np.uint16] = np.zeros(side * side, np.uint16)
        pair_bytes(self._map, self.pairs, np.array([[0, 0, side, side]], np.int32))
        self._dirty: I32 = np.zeros((0, 4), np.int32)

    def move(self, placed: F64, eye: F64) -> None:
        """Puts the moving things near `eye` [3] where `placed` [B, 4, 4] has them, in place of those drawn before."""
        if not self._moves.any():
            return
        restore_bytes(self._still, self._map, self._dirty)
        pair_bytes(self._map, self.pairs, self._dirty)
        away = np.linalg.norm(placed[self._owner, :2, 3] - eye[:2], axis=1)
        self._dirty = self._draw(self._moves & (away < MOVING_REACH_M), placed, self._map)
        pair_bytes(self._map, self.pairs, self._dirty)

    def _draw(self, chosen: NDArray[np.bool_], placed: F64, target: NDArray[np.uint8]) -> I32:
        """Draws what of the chosen parts stands on the ground; returns the boxes of texels touched."""
        boxes = placed[self._owner[chosen]] @ self._feet[chosen]
        half = np.abs(boxes[:, 2, :3]).sum(1) / 2.0
        bottom, top = boxes[:, 2, 3] - half, boxes[:, 2, 3] + half
        boxes = boxes[(bottom < _LOW_M) & (top > _HIGH_M) & (top > 0.0)]
        touched = np.zeros((len(boxes), 4), np.int32)
        splat(np.ascontiguousarray(boxes, np.float32), self.place, np.float32(SPREAD_M), target, touched)
        return touched


def _feet(scene: Scene) -> tuple[F64, NDArray[np.int64]]:
    """[K, 4, 4], the unit cube around 0 to the box of each body's each part, in the body's space; and whose it is."""
    used = sorted({body.prototype for body in scene.bodies})
    parts = [part for row in used for part in scene.prototypes[row].parts]
    if not parts:
        return np.zeros((0, 4, 4)), np.zeros(0, np.int64)
    unit = np.zeros((len(parts), 4, 4))
    unit[:, :3, :3] = np.array([turned(part.turn_deg) for part in parts]) * np.array([p.size for p in parts])[:, None]
    unit[:, :3, 3] = np.array([part.at for part in parts]) + unit[:, :3, 2] / 2.0
    unit[:, 3, 3] = 1.0
    counts = np.array([len(scene.prototypes[row].parts) for row in used])
    mine = np.searchsorted(used, [body.prototype for body in scene.bodies])
    pick, owner, _, _ = spread(counts, mine)
    feet = unit[pick]
    feet[:, :3] *= np.array([body.scale for body in scene.bodies], np.float64)[owner, :, None]
    return feet, owner


@kernel
def splat(boxes: Array, place: Array, spread: float, target: Array, touched: Array) -> None:
    """Draws the footprints of `boxes` [K, 4, 4] (the unit cube to the world), fading out over `spread` metres."""
    side = target.shape[0]
    x0, y0, per_m = place[0], place[1], place[2]
    for n in range(len(boxes)):
        b = boxes[n]
        # The two edges that lie flattest span the footprint.
        rise0, rise1, rise2 = abs(b[2, 0]), abs(b[2, 1]), abs(b[2, 2])
        i, k = (1, 2) if rise0 >= rise1 and rise0 >= rise2 else ((0, 2) if rise1 >= rise2 else (0, 1))
        ax, ay, bx, by = b[0, i], b[1, i], b[0, k], b[1, k]
        la = max(np.sqrt(ax * ax + ay * ay), np.float32(1e-3))
        lb = max(np.sqrt(bx * bx + by * by), np.float32(1e-3))
        reach_x, reach_y = (
            (abs(ax) + abs(bx)) * np.float32(0.5) + spread,
            (abs(ay) + abs(by)) * np.float32(0.5) + spread,
        )
        cx, cy = b[0, 3], b[1, 3]
        left, right = max(int((cx - reach_x - x0) * per_m), 0), min(int((cx + reach_x - x0) * per_m) + 2, side)
        low, high = max(int((cy - reach_y - y0) * per_m), 0), min(int((cy + reach_y - y0) * per_m) + 2, side)
        touched[n, 0], touched[n, 1] = min(left, side), min(low, side)
        touched[n, 2], touched[n, 3] = max(right, 0), max(high, 0)
        strength = min(max(la, lb) * np.float32(2.2), np.float32(1.0)) * np.float32(255.0)
        for r in range(low, high):
            dy = y0 + np.float32(r) / per_m - cy
            for c in range(left, right):
                dx = x0 + np.float32(c) / per_m - cx
                p = max(abs(dx * ax + dy * ay) / la - la * np.float32(0.5), np.float32(0.0))
                q = max(abs(dx * bx + dy * by) / lb - lb * np.float32(0.5), np.float32(0.0))
                near = max(np.float32(1.0) - np.sqrt(p * p + q * q) / spread, np.float32(0.0))
                target[r, c] = max(target[r, c], np.uint8(near * near * strength))


@kernel
def pair_bytes(source: Array, pairs: Array, boxes: Array) -> None:
    """Writes the pairs of `source` [S, S] uint8 inside each of `boxes` [K, 4] (first column, row; after the last)."""
    side = source.shape[0]
    for n in range(len(boxes)):
        for r in range(boxes[n, 1], min(boxes[n, 3], side)):
            for c in range(max(boxes[n, 0] - 1, 0), min(boxes[n, 2], side - 1)):
                pairs[r * side + c] = np.uint16(np.int32(source[r, c]) | np.int32(source[r, c + 1]) << np.int32(8))


@kernel
def restore_bytes(source: Array, target: Array, boxes: Array) -> None:
    """target = source inside each of `boxes`."""
    side = source.shape[0]
    for n in range(len(boxes)):
        for r in range(boxes[n, 1], min(boxes[n, 3], side)):
            for c in range(boxes[n, 0], min(boxes[n, 2], side)):
                target[r, c] = source[r, c]
