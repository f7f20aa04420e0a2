"""Flower's strategies by name, and the memory that they keep between rounds."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from worldfactory.errors import FederationError
from worldfactory.federate._flower import FedAdam, FedAvg, FedAvgM
from worldfactory.spec import FederationSpec

Arrays = dict[str, NDArray[np.float32]]


def strategy(spec: FederationSpec, clients: int) -> FedAvg:
    """The strategy of `spec`, asking all of `clients` clients in every round, weighted by their examples."""
    match spec.strategy:
        case "fedavg":
            made = FedAvg()
        case "fedavgm":
            made = FedAvgM(server_momentum=spec.server_momentum)
        case "fedadam":
            made = FedAdam(eta=spec.fedadam_learning_rate, beta_1=spec.server_momentum)
    # Flower's default of 2 would wait for ever where a single home holds shards.
    made.min_train_nodes = made.min_evaluate_nodes = made.min_available_nodes = clients
    return made


def memory(strategy: FedAvg, names: list[str]) -> Arrays:
    """What `strategy` knows of earlier rounds, by `KIND/PARAMETER`; `names` are the parameters in order."""
    if isinstance(strategy, FedAvgM) and strategy.momentum_vector is not None:
        return {f"momentum/{name}": array for name, array in zip(names, strategy.momentum_vector, strict=True)}
    if isinstance(strategy, FedAdam):
        first = {f"m/{name}": array for name, array in (strategy.m_t or {}).items()}
        return first | {f"v/{name}": array for name, array in (strategy.v_t or {}).items()}
    return {}


def remember(strategy: FedAvg, memory: Mapping[str, NDArray[np.float32]], names: list[str]) -> None:
    """Give `strategy` what `memory` returned. Raises FederationError where that is of another strategy."""
    try:
        if isinstance(strategy, FedAvgM) and memory:
            strategy.momentum_vector = [memory[f"momentum/{name}"] for name in names]
        elif isinstance(strategy, FedAdam) and memory:
            strategy.m_t = {name: memory[f"m/{name}"] for name in names}
            strategy.v_t = {name: memory[f"v/{name}"] for name in names}
    except KeyError as error:
        raise FederationError(f"the saved round has no {error}, which {type(strategy).__name__} needs") from error
