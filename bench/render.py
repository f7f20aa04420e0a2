"""Drawing: a street of 2,500 instances (about 110,000 triangles) at 1280x704, with ground truth, shadows and edges."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import median

import numpy as np

from worldfactory.lineage import generator
from worldfactory.records import Body, CameraPath, Cell, Instance, Lamp, Light, Material, Motion, Part, Prototype, Scene

INSTANCES = 2500
FRAMES = 121

_MATERIALS = (
    Material(name="asphalt", rgb=(0.16, 0.16, 0.17), rgb2=(0.10, 0.10, 0.11), pattern="asphalt"),
    Material(name="paving", rgb=(0.42, 0.40, 0.37), rgb2=(0.25, 0.24, 0.22), pattern="paving", cell_m=(0.6, 0.4)),
    Material(name="ochre", rgb=(0.66, 0.42, 0.2), rgb2=(0.10, 0.13, 0.17), pattern="windows", cell_m=(2.6, 3.2)),
    Material(name="rose", rgb=(0.62, 0.34, 0.26), rgb2=(0.10, 0.13, 0.17), pattern="windows", cell_m=(2.2, 3.4)),
    Material(name="brick", rgb=(0.46, 0.19, 0.12), rgb2=(0.45, 0.42, 0.38), pattern="brick", cell_m=(0.24, 0.08)),
    Material(name="tower", rgb=(0.3, 0.3, 0.32), rgb2=(0.14, 0.2, 0.26), pattern="glass_grid", cell_m=(1.5, 3.5)),
    Material(name="roof", rgb=(0.4, 0.16, 0.09), rgb2=(0.22, 0.09, 0.06), pattern="tiles", cell_m=(0.3, 0.35)),
    Material(name="leaves", rgb=(0.13, 0.3, 0.07), rgb2=(0.05, 0.13, 0.03), pattern="foliage"),
    Material(name="bark", rgb=(0.2, 0.14, 0.09), rgb2=(0.12, 0.08, 0.05), pattern="mottled"),
    Material(name="iron", rgb=(0.05, 0.05, 0.055), gloss=0.3),
    Material(name="glow", rgb=(1.0, 0.9, 0.7), emission=0.6),
    Material(name="wood", rgb=(0.35, 0.2, 0.1), rgb2=(0.15, 0.08, 0.04), pattern="planks", cell_m=(0.12, 2.0)),
    Material(name="skin", rgb=(0.5, 0.3, 0.22)),
    Material(name="cloth", rgb=(0.5, 0.5, 0.5)),
    Material(name="paint", rgb=(0.6, 0.6, 0.6), gloss=0.5),
    Material(name="pane", rgb=(0.05, 0.06, 0.07), gloss=0.9),
    Material(name="rubber", rgb=(0.03, 0.03, 0.03)),
    Material(name="sign", rgb=(0.7, 0.1, 0.1), rgb2=(0.95, 0.9, 0.8), pattern="glyphs", cell_m=(0.4, 0.5)),
    Material(name="awning", rgb=(0.7, 0.12, 0.1), rgb2=(0.85, 0.82, 0.75), pattern="stripes", cell_m=(0.5, 0.5)),
)
_NAMED = {material.name: row for row, material in enumerate(_MATERIALS)}


def _part(
    shape: str, size: tuple[float, float, float], at: tuple[float, float, float], name: str, **more: object
) -> Part:
    return Part.model_validate({"shape": shape, "size": size, "at": at, "material": _NAMED[name], **more})


_PROTOTYPES = (
    Prototype(name="road", parts=(_part("quad", (14.0, 400.0, 0.0), (0, 0, 0), "asphalt"),)),
    Prototype(name="walk", parts=(_part("box", (5.0, 400.0, 0.15), (0, 0, 0), "paving"),)),
    *(
        Prototype(
            name=f"house-{wall}",
            parts=(
                _part("box", (12.0, 11.6, 1.0), (0, 0, 0), "brick"),
                _part("box", (11.9, 11.5, 12.8), (0, 0, 1.0), wall),
                _part("box", (12.3, 11.9, 0.3), (0, 0, 13.8), "paving"),
                _part("prism", (12.3, 11.9, 3.2), (0, 0, 14.1), "roof"),
                *(_part("box", (0.5, 1.3, 0.12), (s * 6.1, -4.0 + 2.6 * k, 2.6 + 3.2 * f), "paving")
                  for f in range(3) for k in (0, 3) for s in (-1, 1)),
            ),
        )
        for wall in ("ochre", "rose", "brick")
    ),
    Prototype(name="tower", parts=(_part("box", (14.0, 14.0, 42.0), (0, 0, 0), "tower"),)),
    Prototype(
        name="tree",
        parts=(
            _part("cylinder", (0.3, 0.3, 2.6), (0, 0, 0), "bark"),
            _part("sphere", (3.2, 3.2, 2.8), (0, 0, 2.2), "leaves"),
        ),
    ),
    Prototype(
        name="fir",
        parts=(
            _part("cylinder", (0.3, 0.3, 1.2), (0, 0, 0), "bark"),
            _part("cone", (2.8, 2.8, 4.6), (0, 0, 1.0), "leaves"),
        ),
    ),
    Prototype(
        name="lamp",
        parts=(
            _part("cylinder", (0.12, 0.12, 4.2), (0, 0, 0), "iron"),
            _part("cone", (0.4, 0.4, 0.3), (0, 0, 4.6), "iron"),
            _part("sphere", (0.35, 0.35, 0.4), (0, 0, 4.2), "glow"),
        ),
    ),
    Prototype(
        name="bench",
        parts=(
            _part("box", (0.5, 1.8, 0.06), (0, 0, 0.42), "wood"),
            _part("box", (0.06, 1.8, 0.4), (0.25, 0, 0.5), "wood"),
            _part("box", (0.45, 0.08, 0.42), (0, 0.8, 0), "iron"),
            _part("box", (0.45, 0.08, 0.42), (0, -0.8, 0), "iron"),
        ),
    ),
    Prototype(name="bin", parts=(_part("box", (0.5, 0.5, 0.9), (0, 0, 0), "iron"),)),
    Prototype(name="sign", parts=(_part("box", (0.12, 2.4, 0.6), (0, 0, 0), "sign"),)),
    Prototype(name="awning", parts=(_part("wedge", (2.6, 1.4, 0.7), (0, 0, 0), "awning"),)),
    Prototype(name="bollard", parts=(_part("cylinder", (0.16, 0.16, 0.9), (0, 0, 0), "iron"),)),
    Prototype(
        name="car",
        parts=(
            _part("box", (4.2, 1.75, 0.65), (0, 0, 0.3), "paint"),
            _part("box", (2.2, 1.6, 0.5), (-0.2, 0, 0.95), "pane"),
            _part("box", (1.9, 1.62, 0.08), (-0.2, 0, 1.43), "paint"),
            *(_part("cylinder", (0.62, 0.62, 0.2), (x, y, 0.31), "rubber", turn_deg=(90.0, 0.0, 0.0))
              for x in (-1.3, 1.3) for y in (-0.68, 0.88)),
        ),
    ),
    Prototype(
        name="torso",
        parts=(
            _part("cylinder", (0.3, 0.42, 0.62), (0, 0, 0.82), "cloth"),
            _part("sphere", (0.22, 0.2, 0.26), (0, 0, 1.48), "skin"),
        ),
    ),
    Prototype(name="limb", parts=(_part("box", (0.14, 0.14, 0.82), (0, 0, -0.82), "cloth"),)),
    Prototype(name="crate", parts=(_part("box", (0.6, 0.6, 0.5), (0, 0, 0), "wood"),)),
)  # fmt: skip
_PROTO = {prototype.name: row for row, prototype in enumerate(_PROTOTYPES)}


class _Street:
    def __init__(self) -> None:
        self.instances: list[Instance] = []
        self.bodies: list[Body] = []

    def put(self, label: str, name: str, at: tuple[float, float, float], **more: object) -> int:
        self.instances.append(Instance(label=label, asset=f"bench/{name}"))
        return self._body(name, at, **more)

    def _body(self, name: str, at: tuple[float, float, float], **more: object) -> int:
        body = {"prototype": _PROTO[name], "instance": len(self.instances) - 1, "at": at, **more}
        self.bodies.append(Body.model_validate(body))
        return len(self.bodies) - 1

    def person(
        self, at: tuple[float, float, float], along: float, tint: tuple[float, float, float], phase: float
    ) -> None:
        path = Motion(kind="path", points=((0, 0, 0), (0, along, 0)), speed=1.3, offset=phase)
        torso = self.put("person", "torso", at, tint=tint, motions=(path,))
        for side, sign in ((0.1, 1.0), (-0.1, -1.0)):
            for z, width in ((0.82, 1.0), (1.4, 2.4)):
                swing = Motion(
                    kind="swing",
                    axis=(0, 1, 0),
                    amplitude=0.5 * sign * (1 if z < 1 else -1),
                    frequency_hz=0.9,
                    offset=phase,
                )
                self._body("limb", (0, side * width, z), parent=torso, motions=(swing,), tint=tint)


def scene(frames: int = FRAMES, night: bool = False, wet: bool = False) -> Scene:
    """The street: houses, trees, lamps, furniture, cars that drive and people that walk, seen from a walk along it."""
    rng = generator("bench/street")
    street = _Street()
    street.put("road", "road", (0, 0, 0))
    street.put("sidewalk", "walk", (9.5, 0, 0))
    street.put("sidewalk", "walk", (-9.5, 0, 0))

    def tint(low: float = 0.6) -> tuple[float, float, float]:
        return tuple(float(v) for v in rng.uniform(low, 1.1, 3))  # type: ignore[return-value]

    for side in (-1, 1):
        for k in range(33):
            y = -190.0 + 12.0 * k
            name = (
                ("house-ochre", "house-rose", "house-brick")[int(rng.integers(3))] if rng.random() > 0.06 else "tower"
            )
            street.put(
                "building", name, (side * 18.2, y, 0.0), tint=tint(0.8), scale=(1, 1, float(rng.uniform(0.8, 1.3)))
            )
        for k in range(62):
            y = -185.0 + 6.0 * k
            street.put(
                "tree",
                "fir" if k % 3 == 2 else "tree",
                (side * 7.8, y, 0.15),
                yaw_deg=float(rng.uniform(0, 360)),
                scale=(1.0, 1.0, float(rng.uniform(0.8, 1.3))),
            )
            street.put("lamp", "lamp", (side * 7.4, y + 3.0, 0.15))
            street.put("bench", "bench", (side * 10.6, y + 1.5, 0.15), yaw_deg=0.0 if side > 0 else 180.0)
            street.put("bin", "bin", (side * 10.5, y + 4.0, 0.15))
            street.put("sign", "sign", (side * 12.0, y, 3.3))
            street.put("stall", "awning", (side * 11.6, y + 2.0, 2.6), yaw_deg=90.0 * side)
            street.put("pole", "bollard", (side * 7.1, y + 1.0, 0.15))
        for k in range(30):
            street.put("car", "car", (side * 5.9, -180.0 + 12.0 * k, 0.0), yaw_deg=90.0, tint=tint(0.1))
        for k in range(10):
            drive = Motion(
                kind="path", points=((0, 0, 0), (0, side * 150.0, 0)), speed=9.0, offset=float(rng.uniform(0, 60))
            )
            street.put("car", "car", (side * 2.2, -side * 110.0 + 8.0 * k, 0.0), motions=(drive,), tint=tint(0.1))
    for _ in range(110):
        at = (float(rng.choice([-1.0, 1.0]) * rng.uniform(8.4, 11.4)), float(rng.uniform(-90, 90)), 0.15)
        street.person(at, float(rng.choice([-1.0, 1.0]) * 40.0), tint(0.1), float(rng.uniform(0, 40)))
    while len(street.instances) < INSTANCES:
        side = float(rng.choice([-1.0, 1.0]))
        at = (side * float(rng.uniform(8.2, 12.0)), float(rng.uniform(-185, 185)), 0.15)
        name = "bollard" if rng.random() < 0.1 else "crate"
        street.put("decoration", name, at, yaw_deg=float(rng.uniform(0, 360)))

    poses = np.tile(np.eye(4), (frames + 1, 1, 1))
    for i in range(frames + 1):
        t = i / 24.0
        yaw = np.radians(92.0 + 6.0 * np.sin(0.7 * t))
        ahead = np.array([np.cos(yaw) * 0.998, np.sin(yaw) * 0.998, 0.05])
        right = np.array([np.sin(yaw), -np.cos(yaw), 0.0])
        poses[i, :3, :3] = np.stack([right, np.cross(ahead, right), ahead], 1)
        poses[i, :3, 3] = (4.0, -60.0 + 1.4 * t, 1.7 + 0.03 * np.sin(11.0 * t))
    lamps = tuple(
        Lamp(at=(b.at[0], b.at[1], 4.55), rgb=(1.0, 0.75, 0.45), intensity=1.1, radius_m=2.2)
        for b in street.bodies
        if night and b.prototype == _PROTO["lamp"]
    )
    light = Light(
        sun_direction=(0.42, -0.56, 0.714), sun_rgb=(0.04, 0.05, 0.08) if night else (0.95, 0.86, 0.72),
        sky_rgb=(0.02, 0.025, 0.045) if night else (0.30, 0.38, 0.50),
        bounce_rgb=(0.012, 0.011, 0.010) if night else (0.17, 0.15, 0.12),
        zenith_rgb=(0.004, 0.006, 0.016) if night else (0.11, 0.25, 0.60),
        horizon_rgb=(0.03, 0.03, 0.04) if night else (0.62, 0.74, 0.88),
        fog_rgb=(0.03, 0.03, 0.04) if night else (0.62, 0.72, 0.84),
        fog_per_m=0.0012, clouds=0.4, lit_windows=0.4 if night else 0.0, exposure=2.2 if night else 1.0, lamps=lamps,
        wetness=0.9 if wet else 0.0,
    )  # fmt: skip
    return Scene(
        id="scene-bench",
        parents=(),
        cell=Cell(venue="street", city="bench"),
        index=0,
        weather="rain" if wet else "clear",
        fps=(24, 1),
        materials=_MATERIALS,
        prototypes=_PROTOTYPES,
        instances=tuple(street.instances),
        bodies=tuple(street.bodies),
        camera=CameraPath(
            kind="walk",
            poses=poses,
            fov_deg=70.0,
            keys=np.zeros((frames, 8), np.uint8),
            mouse=np.zeros((frames, 2), np.float32),
        ),
        light=light,
    )


def run() -> dict[str, tuple[float, str]]:
    """Medians of process CPU time, single-threaded. A frame holds everything, flow too; its parts come beside."""
    from worldfactory import truth
    from worldfactory.render import Renderer

    street = scene()
    Renderer(street).frame(0)  # from here on everything is compiled
    setup = _cpu_ms(lambda: Renderer(street), 5)
    renderer = Renderer(street)
    a, b = renderer.frame(0), renderer.frame(1)
    truth.flow(renderer.geometry, 0, a.depth, a.bodies, b.depth, b.bodies)
    whole: list[float] = []
    flows: list[float] = []
    frame = renderer.frame(0)
    for index in range(1, 97):
        began = time.process_time()
        after = renderer.frame(index)
        drawn = time.process_time()
        truth.flow(renderer.geometry, index - 1, frame.depth, frame.bodies, after.depth, after.bodies)
        ended = time.process_time()
        whole.append(1e3 * (ended - began))
        flows.append(1e3 * (ended - drawn))
        frame = after
    with _timed_kernels() as parts:
        for index in range(0, 96, 4):
            for took in parts.values():
                took.append(0.0)
            renderer.frame(index)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 1024)
    return {
        "render.cpu_ms_per_frame": (median(whole), "cpu-ms"),
        "render.flow_cpu_ms": (median(flows), "cpu-ms"),
        **{f"render.{name}_cpu_ms": (median(took), "cpu-ms") for name, took in parts.items()},
        "render.setup_cpu_ms": (setup, "cpu-ms"),
        "render.compile_s": (_cold_compile_s(), "cpu-s"),
        "render.peak_memory_mb": (peak, "MB"),
        "render.instances": (float(len(street.instances)), "instances"),
    }


def _cpu_ms(action: Callable[[], object], times: int) -> float:
    took: list[float] = []
    for _ in range(times):
        began = time.process_time()
        action()
        took.append(1e3 * (time.process_time() - began))
    return median(took)


_STAGES = {
    "triangles": ("place_triangles", "sort_into_bands"),
    "raster": ("draw_band",),
    "occlusion": ("occlude",),
    "surfaces": ("find_surfaces", "paint"),
    "light": ("light_surfaces",),
    "edges": ("smooth_edges",),
}


@contextmanager
def _timed_kernels() -> Iterator[dict[str, list[float]]]:
    """Adds up the time spent in the renderer's kernels, stage by stage, in the last entry of each list."""
    from worldfactory.render import _canvas

    parts: dict[str, list[float]] = {stage: [] for stage in _STAGES}
    kernels = {name: getattr(_canvas, name) for names in _STAGES.values() for name in names}

    def timed(kernel: Callable[..., object], took: list[float]) -> Callable[..., object]:
        def call(*arguments: object) -> object:
            began = time.process_time()
            result = kernel(*arguments)
            took[-1] += 1e3 * (time.process_time() - began)
            return result

        return call

    try:
        for stage, names in _STAGES.items():
            for name in names:
                setattr(_canvas, name, timed(kernels[name], parts[stage]))
        yield parts
    finally:
        for name, kernel in kernels.items():
            setattr(_canvas, name, kernel)


def _cold_compile_s() -> float:
    """CPU seconds that a first frame and its flow take in a new process with an empty cache, less a warm one's."""
    code = (
        "import time\nfrom bench.render import scene\nfrom worldfactory import truth\n"
        "from worldfactory.render import RenderConfig, Renderer\nstreet = scene(2)\nbegan = time.process_time()\n"
        "r = Renderer(street, RenderConfig(width=64, height=64))\na, b = r.frame(0), r.frame(1)\n"
        "truth.flow(r.geometry, 0, a.depth, a.bodies, b.depth, b.bodies)\nprint(time.process_time() - began)"
    )
    with tempfile.TemporaryDirectory() as cache:
        environment = {**os.environ, "NUMBA_CACHE_DIR": cache}
        took = [
            float(
                subprocess.run(
                    [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
                ).stdout
            )
            for _ in range(2)
        ]
    return took[0] - took[1]


if __name__ == "__main__":
    for key, (value, unit) in run().items():
        print(f"{key:<32} {value:>10.3f} {unit}")
