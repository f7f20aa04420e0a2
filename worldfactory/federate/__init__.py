"""Federated training: one client for each home, reading that home's shards alone; only weights travel."""

from __future__ import annotations

from worldfactory.federate._homes import HomeShards, ShardReader
from worldfactory.federate._run import Progress, checkpoint_id, federate

__all__ = ["HomeShards", "Progress", "ShardReader", "checkpoint_id", "federate"]
