"""Ground truth that follows from the scene alone, and lookups by body."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from worldfactory.errors import SceneError
from worldfactory.records import CLASS_IDS, Geometry, Scene
from worldfactory.truth._boxes import body_extents, tracked_bodies
from worldfactory.truth._inside import inside
from worldfactory.truth._kinematics import Kinematics


def geometry(scene: Scene, width: int, height: int) -> Geometry:
    """What ground truth of `scene` at `width` x `height` pixels is derived with.

    Raises SceneError for an unknown label, an instance row out of range, or more bodies than a uint16 map holds.
    """
    if len(scene.bodies) > 65534:
        raise SceneError(f"scene {scene.id}: {len(scene.bodies)} bodies, at most 65534 fit a body map")
    class_of_instance: list[int] = []
    for row, instance in enumerate(scene.instances):
        if instance.label not in CLASS_IDS:
            raise SceneError(f"scene {scene.id}, instance {row}: label {instance.label!r} is not in the taxonomy")
        class_of_instance.append(CLASS_IDS[instance.label])
    instance_of = np.zeros(len(scene.bodies) + 1, np.uint16)
    class_of = np.zeros(len(scene.bodies) + 1, np.uint8)
    for row, body in enumerate(scene.bodies):
        if not 0 <= body.instance < len(scene.instances):
            raise SceneError(f"scene {scene.id}, body {row}: instance {body.instance} of {len(scene.instances)}")
        instance_of[row + 1] = body.instance + 1
        class_of[row + 1] = class_of_instance[body.instance]
    kinematics = Kinematics(scene)
    numerator, denominator = scene.fps
    times = np.arange(scene.frames + 1, dtype=np.float64) * (denominator / numerator)
    transforms = kinematics.over(times)
    tracked = tracked_bodies(scene)
    focal = width / (2.0 * math.tan(math.radians(scene.camera.fov_deg) / 2.0))
    return Geometry(
        poses=scene.camera.poses,
        intrinsics=np.array([focal, focal, (width - 1) / 2.0, (height - 1) / 2.0], np.float32),
        keys=scene.camera.keys,
        mouse=scene.camera.mouse,
        instance_of=instance_of,
        class_of=class_of,
        moving=kinematics.moving,
        transforms=transforms,
        instances=tuple(
            {
                "label": instance.label,
                "asset": instance.asset,
                "decor": instance.decor,
                "city": scene.cell.city,
                "venue": scene.cell.venue,
            }
            for instance in scene.instances
        ),
        inside=inside(scene, kinematics, transforms),
        tracked=tracked,
        extents=body_extents(scene, tracked),
        at_rest=kinematics.static[tracked],
    )


def instances(geometry: Geometry, bodies: NDArray[np.uint16]) -> NDArray[np.uint16]:
    """Instance map of a body map of any shape: 0 sky, else row of `geometry.instances` + 1."""
    return geometry.instance_of[bodies]


def classes(geometry: Geometry, bodies: NDArray[np.uint16]) -> NDArray[np.uint8]:
    """Class map (ids of records.CLASSES) of a body map of any shape."""
    return geometry.class_of[bodies]
