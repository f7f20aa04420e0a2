"""Finished rounds on disk, so that a killed run goes on from the last of them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter, ValidationError
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from worldfactory.errors import FederationError
from worldfactory.files import write_file
from worldfactory.records import ClientFailure, ClientRound

_KEY = "worldfactory"
Arrays = dict[str, NDArray[np.float32]]


@dataclass(frozen=True)
class ClientState:
    """What a client keeps from round to round: Adam's moments, and where it is in its stream of windows."""

    optimizer: Arrays
    cursor: dict[str, int]


@dataclass(frozen=True)
class Told:
    """What the rounds so far have told."""

    history: tuple[ClientRound, ...] = ()
    failures: tuple[ClientFailure, ...] = ()
    evaluated: dict[str, int] = field(default_factory=dict[str, int])
    """Client -> windows that its losses are measured on."""
    cursors: dict[str, dict[str, int]] = field(default_factory=dict[str, dict[str, int]])


@dataclass(frozen=True)
class RoundState:
    """All that the next round starts from."""

    round: int
    model: Arrays
    strategy: Arrays
    clients: Mapping[str, ClientState]
    told: Told


class SavedRounds:
    """The last finished round of a run, one file in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def save(self, state: RoundState) -> None:
        """Write the round atomically, then drop the one before. Raises StoreError where the system refuses."""
        arrays = {f"model/{name}": array for name, array in state.model.items()}
        arrays |= {f"strategy/{name}": array for name, array in state.strategy.items()}
        for client, kept in state.clients.items():
            arrays |= {f"client {client}/{name}": array for name, array in kept.optimizer.items()}
        told = json.dumps(_TOLD.dump_python(state.told, mode="json"))
        file = self.folder / f"round-{state.round:06}.safetensors"
        write_file(file, save({name: np.ascontiguousarray(array) for name, array in arrays.items()}, {_KEY: told}))
        for other in self.folder.glob("round-*.safetensors"):
            if other != file:
                other.unlink(missing_ok=True)

    def last(self) -> RoundState | None:
        """The last finished round, None before the first. Raises FederationError naming a file that is damaged."""
        files = sorted(self.folder.glob("round-*.safetensors"))
        if not files:
            return None
        file = files[-1]
        try:
            with safe_open(file, "np") as opened:
                told = _TOLD.validate_json(opened.metadata()[_KEY])
                parts: dict[str, Arrays] = {}
                for key in opened.keys():  # noqa: SIM118
                    part, _, name = key.partition("/")
                    parts.setdefault(part, {})[name] = opened.get_tensor(key)
        except (SafetensorError, ValidationError, KeyError, TypeError, OSError) as error:
            raise FederationError(f"{file}: this saved round is damaged; delete it to start over: {error}") from error
        clients = {
            client: ClientState(parts.get(f"client {client}", {}), cursor) for client, cursor in told.cursors.items()
        }
        number = int(file.stem.removeprefix("round-"))
        return RoundState(number, parts.get("model", {}), parts.get("strategy", {}), clients, told)

    def drop(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self.folder, ignore_errors=True)


_TOLD = TypeAdapter(Told)
