"""The same steps give the same bits: on one thread, with deterministic kernels."""

from __future__ import annotations

import contextlib
from collections.abc import Generator

import torch


@contextlib.contextmanager
def deterministic(threads: int = 1) -> Generator[None, None, None]:
    """Within, torch computes on `threads` threads with deterministic kernels; the settings before come back after.

    Sums split over threads round differently for each number of threads, so the number is set and never taken from
    the machine. Small models gain little from more than one.
    """
    before_threads = torch.get_num_threads()
    before_kernels = torch.are_deterministic_algorithms_enabled()
    torch.set_num_threads(threads)
    torch.use_deterministic_algorithms(True)
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(before_kernels)
        torch.set_num_threads(before_threads)
