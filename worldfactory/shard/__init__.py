"""WebDataset shards in homes: deterministic tars out, checked samples in."""

from worldfactory.shard._bucket import ASPECTS, bucket
from worldfactory.shard._read import Sample, register_schemes, samples, urls, verify
from worldfactory.shard._write import prune_shards, write_shards

__all__ = [
    "ASPECTS",
    "Sample",
    "bucket",
    "prune_shards",
    "register_schemes",
    "samples",
    "urls",
    "verify",
    "write_shards",
]
