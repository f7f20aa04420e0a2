"""What made the pictures is told by how they are made, and what they show by the words of an embedder."""

from __future__ import annotations

import numpy as np
import pytest

from tests.curate.seen import FPS, HEIGHT, WIDTH, place, show, watched
from worldfactory.curate.embedding import EmbeddingObserver
from worldfactory.curate.kind import TYPES, KindObserver
from worldfactory.lineage import generator
from worldfactory.spec import CurationSpec, EmbedderSpec
from worldfactory.testfilm import Camera
from worldfactory.testfilm._kinds import KINDS


@pytest.mark.parametrize("kind", KINDS)
def test_slides_screens_and_animation_are_named(kind: str) -> None:
    scores = watched(KindObserver(), KINDS[kind](generator(f"test {kind}"), HEIGHT, WIDTH, 48, FPS))
    assert sum(scores.values()) == pytest.approx(1)
    assert max(scores, key=scores.__getitem__) == f"type_{kind}"


@pytest.mark.parametrize("camera", ["pan", "locked"])
def test_textured_places_are_dropped_neither_as_slides_nor_as_a_screen(camera: Camera) -> None:
    scores = watched(KindObserver(), place("square", camera, 30))
    assert set(scores) == {f"type_{name}" for name in TYPES}
    rules = CurationSpec().clip_rules
    assert all(rules[name].failure(name, scores[rules[name].score]) is None for name in ("slides", "screen"))


@pytest.mark.parametrize("size", [(8, 8), (16, 400), (48, 64), (90, 10)])
def test_tiny_pictures_have_a_kind_too(size: tuple[int, int]) -> None:
    frames = [np.full((*size, 3), level, np.uint8) for level in range(0, 250, 10)]
    assert sum(watched(KindObserver(), frames).values()) == pytest.approx(1)


def test_without_frames_there_are_no_scores() -> None:
    assert KindObserver().scores() == {}
    assert KindObserver().measured().shape == (16,)


def test_the_embedders_words_give_shares_that_can_be_moved() -> None:
    frames = [np.full((144, 256, 3), 90, np.uint8)] * 9

    def seen(spec: EmbedderSpec) -> dict[str, float]:
        observer = EmbeddingObserver(spec)
        show(observer, frames)
        return observer.scores()

    scores = seen(EmbedderSpec(model="shipped"))
    assert scores["setting_indoor"] + scores["setting_outdoor"] == pytest.approx(1)
    assert sum(v for name, v in scores.items() if name.startswith("category_")) == pytest.approx(1)
    assert sum(name.startswith("category_") for name in scores) == 9
    # The one that ships has seen drawn footage only, and says nothing of what is real.
    assert not any(name.startswith("type_") for name in scores)
    moved = EmbedderSpec(model="shipped", setting={"sea": ("the sea",), "land": ("a street",)})
    assert {name for name in seen(moved) if name.startswith("setting_")} == {"setting_sea", "setting_land"}
