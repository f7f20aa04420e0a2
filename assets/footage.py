"""From a cell's spec to judged clips: prompts, scenes, clips, measurements, verdicts."""

import dagster as dg

from assets._automation import CELL
from assets._partitions import CELLS
from assets._progress import logged
from assets._show import data_uri, picture, prompts_markdown, stage_metadata, version
from assets.specs import curation_spec, world_spec
from resources import FactoryResource
from worldfactory.lineage import ENGINE_VERSION
from worldfactory.records import Cell

OWNERS = ["team:footage"]


@dg.asset(
    deps=[world_spec],
    partitions_def=CELLS,
    group_name="footage",
    kinds={"polars", "parquet"},
    owners=OWNERS,
    code_version=ENGINE_VERSION,
    automation_condition=CELL,
)
def prompts(context: dg.AssetExecutionContext, factory: FactoryResource) -> dg.MaterializeResult:
    """One scene in words for each clip of the cell: English, 80 to 120 words, none twice."""
    from worldfactory import flow

    report = flow.make_prompts(factory.factory, factory.cell(context.partition_key))
    words = [len(prompt.text.split()) for prompt in report.records]
    return dg.MaterializeResult(
        metadata={
            **stage_metadata(report),
            "words": round(sum(words) / max(1, len(words)), 1),
            "samples": prompts_markdown((p.index, p.text) for p in report.records[:4]),
        },
        data_version=version(report.records),
    )


@dg.asset(
    deps=[prompts],
    partitions_def=CELLS,
    group_name="footage",
    kinds={"python", "parquet"},
    owners=OWNERS,
    code_version=ENGINE_VERSION,
    automation_condition=CELL,
)
def scenes(context: dg.AssetExecutionContext, factory: FactoryResource) -> dg.MaterializeResult:
    """A typed scene for each prompt: layout, buildings or rooms, decor, people, vehicles, animals, camera, light."""
    from worldfactory import flow

    report = flow.make_scenes(factory.factory, factory.cell(context.partition_key))
    return dg.MaterializeResult(metadata=stage_metadata(report), data_version=version(report.records))


@dg.asset(
    deps=[scenes],
    partitions_def=CELLS,
    group_name="footage",
    kinds={"numba", "ffmpeg"},
    owners=OWNERS,
    code_version=ENGINE_VERSION,
    automation_condition=CELL,
    pool="clips",
)
def clips(context: dg.AssetExecutionContext, factory: FactoryResource) -> dg.MaterializeResult:
    """A drawn clip for each scene: H.264 video, depth, ids and normals per pixel, poses and actions per frame.

    Uses all cores, one clip on each, where it is more than a few seconds of work. A killed run repeats only
    the clips that were being drawn.
    """
    from worldfactory import flow

    cell = factory.cell(context.partition_key)
    report = flow.make_clips(factory.factory, cell, _workers(factory, cell, 150), logged(context))
    metadata = stage_metadata(report)
    sheet = flow.cell_sheet(factory.factory, cell)
    if sheet is not None:
        metadata["sheet"] = picture(sheet, f"clips of {cell.key}")
        metadata["preview"] = data_uri(
            flow.preview_webp(factory.factory, report.records[0], 120_000), "image/webp", f"clip 0 of {cell.key}"
        )
    if costs := sorted(factory.factory.store.costs(cell).values()):
        metadata["cpu ms per frame"] = round(costs[len(costs) // 2], 2)
    metadata["folder"] = dg.MetadataValue.path(factory.factory.store.cell_folder(cell) / "clips")
    return dg.MaterializeResult(metadata=metadata, data_version=version(report.records))


@dg.asset(
    deps=[clips],
    partitions_def=CELLS,
    group_name="footage",
    kinds={"numpy", "parquet"},
    owners=OWNERS,
    code_version=ENGINE_VERSION,
    automation_condition=CELL,
    pool="clips",
)
def measurements(context: dg.AssetExecutionContext, factory: FactoryResource) -> dg.MaterializeResult:
    """What curation measures on each clip, and its visual embedding; kept whatever is decided later."""
    from worldfactory import flow

    cell = factory.cell(context.partition_key)
    report = flow.measure_clips(factory.factory, cell, _workers(factory, cell, 5000), logged(context))
    means = {
        f"mean {name.replace('_', ' ')}": round(sum(m.scores[name] for m in report.records) / len(report.records), 4)
        for name in sorted(set.intersection(*(set(m.scores) for m in report.records)) if report.records else ())
    }
    return dg.MaterializeResult(metadata={**stage_metadata(report), **means}, data_version=version(report.records))


@dg.asset(
    deps=[measurements, curation_spec],
    partitions_def=CELLS,
    group_name="footage",
    kinds={"python", "parquet"},
    owners=OWNERS,
    code_version=ENGINE_VERSION,
    automation_condition=CELL,
)
def verdicts(context: dg.AssetExecutionContext, factory: FactoryResource) -> dg.MaterializeResult:
    """Which clips are kept, and why the others are not. Moving a threshold decides again without decoding anything."""
    from worldfactory import flow

    report = flow.decide(factory.factory, factory.cell(context.partition_key))
    why = "\n".join(f"- `{v.clip}`: {'; '.join(v.reasons)}" for v in report.records if not v.kept)
    metadata = stage_metadata(report)
    if why:
        metadata["why"] = dg.MetadataValue.md(why)
    metadata["flow"] = data_uri(
        flow.cell_diagram(report.records).encode(), "image/svg+xml", "in, dropped by reason, out"
    )
    return dg.MaterializeResult(metadata=metadata, data_version=version(report.records))


def _workers(factory: FactoryResource, cell: Cell, worth: float) -> int:
    """How many processes to work in: all cores from `worth` megapixels on, else this one.

    A process takes some seconds to start and to load compiled code, more than a whole cell of the demo does.
    """
    from worldfactory import flow

    size = factory.factory.cell(cell).factory
    megapixels = size.clips_per_cell * size.frames * size.width * size.height / 1e6
    return flow.cores() if megapixels > worth else 1
