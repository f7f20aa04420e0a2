"""A bar chart as SVG, for counts such as drop reasons."""

from __future__ import annotations

from collections.abc import Mapping
from xml.sax.saxutils import escape

_ROW = 22
_LABELS, _BARS, _NUMBERS = 170, 300, 60


def bars_svg(counts: Mapping[str, float], title: str = "") -> str:
    """Bars from the largest count down, each with its name and number. Raises ValueError for a negative count."""
    if any(value < 0 for value in counts.values()):
        raise ValueError(f"a bar has no negative length: {dict(counts)}")
    most = max([*counts.values(), 1e-12])
    head = 28 if title else 6
    height = head + max(1, len(counts)) * _ROW + 6
    width = _LABELS + _BARS + _NUMBERS
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        'font-family="sans-serif" font-size="12">',
        f'<rect width="{width}" height="{height}" fill="#fafaf8"/>',
    ]
    if title:
        parts.append(f'<text x="8" y="18" font-size="13" fill="#1e2026">{escape(title)}</text>')
    if not counts:
        parts.append(f'<text x="8" y="{head + 15}" fill="#787c84">none</text>')
    for row, (name, value) in enumerate(sorted(counts.items(), key=lambda item: (-item[1], item[0]))):
        top = head + row * _ROW
        length = _BARS * value / most
        parts.append(
            f'<text x="{_LABELS - 8}" y="{top + 15}" text-anchor="end" fill="#1e2026">{escape(name)}</text>'
            f'<rect x="{_LABELS}" y="{top + 3}" width="{length:.1f}" height="{_ROW - 6}" fill="#3b6ea5"/>'
            f'<text x="{_LABELS + length + 6:.1f}" y="{top + 15}" fill="#1e2026">{value:g}</text>'
        )
    return "".join([*parts, "</svg>"])
