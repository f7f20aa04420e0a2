"""WebDataset shards in homes: deterministic tars out, checked samples in."""

from worldfactory.shard._bucket import ASPECTS, bucket
from worldfactory.shard._footage import KeptClip, prune_footage_shards, write_footage_shards
from worldfactory.shard._read import Sample, register_schemes, samples, urls, verify
from worldfactory.shard._write import prune_shards, write_shards

__all__ = [
    "ASPECTS",
    "KeptClip",
    "Sample",
    "bucket",
    "prune_footage_shards",
    "prune_shards",
    "register_schemes",
    "samples",
    "urls",
    "verify",
    "write_footage_shards",
    "write_shards",
]
