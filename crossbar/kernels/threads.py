"""Run compiled kernels, which release the interpreter lock, on a few threads.

Numba's own thread count is not asked: asking starts its OpenMP layer, which also sets torch's number of threads in the same process.
"""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial

_POOLS: dict[tuple[int, int], ThreadPoolExecutor] = {}

_LIMIT: list[int] = []
_PAYS = 6e5  # nanoseconds of work: below, waking a second thread, whose caches are cold, costs more than it does


def threads() -> int:
    """Threads that one write or read may use: what ``limit`` said, else NUMBA_NUM_THREADS, else all cores this process may use."""
    return _LIMIT[0] if _LIMIT else _cores()


@cache
def _cores() -> int:
    return int(os.environ.get("NUMBA_NUM_THREADS", 0)) or len(os.sched_getaffinity(0))


def limit(count: int) -> None:
    """Use at most ``count`` threads in this process from now on. It changes no result.

    Raises:
        ValueError: count is below 1.
    """
    if count < 1:
        raise ValueError(f"at least 1 thread is needed, not {count}")
    _LIMIT[:] = [count]


def _pool(count: int) -> ThreadPoolExecutor:
    """One pool per process and size: threads do not survive a fork."""
    name = (os.getpid(), count)
    if name not in _POOLS:
        _POOLS[name] = ThreadPoolExecutor(count, thread_name_prefix="crossbar")
    return _POOLS[name]


def together(tasks: Sequence[Callable[[], None]], work: float) -> None:
    """Run all tasks, which write to separate memory, and return when all are done.

    Args:
        tasks: what to run; how they are divided must not change what they compute.
        work: about how many nanoseconds one thread needs for all.
    """
    count = min(threads(), len(tasks))
    if count <= 1 or work < _PAYS:
        for task in tasks:
            task()
        return
    waiting = iter(tasks)  # the interpreter lock makes taking the next one safe

    def some() -> None:
        for task in waiting:
            task()

    helpers = [_pool(count - 1).submit(some) for _ in range(count - 1)]
    try:
        some()  # waking a thread takes longer than many a task: the calling thread works, too
    finally:
        errors = [helper.exception() for helper in helpers if not helper.cancel()]  # nothing is left for one that has not begun
    for error in errors:
        if error is not None:
            raise error


def shared(kernel: Callable[[int, int], None], size: int, work: float) -> None:
    """Run ``kernel(begin, end)`` over ``range(size)``: at once, or two pieces per thread where that pays; ``work`` as in ``together``."""
    if work < _PAYS or threads() == 1:
        kernel(0, size)
    else:
        together([partial(kernel, begin, end) for begin, end in blocks(size, 2 * threads())], work)


def blocks(size: int, parts: int, multiple: int = 1) -> list[tuple[int, int]]:
    """Cut ``range(size)`` into at most ``parts`` pieces whose inner edges are multiples of ``multiple``."""
    length = -(-size // max(1, parts))
    length = -(-length // multiple) * multiple
    return [(begin, min(begin + length, size)) for begin in range(0, size, max(1, length))]
