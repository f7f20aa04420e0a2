"""Checks a scene: people, vehicles and animals go through neither walls, nor furniture, nor each other.

Works on the scene alone, not on what the builder knew: every body's solids are boxes in its frame, moved by the
kinematics of the ground truth, and compared as upright oriented boxes (separating axes).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from worldfactory.records import GROUPS, Group, Scene
from worldfactory.scene._solids import pieces
from worldfactory.truth import Kinematics

F64 = NDArray[np.float64]
MOVERS = (GROUPS["human"] | GROUPS["animal"] | GROUPS["vehicle"]) - {"fish", "bird"}
"""Those that are bound to the ground."""
_PASSABLE = frozenset({
    "bench", "seat", "sofa", "stool", "shelter", "canopy", "awning", "roof", "stairs", "bridge", "tunnel", "escalator",
    "lift", "stage", "grandstand", "ticket gate", "scanner", "umbrella", "painting", "poster", "banner", "flag",
    "curtain", "chandelier", "balloon", "window",
})  # fmt: skip
"""Of the classes of the solid groups: what one sits on, goes up, in or under, and what hangs flat or high."""
_SOLID_GROUPS: tuple[Group, ...] = (
    "structure", "opening", "nature", "street", "furniture", "equipment", "exhibit", "decor", "ride",
)  # fmt: skip
SOLIDS = (MOVERS | frozenset().union(*(GROUPS[group] for group in _SOLID_GROUPS))) - _PASSABLE
"""What a mover may not go through."""
_LOW_M, _HIGH_M = 0.3, 1.6
"""Only what lies between these heights above the ground can be bumped into."""
_SEAT_M = 0.2
"""The feet of who sits, small children too, are more than this below the seat."""
TOLERANCE_M = 0.06
_TRUNK_M = 0.6
"""From a tree's axis the middle of what is its trunk lies no farther."""
_SLIM = 0.72
"""A mover's box is taken slimmer than the figure: arms swing and wheels are round."""


@dataclass(frozen=True, slots=True)
class Overlap:
    """Two instances that share space at a time, `depth_m` deep."""

    time_s: float
    mover: int
    other: int
    depth_m: float


def overlaps(scene: Scene, times: Sequence[float]) -> list[Overlap]:
    """Every pair of a moving or living thing and something solid that meet at one of the times (seconds)."""
    kinematics = Kinematics(scene)
    shapes = _shapes(scene)
    movers = [k for k, instance in enumerate(scene.instances) if instance.label in MOVERS]
    found: list[Overlap] = []
    slot = {int(row): k for k, row in enumerate(kinematics.moving)}
    fixed = _boxes(
        scene, shapes, kinematics.static.astype(np.float64), [r for r in range(len(scene.bodies)) if r not in slot]
    )
    moving_rows = list(slot)
    mates = _mates(scene)
    for row in _sitters(scene, shapes):
        mates.setdefault(row, set()).update(
            k for k, thing in enumerate(scene.instances) if thing.label in ("table", "desk")
        )
    tanks = {k for k, thing in enumerate(scene.instances) if thing.label == "tank"}
    for row in (k for k, thing in enumerate(scene.instances) if thing.label == "reptile"):
        # What lives in a terrarium is in it.
        mates.setdefault(row, set()).update(tanks)
    for time in times:
        world = kinematics.static.astype(np.float64)
        if slot:
            world[kinematics.moving] = kinematics.at(float(time))
        now = _boxes(scene, shapes, world, moving_rows)
        boxes = np.concatenate([fixed, now])
        live = np.isin(boxes[:, 0], movers)
        for row in boxes[live]:
            near = (np.abs(boxes[:, 1] - row[1]) < 14) & (np.abs(boxes[:, 2] - row[2]) < 14)
            other = boxes[near & (boxes[:, 0] != row[0])]
            # Each pair of movers once.
            other = other[~np.isin(other[:, 0], movers) | (other[:, 0] > row[0])]
            depth = _depth(row, other)
            for hit in np.flatnonzero(depth > TOLERANCE_M):
                a, b = int(row[0]), int(other[hit, 0])
                if b not in mates.get(a, ()):
                    found.append(Overlap(float(time), a, b, float(depth[hit])))
    return found


def _mates(scene: Scene) -> dict[int, set[int]]:
    """Instances that belong together: what is held in a hand, pushed, led or ridden goes along the same path."""
    out: dict[int, set[int]] = {}

    def pair(a: int, b: int) -> None:
        if a != b:
            out.setdefault(a, set()).add(b)
            out.setdefault(b, set()).add(a)

    by_path: dict[str, list[int]] = {}
    for body in scene.bodies:
        if body.parent >= 0:
            pair(body.instance, scene.bodies[body.parent].instance)
        for motion in body.motions:
            if motion.kind in ("path", "carry"):
                by_path.setdefault(f"{motion!r}", []).append(body.instance)
    for group in by_path.values():
        for a in group:
            for b in group:
                pair(a, b)
    return out


def _sitters(scene: Scene, shapes: list[F64]) -> set[int]:
    """The people who sit, partly under what they sit at: their bodies are placed at the seat, the feet well below."""
    return {
        body.instance
        for body in scene.bodies
        if body.parent < 0
        and scene.instances[body.instance].label == "person"
        and float(shapes[body.prototype][:, 4].min()) < -_SEAT_M
    }


def _shapes(scene: Scene) -> list[F64]:
    """For each prototype [P, 6]: x0, x1, y0, y1, z0, z1 of its parts."""
    out: list[F64] = []
    for prototype in scene.prototypes:
        rows = [
            (box.x0, box.x1, box.y0, box.y1, box.z0, box.z1)
            for part in prototype.parts
            for box in pieces(part.shape, part.size, part.at, part.turn_deg)
        ]
        out.append(np.array(rows, np.float64).reshape(-1, 6))
    return out


def _boxes(scene: Scene, shapes: list[F64], world: F64, rows: Sequence[int]) -> F64:
    """[K, 7]: instance, x, y, half length, half width, cos, sin of what can be bumped into."""
    out: list[F64] = []
    for row in rows:
        body = scene.bodies[row]
        label = scene.instances[body.instance].label
        if label not in SOLIDS or (body.parent >= 0 and label in MOVERS):
            continue
        pose = world[row]
        box = shapes[body.prototype] * np.repeat(np.array(body.scale), 2)
        z0, z1 = box[:, 4] + pose[2, 3], box[:, 5] + pose[2, 3]
        box = box[(z1 > _LOW_M) & (z0 < _HIGH_M) & (box[:, 1] - box[:, 0] < 200) & (box[:, 3] - box[:, 2] < 200)]
        if not len(box):
            continue
        if label in MOVERS:
            box = np.array([[box[:, 0].min(), box[:, 1].max(), box[:, 2].min(), box[:, 3].max(), 0, 0]])
            middle_x, middle_y = (box[:, 0] + box[:, 1]) / 2, (box[:, 2] + box[:, 3]) / 2
            slim = _SLIM if label in ("person", "animal", "bicycle", "motorcycle") else 0.97
            half = np.stack([(box[:, 1] - box[:, 0]) / 2, (box[:, 3] - box[:, 2]) / 2], 1) * slim
        else:
            middle_x, middle_y = (box[:, 0] + box[:, 1]) / 2, (box[:, 2] + box[:, 3]) / 2
            half = np.stack([(box[:, 1] - box[:, 0]) / 2, (box[:, 3] - box[:, 2]) / 2], 1)
            if label == "tree":
                # The trunk; leaves that hang low give way.
                trunk = np.hypot(middle_x, middle_y) < _TRUNK_M
                middle_x, middle_y, half = middle_x[trunk], middle_y[trunk], np.minimum(half[trunk], 0.3)
        flat = np.hypot(pose[0, 0], pose[1, 0]) or 1.0
        c, s = pose[0, 0] / flat, pose[1, 0] / flat
        x = pose[0, 3] + c * middle_x - s * middle_y
        y = pose[1, 3] + s * middle_x + c * middle_y
        ones = np.ones(len(middle_x))
        out.append(np.stack([ones * body.instance, x, y, half[:, 0], half[:, 1], ones * c, ones * s], 1))
    return np.concatenate(out) if out else np.zeros((0, 7))


def _depth(row: F64, others: F64) -> F64:
    """[K]: by how much one box reaches into each of the others; negative where they are apart."""
    dx, dy = others[:, 1] - row[1], others[:, 2] - row[2]
    c, s = row[5], row[6]
    oc, os = others[:, 5], others[:, 6]
    rc, rs = np.abs(oc * c + os * s), np.abs(os * c - oc * s)
    gaps = [
        row[3] + others[:, 3] * rc + others[:, 4] * rs - np.abs(dx * c + dy * s),
        row[4] + others[:, 3] * rs + others[:, 4] * rc - np.abs(dy * c - dx * s),
        others[:, 3] + row[3] * rc + row[4] * rs - np.abs(dx * oc + dy * os),
        others[:, 4] + row[3] * rs + row[4] * rc - np.abs(dy * oc - dx * os),
    ]
    return np.min(gaps, 0)
