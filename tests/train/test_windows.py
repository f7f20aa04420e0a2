"""Windows: drawn by id, cut in one reading, the same wherever the stream is taken up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from torch.utils.data import DataLoader

from tests.train.footage import TINY, Pan, clips
from worldfactory.errors import ModelError
from worldfactory.spec import ModelSpec
from worldfactory.train import Position, Windows, batches, held_out_windows, of_ids, split


def pans(epoch: int) -> Iterable[Pan]:
    return clips(3)


def spec(**changes: object) -> ModelSpec:
    return ModelSpec.model_validate(TINY.model_dump() | changes)


def test_a_window_is_a_piece_of_its_clip() -> None:
    """Shape, range, and pixels: each window stands somewhere in its clip, frame by frame."""
    for window, clip in zip(islice(Windows(pans, TINY, "key"), 3), clips(3), strict=True):
        assert window.shape == (3, 5, 32, 32)
        assert window.dtype == torch.float32
        pixels = ((window + 1) * 127.5).round().to(torch.uint8).permute(1, 2, 3, 0).numpy()
        footage = np.stack(list(clip.rgb()))
        found = [
            (start, top, left)
            for start in range(12 - 5 + 1)
            for top in range(48 - 32 + 1)
            for left in range(64 - 32 + 1)
            if np.array_equal(footage[start : start + 5, top : top + 32, left : left + 32], pixels)
        ]
        assert len(found) == 1


def test_windows_repeat_and_vary() -> None:
    """The same key gives the same stream; another key, another epoch and another clip give other windows."""
    first = list(islice(Windows(pans, TINY, "key"), 9))
    assert all(map(torch.equal, first, islice(Windows(pans, TINY, "key"), 9)))
    assert not torch.equal(first[0], next(iter(Windows(pans, TINY, "other"))))
    assert len({window.numpy().tobytes() for window in first}) == 9


def test_a_clips_windows_do_not_depend_on_the_others() -> None:
    alone = next(iter(Windows(lambda _: [Pan("clip-2")], TINY, "key")))
    assert torch.equal(alone, list(islice(Windows(pans, TINY, "key"), 3))[2])


@given(windows_per_clip=st.integers(1, 4), taken=st.integers(0, 15))
@settings(max_examples=15, deadline=None)
def test_the_stream_goes_on_from_any_position(windows_per_clip: int, taken: int) -> None:
    several = spec(windows_per_clip=windows_per_clip)
    walked = list(islice(Windows(pans, several, "key").walk(), taken + 5))
    position = walked[taken - 1][0] if taken else Position()
    rest = islice(Windows(pans, several, "key", position).walk(), 5)
    for (at, window), (expected_at, expected) in zip(rest, walked[taken:], strict=True):
        assert at == expected_at
        assert torch.equal(window, expected)


def test_going_on_decodes_nothing_that_lies_behind() -> None:
    held = clips(3)
    windows = Windows(lambda _: held, TINY, "key", Position(epoch=0, window=2))
    next(iter(windows))
    assert [clip.decoded for clip in held[:2]] == [0, 0]
    assert held[2].decoded > 0


def test_a_clip_is_read_once_and_no_further_than_needed() -> None:
    clip = Pan("clip-0", frames=200)
    window = list(islice(Windows(lambda _: [clip], spec(windows_per_clip=3), "key"), 3))
    assert len(window) == 3
    assert clip.decoded < 200


def test_clips_that_do_not_fit_are_passed_over() -> None:
    mixed = [Pan("short", frames=4), Pan("small", height=31), Pan("clip-0")]
    got = next(iter(Windows(lambda _: mixed, TINY, "key")))
    assert torch.equal(got, next(iter(Windows(lambda _: [Pan("clip-0")], TINY, "key"))))
    with pytest.raises(
        ModelError, match="5 frames of 32x32, and no clip is as long and large: short is 64x48, 4 frames"
    ):
        next(iter(Windows(lambda _: mixed[:2], TINY, "key")))
    with pytest.raises(ModelError, match="no clips"):
        next(iter(Windows(lambda _: [], TINY, "key")))
    with pytest.raises(ModelError, match="no clip is as long and large"):
        held_out_windows(mixed[:2], 2, TINY, "key")


def test_a_video_shorter_than_its_record_is_named() -> None:
    class Truncated(Pan):
        def rgb(self, start: int = 0, stop: int | None = None) -> Iterator[NDArray[np.uint8]]:
            return super().rgb(start, min(stop or 3, 3))

    with pytest.raises(ModelError, match="clip-0: its video ends after 3 frames; its record says 12"):
        next(iter(Windows(lambda _: [Truncated("clip-0")], TINY, "key")))


def test_workers_share_the_windows_out() -> None:
    """Two workers give what one process gives, none twice."""
    several = spec(windows_per_clip=2)
    expected = list(islice(Windows(pans, several, "key"), 12))
    loader = DataLoader(Windows(pans, several, "key"), batch_size=None, num_workers=2)
    got = list(islice(loader, 12))
    assert sorted(w.numpy().tobytes() for w in got) == sorted(w.numpy().tobytes() for w in expected)


def test_batches() -> None:
    windows = [torch.full((1,), float(i)) for i in range(7)]
    assert [batch.flatten().tolist() for batch in batches(windows, 3)] == [[0, 1, 2], [3, 4, 5]]


def test_held_out_windows_are_fixed_and_apart_from_the_training_ones() -> None:
    fixed = held_out_windows(clips(3), 3, TINY, "key")
    assert fixed.shape == (4, 3, 5, 32, 32)
    assert torch.equal(fixed, held_out_windows(clips(3), 3, TINY, "key"))
    trained = {window.numpy().tobytes() for window in islice(Windows(pans, TINY, "key"), 30)}
    assert not trained.intersection(window.numpy().tobytes() for window in fixed)


def test_held_out_windows_read_no_more_than_they_need() -> None:
    many = clips(40)
    assert held_out_windows(iter(many), 40, TINY, "key").shape[0] == 4
    assert sum(clip.decoded > 0 for clip in many) == 4


@given(count=st.integers(0, 60), share=st.floats(0, 1))
def test_split(count: int, share: float) -> None:
    """Every clip on one side; something to train on always, something held out wherever there are two."""
    ids = [f"clip-{i}" for i in range(count)]
    training, held = split(ids, share, "key")
    assert training | held == set(ids)
    assert not training & held
    assert bool(training) == (count > 0)
    assert bool(held) == (count > 1 and share > 0)
    if 0 < share < 1 and count > 10:
        assert abs(len(held) - share * count) <= 1
    assert (training, held) == split(reversed(ids), share, "key")


def test_of_ids() -> None:
    assert [clip.id for clip in of_ids(clips(3), {"clip-2", "clip-0"})] == ["clip-0", "clip-2"]
