"""What every shipped place costs at full size: a frame with all ground truth, and setting its clip up."""

from __future__ import annotations

import resource
import sys
import time
from pathlib import Path
from statistics import median

FRAMES = 4


def run() -> dict[str, tuple[float, str]]:
    """Median CPU time of a 1280x704 frame, flow included, cell by cell; prints the table by venue and city."""
    from worldfactory import prompt, scene, spec, truth
    from worldfactory.render import RenderConfig, Renderer

    specs = spec.load(Path("specs"))
    drawn: dict[str, float] = {}
    built: list[float] = []
    setup: list[float] = []
    for number, cell in enumerate(spec.cells(specs)):
        resolved = spec.resolve(specs, cell)
        asked = prompt.prompt(resolved, number % 8)
        began = time.process_time()
        world = scene.build(resolved, asked)
        ready = time.process_time()
        renderer = Renderer(world, RenderConfig())
        setup.append(1000 * (time.process_time() - ready))
        built.append(1000 * (ready - began))
        middle = world.frames // 2
        before = renderer.frame(middle - 1)  # compiles on the first cell
        spent: list[float] = []
        for index in range(middle, middle + FRAMES):
            began = time.process_time()
            frame = renderer.frame(index)
            truth.flow(renderer.geometry, index - 1, before.depth, before.bodies, frame.depth, frame.bodies)
            spent.append(1000 * (time.process_time() - began))
            before = frame
        drawn[cell.key] = median(spent[1:] if number == 0 else spent)
    venues, cities = sorted(specs.venues), sorted(specs.cities)
    print("  cpu-ms a frame    " + " ".join(f"{venue[:14]:>14}" for venue in venues))
    for city in cities:
        print(f"  {city:<18}" + " ".join(f"{drawn[f'{venue}:{city}']:>14.1f}" for venue in venues))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 1024)
    return {
        "worlds.render_cpu_ms_per_frame.median": (median(drawn.values()), "cpu-ms"),
        "worlds.render_cpu_ms_per_frame.max": (max(drawn.values()), f"cpu-ms ({max(drawn, key=drawn.__getitem__)})"),
        "worlds.build_cpu_ms.median": (median(built), "cpu-ms"),
        "worlds.build_cpu_ms.max": (max(built), "cpu-ms"),
        "worlds.setup_cpu_ms.median": (median(setup), "cpu-ms"),
        "worlds.setup_cpu_ms.max": (max(setup), "cpu-ms"),
        "worlds.peak_memory_mb": (peak, "MB"),
    }
