"""People: faceless, of seven to ten rigid parts, in the city's dress or in work clothes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from worldfactory.records import Motion, Rgb, Vec3
from worldfactory.scene._solids import Solid, solid
from worldfactory.scene._stage import Stage
from worldfactory.spec._layout import RoleSpec

RADIUS_M = 0.32
"""People keep this far from what stands, measured from their axis."""
POSES = ("stand", "walk", "sit", "ride")
BAGS = ("#2a2c30", "#5a3a24", "#7a2f2a", "#3f5a48", "#c2a878", "#26364f")
_SHORT_SLEEVES, _WITH_BAG = 0.42, 0.3
"""Shares of people."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One person's build and clothes; paints are slots."""

    height: float
    girth: float
    skin: str
    hair: str
    top: str
    bottom: str
    shoes: str
    long: bool
    hair_long: bool
    coat: bool
    hat: str | None
    scarf: bool
    forearm: str
    """Paint of the lower arm: the sleeve's or the skin's."""
    bag: str | None


def figure(stage: Stage, role: RoleSpec, rng: np.random.Generator) -> Figure:
    """Draw a person of a role in the stage's city."""
    dress = stage.cell.city.dress

    def one(colours: Sequence[Rgb]) -> str:
        return stage.paint_rgb(colours[int(rng.integers(len(colours)))])

    uniform = bool(role.tops)
    hat = role.hat
    if hat is None and not uniform and rng.random() < dress.hats:
        hat = one(dress.tops)
    cold = stage.prompt.weather == "snow"
    coat = role.coat or (cold and not uniform)
    skin, top = one(dress.skin), one(role.tops or dress.tops)
    return Figure(
        height=float(rng.uniform(role.height.low, role.height.high)),
        girth=float(rng.uniform(0.88, 1.14)),
        skin=skin,
        hair=one(dress.hair),
        top=top,
        bottom=one(role.bottoms or dress.bottoms),
        shoes="#2a2522" if rng.random() < 0.7 else "#b9b4aa",
        long=not uniform and bool(rng.random() < dress.long),
        hair_long=bool(rng.random() < 0.45),
        coat=coat,
        hat=hat,
        scarf=not uniform and bool(rng.random() < dress.headscarves),
        forearm=skin if not coat and rng.random() < _SHORT_SLEEVES else top,
        bag=BAGS[int(rng.integers(len(BAGS)))] if not uniform and rng.random() < _WITH_BAG else None,
    )


def person(
    stage: Stage,
    role: str,
    who: Figure,
    at: Vec3,
    yaw_deg: float,
    pose: str = "stand",
    *,
    motion: Motion | None = None,
    speed: float = 0.0,
    phase: float = 0.0,
    gesture: str = "none",
    umbrella: str | None = None,
    decor: str = "",
) -> tuple[int, int]:
    """Set a person. `at` is between the feet, or on the seat for sit and ride. Returns rows of body and instance."""
    h = who.height
    leg, torso = 0.47 * h, 0.31 * h
    hip = leg if pose in ("stand", "walk") else 0.0
    palettes = ()
    instance = stage.instance("person", f"person/{role}", decor)
    trunk = _trunk(who, hip, torso, pose)
    if umbrella is not None:
        trunk += [
            solid("cylinder", (0.03, 0.03, 0.95), (0.33, -0.22, hip + 0.5 * torso), "dark-metal"),
            solid("dome", (1.15, 1.15, 0.3), (0.26, -0.18, hip + 0.5 * torso + 0.85), umbrella),
        ]
    motions = [motion] if motion is not None else []
    beat = speed / (0.86 * h) if pose == "walk" else 0.0
    if pose == "walk":
        motions.append(Motion(kind="bob", axis=(0, 0, 1), amplitude=0.018, frequency_hz=2 * beat, offset=2 * phase))
    elif pose == "stand":
        motions.append(Motion(kind="swing", axis=(0, 0, 1), amplitude=0.07, frequency_hz=0.17, offset=phase))
    root = stage.body(stage.prototype(f"person/{role}", trunk, palettes), instance, at, yaw_deg, motions=motions)
    if pose == "walk" and not who.long:
        _legs(stage, who, root, instance, leg, beat, phase)
    elif pose == "walk":
        _robe(stage, who, root, instance, leg, beat, phase)
    _arms(stage, who, root, instance, hip + torso, pose, beat, phase, gesture, umbrella is not None)
    return root, instance


def _trunk(who: Figure, hip: float, torso: float, pose: str) -> list[Solid]:
    g = who.girth
    top = hip + torso
    parts = [
        solid("cylinder", (0.22 * g, 0.34 * g, torso * 0.62), (0, 0, hip), who.top),
        solid("sphere", (0.25 * g, 0.46 * g, torso * 0.62), (0, 0, hip + torso * 0.42), who.top),
        solid("sphere", (0.25 * g, 0.37 * g, 0.26), (0, 0, hip - 0.13), who.bottom),
        solid("cylinder", (0.1, 0.1, 0.14), (0, 0, top - 0.05), who.skin),
        solid("sphere", (0.2, 0.17, 0.25), (0.02, 0, top + 0.05), who.skin),
    ]
    if who.coat:
        hem = max(0.05, hip - 0.4 * torso)
        parts.append(solid("cone", (0.46 * g, 0.52 * g, hip + 1.3 * torso - hem), (0, 0, hem), who.top))
    if who.scarf:
        parts += [
            solid("sphere", (0.25, 0.23, 0.29), (-0.012, 0, top + 0.04), who.hair if who.hat is None else who.hat),
            solid("cone", (0.36, 0.42, 0.3), (-0.01, 0, top - 0.16), who.hair if who.hat is None else who.hat),
        ]
    else:
        parts.append(solid("dome", (0.23, 0.2, 0.15), (-0.005, 0, top + 0.18), who.hair))
        parts.append(
            solid(
                "sphere",
                (0.15, 0.19, 0.3 if who.hair_long else 0.2),
                (-0.055, 0, top + (0.0 if who.hair_long else 0.1)),
                who.hair,
            )
        )
    if who.hat is not None and not who.scarf:
        parts += [
            solid("cylinder", (0.36, 0.34, 0.02), (0, 0, top + 0.23), who.hat),
            solid("cylinder", (0.22, 0.2, 0.12), (0, 0, top + 0.23), who.hat),
        ]
    if who.bag is not None and pose in ("stand", "walk"):
        if who.long or who.hair_long:  # on the shoulder
            parts += [
                solid("box", (0.26, 0.11, 0.24), (-0.02, -0.27 * g, hip - 0.02), who.bag),
                solid("box", (0.03, 0.03, torso * 0.85), (0.0, -0.22 * g, hip + 0.2), who.bag, (14, 0, 0)),
            ]
        else:  # on the back
            parts.append(solid("box", (0.13, 0.26, 0.36), (-0.18 * g, 0, hip + 0.2 * torso), who.bag))
    if pose in ("sit", "ride"):
        thigh = 0.25 * who.height
        for side in (-1, 1):
            parts += [
                solid("cylinder", (0.15, 0.15, thigh), (0.02, 0.09 * side, 0.0), who.bottom, (0, 90, 0)),
                solid("cylinder", (0.12, 0.12, thigh * 0.9), (thigh, 0.09 * side, -0.9 * thigh), who.bottom),
                solid("box", (0.24, 0.1, 0.07), (thigh + 0.06, 0.09 * side, -0.9 * thigh - 0.04), who.shoes),
            ]
    elif pose == "stand":
        if who.long:
            parts.append(solid("cone", (0.5 * g, 0.54 * g, hip * 1.75), (0, 0, 0.06), who.top))
        for side in (-1, 1):
            parts += [
                solid("cylinder", (0.14 * g, 0.14 * g, hip), (0, 0.09 * side, 0.04), who.bottom),
                solid("box", (0.25, 0.1, 0.08), (0.05, 0.09 * side, 0), who.shoes),
            ]
    return parts


def _legs(stage: Stage, who: Figure, root: int, instance: int, leg: float, beat: float, phase: float) -> None:
    half = leg * 0.5
    thigh = stage.prototype(
        "person/thigh",
        [solid("cylinder", (0.15 * who.girth, 0.15 * who.girth, half + 0.06), (0, 0, -half - 0.02), who.bottom)],
    )
    shin = stage.prototype(
        "person/shin",
        [
            solid("cylinder", (0.115, 0.115, half - 0.04), (-0.03, 0, -half + 0.04), who.bottom, (0, 6, 0)),
            solid("box", (0.25, 0.1, 0.08), (0.03, 0, -half), who.shoes),
        ],
    )
    for side, shift in ((1, 0.0), (-1, math.pi)):
        swing = Motion(kind="swing", axis=(0, 1, 0), amplitude=0.46, frequency_hz=beat, offset=phase + shift)
        knee = Motion(kind="swing", axis=(0, 1, 0), amplitude=0.34, frequency_hz=beat, offset=phase + shift + 1.7)
        upper = stage.body(thigh, instance, (0, 0.09 * side, leg), parent=root, motions=(swing,))
        stage.body(shin, instance, (0, 0, -half), parent=upper, motions=(knee,))


def _robe(stage: Stage, who: Figure, root: int, instance: int, leg: float, beat: float, phase: float) -> None:
    skirt = stage.prototype("person/robe", [solid("cone", (0.5, 0.52, leg * 1.7), (0, 0, -leg + 0.08), who.top)])
    sway = Motion(kind="swing", axis=(0, 1, 0), amplitude=0.05, frequency_hz=2 * beat, offset=phase)
    stage.body(skirt, instance, (0, 0, leg), parent=root, motions=(sway,))
    foot = stage.prototype("person/foot", [solid("box", (0.25, 0.1, 0.08), (0.04, 0, -leg), who.shoes)])
    for side, shift in ((1, 0.0), (-1, math.pi)):
        swing = Motion(kind="swing", axis=(0, 1, 0), amplitude=0.2, frequency_hz=beat, offset=phase + shift)
        stage.body(foot, instance, (0, 0.09 * side, leg), parent=root, motions=(swing,))


def _arms(
    stage: Stage, who: Figure, root: int, instance: int, shoulder: float, pose: str, beat: float, phase: float,
    gesture: str, umbrella: bool,
) -> None:  # fmt: skip
    half = 0.17 * who.height

    def arm(raise_deg: float, bend_deg: float) -> int:
        # The upper arm is pitched forward by `raise_deg` from hanging straight down, the lower by `bend_deg` more.
        a, b = math.radians(raise_deg), math.radians(raise_deg + bend_deg)
        elbow = (math.sin(a) * half, 0.0, -math.cos(a) * half)
        hand = (elbow[0] + math.sin(b) * half, 0.0, elbow[2] - math.cos(b) * half)
        return stage.prototype(
            "person/arm",
            [
                solid("cylinder", (0.105, 0.105, half + 0.03), elbow, who.top, (0, -raise_deg, 0)),
                solid("cylinder", (0.085, 0.085, half + 0.03), hand, who.forearm, (0, -raise_deg - bend_deg, 0)),
                solid("sphere", (0.1, 0.075, 0.12), (hand[0], 0, hand[2] - 0.06), who.skin),
            ],
        )

    for side, shift in ((1, math.pi), (-1, 0.0)):
        y = 0.235 * who.girth * side
        raised, bent, motion = 1.0, 14.0, None
        if pose == "walk":
            raised, bent = -7.0, 24.0
            motion = Motion(kind="swing", axis=(0, 1, 0), amplitude=0.42, frequency_hz=beat, offset=phase + shift)
        if pose in ("sit", "ride"):
            raised, bent = (38.0, 32.0) if pose == "ride" else (14.0, 58.0)
        if gesture == "hold":
            raised, bent, motion = 26.0, 58.0, None
        elif gesture == "push":
            raised, bent, motion = 36.0, 34.0, None
        elif side < 0 and gesture == "wave":
            raised, bent = 118.0, 48.0
            motion = Motion(kind="swing", axis=(1, 0, 0), amplitude=0.45, frequency_hz=1.1, offset=phase)
        elif side < 0 and gesture == "point":
            raised, bent = 90.0, 8.0
            motion = Motion(kind="swing", axis=(0, 0, 1), amplitude=0.2, frequency_hz=0.3, offset=phase)
        elif gesture == "sweep":
            raised, bent = 28.0, 24.0
            motion = Motion(kind="swing", axis=(0, 0, 1), amplitude=0.35, frequency_hz=0.6, offset=phase)
        elif gesture == "write":
            raised, bent = (38.0, 56.0) if side > 0 else (34.0, 50.0)
            motion = (
                Motion(kind="swing", axis=(0, 0, 1), amplitude=0.1, frequency_hz=1.4, offset=phase)
                if side < 0
                else None
            )
        if umbrella and side < 0:
            raised, bent, motion = 22.0, 92.0, None
        stage.body(
            arm(raised, bent), instance, (0, y, shoulder - 0.06), parent=root, motions=(motion,) if motion else ()
        )
