"""What hangs on walls, what a shot tells of its place, and the sun that falls into a room."""

from __future__ import annotations

import numpy as np

from tests.scene.scene_helpers import built, specs
from worldfactory.records import Light
from worldfactory.scene._camera import Track
from worldfactory.scene._fill import Face
from worldfactory.scene._light import indoor, sun_direction
from worldfactory.scene._sight import Sight
from worldfactory.scene._telling import told

INDOORS = sorted(name for name, venue in specs().venues.items() if venue.setting == "indoor")


def test_things_hang_over_low_furniture_but_over_no_window() -> None:
    face = Face((0.0, 0.0), (6.0, 0.0), [(1.0, 3.0)], [(4.0, 5.5, 1.0)], {(1.0, 3.0): 0.9})
    assert face.over(1.2, 2.8, 1.2) and not face.over(1.2, 2.8, 0.5)
    assert not face.free(1.2, 2.8)
    assert face.blind(4.2, 5.0, 0.9) and not face.blind(4.2, 5.0, 1.5)
    assert not face.over(5.5, 6.2, 2.0)


def test_shots_show_what_venues_are_known_by_and_a_ceiling_shows_nothing() -> None:
    shares: list[float] = []
    for venue in INDOORS:
        made = built(venue, "rome", 3).scene
        own = {*specs().venues[venue].things, *specs().venues[venue].marks}
        known = np.array([made.instances[body.instance].asset in own for body in made.bodies])
        poses = made.camera.poses.astype(np.float64)
        ahead, frames = poses[:, :3, 2], len(poses) - 1
        yaw, pitch = np.arctan2(ahead[:, 1], ahead[:, 0]), np.arcsin(np.clip(ahead[:, 2], -1, 1))
        sight, seconds = Sight.of(made), frames * made.fps[1] / made.fps[0]
        shot = Track(made.camera.keys, made.camera.mouse, poses[:, :3, 3], yaw, pitch)
        shares.append(told(sight, known, known, shot, made.camera.fov_deg, seconds))
        up = Track(made.camera.keys, made.camera.mouse, poses[:, :3, 3], yaw, np.full(frames + 1, 1.55))
        assert told(sight, known, known, up, 10.0, seconds) < 0.5, venue
    assert np.median(shares) > 0.35 and sum(share > 0.05 for share in shares) >= len(shares) - 1


def test_the_sun_falls_in_on_clear_days_alone() -> None:
    def light(dark: float, weather: str) -> Light:
        return indoor(dark, weather, (), (1.0, 1.0, 1.0), sun_direction(48.0, 172, 9.0))  # pyright: ignore[reportArgumentType]

    assert max(light(0.0, "clear").sun_rgb) > 0.5
    assert max(light(0.0, "overcast").sun_rgb) == max(light(1.0, "clear").sun_rgb) == 0.0
    east, north, up = light(0.0, "clear").sun_direction
    assert east > 0.0 and up > 0.5 and abs(np.hypot(np.hypot(east, north), up) - 1.0) < 1e-9


def test_pupils_wear_what_pupils_wear_there() -> None:
    def tops(city: str) -> set[tuple[float, float, float]]:
        made = built("school", city, 3).scene
        rows = [b for b in made.bodies if b.parent < 0 and made.instances[b.instance].asset == "person/pupil"]
        paints = {part.material for b in rows for part in made.prototypes[b.prototype].parts}
        return {tuple(round(c, 2) for c in made.materials[row].rgb) for row in paints}  # pyright: ignore[reportReturnType]

    white, navy = (0.87, 0.87, 0.86), (0.01, 0.02, 0.05)
    assert specs().cities["kyoto"].inside.pupils[0] and not specs().cities["paris"].inside.pupils[0]
    assert tops("kyoto") & {white, navy}
