"""The solids of records.Shape as triangles: positions, smooth normals, surface coordinates in metres."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from worldfactory.lineage import generator
from worldfactory.records import LOAF, LOAF_POWER, TAPER, Shape

F64 = NDArray[np.float64]
Corner = tuple[float, float, float]
Surface = Callable[[F64], tuple[F64, F64]]
"""Sizes [N, 3] -> metres around a curved surface [N], and metres along it of each column of its grid [N, *]."""
_SIDED = ("cylinder", "taper", "cone", "sphere", "dome", "ring", "arch")
"""Shapes of as many sides as their size asks for."""

RING_TUBE = 0.06
ARCH_HALF = 0.36
"""Half the width, and the height of the head, of an arch's opening; its jambs are ARCH_SPRING high."""
ARCH_SPRING = 0.5
LOAF_SIDES = 16
_CREASE = 0.75
"""Edges whose faces meet at a cosine below this are seen as edges."""


@dataclass(frozen=True, slots=True)
class Solid:
    """V vertices, T triangles, counter-clockwise from outside. All arrays are read-only.

    points: [V, 3] float64. corners: [T, 3] int32. normals: [T, 3, 3] float64, unit, at the corners.
    uv: [T, 3, 2] float64, metres along the surface. tangents: [T, 2, 3] float64, unit, the directions of u and v.
    extent: [T, 2] float64, metres that the face spans in u and v. two_sided: has no inside.
    beside: [T, 3] int32, the triangle across edge k (corner k to k + 1) if the surface goes on smoothly there, else -1.
    """

    points: F64
    corners: NDArray[np.int32]
    normals: F64
    uv: F64
    tangents: F64
    extent: F64
    beside: NDArray[np.int32]
    two_sided: bool


def segments_for(size: tuple[float, float, float]) -> int:
    """How many sides a round solid of this size gets: 8 to 32, a multiple of 4, by the square root of its radius."""
    radius = max(abs(extent) for extent in size) / 2.0
    return min(max(4 * round(1.3 + 2.2 * radius**0.5), 8), 32)


Kind = tuple[Shape, tuple[float, float, float], bool]
"""A shape, its size in metres, and whether it is dented as a tree's crown is, which is for round shapes."""


def solid(shape: Shape, size: tuple[float, float, float], lumpy: bool = False) -> Solid:
    """One solid in metres, its base at z = 0."""
    kind = (shape, size, lumpy)
    return solids([kind])[kind]


def solids(kinds: Iterable[Kind]) -> dict[Kind, Solid]:
    """The solids in metres, their bases at z = 0. A scene has thousands: those of one shape are made together."""
    groups: dict[tuple[Shape, int, bool], list[Kind]] = {}
    for kind in dict.fromkeys(kinds):
        shape, size, lumpy = kind
        sides = segments_for(size) if shape in _SIDED else 0
        groups.setdefault((shape, max(12, sides) if lumpy else sides, lumpy), []).append(kind)
    made: dict[Kind, Solid] = {}
    for (shape, sides, lumpy), same in groups.items():
        sizes = np.array([size for _, size, _ in same], np.float64)
        made.update(zip(same, _sized(_template(shape, sides), sizes, shape == "quad", lumpy), strict=True))
    return made


@dataclass(frozen=True, slots=True)
class _Template:
    """A shape in unit space: all that does not depend on the size. A scene has a thousand sizes of ten shapes.

    points: [V, 3]. corners: [T, 3]. polygon: [T], which flat face a triangle is of, -1 on curved ones. normals:
    [T, 3, 3], of curved triangles. around, along: [T, 3], where a curved corner lies: u as share of `widths`, and the
    row of the table `heights(size)` that says v in metres. neighbour: [T, 3], the triangle across an edge or -1.
    """

    points: F64
    corners: NDArray[np.int32]
    polygon: NDArray[np.int32]
    normals: F64
    around: F64
    along: NDArray[np.int32]
    neighbour: NDArray[np.int32]
    surface: Surface


@lru_cache(maxsize=256)
def _template(shape: Shape, sides: int) -> _Template:
    faces = _Faces()
    match shape:
        case "box":
            _box(faces)
        case "prism":
            _hull(faces, [[0, 1, 5, 4], [2, 3, 4, 5], [1, 2, 5], [3, 0, 4], [0, 3, 2, 1]], [(-0.5, 0, 1), (0.5, 0, 1)])
        case "wedge":
            _hull(
                faces, [[0, 1, 4, 5], [2, 3, 5, 4], [1, 2, 4], [3, 0, 5], [0, 3, 2, 1]], [(0.5, 0.5, 1), (-0.5, 0.5, 1)]
            )
        case "pyramid":
            _hull(faces, [[0, 1, 4], [1, 2, 4], [2, 3, 4], [3, 0, 4], [0, 3, 2, 1]], [(0, 0, 1)])
        case "quad":
            _hull(faces, [[0, 1, 2, 3]], [])
        case "cylinder":
            _revolve(faces, sides, [(0.5, 0.0), (0.5, 1.0)])
            _disc(faces, sides, 0.0)
            _disc(faces, sides, 1.0)
        case "taper":
            _revolve(faces, sides, [(0.5, 0.0), (0.5 * TAPER, 1.0)])
            _disc(faces, sides, 0.0)
            _disc(faces, sides, 1.0, TAPER)
        case "cone":
            _revolve(faces, sides, [(0.5, 0.0), (0.0, 1.0)])
            _disc(faces, sides, 0.0)
        case "sphere":
            turns = np.linspace(-np.pi / 2.0, np.pi / 2.0, sides // 2 + 1)
            _revolve(faces, sides, [(0.5 * float(np.cos(a)), 0.5 + 0.5 * float(np.sin(a))) for a in turns])
        case "dome":
            turns = np.linspace(0.0, np.pi / 2.0, sides // 4 + 2)
            _revolve(faces, sides, [(0.5 * float(np.cos(a)), float(np.sin(a))) for a in turns])
            _disc(faces, sides, 0.0)
        case "loaf":
            _loaf(faces)
        case "ring":
            _ring(faces, sides + 8)
        case "arch":
            _arch(faces, max(8, sides // 2))
    return faces.template()


class _Faces:
    """Collects triangles in unit space."""

    def __init__(self) -> None:
        self.triangles: list[F64] = []
        self.polygon: list[int] = []
        self.normals: list[F64] = []
        self.around: list[tuple[float, float, float]] = []
        self.along: list[tuple[int, int, int]] = []
        self.surface: Surface = _no_surface
        self._polygons = 0

    def flat(self, corners: list[Corner]) -> None:
        """A flat convex polygon, counter-clockwise from outside; u runs level, v upward (or x and y on level faces)."""
        points = np.array(corners, np.float64)
        for i in range(1, len(points) - 1):
            self.triangles.append(points[[0, i, i + 1]])
            self.polygon.append(self._polygons)
            self.normals.append(np.zeros((3, 3)))
            self.around.append((0.0, 0.0, 0.0))
            self.along.append((0, 0, 0))
        self._polygons += 1

    def strip(self, points: F64, normals: F64, around: F64, surface: Surface) -> None:
        """A curved grid [I, J, 3] and its normals; quads without area are left out. A shape has one strip at most.

        around: [I], u of each row as share; `surface` gives, for a size, u in metres per share and v in metres of each
        column.
        """
        self.surface = surface
        for i in range(points.shape[0] - 1):
            for j in range(points.shape[1] - 1):
                for pick in (((i, j), (i + 1, j), (i + 1, j + 1)), ((i, j), (i + 1, j + 1), (i, j + 1))):
                    rows, columns = [p[0] for p in pick], [p[1] for p in pick]
                    where = points[rows, columns]
                    if np.linalg.norm(np.cross(where[1] - where[0], where[2] - where[0])) < 1e-9:
                        continue
                    self.triangles.append(where)
                    self.polygon.append(-1)
                    self.normals.append(normals[rows, columns])
                    self.around.append((float(around[rows[0]]), float(around[rows[1]]), float(around[rows[2]])))
                    self.along.append((columns[0], columns[1], columns[2]))

    def template(self) -> _Template:
        triangles = np.stack(self.triangles)
        _, first, back = np.unique(
            np.round(triangles.reshape(-1, 3), 6), axis=0, return_index=True, return_inverse=True
        )
        corners = back.reshape(-1, 3).astype(np.int32)
        return _Template(
            points=triangles.reshape(-1, 3)[first],
            corners=corners,
            polygon=np.array(self.polygon, np.int32),
            normals=np.stack(self.normals),
            around=np.array(self.around, np.float64),
            along=np.array(self.along, np.int32),
            neighbour=_neighbours(corners),
            surface=self.surface,
        )


def _no_surface(sizes: F64) -> tuple[F64, F64]:
    """For shapes of flat faces alone."""
    return np.zeros(len(sizes)), np.zeros((len(sizes), 1))


def _sized(template: _Template, sizes: F64, two_sided: bool, lumpy: bool) -> list[Solid]:
    """The template in metres, once for each of `sizes` [N, 3]."""
    corners = template.corners
    points = template.points * sizes[:, None]
    triangles = points[:, corners]
    normals = template.normals / sizes[:, None, None]
    normals /= np.maximum(np.linalg.norm(normals, axis=-1, keepdims=True), 1e-300)
    per_share, heights = template.surface(sizes)
    uv = np.stack([template.around * per_share[:, None, None], heights[:, template.along]], 3)
    extent = np.repeat(np.ptp(uv.reshape(len(sizes), -1, 2), 1)[:, None], len(corners), 1)
    flat = template.polygon >= 0
    if flat.any():
        normals[:, flat], uv[:, flat], extent[:, flat] = _flat_faces(triangles[:, flat], template.polygon[flat])
    if lumpy:
        points, normals = _lumps(points, corners, normals, sizes)
    tangents, beside = _tangents(points[:, corners], uv), _beside(template.neighbour, normals)
    for array in (points, normals, uv, tangents, extent, beside):
        array.setflags(write=False)
    return [
        Solid(points[n], corners, normals[n], uv[n], tangents[n], extent[n], beside[n], two_sided=two_sided)
        for n in range(len(sizes))
    ]


def _flat_faces(triangles: F64, polygon: NDArray[np.int32]) -> tuple[F64, F64, F64]:
    """normals [N, T, 3, 3], uv [N, T, 3, 2] and extent [N, T, 2] of triangles in metres that make up flat polygons,

    of which `polygon` [T] numbers each one's, upward.
    """
    first = np.flatnonzero(np.diff(polygon, prepend=-1))
    edges = triangles[:, :, 1:] - triangles[:, :, :1]
    normal = np.add.reduceat(np.cross(edges[:, :, 0], edges[:, :, 1]), first, 1)
    normal /= np.maximum(np.linalg.norm(normal, axis=-1, keepdims=True), 1e-300)
    length = np.hypot(normal[..., 0], normal[..., 1])
    level = length < 1e-6
    along = np.stack([-normal[..., 1], normal[..., 0], np.zeros_like(length)], -1)
    along /= np.where(level, 1.0, length)[..., None]
    along[level] = (1.0, 0.0, 0.0)
    # A level face that looks down keeps x and y too, so that both sides of a slab agree.
    up = np.where(level[..., None], (0.0, 1.0, 0.0), np.cross(normal, along))
    uv = np.stack([np.einsum("ntkc,ntc->ntk", triangles, axis[:, polygon]) for axis in (along, up)], 3)
    low, high = np.minimum.reduceat(uv.min(2), first, 1), np.maximum.reduceat(uv.max(2), first, 1)
    return np.repeat(normal[:, polygon, None], 3, 2), uv - low[:, polygon, None], (high - low)[:, polygon]


def _box(faces: _Faces) -> None:
    _hull(
        faces,
        [[0, 1, 5, 4], [1, 2, 6, 5], [2, 3, 7, 6], [3, 0, 4, 7], [4, 5, 6, 7], [0, 3, 2, 1]],
        [(-0.5, -0.5, 1), (0.5, -0.5, 1), (0.5, 0.5, 1), (-0.5, 0.5, 1)],
    )


def _hull(faces: _Faces, polygons: list[list[int]], tops: list[Corner]) -> None:
    """Polygons over the four corners of the unit base and `tops`."""
    points: list[Corner] = [(-0.5, -0.5, 0.0), (0.5, -0.5, 0.0), (0.5, 0.5, 0.0), (-0.5, 0.5, 0.0), *tops]
    for polygon in polygons:
        faces.flat([points[i] for i in polygon])


def _revolve(faces: _Faces, sides: int, profile: list[tuple[float, float]]) -> None:
    """A profile of (radius, z), upward, turned about the z axis."""
    turn = np.linspace(0.0, 2.0 * np.pi, sides + 1)
    around = np.stack([np.cos(turn), np.sin(turn)], 1)
    around[-1] = around[0]
    radius, height = np.array(profile).T
    points = np.concatenate(
        [radius[None, :, None] * around[:, None], np.broadcast_to(height[None, :, None], (sides + 1, len(radius), 1))],
        2,
    )
    if len(profile) == 2:
        outward = np.array([height[1] - height[0], radius[0] - radius[1]])
        slope = np.tile(outward / np.linalg.norm(outward), (2, 1))
    else:
        # Of an ellipsoid of radii 1/2, 1/2 and (its height above or below the widest ring).
        middle = height[int(np.argmax(radius))]
        tall = float(height[-1] - middle)
        slope = np.stack([radius / 0.25, (height - middle) / tall**2], 1)
    normals = np.concatenate(
        [slope[None, :, :1] * around[:, None], np.broadcast_to(slope[None, :, 1:], (sides + 1, len(radius), 1))], 2
    )
    if radius[-1] == 0.0 and len(profile) == 2:
        # Each side of a cone has its own tip: the normal in the middle of the side.
        half = turn + np.pi / sides
        normals[:, 1, 0], normals[:, 1, 1] = slope[1, 0] * np.cos(half), slope[1, 0] * np.sin(half)

    def surface(sizes: F64) -> tuple[F64, F64]:
        mean = (sizes[:, 0] + sizes[:, 1]) / 2.0
        steps = np.hypot(np.diff(radius) * mean[:, None], np.diff(height) * sizes[:, 2:])
        return np.pi * mean, np.concatenate([np.zeros((len(sizes), 1)), np.cumsum(steps, 1)], 1)

    faces.strip(points, normals, turn / (2.0 * np.pi), surface)


def _disc(faces: _Faces, sides: int, height: float, wide: float = 1.0) -> None:
    turn = np.linspace(0.0, 2.0 * np.pi, sides, endpoint=False)
    rim: list[Corner] = [(0.5 * wide * float(np.cos(a)), 0.5 * wide * float(np.sin(a)), height) for a in turn]
    faces.flat(rim if height > 0.0 else rim[::-1])


def _loaf(faces: _Faces) -> None:
    """A superellipse of LOAF_SIDES sides over the profile LOAF, with a flat base and top."""
    turn = np.linspace(0.0, 2.0 * np.pi, LOAF_SIDES + 1)
    turn[-1] = 0.0
    c, s = np.cos(turn), np.sin(turn)
    power = 2.0 / LOAF_POWER
    outline = np.stack([np.sign(c) * np.abs(c) ** power, np.sign(s) * np.abs(s) ** power], 1)
    radius, height = np.array(LOAF).T
    shape = (LOAF_SIDES + 1, len(radius))
    level = np.broadcast_to(height[None, :, None], (*shape, 1))
    points = np.concatenate([radius[None, :, None] * outline[:, None], level], 2)
    # The gradient of (|x|^p + |y|^p)^(1/p) - r(z), with the mean slope of the two stretches that meet.
    slopes = np.diff(radius) / np.diff(height)
    slope = np.concatenate([slopes[:1], (slopes[:-1] + slopes[1:]) / 2.0, slopes[-1:]])
    across = np.sign(outline) * np.abs(outline) ** (LOAF_POWER - 1.0)
    rise = np.broadcast_to(-slope[None, :, None], (*shape, 1))
    normals = np.concatenate([np.broadcast_to(across[:, None], (*shape, 2)), rise], 2)
    steps = np.linalg.norm(np.diff(outline, axis=0), axis=1)
    around = np.concatenate([[0.0], np.cumsum(steps) / steps.sum()])

    def surface(sizes: F64) -> tuple[F64, F64]:
        mean = (sizes[:, 0] + sizes[:, 1]) / 2.0
        tall = np.hypot(np.diff(radius) * mean[:, None], np.diff(height) * sizes[:, 2:])
        return 0.5 * steps.sum() * mean, np.concatenate([np.zeros((len(sizes), 1)), np.cumsum(tall, 1)], 1)

    faces.strip(points, normals, around, surface)
    for row, upward in ((0, False), (-1, True)):
        rim: list[Corner] = [
            (float(radius[row] * x), float(radius[row] * y), float(height[row])) for x, y in outline[:-1]
        ]
        faces.flat(rim if upward else rim[::-1])


def _ring(faces: _Faces, sides: int) -> None:
    tube = 6
    around = np.linspace(0.0, 2.0 * np.pi, sides + 1)[:, None]
    about = np.linspace(0.0, 2.0 * np.pi, tube + 1)[None, :]
    around, about = np.broadcast_arrays(around, about)
    out = np.stack([np.cos(about) * np.cos(around), np.sin(about), np.cos(about) * np.sin(around)], 2)
    spine = np.stack([np.cos(around), np.zeros_like(around), np.sin(around)], 2)
    points = (0.5 - RING_TUBE) * spine + RING_TUBE * out + np.array([0.0, 0.0, 0.5])

    def surface(sizes: F64) -> tuple[F64, F64]:
        mean = (sizes[:, 0] + sizes[:, 2]) / 2.0
        return 0.5 * mean, about[0, ::-1] * (RING_TUBE * mean[:, None])

    faces.strip(points[:, ::-1], out[:, ::-1], around[:, 0], surface)


def _arch(faces: _Faces, steps: int) -> None:
    turn = np.linspace(np.pi, 0.0, steps + 1)
    arc = [(ARCH_HALF * float(np.cos(a)), ARCH_SPRING + ARCH_HALF * float(np.sin(a))) for a in turn]
    arc[0], arc[-1] = (-ARCH_HALF, ARCH_SPRING), (ARCH_HALF, ARCH_SPRING)
    inner = [(-ARCH_HALF, 0.0), *arc, (ARCH_HALF, 0.0)]

    def both(polygon: list[tuple[float, float]]) -> None:
        faces.flat([(x, -0.5, z) for x, z in polygon])
        faces.flat([(x, 0.5, z) for x, z in reversed(polygon)])

    both([(-0.5, 0.0), (-ARCH_HALF, 0.0), (-ARCH_HALF, ARCH_SPRING), (-ARCH_HALF, 1.0), (-0.5, 1.0)])
    both([(0.5, 1.0), (ARCH_HALF, 1.0), (ARCH_HALF, ARCH_SPRING), (ARCH_HALF, 0.0), (0.5, 0.0)])
    for (x0, z0), (x1, z1) in pairwise(arc):
        both([(x0, z0), (x1, z1), (x1, 1.0), (x0, 1.0)])
        faces.flat([(x0, -0.5, 1.0), (x1, -0.5, 1.0), (x1, 0.5, 1.0), (x0, 0.5, 1.0)])
    for (x0, z0), (x1, z1) in pairwise(inner):
        faces.flat([(x0, -0.5, z0), (x0, 0.5, z0), (x1, 0.5, z1), (x1, -0.5, z1)])
    for side in (-1.0, 1.0):
        x0, x1 = sorted((0.5 * side, ARCH_HALF * side))
        faces.flat([(x0, -0.5, 1.0), (x1, -0.5, 1.0), (x1, 0.5, 1.0), (x0, 0.5, 1.0)])
        faces.flat([(x0, -0.5, 0.0), (x0, 0.5, 0.0), (x1, 0.5, 0.0), (x1, -0.5, 0.0)])
    faces.flat([(0.5, -0.5, 0.0), (0.5, 0.5, 0.0), (0.5, 0.5, 1.0), (0.5, -0.5, 1.0)])
    faces.flat([(-0.5, 0.5, 0.0), (-0.5, -0.5, 0.0), (-0.5, -0.5, 1.0), (-0.5, 0.5, 1.0)])


def _lumps(points: F64, corners: NDArray[np.int32], normals: F64, sizes: F64) -> tuple[F64, F64]:
    """Dents every vertex toward the middle by up to a quarter, and shades the result smoothly."""
    rng = generator("lumps", f"{points.shape[1]}")
    middle = np.array([0.0, 0.0, 0.5]) * sizes[:, None]
    base = points[..., 2] > 1e-9 * sizes[:, 2:]
    dent = 1.0 - 0.26 * rng.random(points.shape[1]) * base
    dented = middle + (points - middle) * dent[..., None]
    edges = dented[:, corners[:, 1:]] - dented[:, corners[:, :1]]
    face = np.cross(edges[:, :, 0], edges[:, :, 1]).swapaxes(0, 1)
    total = np.zeros_like(dented.swapaxes(0, 1))
    for k in range(3):
        np.add.at(total, corners[:, k], face)
    total /= np.maximum(np.linalg.norm(total, axis=-1, keepdims=True), 1e-300)
    flat = normals[..., 2].max(-1) < -0.99
    return dented, np.where(flat[..., None, None], normals, total.swapaxes(0, 1)[:, corners])


def _tangents(triangles: F64, uv: F64) -> F64:
    """[N, T, 2, 3]: unit directions in which u and v grow."""
    edges = triangles[:, :, 1:] - triangles[:, :, :1]
    steps = uv[:, :, 1:] - uv[:, :, :1]
    (a, b), (c, d) = np.moveaxis(steps, (2, 3), (0, 1))
    determinant = a * d - b * c
    inverse = np.stack([d, -b, -c, a], -1).reshape(*a.shape, 2, 2)
    grown = inverse @ edges / np.where(np.abs(determinant) < 1e-300, 1.0, determinant)[..., None, None]
    return grown / np.maximum(np.linalg.norm(grown, axis=-1, keepdims=True), 1e-300)


def _neighbours(corners: NDArray[np.int32]) -> NDArray[np.int32]:
    """[T, 3]: the triangle across edge k, corner k to k + 1, or -1."""
    edges = {(int(c[k]), int(c[(k + 1) % 3])): (t, k) for t, c in enumerate(corners) for k in range(3)}
    out = np.full(corners.shape, -1, np.int32)
    for (a, b), (t, k) in edges.items():
        other = edges.get((b, a))
        if other is not None:
            out[t, k] = other[0]
    return out


def _beside(neighbour: NDArray[np.int32], normals: F64) -> NDArray[np.int32]:
    """[N, T, 3]: the neighbours that the surface goes on to without a crease."""
    mean = normals.mean(2)
    smooth = np.einsum("ntc,ntkc->ntk", mean, mean[:, neighbour]) > _CREASE
    return np.where((neighbour >= 0) & smooth, neighbour, -1).astype(np.int32)
