"""What training and people read: shards in the clouds, points in the index."""

import dagster as dg

from assets._automation import CELL
from assets._partitions import CELLS
from assets._show import stage_metadata, table, version
from assets.footage import verdicts
from assets.specs import home_spec
from resources import FactoryResource
from worldfactory.lineage import ENGINE_VERSION

OWNERS = ["team:dataset"]


@dg.asset(
    deps=[verdicts, home_spec],
    partitions_def=CELLS,
    group_name="dataset",
    kinds={"webdataset"},
    owners=OWNERS,
    code_version=ENGINE_VERSION,
    automation_condition=CELL,
)
def shards(context: dg.AssetExecutionContext, factory: FactoryResource) -> dg.MaterializeResult:
    """The kept clips as WebDataset tars in the city's home: same clips, same bytes."""
    from worldfactory import flow

    report = flow.make_shards(factory.factory, factory.cell(context.partition_key))
    rows = [(s.home, s.key, s.bucket, len(s.parents), s.bytes, s.sha256) for s in report.records]
    return dg.MaterializeResult(
        metadata={
            **stage_metadata(report),
            "shards": table(("home", "key", "bucket", "clips", "bytes", "sha256"), rows),
        },
        data_version=version(report.records),
    )


@dg.asset(
    deps=[verdicts],
    partitions_def=CELLS,
    group_name="dataset",
    kinds={"qdrant"},
    owners=OWNERS,
    code_version=ENGINE_VERSION,
    automation_condition=CELL,
    pool="index",
)
def index_points(context: dg.AssetExecutionContext, factory: FactoryResource) -> dg.MaterializeResult:
    """The kept clips in the index, by what they say and how they look; `worldfactory search TEXT` finds them."""
    from worldfactory import flow

    report = flow.index_cell(factory.factory, factory.cell(context.partition_key))
    return dg.MaterializeResult(metadata=stage_metadata(report), data_version=version(report.records))
