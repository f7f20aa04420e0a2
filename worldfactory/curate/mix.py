"""The wanted mix of kinds of clips: which are shown less often than they come, and which more often.

Every clip's lot is drawn from its id, so it does not change when other clips come or go, only when the shares do.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from worldfactory.lineage import digest
from worldfactory.spec import MixSpec


@dataclass(frozen=True, slots=True)
class Share:
    """One kind of clips in the mix."""

    score: str
    clips: int
    """That there are."""
    had: float
    """Share of all clips of listed kinds."""
    wanted: float
    """Share, of the kinds that there are."""
    rate: float
    """How often each is to be shown in an epoch, on average."""

    def repeats(self, clip: str) -> int:
        """How often the clip with this id is to be shown in an epoch; 0 drops it."""
        lot = int(digest(f"mix {clip}".encode())[:13], 16) / 16**13
        return int(self.rate + lot)

    def __str__(self) -> str:
        return f"{self.score} has {self.had:.0%} of the clips, {self.wanted:.0%} wanted; {self.rate:.3g} of them stay"


def group_of(scores: Mapping[str, float], spec: MixSpec) -> str:
    """The kind of a clip: the listed score that is highest, the first by name of equals; empty if it has none."""
    there = [name for name in sorted(spec.wanted) if name in scores]
    return max(there, key=lambda name: scores[name]) if there else ""


def shares(clips: Mapping[str, Mapping[str, float]], spec: MixSpec) -> list[Share]:
    """What the mix makes of `clips`, id -> scores; none where no mix is wanted or no clip is of a listed kind.

    As many clips are shown as can be, no kind more often than `most_repeats` a clip, and all together no more often
    than there are clips. Kinds of which there are none can not be had; the others share what they would have been.
    """
    counts = Counter(group for scores in clips.values() if (group := group_of(scores, spec)))
    total = sum(counts.values())
    wanted = {name: share for name, share in spec.wanted.items() if counts[name]}
    whole = sum(wanted.values())
    if not whole:
        return []
    shown = min(total, *(spec.most_repeats * counts[name] * whole / share for name, share in wanted.items() if share))
    return [
        Share(name, counts[name], counts[name] / total, share / whole, shown * share / whole / counts[name])
        for name, share in sorted(wanted.items())
    ]
