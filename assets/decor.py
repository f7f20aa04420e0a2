"""Decor kits to look at: each item turning, before any cell uses it."""

import dagster as dg

from assets._automation import CELL
from assets._partitions import DECOR, DECOR_ITEMS
from assets._show import data_uri, table
from assets.specs import decor_spec
from resources import FactoryResource
from worldfactory.errors import SpecError, UnknownNameError
from worldfactory.lineage import ENGINE_VERSION, digest, digest_json
from worldfactory.spec import DecorSpec

GROUP = "decor"
OWNERS = ["team:world"]


@dg.asset(
    deps=[decor_spec],
    partitions_def=DECOR,
    group_name=GROUP,
    kinds={"numba"},
    owners=OWNERS,
    code_version=ENGINE_VERSION,
    automation_condition=CELL,
)
def decor_previews(context: dg.AssetExecutionContext, factory: FactoryResource) -> dg.MaterializeResult:
    """Turntables of a kit's items. Each goes to the item's own partition of `decor_item`; here is what they are."""
    from worldfactory import flow

    name = context.partition_key
    kit = _kit(factory, name)
    versions: list[str] = []
    for item in kit.items:
        moving = flow.turntable_webp(name, kit, item)
        versions.append(digest(moving))
        context.log_event(
            dg.AssetMaterialization(
                decor_item.key,
                partition=f"{name}:{item.name}",
                metadata={
                    "preview": data_uri(moving, "image/webp", item.phrase),
                    "phrase": item.phrase,
                    "class": item.label,
                    "stands on": item.anchor,
                    "bytes": len(moving),
                },
                tags={"dagster/data_version": versions[-1]},
            )
        )
    first, last = kit.season
    rows = [(item.name, item.phrase, item.label, item.anchor, item.weight) for item in kit.items]
    return dg.MaterializeResult(
        metadata={
            "items": table(("item", "phrase", "class", "stands on", "weight"), rows),
            "cities": ", ".join(kit.cities) or "all",
            "venues": ", ".join(kit.venues) or "all",
            "days of the year": f"{first} to {last}",
            "density": kit.density,
        },
        data_version=dg.DataVersion(digest_json(versions)),
    )


decor_item = dg.AssetSpec(
    "decor_item",
    group_name=GROUP,
    partitions_def=DECOR_ITEMS,
    deps=[dg.AssetDep(decor_previews, partition_mapping=dg.AllPartitionMapping())],
    kinds={"webp"},
    owners=OWNERS,
    description=(
        "One thing of a decor kit, `kit:item`, as it is: its metadata shows it turning on tiles of half a metre. "
        "Made by `decor_previews` of its kit."
    ),
)


def _kit(factory: FactoryResource, name: str) -> DecorSpec:
    """The kit of a partition. Raises SpecError with what is wrong in its file, UnknownNameError where there is none."""
    specs = factory.factory.specs
    wrong = [problem for problem in specs.problems if (problem.file.parent.name, problem.file.stem) == ("decor", name)]
    if wrong:
        raise SpecError(wrong)
    if name not in specs.decor:
        raise UnknownNameError(f"decor kit {name!r} is not in {specs.root}; known: {', '.join(sorted(specs.decor))}")
    return specs.decor[name]
