"""A scene as flat arrays: every body's mesh in its own space, scaled to metres, and the materials."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from worldfactory.errors import RenderError
from worldfactory.lineage import digest
from worldfactory.records import Material, Opening, Part, Scene, Vec3
from worldfactory.render._facades import OPENING
from worldfactory.render._lettering import Lettering
from worldfactory.render._ranges import ranges, spread
from worldfactory.render._solids import Kind, Solid, solids
from worldfactory.truth import turned

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
I32 = NDArray[np.int32]

PATTERNS = (
    "plain", "mottled", "brick", "tiles", "planks", "windows", "glass_grid", "stripes", "checker",
    "paving", "asphalt", "grass", "water", "foliage", "corrugated", "glyphs", "screen", "painting", "patches",
    "display", "shelf",
)  # fmt: skip
"""Patterns by number, as the kernels know them."""
_FITTED = ("windows", "glass_grid", "screen", "painting", "display", "shelf")
"""Patterns of which a face shows a whole number of cells."""
_ASIDE = 8
"""Cells between the writing of one part and of the next; words are in fewer across, almost always."""
_VARIED = ("windows", "display", "glyphs", "shelf")
"""Patterns of which the parts of one body show different cells."""
_ROUND = ("sphere", "dome", "cone")


@dataclass(frozen=True, slots=True)
class World:
    """B bodies, K different meshes (a prototype at one scale), V vertices, T triangles.

    points: [3, V] float32, metres, body space. corners, beside: [T, 3] int32, counted from the mesh's first vertex
    and first triangle. normals: [T, 9], uv: [T, 6] float32 at the corners. material: [T] int32. two_sided: [T] uint8.
    first_point, point_count, first_triangle, triangle_count: [K] int32. mesh: [B] int32.
    center: [B, 3], radius: [B] float32, of a sphere around the body, body space. low, high: [B, 3], its box.
    tint: [B, 3] float32. seed: [B] int32, what tells equal bodies apart in patterns. materials: [Q, 39] float32.
    source: [Q] int32, the scene's material of each row; faces with writing have rows of their own. words: [E, 3] int32,
    ink: [S] uint16, see Lettering.tables.
    """

    points: F32
    corners: I32
    beside: I32
    normals: F32
    uv: F32
    material: I32
    two_sided: NDArray[np.uint8]
    first_point: I32
    point_count: I32
    first_triangle: I32
    triangle_count: I32
    mesh: I32
    center: F32
    radius: F32
    low: F32
    high: F32
    tint: F32
    seed: I32
    materials: F32
    source: I32
    words: I32
    ink: NDArray[np.uint16]

    @property
    def most_points(self) -> int:
        """Vertices of the largest mesh."""
        return int(self.point_count.max(initial=1))

    @property
    def most_triangles(self) -> int:
        """Triangles of the largest mesh."""
        return int(self.triangle_count.max(initial=1))

    @property
    def triangles(self) -> int:
        """Triangles of all bodies, each counted as often as it is drawn."""
        return int(self.triangle_count[self.mesh].sum())


def compile_world(scene: Scene) -> World:
    """The arrays of `scene`. Raises RenderError for a material or prototype out of range, or a scale of 0."""
    for row, body in enumerate(scene.bodies):
        if not 0 <= body.prototype < len(scene.prototypes):
            raise RenderError(f"scene {scene.id}, body {row}: prototype {body.prototype} of {len(scene.prototypes)}")
        if not all(np.isfinite(body.scale)) or 0.0 in body.scale:
            raise RenderError(f"scene {scene.id}, body {row}: scale {body.scale}, should be finite and not 0")
    keys = {key: number for number, key in enumerate(dict.fromkeys((b.prototype, b.scale) for b in scene.bodies))}
    meshes = _assembled(scene, list(keys))
    lettering = Lettering(scene.materials)
    uv, material = _covered(scene, meshes, lettering)
    words, ink = lettering.tables()
    none = np.zeros((0, 3))
    low, high = (
        edge.reduceat(meshes.points, meshes.first_point) if keys else none for edge in (np.minimum, np.maximum)
    )
    mesh = np.array([keys[body.prototype, body.scale] for body in scene.bodies], np.int32)
    center = (low + high) / 2.0
    seeds = [int(digest(f"{b.instance}/{b.prototype}".encode())[:6], 16) for b in scene.bodies]
    return World(
        points=np.ascontiguousarray(meshes.points.T, np.float32),
        corners=np.ascontiguousarray(meshes.corners, np.int32),
        beside=np.ascontiguousarray(meshes.beside, np.int32),
        normals=np.ascontiguousarray(meshes.normals.reshape(-1, 9), np.float32),
        uv=np.ascontiguousarray(uv.reshape(-1, 6), np.float32),
        material=np.ascontiguousarray(material, np.int32),
        two_sided=meshes.two_sided,
        first_point=meshes.first_point,
        point_count=meshes.point_count,
        first_triangle=meshes.first_triangle,
        triangle_count=meshes.triangle_count,
        mesh=mesh,
        center=center[mesh].astype(np.float32),
        radius=np.linalg.norm((high - low) / 2.0, axis=1)[mesh].astype(np.float32),
        low=low[mesh].astype(np.float32),
        high=high[mesh].astype(np.float32),
        tint=np.array([body.tint for body in scene.bodies], np.float32).reshape(-1, 3),
        seed=np.array(seeds, np.int32),
        materials=_material_table(scene, lettering),
        source=np.array(lettering.source, np.int32),
        words=words,
        ink=ink,
    )


@dataclass(frozen=True, slots=True)
class _Meshes:
    """K meshes end to end, in metres: as in World, but uv [T, 3, 2] and extent [T, 2] of plain surfaces in metres, and
    for each triangle the scene's material, its part's place in the prototype, and whether its mesh is `mirrored`."""

    points: F64
    corners: NDArray[np.int64]
    beside: NDArray[np.int64]
    normals: F64
    uv: F64
    extent: F64
    material: NDArray[np.int64]
    part: NDArray[np.int64]
    mirrored: NDArray[np.bool_]
    two_sided: NDArray[np.uint8]
    first_point: I32
    point_count: I32
    first_triangle: I32
    triangle_count: I32


def _assembled(scene: Scene, keys: Sequence[tuple[int, Vec3]]) -> _Meshes:
    """The mesh of each prototype at each scale, mesh by mesh and part by part."""
    used = {prototype: number for number, prototype in enumerate(sorted({prototype for prototype, _ in keys}))}
    prototypes = [_parts(scene, prototype) for prototype in used]
    parts = _Parts.of(scene, prototypes)
    wanted = np.array([used[prototype] for prototype, _ in keys], np.int64)
    scale = np.array([scale for _, scale in keys], np.float64).reshape(-1, 3)
    piece, mesh_of_part, _, _ = spread(np.array([len(some) for some in prototypes], np.int64), wanted)
    solid, turn = parts.solid[piece], parts.turn[piece]
    pick, part_of_point, point_from, points_in = spread(parts.points_in, solid)
    points = _turned(parts.gather("points", pick)[:, None], turn, part_of_point)[:, 0]
    points = (points + parts.at[piece][part_of_point]) * scale[mesh_of_part][part_of_point]
    pick, part_of, triangle_from, triangles_in = spread(parts.triangles_in, solid)
    first_point, point_count = ranges(points_in, mesh_of_part, len(keys))
    first_triangle, triangle_count = ranges(triangles_in, mesh_of_part, len(keys))
    mesh_of = mesh_of_part[part_of]
    corners = parts.gather("corners", pick) + (point_from - first_point[mesh_of_part])[part_of][:, None]
    beside = parts.gather("beside", pick)
    beside = np.where(beside >= 0, beside + (triangle_from - first_triangle[mesh_of_part])[part_of][:, None], -1)
    scaled = np.flatnonzero((scale != 1.0).any(1)[mesh_of])
    stretched = scale[mesh_of[scaled]][:, None, :]
    normals = _turned(parts.gather("normals", pick), turn, part_of)
    normals[scaled] = _unit(normals[scaled] / stretched)
    mirrored = np.prod(scale, axis=1)[mesh_of] < 0.0
    corners[mirrored] = corners[mirrored][:, ::-1]
    normals[mirrored] = normals[mirrored][:, ::-1]
    beside[mirrored] = beside[mirrored][:, [1, 0, 2]]
    stretch = np.ones((len(pick), 2))
    stretch[scaled] = _length(_turned(parts.gather("tangents", pick[scaled]), turn, part_of[scaled]) * stretched)
    return _Meshes(
        points=points,
        corners=corners,
        beside=beside,
        normals=normals,
        uv=parts.gather("uv", pick) * stretch[:, None, :],
        extent=np.maximum(parts.gather("extent", pick) * stretch, 1e-9),
        material=parts.material[piece][part_of],
        part=parts.number[piece][part_of],
        mirrored=mirrored,
        two_sided=parts.two_sided[solid][part_of],
        first_point=first_point,
        point_count=point_count,
        first_triangle=first_triangle,
        triangle_count=triangle_count,
    )


def _covered(scene: Scene, meshes: _Meshes, lettering: Lettering) -> tuple[F64, NDArray[np.int64]]:
    """uv [T, 3, 2], in which patterns that are fitted have a whole number of cells and writing its place, and [T] rows
    of the table of materials."""
    material, extent, mirrored = meshes.material, meshes.extent, meshes.mirrored
    cell = np.array([m.cell_m for m in scene.materials] or [(1.0, 1.0)], np.float64)[material]
    fitted = np.array([m.pattern in _FITTED for m in scene.materials] or [False])[material]
    written = np.array([m.pattern == "glyphs" for m in scene.materials] or [False])[material]
    # What looks down is seen from below, where it would be read from behind.
    written &= meshes.normals[:, :, 2].mean(1) > -0.6
    whole = np.maximum(np.round(extent / cell), 1.0) * cell / extent
    if written.any():
        faces, back = np.unique(np.column_stack([material, np.round(extent, 3)])[written], axis=0, return_inverse=True)
        rows = np.array([lettering.face(int(row), max(w, 1e-3), max(h, 1e-3)) for row, w, h in faces.tolist()])
        rows = rows[back.reshape(-1)]
        whole[written] = rows[:, 1:] * cell[written] / extent[written]
        material = material.copy()
        material[written] = rows[:, 0].astype(material.dtype)
    uv = meshes.uv * np.where((fitted | written)[:, None], whole, 1.0)[:, None, :]
    # Parts of one body say and show different things: whole cells aside, the hash is another.
    varied = np.array([m.pattern in _VARIED for m in scene.materials] or [False])[meshes.material]
    varied &= written | fitted
    uv[varied, :, 0] += _ASIDE * (meshes.part[varied] % 16)[:, None] * cell[varied, :1]
    uv[mirrored] = uv[mirrored][:, ::-1]
    return uv, material


def _material_table(scene: Scene, lettering: Lettering) -> F32:
    """[Q, 39]: rgb 0-2, rgb2 3-5, cell width and height 6, 7, emission 8, gloss 9, pattern 10; first word, words, and
    width over height of their places 11-13; from OPENING the opening, see _opening."""
    table = np.zeros((max(len(scene.materials), 1), OPENING + 25), np.float32)
    for row, material in enumerate(scene.materials):
        if min(material.cell_m) <= 0.0:
            raise RenderError(
                f"scene {scene.id}, material {material.name}: cell_m {material.cell_m}, should be above 0"
            )
        values = (*material.rgb, *material.rgb2, *material.cell_m, material.emission, material.gloss)
        table[row, :11] = (*values, PATTERNS.index(material.pattern))
        if material.pattern in ("windows", "glass_grid"):
            table[row, OPENING:] = _opening(material)
    table = table[lettering.source]
    table[:, 11:OPENING] = np.stack([lettering.first, lettering.count, lettering.aspect], 1)
    return table


def _opening(material: Material) -> tuple[float, ...]:
    """Of the window in a cell, in shares of it: left, width, low, height 0-3, rim across and upward 4, 5, panes 6, 7
    and the bars between them 8, 9 in shares of a pane, frame 10-12, shutter's width and colour 13-16, height of the
    railing, colour and bars a cell 17-21, slab 22, springing line of a round head 23, shaded part of the glass 24."""
    wide, tall = material.cell_m
    if material.pattern == "glass_grid":
        return (0.03, 0.94, 0.30, 0.68, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0, *([0.0] * 11), 1.0, 0.0, 9.0, 0.1)
    pale = tuple(c + 0.35 * (1.0 - c) for c in material.rgb)
    one = material.opening or Opening(
        width=0.56 * wide, height=0.58 * tall, sill=0.2 * tall, frame=0.035 * wide, bar=0.028 * wide,
        frame_rgb=(pale[0], pale[1], pale[2]),
    )  # fmt: skip
    across, upward = min(one.width / wide, 1.0), min(one.height / tall, 1.0)
    rim = min(one.frame / wide, (1.0 - across) / 2), min(one.frame / tall, (1.0 - upward) / 2)
    low = min(one.sill / tall, 1.0 - upward)
    columns, rows = one.panes
    bars = (
        min(one.bar * columns / one.width, 0.5) if columns > 1 else 0.0,
        min(one.bar * rows / one.height, 0.5) if rows > 1 else 0.0,
    )
    leaf = min(one.shutter / wide, (1.0 - across) / 2)
    spring = upward - 0.5 * one.width / tall if one.arched else 9.0
    rail = one.rail / tall
    return (
        (1.0 - across) / 2, across, low, upward, *rim, columns, rows, *bars, *one.frame_rgb, leaf, *one.shutter_rgb,
        rail, *one.rail_rgb, max(1.0, round(wide / 0.24)), one.slab / tall, spring, min(0.14 / one.height, 0.5),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Parts:
    """P parts of all prototypes, one after the other, and the S solids that they are.

    solid, material: [P], which. number: [P], its place in its prototype. turn: [P, 3, 3]. at: [P, 3].
    points_in, triangles_in: [S], how many. two_sided: [S] uint8.
    """

    solids: Sequence[Solid]
    solid: NDArray[np.int64]
    material: NDArray[np.int64]
    number: NDArray[np.int64]
    turn: F64
    at: F64
    points_in: NDArray[np.int64]
    triangles_in: NDArray[np.int64]
    two_sided: NDArray[np.uint8]

    @classmethod
    def of(cls, scene: Scene, prototypes: Sequence[Sequence[Part]]) -> _Parts:
        """Those of a scene without any, too: arrays of no rows and the right shapes, and a solid that none is."""
        parts = [part for some in prototypes for part in some]
        kinds = [_kind(part, scene) for part in parts]
        known = solids(kinds or [("box", (1.0, 1.0, 1.0), False)])
        place = {kind: number for number, kind in enumerate(known)}
        made = list(known.values())
        return cls(
            solids=made,
            solid=np.array([place[kind] for kind in kinds], np.int64),
            material=np.array([part.material for part in parts], np.int64),
            number=np.array([k for some in prototypes for k in range(len(some))], np.int64),
            turn=np.array([turned(part.turn_deg) for part in parts], np.float64).reshape(-1, 3, 3),
            at=np.array([part.at for part in parts], np.float64).reshape(-1, 3),
            points_in=np.array([len(one.points) for one in made]),
            triangles_in=np.array([len(one.corners) for one in made]),
            two_sided=np.array([one.two_sided for one in made], np.uint8),
        )

    def gather(self, name: str, pick: NDArray[np.int64]) -> NDArray[Any]:
        """Rows of an array of the solids, of all of them end to end."""
        return np.concatenate([getattr(one, name) for one in self.solids])[pick]


def _parts(scene: Scene, row: int) -> tuple[Part, ...]:
    """The parts of a prototype. Raises RenderError where one can not be drawn."""
    prototype = scene.prototypes[row]
    where = f"scene {scene.id}, prototype {prototype.name}"
    if not prototype.parts:
        raise RenderError(f"{where}: has no parts")
    for part in prototype.parts:
        if not 0 <= part.material < len(scene.materials):
            raise RenderError(f"{where}: material {part.material} of {len(scene.materials)}")
        if min(part.size) < 0.0 or (part.shape != "quad" and min(part.size) == 0.0):
            raise RenderError(f"{where}: a {part.shape} has size {part.size}, should be above 0")
    return prototype.parts


def _kind(part: Part, scene: Scene) -> Kind:
    return part.shape, part.size if min(part.size) else (*part.size[:2], 1.0), is_lumpy(part, scene)


def is_lumpy(part: Part, scene: Scene) -> bool:
    """Round parts of foliage are dented, as a tree's crown is."""
    return part.shape in _ROUND and scene.materials[part.material].pattern == "foliage"


def _turned(vectors: F64, turns: F64, owner: NDArray[np.int64]) -> F64:
    """[N, K, 3]: row n turned by turns[owner[n]]. Most parts are not turned at all."""
    rows = np.flatnonzero((turns != np.eye(3)).any((1, 2))[owner])
    out = vectors.copy()
    out[rows] = vectors[rows] @ turns[owner[rows]].transpose(0, 2, 1)
    return out


def _length(vectors: F64) -> F64:
    return np.sqrt(np.einsum("...i,...i->...", vectors, vectors))


def _unit(vectors: F64) -> F64:
    return vectors / np.maximum(_length(vectors), 1e-300)[..., None]
