"""A scene as flat arrays: every body's mesh in its own space, scaled to metres, and the materials."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from worldfactory.errors import RenderError
from worldfactory.lineage import digest
from worldfactory.records import Part, Scene
from worldfactory.render._lettering import Lettering
from worldfactory.render._solids import Kind, Solid, solids
from worldfactory.truth import turned

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
I32 = NDArray[np.int32]

PATTERNS = (
    "plain", "mottled", "brick", "tiles", "planks", "windows", "glass_grid", "stripes", "checker",
    "paving", "asphalt", "grass", "water", "foliage", "corrugated", "glyphs", "screen", "painting", "patches",
)  # fmt: skip
"""Patterns by number, as the kernels know them."""
_FITTED = ("windows", "glass_grid", "screen", "painting")
"""Patterns of which a face shows a whole number of cells."""
_ASIDE = 8
"""Cells between the writing of one part and of the next; words are in fewer across, almost always."""
_ROUND = ("sphere", "dome", "cone")


@dataclass(frozen=True, slots=True)
class World:
    """B bodies, K different meshes (a prototype at one scale), V vertices, T triangles.

    points: [3, V] float32, metres, body space. corners, beside: [T, 3] int32, counted from the mesh's first vertex
    and first triangle. normals: [T, 9], uv: [T, 6] float32 at the corners. material: [T] int32. two_sided: [T] uint8.
    first_point, point_count, first_triangle, triangle_count: [K] int32. mesh: [B] int32.
    center: [B, 3], radius: [B] float32, of a sphere around the body, body space. low, high: [B, 3], its box.
    tint: [B, 3] float32. seed: [B] int32, what tells equal bodies apart in patterns. materials: [Q, 14] float32.
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
    distinct = dict.fromkeys((body.prototype, body.scale) for body in scene.bodies)
    keys = {key: number for number, key in enumerate(distinct)}
    used = sorted({prototype for prototype, _ in keys})
    known = solids(_kind(part, scene) for row in used for part in _parts(scene, row))
    meshes = [_Mesh.of(scene, row, known) for row in used] or [_Mesh.empty()]
    proto = np.array([used.index(prototype) for prototype, _ in keys], np.int64)
    scale = np.array([scale for _, scale in keys], np.float64).reshape(-1, 3)

    points, point_mesh, first_point, point_count = _spread([mesh.points for mesh in meshes], proto)
    points = points * scale[point_mesh]
    corners, mesh_of, first_triangle, triangle_count = _spread([mesh.corners for mesh in meshes], proto)
    beside = _spread([mesh.beside for mesh in meshes], proto)[0]
    normals = _spread([mesh.normals for mesh in meshes], proto)[0] / scale[mesh_of][:, None, :]
    normals /= np.maximum(np.linalg.norm(normals, axis=-1, keepdims=True), 1e-300)
    material = _spread([mesh.material for mesh in meshes], proto)[0]
    mirrored = np.prod(scale, axis=1)[mesh_of] < 0.0
    corners[mirrored] = corners[mirrored][:, ::-1]
    normals[mirrored] = normals[mirrored][:, ::-1]
    beside[mirrored] = beside[mirrored][:, [1, 0, 2]]

    stretch = np.linalg.norm(
        _spread([mesh.tangents for mesh in meshes], proto)[0] * scale[mesh_of][:, None, :], axis=-1
    )
    uv = _spread([mesh.uv for mesh in meshes], proto)[0] * stretch[:, None, :]
    extent = np.maximum(_spread([mesh.extent for mesh in meshes], proto)[0] * stretch, 1e-9)
    cell = np.array([m.cell_m for m in scene.materials] or [(1.0, 1.0)], np.float64)[material]
    fitted = np.array([m.pattern in _FITTED for m in scene.materials] or [False])[material]
    whole = np.maximum(np.round(extent / cell), 1.0) * cell / extent
    lettering = Lettering(scene.materials)
    written = np.array([m.pattern == "glyphs" for m in scene.materials] or [False])[material]
    # What looks down is seen from below, where it would be read from behind.
    written &= normals[:, :, 2].mean(1) > -0.6
    if written.any():
        fitted |= written
        faces, back = np.unique(np.column_stack([material, np.round(extent, 3)])[written], axis=0, return_inverse=True)
        rows = np.array([lettering.face(int(row), max(w, 1e-3), max(h, 1e-3)) for row, w, h in faces.tolist()])
        rows = rows[back.reshape(-1)]
        whole[written] = rows[:, 1:] * cell[written] / extent[written]
        material = material.copy()
        material[written] = rows[:, 0].astype(material.dtype)
    words, ink = lettering.tables()
    uv *= np.where(fitted[:, None], whole, 1.0)[:, None, :]
    if written.any():
        # Parts of one body say different things: whole cells aside, the hash is another.
        part = _spread([mesh.part for mesh in meshes], proto)[0]
        uv[written, :, 0] += _ASIDE * (part % 16)[written, None] * cell[written, :1]
    uv[mirrored] = uv[mirrored][:, ::-1]

    low = np.stack([points[a : a + n].min(0) for a, n in zip(first_point, point_count, strict=True)]) if keys else scale
    high = (
        np.stack([points[a : a + n].max(0) for a, n in zip(first_point, point_count, strict=True)]) if keys else scale
    )
    mesh = np.array([keys[body.prototype, body.scale] for body in scene.bodies], np.int32)
    center = (low + high) / 2.0
    seeds = [int(digest(f"{b.instance}/{b.prototype}".encode())[:6], 16) for b in scene.bodies]
    return World(
        points=np.ascontiguousarray(points.T, np.float32),
        corners=np.ascontiguousarray(corners, np.int32),
        beside=np.ascontiguousarray(beside, np.int32),
        normals=np.ascontiguousarray(normals.reshape(-1, 9), np.float32),
        uv=np.ascontiguousarray(uv.reshape(-1, 6), np.float32),
        material=np.ascontiguousarray(material, np.int32),
        two_sided=_spread([np.full(len(m.corners), 0, np.uint8) | m.two_sided for m in meshes], proto)[0],
        first_point=first_point,
        point_count=point_count,
        first_triangle=first_triangle,
        triangle_count=triangle_count,
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


def _material_table(scene: Scene, lettering: Lettering) -> F32:
    """[Q, 14]: rgb 0-2, rgb2 3-5, cell width and height 6, 7, emission 8, gloss 9, pattern 10; first word, words, and
    width over height of their places 11-13."""
    table = np.zeros((max(len(scene.materials), 1), 14), np.float32)
    for row, material in enumerate(scene.materials):
        if min(material.cell_m) <= 0.0:
            raise RenderError(
                f"scene {scene.id}, material {material.name}: cell_m {material.cell_m}, should be above 0"
            )
        values = (*material.rgb, *material.rgb2, *material.cell_m, material.emission, material.gloss)
        table[row, :11] = (*values, PATTERNS.index(material.pattern))
    table = table[lettering.source]
    table[:, 11:] = np.stack([lettering.first, lettering.count, lettering.aspect], 1)
    return table


@dataclass(frozen=True, slots=True)
class _Mesh:
    """The parts of one prototype as one mesh, in the prototype's space."""

    points: F64
    corners: NDArray[np.int64]
    normals: F64
    uv: F64
    tangents: F64
    extent: F64
    beside: NDArray[np.int64]
    material: NDArray[np.int64]
    part: NDArray[np.int64]
    two_sided: NDArray[np.uint8]

    @classmethod
    def empty(cls) -> _Mesh:
        """Nothing, of the right shapes: what a scene without bodies spreads."""
        none, rows = np.zeros((0, 3, 3)), np.zeros((0, 3), np.int64)
        return cls(
            none.reshape(0, 3),
            rows,
            none,
            none[:, :, :2],
            none[:, :2],
            none[:, 0, :2],
            rows,
            rows[:, 0],
            rows[:, 0],
            np.zeros(0, np.uint8),
        )

    @classmethod
    def of(cls, scene: Scene, row: int, known: Mapping[Kind, Solid]) -> _Mesh:
        solids = [(part, known[_kind(part, scene)]) for part in _parts(scene, row)]
        points0 = np.cumsum([0] + [len(s.points) for _, s in solids])
        faces0 = np.cumsum([0] + [len(s.corners) for _, s in solids])
        turns = [turned(part.turn_deg) for part, _ in solids]
        return cls(
            points=np.concatenate([s.points @ r.T + np.array(p.at) for (p, s), r in zip(solids, turns, strict=True)]),
            corners=np.concatenate([s.corners + int(a) for (_, s), a in zip(solids, points0, strict=False)]).astype(
                np.int64
            ),
            normals=np.concatenate([s.normals @ r.T for (_, s), r in zip(solids, turns, strict=True)]),
            uv=np.concatenate([s.uv for _, s in solids]),
            tangents=np.concatenate([s.tangents @ r.T for (_, s), r in zip(solids, turns, strict=True)]),
            extent=np.concatenate([s.extent for _, s in solids]),
            beside=np.concatenate(
                [np.where(s.beside >= 0, s.beside + int(a), -1) for (_, s), a in zip(solids, faces0, strict=False)]
            ).astype(np.int64),
            material=np.concatenate([np.full(len(s.corners), p.material, np.int64) for p, s in solids]),
            part=np.concatenate([np.full(len(s.corners), k, np.int64) for k, (_, s) in enumerate(solids)]),
            two_sided=np.concatenate([np.full(len(s.corners), s.two_sided, np.uint8) for _, s in solids]),
        )


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


def _spread(parts: Sequence[NDArray[Any]], rows: NDArray[np.int64]) -> tuple[NDArray[Any], NDArray[np.int64], I32, I32]:
    """parts[rows[0]], parts[rows[1]], ... end to end; for each element its place in `rows`; each one's first and
    count."""
    counts = np.array([len(part) for part in parts])
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    many = counts[rows]
    first = np.concatenate([[0], np.cumsum(many)[:-1]])
    owner = np.repeat(np.arange(len(rows)), many)
    pick = np.arange(int(many.sum())) - np.repeat(first - starts[rows], many)
    return np.concatenate(parts)[pick], owner, first.astype(np.int32), many.astype(np.int32)
