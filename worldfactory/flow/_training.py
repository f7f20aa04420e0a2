"""From the shards of all homes to one checkpoint."""

from __future__ import annotations

from worldfactory.errors import FederationError, UnknownNameError
from worldfactory.federate import HomeShards, federate
from worldfactory.flow._factory import Factory
from worldfactory.flow._lineage import save_checkpoint_lineage
from worldfactory.flow._report import Progress, silent
from worldfactory.records import Cell, Checkpoint, Shard


def home_shards(factory: Factory) -> dict[str, HomeShards]:
    """Each home with the shards of the cities that live in it now."""
    spec = factory.specs.factory
    held: dict[str, list[Shard]] = {home: [] for home in spec.homes}
    for cell in shard_cells(factory):
        for shard in factory.store.read(Shard, cell):
            if shard.home == spec.home_of(cell.city):
                held[shard.home].append(shard)
    return {name: HomeShards(factory.home(name), tuple(held[name])) for name in spec.homes}


def shard_cells(factory: Factory) -> list[Cell]:
    """The cells that have shards and are still in the specs."""
    specs = factory.specs
    return [c for c in factory.store.cells(Shard) if c.city in specs.cities and c.venue in specs.venues]


def train_checkpoint(factory: Factory, progress: Progress = silent) -> Checkpoint:
    """Train the model of factory.yaml federated over the homes; the checkpoint is kept with its lineage.

    Raises FederationError, ShardError, UnknownNameError where the model's or federation's spec is missing or broken.
    """
    spec = factory.specs.factory
    model, federation = factory.specs.models.get(spec.model), factory.specs.federations.get(spec.federation)
    if model is None or federation is None:
        missing = f"models/{spec.model}.yaml" if model is None else f"federation/{spec.federation}.yaml"
        raise UnknownNameError(f"{factory.specs.root / missing} is missing or broken; `worldfactory check` says why")
    cells = shard_cells(factory)
    if not cells:
        raise FederationError(f"{factory.data} holds no shards to train on; make some cells first")
    checkpoint = federate(
        model, federation, home_shards(factory), factory.data / "checkpoints", progress=progress, name=spec.model
    )
    save_checkpoint_lineage(factory, checkpoint, cells)
    return checkpoint
