"""Any decoded frame to one form: progressive, upright, square pixels, even sides, 8-bit 4:2:0, BT.709 limited range."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import av.filter
import numpy as np
from av.error import BlockingIOError as FilterHungry
from av.error import EOFError as FilterDone
from av.sidedata.sidedata import Type

from worldfactory.video._source import SourceInfo

_SD_LINES = 576
_RGB, _BT709, _UNSPECIFIED = 0, 1, 2  # matrix coefficients, ITU-T H.273 table 4
_FULL = 2


def orientation(frame: Any) -> tuple[int, bool]:
    """(quarter turns clockwise, mirrored first) of a frame's display matrix (ISO/IEC 14496-12, 8.3.2)."""
    for side_data in frame.side_data:
        if side_data.type is Type.DISPLAYMATRIX:
            cells = np.frombuffer(side_data, np.int32)
            if len(cells) == 9:
                a, b, c, d = (float(cells[i]) for i in (0, 1, 3, 4))
                mirrored = a * d - b * c < 0
                if mirrored:
                    a, b = -a, -b
                return round(math.degrees(math.atan2(b, a)) / 90) % 4 if a or b else 0, mirrored
    return 0, False


class Upright:
    """Brings the frames of one video to that form; those that have it already pass untouched.

    What changes in the middle of a stream (size, pixel format) is brought to the first frame's size.
    """

    def __init__(self, info: SourceInfo) -> None:
        self._info = info
        self._form: tuple[Any, ...] = ()
        self._graph: Any = None
        self.changes = -1
        """How often size or format changed."""

    def take(self, frame: Any) -> list[Any]:
        """The frames that are ready after this one, none or more; their `pts` and `time_base` are right."""
        ready: list[Any] = []
        form = (frame.width, frame.height, frame.format.name, int(frame.colorspace), int(frame.color_range))
        if form != self._form:
            ready = self.flush()
            self._form, self.changes = form, self.changes + 1
            chain = self._chain(frame)
            self._graph = _graph(frame, chain) if chain else None
        if self._graph is None:
            return [*ready, frame]
        self._graph.vpush(frame)
        return [*ready, *self._pull()]

    def flush(self) -> list[Any]:
        """What is still on its way through."""
        if self._graph is None:
            return []
        self._graph.vpush(None)
        ready = self._pull()
        self._graph = None
        return ready

    def _pull(self) -> list[Any]:
        ready: list[Any] = []
        while True:
            try:
                ready.append(self._graph.vpull())
            except (FilterHungry, FilterDone):
                return ready

    def _chain(self, frame: Any) -> list[tuple[str, str]]:
        """The filters that this form of frame needs, each with its arguments."""
        info = self._info
        chain: list[tuple[str, str]] = []
        if info.interlaced:
            chain.append(("bwdif", "mode=send_frame:parity=auto:deint=interlaced"))
        width, height = info.upright[::-1] if info.turn % 2 else info.upright
        matrix = int(frame.colorspace)
        if matrix == _UNSPECIFIED and frame.height > _SD_LINES:
            matrix = _BT709
        limited = frame.format.name == "yuv420p" and int(frame.color_range) != _FULL
        if not limited or matrix != _BT709 or (frame.width, frame.height) != (width, height):
            odd = info.aspect == 1 and (frame.width, frame.height) == (info.width, info.height)
            if odd and (frame.width, frame.height) != (width, height):
                # Cutting the odd line off keeps the others sharp; scaling would smear them all.
                chain.append(("crop", f"{width}:{height}:0:0:exact=1"))
            source = ":in_color_matrix=bt601" if matrix == _UNSPECIFIED else ""
            scaled = f"{width}:{height}:flags=bicubic+accurate_rnd+full_chroma_int"
            chain.append(("scale", f"{scaled}{source}:out_color_matrix=bt709:out_range=tv"))
            chain.append(("format", "yuv420p"))
        if info.mirrored:
            chain.append(("hflip", ""))
        if info.turn == 2:
            chain.extend([("hflip", ""), ("vflip", "")])
        elif info.turn:
            chain.append(("transpose", "clock" if info.turn == 1 else "cclock"))
        return chain


def _graph(frame: Any, chain: list[tuple[str, str]]) -> Any:
    graph = av.filter.Graph()
    graph.threads = 1
    base = Fraction(frame.time_base or Fraction(1, 90000))
    last: Any = graph.add(
        "buffer",
        f"video_size={frame.width}x{frame.height}:pix_fmt={frame.format.name}:pixel_aspect=1/1"
        f":time_base={base.numerator}/{base.denominator}"
        f":colorspace={int(frame.colorspace)}:range={int(frame.color_range)}",
    )
    for name, arguments in chain:
        here = graph.add(name, arguments or None)
        last.link_to(here)
        last = here
    last.link_to(graph.add("buffersink"))
    graph.configure()
    return graph
