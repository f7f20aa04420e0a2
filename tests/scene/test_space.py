"""What keeps standing and moving things apart."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.scene.scene_helpers import built
from worldfactory import scene
from worldfactory.scene._space import Block, Space, Traffic

metres = st.floats(-5.0, 5.0)


@settings(max_examples=60, deadline=None)
@given(
    a=st.tuples(metres, metres), b=st.tuples(metres, metres), half=st.tuples(st.floats(0.1, 2.0), st.floats(0.1, 2.0)),
    yaw=st.floats(-3.2, 3.2), radius=st.floats(0.1, 1.0),
)  # fmt: skip
def test_a_block_is_missed_where_the_whole_track_is_clear_of_it(
    a: tuple[float, float], b: tuple[float, float], half: tuple[float, float], yaw: float, radius: float
) -> None:
    times = np.linspace(0.0, 1.0, 40)
    track = np.array(a) + (np.array(b) - np.array(a)) * times[:, None]
    traffic, block = Traffic(times), Block(0.5, -0.5, *half, yaw)
    assert traffic.misses(block)
    traffic.add(track, radius)
    nearest = float(Space([block]).clearance(track).min())
    assert traffic.misses(block, 0.0) == (nearest >= radius)


@pytest.mark.parametrize(
    ("city", "camera", "index"), [("marrakech", "third-person", 21), ("london", "third-person", 13)]
)
def test_kits_and_umbrellas_keep_clear_of_who_is_followed(city: str, camera: str, index: int) -> None:
    weather = "rain" if city == "london" else "clear"
    made = built("street", city, index, camera=camera, weather=weather, decor=("market-stalls",)).scene
    assert not scene.overlaps(made, [0.0, 2.5, 5.0])
