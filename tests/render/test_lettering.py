"""Writing on signs: the words are those of the library, suit their faces, and do not crawl."""

from __future__ import annotations

import numpy as np
import pytest

from bench.draw_words import words_digest
from tests.render.scenes import DAY, look, scene
from worldfactory.errors import RenderError
from worldfactory.records import Material, Part, Scene
from worldfactory.render import RenderConfig, Renderer, compile_world
from worldfactory.render._lettering import Lettering, drawn_of
from worldfactory.spec._library import library


def sign(*words: str, cell: float = 0.5) -> Material:
    return Material(
        name="sign", rgb=(0.0, 0.0, 0.0), rgb2=(1.0, 1.0, 1.0), pattern="glyphs", cell_m=(cell, cell), words=words
    )


def draw(drawn: Scene, times: int = 1) -> np.ndarray:
    return Renderer(drawn, RenderConfig(width=160 * times, height=96 * times)).frame(0).rgb.astype(float)


def board(words: tuple[str, ...], size: tuple[float, float, float], away: float, aside: float = 0.0) -> Scene:
    poses = [look((aside, -away, 0.0), (aside, 0.0, 0.0))] * 2
    parts = [Part(shape="box", size=size, at=(0.0, 0.0, -size[2] / 2), material=0)]
    light = DAY.model_copy(update={"sun_rgb": (0.0, 0.0, 0.0), "fog_per_m": 0.0})
    return scene([parts], [{"prototype": 0}], poses=poses, materials=(sign(*words),), light=light)


def test_the_file_is_drawn_from_the_words_of_the_library() -> None:
    assert drawn_of() == words_digest(), "draw the words again: python -m bench.draw_words FONTS"


def test_every_language_has_words_of_every_kind() -> None:
    words = library().words
    kinds = set(words["english"])
    for language in words.keys() - {"figures"}:
        assert set(words[language]) == kinds, language
        assert len(words[language]["shop"]) >= 12
    with pytest.raises(RenderError, match="no words 'latin/shop'"):
        Lettering((sign("latin/shop"),)).face(0, 2.0, 0.5)
    with pytest.raises(RenderError, match="no words"):
        Lettering((sign(),)).face(0, 2.0, 0.5)


def test_a_face_is_divided_into_places_that_words_fit() -> None:
    lettering = Lettering((sign("english/shop"), sign("japanese/shop")))
    assert lettering.face(0, 2.0, 0.06)[0] == 0  # the edge of a board
    for row, wide, high in ((0, 3.0, 0.5), (0, 8.0, 0.5), (0, 0.6, 3.0), (1, 0.6, 3.0), (1, 3.0, 0.5), (0, 2.0, 2.0)):
        number, across, upward = lettering.face(row, wide, high)
        assert lettering.source[number] == row
        assert lettering.count[number] >= 2
        place = (wide / across) / (high / upward)
        assert lettering.aspect[number] == pytest.approx(place, rel=0.07)
    assert lettering.face(0, 8.0, 0.5)[1:] == (2.0, 1.0)
    assert lettering.face(1, 0.6, 3.0)[1:] == (1.0, 2.0)  # written downward
    assert lettering.face(0, 0.6, 3.0)[2] > 6.0
    assert lettering.face(0, 3.0, 0.5)[0] == lettering.face(0, 3.0, 0.5)[0]


def test_each_script_looks_its_own() -> None:
    pictures = {
        language: draw(board((f"{language}/shop",), (3.0, 0.1, 1.0), 2.6)).mean(2)
        for language in ("english", "arabic", "hindi", "japanese", "russian")
    }
    for picture in pictures.values():
        ink = (picture[20:76, 20:140] > 128).mean()
        assert 0.04 < ink < 0.6
    names = list(pictures)
    for k, one in enumerate(names):
        for other in names[:k]:
            assert np.abs(pictures[one] - pictures[other]).mean() > 2.0


@pytest.mark.parametrize("away", [8.0, 20.0, 60.0])
def test_writing_from_afar_is_what_it_is_close_by_averaged(away: float) -> None:
    # What a pixel shows is the mean over its footprint; then nothing crawls when the camera moves.
    drawn = board(("english/shop", "thai/shop"), (24.0, 0.1, 8.0), away)
    soft = drawn.materials[0].model_copy(update={"rgb": (0.3, 0.3, 0.3), "rgb2": (0.5, 0.5, 0.5)})
    drawn = drawn.model_copy(update={"materials": (soft,)})
    fine = draw(drawn, 4).mean(2).reshape(96, 4, 160, 4).mean((1, 3))
    coarse = draw(drawn).mean(2)
    inside = np.s_[44:52, 72:88] if away > 30 else np.s_[36:60, 50:110]
    assert fine[inside].std() > 10.0
    assert np.abs(fine - coarse)[inside].mean() < 1.2
    assert abs(fine[inside].mean() - coarse[inside].mean()) < 1.0


def test_rows_of_faces_lead_back_to_their_materials() -> None:
    made = board(("korean/shop",), (3.0, 0.1, 1.0), 5.0)
    world = compile_world(made)
    assert len(world.materials) == len(world.source) > len(made.materials)
    assert set(world.source.tolist()) == {0}
    begin, wide, high = world.words.T
    assert (begin + (wide + 1) * (high + 1) <= len(world.ink)).all()
    assert world.material.max() < len(world.materials)
