"""Setting things into a room or a plot by rule: along its walls, in rows, in the middle, hung from the ceiling."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from worldfactory.records import Vec3
from worldfactory.scene._placed import Anchor
from worldfactory.scene._site import pick_paints
from worldfactory.scene._stage import Stage
from worldfactory.spec._layout import SetSpec

_BODY_M, _LEDGE_M = 1.6, 0.12
"""What hangs lower than this and comes out farther than that would be bumped into."""
_SILL_M = 0.3
"""So far things may rise over a sill before which they stand."""


@dataclass
class Face:
    """The inner face of a wall or fence from a to b, with the floor on its left; `used` spans are taken or open."""

    a: tuple[float, float]
    b: tuple[float, float]
    used: list[tuple[float, float]] = field(default_factory=list[tuple[float, float]])
    glass: list[tuple[float, float, float]] = field(default_factory=list[tuple[float, float, float]])
    """Windows: from, to, and the height of the sill."""
    tops: dict[tuple[float, float], float] = field(default_factory=dict[tuple[float, float], float])
    """How high what takes a used span stands, where it is furniture."""

    @property
    def length(self) -> float:
        """Metres from a to b."""
        return math.hypot(self.b[0] - self.a[0], self.b[1] - self.a[1])

    @property
    def facing(self) -> float:
        """Into the room, radians."""
        return math.atan2(self.b[1] - self.a[1], self.b[0] - self.a[0]) + math.pi / 2

    def at(self, along: float, out: float = 0.0) -> tuple[float, float]:
        """The point `along` metres from a, `out` metres into the room."""
        f = along / max(self.length, 1e-6)
        x, y = self.a[0] + f * (self.b[0] - self.a[0]), self.a[1] + f * (self.b[1] - self.a[1])
        return x + out * math.cos(self.facing), y + out * math.sin(self.facing)

    def free(self, lo: float, hi: float) -> bool:
        """Whether the span is inside the wall and not taken."""
        return lo >= 0.08 and hi <= self.length - 0.08 and not any(lo < u1 and hi > u0 for u0, u1 in self.used)

    def over(self, lo: float, hi: float, low: float) -> bool:
        """Whether something may hang over the span from `low` metres up: on free wall, or above low furniture."""
        inside = lo >= 0.08 and hi <= self.length - 0.08
        return inside and not any(
            lo < u1 and hi > u0 and self.tops.get((u0, u1), math.inf) > low - 0.05 for u0, u1 in self.used
        )

    def blind(self, lo: float, hi: float, top: float) -> bool:
        """Whether what covers the span up to `top` metres covers no window."""
        return not any(lo < g1 and hi > g0 and top > sill for g0, g1, sill in self.glass)


@dataclass
class Rect:
    """A room or plot: an axis-aligned rectangle, its floor height, its wall faces."""

    name: str
    x0: float
    x1: float
    y0: float
    y1: float
    z: float
    ceiling: float = 0.0
    faces: list[Face] = field(default_factory=list[Face])
    keep: list[tuple[float, float, float, float]] = field(default_factory=list[tuple[float, float, float, float]])
    """Rectangles that must stay free: x0, x1, y0, y1 (in front of doors)."""
    turned: bool = False
    """What has its place in it by the spec is half a turn round: a plot on the other side of its path."""

    @property
    def middle(self) -> tuple[float, float]:
        """Its centre."""
        return (self.x0 + self.x1) / 2, (self.y0 + self.y1) / 2


def faces_of(x0: float, x1: float, y0: float, y1: float) -> list[Face]:
    """South, east, north, west faces of a rectangle, seen from inside."""
    return [Face((x0, y0), (x1, y0)), Face((x1, y0), (x1, y1)), Face((x1, y1), (x0, y1)), Face((x0, y1), (x0, y0))]


def fill(stage: Stage, rect: Rect, sets: tuple[SetSpec, ...], rng: np.random.Generator) -> None:
    """Set everything that the rules ask for; what does not fit is noted and left out."""
    for spec in sets:
        if rng.random() >= spec.chance:
            continue
        count = max(0, round(float(rng.uniform(spec.count.low - 0.49, spec.count.high + 0.49))))
        rule = {
            "middle": _middle, "wall": _wall, "corner": _corner, "row": _row, "scatter": _scatter,
            "edge": _wall, "door": _wall, "grid": _grid, "ends": _ends, "ceiling": _ceiling,
            "rows": _rows, "spot": _spot,
        }[spec.where]  # fmt: skip
        done = rule(stage, rect, spec, count, rng)
        if done < count:
            stage.drop(spec.thing, f"{rect.name}: {count - done} of {count} found no room ({spec.where})")


def _put(
    stage: Stage, rect: Rect, spec: SetSpec, at: Vec3, yaw_deg: float, rng: np.random.Generator, margin: float = 0.08
) -> bool:
    thing = stage.thing_spec(spec.thing)
    box = stage.shape_of(thing)[1]
    grounded = spec.lift_m < 0.5 and not thing.soft
    block = stage.block(box, at, yaw_deg)
    if grounded:
        if not stage.space.fits(block, margin):
            return False
        reach_x = abs(math.cos(block.yaw)) * block.hx + abs(math.sin(block.yaw)) * block.hy
        reach_y = abs(math.sin(block.yaw)) * block.hx + abs(math.cos(block.yaw)) * block.hy
        for k0, k1, m0, m1 in rect.keep:
            if block.x - reach_x < k1 and block.x + reach_x > k0 and block.y - reach_y < m1 and block.y + reach_y > m0:
                return False
    # What hangs at the height of a body and comes out of the wall is in the way too.
    juts = not thing.soft and spec.lift_m < _BODY_M and box.x1 > _LEDGE_M
    # A taxi that stands somewhere has the colours of those that drive here.
    driven = next((kind.paints for kind in stage.cell.city.traffic if kind.thing == spec.thing), {})
    stage.thing(
        spec.thing,
        at,
        yaw_deg,
        paints=pick_paints({**driven, **spec.paints}, rng),
        blocks=grounded or juts,
        phase=float(rng.uniform(0, 6.28)),
    )
    return True


def _wall(stage: Stage, rect: Rect, spec: SetSpec, count: int, rng: np.random.Generator) -> int:
    box = stage.shape_of(stage.thing_spec(spec.thing))[1]
    done = 0
    for _ in range(count):
        for _ in range(30):
            face = rect.faces[int(rng.integers(len(rect.faces)))]
            half = box.width / 2 + spec.gap_m / 2
            if face.length < 2 * half + 0.2:
                continue
            along = float(rng.uniform(half + 0.1, face.length - half - 0.1))
            if not face.free(along - half, along + half):
                continue
            if not face.blind(along - half, along + half, spec.lift_m + box.z1 - _SILL_M):
                continue
            x, y = face.at(along, 0.02 - min(0.0, box.x0))
            if _put(stage, rect, spec, (x, y, rect.z + spec.lift_m), math.degrees(face.facing), rng, 0.0):
                face.used.append((along - half, along + half))
                face.tops[face.used[-1]] = spec.lift_m + box.z1
                done += 1
                break
    return done


def _row(stage: Stage, rect: Rect, spec: SetSpec, count: int, rng: np.random.Generator) -> int:
    """Evenly along the longest free face, backs to it."""
    box = stage.shape_of(stage.thing_spec(spec.thing))[1]
    need = box.width + spec.gap_m
    for face in sorted(rect.faces, key=lambda f: (len(f.used), -f.length)):
        fit = min(count, int((face.length - 0.3) / need))
        if fit < 1:
            continue
        done = 0
        for k in range(fit):
            along = face.length * (k + 0.5) / fit
            if not face.free(along - box.width / 2, along + box.width / 2):
                continue
            x, y = face.at(along, 0.05 - box.x0)
            if _put(stage, rect, spec, (x, y, rect.z + spec.lift_m), math.degrees(face.facing), rng, 0.0):
                face.used.append((along - box.width / 2 - 0.1, along + box.width / 2 + 0.1))
                face.tops[face.used[-1]] = spec.lift_m + box.z1
                done += 1
        if done:
            return done
    return 0


def _rows(stage: Stage, rect: Rect, spec: SetSpec, count: int, rng: np.random.Generator) -> int:
    """Rows across the floor, `gap_m` of passage between them, as full as the ways let them be; counts rows."""
    box = stage.shape_of(stage.thing_spec(spec.thing))[1]
    yaw = spec.at[2]
    turned = round(yaw / 90) % 2 == 1
    deep, wide = (box.width, box.length) if turned else (box.length, box.width)
    pitch = deep + spec.gap_m
    fit = min(count, int((rect.x1 - rect.x0 - 0.6) / pitch))
    across = max(1, int((rect.y1 - rect.y0 - 0.6) / (wide + 0.08)))
    done = 0
    for k in range(fit):
        x = (rect.x0 + rect.x1) / 2 + (k - (fit - 1) / 2) * pitch
        stood = 0
        for j in range(across):
            y = rect.middle[1] + (j - (across - 1) / 2) * (wide + 0.08)
            stood += _put(stage, rect, spec, (x, y, rect.z + spec.lift_m), yaw, rng, 0.02)
        done += stood > 0
    return done


def _spot(stage: Stage, rect: Rect, spec: SetSpec, count: int, rng: np.random.Generator) -> int:
    """At the place that the spec names, `count` of them side by side with `gap_m` between them."""
    box = stage.shape_of(stage.thing_spec(spec.thing))[1]
    u, v, yaw = spec.at if not rect.turned else (-spec.at[0], -spec.at[1], spec.at[2] + 180.0)
    mx, my = rect.middle
    x, y = mx + u * (rect.x1 - rect.x0) / 2, my + v * (rect.y1 - rect.y0) / 2
    c, s = math.cos(math.radians(yaw)), math.sin(math.radians(yaw))
    done = 0
    for k in range(count):
        aside = (k - (count - 1) / 2) * (box.width + spec.gap_m)
        done += _put(stage, rect, spec, (x - s * aside, y + c * aside, rect.z + spec.lift_m), yaw, rng, 0.0)
    return done


def _middle(stage: Stage, rect: Rect, spec: SetSpec, count: int, rng: np.random.Generator) -> int:
    x, y = rect.middle
    long = rect.x1 - rect.x0
    box = stage.shape_of(stage.thing_spec(spec.thing))[1]
    mx, my = (box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2
    done = 0
    for k in range(count):
        off = (k - (count - 1) / 2) * (long / max(1, count))
        turn = int(rng.integers(4)) if spec.gap_m > 0 else 2 * rect.turned
        c, s = (1, 0, -1, 0)[turn], (0, 1, 0, -1)[turn]
        # The middle of what it covers, which need not be its origin.
        at = (x + off - c * mx + s * my, y - s * mx - c * my, rect.z + spec.lift_m)
        done += _put(stage, rect, spec, at, 90.0 * turn, rng)
    return done


def _corner(stage: Stage, rect: Rect, spec: SetSpec, count: int, rng: np.random.Generator) -> int:
    box = stage.shape_of(stage.thing_spec(spec.thing))[1]
    reach = max(box.length, box.width) / 2 + 0.15
    corners = [(sx, sy) for sx in (-1, 1) for sy in (-1, 1)]
    done = 0
    for k in rng.permutation(4):
        if done >= count:
            break
        sx, sy = corners[int(k)]
        x = rect.x0 + reach if sx < 0 else rect.x1 - reach
        y = rect.y0 + reach if sy < 0 else rect.y1 - reach
        done += _put(stage, rect, spec, (x, y, rect.z), math.degrees(math.atan2(-sy, -sx)), rng, 0.0)
    return done


def _scatter(stage: Stage, rect: Rect, spec: SetSpec, count: int, rng: np.random.Generator) -> int:
    box = stage.shape_of(stage.thing_spec(spec.thing))[1]
    reach = max(abs(box.x0), box.x1, abs(box.y0), box.y1) + 0.2
    done = 0
    for _ in range(count):
        for _ in range(16):
            if rect.x1 - rect.x0 < 2 * reach or rect.y1 - rect.y0 < 2 * reach:
                break
            x, y = (
                float(rng.uniform(rect.x0 + reach, rect.x1 - reach)),
                float(rng.uniform(rect.y0 + reach, rect.y1 - reach)),
            )
            if _put(stage, rect, spec, (x, y, rect.z + spec.lift_m), float(rng.uniform(0, 360)), rng, spec.gap_m):
                done += 1
                break
    return done


def _grid(stage: Stage, rect: Rect, spec: SetSpec, count: int, rng: np.random.Generator) -> int:
    across = max(1, round(math.sqrt(count * (rect.x1 - rect.x0) / max(1.0, rect.y1 - rect.y0))))
    deep = math.ceil(count / across)
    done = 0
    for k in range(count):
        x = rect.x0 + (rect.x1 - rect.x0) * (k % across + 0.5) / across
        y = rect.y0 + (rect.y1 - rect.y0) * (k // across + 0.5) / deep
        yaw = 90.0 + 180.0 * rect.turned
        done += _put(stage, rect, spec, (x, y, rect.z + spec.lift_m), yaw, rng, spec.gap_m)
    return done


def _ends(stage: Stage, rect: Rect, spec: SetSpec, count: int, rng: np.random.Generator) -> int:
    _, y = rect.middle
    box = stage.shape_of(stage.thing_spec(spec.thing))[1]
    done = 0
    for x, yaw in ((rect.x0 + 0.1 - box.x0, 0.0), (rect.x1 - 0.1 + box.x0, 180.0))[:count]:
        done += _put(stage, rect, spec, (x, y, rect.z + spec.lift_m), yaw, rng)
    return done


def _ceiling(stage: Stage, rect: Rect, spec: SetSpec, count: int, rng: np.random.Generator) -> int:
    for k in range(count):
        x = rect.x0 + (rect.x1 - rect.x0) * (k + 0.5) / count
        stage.thing(spec.thing, (x, rect.middle[1], rect.z + rect.ceiling), 0.0, blocks=False)
    return count


def wall_anchors(stage: Stage, rect: Rect, every_m: float = 1.3, height_m: float = 1.5) -> None:
    """Free spots on the walls, for decor."""
    for face in rect.faces:
        along = every_m / 2 + 0.2
        while along < face.length - 0.5:
            if face.free(along - 0.55, along + 0.55) and face.blind(along - 0.55, along + 0.55, height_m + 0.6):
                x, y = face.at(along, 0.03)
                stage.anchors.append(Anchor("wall", (x, y, rect.z + height_m), math.degrees(face.facing), 1.0))
            along += every_m
