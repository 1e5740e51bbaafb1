"""What this machine does at best, all threads together: the floors that benchmarks are held against.

Multiplications with additions per second: the best of five products of 1024 x 1024 by our own kernels and by torch. Normal numbers per
second: pairs of them into memory that stays in the cache. Both in processor time of one thread, times the number of threads.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import median, quantiles

import numba
import numpy as np
import torch

from crossbar.kernels import outer, threads
from crossbar.kernels.pairs import fill_normals


def seconds(run: Callable[[], object]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def row(run: Callable[[], object], clock: Callable[[], float] = time.perf_counter) -> float:
    """Seconds of one call in a row of calls, as an epoch makes them: as many as take 0.2 s, at most 20.

    The first call finds the caches as other work has left them, and memory that the machine has put aside: it counts only where it takes
    longer than 0.2 s by itself.
    """
    started = clock()
    run()
    first = clock() - started
    count = min(20, int(0.2 / max(first, 1e-6)))
    if count == 0:
        return first
    started = clock()
    for _ in range(count):
        run()
    return (clock() - started) / count


@contextmanager
def one_thread() -> Iterator[None]:
    """Kernels use one thread inside."""
    everywhere = threads.threads()
    threads.limit(1)
    try:
        yield
    finally:
        threads.limit(everywhere)


def processor(run: Callable[[], object]) -> float:
    """Seconds of the processor in one thread: what the machine's other work changes least."""
    with one_thread():
        start = time.process_time()
        run()
        return time.process_time() - start


def caution(load: float) -> str:
    """What to believe of a table that was taken at this load average."""
    return "" if load < 1 else " **The machine was busy with other work: only the columns of processor time hold.**"


def spread(ratios: list[float]) -> str:
    """Median and quartiles."""
    low, _, high = quantiles(ratios, n=4)
    return f"{median(ratios):.1f} | {low:.1f} .. {high:.1f}"


def products() -> float:
    """Multiplications with additions per second."""
    a = torch.randn(1, 1024, 1024, generator=torch.Generator().manual_seed(0))
    ways = (lambda: outer.multiply(a.numpy(), a.numpy()), lambda: torch.mm(a[0], a[0]))
    outer.multiply(a.numpy(), a.numpy())
    return threads.threads() * 1024**3 / min(processor(way) for way in ways for _ in range(5))


@numba.njit(nogil=True, error_model="numpy")
def _fill(z: np.ndarray, rounds: int) -> None:
    for n in range(rounds):
        fill_normals(z, z.size, np.uint64(1), np.uint64(2), np.uint64(n * z.size))


def normals() -> float:
    """Standard normal numbers per second."""
    z, rounds = np.empty(1024, np.float32), 200
    _fill(z, rounds)
    return threads.threads() * z.size * rounds / min(processor(lambda: _fill(z, rounds)) for _ in range(5))
