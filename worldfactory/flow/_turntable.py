"""Decor items to look at: each turning once, as a small animated picture."""

from __future__ import annotations

from worldfactory.export import preview_webp
from worldfactory.scene import turntable
from worldfactory.spec import DecorItem, DecorSpec

_VIEWS = 12
_BYTES = 40_000


def turntable_webp(name: str, kit: DecorSpec, item: DecorItem, size: int = 160) -> bytes:
    """The item of the kit `name` turning once: an endless animated WebP, `size` pixels square, of at most 40 kB.

    Drawn at twice the size and averaged down. Costs about 0.3 cpu-s with the kernels compiled.
    """
    from worldfactory.render import RenderConfig, Renderer

    scene = turntable(name, kit, item, _VIEWS)
    renderer = Renderer(scene, RenderConfig(width=2 * size, height=2 * size))
    frames = (renderer.frame(k).rgb for k in range(_VIEWS))
    return preview_webp(frames, _BYTES, fps=scene.fps[0] / scene.fps[1], width=size)
