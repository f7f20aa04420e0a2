"""A window of a front: panes, what surrounds them, shutters, bars. The wall lies in the plane x = 0, +x is out."""

from __future__ import annotations

from worldfactory.scene._solids import Solid, solid
from worldfactory.spec._street import WindowSpec
from worldfactory.spec._style import MaterialSpec

PANE = "pane"
"""The slot of the panes, whose bars are a pattern."""
SHUTTER = "shutter"
"""The slot of shutters, of slats."""
_RIM_M = 0.13


def window(spec: WindowSpec, y: float, z: float, wide: float, tall: float) -> list[Solid]:
    """The solids of one window whose sill is at `z`. The panes lie deeper than what surrounds them."""
    top = z + tall
    high = tall - wide / 2 if spec.arched else tall
    parts = [solid("box", (0.06, wide, high), (0.0, y, z), PANE)]
    if spec.arched:
        # The lower halves of these discs lie behind the panes and in the wall.
        parts += [
            solid(
                "cylinder", (wide + 2 * _RIM_M, wide + 2 * _RIM_M, 0.1), (-0.088, y, z + high), spec.frame, (0, 90, 0)
            ),
            solid("cylinder", (wide, wide, 0.1), (-0.079, y, z + high), spec.glass, (0, 90, 0)),
        ]
    if spec.surround == "lintel":
        parts.append(solid("box", (0.18, wide + 0.34, 0.3), (0.0, y, top), "trim"))
    elif spec.surround != "none":
        deep = 0.2 if spec.surround in ("moulded", "hood") else 0.14
        parts += [
            solid("box", (deep, _RIM_M, high), (0.0, y + side * (wide + _RIM_M) / 2, z), spec.frame) for side in (-1, 1)
        ]
        if not spec.arched:
            parts.append(solid("box", (deep, wide + 2 * _RIM_M, _RIM_M), (0.0, y, top), spec.frame))
    if spec.surround in ("moulded", "hood"):
        parts.append(solid("box", (0.5, wide + 0.5, 0.12), (0.0, y, top + 0.22), "trim"))
    if spec.surround == "hood":
        parts.append(solid("prism", (0.44, wide + 0.5, 0.34), (0.0, y, top + 0.34), "trim"))
    parts.append(solid("box", (0.34, wide + 0.3, 0.09), (0.04, y, z - 0.09), "trim"))
    if spec.shutters is not None:
        leaf = 0.48 * wide
        off = (wide + leaf) / 2 + (0.04 if spec.surround == "none" else _RIM_M)
        parts += [solid("box", (0.12, leaf, tall), (0.05, y + side * off, z), SHUTTER) for side in (-1, 1)]
    if spec.grille is not None:
        parts.append(solid("box", (0.05, wide + 0.1, tall * 0.62), (0.24, y, z), spec.grille))
        parts.append(solid("box", (0.3, wide + 0.14, 0.05), (0.13, y, z + tall * 0.62), spec.grille))
    return parts


def louvres(look: MaterialSpec) -> MaterialSpec:
    """A plain paint as slats."""
    return look.patterned("tiles", 0.45, (2.0, 0.09))
