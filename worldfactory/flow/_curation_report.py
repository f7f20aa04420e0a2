"""What curation let through and what it dropped, to look at: a flow diagram, and a page with clips of each reason."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from pathlib import Path
from typing import TypeVar

from worldfactory import curate
from worldfactory.errors import VideoError
from worldfactory.export import Example, FlowStage, Section, curation_html, flow_svg, preview_webp
from worldfactory.files import write_file
from worldfactory.flow._curating import CurationReport, curation_folder
from worldfactory.flow._factory import Factory
from worldfactory.lineage import digest
from worldfactory.records import Cell, Clip, Verdict
from worldfactory.records.source import Footage, Judgement
from worldfactory.spec import CurationSpec
from worldfactory.video import decode

J = TypeVar("J")

PAGE = "index.html"
_EXAMPLES = 6
_KEPT = "kept"
_LATE = ("duplicate", "mix")
"""Decided last, over all clips together."""


def curation_stages(report: CurationReport) -> list[FlowStage]:
    """Brought files, then shots, then clips: each that is dropped counts once, for the first of its reasons."""
    sources = {one.source.id for one in report.curated}
    measured = {clip.segment for one in report.curated for clip in one.footage}
    files: Counter[str] = Counter()
    shots: Counter[str] = Counter()
    rules: Counter[str] = Counter()
    late: dict[str, Counter[str]] = {name: Counter() for name in _LATE}
    for one in report.judgements:
        if one.kept:
            continue
        reason = _first(one.reasons)
        if one.subject in sources:
            files[reason] += 1
        elif one.subject not in measured:
            shots[reason] += 1
        elif reason in late:
            late[reason][reason] += 1
        else:
            rules[reason] += 1
    total = sum(len(one.segments) for one in report.curated)
    stages = [
        FlowStage("read", "files", len(sources), files),
        FlowStage("split", "shots", total, shots),
        FlowStage("rules", "clips", total - sum(shots.values()), rules),
    ]
    for name in _LATE:
        stages.append(FlowStage("copies" if name == "duplicate" else name, "clips", stages[-1].left, late[name]))
    return stages


def cell_stages(verdicts: Sequence[Verdict]) -> list[FlowStage]:
    """Clips of one or more cells through the filters, then copies."""
    filters = Counter(r for v in verdicts if not v.kept and (r := _first(v.reasons)) not in _LATE)
    copies = Counter(r for v in verdicts if not v.kept and (r := _first(v.reasons)) in _LATE)
    drawn = FlowStage("filters", "clips", len(verdicts), filters)
    return [drawn, FlowStage("copies", "clips", drawn.left, copies)]


def curation_diagram(report: CurationReport) -> str:
    """`curation_stages` as SVG."""
    return flow_svg(curation_stages(report), "brought video")


def cell_diagram(verdicts: Sequence[Verdict]) -> str:
    """`cell_stages` as SVG."""
    return flow_svg(cell_stages(verdicts), "clips of the factory")


def curation_page(report: CurationReport, spec: CurationSpec, data: Path) -> Path:
    """The report on brought video, curated/report/index.html, with its pictures beside it; where it is.

    Pictures that stand are not made again. Raises StoreError.
    """
    root = curation_folder(data)
    videos: dict[str, Path] = {}
    clips: dict[str, Footage] = {}
    names: dict[str, str] = {}
    for one in report.curated:
        names[one.source.id] = one.source.name
        for segment in one.segments:
            names[segment.id] = f"{one.source.name}, shot {segment.index}"
        for clip in one.footage:
            clips[clip.segment] = clip
            videos[clip.segment] = curate.clips_folder(root, one.source.sha256, spec) / clip.file

    def example(one: Judgement, picture: Callable[[Path], str]) -> Example:
        clip, video = clips.get(one.subject), videos.get(one.subject)
        facts = f"{clip.frames} frames of {clip.width} x {clip.height}" if clip else ""
        return Example(
            title=names.get(one.subject, one.subject),
            preview=picture(video) if video else "",
            said="; ".join(one.reasons) or _best(one.scores),
            facts=facts,
        )

    rows = [(one.subject, one.reasons, one) for one in report.judgements if one.subject in clips or not one.kept]
    mix = [("mix", str(share)) for share in report.mix]
    return _page(root / "report", "Curation of brought video", curation_stages(report), rows, example, mix)


def cells_page(factory: Factory, cells: Iterable[Cell]) -> Path:
    """The report on the factory's own clips of these cells, report/index.html in the data folder; where it is."""
    store = factory.store
    verdicts: list[Verdict] = []
    clips: dict[str, Clip] = {}
    for cell in cells:
        clips |= {clip.id: clip for clip in store.read(Clip, cell)}
        verdicts += [one for one in store.read(Verdict, cell) if one.clip in clips]

    def example(one: Verdict, picture: Callable[[Path], str]) -> Example:
        clip = clips[one.clip]
        return Example(
            title=f"{clip.cell.key} {clip.index}",
            preview=picture(store.clip_folder(clip.cell, clip.id) / "video.mp4"),
            said="; ".join(one.reasons) or clip.caption,
            facts=f"{clip.weather}, {clip.camera}, {clip.frames} frames of {clip.width} x {clip.height}",
        )

    rows = [(one.clip, one.reasons, one) for one in verdicts]
    return _page(factory.data / "report", "Curation of the factory's clips", cell_stages(verdicts), rows, example, [])


def _page(
    folder: Path,
    title: str,
    stages: Sequence[FlowStage],
    rows: Sequence[tuple[str, Sequence[str], J]],
    example: Callable[[J, Callable[[Path], str]], Example],
    facts: Sequence[tuple[str, str]],
) -> Path:
    """A section for each reason, those kept last; `rows`: subject, reasons, judgement."""
    by_reason: dict[str, list[tuple[str, J]]] = defaultdict(list)
    for subject, reasons, one in rows:
        for reason in {r.split(":")[0] for r in reasons} or {_KEPT}:
            by_reason[reason].append((subject, one))
    used: set[str] = set()

    def picture(video: Path) -> str:
        name = f"{digest(str(video.relative_to(folder.parent)).encode())[:20]}.webp"
        target = folder / "clips" / name
        if not target.is_file():
            try:
                write_file(target, preview_webp(islice(decode(video), 240), 60_000, width=320))
            except VideoError:
                return ""
        used.add(name)
        return f"clips/{name}"

    ordered = sorted(by_reason.items(), key=lambda item: (item[0] == _KEPT, -len(item[1]), item[0]))
    sections = [
        Section(
            reason=reason,
            many=len(there),
            kept=reason == _KEPT,
            # Spread by id, so that they are not all of one file.
            examples=tuple(example(one, picture) for _, one in sorted(there, key=lambda row: row[0])[:_EXAMPLES]),
        )
        for reason, there in ordered
    ]
    write_file(folder / PAGE, curation_html(title, stages, sections, facts).encode())
    for old in (folder / "clips").glob("*.webp"):
        if old.name not in used:
            old.unlink()
    return folder / PAGE


def _first(reasons: Sequence[str]) -> str:
    """`source: truncated: ...` counts as what its source was dropped for."""
    parts = reasons[0].split(":")
    return f"source {parts[1].strip()}" if parts[0] == "source" and len(parts) > 1 else parts[0]


def _best(scores: dict[str, float]) -> str:
    said = ("seconds", "change_share", "shake_permille", "blur_px", "noise_level", "added_text_level")
    return ", ".join(f"{name.replace('_', ' ')} {scores[name]:.3g}" for name in said if name in scores)
