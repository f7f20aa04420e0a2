"""How kernels are compiled: loops over numbers that NumPy would be slow at."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numba import njit
from numpy.typing import NDArray

Array = NDArray[Any]
"""An argument of a kernel; its shape and type are in the docstring of the kernel that is called from Python."""


def kernel(function: Callable[..., Any]) -> Any:
    """Compiles with exact float arithmetic, cached beside the source file.

    Kernels allocate nothing, so numba's reference counts, which cost a fifth of a frame in atomic increments for
    slices, are off; scratch space comes in as arguments. NumPy's error model drops the check for a zero divisor, which
    would keep loops from being vectorised. Numba's cache looks at the kernel's own file only: after an edit of a
    function that a kernel in another file calls, delete __pycache__.
    """
    options: dict[str, Any] = {"cache": True, "error_model": "numpy", "_nrt": False}
    return njit(**options)(function)


def allocating(function: Callable[..., Any]) -> Any:
    """Compiles as `kernel` does what has to make arrays of a size that only it knows."""
    return njit(cache=True, error_model="numpy")(function)


def shader(function: Callable[..., Any]) -> Any:
    """Compiles as `kernel` does, but with sums regrouped and reciprocals taken: for colour, not for what is visible.

    NaN and infinity stay exact.
    """
    fast = {"contract", "nsz", "arcp", "afn", "reassoc"}
    options: dict[str, Any] = {"cache": True, "error_model": "numpy", "_nrt": False, "fastmath": fast}
    return njit(**options)(function)
