"""Ground-truth streams: exact, open to plain tools, and clear about damage."""

from __future__ import annotations

import dataclasses
import io
import pickle
import resource
import shutil
import signal
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from worldfactory.errors import StoreError, TruthError
from worldfactory.records import Geometry
from worldfactory.truth import TruthReader, TruthWriter, pack_geometry, read_geometry, truth_format, write_geometry

H, W = 18, 32


def _frames(count: int = 5) -> list[NDArray[np.uint16]]:
    rows = np.arange(H, dtype=np.uint16)[:, None] // 3
    return [np.broadcast_to(rows + i, (H, W)).astype(np.uint16) for i in range(count)]


def _write(path: Path, frames: list[NDArray[Any]]) -> Path:
    with TruthWriter(path) as writer:
        for frame in frames:
            writer.add(frame)
    return path


@settings(deadline=None, max_examples=40)
@given(hnp.arrays(np.uint16, (3, H, W)))
def test_depth_comes_back_bit_for_bit(tmp_path_factory: pytest.TempPathFactory, bits: NDArray[np.uint16]) -> None:
    """Any bit pattern: infinities (sky), NaNs, denormals."""
    path = _write(tmp_path_factory.mktemp("t") / "depth.zst", list(bits.view(np.float16)))
    for source in (path, path.read_bytes()):
        reader = TruthReader(source, *truth_format("depth", H, W))
        assert len(reader) == 3
        assert np.array_equal(np.stack([frame.view(np.uint16) for frame in reader]), bits)


@settings(deadline=None)
@given(st.integers(-5, 4))
def test_any_frame_without_the_others(tmp_path_factory: pytest.TempPathFactory, index: int) -> None:
    frames = _frames()
    path = _write(tmp_path_factory.mktemp("t") / "bodies.zst", frames)
    reader = pickle.loads(pickle.dumps(TruthReader(path, *truth_format("bodies", H, W))))
    assert np.array_equal(reader[index], frames[index])
    assert not reader[index].flags.writeable


def test_index_past_the_end(tmp_path: Path) -> None:
    reader = TruthReader(_write(tmp_path / "bodies.zst", _frames()), *truth_format("bodies", H, W))
    with pytest.raises(IndexError):
        reader[5]


def test_no_frames(tmp_path: Path) -> None:
    assert list(TruthReader(_write(tmp_path / "bodies.zst", []), *truth_format("bodies", H, W))) == []


def test_plain_zstd_gives_the_raw_arrays(tmp_path: Path) -> None:
    normals = [np.full((H, W, 2), (i, 255 - i), np.uint8) for i in range(4)]
    path = _write(tmp_path / "normals.zst", normals)
    with zstandard.ZstdDecompressor().stream_reader(io.BytesIO(path.read_bytes()), read_across_frames=True) as stream:
        assert stream.read() == np.stack(normals).tobytes()
    if tool := shutil.which("zstd"):
        assert (
            subprocess.run([tool, "-dc", path], capture_output=True, check=True).stdout == np.stack(normals).tobytes()
        )


def test_same_arrays_same_bytes(tmp_path: Path) -> None:
    assert _write(tmp_path / "a", _frames()).read_bytes() == _write(tmp_path / "b", _frames()).read_bytes()


def test_every_cut_is_noticed_and_named(tmp_path: Path) -> None:
    path = _write(tmp_path / "bodies.zst", _frames())
    whole = path.read_bytes()
    for size in range(len(whole)):
        path.write_bytes(whole[:size])
        with pytest.raises(TruthError, match=r"bodies\.zst: "):
            TruthReader(path, *truth_format("bodies", H, W))


def test_every_damaged_byte_is_noticed_or_harmless(tmp_path: Path) -> None:
    frames = _frames()
    whole = _write(tmp_path / "bodies.zst", frames).read_bytes()
    noticed = 0
    for position in range(len(whole)):
        damaged = bytearray(whole)
        damaged[position] ^= 0x55
        try:
            read = list(TruthReader(bytes(damaged), *truth_format("bodies", H, W)))
        except TruthError:
            noticed += 1
        else:
            assert np.array_equal(read, frames), position
    assert noticed >= len(whole) - 1


def test_damage_names_the_frame_and_spares_the_others(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    frames: list[NDArray[Any]] = [rng.integers(0, 9, (H, W), np.uint16) for _ in range(5)]
    path = _write(tmp_path / "bodies.zst", frames)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(data)
    reader = TruthReader(path, *truth_format("bodies", H, W))
    with pytest.raises(TruthError, match=r"bodies\.zst: frame 2 is damaged"):
        reader[2]
    assert np.array_equal(reader[1], frames[1]) and np.array_equal(reader[3], frames[3])


def test_wrong_size_and_missing_file_are_named(tmp_path: Path) -> None:
    path = _write(tmp_path / "bodies.zst", _frames())
    for height in (H + 2, H - 2):
        with pytest.raises(TruthError, match=r"bodies\.zst: frame 0 holds"):
            TruthReader(path, *truth_format("bodies", height, W))
    with pytest.raises(TruthError, match=r"none\.zst: can not be read: No such file"):
        TruthReader(tmp_path / "none.zst", *truth_format("bodies", H, W))


def test_wrong_array_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    for wrong in (np.zeros((H, W), np.float32), np.zeros((W, H), np.uint16)):
        with (
            pytest.raises(TruthError, match=r"frame 5 is .* those before it are uint16\[18, 32\]"),
            TruthWriter(tmp_path / "bodies.zst") as writer,
        ):
            for frame in [*_frames(), wrong]:
                writer.add(frame)
    assert list(tmp_path.iterdir()) == []


def test_full_disk_names_the_file_and_leaves_nothing(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 65535, (H, W), np.uint16)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    try:
        with (
            pytest.raises(StoreError, match=r"bodies\.zst: can not be written"),
            TruthWriter(tmp_path / "bodies.zst") as writer,
        ):
            for _ in range(9):
                writer.add(noise)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)
    assert list(tmp_path.iterdir()) == []


def _geometry() -> Geometry:
    rng = np.random.default_rng(3)
    return Geometry(
        poses=rng.random((4, 4, 4), np.float32),
        intrinsics=np.array([40, 40, 15.5, 8.5], np.float32),
        keys=rng.integers(0, 2, (3, 8), np.uint8),
        mouse=rng.random((3, 2), np.float32),
        instance_of=np.array([0, 1, 2, 2], np.uint16),
        class_of=np.array([0, 1, 16, 16], np.uint8),
        moving=np.array([1, 2], np.int32),
        transforms=rng.random((4, 2, 4, 4), np.float32),
        instances=({"label": "road", "decor": ""}, {"label": "person", "city": "São Paulo"}),
    )


def test_geometry_comes_back_exactly(tmp_path: Path) -> None:
    geometry = _geometry()
    write_geometry(tmp_path / "geometry.npz", geometry)
    for source in (tmp_path / "geometry.npz", pack_geometry(geometry)):
        back = read_geometry(source)
        assert back.instances == geometry.instances
        for field in dataclasses.fields(Geometry)[:-1]:
            was, is_now = getattr(geometry, field.name), getattr(back, field.name)
            assert was.dtype == is_now.dtype and np.array_equal(was, is_now), field.name


def test_geometry_is_plain_numpy(tmp_path: Path) -> None:
    write_geometry(tmp_path / "geometry.npz", _geometry())
    with np.load(tmp_path / "geometry.npz", allow_pickle=False) as archive:
        assert archive["poses"].shape == (4, 4, 4)
        assert b"person" in archive["instances.json"]


def test_geometry_bytes_are_the_same_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = pack_geometry(_geometry())
    monkeypatch.setattr("time.time", lambda: 2e9)
    assert pack_geometry(_geometry()) == first


@pytest.mark.parametrize("cut", [0, 10, 500, -30])
def test_damaged_geometry_is_named(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "geometry.npz"
    path.write_bytes(pack_geometry(_geometry())[:cut])
    with pytest.raises(TruthError, match=r"geometry\.npz: the archive can not be read"):
        read_geometry(path)


def test_missing_member_is_named(tmp_path: Path) -> None:
    np.savez(tmp_path / "geometry.npz", poses=np.zeros(3))
    with pytest.raises(TruthError, match=r"geometry\.npz: intrinsics can not be read"):
        read_geometry(tmp_path / "geometry.npz")
