"""Run compiled kernels, which release the interpreter lock, on numba's number of threads."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numba

_POOLS: dict[tuple[int, int], ThreadPoolExecutor] = {}


def _pool(threads: int) -> ThreadPoolExecutor:
    """One pool per process and size: threads do not survive a fork."""
    name = (os.getpid(), threads)
    if name not in _POOLS:
        _POOLS[name] = ThreadPoolExecutor(threads, thread_name_prefix="crossbar")
    return _POOLS[name]


def together(tasks: Sequence[Callable[[], None]], work: float) -> None:
    """Run all tasks, which write to separate memory, and return when all are done.

    Args:
        tasks: what to run; how they are divided must not change what they compute.
        work: about how many nanoseconds one thread needs for all. Below 100 microseconds a second thread does not pay.
    """
    threads = min(numba.get_num_threads(), len(tasks))
    if threads == 1 or work < 1e5:
        for task in tasks:
            task()
        return
    for done in [_pool(threads).submit(task) for task in tasks]:
        done.result()


def blocks(size: int, parts: int, multiple: int = 1) -> list[tuple[int, int]]:
    """Cut ``range(size)`` into at most ``parts`` pieces whose inner edges are multiples of ``multiple``."""
    length = -(-size // max(1, parts))
    length = -(-length // multiple) * multiple
    return [(begin, min(begin + length, size)) for begin in range(0, size, length)]
