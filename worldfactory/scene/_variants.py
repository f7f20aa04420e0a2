"""The same scene seen otherwise: by six cameras of one vehicle, or by a camera that does something else.

Both are made from a finished scene. Everything but the camera stays as it is, so what is seen agrees in time and space.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from worldfactory.errors import SceneError
from worldfactory.lineage import generator, record_id
from worldfactory.records import CameraPath, Scene
from worldfactory.scene._camera import F64, Start, Track, path, play, searched, steady, walk_actions
from worldfactory.scene._sight import Sight
from worldfactory.scene._view import INDOORS, OUTDOORS, room_share

_TRIES = 60
_ACTS_APART = 0.3
_APART = 0.4
"""So far, in metres and radians added, what one camera does must take it from what another does."""
_BUMPER_M = 0.95
"""Half the width of a car, and a little."""
_UNDERFOOT = frozenset({"sidewalk", "floor", "ground", "platform", "carpet", "grass", "sand", "road mark"})
"""What one may walk on, beside what the camera of the scene walks on itself."""


@dataclass(frozen=True, slots=True)
class Mount:
    """A camera on a vehicle. at: metres ahead of, left of and above the driver's view; yaw_deg to the left."""

    at: tuple[float, float, float]
    yaw_deg: float
    fov_deg: float = 76.0


RIG: Mapping[str, Mount] = {
    "front": Mount((0.5, 0.0, 0.15), 0.0),
    "left": Mount((0.2, 0.5, 0.15), 60.0),
    "right": Mount((0.2, -0.5, 0.15), -60.0),
    "rear-left": Mount((-0.5, 0.5, 0.15), 120.0),
    "rear-right": Mount((-0.5, -0.5, 0.15), -120.0),
    "rear": Mount((-0.9, 0.0, 0.15), 180.0),
}
"""Six cameras all round: one every 60 degrees, each seeing 16 degrees of what the next one sees."""


def rig(scene: Scene, mounts: Mapping[str, Mount] = RIG) -> dict[str, Scene]:
    """The scene from each camera of its vehicle, by name. `parents` = (prompt id, the scene's id).

    The keys and the mouse of all are the vehicle's; how each camera moves is in its poses. Raises SceneError for a
    scene whose camera does not drive.
    """
    if scene.camera.kind != "drive":
        raise SceneError(f"scene {scene.id}: a rig is on a vehicle; its camera is {scene.camera.kind!r}, not 'drive'")
    out: dict[str, Scene] = {}
    for name, mount in mounts.items():
        poses = (scene.camera.poses.astype(np.float64) @ _mounted(mount)).astype(np.float32)
        camera = CameraPath(
            kind="drive", poses=poses, fov_deg=mount.fov_deg, keys=scene.camera.keys, mouse=scene.camera.mouse
        )
        out[name] = _with_camera(scene, f"rig/{name}", camera)
    return out


def _mounted(mount: Mount) -> F64:
    """[4, 4]: mounted camera to the driver's; right, down, forward."""
    c, s = math.cos(math.radians(mount.yaw_deg)), math.sin(math.radians(mount.yaw_deg))
    ahead, left, up = mount.at
    return np.array([[c, 0.0, -s, -left], [0.0, 1.0, 0.0, -up], [s, 0.0, c, ahead], [0.0, 0.0, 0.0, 1.0]])


def counterfactuals(scene: Scene, count: int) -> tuple[Scene, ...]:
    """Scenes that share all with `scene`, the first pose too, but for what the camera does: other sampled actions.

    `parents` = (prompt id, the scene's id). The paths are as free as that of the scene: clear of all that stands and
    moves, on the ground that it is on. Where no sampled path is free, the camera looks about on the spot. Raises
    SceneError for a camera that can not choose: fixed, or bound to somebody or something.
    """
    draw = {"walk": _walk, "revisit": _walk, "drone": _fly, "drive": _steer}.get(scene.camera.kind)
    if draw is None:
        raise SceneError(
            f"scene {scene.id}: a {scene.camera.kind!r} camera has no actions to choose; "
            "it should be walk, revisit, drone or drive"
        )
    solids, ground = Sight.of(scene), Sight.of(scene, flat=True)
    fps = scene.fps[0] / scene.fps[1]
    forward = scene.camera.poses[0, :3, 2].astype(np.float64)
    x, y, z = scene.camera.poses[0, :3, 3].astype(np.float64).tolist()
    start = Start((x, y, z), math.atan2(forward[1], forward[0]), math.asin(float(np.clip(forward[2], -1, 1))))
    room = INDOORS if scene.light.interior else OUTDOORS
    seconds = (scene.frames + 1) / fps
    base = _base_speed(scene, fps)
    out: list[Scene] = []
    for number in range(1, count + 1):
        name = f"counterfactual/{number}"
        rng = generator(scene.id, name)

        def drawn(_: int, rng: np.random.Generator = rng) -> Track:
            return play(start, *draw(rng, scene.frames, fps, base), fps)

        def accept(track: Track, earlier: tuple[CameraPath, ...] = (scene.camera, *(o.camera for o in out))) -> float:
            if min(_apart(track, camera) for camera in earlier) < _APART:
                return -1.0
            if min(_acts_apart(track, camera) for camera in earlier) < _ACTS_APART:
                return -1.0
            return 1.0 if scene.camera.kind == "drone" or _grounded(scene, ground, track, seconds) else -1.0

        def inspect(track: Track) -> float:
            if scene.camera.kind == "drive" and _bumper_gap(solids, track, seconds) < _BUMPER_M:
                return 0.1
            return room_share(solids, track, scene.camera.fov_deg, seconds, room)

        track, worth = searched(_TRIES, drawn, accept, inspect)
        if worth < 0.2:  # nothing is as clear of solids as it must be
            track = play(start, *_look_about(rng, scene.frames, fps), fps)
        camera = path(scene.camera.kind, track, scene.camera.fov_deg)
        poses = camera.poses.copy()
        poses[0] = scene.camera.poses[0]
        out.append(_with_camera(scene, name, camera.model_copy(update={"poses": poses})))
    return tuple(out)


def _apart(track: Track, camera: CameraPath) -> float:
    """How far two paths come apart: metres and radians of yaw, added, where that is most."""
    other = camera.poses.astype(np.float64)
    turn = track.yaw - np.arctan2(other[:, 1, 2], other[:, 0, 2])
    turn = np.abs((turn + math.pi) % (2 * math.pi) - math.pi)
    return float((np.linalg.norm(track.places - other[:, :3, 3], axis=1) + turn).max())


def _acts_apart(track: Track, camera: CameraPath) -> float:
    """In what share of the frames other keys are down, or the mouse moves otherwise: a speed alone is no action."""
    differ = (track.keys != camera.keys).any(1) | (np.abs(track.mouse - camera.mouse).max(1) > 1e-4)
    return float(differ.mean())


Actions = tuple[NDArray[np.uint8], NDArray[np.float32], F64]


def _walk(rng: np.random.Generator, frames: int, fps: float, base_ms: float) -> Actions:
    return walk_actions(rng, frames, fps, float(rng.normal(0, 0.15)))


def _fly(rng: np.random.Generator, frames: int, fps: float, base_ms: float) -> Actions:
    pressed = (("forward",), ("forward", "jump"), ("left",), ("right",), ("back",), ())[int(rng.integers(6))]
    return steady(frames, pressed, float(rng.uniform(2.0, 6.0)), math.radians(float(rng.normal(0, 8))) / fps)


def _steer(rng: np.random.Generator, frames: int, fps: float, base_ms: float) -> Actions:
    """On, slower, faster, or to a stop; drifting within the lane or into the next and straight again."""
    ease = np.linspace(0.0, 1.0, frames)
    change = float(rng.choice([-1.0, -0.6, -0.3, 0.0, 0.15]))
    keys, mouse, speed = steady(frames, ("forward",), base_ms)
    speed = base_ms * np.clip(1.0 + change * 1.6 * ease, 0.0, 1.3)
    keys[speed <= 0.0] = 0
    swerve = math.radians(float(rng.normal(0.0, 3.5)))
    turn = swerve * np.sin(np.linspace(0.0, 2 * math.pi, frames + 1)) ** 2
    mouse[:, 0] = np.diff(turn * np.sign(np.sin(np.linspace(0.0, 2 * math.pi, frames + 1))))
    return keys, mouse, speed


def _look_about(rng: np.random.Generator, frames: int, fps: float) -> Actions:
    _, mouse, _ = walk_actions(rng, frames, fps, 0.0)
    keys, _, speed = steady(frames, (), 0.0)
    return keys, mouse, speed


def _base_speed(scene: Scene, fps: float) -> float:
    steps = np.linalg.norm(np.diff(scene.camera.poses[:, :3, 3].astype(np.float64), axis=0), axis=1)
    return float(np.median(steps)) * fps


def _grounded(scene: Scene, ground: Sight, track: Track, seconds: float) -> bool:
    """Whether the same kind of ground is underfoot all the way, at the same height."""
    rows = np.linspace(0, len(track.yaw) - 1, 9).round().astype(int)
    height, body = ground.below(track.places[rows], rows * (seconds / len(track.yaw)), 6.0)
    labels = [scene.instances[scene.bodies[row].instance].label if row >= 0 else "" for row in body]
    fine = {labels[0]} if scene.camera.kind == "drive" else {labels[0], *_UNDERFOOT}
    if scene.camera.kind == "drive":
        fine.add("road mark")
    return all(label in fine for label in labels) and bool((np.abs(height - height[0]) < 0.25).all())


def _bumper_gap(solids: Sight, track: Track, seconds: float) -> float:
    """Metres from the front of the vehicle to anything, at the height of a bumper."""
    rows = np.linspace(0, len(track.yaw) - 1, 9).round().astype(int)
    ahead = np.stack([np.cos(track.yaw[rows]), np.sin(track.yaw[rows]), np.zeros(len(rows))], 1)
    points = track.places[rows] + 2.0 * ahead - np.array([0.0, 0.0, 0.8])
    return float(solids.gaps(points, rows * (seconds / len(track.yaw)), 2.0).min())


def _with_camera(scene: Scene, name: str, camera: CameraPath) -> Scene:
    return scene.model_copy(
        update={
            "id": record_id("scene", (scene.id,), name, scene.index),
            "parents": (scene.parents[0], scene.id),
            "camera": camera,
        }
    )
