"""The kept clips of brought video into shards."""

from __future__ import annotations

from worldfactory.files import exclusive
from worldfactory.flow._annotating import captions, kept_footage, torn_tables
from worldfactory.flow._curating import curation_folder
from worldfactory.flow._factory import Factory
from worldfactory.flow._report import StageReport
from worldfactory.records.source import FootageShard, Segment, Source
from worldfactory.shard import KeptClip, prune_footage_shards, write_footage_shards
from worldfactory.store import read_table, write_table


def pack_curated(factory: Factory) -> StageReport[FootageShard]:
    """What is kept, as WebDataset tars in the home that `inbox.home` names; the records in curated/shards.parquet.

    Captions are those that `annotate_curated` left; what it was not asked of has the measured one.

    Raises ShardError for a clip that is damaged, StoreError where tables, home or disk fail.
    """
    root, spec = curation_folder(factory.data), factory.specs.curation.inbox
    name = spec.home or factory.specs.factory.default_home
    table = root / "shards.parquet"
    with exclusive(root / "shards.lock"):
        home = factory.home(name)
        clips = _kept_clips(factory)
        old = read_table(table, FootageShard)
        shards = write_footage_shards(
            clips, folder=root, home=home, home_name=name, clips_per_shard=spec.clips_per_shard
        )
        stood = {one.id: one for one in old}
        made = sum(stood.get(one.id) != one for one in shards)
        if made or len(old) != len(shards):
            write_table(table, FootageShard, shards)
        # Only now, so that no record ever names a shard that is gone.
        prune_footage_shards(home, shards)
        for other in factory.specs.factory.homes:
            if other != name and any(one.home == other for one in old):
                prune_footage_shards(factory.home(other), [])
    total = sum(one.bytes for one in shards)
    return StageReport("footage shards", tuple(shards), made, {"clips": len(clips), "bytes": total})


def _kept_clips(factory: Factory) -> list[KeptClip]:
    root = curation_folder(factory.data)
    sources = {one.id: one for one in read_table(root / "sources.parquet", Source)}
    segments = {one.id: one for one in read_table(root / "segments.parquet", Segment)}
    clips = kept_footage(root)
    told = captions(root, factory.specs.curation.annotator, clips)
    try:
        return [
            KeptClip(kept, footage, segments[kept.segment], sources[kept.source], told[footage.id])
            for kept, footage in clips
        ]
    except KeyError as error:
        raise torn_tables(root, error) from error
