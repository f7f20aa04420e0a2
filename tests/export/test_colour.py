"""False colours: the published ones at known points, and nothing invented where nothing is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from worldfactory.export import colour_depth, colour_flow, colour_ids, colour_normals
from worldfactory.export._colour import _wheel
from worldfactory.truth import encode_normals


def test_the_wheel_is_that_of_middlebury():
    """Entries of the 55 of Baker et al.'s colorwheel, where each arc begins, and one within."""
    wheel = np.round(_wheel() * 255).astype(int)
    assert wheel.shape == (55, 3)
    known = {0: (255, 0, 0), 1: (255, 17, 0), 15: (255, 255, 0), 16: (213, 255, 0), 21: (0, 255, 0),
             25: (0, 255, 255), 26: (0, 232, 255), 36: (0, 0, 255), 37: (19, 0, 255), 49: (255, 0, 255)}  # fmt: skip
    for row, colour in known.items():
        assert tuple(wheel[row]) == colour, row


@pytest.mark.parametrize(
    ("vector", "colour"),
    # Right is red, down orange to yellow, left cyan, up violet: as flow-code's example pictures show them.
    [((1, 0), (255, 0, 0)), ((-1, 0), (0, 209, 255)), ((0, 1), (255, 229, 0)), ((0, -1), (87, 0, 255))],
)
def test_directions_have_their_hues(vector, colour):
    picture = colour_flow(np.full((2, 2, 2), vector, np.float32))
    assert np.abs(picture[0, 0].astype(int) - colour).max() <= 12


def test_standing_still_is_white_and_length_is_saturation():
    flow = np.zeros((1, 4, 2), np.float16)
    flow[0, :, 0] = [0, 1, 2, 8]
    picture = colour_flow(flow, full_px=4).astype(int)
    assert picture[0, 0].tolist() == [255, 255, 255]
    assert picture[0, 1, 1] > picture[0, 2, 1] > 100
    assert picture[0, 3].max() <= 192  # beyond the scale: darker
    assert (colour_flow(np.full((1, 1, 2), np.nan, np.float32)) == 0).all()
    assert (colour_flow(np.zeros((3, 3, 2), np.float32)) == 255).all()


def test_depth_runs_from_red_to_blue_and_sky_is_apart():
    depth = np.array([[0.5, 2.0, 10.0, 50.0, 200.0, np.inf, np.nan, 0.01, 5000.0]], np.float16)
    picture = colour_depth(depth)[0].astype(int)
    assert picture[0, 0] > picture[0, 2] and picture[4, 2] > picture[4, 1]
    assert len({tuple(pixel) for pixel in picture[:5]}) == 5
    assert tuple(picture[5]) == tuple(picture[6]) == (24, 26, 34)
    assert tuple(picture[7]) == tuple(picture[0]) and tuple(picture[8]) == tuple(picture[4])


def test_each_id_keeps_its_colour_and_neighbours_differ():
    ids = np.arange(600, dtype=np.uint16).reshape(20, 30)
    picture = colour_ids(ids)
    assert tuple(picture[0, 0]) == (24, 26, 34)
    flat = picture.reshape(-1, 3).astype(int)
    assert len({tuple(c) for c in flat}) > 590
    assert np.abs(np.diff(flat[1:], axis=0)).sum(1).min() > 60
    assert (colour_ids(ids[:2]) == picture[:2]).all()
    assert (colour_ids(np.zeros((2, 2), np.uint16)) == colour_ids(ids)[0, 0]).all()


def test_normals_show_their_axes():
    axes = np.array([[[1, 0, 0], [0, -1, 0], [0, 0, -1], [-1, 0, 0]]], np.float32)  # right, up, at us, left
    picture = colour_normals(encode_normals(axes), np.array([[False, False, False, True]]))[0].astype(int)
    assert [int(pixel.argmax()) for pixel in picture[:3]] == [0, 1, 2]
    assert tuple(picture[3]) == (24, 26, 34)


@settings(max_examples=40, deadline=None)
@given(
    depth=hnp.arrays(np.float16, (3, 4), elements=st.floats(0, 6e4, width=16) | st.just(np.inf)),
    flow=hnp.arrays(np.float32, (3, 4, 2), elements=st.floats(-1e4, 1e4, width=32)),
    normals=hnp.arrays(np.uint8, (3, 4, 2)),
)
def test_any_ground_truth_has_a_picture(depth, flow, normals):
    for picture in (colour_depth(depth), colour_flow(flow), colour_normals(normals)):
        assert picture.shape == (3, 4, 3) and picture.dtype == np.uint8
