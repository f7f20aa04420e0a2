"""Contact sheets: a clip with its ground truth, and a cell clip by clip."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from worldfactory import truth
from worldfactory.export._colour import colour_depth, colour_flow, colour_ids, colour_normals
from worldfactory.records import Frame, Geometry

COLUMNS = ("rgb", "depth", "ids", "normals", "flow")

_GAP = 4
_MARGIN = 10
_BACK, _INK, _FAINT, _KEPT, _DROPPED = (250, 250, 248), (30, 32, 38), (120, 124, 132), (36, 130, 70), (178, 44, 40)


@dataclass(frozen=True, slots=True)
class ClipRow:
    """One clip of a cell sheet: a few frames, each [H, W, 3] uint8, a line on it, and why it was dropped or ''."""

    frames: Sequence[NDArray[np.uint8]]
    label: str
    dropped: str = ""


def contact_sheet(
    frames: Sequence[Frame], geometry: Geometry, caption: str = "", *, title: str = "", thumb_width: int = 320
) -> Image.Image:
    """A few frames of one clip, a row each: rgb, depth, ids, normals and flow side by side under their names.

    Flow is drawn on one scale for all rows; the row says its longest arrow. Raises ValueError for no frames.
    """
    if not frames:
        raise ValueError("a contact sheet needs one frame or more")
    height, width = frames[0].depth.shape
    thumb = (thumb_width, max(1, round(thumb_width * height / width)))
    step = max(1, width // (2 * thumb_width))
    flows = [_flow(frame, geometry, step) for frame in frames]
    lengths = [np.hypot(flow[..., 0], flow[..., 1]) for flow in flows]
    full = max(float(np.percentile(length, 97.0)) for length in lengths)
    size, small = _font(14), _font(11)
    across = 2 * _MARGIN + len(COLUMNS) * thumb[0] + (len(COLUMNS) - 1) * _GAP
    lines = _wrapped(caption, size, across - 2 * _MARGIN)
    head = _MARGIN + (26 if title else 0) + 19 * len(lines) + (6 if lines else 0)
    row = thumb[1] + 16 + _GAP
    sheet = Image.new("RGB", (across, head + 18 + len(frames) * row + _MARGIN), _BACK)
    draw = ImageDraw.Draw(sheet)
    _text(draw, title, lines, size)
    for column, name in enumerate(COLUMNS):
        draw.text((_MARGIN + column * (thumb[0] + _GAP), head), name, _FAINT, small)
    for number, (frame, flow) in enumerate(zip(frames, flows, strict=True)):
        top = head + 18 + number * row
        pictures = _pictures(frame, geometry, flow, step, full)
        for column, picture in enumerate(pictures):
            sheet.paste(_thumb(picture, thumb), (_MARGIN + column * (thumb[0] + _GAP), top))
        bodies = frame.bodies[::step, ::step]
        seen = len(np.unique(truth.instances(geometry, bodies[bodies > 0])))
        note = f"frame {frame.index}   {seen} things in view   flow up to {lengths[number].max():.1f} px"
        draw.text((_MARGIN, top + thumb[1] + 1), note, _FAINT, small)
    return sheet


def cell_sheet(clips: Sequence[ClipRow], *, title: str = "", thumb_width: int = 240) -> Image.Image:
    """A cell at a glance: a row of frames for each clip with its label, and in red why it was dropped.

    Raises ValueError for no clips, or a clip without frames.
    """
    if not clips or not all(clip.frames for clip in clips):
        raise ValueError("a cell sheet needs one clip or more, each with frames")
    most = max(len(clip.frames) for clip in clips)
    height, width = clips[0].frames[0].shape[:2]
    thumb = (thumb_width, max(1, round(thumb_width * height / width)))
    across = 2 * _MARGIN + most * thumb[0] + (most - 1) * _GAP
    small = _font(12)
    head = _MARGIN + (26 if title else 0)
    row = thumb[1] + 18 + 2 * _GAP
    sheet = Image.new("RGB", (across, head + len(clips) * row + _MARGIN), _BACK)
    draw = ImageDraw.Draw(sheet)
    _text(draw, title, [], _font(14))
    for number, clip in enumerate(clips):
        top = head + number * row
        for column, frame in enumerate(clip.frames):
            sheet.paste(_thumb(frame, thumb), (_MARGIN + column * (thumb[0] + _GAP), top))
        label = clip.label if not clip.dropped else f"{clip.label}   dropped: {clip.dropped}"
        shown = _cut(label, small, across - 2 * _MARGIN)
        draw.text((_MARGIN, top + thumb[1] + 2), shown, _DROPPED if clip.dropped else _KEPT, small)
    return sheet


def truth_grid(frame: Frame, geometry: Geometry, *, thumb_width: int = 320) -> Image.Image:
    """The ground truth of one frame, two by two: depth and ids above normals and flow."""
    height, width = frame.depth.shape
    thumb = (thumb_width, max(1, round(thumb_width * height / width)))
    step = max(1, width // (2 * thumb_width))
    flow = _flow(frame, geometry, step)
    full = float(np.percentile(np.hypot(flow[..., 0], flow[..., 1]), 97.0))
    grid = Image.new("RGB", (2 * thumb[0] + _GAP, 2 * thumb[1] + _GAP), _BACK)
    for place, picture in enumerate(_pictures(frame, geometry, flow, step, full)[1:]):
        grid.paste(_thumb(picture, thumb), (place % 2 * (thumb[0] + _GAP), place // 2 * (thumb[1] + _GAP)))
    return grid


def _pictures(
    frame: Frame, geometry: Geometry, flow: NDArray[np.float32], step: int, full_px: float
) -> tuple[NDArray[np.uint8], ...]:
    """One for each of COLUMNS, all but the first of every `step`-th pixel."""
    bodies = frame.bodies[::step, ::step]
    return (
        frame.rgb,
        colour_depth(frame.depth[::step, ::step]),
        colour_ids(truth.instances(geometry, bodies)),
        colour_normals(frame.normals[::step, ::step], bodies == 0),
        colour_flow(flow, max(full_px, 0.5)),
    )


def _flow(frame: Frame, geometry: Geometry, step: int) -> NDArray[np.float32]:
    """Every `step`-th pixel's flow, in pixels of the full frame; 0 where it is not finite."""
    coarse = replace(geometry, intrinsics=geometry.intrinsics / np.float32(step))
    depth, bodies = frame.depth[::step, ::step], frame.bodies[::step, ::step]
    flow = truth.flow(coarse, frame.index, depth, bodies, None, None)[0]
    return np.nan_to_num(flow.astype(np.float32), posinf=0.0, neginf=0.0) * np.float32(step)


def _thumb(picture: NDArray[np.uint8], size: tuple[int, int]) -> Image.Image:
    """Averaged down, or up without smoothing: a pixel of a tiny clip stays a pixel."""
    image = Image.fromarray(np.ascontiguousarray(picture))
    return image.resize(size, Image.Resampling.BOX if image.width >= size[0] else Image.Resampling.NEAREST)


def _text(draw: ImageDraw.ImageDraw, title: str, lines: Sequence[str], font: ImageFont.FreeTypeFont) -> None:
    top = _MARGIN
    if title:
        draw.text((_MARGIN, top), title, _INK, _font(17))
        top += 26
    for line in lines:
        draw.text((_MARGIN, top), line, _INK, font)
        top += 19


def _font(size: int) -> ImageFont.FreeTypeFont:
    """The font that comes with Pillow."""
    font = ImageFont.load_default(size)
    if not isinstance(font, ImageFont.FreeTypeFont):
        raise RuntimeError("Pillow was built without FreeType; install it from its wheel")
    return font


def _wrapped(text: str, font: ImageFont.FreeTypeFont, width: int) -> list[str]:
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and font.getlength(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(_cut(word, font, width))
    return lines


def _cut(text: str, font: ImageFont.FreeTypeFont, width: int) -> str:
    if font.getlength(text) <= width:
        return text
    fits = bisect_right(range(len(text)), width, key=lambda count: font.getlength(text[:count] + "...")) - 1
    return text[: max(0, fits)] + "..."
