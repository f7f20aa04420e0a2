"""Windows as their opening says: panes, round heads, shutters, railings."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.render.scenes import DAY, look, scene
from worldfactory.records import Material, Opening, Part
from worldfactory.render import RenderConfig, Renderer

CLEAR = DAY.model_copy(update={"fog_per_m": 0.0})


def wall(opening: Opening) -> NDArray[np.int64]:
    """[96, 160, 3]: the middle of a white wall with one dark window in every 4 m x 3 m, seen from 3.8 m away."""
    material = Material(
        name="wall", rgb=(0.8, 0.8, 0.8), rgb2=(0.01, 0.01, 0.01), pattern="windows", cell_m=(4.0, 3.0), opening=opening
    )
    part = Part(shape="box", size=(12.0, 0.5, 9.0), at=(0.0, 0.25, -4.5), material=0)
    poses = [look((0.0, -3.8, 0.0), (0.0, 0.0, 0.0))] * 2
    drawn = scene([[part]], [{"prototype": 0}], poses=poses, materials=(material,), light=CLEAR)
    return Renderer(drawn, RenderConfig(width=160, height=96)).frame(0).rgb.astype(int)


def runs(line: NDArray[np.bool_]) -> int:
    """How often it becomes true."""
    return int((np.diff(line.astype(int)) == 1).sum())


@pytest.mark.parametrize("panes", [(1, 2), (2, 3), (4, 1)])
def test_a_window_has_the_panes_of_its_opening(panes: tuple[int, int]) -> None:
    seen = wall(Opening(width=2.0, height=1.6, sill=0.7, frame_rgb=(0.8, 0.8, 0.8), panes=panes, bar=0.12))
    dark = seen.mean(-1) < 160
    assert max(runs(row) for row in dark[:, 40:120]) == panes[0]
    assert max(runs(column) for column in dark.T) == panes[1]


def test_a_round_head_leaves_the_corners_to_the_wall() -> None:
    square = Opening(width=1.6, height=2.0, sill=0.5, panes=(1, 1))
    flat, arched = (wall(square.model_copy(update={"arched": head})).mean(-1) < 160 for head in (False, True))
    assert arched.sum() < 0.96 * flat.sum()
    top = int(np.flatnonzero(flat[:, 80])[0]) + 2
    assert flat[top].sum() > 1.2 * arched[top].sum() > 0


def test_shutters_stand_beside_a_window_and_a_railing_before_it() -> None:
    plain = Opening(width=1.0, height=1.6, sill=0.2, panes=(1, 1), frame_rgb=(0.8, 0.8, 0.8))
    green = wall(plain.model_copy(update={"shutter": 0.5, "shutter_rgb": (0.0, 0.5, 0.0)}))
    leaves = (green[..., 1] > green[..., 0] + 40)[48]
    assert runs(leaves) == 2 and not leaves[78:82].any()
    railed = wall(plain.model_copy(update={"rail": 0.9, "rail_rgb": (0.6, 0.0, 0.0)}))
    red = railed[..., 0] > railed[..., 1] + 40
    assert red[60:, 80].any() and not red[:40].any()
