"""What the checks look at: records beside the facts that they must agree with, one row each."""

import polars as pl

from worldfactory import prompt, shard, video
from worldfactory.errors import ShardError, VideoError
from worldfactory.flow import Factory, kept_clips, open_factory_index
from worldfactory.index import Filters, embed_text
from worldfactory.lineage import digest
from worldfactory.records import Cell, Clip, Measurement, Prompt, Scene, Shard


def prompt_rows(factory: Factory, cell: Cell) -> pl.DataFrame:
    """Prompts with their number of words and the words that the guard refuses."""
    extra = factory.specs.factory.unsafe_words
    rows = [
        {
            "id": p.id or None,
            "index": p.index,
            "text": p.text or None,
            "words": len(p.text.split()),
            "unsafe": ", ".join(found.word for found in prompt.find_unsafe(p.text, extra)),
            "cell": p.cell.key,
        }
        for p in factory.store.read(Prompt, cell)
    ]
    kinds = {"id": pl.String, "index": pl.Int64, "text": pl.String, "words": pl.Int64, "unsafe": pl.String}
    return pl.DataFrame(rows, {**kinds, "cell": pl.String})


def clip_rows(factory: Factory, cell: Cell) -> pl.DataFrame:
    """Clips with what their files say: missing, empty or altered ones; frames and rate of the video."""
    scenes = set(factory.store.links(Scene, cell))
    rows = []
    for clip in factory.store.read(Clip, cell):
        folder = factory.store.clip_folder(cell, clip.id)
        there = {name: (folder / name).read_bytes() for name in clip.files if (folder / name).is_file()}
        shown = _probe(there.get("video.mp4"))
        wanted = {"video.mp4", "geometry.npz", *(f"{name}.zst" for name in clip.modalities)}
        rows.append(
            {
                "id": clip.id,
                "missing": ", ".join(sorted((wanted | set(clip.files)) - set(there))),
                "empty": ", ".join(sorted(name for name, data in there.items() if not data)),
                "altered": ", ".join(sorted(n for n, data in there.items() if digest(data) != clip.files[n])),
                "bytes": sum(map(len, there.values())),
                "bytes_said": clip.bytes,
                "frames": clip.frames,
                "video": shown,
                "video_said": f"{clip.width}x{clip.height}, {clip.frames} frames at {clip.fps[0]}/{clip.fps[1]}",
                "scene_known": clip.parents[0] in scenes,
            }
        )
    strings = ("id", "missing", "empty", "altered", "video", "video_said")
    numbers = ("bytes", "bytes_said", "frames")
    kinds = {**dict.fromkeys(strings, pl.String), **dict.fromkeys(numbers, pl.Int64), "scene_known": pl.Boolean}
    return pl.DataFrame(rows, kinds)


def _probe(data: bytes | None) -> str:
    if not data:
        return "no video"
    try:
        info = video.probe(data)
    except VideoError as error:
        return f"unreadable: {error}"
    return f"{info.width}x{info.height}, {info.frames} frames at {info.fps.numerator}/{info.fps.denominator}"


def shard_rows(factory: Factory, cell: Cell) -> pl.DataFrame:
    """Shards, each read from end to end: what is wrong with it, and which of its clips were not kept or come twice."""
    kept = {clip.id for clip in kept_clips(factory, cell)}
    seen: set[str] = set()
    rows = []
    for one in factory.store.read(Shard, cell):
        clips = set(one.parents)
        rows.append(
            {
                "id": one.id,
                "home": one.home,
                "bytes": one.bytes,
                "samples": len(one.parents),
                "damage": _damage(factory, one),
                "strangers": ", ".join(sorted(clips - kept)),
                "twice": ", ".join(sorted(clips & seen)),
            }
        )
        seen |= clips
    strings = ("id", "home", "damage", "strangers", "twice")
    return pl.DataFrame(rows, {**dict.fromkeys(strings, pl.String), "bytes": pl.Int64, "samples": pl.Int64})


def _damage(factory: Factory, one: Shard) -> str:
    try:
        shard.verify(factory.home(one.home), one)  # type: ignore[arg-type]
    except ShardError as error:
        return str(error)
    return ""


LOOKED_UP = 16
"""Points of a cell that are searched for; the rest are counted."""


def point_rows(factory: Factory, cell: Cell) -> pl.DataFrame:
    """Clips that were kept or are indexed: whether both, and how surely each is found by its own caption and looks."""
    kept = {clip.id: clip for clip in kept_clips(factory, cell)}
    looks = {m.clip: m.embedding for m in factory.store.read(Measurement, cell)}
    probed = list(kept.values())[:LOOKED_UP]
    texts = dict(zip((clip.id for clip in probed), embed_text([clip.caption for clip in probed]), strict=True))
    here = Filters(cell=(cell.key,))
    found: dict[str, dict[str, float]] = {}
    with open_factory_index(factory) as index:
        indexed = index.clips(here)
        for clip in probed:
            for using, vector in (("text", texts[clip.id]), ("visual", looks[clip.id])):
                hits = index.search(vector, using, len(indexed) + 1, here)
                found.setdefault(clip.id, {})[using] = next((h.score for h in hits if h.clip == clip.id), 0.0)
    rows = [
        {
            "clip": clip,
            "kept": clip in kept,
            "points": indexed.count(clip),
            "by_words": found.get(clip, {}).get("text"),
            "by_looks": found.get(clip, {}).get("visual"),
        }
        for clip in sorted({*kept, *indexed})
    ]
    numbers = {"points": pl.Int64, "by_words": pl.Float64, "by_looks": pl.Float64}
    return pl.DataFrame(rows, {"clip": pl.String, "kept": pl.Boolean, **numbers})
