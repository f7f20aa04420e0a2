"""Video: exact time, right colours, the same bytes, and clear about damage."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from worldfactory.errors import VideoError, WorldfactoryError
from worldfactory.video import Encoder, decode, encode, probe

H, W = 48, 80


def make(count: int) -> Iterator[NDArray[np.uint8]]:
    """Frame i is a moving gradient with a number of white bars, i in binary."""
    yy, xx = np.mgrid[:H, :W]
    for i in range(count):
        frame = np.stack([128 + 60 * np.sin((xx + 2 * i) / 20), 100 + yy, 200 - xx], -1).astype(np.uint8)
        for bit in range(8):
            frame[:12, bit * 10 : bit * 10 + 10] = 235 if i >> bit & 1 else 16
        yield frame


def number(frame: NDArray[np.uint8]) -> int:
    return sum((frame[2:10, bit * 10 + 2 : bit * 10 + 8].mean() > 128) << bit for bit in range(8))


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("video") / "clip.mp4"
    encode(path, make(70), Fraction(24))
    return path


@pytest.mark.parametrize("fps", [Fraction(24), Fraction(30000, 1001), Fraction(25, 2), Fraction(60)])
def test_frame_i_stands_at_i_over_fps(tmp_path: Path, fps: Fraction) -> None:
    encode(tmp_path / "v.mp4", make(9), fps)
    with av.open(str(tmp_path / "v.mp4")) as container:
        stream = container.streams.video[0]
        times = [frame.pts * stream.time_base for frame in container.decode(stream)]
        assert times == [i / fps for i in range(9)]
        assert stream.duration * stream.time_base == 9 / fps
    info = probe(tmp_path / "v.mp4")
    assert (info.width, info.height, info.fps, info.frames, info.codec) == (W, H, fps, 9, "h264")


def test_it_is_tagged_bt709_and_starts_with_its_index(clip: Path) -> None:
    with av.open(str(clip)) as container:
        context = container.streams.video[0].codec_context
        assert (context.colorspace, context.color_range, context.color_primaries, context.color_trc) == (1, 1, 1, 1)
        assert context.pix_fmt == "yuv420p"
    data = clip.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


def test_colours_come_back(tmp_path: Path) -> None:
    """Flat colours within 3 levels, and without bias: a wrong matrix or range is off by ten and more."""
    colours = np.array([[r, g, b] for r in (0, 90, 255) for g in (0, 90, 255) for b in (0, 90, 255)], np.uint8)
    encode(tmp_path / "v.mp4", (np.broadcast_to(c, (H, W, 3)) for c in colours), Fraction(24), crf=4)
    back = np.stack([frame.reshape(-1, 3).mean(0) for frame in decode(tmp_path / "v.mp4")])
    assert np.abs(back - colours).max() < 3
    assert np.abs((back - colours)[(colours > 0).all(1) & (colours < 255).all(1)]).max() < 1.5


def test_pictures_come_back(clip: Path) -> None:
    for was, back in zip(make(70), decode(clip), strict=True):
        error = was[12:].astype(float) - back[12:]
        assert 10 * np.log10(255**2 / (error**2).mean()) > 32
        assert np.abs(error.mean((0, 1))).max() < 2.5


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 75), st.none() | st.integers(0, 75), st.integers(1, 40), st.booleans())
def test_any_range_of_frames(clip: Path, start: int, stop: int | None, step: int, in_memory: bool) -> None:
    source = clip.read_bytes() if in_memory else clip
    assert [number(f) for f in decode(source, start, stop, step)] == list(range(70))[start:stop:step]


def test_same_frames_same_bytes_also_in_another_process(clip: Path, tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from fractions import Fraction; from worldfactory.video import encode\n"
        "from test_video import make\n"
        "encode(Path(sys.argv[1]), make(70), Fraction(24))"
    )
    other = tmp_path / "other.mp4"
    path = os.pathsep.join([str(Path(__file__).parent), *sys.path])
    subprocess.run([sys.executable, "-c", code, other], check=True, env={**os.environ, "PYTHONPATH": path})
    assert hashlib.sha256(other.read_bytes()).digest() == hashlib.sha256(clip.read_bytes()).digest()


def test_same_frames_same_bytes_whatever_lies_in_memory(clip: Path, tmp_path: Path) -> None:
    """Some of x264's vector code reads what it was not given; that must not reach the file."""
    rng = np.random.default_rng(1)
    for _ in range(12):
        litter = [rng.integers(0, 255, int(n), np.uint8) for n in rng.integers(10, 300_000, 20)]
        del litter[::2]
        encode(tmp_path / "v.mp4", (frame.copy() for frame in make(70)), Fraction(24))
        assert (tmp_path / "v.mp4").read_bytes() == clip.read_bytes()


def test_the_caller_may_draw_into_its_frame_again(clip: Path, tmp_path: Path) -> None:
    canvas = np.empty((H, W, 3), np.uint8)
    with Encoder(tmp_path / "v.mp4", W, H, Fraction(24)) as encoder:
        for frame in make(70):
            canvas[:] = frame
            encoder.add(canvas)
            canvas[:] = 0
    assert (tmp_path / "v.mp4").read_bytes() == clip.read_bytes()


def test_nothing_is_seen_until_the_end_nor_after_a_failure(tmp_path: Path) -> None:
    target = tmp_path / "v.mp4"
    with pytest.raises(ZeroDivisionError), Encoder(target, W, H, Fraction(24)) as encoder:
        for frame in make(60):
            encoder.add(frame)
        assert not target.exists()
        _ = 1 // 0
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (np.zeros((H, W + 2, 3), np.uint8), r"v\.mp4: frame 0 is uint8\[48, 82, 3\], it must be uint8\[48, 80, 3\]"),
        (np.zeros((H, W, 3), np.float32), r"v\.mp4: frame 0 is float32"),
    ],
)
def test_wrong_frames_are_refused(tmp_path: Path, frame: NDArray[np.uint8], message: str) -> None:
    with pytest.raises(VideoError, match=message), Encoder(tmp_path / "v.mp4", W, H, Fraction(24)) as encoder:
        encoder.add(frame)


def test_wrong_settings_are_refused(tmp_path: Path) -> None:
    with pytest.raises(VideoError, match="even sides, not 81x48"):
        Encoder(tmp_path / "v.mp4", W + 1, H, Fraction(24))
    with pytest.raises(VideoError, match="at least one frame"):
        encode(tmp_path / "v.mp4", [], Fraction(24))
    with pytest.raises(VideoError, match="preset 'fastest'"):
        Encoder(tmp_path / "v.mp4", W, H, Fraction(24), preset="fastest")
    with pytest.raises(VideoError, match="fps must be above 0"):
        Encoder(tmp_path / "v.mp4", W, H, Fraction(0))
    with pytest.raises(ValueError, match="at least 0"):
        decode(tmp_path / "v.mp4", -1)
    assert list(tmp_path.iterdir()) == []


def test_damage_is_named(clip: Path, tmp_path: Path) -> None:
    data = clip.read_bytes()
    broken = tmp_path / "broken.mp4"
    for cut in (0, 8, 500, len(data) // 2, len(data) - 200):
        broken.write_bytes(data[:cut])
        with pytest.raises(VideoError, match=r"broken\.mp4"):
            list(decode(broken))
    with pytest.raises(VideoError, match=r"none\.mp4.*No such file"):
        probe(tmp_path / "none.mp4")


def test_full_disk_names_the_file_and_leaves_nothing(tmp_path: Path) -> None:
    code = (
        "import sys, resource, signal; from pathlib import Path; from fractions import Fraction; import numpy as np\n"
        "from worldfactory.video import encode\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000))\n"
        "noise = np.random.default_rng(0).integers(0, 255, (60, 96, 128, 3), np.uint8)\n"
        "encode(Path(sys.argv[1]) / 'v.mp4', noise, Fraction(24))\n"
    )
    done = subprocess.run([sys.executable, "-c", code, tmp_path], capture_output=True, text=True)
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith(("worldfactory.errors.VideoError", "worldfactory.errors.StoreError")), done.stderr
    assert "v.mp4" in last and "File too large" in last
    assert issubclass(VideoError, WorldfactoryError)
    assert list(tmp_path.iterdir()) == []
