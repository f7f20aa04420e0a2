"""Facade grammars: from a building style to solids (after Mueller et al. 2006, "Procedural modeling of buildings").

A building's own frame: the front lies in the plane x = 0 and looks along +x, it is `width` wide in y and `depth` deep.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from worldfactory.records import Opening, Prototype, Vec3
from worldfactory.scene._ground_floor import Mass, bay_y, far_ground, flanks, ground_floor
from worldfactory.scene._order import order, plastered
from worldfactory.scene._placed import Anchor
from worldfactory.scene._roofs import roof
from worldfactory.scene._solids import Solid, expand, moved, pieces, solid
from worldfactory.scene._space import Block
from worldfactory.scene._stage import Stage
from worldfactory.scene._windows import PANE, SHUTTER, louvres, window
from worldfactory.spec._street import BuildingStyle, FeatureSpec
from worldfactory.spec._style import MaterialSpec

_BODY_M, _STEP_M, _COLUMNS_M = 1.7, 0.3, 1.0
"""What stands out of a front below the first and above the second, up to the third, is in people's way."""


def draw_mass(style: BuildingStyle, rng: np.random.Generator, width: float | None = None) -> Mass:
    """Draw one building of a style; `width` if its plot is given."""
    return Mass(
        style=style,
        width=float(rng.uniform(style.width.low, style.width.high)) if width is None else width,
        depth=float(rng.uniform(style.depth.low, style.depth.high)),
        floors=int(rng.integers(round(style.floors.low), round(style.floors.high) + 1)),
        wall=style.walls[int(rng.integers(len(style.walls)))],
    )


def building(
    stage: Stage,
    mass: Mass,
    at: Vec3,
    yaw_deg: float,
    rng: np.random.Generator,
    *,
    near: bool = True,
    close: bool = True,
    anchors: bool = True,
) -> int:
    """Set a building with its front's middle at `at`. `near`: with shopfront and balconies as solids; `close`: with
    windows so, too."""
    row = stand(stage, mass, shape(stage, mass, rng, near=near, close=close), at, yaw_deg)
    if anchors and near:
        _anchors(stage, mass, at, yaw_deg)
    return row


def stand(stage: Stage, mass: Mass, prototype: int, at: Vec3, yaw_deg: float) -> int:
    """Set a building that has its shape already, and take its ground."""
    row = stage.body(prototype, stage.instance("building", f"building/{mass.style.name}"), at, yaw_deg)
    _take_ground(stage, mass, stage.prototypes[prototype], at, yaw_deg)
    return row


def shape(stage: Stage, mass: Mass, rng: np.random.Generator, *, near: bool, close: bool = True) -> int:
    """The prototype of a building."""
    style = mass.style
    parts: list[Solid] = []
    own: dict[str, MaterialSpec] = {}
    depth, width, top = mass.depth, mass.width, mass.height
    bays = max(1, round((width - 0.8) / style.window.bay))
    own["side-wall"] = _windowed(stage, mass)
    own["gable-wall"] = stage_material(stage, mass.wall)
    if near and not mass.wall.startswith("#"):
        own[mass.wall] = plastered(stage_material(stage, mass.wall))
    own[PANE] = _pane(stage, mass)
    if style.window.shutters is not None:
        own[SHUTTER] = louvres(stage_material(stage, style.window.shutters))
    tiers = _tiers(mass)
    for k, (z0, z1, inset) in enumerate(tiers):
        w, d = max(3.0, width - 2 * inset), max(3.0, depth - 2 * inset)
        paint = style.curtain_wall or (mass.wall if near and close and k == 0 else "side-wall")
        if k == 0 and (style.curtain_wall is not None or not near or not close):
            parts += (
                far_ground(mass) if not near else [solid("box", (d, w, mass.ground_m), (-depth / 2, 0, 0), mass.wall)]
            )
            z0 = mass.ground_m
        if z1 > z0:
            parts.append(solid("box", (d, w, z1 - z0), (-depth / 2, 0, z0), paint))
        if k:
            parts.append(solid("box", (d + 0.3, w + 0.3, 0.4), (-depth / 2, 0, z1 - 0.4), "trim"))
    if near and style.curtain_wall is None:
        # Sides and back carry windows as a pattern, on a skin just outside the walls.
        z1 = tiers[0][1]
        if z1 > mass.ground_m and close:
            skin = (depth - 0.6, width + 0.02, z1 - mass.ground_m - 0.1)
            parts.append(solid("box", skin, (-depth / 2, 0, mass.ground_m), "side-wall"))
        parts += _windows(mass, bays, min(mass.floors, _floors_below(mass, z1))) if close else []
    if near:
        parts += flanks(mass)
        parts += ground_floor(mass, bays, rng)
        parts += _balconies(mass, bays, min(mass.floors, _floors_below(mass, tiers[0][1])), rng)
        if style.curtain_wall is None and tiers[0][1] > mass.ground_m + 1.0:
            parts += order(mass, bays, tiers[0][1], rng)
        if style.rounded and tiers[0][1] > mass.ground_m:
            parts.append(
                solid(
                    "cylinder",
                    (3.0, 3.0, tiers[0][1] - mass.ground_m),
                    (-0.6, width / 2 - 1.5, mass.ground_m),
                    "side-wall",
                )
            )
    if style.cornice > 0:
        e = style.cornice
        parts.append(
            solid(
                "box",
                (0.5 + e, width + 0.04, 0.35),
                (e - (0.5 + e) / 2, 0, top - 0.35 if len(tiers) == 1 else tiers[0][1] - 0.35),
                "trim",
            )
        )
    last_inset = tiers[-1][2]
    parts += roof(style.roof, depth - 2 * last_inset, width - 2 * last_inset, tiers[-1][1], depth, near)
    if near or style.roof.kind == "flat":
        parts += _features(stage, mass, bays, tiers, rng, own, near)
    if stage.cell.city.street.pattern == "hillside":
        # What the slope leaves open under the lower corner.
        parts.append(solid("box", (depth - 0.1, width - 0.1, 4.0), (-depth / 2, 0, -4.0), "stone"))
    return stage.prototype(f"building/{style.name}", parts, (own,))


def facade_reach(stage: Stage, style: BuildingStyle) -> float:
    """How far a building of this style stands out over the pavement above head height, metres."""
    deep = {"none": 0.0, "continuous": 0.55, "single": 0.75, "long": 1.1}[style.balconies]
    ground = {"arcade": 0.65, "lattice": 1.2, "shopfront": 1.4 if style.ground.awning else 0.2}.get(
        style.ground.kind, 0.2
    )
    features = [
        stage.shape_of(stage.thing_spec(one.thing))[1].x1 for one in style.features if one.where not in ("roof", "edge")
    ]
    return max(deep, ground, style.cornice, style.roof.overhang, *features, 0.0)


def stage_material(stage: Stage, slot: str) -> MaterialSpec:
    """The material of a slot as a spec again."""
    made = stage.materials[stage.paint(slot)]
    return MaterialSpec(rgb=made.rgb, pattern=made.pattern, rgb2=made.rgb2, cell=made.cell_m, gloss=made.gloss)


def _windowed(stage: Stage, mass: Mass) -> MaterialSpec:
    wall = stage_material(stage, mass.wall)
    glass = stage_material(stage, mass.style.window.glass)
    # A patterned wall has two colours; seen from afar it is their mean.
    rgb = wall.mean
    style, window = mass.style, mass.style.window
    colours = [stage_material(stage, slot).mean for slot in (window.frame, window.shutters or "door", style.railing)]
    opening = Opening(
        width=window.width, height=window.height, sill=window.sill, frame=0.14 if window.surround != "none" else 0.05,
        frame_rgb=colours[0], panes=window.panes, arched=window.arched,
        shutter=0.48 * window.width if window.shutters else 0.0, shutter_rgb=colours[1],
        rail=0.0 if style.balconies in ("none", "single") or style.balcony_floors == "some" else 0.9,
        rail_rgb=colours[2], slab=0.24 if style.bands or style.balconies in ("continuous", "long") else 0.0,
    )  # fmt: skip
    return MaterialSpec(rgb=rgb, pattern="windows", rgb2=glass.rgb, cell=(window.bay, style.floor_m), opening=opening)


def _pane(stage: Stage, mass: Mass) -> MaterialSpec:
    """What is in a window of the front: panes and bars, and a room of its own behind."""
    window = mass.style.window
    opening = Opening(
        width=window.width, height=window.height, sill=0.0, frame=0.0, bar=0.07, panes=window.panes,
        frame_rgb=stage_material(stage, window.frame).mean,
    )  # fmt: skip
    return MaterialSpec(
        rgb=opening.frame_rgb, pattern="windows", rgb2=stage_material(stage, window.glass).rgb,
        cell=(window.width, window.height), opening=opening,
    )  # fmt: skip


def _tiers(mass: Mass) -> list[tuple[float, float, float]]:
    """(bottom, top, inset) of each step of a block that steps back."""
    step = mass.style.setback_floors
    if not step or mass.floors <= step:
        return [(0.0, mass.height, 0.0)]
    out: list[tuple[float, float, float]] = []
    z, done, inset = 0.0, 0, 0.0
    limit = min(mass.width, mass.depth) / 2 - 2.5
    while done < mass.floors:
        take = min(mass.floors - done, step if not out else max(3, step // 2))
        z1 = (mass.ground_m if not out else z) + (take - (0 if out else 1)) * mass.style.floor_m
        out.append((z, z1, inset))
        z, done, inset = z1, done + take, min(limit, inset + 1.6)
    return out


def _floors_below(mass: Mass, z: float) -> int:
    return 1 + round((z - mass.ground_m) / mass.style.floor_m)


def _windows(mass: Mass, bays: int, floors: int) -> list[Solid]:
    """The windows of the front above its ground floor, and the courses between the floors."""
    w = mass.style.window
    parts: list[Solid] = []
    width = min(w.width, (mass.width - 0.6) / bays - 0.3)
    for floor in range(1, floors):
        z = mass.ground_m + (floor - 1) * mass.style.floor_m + w.sill
        if mass.style.bands:
            parts.append(solid("box", (0.16, mass.width, 0.18), (0.04, 0, z - w.sill - 0.1), "trim"))
        for k in range(bays):
            parts += window(w, bay_y(mass, bays, k), z, width, w.height)
    return parts


def _balconies(mass: Mass, bays: int, floors: int, rng: np.random.Generator) -> list[Solid]:
    style = mass.style
    if style.balconies == "none":
        return []
    parts: list[Solid] = []
    for floor in range(1, floors):
        if style.balcony_floors == "some" and floor not in (1, 4):
            continue
        z = mass.ground_m + (floor - 1) * style.floor_m
        spans: list[tuple[float, float]]
        if style.balconies == "continuous":
            spans = [(0.0, mass.width - 0.4)]
        elif style.balconies == "long":
            spans = [(0.0, mass.width * 0.72)]
        else:
            spans = [
                (bay_y(mass, bays, k), style.window.width + 0.5)
                for k in range(bays)
                if (k + floor) % 2 == 0 or bays < 4
            ]
        deep = 0.55 if style.balconies == "continuous" else 1.1 if style.balconies == "long" else 0.75
        for y, w in spans:
            parts.append(solid("box", (deep, w, 0.14), (deep / 2, y, z - 0.04), "trim"))
            parts.append(solid("box", (0.05, w, 0.85), (deep - 0.03, y, z + 0.1), style.railing))
            parts.append(solid("box", (deep, 0.05, 0.85), (deep / 2, y + w / 2, z + 0.1), style.railing))
            parts.append(solid("box", (deep, 0.05, 0.85), (deep / 2, y - w / 2, z + 0.1), style.railing))
            parts.append(solid("box", (0.09, w, 0.06), (deep - 0.03, y, z + 0.95), "dark-metal"))
    return parts


def _features(
    stage: Stage, mass: Mass, bays: int, tiers: list[tuple[float, float, float]], rng: np.random.Generator,
    palette: dict[str, MaterialSpec], near: bool,
) -> list[Solid]:  # fmt: skip
    parts: list[Solid] = []
    for feature in mass.style.features:
        if not near and feature.where != "roof":
            continue
        spec = stage.thing_spec(feature.thing)
        # A feature becomes part of the building, so its own materials go under names of their own into the palette.
        palette.update({f"{feature.thing}/{slot}": look for slot, look in spec.materials.items()})
        solids = [
            replace(part, paint=f"{feature.thing}/{part.paint}") if part.paint in spec.materials else part
            for part in expand(spec.parts)
        ]
        for at in _spots(feature, mass, bays, tiers, rng):
            parts += moved(solids, at)
    return parts


def _spots(
    feature: FeatureSpec, mass: Mass, bays: int, tiers: list[tuple[float, float, float]], rng: np.random.Generator
) -> list[Vec3]:
    floors = min(mass.floors, _floors_below(mass, tiers[0][1]))
    levels = [mass.ground_m + (floor - 1) * mass.style.floor_m for floor in range(1, floors)]
    out: list[Vec3] = []
    if feature.where == "window":
        sill = mass.style.window.sill
        out = [
            (0.0, bay_y(mass, bays, k), z + sill) for z in levels for k in range(bays) if rng.random() < feature.chance
        ]
    elif rng.random() >= feature.chance:
        return []
    elif feature.where == "column":
        y = bay_y(mass, bays, int(rng.integers(bays)))
        out = [(0.0, y, z) for z in levels]
    elif feature.where == "edge":
        out = [(0.0, 0.0, tiers[0][1])]
    elif feature.where == "roof":
        z, inset = tiers[-1][1], tiers[-1][2]
        half_d, half_w = mass.depth / 2 - inset - 1.6, mass.width / 2 - inset - 1.6
        for _ in range(feature.count):
            out.append(
                (
                    -mass.depth / 2 + float(rng.uniform(-1, 1)) * max(0.0, half_d),
                    float(rng.uniform(-1, 1)) * max(0.0, half_w),
                    z,
                )
            )
    elif feature.where == "wall":
        for _ in range(feature.count):
            y = (-1 if rng.random() < 0.5 else 1) * (mass.width / 2 - 0.5)
            out.append((0.0, y, mass.ground_m + float(rng.uniform(0.1, 0.8))))
    else:
        out = [(0.0, bay_y(mass, bays, 0) + mass.style.window.bay * 0.5, 0.0)]
    return out


def _take_ground(stage: Stage, mass: Mass, prototype: Prototype, at: Vec3, yaw_deg: float) -> None:
    yaw = math.radians(yaw_deg)
    out = {"stoop": 1.6, "lattice": 0.35, "arcade": 0.65}.get(mass.style.ground.kind, 0.2)
    for part in prototype.parts:
        # Columns before the front are in the way too.
        if part.at[2] < _BODY_M and part.at[0] < _COLUMNS_M and part.at[0] + max(part.size) > out:
            boxes = pieces(part.shape, part.size, part.at, part.turn_deg)
            low = [box.x1 for box in boxes if box.z0 < _BODY_M and box.z1 > _STEP_M]
            out = max(out, min(_COLUMNS_M, max(low, default=0.0)))
    middle = (out - mass.depth) / 2
    stage.space.add(
        Block(
            at[0] + math.cos(yaw) * middle, at[1] + math.sin(yaw) * middle,
            (mass.depth + out) / 2, mass.width / 2, yaw,
        )
    )  # fmt: skip


def _anchors(stage: Stage, mass: Mass, at: Vec3, yaw_deg: float) -> None:
    yaw = math.radians(yaw_deg)
    c, s = math.cos(yaw), math.sin(yaw)
    shops = max(1, round(mass.width / 7.0))
    out = {"lattice": 0.2, "arcade": 0.66}.get(mass.style.ground.kind, 0.16)
    for k in range(shops + 1):
        y = -mass.width / 2 + 0.25 + k * (mass.width - 0.5) / shops
        stage.anchors.append(
            Anchor("wall", (at[0] + c * out - s * y, at[1] + s * out + c * y, at[2] + 1.55), yaw_deg, 0.6)
        )
    z = at[2] + min(mass.height - 0.4, mass.ground_m + 0.7)
    stage.anchors.append(Anchor("front", (at[0] + c * 0.1, at[1] + s * 0.1, z), yaw_deg, mass.width))
