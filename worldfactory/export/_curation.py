"""The report of curation: the flow with its counts, and for each reason clips that were dropped for it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from importlib.resources import files

from jinja2 import Environment, StrictUndefined, Template
from pydantic import BaseModel, ConfigDict

from worldfactory.export._flowchart import FlowStage, flow_svg


class Example(BaseModel):
    """One clip or file on the page. `preview` is a picture file relative to the page, empty where there is none."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str
    preview: str
    said: str
    """The whole reason, or what it measures."""
    facts: str = ""


class Section(BaseModel):
    """Everything of one reason; `many` is how many there are, of which `examples` are some."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reason: str
    many: int
    kept: bool
    examples: tuple[Example, ...]


def curation_html(
    title: str, stages: Sequence[FlowStage], sections: Sequence[Section], facts: Sequence[tuple[str, str]] = ()
) -> str:
    """The page: it works from disk, without a server and without the network. `facts`: rows of a table."""
    return _template().render(title=title, diagram=flow_svg(stages, title), sections=sections, facts=facts)


@lru_cache(maxsize=1)
def _template() -> Template:
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(files("worldfactory.export").joinpath("curation.html").read_text("utf-8"))
