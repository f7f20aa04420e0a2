"""Animals in their pens: each wanders on a round of its own, so that none meets another."""

from __future__ import annotations

import math

import numpy as np

from worldfactory.records import Motion
from worldfactory.scene._site import Pen, Site


def stock(site: Site, rng: np.random.Generator) -> None:
    """Put into every pen the animals that its plot keeps."""
    plots = {plot.name: plot for plot in site.stage.cell.venue.layout.plots}
    for pen in site.pens:
        for kind in plots[pen.name].animals:
            count = round(float(rng.uniform(kind.count.low, kind.count.high)))
            found = release(site, pen, kind.thing, count, rng)
            if len(found) < count:
                site.stage.drop(kind.thing, f"{pen.name}: {count - len(found)} of {count} found no room")


def animals_of(site: Site, pen: Pen, thing: str) -> list[int]:
    """Instances of a kind of animal that stand in a pen."""
    return [
        p.instance
        for p in site.stage.placed
        if p.name == thing and pen.x0 <= p.at[0] <= pen.x1 and pen.y0 <= p.at[1] <= pen.y1
    ]


def release(site: Site, pen: Pen, thing: str, count: int, rng: np.random.Generator) -> list[int]:
    """Up to `count` animals, each on a small round in a free part of the pen. Returns their instances."""
    stage = site.stage
    spec = stage.thing_spec(thing)
    box = stage.shape_of(spec)[1]
    size = max(box.x1, -box.x0, box.y1, -box.y0) + 0.08
    rows: list[int] = []
    for _ in range(count):
        for attempt in range(90):
            roam = max(0.25, min(2.6, (pen.x1 - pen.x0) / 5, (pen.y1 - pen.y0) / 5) * (1.0 - attempt / 100))
            if pen.x1 - pen.x0 < 2 * (roam + size) or pen.y1 - pen.y0 < 2 * (roam + size):
                continue
            x = float(rng.uniform(pen.x0 + size + roam, pen.x1 - size - roam))
            y = float(rng.uniform(pen.y0 + size + roam, pen.y1 - size - roam))
            begin, turn = float(rng.uniform(0, 2 * math.pi)), 1 if rng.random() < 0.5 else -1
            sides = 12
            squash = float(rng.uniform(0.6, 1.0))
            if float(stage.space.clearance(np.array([[x, y]]))[0]) < size:
                continue
            angles = begin + turn * 2 * math.pi * np.arange(sides) / sides
            ring = np.stack([x + roam * np.cos(angles), y + squash * roam * np.sin(angles)], 1)
            # The whole round must be free, for it goes on after the clip; others keep out of its disc.
            if float(stage.space.clearance(ring).min()) < size:
                continue
            still = np.tile(np.array([[x, y]]), (len(stage.traffic.times), 1))
            if not stage.traffic.free(still, roam + size):
                continue
            stage.traffic.add(still, roam + size)
            points = tuple((float(px - x), float(py - y), 0.0) for px, py in ring)
            speed = spec.speed_ms * float(rng.uniform(0.8, 1.2))
            motion = Motion(kind="path", points=points, closed=True, speed=speed)
            placed = stage.thing(
                thing,
                (x, y, pen.z),
                0.0,
                motions=(motion,),
                travel_ms=speed,
                phase=float(rng.uniform(0, 6.28)),
                blocks=False,
            )
            rows.append(placed.instance)
            break
        else:
            # Where none found room, the next would not either.
            break
    return rows
