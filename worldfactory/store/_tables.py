"""Tables of records as Parquet: flat columns for people to query, and the whole record as JSON to read back exactly."""

from __future__ import annotations

import io
import types
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, TypeVar, Union, get_args, get_origin

import polars as pl
from pydantic import ValidationError

from worldfactory.errors import StoreError
from worldfactory.files import write_file
from worldfactory.records import Cell, Record

R = TypeVar("R", bound=Record)

_SCALARS: dict[Any, Any] = {str: pl.String, bool: pl.Boolean, int: pl.Int64, float: pl.Float64}


def write_table(path: Path, kind: type[R], records: Sequence[R]) -> None:
    """Write `records` in their order as one Parquet file, atomically: same records, same bytes.

    Columns: every field that is text, a number or a list of such; `venue` and `city` for a cell; `FIELD.KEY` for
    each key of a mapping to numbers; and `json`. Raises StoreError.
    """
    schema: dict[str, Any] = {}
    columns: dict[str, list[Any]] = {}
    for name, field in kind.model_fields.items():
        values = [getattr(record, name) for record in records]
        for column, dtype, cells in _columns(name, field.annotation, values):
            schema[column], columns[column] = dtype, cells
    schema["json"], columns["json"] = pl.String, [record.model_dump_json() for record in records]
    buffer = io.BytesIO()
    # Level 9 squeezes scenes, which repeat themselves, well under a tenth; a page that holds several of them lets
    # one draw on another.
    pl.DataFrame(columns, schema).write_parquet(
        buffer, compression="zstd", compression_level=9, statistics=True, data_page_size=8 << 20
    )
    write_file(path, buffer.getvalue())


def read_table(path: Path, kind: type[R]) -> list[R]:
    """All records of a table, in order; none if there is no such file. Raises StoreError naming a damaged file."""
    found: list[R] = []
    for row, text in enumerate(read_column(path, "json")):
        try:
            found.append(kind.model_validate_json(text))
        except ValidationError as error:
            raise StoreError(
                f"{path}: row {row} is not a {kind.__name__} of this version: {error.errors()[0]['msg']} at "
                f"{'.'.join(map(str, error.errors()[0]['loc']))}; make the stage again"
            ) from error
    return found


def read_column(path: Path, name: str) -> list[Any]:
    """One column of a table, without reading the others; nothing if there is no such file."""
    try:
        return pl.read_parquet(path, columns=[name], glob=False)[name].to_list()
    except FileNotFoundError:
        return []
    except (OSError, pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        raise StoreError(f"{path}: can not be read: {error}; remove it and make the stage again") from error


def _columns(name: str, annotation: Any, values: list[Any]) -> list[tuple[str, Any, list[Any]]]:
    """(column, type, values) of one field: none, one or several."""
    origin, args = get_origin(annotation), get_args(annotation)
    if annotation is Cell:
        return [(part, pl.String, [getattr(value, part) for value in values]) for part in ("venue", "city")]
    if (dtype := _scalar(annotation)) is not None:
        return [(name, dtype, values)]
    if origin is tuple and (dtype := _scalar(args[0])) is not None:
        return [(name, pl.List(dtype), [list(value) for value in values])]
    if origin is dict and args[1] is float:
        keys = sorted({key for value in values for key in value})
        return [(f"{name}.{key}", pl.Float64, [value.get(key) for value in values]) for key in keys]
    return []


def _scalar(annotation: Any) -> Any:
    if get_origin(annotation) is Literal:
        return pl.String
    if get_origin(annotation) in (Union, types.UnionType):
        kinds = {kind for kind in get_args(annotation) if kind is not type(None)}
        return _scalar(kinds.pop()) if len(kinds) == 1 else None
    return _SCALARS.get(annotation) if isinstance(annotation, type) else None
