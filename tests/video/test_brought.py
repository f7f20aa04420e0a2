"""Any video that people bring: read as it is meant, or refused with a reason."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from tests.video.brought import shot, write
from worldfactory.errors import VideoError
from worldfactory.video import Picture, ReadLimits, SourceInfo, VideoReader, inspect


def read(path: Path, limits: ReadLimits | None = None) -> tuple[SourceInfo, list[Picture], VideoReader]:
    with VideoReader(path, limits) as reader:
        pictures = list(reader.pictures())
        return reader.info, pictures, reader


def corners(picture: Picture) -> list[bool]:
    """Which of top left, top right, bottom left, bottom right are bright."""
    luma = picture.frame.reformat(format="gray").to_ndarray()
    return [bool(luma[y, x] > 128) for y in (6, -7) for x in (6, -7)]


def marked(count: int = 6, width: int = 96, height: int = 64) -> list[np.ndarray]:
    """Frames that are bright in their top left corner only."""
    frame = np.zeros((height, width, 3), np.uint8)
    frame[:20, :30] = 255
    return [frame] * count


@pytest.mark.parametrize(
    ("turn", "mirror", "bright"),
    [(0, False, 0), (1, False, 1), (2, False, 3), (3, False, 2), (0, True, 1), (1, True, 0), (3, True, 3)],
)
def test_a_turned_or_mirrored_picture_comes_upright(tmp_path: Path, turn: int, mirror: bool, bright: int) -> None:
    info, pictures, _ = read(write(tmp_path / "v.mp4", marked(), turn=turn, mirror=mirror))
    assert info.upright == ((64, 96) if turn % 2 else (96, 64))
    frame = pictures[0].frame
    assert (frame.width, frame.height) == info.upright
    assert corners(pictures[0]) == [place == bright for place in range(4)]


@pytest.mark.parametrize(
    ("name", "codec", "pixels", "size"),
    [
        ("v.mp4", "libx264", "yuv420p", (96, 64)),
        ("v.mp4", "libx265", "yuv420p10le", (96, 64)),
        ("v.mkv", "ffv1", "yuv420p", (97, 65)),
        ("v.mov", "prores_ks", "yuva444p10le", (96, 64)),
        ("v.webm", "libvpx-vp9", "yuv420p", (96, 64)),
        ("v.avi", "mjpeg", "yuvj422p", (96, 64)),
        ("v.gif", "gif", "rgb8", (96, 64)),
        ("v.ts", "mpeg2video", "yuv420p", (96, 64)),
        ("v.flv", "flv1", "yuv420p", (96, 64)),
    ],
)
def test_every_kind_becomes_eight_bit_420_with_even_sides(
    tmp_path: Path, name: str, codec: str, pixels: str, size: tuple[int, int]
) -> None:
    options = {"x265-params": "log-level=none"} if codec == "libx265" else {}
    path = write(tmp_path / name, marked(6, *size), Fraction(25), codec=codec, pixels=pixels, options=options)
    info, pictures, reader = read(path)
    assert info.upright == (96, 64)
    assert len(pictures) == 6
    assert {(p.frame.width, p.frame.height, p.frame.format.name) for p in pictures} == {(96, 64, "yuv420p")}
    assert corners(pictures[-1]) == [True, False, False, False]
    assert reader.health.damaged == 0
    assert info.bits == (8 if "10" not in pixels else 12 if codec == "prores_ks" else 10)


def test_pixels_that_are_not_square_are_squared(tmp_path: Path) -> None:
    info, pictures, _ = read(write(tmp_path / "v.mp4", marked(), aspect=Fraction(4, 3)))
    assert info.upright == (128, 64)
    assert pictures[0].frame.width == 128
    info, _, _ = read(write(tmp_path / "w.mp4", marked(), aspect=Fraction(1, 2)))
    assert info.upright == (96, 128)


def test_interlaced_fields_are_woven_without_combs(tmp_path: Path) -> None:
    """A bar that has moved between the fields leaves a comb; deinterlaced, neighbouring lines agree."""
    frames: list[np.ndarray] = []
    for index in range(12):
        frame = np.full((64, 96, 3), 40, np.uint8)
        for field in (0, 1):
            x = 6 * (2 * index + field) % 60
            frame[field::2, x : x + 20] = 220
        frames.append(frame)
    options = {"flags": "+ildct+ilme", "field_order": "tt", "q": "2"}
    path = write(tmp_path / "v.mkv", frames, Fraction(25), codec="mpeg2video", options=options)
    info, pictures, _ = read(path)
    assert info.interlaced
    assert len(pictures) == 12
    luma = pictures[6].frame.reformat(format="gray").to_ndarray().astype(int)
    comb = np.abs(luma[1:-1] - (luma[:-2] + luma[2:]) / 2).mean()
    raw = frames[6][..., 0].astype(int)
    assert comb < 0.35 * np.abs(raw[1:-1] - (raw[:-2] + raw[2:]) / 2).mean()


def test_full_range_and_bt601_become_what_they_show(tmp_path: Path) -> None:
    """A flat orange comes back within a few levels, whatever matrix and range it was coded with."""
    orange = np.full((64, 96, 3), (220, 120, 30), np.uint8)
    for name, codec, pixels in (("v.avi", "mjpeg", "yuvj444p"), ("v.mp4", "libx264", "yuv420p")):
        _, pictures, _ = read(write(tmp_path / name, [orange] * 3, codec=codec, pixels=pixels))
        from av.video.reformatter import ColorRange, Colorspace

        rgb = pictures[1].frame.reformat(
            format="rgb24", src_colorspace=Colorspace.ITU709, src_color_range=ColorRange.MPEG,
            dst_color_range=ColorRange.JPEG,
        ).to_ndarray()  # fmt: skip
        assert np.abs(rgb.reshape(-1, 3).mean(0) - orange[0, 0]).max() < 6, name


def test_times_rise_whatever_the_file_says(tmp_path: Path) -> None:
    times = [0, 40, 80, 500, 540, 9_000_000, 9_000_040, 9_000_080]
    info, pictures, reader = read(write(tmp_path / "v.mkv", shot(1, 8), times=times))
    seen = [p.time_s for p in pictures]
    assert seen[:5] == pytest.approx([0, 0.04, 0.08, 0.5, 0.54])
    assert [p.breaks for p in pictures] == [False] * 5 + [True, False, False]
    assert np.all(np.diff(seen) > 0)
    assert seen[-1] < 1.0
    assert reader.health.repaired == 1
    assert info.rate is not None


def test_an_avi_with_b_frames_plays_evenly(tmp_path: Path) -> None:
    # AVI has no times of showing; those guessed for frames that are coded out of order fall back again and again.
    path = write(tmp_path / "v.avi", shot(1, 40), options={"bf": "2"})
    _, pictures, reader = read(path)
    assert len(pictures) == 40
    assert reader.health.repaired <= 1
    assert np.diff([p.time_s for p in pictures])[4:] == pytest.approx(np.full(35, 1 / 24), abs=1e-3)


def test_each_fault_has_its_reason(tmp_path: Path) -> None:
    good = write(tmp_path / "good.mp4", shot(1, 24)).read_bytes()
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "text.mp4").write_text("no video at all\n" * 100)
    (tmp_path / "text.txt").write_text("no video at all\n" * 100)
    (tmp_path / "half.mp4").write_bytes(good[: len(good) // 2])
    locked = {
        "encryption_scheme": "cenc-aes-ctr",
        "encryption_key": "76a6c65c5ea762046bd749a2e632ccbb",
        "encryption_kid": "a7e61c373e219033c21091fa607bf3b8",
    }
    write(tmp_path / "locked.mp4", shot(1, 6), container=locked)
    write(tmp_path / "tiny.mkv", [np.zeros((8, 8, 3), np.uint8)] * 3, codec="ffv1")
    import av

    with av.open(str(tmp_path / "sound.m4a"), "w", format="mp4") as out:
        sound = out.add_stream("aac", 48000, layout="mono")
        block = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
        block.sample_rate = 48000
        out.mux(sound.encode(block))
        out.mux(sound.encode(None))
    for name, reason in {
        "empty.mp4": "empty", "text.mp4": "unreadable", "text.txt": "unreadable", "half.mp4": "unreadable",
        "locked.mp4": "encrypted", "tiny.mkv": "too small", "sound.m4a": "no video", "gone.mp4": "unreadable",
    }.items():  # fmt: skip
        with pytest.raises(VideoError, match=f"{name}: {reason}: "):
            read(tmp_path / name)
    (tmp_path / "good.txt").write_bytes(good)
    assert inspect(tmp_path / "good.txt").codec == "h264"  # the name does not matter


def test_a_gigantic_frame_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    path = write(tmp_path / "v.mkv", shot(1, 3), codec="mpeg4")
    with pytest.raises(VideoError, match=r"v\.mkv: too large: 160x96 pixels a frame"):
        read(path, ReadLimits(pixels=100 * 100))


def test_a_file_cut_off_gives_what_it_holds(tmp_path: Path) -> None:
    whole = write(tmp_path / "v.ts", shot(1, 48), codec="mpeg2video", rate=Fraction(25))
    (tmp_path / "cut.ts").write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    _, pictures, _ = read(tmp_path / "cut.ts")
    assert 5 < len(pictures) < 48
