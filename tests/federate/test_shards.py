"""Clients over real shards in real homes, and nothing but their own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.federate.homes import stored
from tests.train.footage import TINY
from worldfactory.errors import FederationError
from worldfactory.federate import HomeShards, federate
from worldfactory.federate._client import client_app
from worldfactory.federate._flower import Message
from worldfactory.federate._grid import InProcessGrid
from worldfactory.model import load_checkpoint
from worldfactory.spec import FederationSpec
from worldfactory.store import Home

SHORT = FederationSpec(rounds=1, steps_per_round=2)


def homes(root: Path) -> dict[str, HomeShards]:
    return {name: stored(root, name, count) for name, count in (("aws", 3), ("gcp", 2), ("azure", 2))}


def test_three_homes(tmp_path: Path) -> None:
    held = homes(tmp_path)
    record = federate(TINY, SHORT, held, tmp_path / "out")
    assert record.clients == ("aws", "azure", "gcp")
    assert set(record.parents) == {shard.id for home in held.values() for shard in home.shards}
    assert record.failures == ()
    assert load_checkpoint(tmp_path / "out" / record.id).record == record


def test_each_client_opens_its_own_home_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every object that is opened while a client is at work lies in that client's home."""
    held = homes(tmp_path)
    at_work = [""]
    opened: dict[str, set[str]] = {name: set() for name in held}
    deliver = InProcessGrid._deliver
    read: Callable[[Home, str], object] = Home.open

    def delivering(self: InProcessGrid, message: Message) -> Message:
        node = self._nodes[message.metadata.dst_node_id]
        at_work[0] = str(node.context.node_config["home"])
        reply = deliver(self, message)
        at_work[0] = ""
        return reply

    def opening(self: Home, key: str) -> object:
        opened[at_work[0]].add(f"{self.url}/{key}")
        return read(self, key)

    monkeypatch.setattr(InProcessGrid, "_deliver", delivering)
    for kind in {type(home.home) for home in held.values()}:
        monkeypatch.setattr(kind, "open", opening)
    federate(TINY, SHORT, held, tmp_path / "out")
    for name, home in held.items():
        assert opened[name] == {f"{home.home.url}/{shard.key}" for shard in home.shards}
        assert all(f"/homes/{name}/" in url for url in opened[name])


def test_a_client_holds_no_other_home(tmp_path: Path) -> None:
    """Whatever can be reached from a client's app, through closures and attributes, is of its own home."""
    held = homes(tmp_path)
    app = client_app(held["aws"], TINY, SHORT)
    seen: set[int] = set()
    found: list[Home] = []
    stack: list[object] = list(vars(app).values())
    while stack:
        thing = stack.pop()
        if id(thing) in seen:
            continue
        seen.add(id(thing))
        if isinstance(thing, Home):
            found.append(thing)
        elif isinstance(thing, dict):
            stack += thing.values()
        elif isinstance(thing, list | tuple | set | frozenset):
            stack += thing
        else:
            stack += [cell.cell_contents for cell in getattr(thing, "__closure__", None) or ()]
            if type(thing).__module__.startswith(("worldfactory.federate", "worldfactory.train", "builtins")):
                stack += vars(thing).values() if hasattr(thing, "__dict__") else ()
    assert [home.url for home in found] == [held["aws"].home.url]


@pytest.mark.parametrize("climbing", ["../gcp/", "a/../../gcp/", "%2e%2e/gcp/"])
def test_a_key_can_not_climb_out_of_its_home(tmp_path: Path, climbing: str) -> None:
    """A record that says aws but points into gcp's folder is refused before anything is read."""
    held = homes(tmp_path)
    lying = held["gcp"].shards[0].model_copy(update={"home": "aws", "key": climbing + held["gcp"].shards[0].key})
    with pytest.raises(FederationError, match=r"home aws: shard .* has the key '.*gcp/.*', which leaves its home"):
        federate(TINY, SHORT, {"aws": HomeShards(held["aws"].home, (lying,))}, tmp_path / "out")


def test_a_damaged_shard_fails_its_client_by_name(tmp_path: Path) -> None:
    """The others go on; the failure names the shard's file."""
    held = homes(tmp_path)
    shard = held["gcp"].shards[0]
    file = tmp_path / "homes/gcp" / shard.key
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 0xFF
    file.write_bytes(data)
    record = federate(TINY, SHORT, held, tmp_path / "out")
    assert record.clients == ("aws", "azure")
    assert {f.client for f in record.failures} == {"gcp"}
    assert all(shard.key in f.cause and "ShardError" in f.cause for f in record.failures)
