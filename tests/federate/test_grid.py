"""The grid: messages as bytes, in order, errors as replies."""

from __future__ import annotations

import numpy as np
import pytest

from worldfactory.federate._flower import (
    ArrayRecord,
    ClientApp,
    ConfigRecord,
    Context,
    Message,
    MetricRecord,
    RecordDict,
    sender,
)
from worldfactory.federate._grid import InProcessGrid, Node


def node(number: int) -> Node:
    """A client that doubles an array, counts its calls, and fails where it is told to."""
    app = ClientApp()

    @app.train()
    def _train(message: Message, context: Context) -> Message:
        calls = int(context.state["calls"]["count"]) + 1 if "calls" in context.state else 1
        context.state["calls"] = ConfigRecord({"count": calls})
        if message.content["config"]["fail"] == number:
            raise ValueError("told to")
        (array,) = message.content["arrays"].to_numpy_ndarrays()
        message.content["config"]["fail"] = 99  # a client's changes stay with the client
        return Message(
            RecordDict({"arrays": ArrayRecord([array * 2]), "metrics": MetricRecord({"calls": calls})}),
            reply_to=message,
        )

    return Node(app, Context(1, number, {}, RecordDict(), {}))


def asked(grid: InProcessGrid, content: RecordDict, *nodes: int) -> list[Message]:
    with sender(1, 1):
        return grid.send_and_receive([grid.create_message(content, "train", number, "1") for number in nodes])


def content(fail: int = 0) -> RecordDict:
    return RecordDict({"arrays": ArrayRecord([np.arange(3.0)]), "config": ConfigRecord({"fail": fail})})


def test_replies_come_in_the_order_of_nodes_whoever_is_asked_first() -> None:
    delivered: list[int] = []
    grid = InProcessGrid({n: node(n) for n in (4, 2, 3)}, lambda reply: delivered.append(reply.metadata.src_node_id))
    assert grid.get_node_ids() == [2, 3, 4]
    replies = asked(grid, content(), 4, 2, 3)
    assert [reply.metadata.src_node_id for reply in replies] == delivered == [2, 3, 4]
    assert [reply.content["arrays"].to_numpy_ndarrays()[0].tolist() for reply in replies] == [[0, 2, 4]] * 3


def test_nothing_is_shared_but_bytes() -> None:
    """All clients are sent one RecordDict; what one does to its copy reaches neither server nor the others."""
    grid = InProcessGrid({n: node(n) for n in (2, 3)})
    sent = content()
    assert all(reply.has_content() for reply in asked(grid, sent, 2, 3))
    assert sent["config"]["fail"] == 0


def test_an_exception_is_an_error_reply_and_state_stays_with_its_node() -> None:
    grid = InProcessGrid({n: node(n) for n in (2, 3)})
    first = asked(grid, content(fail=3), 2, 3)
    assert [reply.has_error() for reply in first] == [False, True]
    assert first[1].error.reason == "ValueError: told to"
    second = asked(grid, content(), 2)
    assert second[0].content["metrics"]["calls"] == 2


def test_replies_are_handed_out_once() -> None:
    grid = InProcessGrid({2: node(2)})
    with sender(1, 1):
        ids = grid.push_messages([grid.create_message(content(), "train", 2, "1")])
    assert len(grid.pull_messages(ids)) == 1
    assert grid.pull_messages(ids) == []


def test_the_senders_identity_is_put_back() -> None:
    from flwr.supercore.task_identity import TaskIdentity

    before = TaskIdentity._run_id
    with pytest.raises(KeyError), sender(7, 8):
        assert (TaskIdentity.run_id, TaskIdentity.node_id) == (7, 8)
        raise KeyError
    assert TaskIdentity._run_id == before
