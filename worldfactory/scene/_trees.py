"""Trees by form, in the season's colours."""

from __future__ import annotations

import math

import numpy as np

from worldfactory.records import Rgb, Vec3
from worldfactory.scene._placed import Anchor
from worldfactory.scene._solids import Solid, solid
from worldfactory.scene._space import Block
from worldfactory.scene._stage import Stage
from worldfactory.spec._layout import TreeSpec
from worldfactory.spec._style import MaterialSpec


def in_days(span: tuple[int, int] | None, day: int) -> bool:
    """Whether the day of the year lies in a span that may wrap over new year."""
    if span is None:
        return False
    first, last = span
    return first <= day <= last if first <= last else day >= first or day <= last


def pick_tree(stage: Stage, rng: np.random.Generator) -> TreeSpec:
    """Draw one of the city's trees."""
    trees = stage.cell.city.trees
    weights = np.array([tree.weight for tree in trees])
    return trees[int(rng.choice(len(trees), p=weights / weights.sum()))]


def tree(stage: Stage, spec: TreeSpec, at: Vec3, rng: np.random.Generator, *, size: float = 1.0) -> int:
    """Plant one. Returns its body's row."""
    day = stage.prompt.day
    leaf: Rgb = spec.leaves[int(rng.integers(len(spec.leaves)))]
    if in_days(spec.blossom, day):
        leaf = spec.blossom_rgb
    bare = in_days(spec.bare, day)
    height = float(rng.uniform(spec.height.low, spec.height.high)) * size
    crown = float(rng.uniform(spec.crown.low, spec.crown.high)) * size
    dark: Rgb = (leaf[0] * 0.62, leaf[1] * 0.66, leaf[2] * 0.62)
    own = {
        "leaf": MaterialSpec(rgb=leaf, rgb2=dark, pattern="foliage", cell=(0.45, 0.45)),
        "leaf-dark": MaterialSpec(
            rgb=(leaf[0] * 0.8, leaf[1] * 0.84, leaf[2] * 0.8), rgb2=dark, pattern="foliage", cell=(0.4, 0.4)
        ),
        "trunk": MaterialSpec(
            rgb=spec.trunk,
            rgb2=(spec.trunk[0] * 0.7, spec.trunk[1] * 0.7, spec.trunk[2] * 0.7),
            pattern="mottled",
            cell=(0.3, 0.5),
        ),
    }
    variant = int(rng.integers(3))
    parts = _parts(spec, variant, bare)
    row = stage.instance("tree", f"tree/{spec.form}")
    # One prototype for each variant, one metre of crown and height to the unit, scaled to the tree's own measures.
    full = (crown, crown, height)
    prototype = stage.prototype(f"tree/{spec.form}", parts, (own,))
    body = stage.body(prototype, row, at, float(rng.uniform(0, 360)), scale=full)
    stage.space.add(Block(at[0], at[1], 0.28, 0.28, 0.0, tall=False))
    if spec.form in ("broadleaf", "umbrella", "weeping", "pollard"):
        for k in range(3):
            a = 2.1 * k + float(rng.uniform(0, 1))
            low = at[2] + height * 0.46
            stage.anchors.append(
                Anchor("tree", (at[0] + math.cos(a) * crown * 0.3, at[1] + math.sin(a) * crown * 0.3, low), 0.0, 0.6)
            )
    return body


def _parts(spec: TreeSpec, variant: int, bare: bool) -> list[Solid]:
    """Parts of a tree of height 1 and crown 1: x and y are scaled by the crown, z by the height."""
    rng = np.random.default_rng([variant, len(spec.form)])
    thick = 0.09
    parts: list[Solid] = []
    if spec.form == "palm":
        lean = 0.1
        for k in range(5):
            x = lean * (k / 5) ** 2
            parts.append(solid("cylinder", (0.085 - 0.007 * k, 0.085 - 0.007 * k, 0.2), (x, 0, 0.18 * k), "trunk"))
        for k in range(10):
            a = 36 * k + float(rng.uniform(-8, 8))
            drop = 12 if k % 2 else 38
            c, s = math.cos(math.radians(a)), math.sin(math.radians(a))
            long = 0.36
            parts.append(
                solid(
                    "box",
                    (long, 0.075, 0.012),
                    (lean + 0.16 * c, 0.16 * s, 0.93 - 0.012 * (k % 2)),
                    "leaf",
                    (0, drop * 0.35, a),
                )
            )
            parts.append(
                solid(
                    "box",
                    (long * 0.75, 0.06, 0.012),
                    (lean + 0.4 * c, 0.4 * s, 0.875 - 0.03 * (k % 2)),
                    "leaf-dark",
                    (0, drop, a),
                )
            )
        parts.append(solid("sphere", (0.13, 0.13, 0.06), (lean, 0, 0.87), "leaf-dark"))
        return parts
    if spec.form in ("conifer", "cypress"):
        parts.append(solid("cylinder", (thick, thick, 0.25), (0, 0, 0), "trunk"))
        if spec.form == "cypress":
            parts.append(solid("sphere", (0.9, 0.9, 0.9), (0, 0, 0.08), "leaf"))
            parts.append(solid("cone", (0.6, 0.6, 0.4), (0, 0, 0.62), "leaf-dark"))
        else:
            for k in range(4):
                w = 1.0 - 0.2 * k
                parts.append(solid("cone", (w, w, 0.36), (0, 0, 0.12 + 0.175 * k), "leaf" if k % 2 else "leaf-dark"))
        return parts
    trunk = 0.62 if spec.form != "umbrella" else 0.78
    parts.append(solid("cylinder", (thick, thick, trunk), (0, 0, 0), "trunk"))
    for k in range(4):
        a = 90 * k + 20 + float(rng.uniform(-15, 15))
        c, s = math.cos(math.radians(a)), math.sin(math.radians(a))
        parts.append(solid("cylinder", (0.04, 0.04, 0.4), (0.05 * c, 0.05 * s, 0.42), "trunk", (0, 32, a)))
    if bare:
        for k in range(9):
            a = 40 * k + float(rng.uniform(-15, 15))
            z = 0.5 + 0.04 * (k % 4)
            parts.append(solid("cylinder", (0.018, 0.018, 0.4), (0, 0, z), "trunk", (0, 20 + 12 * (k % 3), a)))
            parts.append(
                solid(
                    "cylinder",
                    (0.01, 0.01, 0.3),
                    (0.1 * math.cos(math.radians(a)), 0.1 * math.sin(math.radians(a)), z + 0.14),
                    "trunk",
                    (0, 8 + 20 * (k % 2), a + 40),
                )
            )
        return parts
    blobs: list[tuple[float, float, float, float, float]]
    if spec.form == "pollard":
        blobs = [
            (0, 0, 0.5, 0.62, 0.5),
            (0.22, 0.1, 0.52, 0.5, 0.36),
            (-0.2, 0.14, 0.5, 0.52, 0.38),
            (0.02, -0.24, 0.52, 0.5, 0.36),
        ]
    elif spec.form == "umbrella":
        blobs = [
            (0, 0, 0.74, 0.8, 0.24),
            (0.22, 0.16, 0.7, 0.56, 0.2),
            (-0.24, 0.1, 0.72, 0.54, 0.2),
            (0.04, -0.25, 0.7, 0.54, 0.2),
        ]
    else:
        blobs = [(0, 0, 0.58, 0.66, 0.42)]
        for k in range(6):
            a = 60 * k + float(rng.uniform(-20, 20))
            r = float(rng.uniform(0.2, 0.28))
            blobs.append(
                (
                    r * math.cos(math.radians(a)),
                    r * math.sin(math.radians(a)),
                    float(rng.uniform(0.4, 0.6)),
                    float(rng.uniform(0.4, 0.54)),
                    float(rng.uniform(0.26, 0.36)),
                )
            )
    for k, (x, y, z, w, h) in enumerate(blobs):
        parts.append(solid("sphere", (w, w, h), (x, y, z), "leaf" if k % 3 else "leaf-dark"))
    if spec.form == "weeping":
        for k in range(12):
            a = 30 * k
            c, s = math.cos(math.radians(a)), math.sin(math.radians(a))
            parts.append(
                solid("sphere", (0.2, 0.2, 0.5 + 0.1 * (k % 3)), (0.38 * c, 0.38 * s, 0.18 + 0.06 * (k % 3)), "leaf")
            )
    return parts
