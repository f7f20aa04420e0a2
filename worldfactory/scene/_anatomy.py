"""The solids of a person: proportions are shares of the height (Winter 2009, "Biomechanics and Motor Control of Human
Movement", figure 4.1), rounded to what reads well from a few metres away."""

from __future__ import annotations

import math
from collections.abc import Callable

from worldfactory.records import Vec3
from worldfactory.scene._figure import Figure
from worldfactory.scene._solids import Solid, solid

HIP, SHOULDER, NECK = 0.5, 0.778, 0.826
"""Heights of joints."""
THIGH = SHIN = 0.235
UPPER_ARM, FOREARM = 0.172, 0.15
ANKLE = 0.042
"""Above the sole."""


def trunk(who: Figure, hip: float, lower: bool = True) -> list[Solid]:
    """From the pelvis to the hair, the hip joints `hip` metres up; `lower`: with what hangs from the waist."""
    h, g = who.height, who.girth
    lift = hip - HIP * h

    def up(share: float) -> float:
        return lift + share * h

    chest, belly = who.shoulders * 0.84 * h * (0.5 + 0.5 * g), 0.115 * h * g
    parts = [
        solid("sphere", (belly * 1.2, who.hips * h * (0.34 + 0.7 * g), 0.17 * h), (0, 0, up(0.445)), who.bottom),
        solid("taper", (belly * 1.2, chest, 0.24 * h), (0, 0, up(0.777)), who.top, (180, 0, 0)),
        solid("sphere", (belly * 1.14, chest * 0.96, 0.2 * h), (0.004 * h, 0, up(0.5)), who.top),
        solid("sphere", (0.118 * h * g, who.shoulders * h, 0.1 * h), (-0.004 * h, 0, up(0.733)), who.top),
        solid("taper", (0.08 * h, 0.155 * h, 0.055 * h), (-0.006 * h, 0, up(0.79)), who.top),
        solid("taper", (0.066 * h, 0.066 * h, 0.085 * h), (-0.006 * h, 0, up(0.81)), who.skin),
    ]
    if who.hips > 0.19:
        parts.append(solid("sphere", (0.088 * h, 0.15 * h, 0.1 * h), (0.024 * h, 0, up(0.672)), who.top))
    if who.coat:
        parts.append(solid("taper", (belly * 1.75, chest * 1.3, 0.33 * h), (0, 0, up(0.33)), who.top))
        parts.append(solid("taper", (belly * 1.4, chest * 1.12, 0.2 * h), (0, 0, up(0.6)), who.top))
    parts += _worn_over(who, belly, up)
    if lower and who.lower == "skirt":
        parts.append(solid("taper", (0.24 * h * g, 0.26 * h * g, 0.29 * h), (0, 0, up(0.3)), who.bottom))
    parts += _head(who, up(NECK))
    if who.bag == "back":
        parts.append(solid("loaf", (0.085 * h, 0.165 * h, 0.24 * h), (-0.11 * h * g, 0, up(0.555)), who.bag_paint))
    elif who.bag == "shoulder":
        side = -0.5 * who.shoulders * h - 0.03 * h
        parts += [
            solid("loaf", (0.15 * h, 0.06 * h, 0.13 * h), (0, side, up(0.43)), who.bag_paint),
            solid("box", (0.016 * h, 0.016 * h, 0.26 * h), (0, side + 0.02 * h, up(0.55)), who.bag_paint, (-8, 0, 0)),
        ]
    return parts


def _worn_over(who: Figure, belly: float, up: Callable[[float], float]) -> list[Solid]:
    """What breaks the colour of the clothes: a shirt under an open jacket, a belt, a sash, a draped length of cloth."""
    h, g = who.height, who.girth
    parts: list[Solid] = []
    if who.opened and not who.coat:
        # Wider at the collar than at the belt.
        parts.append(
            solid("taper", (0.1 * h * g, 0.11 * h * g, 0.27 * h), (0.034 * h * g, 0, up(0.8)), who.trim, (180, 0, 0))
        )
    if who.lower != "robe":
        wide = who.hips * h * (0.34 + 0.7 * g)
        parts.append(solid("cylinder", (belly * 1.24, wide * 1.0, 0.02 * h), (0, 0, up(0.527)), who.shoes))
    elif who.robe == "sash":
        parts.append(solid("cylinder", (0.2 * h * g, 0.222 * h * g, 0.1 * h), (0, 0, up(0.55)), who.trim))
        parts.append(solid("loaf", (0.05 * h, 0.13 * h, 0.11 * h), (-0.11 * h * g, 0, up(0.55)), who.trim))
    elif who.robe == "drape":
        for front in (1, -1):
            at = (front * 0.08 * h * g, -0.085 * h * g, up(0.49))
            parts.append(solid("loaf", (0.022 * h, 0.11 * h, 0.36 * h), at, who.trim, (-30, -8 * front, 0)))
        parts.append(
            solid("loaf", (0.02 * h, 0.12 * h, 0.34 * h), (-0.092 * h * g, 0.09 * h, up(0.46)), who.trim, (0, 6, 0))
        )
    return parts


def _head(who: Figure, base: float) -> list[Solid]:
    """Skull, jaw, hair and what is worn on it; the chin stands about `base` high."""
    size = who.head * who.height
    deep, wide = 0.84 * size, 0.7 * size
    parts = [
        solid("sphere", (deep, wide, 0.84 * size), (0, 0, base + 0.2 * size), who.skin),
        solid("sphere", (0.66 * deep, 0.76 * wide, 0.62 * size), (0.14 * deep, 0, base), who.skin),
    ]
    if who.headwear == "scarf":
        cloth = who.headwear_paint
        return [
            *parts,
            solid("sphere", (1.08 * deep, 1.26 * wide, 1.08 * size), (-0.13 * deep, 0, base + 0.04 * size), cloth),
            solid("taper", (1.5 * deep, 2.0 * wide, 0.62 * size), (-0.02, 0, base - 0.5 * size), cloth),
            solid("sphere", (0.7 * deep, 0.9 * wide, 0.4 * size), (0.1 * deep, 0, base - 0.2 * size), cloth),
        ]
    if who.headwear != "turban":
        parts += _hair(who, base, size)
    paint = who.headwear_paint
    if who.headwear == "turban":
        parts += [
            solid("sphere", (1.2 * deep, 1.3 * wide, 0.6 * size), (-0.05 * deep, 0, base + 0.55 * size), paint),
            solid("dome", (0.8 * deep, 0.86 * wide, 0.3 * size), (-0.05 * deep, 0, base + 0.92 * size), paint),
        ]
    elif who.headwear in ("cap", "beanie"):
        parts.append(solid("dome", (1.16 * deep, 1.24 * wide, 0.5 * size), (-0.02, 0, base + 0.68 * size), paint))
        if who.headwear == "cap":
            peak = (0.75 * deep, 0.95 * wide, 0.05 * size)
            parts.append(solid("cylinder", peak, (0.5 * deep, 0, base + 0.66 * size), paint, (0, 8, 0)))
    elif who.headwear == "cone":
        parts.append(solid("cone", (2.5 * deep, 2.9 * wide, 0.62 * size), (-0.02, 0, base + 0.6 * size), paint))
    elif who.headwear == "bowler":
        parts += [
            solid("cylinder", (1.55 * deep, 1.75 * wide, 0.06 * size), (-0.02, 0, base + 0.84 * size), paint),
            solid("dome", (1.0 * deep, 1.1 * wide, 0.5 * size), (-0.02, 0, base + 0.86 * size), paint),
        ]
    elif who.headwear == "brim":
        parts += [
            solid("cylinder", (2.0 * deep, 2.1 * wide, 0.05 * size), (-0.02, 0, base + 0.74 * size), paint),
            solid("taper", (1.14 * deep, 1.24 * wide, 0.48 * size), (-0.02, 0, base + 0.74 * size), paint),
        ]
    return parts


def _hair(who: Figure, base: float, size: float) -> list[Solid]:
    deep, wide = 0.84 * size, 0.7 * size
    back = -0.1 * deep
    cap = solid("sphere", (1.02 * deep, 1.12 * wide, 0.8 * size), (back, 0, base + 0.3 * size), who.hair)
    fringe = solid("sphere", (0.8 * deep, 1.04 * wide, 0.36 * size), (0.08 * deep, 0, base + 0.74 * size), who.hair)
    covered = who.headwear != "none" and who.cut in ("curls", "bun")
    match "short" if covered else who.cut:
        case "cropped":
            return [solid("sphere", (0.98 * deep, 1.06 * wide, 0.72 * size), (back, 0, base + 0.36 * size), who.hair)]
        case "short":
            return [cap, fringe]
        case "bob":
            sides = (0.86 * deep, 1.36 * wide, 0.86 * size)
            return [fringe, solid("sphere", sides, (1.6 * back, 0, base + 0.14 * size), who.hair)]
        case "long":
            fall = solid("taper", (0.62 * deep, 1.36 * wide, 1.5 * size), (2.6 * back, 0, base - 0.72 * size), who.hair)
            return [cap, fringe, fall]
        case "bun":
            knot = (0.44 * deep, 0.5 * wide, 0.4 * size)
            return [cap, fringe, solid("sphere", knot, (5.4 * back, 0, base + 0.62 * size), who.hair)]
        case "tail":
            fall = solid(
                "taper", (0.3 * deep, 0.36 * wide, 0.95 * size), (5.0 * back, 0, base + 0.72 * size), who.hair,
                (180, -14, 0),
            )  # fmt: skip
            return [cap, fringe, fall]
        case "curls":
            crown = solid(
                "sphere", (1.22 * deep, 1.44 * wide, 1.0 * size), (1.9 * back, 0, base + 0.28 * size), who.hair
            )
            return [crown]


def thigh(who: Figure, pitch_deg: float = 0.0) -> list[Solid]:
    """From the hip joint, in its frame, downward; `pitch_deg` turns it forward."""
    h, wide = who.height, (0.092 if who.hips <= 0.19 else 0.097) * who.height * (0.35 + 0.65 * who.girth)
    down = (180.0, -pitch_deg, 0.0)
    paint = who.skin if who.lower == "skirt" else who.bottom
    return [solid("taper", (wide, wide, (THIGH + 0.015) * h), (0, 0, 0.01 * h), paint, down)]


def shin(who: Figure) -> list[Solid]:
    """From the knee, in its frame, downward to the ankle."""
    h, wide = who.height, (0.062 + 0.012 * (who.girth - 1.0)) * who.height
    paint = who.skin if who.lower in ("skirt", "shorts") else who.bottom
    loose = 1.12 if paint == who.bottom else 1.0
    return [
        solid("sphere", (wide * 1.08, wide * 1.08, wide * 1.08), (0, 0, -0.54 * wide), paint),
        solid("taper", (wide * loose, wide * loose, SHIN * h), (0, 0, 0.005 * h), paint, (180, 0, 0)),
    ]


def foot(who: Figure) -> list[Solid]:
    """From the ankle, in its frame, to the sole."""
    h = who.height
    return [
        solid("loaf", (0.155 * h, 0.056 * h, 0.036 * h), (0.033 * h, 0, -ANKLE * h), who.shoes),
        solid("dome", (0.082 * h, 0.052 * h, 0.032 * h), (0.0, 0, -0.016 * h), who.shoes),
    ]


def arm(who: Figure, raise_deg: float, bend_deg: float, held: str | None = None) -> tuple[list[Solid], Vec3]:
    """The arm's solids in the frame of the shoulder joint, and where the hand is.

    The upper arm is pitched forward by `raise_deg` from hanging straight down, the lower by `bend_deg` more. held:
    "phone" or "camera", in the hand.
    """
    h, wide = who.height, 0.054 * who.height * (0.4 + 0.6 * who.girth)
    a, b = math.radians(raise_deg), math.radians(raise_deg + bend_deg)
    elbow = (math.sin(a) * UPPER_ARM * h, 0.0, -math.cos(a) * UPPER_ARM * h)
    hand = (elbow[0] + math.sin(b) * FOREARM * h, 0.0, elbow[2] - math.cos(b) * FOREARM * h)
    lower = 0.82 * wide
    parts = [
        solid("sphere", (1.3 * wide, 1.12 * wide, 1.3 * wide), (0, 0, -0.7 * wide), who.top),
        solid("taper", (wide, wide, UPPER_ARM * h), (0, 0, 0), who.top, (180, -raise_deg, 0)),
        solid("taper", (lower, lower, FOREARM * h), elbow, who.forearm, (180, -raise_deg - bend_deg, 0)),
        solid(
            "sphere",
            (0.05 * h, 0.032 * h, 0.07 * h),
            (hand[0] + math.sin(b) * 0.02 * h, 0, hand[2] - 0.05 * h),
            who.skin,
        ),
    ]
    if bend_deg > 30.0:
        parts.append(solid("sphere", (lower, lower, lower), (elbow[0], 0, elbow[2] - 0.5 * lower), who.forearm))
    if held == "phone":
        parts.append(solid("box", (0.012, 0.075, 0.15), (hand[0] + 0.05, 0.0, hand[2] - 0.02), "black", (0, -35, 0)))
    elif held == "camera":
        parts += [
            solid("box", (0.06, 0.14, 0.09), (hand[0] + 0.05, 0.0, hand[2] - 0.03), "black"),
            solid("cylinder", (0.07, 0.07, 0.08), (hand[0] + 0.08, 0.0, hand[2] + 0.01), "dark-metal", (0, 90, 0)),
        ]
    return parts, hand
