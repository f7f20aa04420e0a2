"""The endless stream: the clips of the cells, by frame, with truth and actions, the same under any loader."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader

import worldfactory
from tests.flow.conftest import CELL
from worldfactory import flow, truth
from worldfactory.records import KEYS, Clip
from worldfactory.truth import TruthReader, read_geometry, truth_format


def test_frames_are_those_of_the_clips(made: flow.Factory) -> None:
    size = made.specs.factory
    clip = made.store.read(Clip, CELL)[0]
    folder = made.store.clip_folder(CELL, clip.id)
    geometry = read_geometry(folder / "geometry.npz")
    depth = TruthReader(folder / "depth.zst", *truth_format("depth", size.height, size.width))
    bodies = TruthReader(folder / "bodies.zst", *truth_format("bodies", size.height, size.width))
    frames = list(islice(worldfactory.stream(made.specs.root, cities=["kyoto"], venues=["street"]), size.frames))
    assert [frame["frame"] for frame in frames] == list(range(size.frames))
    for index, frame in enumerate(frames):
        assert frame["caption"] == clip.caption
        assert np.array_equal(frame["depth"].numpy(), depth[index])
        assert np.array_equal(frame["instances"].numpy(), truth.instances(geometry, bodies[index]))
        assert np.array_equal(frame["pose"].numpy(), geometry.poses[index])
        assert frame["rgb"].shape == (3, size.height, size.width) and frame["rgb"].dtype == torch.uint8
        assert frame["flow"].shape == (size.height, size.width, 2)
        assert frame["keys"].shape == (len(KEYS),)
        moved = truth.poses_of(geometry.poses[index], frame["delta"].numpy()[None])[1]
        np.testing.assert_allclose(moved, geometry.poses[index + 1], atol=1e-3)
        assert frame["normals"].shape == (size.height, size.width, 3)


def test_it_goes_on_and_takes_the_cells_in_turn(specs: Path) -> None:
    stream = worldfactory.stream(specs, cities=["kyoto", "paris"], venues=["street"], fields=["rgb"])
    seen = [(prompt.cell.city, prompt.index) for prompt, _ in islice(stream.clips(), 5)]
    assert seen == [("kyoto", 0), ("paris", 0), ("kyoto", 1), ("paris", 1), ("kyoto", 2)]


def test_workers_share_the_clips_between_them(specs: Path) -> None:
    stream = worldfactory.stream(specs, cities=["kyoto"], venues=["street"], fields=["depth"])
    loader = DataLoader(stream, batch_size=5, num_workers=2, multiprocessing_context="spawn")
    batches = list(islice(loader, 4))
    assert sorted(int(batch["clip"][0]) for batch in batches) == [0, 1, 2, 3]
    assert all(batch["depth"].shape[0] == 5 for batch in batches)


def test_nothing_touches_the_disk(specs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "empty"
    home.mkdir()
    monkeypatch.chdir(home)
    monkeypatch.setenv("TMPDIR", str(home))
    next(iter(worldfactory.stream(specs, venues=["street"])))
    assert list(home.iterdir()) == []


def test_a_field_that_there_is_not_is_named(specs: Path) -> None:
    with pytest.raises(ValueError, match=r"no such field: smell; allowed: rgb, depth"):
        worldfactory.stream(specs, fields=["smell"])  # type: ignore[list-item]
