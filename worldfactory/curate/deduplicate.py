"""Which clips are copies of others, and which of them stays.

Measuring and deciding are apart here too. `find_pairs` says which clips are alike and how much: first copies by their
fingerprints, then what means the same by SemDeDup (Abbas et al. 2023, "SemDeDup: Data-efficient learning at web-scale
through semantic deduplication"): embeddings are clustered by k-means and compared only within a cluster, in blocks. The
whole matrix of pairs is never held, and new clips need be compared only with those that stand. `choose` then says of
stored pairs, in no time, which clips are one too many.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from worldfactory.curate.fingerprint import Fingerprint, hash_distances, likeness
from worldfactory.lineage import generator, record_id
from worldfactory.records.source import Alike, AlikeBy
from worldfactory.spec import LEAST_LIKENESS, LEAST_SIMILARITY, DuplicatesSpec

_BLOCK = 512
_HASH_DISTANCE = 0.31
"""Share of hash bits that may differ before two clips are not even held against each other."""
_NEAREST: Mapping[AlikeBy, int] = {"picture": 24, "meaning": 64}
"""Of each clip, so many are noted: a thousand copies of one clip make no million pairs."""


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
    found_by: AlikeBy
    similarity: float


def find_duplicates(
    clips: Sequence[Candidate], held: Sequence[Candidate] = (), config: DuplicatesSpec | None = None, clusters: int = 0
) -> list[Duplicate]:
    """`choose` on the pairs of `find_pairs`: what among `clips` copies another of them, or one of `held`."""
    wanted = config or DuplicatesSpec()
    pairs = find_pairs(clips, held, clusters)
    return choose([*held, *clips], pairs, wanted, {one.clip for one in held})


def find_pairs(fresh: Sequence[Candidate], held: Sequence[Candidate] = (), clusters: int = 0) -> list[Alike]:
    """Who is like whom: pairs of `fresh` among each other and with `held`, whose own pairs are known; by id.

    `clusters` of k-means; 0 for the square root of the number of clips. The order of the clips does not matter. Raises
    ValueError where clips with embeddings have them of different sizes.
    """
    new = {one.clip for one in fresh}
    every = sorted({one.clip: one for one in (*held, *fresh)}.values(), key=lambda one: one.clip)
    found = [*_by_picture(every, new), *_by_meaning(every, new, clusters)]
    return sorted(found, key=lambda pair: pair.id)


def choose(
    clips: Sequence[Candidate], pairs: Sequence[Alike], spec: DuplicatesSpec, held: Collection[str] = ()
) -> list[Duplicate]:
    """The clips that are one too many, in the order given. Pairs of clips that are not among `clips` do not count.

    Of copies the largest stays, then the one of best quality, then the first by id; `held` stay before all others. So
    with none held the order in which clips came does not matter.
    """
    stays = frozenset(held)
    ranked = sorted(clips, key=lambda one: (one.clip not in stays, -one.pixels, -one.quality, one.clip))
    rank = {one.clip: place for place, one in enumerate(ranked)}
    limits = {"picture": spec.copy_likeness, "meaning": spec.meaning_similarity}
    alike: dict[str, list[Alike]] = defaultdict(list)
    for pair in pairs:
        if pair.similarity >= limits[pair.found_by] and pair.first in rank and pair.second in rank:
            alike[max(pair.first, pair.second, key=rank.__getitem__)].append(pair)
    gone: dict[str, Duplicate] = {}
    for one in ranked:
        if one.clip in stays:
            continue
        # Copies before what only means the same, and the surest of them.
        for pair in sorted(alike[one.clip], key=lambda pair: (pair.found_by != "picture", -pair.similarity, pair.id)):
            better = pair.first if pair.second == one.clip else pair.second
            of = gone.get(better)
            if of is None:
                gone[one.clip] = Duplicate(one.clip, better, pair.found_by, pair.similarity)
                break
            if pair.found_by == of.found_by == "picture":  # a copy of a copy
                gone[one.clip] = Duplicate(one.clip, of.of, "picture", pair.similarity)
                break
    return [gone[one.clip] for one in clips if one.clip in gone]


def quality(scores: Mapping[str, float]) -> float:
    """How good a clip looks, by what QualityObserver measured: 0 at best, 1 less for each fault at its limit."""
    worst = {"blur_px": 3.2, "noise_level": 5.0, "bars_share": 0.04, "repeat_share": 0.3, "frozen_s": 0.5}
    faults = sum(scores.get(name, 0.0) / limit for name, limit in worst.items())
    return -round(faults + max(0.0, scores.get("blocking_ratio", 1.0) - 1) / 0.4, 6)


def _alike(one: Candidate, other: Candidate, found_by: AlikeBy, similarity: float) -> Alike:
    first, second = sorted((one.clip, other.clip))
    return Alike(
        id=record_id("alike", (first, second), found_by, 0),
        parents=(first, second),
        first=first,
        second=second,
        found_by=found_by,
        similarity=round(similarity, 4),
    )


def _by_picture(every: Sequence[Candidate], new: Collection[str]) -> list[Alike]:
    printed = [(one, one.fingerprint.hashes) for one in every if one.fingerprint is not None]
    if len(printed) < 2:
        return []
    hashes = np.stack([mine for _, mine in printed])
    near: dict[tuple[int, int], None] = {}
    for index, (one, mine) in enumerate(printed):
        if one.clip not in new:
            continue
        distances = np.concatenate(
            [hash_distances(mine, hashes[at : at + _BLOCK]) for at in range(0, len(hashes), _BLOCK)]
        )
        distances[index] = 1.0
        places = np.flatnonzero(distances <= _HASH_DISTANCE)
        nearest = places[np.argsort(distances[places], kind="stable")][: _NEAREST["picture"]]
        near |= {(min(index, int(place)), max(index, int(place))): None for place in nearest}
    found: list[Alike] = []
    for a, b in sorted(near):
        one, other = printed[a][0], printed[b][0]
        assert one.fingerprint is not None and other.fingerprint is not None
        alike = likeness(one.fingerprint, other.fingerprint)
        if alike >= LEAST_LIKENESS:
            found.append(_alike(one, other, "picture", alike))
    return found


def _by_meaning(every: Sequence[Candidate], new: Collection[str], clusters: int) -> list[Alike]:
    said = [(one, one.embedding) for one in every if one.embedding is not None]
    if len(said) < 2:
        return []
    sizes = sorted({vector.shape for _, vector in said})
    if len(sizes) > 1:
        raise ValueError(f"embeddings are of one size, not {sizes}")
    points = np.stack([vector for _, vector in said]).astype(np.float32)
    fresh = np.array([one.clip in new for one, _ in said])
    labels = k_means(points, clusters or max(1, round(len(points) ** 0.5)))
    noted: dict[tuple[int, int], float] = {}
    for cluster in np.unique(labels[fresh]):
        members = np.flatnonzero(labels == cluster)
        asking = members[fresh[members]]
        for start in range(0, len(asking), _BLOCK):
            rows = asking[start : start + _BLOCK]
            cosines = points[rows] @ points[members].T
            for row, cosine in zip(rows, cosines, strict=True):
                places = np.flatnonzero((cosine >= LEAST_SIMILARITY) & (members != row))
                for place in places[np.argsort(-cosine[places], kind="stable")][: _NEAREST["meaning"]]:
                    pair = sorted((int(row), int(members[place])))
                    noted[pair[0], pair[1]] = float(cosine[place])
    return [_alike(said[a][0], said[b][0], "meaning", cosine) for (a, b), cosine in sorted(noted.items())]


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
