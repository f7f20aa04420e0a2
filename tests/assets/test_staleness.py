"""What the UI calls stale: exactly what an edit touches."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
from dagster._core.definitions.data_version import CachingStaleStatusResolver
from dagster._core.loader import LoadingContextForTest

from assets._sync import sync
from assets.definitions import defs
from assets.footage import prompts, verdicts
from resources import FactoryResource
from tests.assets.conftest import Edit
from worldfactory.spec import load


def stale(instance: dg.DagsterInstance, asset: str) -> set[str]:
    """The partitions of an asset that the UI calls stale."""
    resolver = CachingStaleStatusResolver(instance, defs.resolve_asset_graph(), LoadingContextForTest(instance))
    made = instance.get_materialized_partitions(dg.AssetKey(asset))
    return {key for key in made if resolver.get_status(dg.AssetKey(asset), key).value == "STALE"}


def stale_whole(instance: dg.DagsterInstance, *assets: str) -> set[str]:
    """Those of these assets without partitions that the UI calls stale."""
    resolver = CachingStaleStatusResolver(instance, defs.resolve_asset_graph(), LoadingContextForTest(instance))
    return {asset for asset in assets if resolver.get_status(dg.AssetKey(asset)).value == "STALE"}


def test_only_what_an_edit_touches_is_stale_until_it_is_made_again(
    instance: dg.DagsterInstance, factory: FactoryResource, specs: Path, edit: Edit
) -> None:
    def make(asset: dg.AssetsDefinition, cell: str) -> None:
        assert dg.materialize(
            [asset], instance=instance, partition_key=cell, resources={"factory": factory.model_copy()}
        ).success

    sync(instance, load(specs))
    # The last cell to be recorded is the one whose own record is the newest that its run can see.
    last = sorted(instance.get_dynamic_partitions("cells"))[-1]
    for cell in ("zoo:kyoto", "zoo:paris", last):
        make(prompts, cell)
        make(verdicts, cell)
    assert stale(instance, "prompts") == stale(instance, "verdicts") == set()
    edit("cities/kyoto", latitude=36.0)
    sync(instance, load(specs))
    assert stale(instance, "prompts") == {"zoo:kyoto"}
    assert stale(instance, "verdicts") == set()
    make(prompts, "zoo:kyoto")
    assert stale(instance, "prompts") == set()
    edit("factory", thresholds={"min_motion_px": 0.2})
    sync(instance, load(specs))
    assert stale(instance, "prompts") == set()
    assert stale(instance, "verdicts") == {"zoo:kyoto", "zoo:paris", last}
