"""What of drawing depends on the size of the picture: the buffers, and the kernels run over them in order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from worldfactory.render._contact import ContactMap
from worldfactory.render._edges import smooth_edges
from worldfactory.render._footprint import WORK as PAINT_WORK
from worldfactory.render._lighting import light_surfaces
from worldfactory.render._occlusion import occlude, tap_table
from worldfactory.render._patterns import paint
from worldfactory.render._planes import BLOCK, LANES, PLANE
from worldfactory.render._planes import WORK as LIGHT_WORK
from worldfactory.render._sun import SunShadow, compose
from worldfactory.render._surfaces import ATTRIBUTES, find_surfaces
from worldfactory.render._tables import grain_table, noise_table, tone_table
from worldfactory.render._triangles import (
    NEAR_M,
    SHAPE_COLUMNS,
    SPAN_COLUMNS,
    draw_band,
    place_triangles,
    sort_into_bands,
)
from worldfactory.render._world import World

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
BAND_ROWS = 32


@dataclass(slots=True)
class Setting:
    """What every picture of a scene has in common.

    lamps: [L, 8] float32, see light_surfaces. lit_windows: share of facade windows with light in them. shadow is None
    where no sun shines, or none is asked for. probe: [TEXELS] int32, what surrounds the camera's path, see _probe.
    """

    world: World
    lamps: F32
    lit_windows: float
    shadow: SunShadow | None
    contact: ContactMap
    probe: NDArray[np.int32]


class Picture(NamedTuple):
    """rgb: [H, 3 W] uint8. depth: [H, W] uint16, bits of float16. bodies, normals: [H, W] uint16."""

    rgb: NDArray[np.uint8]
    depth: NDArray[np.uint16]
    bodies: NDArray[np.uint16]
    normals: NDArray[np.uint16]


class Triangles:
    """Room for the triangles of one picture; canvases of any size may share it."""

    def __init__(self, world: World) -> None:
        capacity = 2 * world.triangles + 4
        self.shapes = np.empty((capacity, SHAPE_COLUMNS), np.float64)
        self.spans = np.empty((capacity, SPAN_COLUMNS), np.int32)
        self.attributes = np.empty((capacity, ATTRIBUTES), np.float32)
        self.ready = np.zeros(capacity, np.uint8)
        self.vertices = np.empty((6, world.most_points), np.float32)
        self.facing = np.empty(world.most_triangles, np.int8)
        self.slot = np.empty(world.most_triangles, np.int32)
        self.poly = np.empty((4, 3), np.float64)


class Canvas:
    """Buffers for pictures of `width` x `height` pixels."""

    def __init__(self, setting: Setting, triangles: Triangles, width: int, height: int, antialias: bool) -> None:
        self._setting, self._triangles = setting, triangles
        self.width, self.height, self._antialias = width, height, antialias
        self._noise, self._grain, self._tones = noise_table(), grain_table(), tone_table()
        across = -(-width // LANES)
        self._inverse = np.zeros((height, across * LANES + 16), np.float32)
        self._ids = np.full((height, width), -1, np.int32)
        quarter = ((height + 1) // 2 + 1, (width + 1) // 2 + 16)
        self._open, self._rough, self._half = (np.ones(quarter, np.float32) for _ in range(3))
        self._taps = tap_table()
        self._blocks = np.ones((BAND_ROWS * across, BLOCK), np.float32)
        self._flags = np.zeros((BAND_ROWS * across, 7), np.int32)
        self._luma = np.zeros((height, width), np.uint8)
        self._runs = np.zeros((BAND_ROWS * width, 4), np.int32)
        self._work = np.empty(max(PAINT_WORK, LIGHT_WORK), np.float32)
        self._index, self._texels = np.empty(4 * PLANE, np.int32), np.empty(2 * PLANE, np.int32)
        self._marked = np.zeros((4, (width + 15) & -8), np.uint8)
        self._changes = np.zeros((width + 15) & -8, np.uint8)
        self._change_words = self._changes.view(np.uint64)
        self._kept = np.empty(9 * width, np.uint8)
        self._names, self._places = np.empty(5, np.int32), np.empty(5, np.int64)
        self._weights, self._far = np.empty(5, np.float32), np.empty(5, np.float32)

    def draw(self, pose: F64, camera: F32, placed: F64, air: F32, shown: NDArray[np.bool_] | None = None) -> Picture:
        """What a camera at `pose` [4, 4] with fx, fy, cx, cy = `camera` sees; `placed` [B, 4, 4] says where bodies are.

        air: see Renderer. shown: [B], which bodies are there at all; all if None.
        """
        setting, room = self._setting, self._triangles
        world, shadow = setting.world, setting.shadow
        width, height = self.width, self.height
        view: F64 = np.linalg.inv(pose).astype(np.float64)
        mv = compose(view[:3], placed)
        turn = np.ascontiguousarray(placed[:, :3, :3], np.float32)
        visible = self._visible(mv, camera)
        visible = visible if shown is None else visible[shown[visible]]
        count = place_triangles(
            visible, mv, world.mesh, world.first_point, world.point_count, world.first_triangle, world.triangle_count,
            world.points, world.corners, world.beside, world.two_sided, camera, width, height, np.float32(NEAR_M),
            room.vertices, room.facing, room.slot, room.poly, room.shapes, room.spans,
        )  # fmt: skip
        bands = -(-height // BAND_ROWS)
        start, items = sort_into_bands(room.spans, count, bands, BAND_ROWS)
        room.ready[:count] = 0
        pairs, sun_map = np.zeros(1, np.int32), np.zeros((3, 4), np.float32)
        if shadow is not None:
            pairs, sun_map = shadow.pairs.reshape(-1), shadow.matrix
        size = 0 if shadow is None else len(shadow.pairs)
        eye = np.concatenate([pose[:3, 3], pose[:3, :3].ravel(), camera]).astype(np.float32)
        # One allocation: NumPy asks for huge pages from 4 MB on, and small pages cost 2 ms a frame to fault in.
        size_px = height * width
        block = np.empty(9 * size_px, np.uint8)
        depth, bodies, normals = block[: 6 * size_px].view(np.uint16).reshape(3, height, width)
        rgb = block[6 * size_px :].reshape(height, 3 * width)
        across = -(-width // LANES)
        for band in range(bands):
            top = band * BAND_ROWS
            rows = min(BAND_ROWS, height - top)
            draw_band(
                items[start[band] : start[band + 1]], room.shapes, room.spans, top, rows, width,
                self._inverse[top : top + rows], self._ids,
            )  # fmt: skip
        occlude(
            self._inverse, width, height, camera[0], self._taps, self._work, self._index, self._half, self._rough,
            self._open,
        )  # fmt: skip
        for band in range(bands):
            top = band * BAND_ROWS
            rows = min(BAND_ROWS, height - top)
            inverse = self._inverse[top : top + rows]
            runs = find_surfaces(
                self._ids, top, rows, width, room.shapes, room.spans, room.ready, room.attributes, camera, mv, turn,
                world.corners, world.points, world.mesh, world.first_point, world.normals, world.uv, world.material,
                world.materials, world.tint, air[16:19], self._blocks, self._flags, self._runs, self._changes,
                self._change_words, bodies,
            )  # fmt: skip
            paint(
                self._runs, runs, self._blocks, inverse, top, across, LANES, room.attributes, room.spans,
                world.material, world.materials, world.seed, self._noise, self._grain,
                world.words, world.ink, np.float32(setting.lit_windows), self._work, self._index,
            )  # fmt: skip
            light_surfaces(
                self._blocks, self._flags, self._inverse, self._half, self._open, top, rows, width, eye, air, sun_map,
                pairs, size, setting.lamps, setting.contact.pairs, setting.contact.place, setting.probe, self._noise,
                self._tones, self._work, self._index, self._texels, rgb, self._luma, depth, normals,
            )  # fmt: skip
        if self._antialias:
            smooth_edges(
                self._ids, self._luma, room.attributes, room.ready, room.spans, self._marked, self._kept, self._names,
                self._places, self._weights, self._far, rgb,
            )  # fmt: skip
        return Picture(rgb, depth, bodies, normals)

    def _visible(self, mv: F32, camera: F32) -> NDArray[np.int32]:
        """Rows of the bodies whose sphere touches the view."""
        world = self._setting.world
        center = mv[:, :, 3].copy()
        for axis in range(3):
            center += mv[:, :, axis] * world.center[:, axis, None]
        fx, fy = float(camera[0]), float(camera[1])
        # Half a pixel of room on each side, and a little for rounding.
        slope_x, slope_y = (self.width + 1.0) / (2.0 * fx), (self.height + 1.0) / (2.0 * fy)
        radius = world.radius * 1.0001 + 1e-4
        inside = center[:, 2] + radius > NEAR_M
        for axis, slope in ((0, slope_x), (1, slope_y)):
            inside &= np.abs(center[:, axis]) - slope * center[:, 2] < radius * (1.0 + slope * slope) ** 0.5
        return np.flatnonzero(inside).astype(np.int32)
