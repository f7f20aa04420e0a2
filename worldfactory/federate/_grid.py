"""A Grid in one process: Flower's own server and client apps, without Ray, SuperLink or any connection."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from worldfactory.federate._flower import (
    ClientApp,
    Context,
    Error,
    ErrorCode,
    Grid,
    Message,
    RecordDict,
    Run,
    message_from_proto,
    message_to_proto,
)

RUN_ID = 1
SERVER_NODE = 1


@dataclass(frozen=True)
class Node:
    """A client: its app, and the context that stays with it from round to round."""

    app: ClientApp
    context: Context


class InProcessGrid(Grid):
    """Delivers messages to the nodes, one after the other in the order of node ids, so that sums repeat bit by bit.

    Each message crosses as bytes of Flower's wire format, so server and clients share no object. An exception in a
    client becomes an error reply. `delivered` is called with each reply.
    """

    def __init__(self, nodes: Mapping[int, Node], delivered: Callable[[Message], None] | None = None) -> None:
        self._nodes = dict(sorted(nodes.items()))
        self._delivered = delivered
        self._replies: dict[str, Message] = {}
        self._sent = 0
        self._run = Run.create_empty(RUN_ID)

    def set_run(self, run: Run) -> None:
        """Set the run that messages belong to."""
        self._run = run

    @property
    def run(self) -> Run:
        """The run that messages belong to."""
        return self._run

    def create_message(
        self, content: RecordDict, message_type: str, dst_node_id: int, group_id: str, ttl: float | None = None
    ) -> Message:
        """A message to one node."""
        return Message(content, dst_node_id, message_type, ttl=ttl, group_id=group_id)

    def get_node_ids(self) -> list[int]:
        """The ids of all nodes, in order."""
        return list(self._nodes)

    def push_messages(self, messages: Iterable[Message]) -> list[str]:
        """Deliver the messages; the ids returned are for `pull_messages`."""
        pushed: list[str] = []
        for message in sorted(messages, key=lambda message: message.metadata.dst_node_id):
            self._sent += 1
            identity = f"message-{self._sent}"
            reply = self._deliver(_wired(message, identity))
            self._replies[identity] = reply
            pushed.append(identity)
            if self._delivered is not None:
                self._delivered(reply)
        return pushed

    def pull_messages(self, message_ids: Iterable[str]) -> list[Message]:
        """The replies to these messages, each handed out once."""
        return [self._replies.pop(identity) for identity in message_ids if identity in self._replies]

    def send_and_receive(self, messages: Iterable[Message], *, timeout: float | None = None) -> list[Message]:
        """Deliver the messages and return the replies, in the order of node ids. `timeout` can not come to pass."""
        return self.pull_messages(self.push_messages(messages))

    def _deliver(self, message: Message) -> Message:
        node = self._nodes[message.metadata.dst_node_id]
        try:
            reply = node.app(message, node.context)
        except Exception as error:
            cause = f"{type(error).__name__}: {error}"
            reply = Message(Error(ErrorCode.CLIENT_APP_RAISED_EXCEPTION, cause), reply_to=message)
        return _wired(reply, f"reply to {message.metadata.message_id}")


def _wired(message: Message, identity: str) -> Message:
    """The message after a way over the wire, with its id."""
    proto = message_to_proto(message)
    proto.metadata.message_id = identity
    return message_from_proto(type(proto).FromString(proto.SerializeToString()))
