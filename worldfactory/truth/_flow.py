"""Forward optical flow and its occlusion, exactly from depth, poses and the bodies' motion."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic
from numpy.typing import NDArray

from worldfactory.errors import TruthError
from worldfactory.records import Geometry

Array = NDArray[Any]
i32 = np.int32
_NEAR = np.float32(0.75)
_UNSURE = np.uint64(0x0202020202020202)
_TOLERANCE = i32(24)
"""Steps of float16 by which a depth may differ from the one expected: 1.2 to 2.3 %."""


def flow(
    geometry: Geometry,
    index: int,
    depth: NDArray[np.float16],
    bodies: NDArray[np.uint16],
    next_depth: NDArray[np.float16] | None,
    next_bodies: NDArray[np.uint16] | None,
) -> tuple[NDArray[np.float16], NDArray[np.bool_]]:
    """Flow from frame `index` to the next: [H, W, 2] float16, pixels right and down; and what is occluded, [H, W] bool.

    A pixel moves to where the point of the body seen there is, one frame later, in the next view; sky turns with the
    camera only. It is occluded if it leaves the picture (or the half-space before the camera), or if the next frame
    shows something else there: another body, or another depth. Without `next_depth` only what leaves is known, as
    after the last frame; without `next_bodies` depth alone decides. Raises TruthError if the maps' sizes or the index
    don't fit.
    """
    height, width = depth.shape
    for name, array in (("bodies", bodies), ("next_depth", next_depth), ("next_bodies", next_bodies)):
        if array is not None and array.shape != depth.shape:
            raise TruthError(f"flow of frame {index}: {name} is {array.shape}, depth is {depth.shape}")
    if not 0 <= index < len(geometry.poses) - 1:
        raise TruthError(f"flow of frame {index}: should be 0 to {len(geometry.poses) - 2}")
    most = int(bodies.max(initial=0))
    if most >= len(geometry.instance_of):
        raise TruthError(f"flow of frame {index}: body {most} of {len(geometry.instance_of) - 1}")
    moves, slots = _moves(geometry, index)
    # One allocation: NumPy asks for huge pages from 4 MB on, and small ones cost half a millisecond to fault in.
    block = np.empty(5 * height * width, np.uint8)
    out = block[: 4 * height * width].view(np.uint32).reshape(height, width)
    occluded = block[4 * height * width :].reshape(height, width)
    marks = np.zeros((2, (width + 15) & -8), np.uint8)
    nothing = np.empty(0, np.uint16)
    _flow(
        np.ascontiguousarray(depth).view(np.uint16),
        np.ascontiguousarray(bodies),
        nothing if next_depth is None else np.ascontiguousarray(next_depth).view(np.uint16).reshape(-1),
        nothing if next_bodies is None else np.ascontiguousarray(next_bodies).reshape(-1),
        moves,
        slots,
        geometry.intrinsics.astype(np.float32),
        np.empty((2, width), np.float32),
        np.empty((4, width), np.int32),
        marks,
        marks.view(np.uint64),
        out,
        occluded,
    )
    return out.view(np.float16).reshape(height, width, 2), occluded.view(np.bool_)


def _moves(geometry: Geometry, index: int) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """[M + 1, 12] float32, camera at `index` to camera at `index` + 1, first for still things, then for each moving
    body;

    and for each body map value its row.
    """
    here, there = geometry.poses[index].astype(np.float64), np.linalg.inv(geometry.poses[index + 1].astype(np.float64))
    before, after = geometry.transforms[index].astype(np.float64), geometry.transforms[index + 1].astype(np.float64)
    moves = np.empty((len(geometry.moving) + 1, 4, 4))
    moves[0] = there @ here if (geometry.poses[index] != geometry.poses[index + 1]).any() else np.eye(4)
    moves[1:] = there @ after @ np.linalg.inv(before) @ here
    slots = np.zeros(len(geometry.instance_of), np.int32)
    slots[geometry.moving + 1] = np.arange(len(geometry.moving)) + 1
    return np.ascontiguousarray(moves[:, :3].reshape(-1, 12), np.float32), slots


def _build_float(typingctx: Any, value: Any) -> Any:
    del typingctx, value

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        del context, signature
        return builder.bitcast(arguments[0], ir.FloatType())

    return types.float32(types.int32), build


def _build_bits(typingctx: Any, value: Any) -> Any:
    del typingctx, value

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        del context, signature
        return builder.bitcast(arguments[0], ir.IntType(32))

    return types.int32(types.float32), build


_as_float: Any = intrinsic(_build_float)
"""The float32 with these bits."""
_as_bits: Any = intrinsic(_build_bits)
"""The bits of a float32."""


def _kernel(function: Callable[..., Any]) -> Any:
    """Compiles for vector loops: no check for zero divisors, no reference counts, sums contracted but not regrouped."""
    fast = {"contract", "nsz", "arcp", "afn"}
    options: dict[str, Any] = {"cache": True, "error_model": "numpy", "_nrt": False, "fastmath": fast}
    return njit(**options)(function)


@_kernel
def _half(value: float) -> Any:
    """Float16 bits, rounded to nearest even; below its normal range 0, above it the largest."""
    bits = _as_bits(value)
    size = i32(bits & i32(0x7FFFFFFF))
    odd = i32(i32(size >> i32(13)) & i32(1))
    rounded = i32(i32(i32(size + i32(i32(0xFFF) + odd)) >> i32(13)) - i32(112 << 10))
    rounded = min(max(rounded, i32(0)), i32(0x7BFF))
    rounded = rounded if size >= i32(0x38800000) else i32(0)
    return i32(rounded | i32(i32(bits >> i32(16)) & i32(0x8000)))


@_kernel
def _flow(
    depth: Array, bodies: Array, next_depth: Array, next_bodies: Array, moves: Array, slots: Array, intrinsics: Array,
    shifts: Array, whole: Array, marks: Array, words: Array, out: Array, occluded: Array,
) -> None:  # fmt: skip
    height, width = depth.shape
    fx, fy, cx, cy = intrinsics[0], intrinsics[1], intrinsics[2], intrinsics[3]
    f0, f1 = np.float32(0.0), np.float32(1.0)
    column, row = shifts[0], shifts[1]
    changes, change_words, states, state_words = marks[0], words[0], marks[1], words[1]
    steps, place, seen, who = whole[0], whole[1], whole[2], whole[3]
    infinite = i32(0x7C00)
    known, named = len(next_depth) > 0, len(next_bodies) > 0
    last_column, last_row = np.float32(width - 1), np.float32(height - 1)
    half = np.float32(0.5)
    for y in range(height):
        v = (np.float32(y) - cy) / fy
        here, names = depth[y], bodies[y]
        for j in range(width - 1):
            changes[j] = np.uint8(1 if names[j] != names[j + 1] else 0)
        changes[width - 1] = 1
        x = 0
        while x < width:
            name = names[x]
            stop = x
            while changes[stop] == 0:
                # Eight pixels at a time where nothing changes.
                stop += 8 if (stop & 7) == 0 and change_words[stop >> 3] == 0 else 1
            stop += 1
            m = moves[slots[name]]
            bx, by, bz = m[1] * v + m[2], m[5] * v + m[6], m[9] * v + m[10]
            ax, ay, az, tx, ty, tz = m[0], m[4], m[8], m[3], m[7], m[11]
            run, moved_x, moved_y, far = here[x:stop], column[x:stop], row[x:stop], steps[x:stop]
            u0, du = (np.float32(x) - cx) / fx, f1 / fx
            for j in range(stop - x):
                bits = i32(run[j])
                z = _as_float(i32(i32(bits << i32(13)) + i32(112 << 23)))
                inverse = f1 / z if bits < infinite else f0
                u = u0 + du * np.float32(i32(j))
                qz = az * u + bz + tz * inverse
                ahead = max(qz, np.float32(1e-6))
                moved_x[j] = fx * (ax * u + bx + tx * inverse - u * qz) / ahead
                moved_y[j] = fy * (ay * u + by + ty * inverse - v * qz) / ahead
                later = _half(ahead / max(inverse, np.float32(1e-9)))
                later = later if bits < infinite else infinite
                far[j] = later if qz > f0 else i32(-1)
            x = stop
        line, hidden = out[y], occluded[y]
        for j in range(width):
            line[j] = np.uint32(i32(_half(column[j]) | i32(_half(row[j]) << i32(16))))
        for j in range(width):
            px, py = np.float32(i32(j)) + column[j] + half, np.float32(y) + row[j] + half
            inside = (px >= f0) & (py >= f0) & (px < last_column + f1) & (py < last_row + f1) & (steps[j] >= 0)
            at = i32(i32(i32(min(py, last_row)) * i32(width)) + i32(min(px, last_column)))
            place[j] = at if inside else i32(-1)
        if not known:
            for j in range(width):
                hidden[j] = np.uint8(1 if place[j] < 0 else 0)
            continue
        for j in range(width):
            at = np.uint32(max(place[j], i32(0)))
            seen[j] = next_depth[at]
        if named:
            for j in range(width):
                who[j] = next_bodies[np.uint32(max(place[j], i32(0)))]
        else:
            for j in range(width):
                who[j] = names[j]
        unsure = i32(0)
        for j in range(width):
            apart = i32(abs(i32(seen[j] - steps[j])))
            fits = (apart <= _TOLERANCE) & (who[j] == i32(names[j]))
            state = i32(0) if fits else i32(2)
            state = state if place[j] >= 0 else i32(1)
            states[j] = np.uint8(state)
            unsure = i32(unsure | state)
        j = 0
        while unsure & 2 != 0 and j < width:
            if (j & 7) == 0 and state_words[j >> 3] & _UNSURE == 0:
                j += 8
                continue
            if states[j] == 2:
                px, py = np.float32(j) + column[j], np.float32(y) + row[j]
                states[j] = _covered(px, py, steps[j], names[j], next_depth, next_bodies, height, width, named)
            j += 1
        for j in range(width):
            hidden[j] = states[j]


@_kernel
def _covered(
    px: float, py: float, step: int, name: int, next_depth: Array, next_bodies: Array, height: int, width: int, named:
    bool,
) -> Any:  # fmt: skip
    """0 if a pixel less than 3/4 from (px, py) along both axes shows the body about as deep as `step`, else 1."""
    low, high = 1 << 20, -1
    left, right = int(np.ceil(px - _NEAR)), int(np.floor(px + _NEAR))
    above, below = int(np.ceil(py - _NEAR)), int(np.floor(py + _NEAR))
    for y in range(max(above, 0), min(below + 1, height)):
        for x in range(max(left, 0), min(right + 1, width)):
            at = y * width + x
            if not named or next_bodies[at] == name:
                low, high = min(low, int(next_depth[at])), max(high, int(next_depth[at]))
    return np.uint8(0 if low - _TOLERANCE <= step <= high + _TOLERANCE else 1)
