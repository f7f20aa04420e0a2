"""The suites: what holds, what does not, and what can not be evaluated."""

from __future__ import annotations

import polars as pl

from resources.quality import Expect, judge

ROWS = pl.DataFrame({"id": ["a", "b", "b", None], "words": [80, 90, 200, 100]})


def test_outcomes_say_what_share_is_right_and_give_examples() -> None:
    verdict = judge(
        "suite",
        ROWS,
        [
            Expect(
                "ExpectColumnValuesToBeBetween", {"column": "words", "min_value": 80, "max_value": 120}, "80 to 120"
            ),
            Expect("ExpectColumnValuesToNotBeNull", {"column": "id"}, "has an id"),
            Expect("ExpectTableRowCountToEqual", {"value": 4}, "four rows"),
        ],
    )
    assert not verdict.ok
    assert [(o.column, o.ok, o.percent, o.examples) for o in verdict.outcomes] == [
        ("words", False, 75.0, "200"),
        ("id", False, 75.0, "None"),
        ("", True, 100.0, ""),
    ]
    assert round(verdict.percent, 2) == 83.33
    assert "2 of 3 expectations fail: words: 80 to 120 (75 % right, e.g. 200)" in verdict.summary


def test_what_can_not_be_evaluated_fails_and_says_why() -> None:
    verdict = judge("suite", ROWS, [Expect("ExpectColumnValuesToBeUnique", {"column": "nope"}, "unique")])
    assert not verdict.ok
    assert '"nope"' in verdict.outcomes[0].examples


def test_an_empty_table_holds_what_is_true_of_nothing() -> None:
    verdict = judge(
        "suite",
        ROWS.clear(),
        [
            Expect("ExpectColumnValuesToNotBeNull", {"column": "id"}, "has an id"),
            Expect("ExpectTableRowCountToEqual", {"value": 1}, "one row"),
        ],
    )
    assert [outcome.ok for outcome in verdict.outcomes] == [True, False]
