"""The kept clips of brought video into shards."""

from __future__ import annotations

from worldfactory.curate.caption import measured_caption
from worldfactory.errors import StoreError
from worldfactory.files import exclusive
from worldfactory.flow._curating import curation_folder
from worldfactory.flow._factory import Factory
from worldfactory.flow._report import StageReport
from worldfactory.records.source import Footage, FootageShard, Kept, Segment, Source
from worldfactory.shard import KeptClip, prune_footage_shards, write_footage_shards
from worldfactory.store import read_table, write_table


def pack_curated(factory: Factory) -> StageReport[FootageShard]:
    """What is kept, as WebDataset tars in the home that `inbox.home` names; the records in curated/shards.parquet.

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
    footage = {one.segment: one for one in read_table(root / "footage.parquet", Footage)}
    told = {segment: measured_caption(one) for segment, one in footage.items()}
    try:
        return [
            KeptClip(one, footage[one.segment], segments[one.segment], sources[one.source], told[one.segment])
            for one in read_table(root / "kept.parquet", Kept)
        ]
    except KeyError as error:
        raise StoreError(
            f"{root / 'kept.parquet'}: names {error}, which the other tables lack; decide again"
        ) from error
