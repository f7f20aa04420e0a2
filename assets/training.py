"""World models, trained where the shards live."""

import dagster as dg

from assets._automation import CHECKPOINT
from assets._progress import logged
from assets._show import loss_curve, table, version
from assets.dataset import shards
from assets.specs import training_spec
from resources import FactoryResource
from worldfactory.lineage import ENGINE_VERSION


@dg.asset(
    deps=[dg.AssetDep(shards, partition_mapping=dg.AllPartitionMapping()), training_spec],
    group_name="training",
    kinds={"pytorch", "flower", "safetensors"},
    owners=["team:models"],
    code_version=ENGINE_VERSION,
    automation_condition=CHECKPOINT,
    pool="clips",
)
def checkpoint(context: dg.AssetExecutionContext, factory: FactoryResource) -> dg.MaterializeResult:
    """A model trained federated over the homes: each client reads only the shards of its own home."""
    from worldfactory import flow

    made = flow.train_checkpoint(factory.factory, logged(context))
    folder = factory.factory.store.checkpoint_folder(made.id)
    rows = [(h.round, h.client, h.examples, h.loss_before, h.loss_after) for h in made.history]
    failed = [(f.round, f.client, f.cause) for f in made.failures]
    for number, client, cause in failed:
        context.log.warning(f"round {number} went on without {client}: {cause}")
    return dg.MaterializeResult(
        metadata={
            **({"failed": table(("round", "client", "cause"), failed)} if failed else {}),
            "id": made.id,
            "loss by round": loss_curve(made.history),
            "model": made.model,
            "file": dg.MetadataValue.path(folder / made.file),
            "sha256": made.sha256,
            "rounds": made.rounds,
            "clients": ", ".join(made.clients),
            **{name.replace("_", " "): value for name, value in made.metrics.items()},
            "history": table(("round", "client", "examples", "loss before", "loss after"), rows),
            "made of": dg.MetadataValue.md(_lineage(factory, made.id)),
        },
        data_version=version([made]),
    )


def _lineage(factory: FactoryResource, record: str) -> str:
    """Shards, clips, prompts and spec files that a checkpoint was made of, counted and listed."""
    from worldfactory import flow

    nodes = flow.lineage(factory.factory, record)
    kinds: dict[str, int] = {}
    for identity in nodes:
        kind = identity.partition("-")[0]
        kinds[kind] = kinds.get(kind, 0) + 1
    roots = [node for node in nodes.values() if not node.parents]
    files = sorted({f"- `{file}` {digest[:12]}" for node in roots for file, digest in node.files.items()})
    packed = [f"- `{key}`: {node.summary}" for key, node in nodes.items() if key.startswith("shard-")]
    counted = ", ".join(f"{number} {kind}{'s' if number != 1 else ''}" for kind, number in sorted(kinds.items()))
    head = f"{counted}. `worldfactory lineage {record}` walks all of it."
    return "\n".join([head, "", "Shards", "", *packed[:200], "", "Spec files", "", *files])
