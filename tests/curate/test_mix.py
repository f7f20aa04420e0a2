"""The wanted mix: shares are reached by showing clips less or more often, and each clip's lot is its own."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from worldfactory.curate import Curated, choose_clips, judge
from worldfactory.curate.mix import group_of, shares
from worldfactory.records.source import Footage, Segment, Source
from worldfactory.spec import CurationSpec, MixSpec

KINDS = ("type_game", "type_real", "type_slides")


def clips(**counts: int) -> dict[str, dict[str, float]]:
    """Clips of each kind, sure of it."""
    return {
        f"{kind}-{i}": {name: float(name == f"type_{kind}") for name in KINDS}
        for kind, count in counts.items()
        for i in range(count)
    }


@settings(max_examples=60, deadline=None)
@given(
    game=st.integers(0, 300), real=st.integers(0, 300), slides=st.integers(0, 300),
    wanted=st.tuples(*[st.floats(0, 1)] * 3).filter(lambda w: sum(w) > 0.01), most=st.sampled_from([1.0, 2.0, 5.0]),
)  # fmt: skip
def test_shares_are_reached_as_far_as_clips_go(
    game: int, real: int, slides: int, wanted: tuple[float, ...], most: float
) -> None:
    there = clips(game=game, real=real, slides=slides)
    spec = MixSpec(wanted=dict(zip(KINDS, wanted, strict=True)), most_repeats=most)
    mix = shares(there, spec)
    assert sum(one.wanted for one in mix) == pytest.approx(1.0 if mix else 0.0)
    shown = {one.score: one.rate * one.clips for one in mix}
    total = sum(shown.values())
    assert total <= len(there) + 1e-6
    assert all(one.rate <= most + 1e-9 for one in mix)
    assert all(shown[one.score] == pytest.approx(one.wanted * total) for one in mix)


def test_a_clips_lot_is_its_own_and_lots_come_out_as_the_rate_says() -> None:
    there = clips(game=2000, real=500)
    spec = MixSpec(wanted={"type_game": 1, "type_real": 1})
    game, real = shares(there, spec)
    assert (game.rate, real.rate) == (0.25, 1.0)
    lots = {clip: game.repeats(clip) for clip in there if clip.startswith("game")}
    assert sum(lots.values()) == pytest.approx(500, abs=60)
    assert all(real.repeats(clip) == 1 for clip in there)
    rarer = shares(there, MixSpec(wanted={"type_game": 1, "type_real": 3}))[0]
    assert all(lots[clip] >= rarer.repeats(clip) for clip in lots)
    often = shares(there, MixSpec(wanted={"type_game": 1, "type_real": 1}, most_repeats=2.5))[1]
    assert {often.repeats(clip) for clip in there} == {2, 3}
    assert group_of({"blur_px": 1.0}, spec) == ""


def source(index: int, kind: str) -> Curated:
    """A source with one clip of ten seconds."""
    name = f"{index}"
    segment = Segment(
        id=f"segment-{name}", parents=(f"source-{name}",), source=f"source-{name}", index=0, start=0, stop=240,
        start_s=0, stop_s=10, file_s=0, before="edge", after="edge", key=True,
    )  # fmt: skip
    footage = Footage(
        id=f"footage-{name}", parents=(segment.id,), segment=segment.id, file="00000.mp4", sha256="", bytes=1,
        width=640, height=360, fps=(24, 1), frames=240, audio=False, copied=False,
        scores={f"type_{kind}": 1.0},
    )  # fmt: skip
    source = Source(id=f"source-{name}", parents=(), name=name, sha256=name, bytes=1)
    return Curated(source=source, segments=(segment,), footage=(footage,))


def test_what_the_mix_has_too_much_of_is_dropped_with_its_reason() -> None:
    curated = [source(i, "game" if i < 60 else "real") for i in range(80)]
    spec = CurationSpec(mix=MixSpec(wanted={"type_game": 0.5, "type_real": 0.5}))
    rulings = [ruling for one in curated for ruling in judge(one, spec)]
    choice = choose_clips(curated, rulings, [], spec)
    dropped = [one for one in choice.judgements if not one.kept]
    assert 30 <= len(dropped) <= 50
    assert {one.reasons for one in dropped} == {
        ("mix: type_game has 75% of the clips, 50% wanted; 0.333 of them stay",)
    }
    back = choose_clips(list(reversed(curated)), list(reversed(rulings)), [], spec)
    assert back.kept == choice.kept


def test_a_mix_of_nothing_is_refused() -> None:
    with pytest.raises(ValidationError, match="one share at least is above 0"):
        MixSpec(wanted={"type_game": 0})
