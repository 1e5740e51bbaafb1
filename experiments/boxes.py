"""A stretch of runs, counted in the order of an axes' product, as boxes of the grid, which HDF5 reads and writes in one go."""

from collections.abc import Iterator, Sequence
from math import prod

import numpy as np

Box = tuple[int | slice, ...]
"""Indices of the leading axes; those that are left are whole."""


def boxes(shape: Sequence[int], start: int, stop: int) -> Iterator[tuple[Box, int]]:
    """The boxes that hold the runs ``start`` to ``stop`` of a grid, in their order, each with its number of runs.

    Args:
        shape: of the grid; empty for a single run.
        start: flat index of the first run, last axis fastest.
        stop: behind the last run.
    """
    if not shape:
        yield (), 1
        return
    inner = [prod(shape[axis + 1 :]) for axis in range(len(shape))]
    while start < stop:
        axis = next(axis for axis, size in enumerate(inner) if start % size == 0 and start + size <= stop)
        at = [int(index) for index in np.unravel_index(start, shape)]
        count = min((stop - start) // inner[axis], shape[axis] - at[axis])
        yield (*at[:axis], slice(at[axis], at[axis] + count)), count * inner[axis]
        start += count * inner[axis]
