"""What stands over the roofs: landmarks and hills."""

from __future__ import annotations

import math

from worldfactory.scene._site import Site
from worldfactory.scene._solids import HEAD_M, Solid, expand, extent, moved, solid
from worldfactory.scene._stage import Stage


def horizon(stage: Stage, site: Site, *, turn_deg: float = 0.0, nearer: float = 1.0) -> None:
    """Set the city's landmarks and hills round the site. `turn_deg` turns the bearings, `nearer` < 1 draws them in."""
    city = stage.cell.city
    for mark in city.landmarks:
        angle = math.radians(mark.bearing_deg + turn_deg)
        distance = mark.distance_m * nearer
        at = (distance * math.cos(angle), distance * math.sin(angle), mark.lift_m)
        stage.thing(
            mark.thing,
            at,
            mark.yaw_deg + mark.bearing_deg + turn_deg,
            scale=mark.scale,
            asset=f"landmark/{mark.thing}",
            label="landmark",
            blocks=False,
        )
        if distance < 160:
            # Near enough to walk up to: people go round its feet.
            yaw = mark.yaw_deg + mark.bearing_deg + turn_deg
            for part in moved(expand(stage.thing_spec(mark.thing).parts), (0.0, 0.0, 0.0), scale=mark.scale):
                box = extent([part], HEAD_M)
                if box is not None and part.shape != "arch":
                    stage.space.add(stage.block(box.grown(0.25), at, yaw))
    rng = stage.rng("hills")
    for hill in city.hills:
        angle = math.radians(hill.bearing_deg + turn_deg)
        x, y = hill.distance_m * math.cos(angle), hill.distance_m * math.sin(angle)
        w, h = hill.width_m, hill.height_m
        parts: list[Solid] = [
            solid("dome", (w * 0.55, w, h), (0, 0, -2), hill.paint),
            solid("dome", (w * 0.5, w * 0.62, h * 0.66), (w * 0.08, w * 0.42, -2), hill.paint),
            solid("dome", (w * 0.5, w * 0.7, h * 0.55), (-w * 0.06, -w * 0.46, -2), hill.paint),
        ]
        yaw = math.degrees(angle) + 180.0
        stage.solids("terrain", "terrain/hill", parts, (x, y, 0), yaw)
        houses: list[Solid] = []
        colours = ("#c98f5a", "#b5563c", "#d8c48a", "#7f9fb0", "#c4c0b4", "#a9b48a", "#d0a0a0")
        for _ in range(hill.houses):
            # On the near face of the dome, up to two thirds of its height.
            f, v = float(rng.uniform(-0.62, 0.62)), float(rng.uniform(0.04, 0.62))
            reach = math.sqrt(max(0.0, 1 - v * v - f * f))
            px, py, pz = reach * w * 0.275, f * w * 0.5, v * h - 2
            side = float(rng.uniform(4, 7.5))
            houses.append(solid("box", (side, side * 1.2, side), (px, py, pz - 2.5), str(rng.choice(colours))))
            houses.append(solid("box", (side + 0.4, side * 1.25, 0.5), (px, py, pz - 2.5 + side), "terracotta"))
            houses.append(
                solid(
                    "box",
                    (side + 0.1, side * 0.25, side * 0.3),
                    (px, py + side * 0.25, pz - 2.5 + side * 0.4),
                    "window-glass",
                )
            )
        if houses:
            stage.solids("building", "building/hillside", houses, (x, y, 0), yaw)
