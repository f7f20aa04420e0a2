"""The server: asks the clients each round, joins their weights by the strategy, and keeps each finished round."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

import numpy as np

from worldfactory.errors import FederationError
from worldfactory.federate import _client
from worldfactory.federate._flower import (
    Array,
    ArrayRecord,
    ConfigRecord,
    Context,
    Grid,
    Message,
    RecordDict,
    ServerApp,
)
from worldfactory.federate._rounds import Arrays, ClientState, RoundState, SavedRounds
from worldfactory.federate._strategy import memory, remember, strategy
from worldfactory.records import ClientFailure, ClientRound
from worldfactory.spec import FederationSpec


@dataclass(frozen=True)
class Evaluated:
    """How well the final model does on a client's held-out windows."""

    client: str
    windows: int
    loss: float
    psnr_db: float


class Coordinator:
    """The rounds of one run. `state` is the last finished one, `evaluated` is filled after all of them."""

    def __init__(
        self,
        federation: FederationSpec,
        names: Mapping[int, str],
        contexts: Mapping[int, Context],
        parameters: Sequence[str],
        start: RoundState,
        saved: SavedRounds,
    ) -> None:
        self.state = start
        self.evaluated: list[Evaluated] = []
        self._federation = federation
        self._names = names
        self._contexts = contexts
        # In the order of the model, which a file does not keep: FedAvgM goes by order and not by name.
        self._parameters = list(parameters)
        self._saved = saved

    def app(self) -> ServerApp:
        """The rounds that are left, then the evaluation, as Flower's server app. Raises FederationError."""
        app = ServerApp()

        @app.main()
        def _main(grid: Grid, context: Context) -> None:  # pyright: ignore[reportUnusedFunction]
            parameters = self._parameters
            joins = strategy(self._federation, len(self._names))
            remember(joins, self.state.strategy, parameters)
            for number in range(self.state.round + 1, self._federation.rounds + 1):
                asked = joins.configure_train(number, self._sent(), ConfigRecord(), grid)
                replies, failures = self._checked(number, list(grid.send_and_receive(asked)))
                arrays, _ = joins.aggregate_train(number, replies)
                if arrays is None:
                    raise FederationError(f"round {number}: {type(joins).__name__} made no weights of the replies")
                told, kept = self.state.told, self._kept()
                self.state = RoundState(
                    round=number,
                    # FedAdam computes in float64; weights are float32 everywhere.
                    model={name: arrays[name].numpy().astype(np.float32) for name in parameters},
                    strategy=memory(joins, parameters),
                    clients=kept,
                    told=replace(
                        told,
                        history=told.history + tuple(self._round(number, reply) for reply in replies),
                        failures=told.failures + tuple(failures),
                        evaluated=told.evaluated
                        | {self._client(reply): int(_metric(reply, _client.WINDOWS)) for reply in replies},
                        cursors={name: client.cursor for name, client in kept.items()},
                    ),
                )
                self._saved.save(self.state)
            final = self._federation.rounds
            asked = joins.configure_evaluate(final, self._sent(), ConfigRecord(), grid)
            replies, failures = self._checked(final, list(grid.send_and_receive(asked)))
            told = self.state.told
            self.state = replace(self.state, told=replace(told, failures=told.failures + tuple(failures)))
            self.evaluated = [
                Evaluated(
                    self._client(reply),
                    int(_metric(reply, _client.EXAMPLES)),
                    _metric(reply, _client.LOSS),
                    _metric(reply, _client.PSNR),
                )
                for reply in replies
            ]

        return app

    def _sent(self) -> ArrayRecord:
        return _record({name: self.state.model[name] for name in self._parameters})

    def _checked(self, number: int, replies: Sequence[Message]) -> tuple[list[Message], list[ClientFailure]]:
        """Good replies and failures. Raises FederationError where too few are good: Flower itself would go on."""
        good = [reply for reply in replies if reply.has_content()]
        failures = [
            ClientFailure(round=number, client=self._client(reply), cause=reply.error.reason or "no reason given")
            for reply in replies
            if reply.has_error()
        ]
        if len(good) < self._federation.min_clients:
            causes = "; ".join(f"{failure.client}: {failure.cause}" for failure in failures)
            raise FederationError(
                f"round {number}: {len(good)} of {len(self._names)} clients finished, and min_clients is "
                f"{self._federation.min_clients}: {causes or 'no client failed'}"
            )
        return good, failures

    def _client(self, reply: Message) -> str:
        return self._names[reply.metadata.src_node_id]

    def _round(self, number: int, reply: Message) -> ClientRound:
        return ClientRound(
            round=number,
            client=self._client(reply),
            examples=int(_metric(reply, _client.EXAMPLES)),
            loss_before=_metric(reply, _client.LOSS_BEFORE),
            loss_after=_metric(reply, _client.LOSS_AFTER),
        )

    def _kept(self) -> dict[str, ClientState]:
        """What the clients' contexts hold. It never leaves this machine, as it never leaves a client's."""
        kept: dict[str, ClientState] = {}
        for node, context in self._contexts.items():
            if _client.CURSOR in context.state:
                moments = context.state.array_records[_client.OPTIMIZER]
                cursor = context.state.config_records[_client.CURSOR]
                kept[self._names[node]] = ClientState(
                    {name: array.numpy() for name, array in moments.items()},
                    {key: int(str(value)) for key, value in cursor.items()},
                )
        return kept


def context(node: int, run: int, home: str, kept: ClientState | None) -> Context:
    """The context of a client, with what it kept from earlier rounds."""
    state = RecordDict()
    if kept is not None:
        state[_client.OPTIMIZER] = _record(kept.optimizer)
        state[_client.CURSOR] = ConfigRecord({**kept.cursor})
    return Context(run_id=run, node_id=node, node_config={"home": home}, state=state, run_config={})


def _record(arrays: Arrays) -> ArrayRecord:
    return ArrayRecord({name: Array(array) for name, array in arrays.items()})


def _metric(reply: Message, key: str) -> float:
    return float(cast(float, reply.content.metric_records[_client.METRICS][key]))
