"""Brought video to judged clips: shots found, clips exact, faults recorded, files that break the reader survived."""

from __future__ import annotations

import os
import shutil
import time
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from tests.video.brought import shot, write
from worldfactory.curate import Curated, Failure, Task, find_shots, judge, run_guarded, write_clips
from worldfactory.errors import StoreError
from worldfactory.flow import curate_files, decide_curated, video_files
from worldfactory.lineage import digest
from worldfactory.records.source import Alike
from worldfactory.spec import CurationSpec, ReadSpec, Rule, SplitSpec, TranscodeSpec
from worldfactory.store import read_table
from worldfactory.video import decode, probe


def spec(**parts: object) -> CurationSpec:
    """A spec that keeps clips of half a second."""
    split = {"min_s": 0.5, "max_s": 60.0, "detector": "content"} | dict(parts.pop("split", {}))  # type: ignore[call-overload]
    return CurationSpec.model_validate(
        {"split": split, "clip_rules": {"short": {"score": "seconds", "min": 0.5}}} | parts
    )


def curate(path: Path, curation: CurationSpec) -> Curated:
    folder = path.parent / f"{path.stem}-clips"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    shots = find_shots(path, digest(path.read_bytes()), curation)
    return Curated.of(shots, None if shots.source.fault else write_clips(path, shots, curation, folder))


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three shots of 30, 40 and 20 frames at 24 a second, cut hard, a keyframe at each cut, with sound."""
    frames = shot(1, 30) + shot(2, 40) + shot(3, 20)
    options = {"g": "240", "force-cfr": "1", "crf": "12"}
    return write(tmp_path_factory.mktemp("film") / "film.mp4", frames, options=options, sound_s=90 / 24)


def test_shots_become_clips_of_exactly_their_frames(film: Path) -> None:
    found = curate(film, spec())
    assert [(s.start, s.stop, s.before, s.after) for s in found.segments] == [
        (0, 30, "edge", "cut"), (30, 70, "cut", "cut"), (70, 90, "cut", "edge"),
    ]  # fmt: skip
    source = list(decode_any(film))
    for segment, clip in zip(found.segments, found.footage, strict=True):
        path = film.parent / "film-clips" / clip.file
        info = probe(path)
        assert (info.frames, info.fps, info.codec) == (segment.stop - segment.start, Fraction(24), "h264")
        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            times = [frame.pts * stream.time_base for frame in container.decode(stream)]
        assert times == [Fraction(i, 24) for i in range(info.frames)]
        for was, back in zip(source[segment.start : segment.stop], decode(path), strict=True):
            assert np.abs(was.astype(int) - back).mean() < 6
    assert found.source.scores["decoded_share"] > 0.99
    assert found.source.rate == (24, 1)


def decode_any(path: Path) -> list[np.ndarray]:
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(container.streams.video[0])]


def test_short_shots_are_dropped_with_their_length_and_long_ones_split(tmp_path: Path) -> None:
    path = write(tmp_path / "v.mp4", shot(1, 20) + shot(2, 100))
    curation = spec(split={"min_s": 1.0, "max_s": 2.0}, clip_rules={"short": {"score": "seconds", "min": 1.0}})
    found = curate(path, curation)
    assert [(s.start, s.stop) for s in found.segments] == [(0, 20), (20, 54), (54, 87), (87, 120)]
    rulings = judge(found, curation)
    assert [one.kept for one in rulings] == [True, False, True, True, True]
    assert rulings[1].reasons[0] == "short: seconds 0.8333 < 1"


def test_sound_is_cut_to_the_sample_or_dropped(film: Path) -> None:
    silent = curate(film, spec()).footage[1]
    with av.open(str(film.parent / "film-clips" / silent.file)) as container:
        assert not container.streams.audio
    clip = curate(film, spec(transcode={"sound": True})).footage[1]
    with av.open(str(film.parent / "film-clips" / clip.file)) as container:
        blocks = [frame.to_ndarray()[0] for frame in container.decode(container.streams.audio[0])]
    heard = np.concatenate(blocks)
    assert abs(len(heard) - 48000 * 40 / 24) <= 2048
    # A 1 kHz tone that began with the film has a whole number of periods before frame 30.
    tone = np.sin(np.arange(24000) * (2 * np.pi * 1000 / 48000))
    assert np.corrcoef(heard[4800:28800], tone)[0, 1] > 0.95


def test_copied_clips_are_the_sources_own_pictures(tmp_path: Path) -> None:
    options = {"g": "15", "sc_threshold": "0", "x264-params": "open-gop=0:scenecut=0:colormatrix=bt709", "crf": "20"}
    path = write(tmp_path / "v.mp4", shot(1, 30) + shot(2, 45), options=options)
    found = curate(path, spec(transcode={"copy": True}))
    assert [(s.start, s.stop, s.key) for s in found.segments] == [(0, 30, True), (30, 75, True)]
    source = decode_any(path)
    for segment, clip in zip(found.segments, found.footage, strict=True):
        assert clip.copied
        with av.open(str(tmp_path / "v-clips" / clip.file)) as container:
            stream = container.streams.video[0]
            frames = list(container.decode(stream))
            assert [f.pts * stream.time_base for f in frames] == [Fraction(i, 24) for i in range(len(frames))]
        back = decode_any(tmp_path / "v-clips" / clip.file)
        assert len(back) == segment.stop - segment.start
        assert all(np.array_equal(a, b) for a, b in zip(source[segment.start : segment.stop], back, strict=True))
    off = write(tmp_path / "w.mp4", shot(1, 34) + shot(2, 40), options=options)
    assert [clip.copied for clip in curate(off, spec(transcode={"copy": True})).footage] == [False, False]


def test_a_rate_that_varies_becomes_constant(tmp_path: Path) -> None:
    """Every tenth frame is shown three times as long: at 25 a second it stands three times."""
    times: list[int] = []
    now = 0
    for index in range(40):
        times.append(now)
        now += 120 if index % 10 == 9 else 40
    path = write(tmp_path / "v.mkv", shot(1, 40), Fraction(25), times=times)
    found = curate(path, spec(transcode={"rate": "25"}))
    assert found.footage[0].frames == round(now / 40) or abs(found.footage[0].frames - now / 40) <= 2
    back = list(decode(tmp_path / "v-clips" / found.footage[0].file))
    assert np.abs(back[9].astype(int) - back[11]).mean() < 1 < np.abs(back[11].astype(int) - back[12]).mean()


def test_a_jump_of_the_clock_ends_a_shot(tmp_path: Path) -> None:
    times = [40 * i for i in range(30)] + [500_000 + 40 * i for i in range(30)]
    found = curate(write(tmp_path / "v.mkv", shot(1, 60), Fraction(25), times=times), spec())
    assert [(s.start, s.stop, s.after) for s in found.segments] == [(0, 30, "break"), (30, 60, "edge")]
    assert [clip.frames for clip in found.footage] == [30, 30]


def test_the_same_file_gives_the_same_bytes(film: Path) -> None:
    first = curate(film, spec(transcode={"sound": True}))
    assert curate(film, spec(transcode={"sound": True})) == first


def test_faults_are_judgements_and_the_run_goes_on(tmp_path: Path, film: Path) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    shutil.copy(film, inbox / "good.mp4")
    shutil.copy(film, inbox / "again.mov")
    data = film.read_bytes()
    (inbox / "half.mp4").write_bytes(data[: len(data) // 2])
    (inbox / "empty.mkv").touch()
    write(inbox / "one.mp4", shot(5, 1))
    whole = write(tmp_path / "whole.mkv", shot(1, 96), options={"g": "12"}).read_bytes()
    (inbox / "cut.mkv").write_bytes(whole[: len(whole) // 2])
    report = curate_files(video_files([inbox]).videos, spec(), tmp_path / "data", workers=1)
    reasons = {
        one.source.name: {r.split(":")[0] for j in report.judgements if j.subject == one.source.id for r in j.reasons}
        for one in report.curated
    }
    assert reasons.pop("cut.mkv") == {"truncated"}
    assert reasons == {"again.mov": set(), "half.mp4": {"unreadable"}, "empty.mkv": {"empty"}, "one.mp4": {"one frame"}}
    assert (report.made, report.same) == (5, 1)
    # Again: nothing is read. A moved rule: nothing is read either, and it is said what changes.
    assert curate_files(video_files([inbox]).videos, spec(), tmp_path / "data", workers=1).made == 0
    stricter = spec(clip_rules={"short": {"score": "seconds", "min": 1.5}})
    would = decide_curated(stricter, tmp_path / "data", write=False)
    assert {(j.kept, j.reasons[0].split(":")[0]) for j in would.changed if j.subject.startswith("segment")} >= {
        (False, "short")
    }
    assert decide_curated(spec(), tmp_path / "data").changed == ()
    for name in ("README.md", "good.srt", ".DS_Store"):
        (inbox / name).write_text("no video, and not meant to be")
    found = video_files([inbox, inbox / "README.md"])
    assert [file.name for file in found.beside] == [".DS_Store", "good.srt"]
    assert len(found.videos) == 7  # what is given by name is judged whatever its name
    with pytest.raises(StoreError, match=r"nowhere: no such file"):
        video_files([tmp_path / "nowhere"])


def test_another_embedder_has_everything_compared_anew(tmp_path: Path, film: Path) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    shutil.copy(film, inbox / "film.mp4")
    write(inbox / "small.mp4", [frame[::2, ::2] for frame in decode(film)])
    found: dict[str, set[str]] = {}
    for model in ("", "shipped", ""):
        curation = spec(embedder={"model": model})
        curate_files(video_files([inbox]).videos, curation, tmp_path / "data", workers=1)
        pairs = read_table(tmp_path / "data" / "curated" / "pairs.parquet", Alike)
        found[model] = {pair.found_by for pair in pairs}
    assert found == {"": {"picture"}, "shipped": {"picture", "meaning"}}


def sleep_for(seconds: float) -> str:
    time.sleep(seconds)
    return "slept"


def die() -> None:
    os.kill(os.getpid(), 11)


def eat(megabytes: int) -> int:
    return int(np.ones(megabytes << 20, np.uint8)[:: 1 << 12].sum())


def test_a_file_that_hangs_crashes_or_eats_memory_costs_only_itself() -> None:
    tasks: list[Task[object]] = [
        Task(sleep_for, (30.0,), 0.5),
        Task(die, (), 10.0),
        Task(eat, (3000,), 10.0),
        Task(sleep_for, (0.0,), 10.0),
    ]
    outcomes = dict(run_guarded(tasks, 1, 1000))
    assert [o.reason.split(":")[0] for o in (outcomes[i] for i in range(3)) if isinstance(o, Failure)] == [
        "time", "crash", "memory",
    ]  # fmt: skip
    assert outcomes[3] == "slept"


def test_what_the_call_itself_imports_is_not_the_files_doing() -> None:
    """This module imports PyTorch by way of the shards, which maps far more than 64 MB."""
    assert dict(run_guarded([Task(sleep_for, (0.0,), 10.0)], 1, 64)) == {0: "slept"}


def fuzz(folder: Path, count: int, seed: int) -> None:
    """`count` mutations of three films: every one ends as a judgement, none ends the run."""
    random = np.random.default_rng(seed)
    originals = [
        write(folder / "v.mp4", shot(6, 20, 64, 48), sound_s=0.8).read_bytes(),
        write(folder / "v.mkv", shot(7, 20, 64, 48)).read_bytes(),
        write(folder / "v.ts", shot(8, 20, 64, 48), Fraction(25), codec="mpeg2video").read_bytes(),
    ]
    inbox = folder / "inbox"
    inbox.mkdir()
    for number in range(count):
        data = bytearray(originals[number % 3])
        kind = number % 4
        if kind == 0:  # bytes anywhere
            for at in random.integers(0, len(data), int(random.integers(1, 60))):
                data[at] = int(random.integers(256))
        elif kind == 1:  # bytes in the headers
            for at in random.integers(0, min(len(data), 2000), int(random.integers(1, 12))):
                data[at] = int(random.integers(256))
        elif kind == 2:  # a piece missing
            at, size = (int(v) for v in random.integers(0, len(data), 2))
            del data[at : at + size // 4]
        else:  # a number made huge
            at = int(random.integers(0, len(data) - 4))
            data[at : at + 4] = b"\x7f\xff\xff\xff"
        (inbox / f"{number:05d}.bin").write_bytes(bytes(data))
    curation = spec(read={"seconds": 30, "memory_mb": 2048})
    report = curate_files(video_files([inbox]).videos, curation, folder / "data", workers=1)
    assert report.made + report.same == count
    judged = {one.subject for one in report.judgements}
    assert all(one.source.id in judged for one in report.curated)
    assert all(one.source.fault or one.source.frames >= 2 for one in report.curated)
    # A crash of a decoder ends as a judgement too, but is the exception.
    assert sum(one.source.fault.startswith("crash") for one in report.curated) <= count // 50
    assert sum(not one.source.fault for one in report.curated) > count // 10
    for one in report.curated:
        assert one.source.fault.split(":")[0] in {
            "", "empty", "unreadable", "no video", "encrypted", "too large", "too small", "no picture", "one frame",
            "absurd time", "memory", "time", "crash",
        }, one.source.fault  # fmt: skip


def test_mutated_files_end_as_judgements(tmp_path: Path) -> None:
    fuzz(tmp_path, 50, 1)


@pytest.mark.long
def test_two_thousand_mutated_files_end_as_judgements(tmp_path: Path) -> None:
    fuzz(tmp_path, 2000, 2)


def test_rules_are_laid_over_the_defaults() -> None:
    moved = CurationSpec.model_validate({"source_rules": {"hdr": None, "slow": {"score": "rate_fps", "min": 1}}})
    assert "hdr" not in moved.source_rules
    assert moved.source_rules["slow"] == Rule(score="rate_fps", min=1)
    assert moved.source_rules["truncated"] == CurationSpec().source_rules["truncated"]
    assert isinstance(moved.read, ReadSpec) and isinstance(moved.split, SplitSpec)
    assert isinstance(moved.transcode, TranscodeSpec)
