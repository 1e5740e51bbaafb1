"""Compile once: numba with a cache on disk where one can be written, without one where it cannot."""

from collections.abc import Callable
from typing import Any

import numba

_FLAGS: dict[str, Any] = {"nogil": True, "boundscheck": False, "error_model": "numpy"}


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """``function`` compiled by numba without the interpreter lock.

    The machine code is cached beside the source, or in numba's per-user directory, or where ``NUMBA_CACHE_DIR`` points. Where none
    of them can be written the function is compiled again in each process.
    """
    try:
        return numba.njit(cache=True, **_FLAGS)(function)
    except RuntimeError as error:
        if "no locator available" not in str(error):
            raise
        return numba.njit(**_FLAGS)(function)


def inlined(function: Callable[..., Any]) -> Callable[..., Any]:
    """``function`` compiled into each of its callers (always inlined, so that their loops become vector code)."""
    return numba.njit(forceinline=True, **_FLAGS)(function)
