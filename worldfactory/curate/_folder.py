"""Measuring a clip that stands on disk."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from worldfactory.curate._measure import Meter, looked_at
from worldfactory.lineage import digest_json, record_id
from worldfactory.records import Clip, Measurement
from worldfactory.truth import TruthReader, read_geometry, truth_format
from worldfactory.video import decode

MEASURES = "3"
"""Changes whenever a score comes, goes or means something else, so that stored clips are measured again."""


def measurement_id(clip: Clip) -> str:
    """The id of what this release measures on a clip, known before measuring."""
    return record_id("measurement", (clip.id,), digest_json(["measures", MEASURES]), 0)


def measure_folder(clip: Clip, folder: Path, missing: Sequence[str] | None = None) -> Measurement:
    """Measure the clip in `folder`: its video, and its ground truth where depth and bodies were stored.

    `missing` is its scene's, where it has one: what the prompt tells of and the scene lacks. Sixteen
    frames or fewer are looked at, evenly spread. Raises VideoError or TruthError naming the file at fault.
    """
    wanted = looked_at(clip.frames)
    exact = {"depth", "bodies"} <= set(clip.modalities)
    meter = Meter(read_geometry(folder / "geometry.npz") if exact else None)
    for rgb in decode(folder / "video.mp4", 0, clip.frames, wanted.step):
        meter.add_rgb(rgb)
    if exact:
        depth = TruthReader(folder / "depth.zst", *truth_format("depth", clip.height, clip.width))
        bodies = TruthReader(folder / "bodies.zst", *truth_format("bodies", clip.height, clip.width))
        for index in wanted:
            meter.add_truth(index, depth[index], bodies[index])
    measured = meter.result()
    return Measurement(
        id=measurement_id(clip),
        parents=(clip.id,),
        cell=clip.cell,
        clip=clip.id,
        scores={**measured.scores, **({} if missing is None else {"missing": float(len(missing))})},
        embedding=measured.embedding,
        notes={"missing": "; ".join(missing)} if missing else {},
    )
