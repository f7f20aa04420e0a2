"""What must hold before a stage is built upon: great-expectations suites as asset checks.

Checks are blocking where bad data would spread: what follows in the run is not made, and automation waits.
"""

import warnings
from collections.abc import Callable, Sequence

import dagster as dg
import polars as pl

from assets._automation import CHECK
from assets._partitions import CELLS
from assets._show import table
from assets.dataset import index_points, shards
from assets.footage import clips, prompts
from resources import FactoryResource
from resources.quality import Expect, judge
from worldfactory.records import Cell


def _never(column: str, why: str) -> Expect:
    """An expectation on a column that names what is wrong in a row: it is empty."""
    return Expect("ExpectColumnValuesToBeInSet", {"column": column, "value_set": [""]}, why)


def _agree(left: str, right: str, why: str) -> Expect:
    return Expect("ExpectColumnPairValuesToBeEqual", {"column_A": left, "column_B": right}, why)


Look = Callable[[FactoryResource, Cell], tuple[pl.DataFrame, Sequence[Expect]]]
"""What a check looks at in a cell, and what must hold of it."""


def _check(asset: dg.AssetsDefinition, blocking: bool, look: Look) -> dg.AssetChecksDefinition:
    """An asset check, one cell at a time, that holds the rows of `look` against its expectations."""
    suite = f"{asset.key.to_user_string()}_hold"

    def check(context: dg.AssetCheckExecutionContext, factory: FactoryResource) -> dg.AssetCheckResult:
        rows, expectations = look(factory, factory.cell(context.partition_key))
        verdict = judge(suite, rows, expectations)
        columns = ("expectation", "column", "ok", "per cent", "examples", "why")
        outcomes = [(o.expectation, o.column, o.ok, o.percent, o.examples, o.why) for o in verdict.outcomes]
        return dg.AssetCheckResult(
            passed=verdict.ok,
            severity=dg.AssetCheckSeverity.ERROR,
            description=verdict.summary[:2000],
            metadata={
                "per cent right": float(verdict.percent),
                "rows": rows.height,
                "expectations": table(columns, outcomes),
            },
        )

    declare = dg.asset_check(
        asset=asset,
        name=suite,
        blocking=blocking,
        partitions_def=CELLS,
        automation_condition=CHECK,
        description=look.__doc__,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", dg.PreviewWarning)  # checks by partition are a preview in 1.13
        return declare(check)


def look_at_prompts(factory: FactoryResource, cell: Cell) -> tuple[pl.DataFrame, Sequence[Expect]]:
    """80 to 120 words each, none missing, none twice in the cell, none that the guard refuses, all of this cell."""
    from assets._tables import prompt_rows
    from worldfactory import prompt

    wanted = factory.factory.cell(cell).factory.clips_per_cell
    length = {"column": "words", "min_value": prompt.FEWEST, "max_value": prompt.MOST}
    return prompt_rows(factory.factory, cell), [
        Expect("ExpectTableRowCountToEqual", {"value": wanted}, f"{wanted} prompts, one for each clip"),
        Expect("ExpectColumnValuesToNotBeNull", {"column": "id"}, "every prompt has an id"),
        Expect("ExpectColumnValuesToBeUnique", {"column": "id"}, "no id twice"),
        Expect("ExpectColumnValuesToBeUnique", {"column": "index"}, "no index twice"),
        Expect("ExpectColumnValuesToNotBeNull", {"column": "text"}, "every prompt has a text"),
        Expect("ExpectColumnValuesToBeUnique", {"column": "text"}, "no text twice in the cell"),
        Expect("ExpectColumnValuesToBeBetween", length, f"{prompt.FEWEST} to {prompt.MOST} words"),
        _never("unsafe", "no word that the guard refuses"),
        Expect("ExpectColumnValuesToBeInSet", {"column": "cell", "value_set": [cell.key]}, "of this cell"),
    ]


def look_at_clips(factory: FactoryResource, cell: Cell) -> tuple[pl.DataFrame, Sequence[Expect]]:
    """A clip for every scene; its files there, whole and unaltered; its video of the size, length and rate it says."""
    from assets._tables import clip_rows
    from worldfactory.records import Scene

    store = factory.factory.store
    size = factory.factory.cell(cell).factory
    scenes = len(store.links(Scene, cell))
    return clip_rows(factory.factory, cell), [
        Expect("ExpectTableRowCountToEqual", {"value": scenes}, f"{scenes} clips, one for each scene"),
        Expect("ExpectColumnValuesToBeUnique", {"column": "id"}, "no id twice"),
        Expect(
            "ExpectColumnValuesToBeInSet",
            {"column": "scene_known", "value_set": [True]},
            "drawn from a scene that stands",
        ),
        _never("missing", "every file is there"),
        _never("empty", "no file is empty"),
        _never("altered", "every file has the digest in the manifest"),
        _agree("bytes", "bytes_said", "as many bytes as the manifest says"),
        Expect(
            "ExpectColumnValuesToBeInSet", {"column": "frames", "value_set": [size.frames]}, f"{size.frames} frames"
        ),
        _agree("video", "video_said", "the video's size, frames and rate are those of the manifest"),
    ]


def look_at_shards(factory: FactoryResource, cell: Cell) -> tuple[pl.DataFrame, Sequence[Expect]]:
    """Every kept clip in exactly one shard, no other; each shard whole, with the digest it says, in the city's home."""
    from assets._tables import shard_rows
    from worldfactory import flow

    kept = len(flow.kept_clips(factory.factory, cell))
    home = factory.factory.specs.factory.home_of(cell.city)
    rows = shard_rows(factory.factory, cell)
    if not kept:
        return rows, [Expect("ExpectTableRowCountToEqual", {"value": 0}, "no shard, for no clip was kept")]
    return rows, [
        Expect("ExpectTableRowCountToBeBetween", {"min_value": 1}, "at least one shard"),
        Expect("ExpectColumnValuesToBeUnique", {"column": "id"}, "no id twice"),
        Expect("ExpectColumnValuesToBeBetween", {"column": "bytes", "min_value": 1}, "no shard is empty"),
        _never("damage", "whole, and with the digest it says"),
        Expect(
            "ExpectColumnSumToBeBetween", {"column": "samples", "min_value": kept, "max_value": kept}, f"{kept} clips"
        ),
        _never("strangers", "no clip that was not kept"),
        _never("twice", "no clip in two shards"),
        Expect("ExpectColumnValuesToBeInSet", {"column": "home", "value_set": [home]}, f"in the city's home, {home}"),
    ]


def look_at_index(factory: FactoryResource, cell: Cell) -> tuple[pl.DataFrame, Sequence[Expect]]:
    """Every kept clip is one point, no other clip of the cell is; its own caption and looks find it."""
    from assets._tables import point_rows
    from worldfactory import flow

    kept = len(flow.kept_clips(factory.factory, cell))
    return point_rows(factory.factory, cell), [
        Expect("ExpectTableRowCountToEqual", {"value": kept}, f"{kept} points, one for each kept clip"),
        Expect("ExpectColumnValuesToBeInSet", {"column": "points", "value_set": [1]}, "one point for each clip"),
        Expect("ExpectColumnValuesToBeInSet", {"column": "kept", "value_set": [True]}, "only clips that were kept"),
        Expect("ExpectColumnValuesToBeBetween", {"column": "by_words", "min_value": 0.98}, "found by its caption"),
        Expect("ExpectColumnValuesToBeBetween", {"column": "by_looks", "min_value": 0.98}, "found by its looks"),
    ]


prompts_hold = _check(prompts, True, look_at_prompts)
clips_hold = _check(clips, True, look_at_clips)
shards_hold = _check(shards, True, look_at_shards)
# Nothing is made from the index, so nothing is held up by it.
index_points_hold = _check(index_points, False, look_at_index)
