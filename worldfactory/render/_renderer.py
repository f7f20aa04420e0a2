"""Draws a scene: colour and ground truth, any frame alone and in any order."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from worldfactory import truth
from worldfactory.errors import RenderError
from worldfactory.records import Frame, Geometry, Lamp, Scene
from worldfactory.render._canvas import Canvas, Picture, Setting, Triangles
from worldfactory.render._config import RenderConfig
from worldfactory.render._contact import ContactMap
from worldfactory.render._exposure import METER_PX, factors, luminance, metered_times
from worldfactory.render._probe import FACE_CAMERA, FACE_PX, TEXELS, around
from worldfactory.render._sun import SunShadow
from worldfactory.render._world import compile_world

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
_FAINT = 0.012
"""Lamps are cut off where they add less than this to an exposed white surface."""
_BESIDE_M, _SMALL_M = 0.7, 3.0
"""Small things nearer to the probe than this would fill what it sees, and are left out."""


class Renderer:
    """One scene's meshes, shadow map, surroundings and buffers. Drawing is single-threaded; a process draws one clip.

    Raises RenderError or SceneError if the scene can not be drawn.
    """

    def __init__(self, scene: Scene, config: RenderConfig | None = None) -> None:
        self.scene = scene
        self.config = config or RenderConfig()
        width, height = self.config.width, self.config.height
        if not np.isfinite(scene.camera.poses).all():
            raise RenderError(f"scene {scene.id}: camera poses are not all finite")
        world = compile_world(scene)
        self.geometry: Geometry = truth.geometry(scene, width, height)
        self._placed = truth.Kinematics(scene).static.astype(np.float64)
        light = scene.light
        self._sunny = max(light.sun_rgb) > 0.0 and light.sun_direction[2] > 0.0
        shadow = SunShadow(scene, world, self._placed, self.geometry) if self._sunny and self.config.shadows else None
        self._carried = [(row, lamp) for row, lamp in enumerate(light.lamps) if lamp.body >= 0]
        self._setting = Setting(
            world=world,
            lamps=_lamp_table(scene, self._placed),
            lit_windows=light.lit_windows,
            shadow=shadow,
            contact=ContactMap(scene, self._placed, self.geometry),
            probe=np.zeros(TEXELS, np.int32),
        )
        self._triangles = Triangles(world)
        self._canvas = Canvas(self._setting, self._triangles, width, height, self.config.antialias)
        self._probe_at: F64 = self.geometry.poses[scene.frames // 2, :3, 3].astype(np.float64)
        self._setting.probe = self._surroundings()
        self._factors: F64 = self._metered() if light.key > 0.0 else np.ones(scene.frames + 1)

    @property
    def triangles(self) -> int:
        """Triangles of all bodies, each counted as often as it is drawn."""
        return self._setting.world.triangles

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
        exposure = self.scene.light.exposure * float(self._factors[index])
        picture = self._draw(self._canvas, index, self.geometry.intrinsics, exposure)
        height, width = self.config.height, self.config.width
        return Frame(
            index=index,
            rgb=picture.rgb.reshape(height, width, 3),
            depth=picture.depth.view(np.float16),
            bodies=picture.bodies,
            normals=picture.normals.view(np.uint8).reshape(height, width, 2),
        )

    def _draw(self, canvas: Canvas, index: int, camera: F32, exposure: float) -> Picture:
        geometry, setting = self.geometry, self._setting
        self._placed[geometry.moving] = geometry.transforms[index]
        for row, lamp in self._carried:
            setting.lamps[row, :3] = _lamp_place(lamp, self._placed)
        pose = geometry.poses[index].astype(np.float64)
        if setting.shadow is not None:
            setting.shadow.move(self._placed, pose[:3, 3])
        setting.contact.move(self._placed, pose[:3, 3])
        numerator, denominator = self.scene.fps
        return canvas.draw(pose, camera, self._placed, self._air(index * denominator / numerator, exposure))

    def _metered(self) -> F64:
        """What each frame's exposure is multiplied by."""
        height = max(16, 2 * round(METER_PX * self.config.height / self.config.width / 2))
        canvas = Canvas(self._setting, self._triangles, METER_PX, height, antialias=False)
        scale = METER_PX / self.config.width
        camera = np.array([*self.geometry.intrinsics[:2] * scale, (METER_PX - 1) / 2, (height - 1) / 2], np.float32)
        light, times = self.scene.light, metered_times(self.scene.frames)
        seen = [luminance(self._draw(canvas, int(index), camera, light.exposure)) for index in times]
        return factors(times, seen, light.key, self.scene.frames)

    def _surroundings(self) -> NDArray[np.int32]:
        """The map of _probe: what stands still around the middle of the path."""
        world, at, exposure = self._setting.world, self._probe_at, self.scene.light.exposure
        shown = np.ones(len(self._placed), np.bool_)
        shown[self.geometry.moving] = False
        away = np.linalg.norm(self._placed[:, :3, 3] - at, axis=1) - world.radius
        shown &= (away > _BESIDE_M) | (world.radius > _SMALL_M)
        canvas = Canvas(self._setting, self._triangles, FACE_PX, FACE_PX, antialias=False)
        air = self._air(0.0, exposure)
        return around(lambda pose: canvas.draw(pose, FACE_CAMERA, self._placed, air, shown).rgb, at, exposure)

    def _air(self, time_s: float, exposure: float) -> F32:
        """[34] float32: sky 0-2, bounce 3-5, clouds, wetness, snow, seconds 6-9, fog 10-13, exposure 14, sun on 15,

        sun direction 16-18, sun 19-21, shadow texel in metres 22, zenith 23-25, horizon 26-28, interior 29, shadow
        depth steps per metre 30, where the probe stands 31-33.
        """
        light, shadow = self.scene.light, self._setting.shadow
        lift, steps = (0.0, 0.0) if shadow is None else (shadow.texel_m, shadow.steps_per_m)
        return np.array(
            [
                *light.sky_rgb, *light.bounce_rgb, light.clouds, light.wetness, light.snow, time_s, *light.fog_rgb,
                light.fog_per_m, exposure, float(self._sunny), *light.sun_direction, *light.sun_rgb, lift,
                *light.zenith_rgb, *light.horizon_rgb, float(light.interior), steps, *self._probe_at,
            ],
            np.float32,
        )  # fmt: skip


def _lamp_place(lamp: Lamp, placed: F64) -> F64:
    """[3], world metres."""
    return placed[lamp.body, :3, :3] @ np.array(lamp.at) + placed[lamp.body, :3, 3]


def _lamp_table(scene: Scene, placed: F64) -> F32:
    """[L, 8] float32, see light_surfaces."""
    table = np.zeros((len(scene.light.lamps), 8), np.float32)
    for row, lamp in enumerate(scene.light.lamps):
        rgb = np.array(lamp.rgb) * lamp.intensity
        strength = float(rgb.max()) * scene.light.exposure
        reach = lamp.radius_m * max(strength / _FAINT - 1.0, 0.0) ** 0.5
        at = lamp.at if lamp.body < 0 else _lamp_place(lamp, placed)
        table[row] = (*at, *rgb, 1.0 / lamp.radius_m**2, reach)
    return table
