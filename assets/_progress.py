"""Progress inside an asset, as log lines that people read in the UI and the demo turns into bars."""

import re
from collections.abc import Callable

import dagster as dg

_LINE = re.compile(r"(?P<what>[\w ]+): (?P<done>\d+) of (?P<total>\d+)")


def logged(context: dg.AssetExecutionContext, lines: int = 50) -> Callable[[int, int, str], None]:
    """A progress callback that writes at most about `lines` lines to the log of the run."""

    def progress(done: int, total: int, what: str) -> None:
        if done == total or done % max(1, total // lines) == 0:
            context.log.info(f"{what}: {done} of {total}")

    return progress


def read(message: str) -> tuple[int, int, str] | None:
    """(done, total, what) of a line that `logged` wrote; None for any other."""
    found = _LINE.fullmatch(message)
    return (int(found["done"]), int(found["total"]), found["what"]) if found else None
