"""specs/curation.yaml: how brought video is read, split, transcoded and judged."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from worldfactory.spec._base import Name, SpecModel
from worldfactory.spec._factory import Encoding, HomeName, Rate

DetectorName = Literal["blend", "content", "adaptive", "threshold", "histogram", "hash", "transnet", "stride"]

VideoType = Literal["real", "rendered", "game", "animation", "slides", "screen"]
"""What made the pictures: a camera, a renderer, a game with its displays, an animator, a presentation, a computer's
screen."""


class ReadSpec(SpecModel):
    """Bounds on one file, so that none costs the others their turn."""

    pixels: Annotated[int, Field(ge=4096)] = 8192 * 8192
    """Of one frame, as the header claims it; a larger one is refused before it is decoded."""
    memory_mb: Annotated[int, Field(ge=256)] = 4096
    """What the process that reads a file may take beyond what it starts with."""
    seconds: Annotated[float, Field(gt=0)] = 3600.0
    """Wall clock, of one file from its first byte to its last clip."""
    seconds_per_gb: Annotated[float, Field(ge=0)] = 7200.0
    """Added to `seconds` for each gigabyte of the file."""


class SplitSpec(SpecModel):
    """Where one shot ends and the next begins."""

    detector: DetectorName = "blend"
    """`blend` is the factory's own; content, adaptive, threshold, histogram and hash are PySceneDetect's; `transnet` is
    TransNetV2 with the weights of `weights`; `stride` finds no shots and cuts every `stride_s`."""
    threshold: float | None = None
    """Of the detector; None for its default."""
    weights: str = ""
    """File with TransNetV2's weights (PyTorch state dict or safetensors)."""
    stride_s: Annotated[float, Field(gt=0)] = 10.0
    min_s: Annotated[float, Field(ge=0)] = 2.0
    """Shorter clips are dropped."""
    max_s: Annotated[float, Field(gt=0)] = 60.0
    """Longer ones are split into equal parts."""

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.max_s < 2 * self.min_s:
            raise ValueError(f"max_s {self.max_s:g} must be at least twice min_s {self.min_s:g}, or parts are dropped")
        if self.detector == "transnet" and not self.weights:
            raise ValueError("detector transnet takes its weights from a file; give `weights`")
        return self


class TranscodeSpec(SpecModel):
    """What the clips are."""

    rate: Literal["source"] | Rate = "source"
    """Frames a second; `source` keeps each video's own, made constant where it varies."""
    sound: bool = False
    copy_streams: Annotated[bool, Field(alias="copy")] = False
    """Without encoding again where the source is already such H.264 and the clip begins and ends at keyframes."""
    encoding: Encoding = Encoding(crf=22)
    """x264 writes the same bytes on every machine only without its macroblock tree; without it crf 22 is what crf 18 is
    with it (measured on a test film: PSNR of luma 47.5 against 47.8 dB, 8.9 against 8.6 MB, 17 against 18 cpu-ms)."""


class Rule(SpecModel):
    """Drops what scores outside [min, max]; what was not measured passes."""

    score: str
    min: float | None = None
    max: float | None = None

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        if self.min is None and self.max is None:
            raise ValueError("a rule has min, max or both")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(f"min {self.min:g} is above max {self.max:g}")
        return self

    def failure(self, name: str, value: float) -> str | None:
        """Why `value` fails, e.g. `short: seconds 1.2 < 2`, or None. What is not a number fails."""
        if self.min is not None and not value >= self.min:
            return f"{name}: {self.score} {value:.4g} < {self.min:g}"
        if self.max is not None and not value <= self.max:
            return f"{name}: {self.score} {value:.4g} > {self.max:g}"
        return None


_SOURCE_RULES = {
    "truncated": Rule(score="decoded_share", min=0.95),
    "damaged": Rule(score="damaged_share", max=0.01),
    "absurd-time": Rule(score="repaired_share", max=0.05),
    "slow": Rule(score="rate_fps", min=5.0),
    "hdr": Rule(score="hdr", max=0.0),
}
"""Of a whole source. PQ and HLG are not tone-mapped, and would come out grey."""
_CLIP_RULES = {
    "short": Rule(score="seconds", min=2.0),
    "static": Rule(score="change_share", min=0.002),
    "featureless": Rule(score="detail_share", min=0.03),
    "shaky": Rule(score="shake_permille", max=8.0),
    "blurred": Rule(score="blur_px", max=3.2),
    "noisy": Rule(score="noise_level", max=5.0),
    "blocky": Rule(score="blocking_ratio", max=1.34),
    "dark": Rule(score="light_luma", min=45.0),
    "overexposed": Rule(score="blown_share", max=0.5),
    "barred": Rule(score="bars_share", max=0.04),
    "repeating": Rule(score="repeat_share", max=0.3),
    "frozen": Rule(score="frozen_s", max=0.5),
    "added-text": Rule(score="added_text_level", max=1.0),
    "slides": Rule(score="type_slides", max=0.9),
    "screen": Rule(score="type_screen", max=0.9),
    "lasting-mark": Rule(score="lasting_mark_level", max=1.0),
}
"""Set on test films; `make evaluate-curation` shows what they catch."""


def _over(defaults: dict[str, Rule]) -> Callable[[object], object]:
    def laid(value: object) -> object:
        if not isinstance(value, dict):
            return value
        both: dict[object, object] = {**defaults, **value}
        return {name: rule for name, rule in both.items() if rule is not None}

    return laid


LEAST_LIKENESS, LEAST_SIMILARITY = 0.7, 0.9
"""Pairs of clips that are less alike are not stored, so no limit may be lower."""


class DuplicatesSpec(SpecModel):
    """Which clips are too alike. Of those that are, the largest stays, then the one of best quality."""

    copy_likeness: Annotated[float, Field(ge=LEAST_LIKENESS, le=1.01)] = 0.82
    """Correlation of the laid-over pictures from which two clips are copies; above 1 nothing is."""
    meaning_similarity: Annotated[float, Field(ge=LEAST_SIMILARITY, le=1.01)] = 0.97
    """Cosine of embeddings from which two clips say the same: 1 less SemDeDup's epsilon; above 1 nothing does."""
    prefer: Literal["best", "held"] = "best"
    """`best`: a better copy replaces one that was kept before, so that it does not matter what came first. `held`: what
    was kept before stays, and shards that stand are not touched."""


Words = Annotated[dict[Name, Annotated[tuple[str, ...], Field(min_length=1)]], Field(min_length=2)]
"""What a clip may be -> how that is said; the mean of its sayings counts."""
_SETTING: dict[str, tuple[str, ...]] = {
    "indoor": ("inside a building", "a room with walls, a ceiling and lamps", "an interior, a hall, a corridor"),
    "outdoor": ("outside under the sky", "a street with buildings and trees", "an open landscape in daylight"),
}
_CATEGORIES: dict[str, tuple[str, ...]] = {
    "driving": ("driving a car on a road, seen from the car", "traffic seen through a windscreen"),
    "manipulation": ("hands that hold and move an object", "a close view of somebody working with a tool"),
    "human-motion": ("people who walk, dance or do sports", "what a person does, the whole body seen"),
    "navigation": ("moving through rooms and streets", "a camera that finds its way round a place"),
    "first-person": ("a first person view, as if through somebody's eyes", "a walk filmed from the head or the chest"),
    "nature": ("nature: water, fire, clouds, plants, animals", "a landscape with waves, leaves or smoke that move"),
    "dynamic-camera": ("a camera that moves fast: a drone, a crane, an orbit", "a sweeping aerial view"),
    "synthetic": ("a computer rendered scene", "synthetic 3D graphics"),
    "other": ("something else", "an abstract picture, a title, a chart"),
}
"""The nine of NVIDIA 2025, "Cosmos World Foundation Model Platform for Physical AI"."""
_TYPES: dict[str, tuple[str, ...]] = {
    "real": ("a photograph", "real footage filmed by a camera"),
    "rendered": ("a 3D rendering", "photorealistic computer graphics"),
    "game": ("a screenshot of a video game with its display", "gameplay footage"),
    "animation": ("a cartoon", "a frame of an animated film, drawn in flat colours"),
    "slides": ("a presentation slide", "a page of text and charts"),
    "screen": ("a screen recording of a computer", "a desktop with windows and text"),
}


class EmbedderSpec(SpecModel):
    """What makes vectors of clips, for `meaning_similarity`, and holds them against words where it reads some."""

    model: str = ""
    """`shipped` for the one in the package; or a folder or name of CLIP, SigLIP, SigLIP 2 or V-JEPA 2 that transformers
    can load; empty for none, and clips are compared as pictures only. It must fit in `memory_mb` beside the video."""
    setting: Words = Field(default_factory=lambda: dict(_SETTING))
    """Scores `setting_indoor`, `setting_outdoor`: shares that add up to 1. None for V-JEPA 2, which reads no words."""
    category: Words = Field(default_factory=lambda: dict(_CATEGORIES))
    """Scores `category_driving`, ..."""
    type: Words = Field(default_factory=lambda: dict(_TYPES))
    """Scores `type_real`, ... in place of those that are measured on the pictures; not for `shipped`, which has seen
    drawn footage only."""


class AnnotatorSpec(SpecModel):
    """What says in words what the kept clips show."""

    model: str = ""
    """A vision-language model that transformers can load, by folder (read without a network) or name; empty for none,
    and captions are put together from what was measured."""
    prompt: Annotated[str, Field(min_length=1)] = (
        "These are frames of one video clip, in order. Describe in one paragraph of at most 80 words what the clip "
        "shows: the place, who and what is there, what happens, how the camera moves, the light and the weather. "
        "Say only what can be seen."
    )
    frames: Annotated[int, Field(ge=1, le=64)] = 8
    """Of each clip, evenly spread."""
    side: Annotated[int, Field(ge=32, le=4096)] = 448
    """Longer side of a frame in pixels as the model is given it; smaller frames stay as they are."""
    most_tokens: Annotated[int, Field(ge=8, le=2048)] = 256
    """Length of an answer; sentences that it cuts are left out."""
    batch: Annotated[int, Field(ge=1, le=256)] = 4
    """Clips asked of at once; it bounds memory and is no part of what is asked."""

    def shaping(self) -> dict[str, Any]:
        """What shapes the answers: all but the size of a batch."""
        return self.model_dump(mode="json", exclude={"batch"})


class MixSpec(SpecModel):
    """The wanted mix of kinds of clips, by down- and up-sampling."""

    wanted: dict[str, Annotated[float, Field(ge=0)]] = Field(default_factory=dict[str, float])
    """Score -> share. A clip belongs to that of these scores that is highest (of `type_real`, `type_game`, ...; or of
    `setting_` or `category_` and what the embedder's words name); one that has none of them is kept as it is. Shares
    need not add up to 1; empty for any mix."""
    most_repeats: Annotated[float, Field(ge=1)] = 1.0
    """How often a clip of a kind that is rare may be shown in an epoch; 1 for down-sampling only."""

    @model_validator(mode="after")
    def _some(self) -> Self:
        if self.wanted and not any(self.wanted.values()):
            raise ValueError("of the wanted mix one share at least is above 0")
        return self


class InboxSpec(SpecModel):
    """Where brought video comes in, and where the clips made of it go."""

    url: str = "file:inbox"
    """`file:inbox` (relative to the data folder), `s3://bucket/prefix`, `gs://bucket/prefix`, `az://container/prefix`."""
    settle_s: Annotated[float, Field(ge=0)] = 5.0
    """What was written less long ago may still be on its way, and waits."""
    home: HomeName | None = None
    """Of the shards; None for the default home of factory.yaml."""
    clips_per_shard: Annotated[int, Field(ge=1, le=100_000)] = 64


class CurationSpec(SpecModel):
    """All of curation.yaml."""

    inbox: InboxSpec = InboxSpec()
    read: ReadSpec = ReadSpec()
    split: SplitSpec = SplitSpec()
    transcode: TranscodeSpec = TranscodeSpec()
    source_rules: Annotated[dict[Name, Rule], BeforeValidator(_over(_SOURCE_RULES))] = Field(
        default_factory=lambda: dict(_SOURCE_RULES)
    )
    """Reason -> what drops a whole source for it. What a file says is laid over the defaults; `null` takes one away."""
    clip_rules: Annotated[dict[Name, Rule], BeforeValidator(_over(_CLIP_RULES))] = Field(
        default_factory=lambda: dict(_CLIP_RULES)
    )
    """Reason -> what drops a clip for it. Moving one decides again from stored scores, without decoding."""
    embedder: EmbedderSpec = EmbedderSpec()
    duplicates: DuplicatesSpec = DuplicatesSpec()
    mix: MixSpec = MixSpec()
    annotator: AnnotatorSpec = AnnotatorSpec()
