"""People: jointed bodies that stand, walk, sit and ride, in the city's dress or in work clothes."""

from __future__ import annotations

import math

from worldfactory.records import Motion, Vec3
from worldfactory.scene._anatomy import HIP, SHIN, SHOULDER, THIGH, arm, foot, shin, thigh, trunk
from worldfactory.scene._figure import Figure, figure
from worldfactory.scene._solids import Solid, moved, solid
from worldfactory.scene._stage import Stage

__all__ = ["POSES", "RADIUS_M", "STRIDE", "Figure", "figure", "person"]

RADIUS_M = 0.32
"""People keep this far from what stands, measured from their axis."""
POSES = ("stand", "walk", "sit", "ride")

STRIDE = 1.6 * (THIGH + SHIN)
"""Metres on in one cycle of two steps, as a share of the height."""
_Joint = tuple[float, tuple[tuple[float, float], ...]]
_GAIT: dict[str, _Joint] = {
    "thigh": (0.2133, ((0.3594, 1.7653), (0.0824, -1.986), (0.0261, -0.9759))),
    "knee": (0.4499, ((0.3315, -2.9369), (0.2484, -1.1812), (0.0475, -0.4267))),
    "foot": (0.0623, ((0.1554, -1.1938), (0.1171, 2.5883), (0.0826, -2.3159))),
}
"""Angles of the joints over a cycle that begins when the heel comes down: mean, then amplitude and phase of the first
harmonics, radians. Thigh forward, knee bent, toes up. Least squares to the mean curves of level walking (Winter 2009,
appendix A) under the condition that the ball of the foot rests on the ground without sliding in 50 of every 100 parts
of the cycle, which holds to 4 mm; the hips rise and sink with it."""
_SPREAD = 0.27
"""From the middle to a hip joint, as a share of the width of the hips."""
_HIPS = (0.01935 * (THIGH + SHIN), -2.3922)


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
    walks, sits = pose == "walk", pose in ("sit", "ride")
    hip = 0.045 * h if sits else HIP * h
    instance = stage.instance("person", f"person/{role}", decor)
    parts = trunk(who, hip, lower=not sits)
    moving: list[tuple[list[Solid], Vec3, Motion]] = []
    beat = speed / (STRIDE * h) if walks else 0.0
    stick = who.old and not sits and gesture == "none" and umbrella is None and who.bag != "hand"
    for side in (1, -1):
        shoulder = (0.0, side * (0.4 * who.shoulders * h + 0.012 * h * who.girth), hip + (SHOULDER - HIP) * h)
        pitch, bend, swing, held = _carriage(pose, gesture, side, beat, phase, stick, umbrella is not None)
        solids, hand = arm(who, pitch, bend, held)
        if swing is None:
            parts += moved(solids, shoulder)
        else:
            moving.append((solids, shoulder, swing))
        if side < 0:
            parts += _in_right_hand(who, (hand[0], shoulder[1], shoulder[2] + hand[2]), stick, umbrella)
        elif who.bag == "hand" and not sits and gesture == "none":
            top = (hand[0], shoulder[1], shoulder[2] + hand[2] - 0.05 * h)
            parts.append(solid("loaf", (0.22 * h, 0.05 * h, 0.16 * h), (*top[:2], top[2] - 0.16 * h), who.bag_paint))
    if not walks:
        parts += _legs_at_rest(who, hip, sits)
    motions = [motion] if motion is not None else []
    if walks:
        rise, start = _HIPS
        motions.append(
            Motion(kind="bob", axis=(0, 0, 1), amplitude=rise * h, frequency_hz=2 * beat, offset=start + 2 * phase)
        )
    elif pose == "stand":
        motions.append(Motion(kind="swing", axis=(0, 0, 1), amplitude=0.07, frequency_hz=0.17, offset=phase))
    root = stage.body(stage.prototype(f"person/{role}", parts, (who.cloth,)), instance, at, yaw_deg, motions=motions)
    if walks:
        _legs(stage, who, root, instance, beat, phase)
    for solids, shoulder, swing in moving:
        stage.body(
            stage.prototype("person/arm", solids, (who.cloth,)), instance, shoulder, parent=root, motions=(swing,)
        )
    return root, instance


def _in_right_hand(who: Figure, hand: Vec3, stick: bool, umbrella: str | None) -> list[Solid]:
    h = who.height
    if stick:
        return [
            solid("cylinder", (0.024, 0.024, hand[2]), (hand[0] + 0.02, hand[1], 0.0), "dark-wood"),
            solid("loaf", (0.12, 0.03, 0.03), (hand[0] + 0.03, hand[1], hand[2] - 0.02), "dark-wood"),
        ]
    if umbrella is None:
        return []
    return [
        # Leant back, so that it is over the head.
        solid(
            "cylinder", (0.02, 0.02, 0.53 * h), (hand[0] + 0.03, hand[1], hand[2] - 0.06), "dark-metal", (-8, -13, 0)
        ),
        solid(
            "dome",
            (0.62 * h, 0.62 * h, 0.15 * h),
            (hand[0] - 0.1 * h, hand[1] + 0.07 * h, hand[2] + 0.34 * h),
            umbrella,
        ),
    ]


def _carriage(
    pose: str, gesture: str, side: int, beat: float, phase: float, stick: bool, umbrella: bool
) -> tuple[float, float, Motion | None, str | None]:
    """How an arm is borne: pitch and bend in degrees, the swing about the shoulder, what is in the hand."""

    def swing(axis: Vec3, amplitude: float, hz: float, offset: float = phase) -> Motion:
        return Motion(kind="swing", axis=axis, amplitude=amplitude, frequency_hz=hz, offset=offset)

    right = side < 0
    if right and umbrella:
        return 30.0, 96.0, None, None
    if right and stick:
        return 14.0, 22.0, None, None
    match gesture:
        case "hold":
            return 26.0, 58.0, None, None
        case "push":
            return 36.0, 34.0, None, None
        case "wave" if right:
            return 118.0, 48.0, swing((1, 0, 0), 0.45, 1.1), None
        case "point" if right:
            return 90.0, 8.0, swing((0, 0, 1), 0.2, 0.3), None
        case "sweep":
            return 28.0, 24.0, swing((0, 0, 1), 0.35, 0.6), None
        case "write":
            return (34.0, 50.0, swing((0, 0, 1), 0.1, 1.4), None) if right else (38.0, 56.0, None, None)
        case "phone" if right:
            return 32.0, 82.0, None, "phone"
        case "photo":
            return 52.0, 66.0, None, "camera" if right else None
        case _:
            pass
    if pose == "walk":
        # Against the leg of the same side, whose thigh is foremost a tenth of a cycle before its heel comes down.
        start = phase + 1.7653 + (math.pi if side > 0 else 0.0)
        return 3.0, 16.0, swing((0, -1, 0), 0.34, beat, start), None
    if pose == "ride":
        return 42.0, 30.0, None, None
    return (16.0, 58.0, None, None) if pose == "sit" else (2.0, 12.0, None, None)


def _legs_at_rest(who: Figure, hip: float, sits: bool) -> list[Solid]:
    h = who.height
    parts: list[Solid] = []
    for side in (1, -1):
        y = side * _SPREAD * who.hips * h
        knee = (THIGH * h, y, hip) if sits else (0.0, y, hip - THIGH * h)
        parts += moved(thigh(who, 90.0 if sits else 0.0), (0.0, y, hip))
        parts += moved([*shin(who), *moved(foot(who), (0.0, 0.0, -SHIN * h))], knee)
    if who.lower == "robe":
        parts += _robe(who, hip) if not sits else []
    return parts


def _robe(who: Figure, hip: float) -> list[Solid]:
    """From the chest to the ankles, in a frame `hip` below the hip joints."""
    h = who.height
    low = hip - (HIP - 0.035) * h
    return [
        solid("taper", (0.27 * h * who.girth, 0.3 * h * who.girth, 0.42 * h), (0, 0, low), who.bottom),
        solid("taper", (0.19 * h * who.girth, 0.212 * h * who.girth, 0.24 * h), (0, 0, low + 0.41 * h), who.bottom),
    ]


def _legs(stage: Stage, who: Figure, root: int, instance: int, beat: float, phase: float) -> None:
    h = who.height

    def joint(name: str, axis: Vec3, start: float) -> tuple[Motion, ...]:
        mean, harmonics = _GAIT[name]
        return (
            Motion(kind="spin", axis=axis, offset=mean),
            *(
                Motion(kind="swing", axis=axis, amplitude=size, frequency_hz=k * beat, offset=offset + k * start)
                for k, (size, offset) in enumerate(harmonics, 1)
            ),
        )

    upper = stage.prototype("person/thigh", thigh(who), (who.cloth,))
    lower = stage.prototype("person/shin", shin(who), (who.cloth,))
    sole = stage.prototype("person/foot", foot(who), (who.cloth,))
    for side, start in ((1, phase), (-1, phase + math.pi)):
        at = (0.0, side * _SPREAD * who.hips * h, HIP * h)
        # Turns about +y take what hangs down backward, so a thigh that comes forward turns about -y.
        first = stage.body(upper, instance, at, parent=root, motions=joint("thigh", (0, -1, 0), start))
        second = stage.body(lower, instance, (0, 0, -THIGH * h), parent=first, motions=joint("knee", (0, 1, 0), start))
        stage.body(sole, instance, (0, 0, -SHIN * h), parent=second, motions=joint("foot", (0, -1, 0), start))
    if who.lower == "robe":
        sway = Motion(kind="swing", axis=(0, 1, 0), amplitude=0.05, frequency_hz=2 * beat, offset=2 * phase)
        robe = stage.prototype("person/robe", _robe(who, 0.0), (who.cloth,))
        stage.body(robe, instance, (0, 0, HIP * h), parent=root, motions=(sway,))
