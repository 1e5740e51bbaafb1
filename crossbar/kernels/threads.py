"""Run compiled kernels on a few threads: numba's own, which stay awake for a while, so that a tenth of a millisecond of work is shared."""

import os
from collections.abc import Callable
from functools import cache, partial
from typing import Any

import numba
import torch

from crossbar.kernels.compiling import bound, parallel

_SETTINGS: Any = numba.config
_LIMIT: list[int] = []
_EACH = 2.5e4  # nanoseconds of work for each thread: below, waking another one costs more than it does


def threads() -> int:
    """Threads that one write or read may use.

    What ``limit`` said, else what the environment says (NUMBA_NUM_THREADS, OMP_NUM_THREADS), else all cores this process may use.
    """
    return _LIMIT[0] if _LIMIT else _usual()


@cache
def _usual() -> int:
    for name in ("NUMBA_NUM_THREADS", "OMP_NUM_THREADS"):
        if (said := os.environ.get(name, "").partition(",")[0].strip()).isdecimal() and int(said) > 0:
            return int(said)
    return len(os.sched_getaffinity(0))


def limit(count: int) -> None:
    """Use at most ``count`` threads in this process from now on. It changes no result.

    Raises:
        ValueError: count is below 1.
    """
    if count < 1:
        raise ValueError(f"at least 1 thread is needed, not {count}")
    _LIMIT[:] = [count]


def shared(kernel: partial[None], size: int, work: float) -> None:
    """Run ``kernel(begin, end)`` over ``range(size)``: at once, or a piece on each thread where that pays.

    Args:
        kernel: a compiled function and its first arguments; how the range is divided must not change what it computes.
        size: of the range.
        work: about how many nanoseconds one thread needs for all.
    """
    parts = min(threads(), size, int(work / _EACH))
    if parts <= 1 or _started_in() != os.getpid():
        kernel(0, size)
    elif parts >= _SETTINGS.NUMBA_NUM_THREADS:
        _spread(kernel.func)(parts, size, *kernel.args)
    else:  # wake no more than there is work for
        others = numba.get_num_threads()
        numba.set_num_threads(parts)
        try:
            _spread(kernel.func)(parts, size, *kernel.args)
        finally:
            numba.set_num_threads(others)


@cache
def _started_in() -> int:
    """The process in which numba's threads run: they do not survive a fork. 0 where they cannot be shared by several callers."""
    before = torch.get_num_threads()
    numba.get_num_threads()  # starts them, and sets how many torch uses where both use the same OpenMP
    torch.set_num_threads(before)
    return os.getpid() if numba.threading_layer() in ("omp", "tbb") else 0


_kernel: Any = None  # open: a compiled function


def _pieces(parts: Any, size: Any, *arguments: Any) -> None:
    for part in numba.prange(parts):
        _kernel(*arguments, size * part // parts, size * (part + 1) // parts)


@cache
def _spread(kernel: Any) -> Callable[..., None]:
    """``kernel`` on all pieces of a range; compiled at its first call."""
    name = f"{kernel.py_func.__module__.rpartition('.')[2]}_{kernel.py_func.__qualname__}"
    return parallel(bound(_pieces, name, _kernel=kernel))
