"""Which clips are copies of others, and which of them stays.

First copies by their fingerprints, then what means the same by SemDeDup (Abbas et al. 2023, "SemDeDup: Data-efficient
learning at web-scale through semantic deduplication"): embeddings are clustered by k-means and compared only within a
cluster, in blocks. The whole matrix of pairs is never held. Clips that the index holds already are compared with and
stay, whatever comes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from worldfactory.curate.fingerprint import Fingerprint, hash_distances, likeness
from worldfactory.lineage import generator
from worldfactory.records import Frozen

_BLOCK = 512


class DedupConfig(Frozen):
    """What counts as a copy."""

    candidate_distance: float = 0.31
    """Share of hash bits that may differ before two clips are not even held against each other."""
    copy_likeness: float = 0.82
    """Correlation of the laid-over pictures from which two clips are copies."""
    meaning_similarity: float = 0.97
    """Cosine of embeddings above which two clips say the same: 1 less SemDeDup's epsilon."""
    clusters: int = 0
    """For k-means; 0 for the square root of the number of clips."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A clip that may be a copy."""

    clip: str
    pixels: int
    """Of a frame."""
    quality: float = 0.0
    """Higher is better; decides between clips of the same size."""
    fingerprint: Fingerprint | None = None
    embedding: NDArray[np.float32] | None = None
    """[D], unit length."""


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A clip that is one too many."""

    clip: str
    of: str
    """The clip that stays in its place."""
    found_by: Literal["picture", "meaning"]
    similarity: float


def find_duplicates(
    clips: Sequence[Candidate], held: Sequence[Candidate] = (), config: DedupConfig | None = None
) -> list[Duplicate]:
    """The clips among `clips` that copy another of them, or one of `held`; none of `held` itself is named.

    Of copies the largest stays, then the one of best quality, then the first. Raises ValueError where clips with
    embeddings have them of different sizes.
    """
    wanted = config or DedupConfig()
    every = [*held, *clips]
    # Best first, and what is held before all: so each clip need be compared only with those that stay.
    order = sorted(range(len(every)), key=lambda i: (i >= len(held), -every[i].pixels, -every[i].quality, i))
    found: dict[int, Duplicate] = {}
    staying = _by_picture(every, order, len(held), wanted, found)
    _by_meaning(every, staying, len(held), wanted, found)
    return [found[index] for index in sorted(found)]


def _by_picture(
    every: Sequence[Candidate], order: Sequence[int], held: int, config: DedupConfig, found: dict[int, Duplicate]
) -> list[int]:
    """Note copies by fingerprint in `found`; return who stays, in the order given."""
    staying: list[int] = []
    printed: list[int] = []
    hashes: NDArray[np.uint8] | None = None
    for index in order:
        mine = every[index].fingerprint
        if mine is None:
            staying.append(index)
            continue
        if hashes is None:
            hashes = np.empty((len(order), *mine.hashes.shape), np.uint8)
        original = None
        if index >= held and printed:
            near: list[tuple[float, int]] = []
            for start in range(0, len(printed), _BLOCK):
                block = hashes[start : min(start + _BLOCK, len(printed))]
                distances = hash_distances(mine.hashes, block)
                places = np.flatnonzero(distances <= config.candidate_distance)
                near += [(float(distances[place]), printed[start + int(place)]) for place in places]
            for _, other in sorted(near):
                theirs = every[other].fingerprint
                alike = likeness(mine, theirs) if theirs is not None else -1.0
                if alike >= config.copy_likeness:
                    original = other, alike
                    break
        if original is not None:
            found[index] = Duplicate(every[index].clip, every[original[0]].clip, "picture", round(original[1], 4))
            continue
        hashes[len(printed)] = mine.hashes
        printed.append(index)
        staying.append(index)
    return staying


def _by_meaning(
    every: Sequence[Candidate], staying: Sequence[int], held: int, config: DedupConfig, found: dict[int, Duplicate]
) -> None:
    vectors: list[NDArray[np.float32]] = []
    ranked: list[int] = []
    for index in staying:
        vector = every[index].embedding
        if vector is not None:
            vectors.append(vector)
            ranked.append(index)
    if len(ranked) < 2:
        return
    if len({vector.shape for vector in vectors}) > 1:
        raise ValueError(f"embeddings are of one size, not {sorted({vector.shape for vector in vectors})}")
    points = np.stack(vectors).astype(np.float32)
    clusters = k_means(points, config.clusters or max(1, round(len(points) ** 0.5)))
    for cluster in np.unique(clusters):
        members = np.flatnonzero(clusters == cluster)
        gone = np.zeros(len(members), np.bool_)
        for start in range(0, len(members), _BLOCK):
            rows = members[start : start + _BLOCK]
            cosines = points[rows] @ points[members[: start + len(rows)]].T
            for place, cosine in enumerate(cosines):
                mine = start + place
                if ranked[int(members[mine])] < held or mine == 0:
                    continue
                # Only those before it, which are better, and of these only those that stay.
                before = np.where(gone[:mine], -1.0, cosine[:mine])
                nearest = int(before.argmax())
                if before[nearest] > config.meaning_similarity:
                    gone[mine] = True
                    index, other = ranked[int(members[mine])], ranked[int(members[nearest])]
                    similarity = round(float(before[nearest]), 4)
                    found[index] = Duplicate(every[index].clip, every[other].clip, "meaning", similarity)


def k_means(points: NDArray[np.float32], clusters: int, rounds: int = 20) -> NDArray[np.int64]:
    """The cluster of each of `points` [N, D], of unit length, by spherical k-means; the same points, the same clusters.

    Seeds are drawn by k-means++ (Arthur and Vassilvitskii 2007). Distances are computed a block of points at a time.
    """
    clusters = min(clusters, len(points))
    rng = generator("semdedup", f"{len(points)} {clusters}")
    centres = points[[int(rng.integers(len(points)))]]
    far = np.maximum(1 - points @ centres[0], 0).astype(np.float64)
    while len(centres) < clusters:
        total = float(far.sum())
        if total <= 1e-6:
            break
        chosen = int(rng.choice(len(points), p=far / total))
        centres = np.concatenate([centres, points[[chosen]]])
        far = np.minimum(far, np.maximum(1 - points @ points[chosen], 0))
    labels = np.zeros(len(points), np.int64)
    for _ in range(rounds):
        fresh = np.concatenate(
            [(points[at : at + _BLOCK] @ centres.T).argmax(1) for at in range(0, len(points), _BLOCK)]
        )
        if np.array_equal(fresh, labels):
            break
        labels = fresh
        sums = np.zeros_like(centres)
        np.add.at(sums, labels, points)
        lengths = np.linalg.norm(sums, axis=1, keepdims=True)
        centres = np.where(lengths > 1e-6, sums / np.maximum(lengths, 1e-6), centres).astype(np.float32)
    return labels
