"""The colour that a thing has, by name: that of most of its surface."""

from __future__ import annotations

import colorsys
from collections import defaultdict

from worldfactory.records import Part, Rgb, Scene

_ENOUGH = 0.42
"""Of a thing's surface must be of one colour for it to be called that; wheels and glass are the rest."""
_RIVAL = 0.4
"""Another hue that has more than this of the first one's surface makes a thing two-coloured: it is called neither."""
_NEUTRAL = ("black", "grey", "silver", "white")
_HUES = ((16, "red"), (44, "orange"), (68, "yellow"), (165, "green"), (200, "turquoise"), (262, "blue"),
         (310, "purple"), (342, "pink"), (361, "red"))  # fmt: skip


def name_of(rgb: Rgb) -> str:
    """The name of a colour, linear RGB in [0, 1]."""
    r, g, b = (12.92 * c if c <= 0.0031308 else 1.055 * c ** (1 / 2.4) - 0.055 for c in rgb)
    hue, saturation, value = colorsys.rgb_to_hsv(r, g, b)
    if value < 0.24:
        return "black"
    if saturation < 0.18:
        return "white" if value > 0.78 else "silver" if value > 0.6 else "grey"
    name = next(name for end, name in _HUES if hue * 360 < end)
    if name in ("red", "orange", "yellow") and value < 0.62 and saturation < 0.75:
        return "brown"
    if name in ("orange", "yellow") and saturation < 0.4:
        return "beige"
    return name


def colour_of(scene: Scene, row: int) -> str:
    """The colour of instance `row` of a scene, '' if none stands out."""
    areas: defaultdict[str, float] = defaultdict(float)
    for body in scene.bodies:
        if body.instance != row:
            continue
        for part in scene.prototypes[body.prototype].parts:
            material = scene.materials[part.material]
            r, g, b = (m * t for m, t in zip(material.rgb, body.tint, strict=True))
            areas[name_of((r, g, b))] += _surface(part, body.scale)
    if not areas:
        return ""
    name, most = max(areas.items(), key=lambda item: (item[1], item[0]))
    rival = max((area for other, area in areas.items() if other not in {name, *_NEUTRAL}), default=0.0)
    return name if most >= _ENOUGH * sum(areas.values()) and rival <= _RIVAL * most else ""


def _surface(part: Part, scale: tuple[float, float, float]) -> float:
    x, y, z = (size * s for size, s in zip(part.size, scale, strict=True))
    return x * y + y * z + z * x
