"""What `make evaluate-worlds` measures with: each instrument is right where the answer is known."""

from __future__ import annotations

import numpy as np
import pytest

from bench import _classifier
from bench._classifier import learn_and_ask
from bench._evaluate_worlds import consistency, flicker, walking
from tests.render.scenes import look, scene
from worldfactory.records import Cell, Material, Part
from worldfactory.render import RenderConfig, Renderer

STREET = Cell(venue="street", city="kyoto")


def clips(count: int, seed: int, name: str) -> list[np.ndarray]:
    """Clips of noise: `warm` ones redder, `barred` ones with upright bars."""
    frames = np.random.default_rng(seed).integers(110, 130, (count, 3, 24, 40, 3))
    if name == "warm":
        frames[..., 0] += 60
    if name == "barred":
        frames[:, :, :, ::8] = 20
    return list(frames.astype(np.uint8))


@pytest.mark.parametrize(
    ("other", "edges", "least", "most"),
    [("barred", True, 1.0, 1.0), ("warm", False, 1.0, 1.0), ("warm", True, 0.0, 0.9)],
)
def test_the_classifier_tells_what_can_be_told_and_no_more(
    other: str, edges: bool, least: float, most: float, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(_classifier, "STEPS", 40)
    monkeypatch.setattr(_classifier, "BATCH", 24)
    train = [*clips(4, 1, "plain"), *clips(4, 100, other)]
    test = [*clips(8, 1000, "plain"), *clips(8, 2000, other)]
    names = ["plain"] * 4 + [other] * 4 + ["plain"] * 8 + [other] * 8
    answers = learn_and_ask(train, test, names, edges)
    assert least <= answers.accuracy <= most
    assert sum(times for _, _, times in answers.confused(9)) == round(16 * (1 - answers.accuracy))


def test_the_camera_comes_back_from_the_pictures_of_a_scene_at_rest():
    found = consistency(STREET, *walking(STREET, 1))
    assert found is not None and found.recovered
    assert found.sampson_px < 0.43 and found.true_sampson_px < 0.25
    assert 0.0 < found.flicker < 2.0 and found.flicker_share < 0.06


def test_flicker_is_little_where_nothing_changes_and_more_where_edges_crawl():
    paints = tuple(Material(name=f"{grey}", rgb=(grey,) * 3) for grey in (0.4, 0.05))
    wall = [Part(shape="box", size=(60.0, 0.1, 30.0), at=(0.0, 0.1, -10.0), material=0)]
    bars = [Part(shape="box", size=(0.1, 0.12, 3.0), at=(0.3 * k - 2.0, 0.0, 0.0), turn_deg=(0.0, 8.0, 0.0), material=1)
            for k in range(14)]  # fmt: skip
    poses = [look((0.03 * k, -6.0, 1.6), (0.03 * k, 0.0, 1.0)) for k in range(3)]

    def of(parts: list[list[Part]], antialias: bool = True) -> float:
        drawn = scene(parts, [{"prototype": k} for k in range(len(parts))], poses=poses, materials=paints)
        return flicker(Renderer(drawn, RenderConfig(width=320, height=180, antialias=antialias)), 0)[0]

    smooth, crawling = of([wall, bars]), of([wall, bars], antialias=False)
    assert of([wall]) < 0.1 < smooth and crawling > 1.5 * smooth
