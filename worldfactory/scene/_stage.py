"""The stage that a scene is built on: materials, prototypes, instances, bodies, ground and anchors."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from worldfactory.errors import SceneError
from worldfactory.lineage import generator
from worldfactory.records import Body, Instance, Lamp, Material, Motion, Part, Prompt, Prototype, Rgb, Shape, Vec3
from worldfactory.scene._nodes import at_rest, belt_motion, copies_of, motion_of
from worldfactory.scene._placed import Anchor, Drop, Mark, Placed
from worldfactory.scene._solids import HEAD_M, Extent, Solid, expand, extent, moved, pieces
from worldfactory.scene._space import Block, Region, Space, Traffic
from worldfactory.spec import CellSpec
from worldfactory.spec._library import library
from worldfactory.spec._style import GlowSpec, MaterialSpec, NodeSpec, Palette, ThingSpec

MAX_BODIES = 60_000
_POST_M = 0.3
"""From where somebody tends a thing to the edge of the ground that it takes."""
_NO_PAINTS: Mapping[str, str] = {}


def with_posts(box: Extent, staff: Sequence[tuple[float, float, float]]) -> Extent:
    """The extent of a thing with the ground on which those stand who tend it."""
    for x, y, _ in staff:
        box = Extent(
            min(box.x0, x - _POST_M), max(box.x1, x + _POST_M), min(box.y0, y - _POST_M), max(box.y1, y + _POST_M),
            box.z0, box.z1,
        )  # fmt: skip
    return box


def _part(shape: Shape, size: Vec3, at: Vec3, turn_deg: Vec3, material: int) -> Part:
    """What `Part.model_construct` makes, without its looking at every field: a street has ten thousand parts."""
    part = Part.__new__(Part)
    values = {"shape": shape, "size": size, "at": at, "turn_deg": turn_deg, "material": material}
    object.__setattr__(part, "__dict__", values)
    object.__setattr__(part, "__pydantic_fields_set__", set(values))
    object.__setattr__(part, "__pydantic_extra__", None)
    object.__setattr__(part, "__pydantic_private__", None)
    return part


@dataclass
class Stage:
    """Mutable while a scene is built; `worldfactory.scene.build` freezes it into a Scene."""

    cell: CellSpec
    prompt: Prompt
    seconds: float
    lit: float
    """How much lamps glow: 1 at night and indoors, a little by day."""
    materials: list[Material] = field(default_factory=list[Material])
    prototypes: list[Prototype] = field(default_factory=list[Prototype])
    instances: list[Instance] = field(default_factory=list[Instance])
    bodies: list[Body] = field(default_factory=list[Body])
    lamps: list[Lamp] = field(default_factory=list[Lamp])
    anchors: list[Anchor] = field(default_factory=list[Anchor])
    placed: list[Placed] = field(default_factory=list[Placed])
    regions: list[Region] = field(default_factory=list[Region])
    drops: list[Drop] = field(default_factory=list[Drop])
    space: Space = field(default_factory=Space)
    taken: set[tuple[float, float]] = field(default_factory=set[tuple[float, float]])
    """Seats on which somebody sits."""
    dark: float = 0.0
    """0 by day, 1 by night."""
    daylight: float = 0.0
    """Glow of what is set up now: how the world outside the windows of an indoor scene gets its daylight."""
    focus: tuple[float, float] | None = None
    """Where the camera looks, once that is known."""

    def __post_init__(self) -> None:
        steps = max(2, math.ceil(self.seconds / 0.125) + 1)
        self.traffic = Traffic(np.linspace(0.0, self.seconds, steps))
        self._material_rows: dict[Any, int] = {}
        self._prototype_rows: dict[Any, int] = {}
        self._expanded: dict[int, tuple[tuple[Solid, ...], Extent]] = {}
        self._slots: dict[int, tuple[str, ...]] = {}
        # Specs and their parts are looked up by identity, which is fast, so they are kept alive here.
        self._keep: list[ThingSpec | MaterialSpec | tuple[Solid, ...]] = []
        self._plain: dict[str, MaterialSpec] = {}

    def mark(self) -> Mark:
        """Where the stage stands now, to come back to."""
        return Mark(
            tuple(len(rows) for rows in self._grown()), list(self.anchors), set(self.taken), len(self.space.blocks),
            len(self.traffic.tracks), dict(self._material_rows), dict(self._prototype_rows), self.focus,
        )  # fmt: skip

    def back_to(self, mark: Mark) -> None:
        """Take away everything that was set up since `mark`."""
        for rows, length in zip(self._grown(), mark.lengths, strict=True):
            del rows[length:]
        self.anchors, self.taken, self.focus = list(mark.anchors), set(mark.taken), mark.focus
        self.space.cut(mark.blocks)
        self.traffic.cut(mark.tracks)
        self._material_rows, self._prototype_rows = dict(mark.material_rows), dict(mark.prototype_rows)

    def _grown(self) -> tuple[list[Any], ...]:
        return (
            self.materials,
            self.prototypes,
            self.instances,
            self.bodies,
            self.lamps,
            self.placed,
            self.regions,
            self.drops,
        )

    def rng(self, stream: str) -> np.random.Generator:
        """The random numbers of one purpose; other purposes do not disturb them."""
        return generator(self.prompt.id, stream)

    def thing_spec(self, name: str) -> ThingSpec:
        """A thing by name: the city's own first, then that of its interiors, then the venue's, then the library's."""
        for things in (self.cell.city.things, self.cell.city.inside.things, self.cell.venue.things, library().things):
            if name in things:
                return things[name]
        raise SceneError(f"{self.cell.cell.key}: no thing named {name!r} in the city, the venue or the library")

    def paint(self, slot: str, palettes: Sequence[Palette] = (), paints: Mapping[str, str] = _NO_PAINTS) -> int:
        """The row of a slot's material. `paints` says what slots are painted with here."""
        seen: set[str] = set()
        while slot in paints and slot not in seen:
            seen.add(slot)
            slot = paints[slot]
        if slot.startswith("#"):
            if slot not in self._plain:
                self._plain[slot] = MaterialSpec.model_validate({"rgb": slot})
            return self._material(slot, self._plain[slot])
        city = self.cell.city
        for palette in (*palettes, city.palette, city.inside.palette, self.cell.venue.palette, library().materials):
            if slot in palette:
                return self._material(slot, palette[slot])
        raise SceneError(
            f"{self.cell.cell.key}: no material named {slot!r} in the thing, its file, the city or the library"
        )

    def paint_rgb(self, rgb: Rgb) -> str:
        """A slot for a colour that was drawn; usable as the paint of parts."""
        codes = [round(255 * (12.92 * c if c <= 0.0031308 else 1.055 * c ** (1 / 2.4) - 0.055)) for c in rgb]
        return "#{:02x}{:02x}{:02x}".format(*codes)

    def _material(self, name: str, spec: MaterialSpec) -> int:
        fast = (name, self.daylight, id(spec))
        if fast not in self._material_rows:
            self._keep.append(spec)
            full = (name, self.daylight, spec.model_dump_json())
            if full not in self._material_rows:
                self._material_rows[full] = len(self.materials)
                self.materials.append(
                    Material(
                        name=name,
                        rgb=spec.rgb,
                        pattern=spec.pattern,
                        rgb2=spec.rgb2,
                        cell_m=spec.cell,
                        emission=spec.glow * self.lit + self.daylight,
                        gloss=spec.gloss,
                        words=self._words(spec),
                        opening=spec.opening,
                    )
                )
            self._material_rows[fast] = self._material_rows[full]
        return self._material_rows[fast]

    def _words(self, spec: MaterialSpec) -> tuple[str, ...]:
        if spec.pattern != "glyphs":
            return ()
        languages = self.cell.city.languages
        # What is seen through a window by day is the street.
        kind = self.cell.venue.boards if spec.words == "shop" and self.daylight == 0.0 else spec.words
        kind = self.cell.cell.venue if kind == "venue" else kind
        # Twice as much in the language of the place as in one for its guests.
        told = library().lists((languages[0], *languages), kind)
        ways = self.cell.venue.ways
        return told if kind != "way" or ways == kind else (*library().lists((languages[0], *languages), ways), *told)

    def prototype(
        self,
        name: str,
        parts: Sequence[Solid],
        palettes: Sequence[Palette] = (),
        paints: Mapping[str, str] = _NO_PAINTS,
    ) -> int:
        """The row of a prototype of these (expanded) parts; equal ones share it."""
        slots = self._slots_of(parts)
        rows = {slot: self.paint(slot, palettes, paints) for slot in slots}
        # A tuple stays as it is: it need not be looked at again.
        fast = ("tuple", id(parts), *rows.values()) if isinstance(parts, tuple) else None
        if fast in self._prototype_rows:
            return self._prototype_rows[fast]
        key: tuple[tuple[Shape, Vec3, Vec3, Vec3, int], ...] = tuple(
            (p.shape, p.size, p.at, p.turn, rows[p.paint]) for p in parts
        )
        if key not in self._prototype_rows:
            solids = tuple(_part(*values) for values in key)
            self._prototype_rows[key] = len(self.prototypes)
            self.prototypes.append(Prototype.model_construct(name=name, parts=solids))
        if fast is not None:
            self._prototype_rows[fast] = self._prototype_rows[key]
        return self._prototype_rows[key]

    def _slots_of(self, parts: Sequence[Solid]) -> tuple[str, ...]:
        """The paints of parts, in order."""
        if not isinstance(parts, tuple):
            return tuple(dict.fromkeys(part.paint for part in parts))
        if id(parts) not in self._slots:
            self._slots[id(parts)] = tuple(dict.fromkeys(part.paint for part in parts))
            self._keep.append(parts)
        return self._slots[id(parts)]

    def instance(self, label: str, asset: str, decor: str = "") -> int:
        """A new labelled thing."""
        self.instances.append(Instance(label=label, asset=asset, decor=decor))
        return len(self.instances) - 1

    def body(
        self,
        prototype: int,
        instance: int,
        at: Vec3,
        yaw_deg: float = 0.0,
        *,
        parent: int = -1,
        scale: Vec3 = (1.0, 1.0, 1.0),
        tint: Rgb = (1.0, 1.0, 1.0),
        motions: Sequence[Motion] = (),
    ) -> int:
        """Set a prototype into the world."""
        if len(self.bodies) >= MAX_BODIES:
            raise SceneError(f"scene of {self.prompt.id}: more than {MAX_BODIES} bodies")
        self.bodies.append(
            Body.model_construct(
                prototype=prototype, instance=instance, at=(float(at[0]), float(at[1]), float(at[2])),
                yaw_deg=float(yaw_deg), scale=scale, parent=parent, tint=tint, motions=tuple(motions),
            )
        )  # fmt: skip
        return len(self.bodies) - 1

    def solids(
        self, label: str, asset: str, parts: Sequence[Solid], at: Vec3, yaw_deg: float = 0.0, *,
        palettes: Sequence[Palette] = (), instance: int | None = None,
    ) -> int:  # fmt: skip
        """A body of its own made of `parts` (expanded). Returns its row."""
        row = self.instance(label, asset) if instance is None else instance
        return self.body(self.prototype(asset, parts, palettes), row, at, yaw_deg)

    def shape_of(self, spec: ThingSpec) -> tuple[tuple[Solid, ...], Extent]:
        """The expanded parts of a thing and the extent of everything in it that is in people's way,
        with the places of those who tend it."""
        key = id(spec)
        if key not in self._expanded:
            parts = tuple(expand(spec.parts))
            # Nodes at rest count too, each at its place, swept in a full ring.
            everything = [*parts, *(part for node in spec.nodes for part in at_rest(node))]
            box = extent(everything, HEAD_M) or extent(everything) or Extent(-0.5, 0.5, -0.5, 0.5, 0.0, 1.0)
            if spec.track is not None:
                xs, ys = [p[0] for p in spec.track.points], [p[1] for p in spec.track.points]
                box = Extent(
                    min(box.x0, *xs) - 1, max(box.x1, *xs) + 1, min(box.y0, *ys) - 1, max(box.y1, *ys) + 1, 0, 1
                )
            self._expanded[key] = (parts, with_posts(box, spec.staff))
            self._keep.append(spec)
        return self._expanded[key]

    def thing(
        self,
        name: str | ThingSpec,
        at: Vec3,
        yaw_deg: float = 0.0,
        *,
        paints: Mapping[str, str] = _NO_PAINTS,
        palettes: Sequence[Palette] = (),
        scale: float = 1.0,
        asset: str = "",
        decor: str = "",
        label: str = "",
        motions: Sequence[Motion] = (),
        travel_ms: float = 0.0,
        pace: tuple[Vec3, ...] = (),
        phase: float = 0.0,
        blocks: bool = True,
    ) -> Placed:
        """Set a thing with its moving nodes. `blocks`: it takes its ground. `pace`: of its travel, see Motion."""
        spec = self.thing_spec(name) if isinstance(name, str) else name
        asset = asset or (name if isinstance(name, str) else spec.label)
        palettes = (spec.materials, *palettes)
        parts, box = self.shape_of(spec)
        instance = self.instance(label or spec.label, asset, decor)
        row = -1
        if parts:
            scaled = parts if scale == 1.0 else moved(parts, (0.0, 0.0, 0.0), 0.0, scale)
            row = self.body(self.prototype(asset, scaled, palettes, paints), instance, at, yaw_deg, motions=motions)
        elif motions:
            raise SceneError(f"{self.cell.cell.key}: {asset} travels and so needs parts of its own beside its nodes")
        for k, node in enumerate(spec.nodes):
            self._node(
                node, row, at, yaw_deg, instance, f"{asset}/{k}", palettes, paints, scale, travel_ms, phase, pace
            )
        if spec.track is not None:
            from worldfactory.scene._track import lay_track

            lay_track(self, spec.track, at, yaw_deg, instance, asset, palettes)
        if spec.glow is not None:
            self.shine(spec.glow, at, yaw_deg, scale)
        if scale != 1.0:
            box = Extent(*(v * scale for v in (box.x0, box.x1, box.y0, box.y1, box.z0, box.z1)))
        placed = Placed(row, instance, at, yaw_deg, box, spec, asset)
        if blocks and not spec.soft:
            self.space.add(self.block(box, at, yaw_deg))
        self.placed.append(placed)
        return placed

    def block(self, box: Extent, at: Vec3, yaw_deg: float) -> Block:
        """The ground that an extent covers when it stands at a place."""
        yaw = math.radians(yaw_deg)
        mx, my = (box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2
        x, y = at[0] + math.cos(yaw) * mx - math.sin(yaw) * my, at[1] + math.sin(yaw) * mx + math.cos(yaw) * my
        return Block(x, y, box.length / 2, box.width / 2, yaw, tall=box.z1 > 1.7 and min(box.length, box.width) > 0.7)

    def block_parts(self, spec: ThingSpec, at: Vec3, yaw_deg: float) -> None:
        """Take the ground under each low part of a thing that one goes through: the posts of a gate."""
        for part in self.shape_of(spec)[0]:
            for box in pieces(part.shape, part.size, part.at, part.turn):
                if box.z0 < HEAD_M:
                    self.space.add(self.block(box, at, yaw_deg))

    def lift(self, prototype: int, at: Vec3, yaw_deg: float = 0.0) -> int:
        """A copy of a prototype whose parts stand at `at` in its frame."""
        c, s = math.cos(math.radians(yaw_deg)), math.sin(math.radians(yaw_deg))
        old = self.prototypes[prototype]
        parts = tuple(
            part.model_copy(
                update={
                    "at": (
                        at[0] + c * part.at[0] - s * part.at[1],
                        at[1] + s * part.at[0] + c * part.at[1],
                        at[2] + part.at[2],
                    ),
                    "turn_deg": (part.turn_deg[0], part.turn_deg[1], part.turn_deg[2] + yaw_deg),
                }
            )
            for part in old.parts
        )
        self.prototypes.append(Prototype.model_construct(name=old.name, parts=parts))
        return len(self.prototypes) - 1

    def shine(self, glow: GlowSpec, at: Vec3, yaw_deg: float, scale: float = 1.0) -> None:
        """A lamp's light, if lamps are lit now."""
        if self.lit > 0.5:
            c, s = math.cos(math.radians(yaw_deg)), math.sin(math.radians(yaw_deg))
            x, y, z = (scale * v for v in glow.at)
            self.lamps.append(
                Lamp(
                    at=(at[0] + c * x - s * y, at[1] + s * x + c * y, at[2] + z),
                    rgb=glow.rgb, intensity=glow.intensity, radius_m=glow.radius_m,
                )
            )  # fmt: skip

    def drop(self, what: str, reason: str) -> None:
        """Note what found no place."""
        self.drops.append(Drop(what, reason))

    def _node(
        self, node: NodeSpec, parent: int, at: Vec3, yaw_deg: float, instance: int, name: str,
        palettes: Sequence[Palette], paints: Mapping[str, str], scale: float, travel_ms: float, phase: float,
        pace: tuple[Vec3, ...] = (),
    ) -> None:  # fmt: skip
        parts = expand(node.parts)
        if scale != 1.0:
            parts = moved(parts, (0.0, 0.0, 0.0), 0.0, scale)
        prototype = self.prototype(name, parts, palettes, paints) if parts else None
        for (x, y, z), turn, shift in copies_of(node, scale):
            motions = [m for spec in node.motions if (m := motion_of(spec, travel_ms, phase + shift, pace)) is not None]
            if node.belt is not None:
                motions.insert(0, belt_motion(node.belt, scale, phase + shift))
            if parent < 0:
                c, s = math.cos(math.radians(yaw_deg)), math.sin(math.radians(yaw_deg))
                place, yaw = (at[0] + c * x - s * y, at[1] + s * x + c * y, at[2] + z), yaw_deg + turn
            else:
                place, yaw = (x, y, z), turn
            if prototype is None:
                raise SceneError(f"{self.cell.cell.key}: node {name} needs parts")
            row = self.body(prototype, instance, place, yaw, parent=parent, motions=motions)
            for k, child in enumerate(node.nodes):
                self._node(
                    child,
                    row,
                    at,
                    yaw_deg,
                    instance,
                    f"{name}/{k}",
                    palettes,
                    paints,
                    scale,
                    travel_ms,
                    phase + shift,
                    pace,
                )
