"""The nouns of the factory. Stages know each other only through these."""

from worldfactory.records._base import Frozen, Record, Rgb, Vec3
from worldfactory.records.caption import CameraMove, Captions, Doing, Event, Structured
from worldfactory.records.clip import (
    MODALITIES,
    Checkpoint,
    ClientFailure,
    ClientRound,
    Clip,
    Measurement,
    Modality,
    Shard,
    Verdict,
)
from worldfactory.records.frame import Frame, Geometry
from worldfactory.records.prompt import CAMERAS, WEATHERS, CameraKind, Cell, Origin, Prompt, Weather
from worldfactory.records.scene import (
    KEYS,
    LOAF,
    LOAF_POWER,
    TAPER,
    Body,
    CameraPath,
    Instance,
    Lamp,
    Light,
    Material,
    Motion,
    Opening,
    Part,
    Pattern,
    Prototype,
    Scene,
    Shape,
)
from worldfactory.records.taxonomy import CLASS_IDS, CLASS_NAMES, CLASSES, GROUPS, ClassSpec, Group

__all__ = [
    "CAMERAS", "CLASSES", "CLASS_IDS", "CLASS_NAMES", "GROUPS", "KEYS", "LOAF", "LOAF_POWER",
    "MODALITIES", "TAPER", "WEATHERS",
    "Body", "CameraKind", "CameraMove", "CameraPath", "Captions", "Cell", "Checkpoint", "ClassSpec", "ClientFailure",
    "ClientRound", "Clip", "Doing", "Event", "Frame", "Frozen", "Geometry", "Group", "Instance", "Lamp", "Light",
    "Material", "Measurement", "Modality", "Motion", "Opening", "Origin", "Part", "Pattern", "Prompt", "Prototype",
    "Record", "Rgb", "Scene", "Shape", "Shard", "Structured", "Vec3", "Verdict", "Weather",
]  # fmt: skip
