"""Measuring clips: process CPU time per 1280x704 frame, pixels and ground truth, drawing and decoding left out."""

from __future__ import annotations

import time
from pathlib import Path

FRAMES = 48


def run() -> dict[str, tuple[float, str]]:
    """Measure frames of a shipped scene, and decide on 1,000 clips of one cell."""
    import numpy as np

    from worldfactory import curate, prompt, scene, spec
    from worldfactory.lineage import generator
    from worldfactory.records import Cell, Measurement
    from worldfactory.render import RenderConfig, Renderer

    specs = spec.load(Path("specs"))
    cell = spec.resolve(specs, Cell.parse(specs.factory.demo.cells[0]))
    renderer = Renderer(scene.build(cell, prompt.prompt(cell, 0)), RenderConfig(width=1280, height=704))
    frames = [renderer.frame(index) for index in range(FRAMES)]
    curate.measure(frames[:1], renderer.geometry)  # compiles the flow
    began = time.process_time()
    curate.measure(frames, renderer.geometry)
    measured = time.process_time() - began
    began = time.process_time()
    curate.measure_rgb(frame.rgb for frame in frames)
    pixels = time.process_time() - began

    looks = generator("bench curate").standard_normal((1000, curate.EMBEDDING_SIZE)).astype(np.float32)
    looks /= np.linalg.norm(looks, axis=1, keepdims=True)
    rows = [
        Measurement(
            id=f"measurement-{i}", parents=(f"clip-{i}",), cell=cell.cell, clip=f"clip-{i}",
            scores={"motion_px": 1.0}, embedding=looks[i],
        )
        for i in range(len(looks))
    ]  # fmt: skip
    began = time.process_time()
    curate.decide(rows, specs.factory.thresholds)
    decided = time.process_time() - began
    prompt.prompt(cell, 0)  # reads the lemmas
    began = time.process_time()
    for index in range(1, 501):
        prompt.prompt(cell, index)
    prompted = time.process_time() - began
    return {
        "curate.measure_cpu_ms_per_frame": (1000 * measured / FRAMES, "cpu-ms"),
        "curate.measure_pixels_cpu_ms_per_frame": (1000 * pixels / FRAMES, "cpu-ms"),
        "curate.decide_cpu_us_per_clip": (1e6 * decided / len(rows), "cpu-us, 1,000 clips in the cell"),
        "prompt.cpu_us_per_prompt": (1e6 * prompted / 500, "cpu-us"),
    }
