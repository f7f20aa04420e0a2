"""Identity: ids are digests, and random numbers come only from a counter-based generator keyed by an id.

So clip 10,000,000 of a cell can be made without making the others, and made again from its manifest row.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

ENGINE_VERSION = "5"

Json = None | bool | int | float | str | Sequence["Json"] | Mapping[str, "Json"]


def canonical_json(value: Json) -> bytes:
    """The one byte string of a JSON value: sorted keys, no spaces, UTF-8, no NaN."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def digest(data: bytes) -> str:
    """Hex SHA-256 of `data`, 64 characters."""
    return hashlib.sha256(data).hexdigest()


def digest_json(value: Json) -> str:
    """Hex SHA-256 of the canonical JSON of `value`."""
    return digest(canonical_json(value))


def record_id(kind: str, parents: Sequence[str], spec_digest: str, seed: int) -> str:
    """`kind-` and 20 hex digits over kind, parents, the shaping spec's digest, seed and engine version."""
    return f"{kind}-{digest_json([kind, list(parents), spec_digest, seed, ENGINE_VERSION])[:20]}"


def generator(key: str, stream: str = "") -> np.random.Generator:
    """The random generator of record id `key`; each `stream` name gives an independent sequence.

    Philox-4x64 (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"), keyed by a digest.
    """
    raw = hashlib.sha256(f"{key}\x00{stream}".encode()).digest()
    words: NDArray[np.uint64] = np.frombuffer(raw[:16], np.uint64)
    return np.random.Generator(np.random.Philox(key=words))
