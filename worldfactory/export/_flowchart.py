"""What went in, what was dropped for which reason, what came out: a flow diagram as SVG, widths by count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape

_STEP, _HEIGHT, _TOP, _ROW = 190, 130, 46, 19
_OUT, _KEPT, _PALE = "#c4573f", "#2f8f6b", "#7d8590"


@dataclass(frozen=True, slots=True)
class FlowStage:
    """One stage: how many of `what` came in, and why some went no further."""

    name: str
    what: str
    """What is counted, in the plural: files, shots, clips."""
    entered: int
    dropped: Mapping[str, int] = field(default_factory=dict[str, int])
    """Reason -> how many; each that is dropped is counted once."""

    @property
    def left(self) -> int:
        """How many went on."""
        return self.entered - sum(self.dropped.values())


def flow_svg(stages: Sequence[FlowStage], title: str = "") -> str:
    """Stages from left to right, each a band as high as its share of what came in; under it what was dropped.

    A stage that counts something else than the one before (files become shots) begins anew at full height. Colours
    suit light and dark pages. Raises ValueError for no stages.
    """
    if not stages:
        raise ValueError("a flow diagram needs one stage or more")
    deepest = max(len(stage.dropped) for stage in stages)
    width = _STEP * (len(stages) + 1) + 20
    height = _TOP + _HEIGHT + 34 + _ROW * max(1, deepest) + 12
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        'font-family="system-ui, sans-serif" font-size="12.5" fill="#7d8590">'
    ]
    if title:
        parts.append(f"<title>{escape(title)}</title>")
    base = max(1, stages[0].entered)
    for place, stage in enumerate(stages):
        if place and stage.what != stages[place - 1].what:
            base = max(1, stage.entered)
        parts.extend(_stage(place, stage, base))
    last = stages[-1]
    x = 10 + _STEP * len(stages)
    parts.append(f'<text x="{x + 14}" y="{_TOP - 24}" font-weight="600">out</text>')
    parts.append(f'<text x="{x + 14}" y="{_TOP - 8}" fill="{_KEPT}" font-weight="600">{last.left} {last.what}</text>')
    parts.append("</svg>")
    return "".join(parts)


def _stage(place: int, stage: FlowStage, base: int) -> list[str]:
    x, right = 10 + _STEP * place, 10 + _STEP * (place + 1)
    tall, after = _HEIGHT * stage.entered / base, _HEIGHT * stage.left / base
    top = _TOP
    bend = x + _STEP * 0.55
    said = [
        f'<text x="{x + 4}" y="{_TOP - 24}" font-weight="600">{escape(stage.name)}</text>',
        f'<text x="{x + 4}" y="{_TOP - 8}">{stage.entered} {escape(stage.what)}</text>',
        # What goes on: from all that came in to what is left.
        f'<path d="M{x} {top}H{right}V{top + after:.1f}H{x}Z" fill="{_KEPT}" fill-opacity="0.35"/>',
    ]
    y = top + after
    floor = _TOP + _HEIGHT + 14
    for row, (reason, count) in enumerate(sorted(stage.dropped.items(), key=lambda one: (-one[1], one[0]))):
        thick = max(1.0, _HEIGHT * count / base)
        level = floor + _ROW * row + 10
        # Out of the band and down to its reason.
        said.append(
            f'<path d="M{x} {y:.1f}H{bend - 40:.0f}C{bend - 12:.0f} {y:.1f} {bend - 12:.0f} {y:.1f} {bend - 12:.0f} '
            f'{y + thick:.1f}L{x} {y + thick:.1f}Z" fill="{_OUT}" fill-opacity="{0.5 - 0.06 * min(row, 5):.2f}"/>'
        )
        said.append(f'<circle cx="{x + 9}" cy="{level - 4}" r="3.5" fill="{_OUT}"/>')
        said.append(f'<text x="{x + 18}" y="{level}">{count} {escape(reason)}</text>')
        y += thick
    if tall and not stage.dropped:
        said.append(f'<text x="{x + 4}" y="{floor + 10}" fill="{_PALE}">none dropped</text>')
    return said
