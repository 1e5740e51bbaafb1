"""What this machine does at best, all threads together: the floors that benchmarks are held against.

Multiplications with additions per second: the best of five products of 1024 x 1024 by our own kernels and by torch. Normal numbers per
second: pairs of them into memory that stays in the cache.
"""

import time
from collections.abc import Callable
from functools import partial
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


def spread(ratios: list[float]) -> str:
    """Median and quartiles."""
    low, _, high = quantiles(ratios, n=4)
    return f"{median(ratios):.1f} | {low:.1f} .. {high:.1f}"


def products() -> float:
    """Multiplications with additions per second."""
    a = torch.randn(1, 1024, 1024, generator=torch.Generator().manual_seed(0))
    before = torch.get_num_threads()
    torch.set_num_threads(threads.threads())
    outer.multiply(a.numpy(), a.numpy())
    best = min(min(seconds(lambda: outer.multiply(a.numpy(), a.numpy())), seconds(lambda: torch.mm(a[0], a[0]))) for _ in range(5))
    torch.set_num_threads(before)
    return 1024**3 / best


@numba.njit(nogil=True, error_model="numpy")
def _fill(z: np.ndarray, rounds: int) -> None:
    for n in range(rounds):
        fill_normals(z, z.size, np.uint64(1), np.uint64(2), np.uint64(n * z.size))


def normals() -> float:
    """Standard normal numbers per second."""
    size, rounds = 1024, 200
    tasks = [partial(_fill, np.empty(size, np.float32), rounds) for _ in range(threads.threads())]
    threads.together(tasks, 1e9)
    return len(tasks) * size * rounds / min(seconds(lambda: threads.together(tasks, 1e9)) for _ in range(5))
