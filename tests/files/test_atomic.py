"""Atomic writes: old or new, never a half, and no leftovers."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from worldfactory.errors import StoreError
from worldfactory.files import atomic_file, atomic_folder, sweep, write_file


def _run(code: str, *args: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", textwrap.dedent(code), *map(str, args)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_file_is_replaced_and_nothing_else_is_left(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "er" / "file"
    write_file(target, b"old")
    write_file(target, b"new")
    assert target.read_bytes() == b"new"
    assert [p.name for p in target.parent.iterdir()] == ["file"]


def test_exception_leaves_the_old_file(tmp_path: Path) -> None:
    target = tmp_path / "file"
    write_file(target, b"old")
    with pytest.raises(ZeroDivisionError), atomic_file(target) as part:
        part.write_bytes(b"half")
        _ = 1 // 0
    assert target.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_reader_sees_the_old_one_until_the_end(tmp_path: Path) -> None:
    target = tmp_path / "folder"
    with atomic_folder(target) as part:
        (part / "a").write_text("1")
        (part / "sub").mkdir()
        (part / "sub" / "b").write_text("1")
        assert not target.exists()
    with atomic_folder(target) as part:
        (part / "a").write_text("2")
        assert (target / "a").read_text() == "1"
    assert sorted(p.name for p in target.iterdir()) == ["a"]
    assert (target / "a").read_text() == "2"
    assert [p.name for p in tmp_path.iterdir()] == ["folder"]


def test_folder_swap_without_the_system_call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("worldfactory.files.ctypes.CDLL", lambda *_, **__: object())
    monkeypatch.setattr(sys, "platform", "other")
    for value in ("1", "2"):
        with atomic_folder(tmp_path / "folder") as part:
            (part / "a").write_text(value)
    assert (tmp_path / "folder" / "a").read_text() == "2"
    assert [p.name for p in tmp_path.iterdir()] == ["folder"]


def test_too_large_a_file_names_the_file_and_keeps_the_old(tmp_path: Path) -> None:
    target = tmp_path / "table.parquet"
    write_file(target, b"old")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    try:
        with pytest.raises(StoreError, match=r"table\.parquet: can not be written: File too large"):
            write_file(target, bytes(100_000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)
    assert target.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["table.parquet"]


@pytest.mark.skipif(not sys.platform.startswith("linux") or os.geteuid() != 0, reason="mounting tmpfs takes root")
def test_full_disk_names_the_file_and_keeps_the_old(tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(small)], capture_output=True)
    if mounted.returncode:
        pytest.skip("this system does not let us mount")
    try:
        target = small / "clip"
        with atomic_folder(target) as part:
            (part / "video").write_bytes(b"old")
        with pytest.raises(StoreError, match="clip: can not be written: No space left"), atomic_folder(target) as part:
            (part / "video").write_bytes(bytes(1_000_000))
        assert (target / "video").read_bytes() == b"old"
        assert [p.name for p in small.iterdir()] == ["clip"]
    finally:
        subprocess.run(["umount", str(small)], check=True)


def test_killed_writer_is_invisible_and_swept_but_a_living_one_is_left_alone(tmp_path: Path) -> None:
    code = """
        import sys, time
        from pathlib import Path
        from worldfactory.files import atomic_folder
        with atomic_folder(Path(sys.argv[1])) as part:
            (part / "half").write_text("x")
            print("ready", flush=True)
            time.sleep(60)
    """
    writer = _run(code, tmp_path / "clip")
    assert writer.stdout is not None and writer.stdout.readline() == "ready\n"
    try:
        assert sweep(tmp_path) == []
        assert len(list(tmp_path.glob(".*.part"))) == 1
    finally:
        writer.kill()
        writer.wait()
    assert not (tmp_path / "clip").exists()
    write_file(tmp_path / "other", b"")
    assert [p.name for p in tmp_path.iterdir()] == ["other"]


@pytest.mark.long
def test_many_writers_of_one_folder_under_kill(tmp_path: Path) -> None:
    """Readers never see a mixture while writers of different content run and are killed at random."""
    code = """
        import sys
        from pathlib import Path
        from worldfactory.files import atomic_folder
        while True:
            for value in "abc":
                with atomic_folder(Path(sys.argv[1])) as part:
                    for name in "12345":
                        (part / name).write_text(value)
    """
    target = tmp_path / "folder"
    with atomic_folder(target) as part:
        for name in "12345":
            (part / name).write_text("a")
    for _ in range(10):
        writers = [_run(code, target) for _ in range(2)]
        for _ in range(200):
            assert (target / "1").read_text() in "abc"
        for writer in writers:
            writer.send_signal(signal.SIGKILL)
            writer.wait()
        assert len({(target / name).read_text() for name in "12345"}) == 1
    sweep(tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["folder"]
