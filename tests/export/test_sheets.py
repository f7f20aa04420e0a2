"""Sheets, previews and bars: what is asked for is on them, they fit, and they are the same every time."""

from __future__ import annotations

import io
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from worldfactory.export import COLUMNS, ClipRow, bars_svg, cell_sheet, colour_depth, contact_sheet, preview_webp
from worldfactory.records import Frame, Geometry

CAPTION = "A busy street in Kyoto, Japan, spreads out at dusk, with low townhouses of dark cedar on view. " * 5


def clip(frames: int = 3, width: int = 320, height: int = 176) -> tuple[list[Frame], Geometry]:
    """A camera that moves right along a wall 4 m away, below a sky."""
    poses = np.tile(np.eye(4, dtype=np.float32), (frames + 1, 1, 1))
    poses[:, 0, 3] = np.arange(frames + 1) * 0.05
    geometry = Geometry(
        poses=poses, intrinsics=np.array([width / 2, width / 2, (width - 1) / 2, (height - 1) / 2], np.float32),
        keys=np.zeros((frames, 8), np.uint8), mouse=np.zeros((frames, 2), np.float32),
        instance_of=np.array([0, 1, 2], np.uint16), class_of=np.array([0, 7, 6], np.uint8),
        moving=np.zeros(0, np.int32), transforms=np.zeros((frames + 1, 0, 4, 4), np.float32),
        instances=({"label": "wall"}, {"label": "building"}),
    )  # fmt: skip
    numbers = np.random.default_rng(3)
    bodies = np.ones((height, width), np.uint16)
    bodies[: height // 4] = 0
    bodies[height // 2 :, width // 2 :] = 2
    made = [
        Frame(
            index=i, rgb=numbers.integers(0, 255, (height, width, 3)).astype(np.uint8),
            depth=np.where(bodies > 0, 4.0, np.inf).astype(np.float16), bodies=bodies,
            normals=np.full((height, width, 2), 128, np.uint8),
        )
        for i in range(frames)
    ]  # fmt: skip
    return made, geometry


def test_a_contact_sheet_has_a_row_for_each_frame_and_all_columns():
    frames, geometry = clip()
    sheet = contact_sheet(frames, geometry, CAPTION, title="street:kyoto clip 0", thumb_width=160)
    assert sheet.width == 20 + 160 * len(COLUMNS) + 4 * (len(COLUMNS) - 1)
    assert contact_sheet(frames[:1], geometry, CAPTION, thumb_width=160).height < sheet.height - 2 * 88
    pixels = np.asarray(sheet)
    # The second column of the first row is the depth picture: the wall's colour below, the sky's above.
    wall = colour_depth(np.full((1, 1), 4.0, np.float16))[0, 0]
    column = pixels[:, 10 + 164 + 30]
    assert (np.abs(column.astype(int) - wall).max(1) < 3).sum() > 3 * 50
    # And nothing of a sheet without a caption is taller.
    assert contact_sheet(frames, geometry, thumb_width=160).height < sheet.height


def test_the_flow_of_a_pan_along_a_wall_is_cyan():
    """The camera moves right, so that the wall moves left by f * 0.05 / 4 = 2 px a frame."""
    frames, geometry = clip()
    pixels = np.asarray(contact_sheet(frames, geometry, thumb_width=160)).astype(int)
    inside = pixels[100:110, 10 + 4 * 164 + 40]
    assert (inside[:, 0] < 60).all() and (inside[:, 2] > 200).all()


def test_sheets_are_the_same_every_time_and_take_tiny_clips():
    frames, geometry = clip(width=32, height=16)
    first, again = (contact_sheet(frames, geometry, CAPTION, title="t") for _ in range(2))
    assert first.tobytes() == again.tobytes() and first.width > 1600
    with pytest.raises(ValueError, match="one frame or more"):
        contact_sheet([], geometry)


def test_a_caption_of_any_length_stays_on_the_sheet():
    frames, geometry = clip(frames=1)
    for caption in ("", "word", "x" * 4000, "東京 São Paulo Rīga " * 40):
        sheet = contact_sheet(frames, geometry, caption, thumb_width=120)
        right = np.asarray(sheet)[:, -6:]
        assert (right == np.array([250, 250, 248])).all()


def test_a_cell_sheet_shows_every_clip_and_what_was_dropped():
    frames, _ = clip()
    rows = [ClipRow([f.rgb for f in frames], f"clip {i}") for i in range(4)]
    rows[2] = ClipRow(rows[2].frames[:1], "clip 2", "static: motion_px 0.02 < 0.15")
    sheet = np.asarray(cell_sheet(rows, title="street:kyoto", thumb_width=120)).astype(int)
    red = (sheet[..., 0] > sheet[..., 1] + 90) & (np.abs(sheet[..., 1] - sheet[..., 2]) < 12) & (sheet[..., 0] < 200)
    bands = np.flatnonzero(red.sum(1) > 4)
    assert len(bands) and bands.max() - bands.min() < 140
    assert cell_sheet(rows[:1]).height < cell_sheet(rows).height
    for wrong in ([], [ClipRow([], "empty")]):
        with pytest.raises(ValueError, match="each with frames"):
            cell_sheet(wrong)


@pytest.mark.parametrize("most", [200_000, 40_000, 8_000, 1_500])
def test_a_preview_fits_and_moves(most):
    frames, _ = clip(frames=30)
    data = preview_webp((frame.rgb for frame in frames), most, fps=10)
    assert len(data) <= most
    image = Image.open(io.BytesIO(data))
    assert image.format == "WEBP" and getattr(image, "n_frames", 1) >= 1
    if most >= 40_000:
        assert image.n_frames > 5 and image.info["loop"] == 0
    assert data == preview_webp((frame.rgb for frame in frames), most, fps=10)


def test_a_long_clip_is_spread_over_the_preview_in_little_memory():
    def frames():
        for shade in range(600):
            yield np.full((90, 160, 3), shade * 255 // 600, np.uint8)

    image = Image.open(io.BytesIO(preview_webp(frames())))
    assert 12 <= image.n_frames <= 24
    shades = []
    for number in range(image.n_frames):
        image.seek(number)
        shades.append(int(np.asarray(image.convert("RGB"))[45, 80, 0]))
    assert shades == sorted(shades) and shades[0] < 10 and shades[-1] > 215


def test_no_preview_of_nothing_or_into_nothing():
    with pytest.raises(ValueError, match="one frame or more"):
        preview_webp([])
    with pytest.raises(ValueError, match="fits 10 bytes"):
        preview_webp([np.zeros((16, 16, 3), np.uint8)], 10)


def test_bars_are_drawn_to_scale_and_escaped():
    root = ElementTree.fromstring(bars_svg({"static": 4, "near": 8, "<odd> & worse": 0}, "Drops & why"))
    space = "{http://www.w3.org/2000/svg}"
    widths = [float(rect.get("width")) for rect in root.findall(f"{space}rect")[1:]]
    assert widths == [300.0, 150.0, 0.0]
    texts = [text.text for text in root.findall(f"{space}text")]
    assert texts == ["Drops & why", "near", "8", "static", "4", "<odd> & worse", "0"]
    assert "none" in bars_svg({})
    with pytest.raises(ValueError, match="negative"):
        bars_svg({"a": -1})
