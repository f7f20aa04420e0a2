"""Roofs over a block whose front edge is x = 0 and whose eaves stand at `z`."""

from __future__ import annotations

from worldfactory.scene._solids import Solid, solid
from worldfactory.spec._street import RoofSpec


def roof(spec: RoofSpec, depth: float, width: float, z: float, full_depth: float, near: bool) -> list[Solid]:
    """The solids of a roof over depth x width metres, centred on x = -full_depth / 2."""
    x, o, h, paint = -full_depth / 2, spec.overhang, spec.height, spec.paint
    parts: list[Solid] = []
    if spec.kind == "flat":
        parts += [
            solid("box", (depth - 0.1, width - 0.1, 0.06), (x, 0, z - 0.02), paint),
            solid("box", (0.25, width, 0.7), (x + depth / 2 - 0.12, 0, z - 0.05), "parapet"),
            solid("box", (0.25, width, 0.7), (x - depth / 2 + 0.12, 0, z - 0.05), "parapet"),
            solid("box", (depth, 0.25, 0.7), (x, width / 2 - 0.12, z - 0.05), "parapet"),
            solid("box", (depth, 0.25, 0.7), (x, -width / 2 + 0.12, z - 0.05), "parapet"),
        ]
        if near and width > 8:
            parts.append(solid("box", (3.0, 3.4, 2.4), (x - depth * 0.18, width * 0.2, z), "parapet"))
    elif spec.kind == "gable":
        parts.append(solid("prism", (width + 0.1, depth + 2 * o, h), (x, 0, z), paint, (0, 0, 90)))
        parts.append(solid("box", (0.3, width + 0.14, 0.24), (x, 0, z + h - 0.12), paint))
        if near:
            parts.append(solid("box", (0.1, width + 0.12, 0.2), (x + depth / 2 + o, 0, z - 0.06), "trim"))
    elif spec.kind == "front-gable":
        parts.append(solid("prism", (depth + 2 * o, width + 2 * o, h), (x, 0, z), paint))
    elif spec.kind == "hip":
        parts.append(solid("pyramid", (depth + 2 * o, width + 2 * o, h), (x, 0, z), paint))
    elif spec.kind == "mansard":
        slope = min(1.3, depth * 0.15)
        inner = depth - 2 * slope
        parts += [
            solid("wedge", (width, slope, h), (x + depth / 2 - slope / 2, 0, z), paint, (0, 0, 90)),
            solid("wedge", (width, slope, h), (x - depth / 2 + slope / 2, 0, z), paint, (0, 0, -90)),
            solid("box", (inner, width, h), (x, 0, z), paint),
            solid("prism", (width, inner, 0.9), (x, 0, z + h), paint, (0, 0, 90)),
        ]
    elif spec.kind == "stepped-gable":
        steps = 5
        rise = h / steps
        for k in range(steps):
            w = width * (1 - k / (steps + 0.6))
            parts.append(solid("box", (0.6, w, rise + 0.05), (x + depth / 2 - 0.3, 0, z + k * rise), "gable-wall"))
            parts.append(solid("box", (0.7, w + 0.12, 0.12), (x + depth / 2 - 0.3, 0, z + (k + 1) * rise), "trim"))
        parts.append(solid("prism", (depth - 0.6, width, h * 0.92), (x - 0.3, 0, z), paint))
        if near:
            parts.append(solid("box", (0.1, 0.7, 0.9), (x + depth / 2 + 0.02, 0, z + rise * 1.6), "trim"))
            parts.append(
                solid("box", (0.14, 0.5, 0.7), (x + depth / 2 + 0.02, 0, z + rise * 1.6 + 0.1), "window-glass")
            )
    elif spec.kind == "dome":
        side = min(depth, width) * 0.62
        parts += [
            solid("box", (depth, width, 0.4), (x, 0, z), "trim"),
            solid("cylinder", (side, side, 1.4), (x, 0, z + 0.4), "wall"),
            solid("dome", (side, side, h), (x, 0, z + 1.8), paint),
            solid("cone", (0.4, 0.4, 1.4), (x, 0, z + 1.7 + h), "brass"),
        ]
    else:  # pagoda: hipped roofs, one over the other, each smaller
        for k in range(3):
            f = 1 - 0.24 * k
            zk = z + k * (h * 0.62 + 0.6)
            parts.append(solid("pyramid", ((depth + 2 * o) * f, (width + 2 * o) * f, h * 0.75), (x, 0, zk), paint))
            if k < 2:
                parts.append(solid("box", (depth * f * 0.6, width * f * 0.6, h * 0.62 + 0.7), (x, 0, zk), "wall"))
    if spec.dormers and near:
        count = max(1, round(width / 3.4))
        for k in range(count):
            y = -width / 2 + (k + 0.5) * width / count
            front = x + depth / 2
            parts += [
                solid("box", (1.4, 1.3, 1.7), (front - 0.95, y, z + 0.25), "trim"),
                solid("box", (1.44, 0.85, 1.25), (front - 0.94, y, z + 0.4), "window-glass"),
                solid("prism", (1.7, 1.6, 0.5), (front - 0.95, y, z + 1.95), paint),
            ]
    for k in range(spec.chimneys if near else 0):
        y = -width / 2 + (k + 0.5) * width / max(1, spec.chimneys)
        parts.append(solid("box", (0.7, 1.4, 1.6), (x - depth * 0.1, y, z + h * 0.7), "chimney"))
        for j in range(3):
            parts.append(
                solid(
                    "cylinder",
                    (0.26, 0.26, 0.5),
                    (x - depth * 0.1, y - 0.45 + 0.45 * j, z + h * 0.7 + 1.6),
                    "terracotta",
                )
            )
    return parts
