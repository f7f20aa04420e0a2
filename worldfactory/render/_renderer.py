"""Draws a scene: colour and ground truth, any frame alone and in any order."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from worldfactory import truth
from worldfactory.errors import RenderError
from worldfactory.records import Frame, Geometry, Scene
from worldfactory.render._config import RenderConfig
from worldfactory.render._contact import ContactMap
from worldfactory.render._edges import smooth_edges
from worldfactory.render._lighting import light_surfaces
from worldfactory.render._patterns import WORK as PAINT_WORK
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
from worldfactory.render._world import compile_world

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
BAND_ROWS = 32
_FAINT = 0.012
"""Lamps are cut off where they add less than this to an exposed white surface."""


class Renderer:
    """One scene's meshes, shadow map and buffers. Drawing is single-threaded; a process draws one clip.

    Raises RenderError or SceneError if the scene can not be drawn.
    """

    def __init__(self, scene: Scene, config: RenderConfig | None = None) -> None:
        self.scene = scene
        self.config = config or RenderConfig()
        width, height = self.config.width, self.config.height
        if not np.isfinite(scene.camera.poses).all():
            raise RenderError(f"scene {scene.id}: camera poses are not all finite")
        self._world = compile_world(scene)
        self.geometry: Geometry = truth.geometry(scene, width, height)
        self._placed = truth.Kinematics(scene).static.astype(np.float64)
        self._noise, self._grain, self._tones = noise_table(), grain_table(), tone_table()
        self._lamps = _lamp_table(scene)
        light = scene.light
        self._sunny = not light.interior and max(light.sun_rgb) > 0.0 and light.sun_direction[2] > 0.0
        self._shadow = (
            SunShadow(scene, self._world, self._placed, self.geometry) if self._sunny and self.config.shadows else None
        )
        self._contact = ContactMap(scene, self._placed, self.geometry)
        capacity = 2 * self._world.triangles + 4
        self._shapes = np.empty((capacity, SHAPE_COLUMNS), np.float64)
        self._spans = np.empty((capacity, SPAN_COLUMNS), np.int32)
        self._attributes = np.empty((capacity, ATTRIBUTES), np.float32)
        self._ready = np.zeros(capacity, np.uint8)
        across = -(-width // LANES)
        self._inverse = np.zeros((BAND_ROWS, across * LANES + 16), np.float32)
        self._ids = np.full((height, width), -1, np.int32)
        self._blocks = np.ones((BAND_ROWS * across, BLOCK), np.float32)
        self._flags = np.zeros((BAND_ROWS * across, 7), np.int32)
        self._luma = np.zeros((height, width), np.uint8)
        self._runs = np.zeros((BAND_ROWS * width, 4), np.int32)
        self._vertices = np.empty((6, self._world.most_points), np.float32)
        self._facing = np.empty(self._world.most_triangles, np.int8)
        self._slot = np.empty(self._world.most_triangles, np.int32)
        self._poly = np.empty((4, 3), np.float64)
        self._work = np.empty(max(PAINT_WORK, LIGHT_WORK), np.float32)
        self._index, self._texels = np.empty(3 * PLANE, np.int32), np.empty(2 * PLANE, np.int32)
        self._marked = np.zeros((4, (width + 15) & -8), np.uint8)
        self._changes = np.zeros((width + 15) & -8, np.uint8)
        self._change_words = self._changes.view(np.uint64)
        self._kept = np.empty(9 * width, np.uint8)
        self._names, self._places = np.empty(5, np.int32), np.empty(5, np.int64)
        self._weights, self._far = np.empty(5, np.float32), np.empty(5, np.float32)

    @property
    def triangles(self) -> int:
        """Triangles of all bodies, each counted as often as it is drawn."""
        return self._world.triangles

    def frames(self) -> Iterator[Frame]:
        """The clip's frames in order."""
        for index in range(self.scene.frames):
            yield self.frame(index)

    def frame(self, index: int) -> Frame:
        """Frame `index` of 0 to N; frame N is the view that the last action leads to, and no part of the clip.

        Raises RenderError for an index out of range.
        """
        if not 0 <= index <= self.scene.frames:
            raise RenderError(f"scene {self.scene.id}: frame {index}, should be 0 to {self.scene.frames}")
        world, geometry = self._world, self.geometry
        height, width = self.config.height, self.config.width
        bodies_to_world = self._placed
        bodies_to_world[geometry.moving] = geometry.transforms[index]
        pose = geometry.poses[index].astype(np.float64)
        view = np.linalg.inv(pose)
        mv = compose(view[:3], bodies_to_world)
        turn = np.ascontiguousarray(bodies_to_world[:, :3, :3], np.float32)
        camera = geometry.intrinsics
        visible = self._visible(mv)
        count = place_triangles(
            visible, mv, world.mesh, world.first_point, world.point_count, world.first_triangle, world.triangle_count,
            world.points, world.corners, world.beside, world.two_sided, camera, width, height, np.float32(NEAR_M),
            self._vertices,
            self._facing, self._slot, self._poly, self._shapes, self._spans,
        )  # fmt: skip
        bands = -(-height // BAND_ROWS)
        start, items = sort_into_bands(self._spans, count, bands, BAND_ROWS)
        self._ready[:count] = 0
        shadow, sun_map, lift = (np.zeros(1, np.int32), np.zeros((3, 4), np.float32), 0.0)
        steps = 0.0 if self._shadow is None else self._shadow.steps_per_m
        if self._shadow is not None:
            self._shadow.move(bodies_to_world, pose[:3, 3])
            shadow, sun_map, lift = self._shadow.pairs.reshape(-1), self._shadow.matrix, self._shadow.texel_m
        self._contact.move(bodies_to_world, pose[:3, 3])
        numerator, denominator = self.scene.fps
        size = 0 if self._shadow is None else len(self._shadow.pairs)
        air = self._air(lift, steps, index * denominator / numerator)
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
                items[start[band] : start[band + 1]],
                self._shapes,
                self._spans,
                top,
                rows,
                width,
                self._inverse,
                self._ids,
            )
            runs = find_surfaces(
                self._ids, top, rows, width, self._shapes, self._spans, self._ready, self._attributes, camera, mv,
                turn, world.corners,
                world.points, world.mesh, world.first_point, world.normals, world.uv, world.material, world.materials,
                world.tint, air[16:19], self._blocks, self._flags, self._runs, self._changes,
                self._change_words, bodies,
            )  # fmt: skip
            paint(
                self._runs, runs, self._blocks, self._inverse, top, across, LANES, self._attributes, self._spans,
                world.material, world.materials, world.seed, self._noise, self._grain,
                np.float32(self.scene.light.lit_windows), self._work,
                self._index,
            )  # fmt: skip
            light_surfaces(
                self._blocks, self._flags, self._inverse, top, rows, width, eye, air, sun_map, shadow, size,
                self._lamps, self._contact.pairs, self._contact.place,
                self._noise, self._tones, self._work, self._index, self._texels, rgb, self._luma, depth, normals,
            )  # fmt: skip
        if self.config.antialias:
            smooth_edges(
                self._ids,
                bodies,
                depth,
                normals,
                self._luma,
                self._attributes,
                self._ready,
                self._spans,
                self._marked,
                self._kept,
                self._names,
                self._places,
                self._weights,
                self._far,
                rgb,
            )
        return Frame(
            index=index,
            rgb=rgb.reshape(height, width, 3),
            depth=depth.view(np.float16),
            bodies=bodies,
            normals=normals.view(np.uint8).reshape(height, width, 2),
        )

    def _visible(self, mv: F32) -> NDArray[np.int32]:
        """Rows of the bodies whose sphere touches the view."""
        world = self._world
        center = mv[:, :, 3].copy()
        for axis in range(3):
            center += mv[:, :, axis] * world.center[:, axis, None]
        fx, fy = float(self.geometry.intrinsics[0]), float(self.geometry.intrinsics[1])
        # Half a pixel of room on each side, and a little for rounding.
        slope_x, slope_y = (self.config.width + 1.0) / (2.0 * fx), (self.config.height + 1.0) / (2.0 * fy)
        radius = world.radius * 1.0001 + 1e-4
        inside = center[:, 2] + radius > NEAR_M
        for axis, slope in ((0, slope_x), (1, slope_y)):
            inside &= np.abs(center[:, axis]) - slope * center[:, 2] < radius * (1.0 + slope * slope) ** 0.5
        return np.flatnonzero(inside).astype(np.int32)

    def _air(self, lift: float, steps: float, time_s: float) -> F32:
        """[31] float32: sky 0-2, bounce 3-5, clouds, wetness, snow, seconds 6-9, fog 10-13, exposure 14, sun on 15,

        sun direction 16-18, sun 19-21, shadow texel in metres 22, zenith 23-25, horizon 26-28, interior 29, shadow
        depth steps per metre 30.
        """
        light = self.scene.light
        return np.array(
            [
                *light.sky_rgb, *light.bounce_rgb, light.clouds, light.wetness, light.snow, time_s, *light.fog_rgb,
                light.fog_per_m, light.exposure, float(self._sunny), *light.sun_direction, *light.sun_rgb, lift,
                *light.zenith_rgb, *light.horizon_rgb, float(light.interior), steps,
            ],
            np.float32,
        )  # fmt: skip


def _lamp_table(scene: Scene) -> F32:
    """[L, 8] float32, see light_surfaces."""
    table = np.zeros((len(scene.light.lamps), 8), np.float32)
    for row, lamp in enumerate(scene.light.lamps):
        rgb = np.array(lamp.rgb) * lamp.intensity
        strength = float(rgb.max()) * scene.light.exposure
        reach = lamp.radius_m * max(strength / _FAINT - 1.0, 0.0) ** 0.5
        table[row] = (*lamp.at, *rgb, 1.0 / lamp.radius_m**2, reach)
    return table
