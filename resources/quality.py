"""great-expectations as a plain function: a table and a suite in, what held and what did not out.

Knows nothing of worldfactory. The library takes seconds to import, so it is imported when a suite is run.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl


@dataclass(frozen=True)
class Expect:
    """One expectation: a class of `great_expectations.expectations`, its arguments, and why it is asked for."""

    kind: str
    """E.g. `ExpectColumnValuesToBeUnique`."""
    arguments: Mapping[str, Any]
    why: str


@dataclass(frozen=True)
class Outcome:
    """How one expectation fared."""

    expectation: str
    column: str
    ok: bool
    percent: float
    """Of the rows (or of the table, all or nothing) that are as expected."""
    examples: str
    """Some values that are not."""
    why: str


@dataclass(frozen=True)
class Verdict:
    """How a suite fared."""

    suite: str
    outcomes: tuple[Outcome, ...]

    @property
    def ok(self) -> bool:
        """Whether everything held."""
        return all(outcome.ok for outcome in self.outcomes)

    @property
    def percent(self) -> float:
        """Mean over the expectations: a figure to plot."""
        return sum(outcome.percent for outcome in self.outcomes) / max(1, len(self.outcomes))

    @property
    def summary(self) -> str:
        """In words, the failures first named."""
        wrong = [outcome for outcome in self.outcomes if not outcome.ok]
        if not wrong:
            return f"{self.suite}: all {len(self.outcomes)} expectations hold"
        said = "; ".join(f"{o.column or 'table'}: {o.why} ({o.percent:.0f} % right, e.g. {o.examples})" for o in wrong)
        return f"{self.suite}: {len(wrong)} of {len(self.outcomes)} expectations fail: {said}"


def judge(suite: str, rows: pl.DataFrame, expectations: Sequence[Expect]) -> Verdict:
    """Hold `rows` against the expectations, in memory. An expectation that can not be evaluated fails and says why."""
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")  # read at import
    import great_expectations as gx
    from great_expectations import expectations as known

    gx_context = gx.get_context(mode="ephemeral")
    gx_context.variables.progress_bars = {"globally": False}
    source = gx_context.data_sources.add_pandas("tables").add_dataframe_asset(suite)
    batch = source.add_batch_definition_whole_dataframe("all").get_batch({"dataframe": rows.to_pandas()})
    asked = [getattr(known, expect.kind)(**expect.arguments) for expect in expectations]
    outcomes = [
        _outcome(expect, batch.validate(one, result_format="SUMMARY"))
        for expect, one in zip(expectations, asked, strict=True)
    ]
    return Verdict(suite, tuple(outcomes))


def _outcome(expect: Expect, result: Any) -> Outcome:
    said: Mapping[str, Any] = result.result or {}
    examples = _raised(result.exception_info) or said.get("partial_unexpected_list") or said.get("observed_value", "")
    wrong = said.get("unexpected_percent")
    percent = (100.0 - float(wrong)) if wrong is not None else (100.0 if result.success else 0.0)
    column = " = ".join(str(expect.arguments[k]) for k in ("column", "column_A", "column_B") if k in expect.arguments)
    shown = ", ".join(map(str, examples[:5])) if isinstance(examples, list) else str(examples)
    return Outcome(
        expect.kind.removeprefix("Expect"),
        column,
        bool(result.success),
        round(percent, 2),
        "" if result.success else shown[:1000],
        expect.why,
    )


def _raised(info: Mapping[str, Any] | None) -> str:
    """The message of the exception in `info`, which is one record or a mapping of metrics to records."""
    records = [info, *info.values()] if info else []
    said = [r["exception_message"] for r in records if isinstance(r, dict) and r.get("exception_message")]
    return str(said[0]) if said else ""
