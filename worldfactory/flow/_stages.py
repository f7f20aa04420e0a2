"""The stages of the loop on one cell: read records, call one library function, write records.

Every stage is idempotent: ids say what should stand, so a second run makes only what is missing or has changed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from worldfactory import curate, prompt, scene
from worldfactory.errors import StoreError
from worldfactory.flow._factory import Factory
from worldfactory.flow._report import StageReport
from worldfactory.lineage import digest
from worldfactory.records import Cell, Clip, Measurement, Origin, Prompt, Scene, Shard, Verdict
from worldfactory.shard import prune_shards, write_shards


def make_prompts(factory: Factory, cell: Cell) -> StageReport[Prompt]:
    """The cell's prompts, `clips_per_cell` of them. Raises UnsafePromptError."""
    spec = factory.cell(cell)
    prompts = prompt.prompts(spec)
    root = factory.specs.root
    origin = Origin(
        id=spec.id,
        parents=(),
        cell=cell,
        digest=spec.digest,
        files={file.relative_to(root).as_posix(): digest(file.read_bytes()) for file in spec.files},
    )
    store = factory.store
    with store.lock(cell, "prompts"):
        if store.read(Origin, cell) != [origin]:
            store.write(Origin, cell, [origin])
        made = _changed(store.read(Prompt, cell), prompts)
        if made:
            store.write(Prompt, cell, prompts)
    return StageReport("prompts", tuple(prompts), made)


def make_scenes(factory: Factory, cell: Cell) -> StageReport[Scene]:
    """A scene for every prompt of the cell."""
    spec = factory.cell(cell)
    prompts = factory.store.read(Prompt, cell)
    store = factory.store
    with store.lock(cell, "scenes"):
        standing = {s.parents[0]: s for s in store.read(Scene, cell)}
        scenes: list[Scene] = []
        dropped: Counter[str] = Counter()
        made = 0
        for one in prompts:
            old = standing.get(one.id)
            if old is not None:
                scenes.append(old)
                continue
            built = scene.build_report(spec, one)
            dropped.update(f"{drop.what}: {drop.reason}" for drop in built.dropped)
            scenes.append(built.scene)
            made += 1
        if made or len(scenes) != len(standing):
            store.write(Scene, cell, scenes)
    bodies = sum(len(s.bodies) for s in scenes) / max(1, len(scenes))
    return StageReport("scenes", tuple(scenes), made, {"bodies_per_scene": bodies}, dict(dropped))


def decide(factory: Factory, cell: Cell) -> StageReport[Verdict]:
    """Keep or drop every measured clip of the cell. Nothing is decoded: moving a threshold costs milliseconds."""
    store = factory.store
    with store.lock(cell, "verdicts"):
        verdicts = curate.decide(store.read(Measurement, cell), factory.specs.factory.thresholds)
        made = _changed(store.read(Verdict, cell), verdicts)
        if made:
            store.write(Verdict, cell, verdicts)
    reasons = Counter(reason.split(":")[0] for v in verdicts for reason in v.reasons)
    return StageReport("verdicts", tuple(verdicts), made, {"kept": sum(v.kept for v in verdicts)}, dict(reasons))


def kept_clips(factory: Factory, cell: Cell) -> list[Clip]:
    """The clips of the cell that curation kept, by index."""
    kept = {v.clip for v in factory.store.read(Verdict, cell) if v.kept}
    return [clip for clip in factory.store.read(Clip, cell) if clip.id in kept]


def make_shards(factory: Factory, cell: Cell) -> StageReport[Shard]:
    """Pack the kept clips into WebDataset tars in the city's home."""
    store = factory.store
    name = factory.specs.factory.home_of(cell.city)
    clips = kept_clips(factory, cell)
    with store.lock(cell, "shards"):
        old = store.read(Shard, cell)
        home = factory.home(name)
        shards = write_shards(
            clips,
            folder=lambda clip: store.clip_folder(cell, clip.id),
            home=home,
            home_name=name,
            cell=cell,
            clips_per_shard=factory.specs.factory.clips_per_shard,
        )
        made = _changed(old, shards)
        if made:
            store.write(Shard, cell, shards)
        # Only now, so that no record ever names a shard that is gone.
        prune_shards(home, cell, shards)
        for other in factory.specs.factory.homes:
            if other != name and any(shard.home == other for shard in old):
                prune_shards(factory.home(other), cell, [])
    total = sum(shard.bytes for shard in shards)
    return StageReport("shards", tuple(shards), made, {"clips": len(clips), "bytes": total})


def _changed(old: Sequence[Prompt | Verdict | Shard], new: Sequence[Prompt | Verdict | Shard]) -> int:
    """How many of `new` do not stand in `old`; at least 1 where something went away. Raises StoreError on equal ids."""
    if len({record.id for record in new}) != len(new):
        raise StoreError(f"two records of a cell have the same id: {[record.id for record in new]}")
    before = {record.id: record for record in old}
    fresh = sum(before.get(record.id) != record for record in new)
    return fresh or int(len(old) != len(new))
