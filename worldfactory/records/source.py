"""Brought video: the file, the spans it was cut into, the clips made of them, what they scored and what was decided."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from worldfactory.records._base import Frozen, Record

Transition = Literal["edge", "cut", "fade", "gradual", "break", "length"]
"""What bounds a span: the video's own edge, a hard cut, a fade through one colour, another gradual transition
(dissolve, wipe), a jump of the file's clock, or only that a longer span was split."""

AlikeBy = Literal["picture", "meaning"]
"""Held against each other as pictures, or by the cosine of their embeddings."""


class Source(Record):
    """One brought file, named by its content. `parents` = ()."""

    name: str
    """The file's name when it was first read."""
    sha256: str
    bytes: int
    fault: str = ""
    """Why nothing could be read, `REASON: ...`; empty if it could, and then what follows holds."""
    container: str = ""
    codec: str = ""
    width: int = 0
    height: int = 0
    """Upright, with square pixels and even sides."""
    rate: tuple[int, int] = (0, 1)
    """Frames a second, measured."""
    frames: int = 0
    seconds: float = 0.0
    pixels: str = ""
    interlaced: bool = False
    alpha: bool = False
    turn: int = 0
    """Quarter turns clockwise that brought it upright."""
    audio: str = ""
    """Codec; empty without sound."""
    scores: dict[str, float] = Field(default_factory=dict)
    """How the reading went: decoded_share, damaged_share, repaired_share, ..."""


class Brought(Record):
    """A file in the inbox as it was seen. `parents` = (source id,)."""

    key: str
    """Of its partition: its name and the digest of its content."""
    name: str
    """Below the inbox."""
    sha256: str
    bytes: int
    mark: str
    """Changes when the file is written again."""


class Segment(Record):
    """The frames [start, stop) of a source. `parents` = (source id,)."""

    source: str
    index: int
    start: int
    stop: int
    start_s: float
    """On a clock that only rises, from the first frame."""
    stop_s: float
    """When the frame `stop` is shown, or would be."""
    file_s: float
    """When the frame `start` is shown on the file's own clock, on which its sound is too."""
    before: Transition
    after: Transition
    key: bool
    """Whether the frames `start` and `stop` were coded on their own (the end of the video counts as such)."""


class Footage(Record):
    """A segment as a clip: H.264 MP4, frame i at exactly i/fps. `parents` = (segment id,)."""

    segment: str
    file: str
    """In the source's folder."""
    sha256: str
    bytes: int
    width: int
    height: int
    fps: tuple[int, int]
    frames: int
    audio: bool
    copied: bool
    """Whether the coded video of the source was taken as it stood."""
    scores: dict[str, float]
    """What the observers measured."""


class FootageCaption(Frozen):
    """What a clip of brought video shows, in words."""

    text: str
    by: str
    """`measured`: put together from scores, by nobody who looked; otherwise the name of the model that wrote it."""


class Annotation(Record):
    """What a model said of a clip. `parents` = (footage id,); its id holds the model and what it was asked."""

    footage: str
    text: str
    """Empty where its answer was of no use."""
    fault: str
    """Why it was of no use, `REASON: ...`; empty if it was."""
    by: str
    """The name of the model."""


class Judgement(Record):
    """What was decided on a source or a segment, and why. `parents` = (subject's id,)."""

    subject: str
    kept: bool
    reasons: tuple[str, ...]
    scores: dict[str, float]


class Alike(Record):
    """Two clips that are alike; what is too alike is decided later. `parents` = both, sorted by id."""

    first: str
    second: str
    found_by: AlikeBy
    similarity: float
    """Correlation of the laid-over pictures, or cosine of the embeddings."""


class Kept(Record):
    """A clip that is part of the data set. `parents` = (its footage's id,)."""

    segment: str
    source: str
    file: str
    """Below curated/, the clip's MP4."""
    repeats: int
    """How often it is to be shown in an epoch, as the wanted mix asks."""
    group: str
    """Of the mix; empty without one."""


class FootageShard(Record):
    """One WebDataset tar of kept clips of brought video. `parents` = the kept clips in it, in order."""

    home: str
    """aws, gcp or azure."""
    key: str
    """Path below the home's root."""
    bucket: str
    """`WIDTHxHEIGHT-aspect`, e.g. `1280x720-16:9`."""
    sha256: str
    bytes: int
