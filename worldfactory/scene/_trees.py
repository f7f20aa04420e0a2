"""Trees by form, in the season's colours."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Literal

import numpy as np

from worldfactory.records import Rgb, Vec3
from worldfactory.scene._placed import Anchor
from worldfactory.scene._solids import Solid, solid
from worldfactory.scene._space import Block
from worldfactory.scene._stage import Stage
from worldfactory.spec._street import TreeSpec
from worldfactory.spec._style import MaterialSpec

_NEAR_M = 48.0
"""As far from the middle of a site leaves are seen singly."""


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
    dark: Rgb = (leaf[0] * 0.36, leaf[1] * 0.42, leaf[2] * 0.4)
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
    near = abs(at[0]) < _NEAR_M and abs(at[1]) < _NEAR_M
    parts = _parts(spec.form, variant, bare, near)
    row = stage.instance("tree", f"tree/{spec.form}")
    # One prototype for each variant, one metre of crown and height to the unit, scaled to the tree's own measures.
    full = (crown, crown, height)
    prototype = stage.prototype(f"tree/{spec.form}", parts, (own,))
    body = stage.body(prototype, row, at, float(rng.uniform(0, 360)), scale=full)
    # Crowns that begin at the ground are walked round.
    half = 0.3 * crown if spec.form in ("cypress", "conifer") else 0.28
    stage.space.add(Block(at[0], at[1], half, half, 0.0, tall=False))
    if spec.form in ("broadleaf", "umbrella", "weeping", "pollard"):
        for k in range(3):
            a = 2.1 * k + float(rng.uniform(0, 1))
            low = at[2] + height * 0.46
            stage.anchors.append(
                Anchor("tree", (at[0] + math.cos(a) * crown * 0.3, at[1] + math.sin(a) * crown * 0.3, low), 0.0, 0.6)
            )
    return body


@lru_cache(maxsize=128)
def _parts(form: str, variant: int, bare: bool, near: bool) -> tuple[Solid, ...]:
    return tuple(_grown(form, variant, bare, near))


def _grown(form: str, variant: int, bare: bool, near: bool) -> list[Solid]:
    """Parts of a tree of height 1 and crown 1: x and y are scaled by the crown, z by the height. `near`: with sprays of
    leaves that stand out of the crown."""
    rng = np.random.default_rng([variant, len(form)])
    thick = 0.09
    parts: list[Solid] = []
    if form == "palm":
        lean = 0.1
        for k in range(5):
            x = lean * (k / 5) ** 2
            parts.append(solid("cylinder", (0.08 - 0.008 * k, 0.08 - 0.008 * k, 0.2), (x, 0, 0.18 * k), "trunk"))
        # Fronds rise from the head, bend over, and end in a point; the lower ring hangs.
        for k in range(14):
            a = 360 / 14 * k + float(rng.uniform(-7, 7))
            high = k % 2 == 0
            rise, tip, reach = (0.05, -0.02, 0.22) if high else (0.005, -0.09, 0.19)
            c, s = math.cos(math.radians(a)), math.sin(math.radians(a))
            knee = (lean + reach * c, reach * s, 0.9 + rise)
            end = (lean + 0.48 * c, 0.48 * s, 0.9 + tip + float(rng.uniform(-0.02, 0.02)))
            paint = "leaf" if high else "leaf-dark"
            parts.append(_limb((lean, 0.0, 0.9), knee, (0.016, 0.075), paint, "box"))
            parts.append(_limb(knee, end, (0.014, 0.1), paint))
        parts.append(solid("sphere", (0.12, 0.12, 0.05), (lean, 0, 0.865), "leaf-dark"))
        return parts
    if form in ("conifer", "cypress"):
        parts.append(solid("cylinder", (thick, thick, 0.25), (0, 0, 0), "trunk"))
        if form == "cypress":
            parts.append(solid("sphere", (0.9, 0.9, 0.9), (0, 0, 0.08), "leaf"))
            parts.append(solid("cone", (0.6, 0.6, 0.4), (0, 0, 0.62), "leaf-dark"))
        else:
            for k in range(4):
                w = 1.0 - 0.2 * k
                parts.append(solid("cone", (w, w, 0.36), (0, 0, 0.12 + 0.175 * k), "leaf" if k % 2 else "leaf-dark"))
        return parts
    trunk = 0.62 if form != "umbrella" else 0.78
    if bare:
        return _bare(rng, thick)
    parts.append(solid("cylinder", (thick, thick, trunk), (0, 0, 0), "trunk"))
    for k in range(4):
        a = 90 * k + 20 + float(rng.uniform(-15, 15))
        c, s = math.cos(math.radians(a)), math.sin(math.radians(a))
        parts.append(_limb((0, 0, 0.42), (0.22 * c, 0.22 * s, trunk + 0.04), (0.05, 0.05), "trunk"))
    blobs: list[tuple[float, float, float, float, float]]
    if form == "pollard":
        blobs = [
            (0, 0, 0.5, 0.62, 0.5),
            (0.22, 0.1, 0.52, 0.5, 0.36),
            (-0.2, 0.14, 0.5, 0.52, 0.38),
            (0.02, -0.24, 0.52, 0.5, 0.36),
        ]
    elif form == "umbrella":
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
    if near:
        parts += _sprays(blobs, rng)
    if form == "weeping":
        # Strands that hang from under the crown, thin at their lower ends.
        for k in range(48 if near else 20):
            a = 2.39996 * k + float(rng.uniform(-0.1, 0.1))
            r, long = 0.16 + 0.3 * math.sqrt(float(rng.random())), 0.08 + 0.13 * float(rng.random())
            wide = (0.026 if near else 0.06) * float(rng.uniform(0.7, 1.2))
            at = (r * math.cos(a), r * math.sin(a), 0.58 - 0.1 * r)
            parts.append(
                solid(
                    "pyramid", (wide, wide, long), at, "leaf" if k % 2 else "leaf-dark", (180.0, 0.0, math.degrees(a))
                )
            )
    return parts


def _sprays(blobs: list[tuple[float, float, float, float, float]], rng: np.random.Generator) -> list[Solid]:
    """Sprays of leaves all over the blobs (middle x, y, lower end z, width, height), where none hides them."""
    out: list[Solid] = []
    turn = float(rng.uniform(0, 6.28))
    for x, y, z, w, h in blobs:
        count = round(44 * w / 0.5)
        for k in range(count):
            # Evenly over an ellipsoid, by the golden angle.
            up = 1.0 - 1.86 * (k + 0.5) / count
            a = turn + 2.39996 * k
            c, s, level = math.cos(a), math.sin(a), math.sqrt(1.0 - up * up)
            at = (x + 0.45 * w * level * c, y + 0.45 * w * level * s, z + 0.5 * h + 0.45 * h * up)
            if any(
                (at[0] - p) ** 2 / (0.25 * q * q) + (at[1] - r) ** 2 / (0.25 * q * q)
                + (at[2] - t - 0.5 * e) ** 2 / (0.25 * e * e) < 0.72
                for p, r, t, q, e in blobs
            ):  # fmt: skip
                continue
            lean = math.degrees(math.acos(up)) + float(rng.uniform(-30, 30))
            wide, long = float(rng.uniform(0.08, 0.14)), float(rng.uniform(0.05, 0.1))
            paint = "leaf" if rng.random() < 0.6 else "leaf-dark"
            out.append(solid("pyramid", (wide, wide * 0.7, long), at, paint, (0.0, lean, math.degrees(a))))
    return out


def _limb(
    a: Vec3, b: Vec3, thick: tuple[float, float], paint: str, shape: Literal["pyramid", "box"] = "pyramid"
) -> Solid:
    """A branch or frond from a to b, which it tapers to if it is a pyramid; `thick`: radially, and across."""
    dx, dy, dz = (q - p for p, q in zip(a, b, strict=True))
    length = math.sqrt(dx * dx + dy * dy + dz * dz)
    turn = (0.0, math.degrees(math.acos(dz / length)), math.degrees(math.atan2(dy, dx)))
    return solid(shape, (*thick, length), a, paint, turn)


def _bare(rng: np.random.Generator, thick: float) -> list[Solid]:
    """A trunk, limbs that part from it at different heights, branches on them, and twigs on those."""
    parts = [
        solid("cylinder", (thick, thick, 0.34), (0, 0, 0), "trunk"),
        solid("cone", (thick, thick, 0.5), (0, 0, 0.34), "trunk"),
    ]
    for k in range(7):
        a = math.radians(360 / 7 * 3 * k + float(rng.uniform(-15, 15)))
        root = (0.0, 0.0, 0.34 + 0.035 * k)
        far, high = 0.42 - 0.03 * k, 0.72 + 0.035 * k
        tip = (far * math.cos(a), far * math.sin(a), high)
        parts.append(_limb(root, tip, (0.045, 0.045), "trunk"))
        for j in range(3):
            f = 0.42 + 0.2 * j
            fork = (f * tip[0], f * tip[1], root[2] + f * (high - root[2]))
            b = a + (0.9 if j % 2 else -0.9) + float(rng.uniform(-0.3, 0.3))
            reach = 0.2 - 0.03 * j
            end = (
                fork[0] + reach * math.cos(b), fork[1] + reach * math.sin(b),
                min(1.0, fork[2] + 0.16 + 0.08 * float(rng.random())),
            )  # fmt: skip
            parts.append(_limb(fork, end, (0.02, 0.02), "trunk"))
            half = ((fork[0] + end[0]) / 2, (fork[1] + end[1]) / 2, (fork[2] + end[2]) / 2)
            twig = (half[0] + 0.12 * math.cos(2 * a - b), half[1] + 0.12 * math.sin(2 * a - b), half[2] + 0.12)
            parts.append(_limb(half, twig, (0.011, 0.011), "trunk"))
    return parts
