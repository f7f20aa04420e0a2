"""A decor item on its turntable: all of it in the frame, and large in it, from every side."""

from __future__ import annotations

import numpy as np
import pytest

from tests.scene.scene_helpers import SPECS, specs
from worldfactory.render import RenderConfig, Renderer
from worldfactory.scene import turntable

KITS = sorted(p.stem for p in (SPECS / "decor").glob("*.yaml"))


@pytest.mark.parametrize("name", KITS)
def test_every_item_is_all_in_its_frame_and_large_in_it(name: str) -> None:
    kit = specs().decor[name]
    for item in kit.items:
        made = turntable(name, kit, item, views=8)
        assert made.frames == 8
        renderer = Renderer(made, RenderConfig(width=96, height=96, shadows=False, antialias=False))
        seen = [renderer.frame(view).bodies == 2 for view in (0, 3)]
        for mask in seen:
            rows, columns = np.nonzero(mask)
            assert len(rows), item.name
            assert rows.min() > 0 and rows.max() < 95 and columns.min() > 0 and columns.max() < 95, item.name
            assert max(np.ptp(rows), np.ptp(columns)) > 36, item.name
