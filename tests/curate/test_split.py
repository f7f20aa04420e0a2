"""Detectors of shot boundaries: one contract for all, and what the factory's own must tell apart."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from tests.video.brought import shot
from worldfactory.curate import SeenFrame
from worldfactory.curate.split import Boundary, Detector, Moment, Span, SpanMaker, open_detector
from worldfactory.curate.split._blend import DILATIONS, judge
from worldfactory.curate.split._features import FEATURES
from worldfactory.curate.split._transnet import HEIGHT, WIDTH, TransNetDetector, TransNetV2, load_transnet
from worldfactory.errors import ModelError
from worldfactory.spec import SplitSpec

Frames = list[NDArray[np.uint8]]


def textured(seed: int, count: int) -> Frames:
    """A slow pan over a picture of leaves and grain, as real footage is textured."""
    random = np.random.default_rng(seed)
    height, width = 400, 800
    picture = np.full((height, width, 3), random.uniform(40, 160, 3), np.float32)
    for size, contrast in ((81, 200.0), (25, 120.0), (7, 60.0)):
        picture += cv2.GaussianBlur(random.normal(0, 1, picture.shape).astype(np.float32), (size, size), 0) * contrast
    picture = np.clip(picture, 0, 255).astype(np.uint8)
    return [picture[100:276, 2 * i : 2 * i + 320].copy() for i in range(count)]


def seen(frames: Iterable[NDArray[np.uint8]]) -> Iterable[SeenFrame]:
    for index, rgb in enumerate(frames):
        luma = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
        yield SeenFrame(index, index / 24, luma, rgb, luma, False)


def boundaries(detector: Detector, frames: Frames) -> list[Boundary]:
    return [*(b for frame in seen(frames) for b in detector.see(frame)), *detector.finish()]


@pytest.mark.parametrize("name", ["blend", "content", "adaptive", "hash", "histogram", "threshold", "stride"])
def test_every_detector_keeps_the_contract(name: str) -> None:
    frames = textured(1, 70) + textured(2, 60) + [np.zeros((176, 320, 3), np.uint8)] * 20 + textured(3, 60)
    found = boundaries(open_detector(SplitSpec(detector=name, stride_s=2)), frames)  # type: ignore[arg-type]
    assert found
    assert all(0 < b.start <= b.stop < len(frames) for b in found)
    assert all(a.stop < b.start for a, b in pairwise(found))
    again = boundaries(open_detector(SplitSpec(detector=name, stride_s=2)), frames)  # type: ignore[arg-type]
    assert again == found
    if name in ("blend", "content", "hash"):
        assert any(b.start == b.stop == 70 for b in found)
    assert boundaries(open_detector(SplitSpec(detector=name)), frames[:1]) == []  # type: ignore[arg-type]


def mixed(before: Frames, after: Frames, length: int) -> Frames:
    """A dissolve over `length` frames between two shots that go on under it."""
    joint = []
    for i in range(length):
        share = (i + 1) / (length + 1)
        a, b = before[len(before) - length + i], after[i]
        joint.append((a * (1 - share) + b * share).astype(np.uint8))
    return [*before[: len(before) - length], *joint, *after[length:]]


def test_blend_finds_a_dissolve_a_wipe_and_a_fade_where_they_are() -> None:
    a, b, c, d = (textured(seed, 110) for seed in (11, 12, 13, 14))
    film = mixed(a, b, 24)[:170]
    wipe_at = len(film)
    for i in range(20):
        edge = 16 * (i + 1)
        film.append(np.concatenate([c[i][:, :edge], b[90][:, edge:]], axis=1))
    film += c[20:100]
    fade_at = len(film)
    film += [(c[100] * (1 - i / 16)).astype(np.uint8) for i in range(1, 17)]
    film += [(d[0] * (i / 16)).astype(np.uint8) for i in range(1, 17)]
    film += d[:80]
    found = boundaries(open_detector(SplitSpec()), film)
    want = [(86, 110), (wipe_at, wipe_at + 20), (fade_at, fade_at + 32)]
    assert len(found) == len(want)
    for boundary, (start, stop) in zip(found, want, strict=True):
        overlap = min(boundary.stop, stop) - max(boundary.start, start)
        assert overlap / (max(boundary.stop, stop) - min(boundary.start, start)) > 0.6, (boundary, start, stop)
    assert found[2].kind == "fade"


def test_blend_takes_neither_flash_nor_motion_nor_a_passer_for_a_cut() -> None:
    film = textured(21, 160)
    for i in (40, 41, 42):
        film[i] = np.clip(film[i] * 0.2 + 200, 0, 255).astype(np.uint8)
    dress = textured(22, 1)[0]
    for i in range(80, 130):  # somebody dark walks through, a quarter of the picture wide
        mask = np.zeros(film[i].shape[:2], np.uint8)
        cv2.ellipse(mask, (-60 + 9 * (i - 80), 110), (40, 70), 0, 0, 360, 255, -1)
        film[i][mask > 0] = dress[mask > 0] // 3
    assert boundaries(open_detector(SplitSpec()), film) == []


def test_the_network_in_numpy_is_the_one_that_was_trained() -> None:
    """`judge` against PyTorch's convolutions with the same weights."""
    from safetensors.torch import load_file

    from worldfactory.curate.split import _blend

    weights = {name: value.float() for name, value in load_file(_blend._WEIGHTS).items()}
    rows = np.random.default_rng(0).normal(0.3, 0.5, (200, FEATURES)).astype(np.float32)
    x = ((torch.from_numpy(rows) - weights["mean"]) / weights["deviation"]).clip(-6, 6).T[None]
    x = torch.relu(torch.nn.functional.conv1d(x, weights["first.weight"], weights["first.bias"], padding=2))
    for index, dilation in enumerate(DILATIONS):
        block = f"blocks.{index}"
        y = torch.nn.functional.conv1d(
            x, weights[f"{block}.weight"], weights[f"{block}.bias"], padding=dilation, dilation=dilation
        )
        x = x + torch.relu(y)
    logits = torch.nn.functional.conv1d(x, weights["last.weight"], weights["last.bias"])
    assert np.allclose(judge(rows), torch.sigmoid(logits)[0].T.numpy(), atol=1e-4)


def test_transnet_has_the_authors_parameters_and_reads_their_files(tmp_path: Path) -> None:
    torch.manual_seed(0)
    model = TransNetV2().eval()
    names = set(model.state_dict())
    assert {
        "SDDCNN.0.DDCNN.0.Conv3D_1.layers.0.weight", "SDDCNN.2.DDCNN.1.Conv3D_8.layers.1.weight",
        "SDDCNN.1.DDCNN.0.bn.running_var", "frame_sim_layer.projection.bias", "frame_sim_layer.fc.weight",
        "color_hist_layer.fc.weight", "fc1.weight", "cls_layer1.bias", "cls_layer2.weight",
    } <= names  # fmt: skip
    assert model.fc1.in_features == 4864  # 256 channels over 3 x 6 places, and 128 of each similarity
    torch.save(model.state_dict(), tmp_path / "weights.pth")
    frames = torch.randint(0, 256, (1, 40, HEIGHT, WIDTH, 3), dtype=torch.uint8)
    with torch.inference_mode():
        for was, now in zip(model(frames), load_transnet(tmp_path / "weights.pth")(frames), strict=True):
            assert was.shape == (1, 40, 1)
            assert torch.equal(was, now)
    (tmp_path / "bad.pth").write_bytes(b"no weights")
    with pytest.raises(ModelError, match=r"bad\.pth: holds no weights of TransNetV2"):
        load_transnet(tmp_path / "bad.pth")


def test_transnet_windows_judge_every_frame_once() -> None:
    """A network that answers with a frame's brightness: its boundaries must come out where the bright frames are."""

    class Bright(TransNetV2):
        def forward(self, frames: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            logits = frames.float().mean((2, 3, 4))[..., None] - 128
            return logits, logits

    frames = [np.full((176, 320, 3), 200 if i in (30, 75, 76, 77, 149) else 10, np.uint8) for i in range(160)]
    found = boundaries(TransNetDetector(Bright()), frames)
    assert [(b.start, b.stop, b.kind) for b in found] == [(31, 31, "cut"), (76, 78, "gradual"), (150, 150, "cut")]


def spans(moments: int, found: list[Boundary], max_s: float) -> list[tuple[int, int]]:
    maker = SpanMaker(max_s)
    made: list[Span] = []
    waiting = list(found)
    for index in range(moments):
        made.extend(maker.add(Moment(index, index / 10, index / 10, True)))
        while waiting and waiting[0].stop + 20 <= index:
            made.extend(maker.bound([waiting.pop(0)]))
    made.extend(maker.bound(waiting))
    made.extend(maker.close(0.1))
    return [(span.start, span.stop) for span in made]


def test_spans_leave_transitions_out_and_cover_the_rest_once() -> None:
    found = [Boundary(50, 50, "cut"), Boundary(100, 112, "gradual"), Boundary(190, 190, "cut")]
    assert spans(200, found, 60.0) == [(0, 50), (50, 100), (112, 190), (190, 200)]
    assert spans(200, [], 5.0) == [(0, 50), (50, 100), (100, 150), (150, 200)]


def test_an_endless_shot_is_taken_in_parts_in_constant_memory() -> None:
    maker = SpanMaker(2.0)
    made: list[Span] = []
    most = 0
    for index in range(20_000):
        made.extend(maker.add(Moment(index, index / 10, index / 10, True)))
        most = max(most, len(maker._moments))
    made.extend(maker.close(0.1))
    assert most < 200
    assert [span.start for span in made[1:]] == [span.stop for span in made[:-1]]
    assert made[-1].stop == 20_000
    assert max(span.stop_s - span.start_s for span in made) < 2.11


def test_blobs_of_the_brought_film_are_cut_too() -> None:
    frames = [cv2.resize(frame, (320, 192)) for frame in shot(1, 60) + shot(2, 60)]
    found = boundaries(open_detector(SplitSpec()), frames)
    assert [(b.start, b.stop) for b in found] == [(60, 60)]
