"""Prompts of a cell: all of them, or any one from its coordinates."""

from __future__ import annotations

from worldfactory.errors import UnknownNameError
from worldfactory.lineage import record_id
from worldfactory.prompt._draw import Draws, address, choose
from worldfactory.prompt._guard import find_unsafe, guard, guard_cell
from worldfactory.prompt._text import write
from worldfactory.records import Prompt
from worldfactory.spec import CellSpec


def prompts(cell: CellSpec) -> list[Prompt]:
    """The prompts 0 to clips_per_cell - 1 of a cell.

    Raises UnsafePromptError with every unsafe word of the cell's specs, used or not, and SpecError (see `prompt`).
    """
    guard_cell(cell)
    return [prompt(cell, index) for index in range(cell.factory.clips_per_cell)]


def prompt(cell: CellSpec, index: int) -> Prompt:
    """The prompt `index` of a cell, without making any other; the index may pass clips_per_cell.

    The text is English, 80 to 120 words, one continuous scene in the present tense with its light and its camera
    named, as the captions that video world models are trained on (NVIDIA 2025, "Cosmos World Foundation Model
    Platform for Physical AI", sections 3.3 and 5). No two of the first PERIOD of a cell are the same.
    Raises UnknownNameError for a negative index, UnsafePromptError where a spec's word is on the list, and
    SpecError where a spec's phrase is too long to leave room for the rest.
    """
    if index < 0:
        raise UnknownNameError(f"prompt {index} of {cell.cell.key}: an index is 0 or more")
    identity = record_id("prompt", (cell.id,), cell.digest, index)
    draws = Draws(identity)
    choice = choose(cell, draws)
    text, happenings = write(cell, choice, address(cell, index), draws)
    if find_unsafe(text, cell.factory.unsafe_words):
        guard_cell(cell)  # names file and key; what passes it here stands in the grammar
        guard(text, f"prompt {index} of {cell.cell.key}", cell.factory.unsafe_words)
    return Prompt(
        id=identity,
        parents=(cell.id,),
        cell=cell.cell,
        index=index,
        seed=cell.factory.seed,
        decor=choice.kits,
        weather=choice.weather,
        hour=choice.hour,
        day=choice.day,
        camera=choice.camera,
        happenings=tuple(happening.name for happening in happenings),
        text=text,
    )
