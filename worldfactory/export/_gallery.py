"""One page that shows every place: it works from disk, without a server and without the network."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from importlib.resources import files
from itertools import groupby

from jinja2 import Environment, StrictUndefined, Template
from pydantic import BaseModel, ConfigDict


class Tile(BaseModel):
    """One clip on the page. `preview` and `truth` are picture files, relative to the page."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    clip: str
    """Id of the clip that the factory makes of the same coordinates."""
    venue: str
    city: str
    index: int
    caption: str
    weather: str
    hour: float
    camera: str
    decor: tuple[str, ...]
    instances: int
    triangles: int
    cpu_ms_per_frame: float
    """CPU time of drawing one frame with its ground truth, the median, at `size`."""
    build_cpu_ms: float
    """CPU time of building the scene and setting its drawing up."""
    size: tuple[int, int]
    preview: str
    truth: str

    @property
    def clock(self) -> str:
        """The hour as people write it."""
        minutes = round(self.hour * 60)
        return f"{minutes // 60 % 24:02d}:{minutes % 60:02d}"


def gallery_html(tiles: Sequence[Tile], title: str, failures: Sequence[str] = ()) -> str:
    """The page: a row for each venue, a tile for each clip, filters by venue and city, what failed at the end."""
    shown = sorted(tiles, key=lambda tile: (tile.venue, tile.city, tile.index))
    return _template().render(
        title=title,
        venues=[(venue, list(group)) for venue, group in groupby(shown, key=lambda tile: tile.venue)],
        cities=sorted({tile.city for tile in tiles}),
        failures=failures,
    )


@lru_cache(maxsize=1)
def _template() -> Template:
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(files("worldfactory.export").joinpath("gallery.html").read_text("utf-8"))
