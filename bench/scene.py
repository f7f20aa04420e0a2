"""Building scenes: process CPU time for each, over shipped cells with the prompts that they really get."""

from __future__ import annotations

import time
from pathlib import Path

PROMPTS = 3


def run() -> dict[str, tuple[float, str]]:
    """Build scenes of every venue in three cities and say what they cost and hold."""
    import numpy as np

    from worldfactory import prompt, scene, spec
    from worldfactory.records import Cell

    specs = spec.load(Path("specs"))
    cells = [spec.resolve(specs, Cell(venue=v, city=c)) for v in specs.venues for c in ("kyoto", "paris", "new-york")]
    scene.build(cells[0], prompt.prompt(cells[0], 99))  # reads the library
    cost: list[float] = []
    bodies: list[int] = []
    missing = 0
    for cell in cells:
        for index in range(PROMPTS):
            asked = prompt.prompt(cell, index)
            began = time.process_time()
            report = scene.build_report(cell, asked)
            cost.append(time.process_time() - began)
            bodies.append(len(report.scene.bodies))
            missing += any(drop.what.startswith(("happening/", "decor/")) for drop in report.dropped)
    return {
        "scene.build_cpu_ms": (1000 * float(np.median(cost)), "cpu-ms"),
        "scene.build_worst_cpu_ms": (1000 * max(cost), "cpu-ms"),
        "scene.bodies": (float(np.median(bodies)), "bodies"),
        "scene.prompts_not_wholly_in_view": (missing / len(cost), "share"),
    }
