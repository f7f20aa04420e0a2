"""What every record shares: frozen, typed, an id that is a digest, and the names of its parents."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainSerializer


class Frozen(BaseModel):
    """A value without identity."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True, ser_json_inf_nan="constants")


class Record(Frozen):
    """A value with identity. `id` is `worldfactory.lineage.record_id`; `parents` are ids."""

    id: str
    parents: tuple[str, ...]


def _float_array(value: Any) -> NDArray[np.float32]:
    array = np.asarray(value, np.float32)
    array.setflags(write=False)
    return array


def _byte_array(value: Any) -> NDArray[np.uint8]:
    array = np.asarray(value, np.uint8)
    array.setflags(write=False)
    return array


def _listed(array: NDArray[Any]) -> Any:
    return array.tolist()


FloatArray = Annotated[NDArray[np.float32], BeforeValidator(_float_array), PlainSerializer(_listed, when_used="json")]
ByteArray = Annotated[NDArray[np.uint8], BeforeValidator(_byte_array), PlainSerializer(_listed, when_used="json")]
Vec3 = tuple[float, float, float]
Rgb = tuple[float, float, float]
