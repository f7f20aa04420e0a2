"""Copies and motions of the moving nodes of a thing."""

from __future__ import annotations

import math

from worldfactory.records import Motion, Vec3
from worldfactory.scene._solids import Solid, expand, moved
from worldfactory.scene._track import curve
from worldfactory.spec._style import BeltSpec, MotionSpec, NodeSpec


def copies_of(node: NodeSpec, scale: float) -> list[tuple[Vec3, float, float]]:
    """Place, yaw in degrees and phase in radians of each copy of a node; on a belt the phase says where on it."""
    x, y, z = (scale * v for v in node.at)
    if node.belt is not None:
        belt = node.belt
        each = -belt.gap_m / _round_m(line_of(belt)) if belt.gap_m else 1 / belt.count
        return [((x, y, z), node.yaw, 2 * math.pi * ((belt.start + k * each) % 1.0)) for k in range(belt.count)]
    if node.ring is not None:
        out: list[tuple[Vec3, float, float]] = []
        radius = node.ring.radius_m * scale
        for k in range(node.ring.count):
            angle = 2 * math.pi * k / node.ring.count
            shift = math.radians(node.ring.phase_step_deg) * k
            c, s = radius * math.cos(angle), radius * math.sin(angle)
            if node.ring.axis == "z":
                out.append(((x + c, y + s, z), math.degrees(angle) + node.yaw, shift))
            else:
                out.append(((x + c, y, z + s), node.yaw, shift))
        return out
    out = [((x, y, z), node.yaw, 0.0)]
    if "x" in node.mirror:
        out.append(((-x, y, z), -node.yaw, math.pi))
    if "y" in node.mirror:
        out.append(((x, -y, z), -node.yaw, math.pi))
    if node.mirror == "xy":
        out.append(((-x, -y, z), node.yaw, 0.0))
    return out


def motion_of(spec: MotionSpec, travel_ms: float, phase: float, pace: tuple[Vec3, ...] = ()) -> Motion | None:
    """A node's motion in the units of the record; None for what only moves while the thing travels, at its `pace`."""
    offset = math.radians(spec.phase_deg) + phase
    if spec.kind == "lift":
        return _lift(spec, offset)
    if spec.kind == "roll":
        speed = travel_ms / spec.radius_m
        return Motion(kind="spin", axis=spec.axis, speed=speed, offset=offset, pace=pace) if travel_ms else None
    if spec.walking and not travel_ms:
        return None
    pace = pace if spec.walking else ()
    if spec.kind == "spin":
        return Motion(kind="spin", axis=spec.axis, speed=math.radians(spec.speed_dps), offset=offset, pace=pace)
    if spec.kind == "swing":
        amplitude = math.radians(spec.amplitude)
        return Motion(kind="swing", axis=spec.axis, amplitude=amplitude, frequency_hz=spec.hz, offset=offset, pace=pace)
    return Motion(kind="bob", axis=spec.axis, amplitude=spec.amplitude, frequency_hz=spec.hz, offset=offset, pace=pace)


def _lift(spec: MotionSpec, offset: float) -> Motion:
    """Along its axis by its pace, which the phase has begun the sooner."""
    length = math.hypot(*spec.axis)
    most = max(knot[1] for knot in spec.pace)
    end = (spec.axis[0] / length * most, spec.axis[1] / length * most, spec.axis[2] / length * most)
    begun = (offset / (2 * math.pi)) % 1.0 * (spec.pace[-1][0] - spec.pace[0][0])
    pace = tuple((seconds - begun, metres, rate) for seconds, metres, rate in spec.pace)
    return Motion(kind="carry", points=((0.0, 0.0, 0.0), end), speed=1.0, pace=pace, repeats=True)


def line_of(belt: BeltSpec) -> tuple[Vec3, ...]:
    """The closed line of a belt: its points, or the curve through them where its copies turn."""
    if not belt.turns:
        return belt.points
    return tuple((float(x), float(y), float(z)) for x, y, z in curve(belt.points))


def _round_m(points: tuple[Vec3, ...]) -> float:
    return sum(math.dist(a, b) for a, b in zip(points, points[1:] + points[:1], strict=True))


def belt_motion(belt: BeltSpec, scale: float, phase: float) -> Motion:
    """The motion of the copy whose place on the belt is `phase` radians of its round."""
    points = tuple((scale * x, scale * y, scale * z) for x, y, z in line_of(belt))
    kind = "path" if belt.turns else "carry"
    offset = phase / (2 * math.pi) * _round_m(points)
    return Motion(kind=kind, points=points, closed=True, speed=belt.speed_ms, offset=offset)


def at_rest(node: NodeSpec) -> list[Solid]:
    own = [*expand(node.parts), *(part for child in node.nodes for part in at_rest(child))]
    if node.belt is not None:
        return [part for point in node.belt.points for part in moved(moved(own, point), node.at, node.yaw)]
    return [part for at, yaw, _ in copies_of(node, 1.0) for part in moved(own, at, yaw)]
