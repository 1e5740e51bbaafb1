"""Boxes hold every run of a stretch once, in order."""

from itertools import combinations_with_replacement

import numpy as np
import pytest

from experiments.boxes import boxes


@pytest.mark.parametrize("shape", [(), (1,), (7,), (3, 4), (2, 3, 4), (2, 1, 3, 2)])
def test_every_stretch(shape) -> None:
    grid = np.arange(int(np.prod(shape))).reshape(shape)
    stretches = [(0, 1)] if shape == () else combinations_with_replacement(range(grid.size + 1), 2)
    for start, stop in stretches:
        found = [(np.ravel(grid[box]).tolist(), count) for box, count in boxes(shape, start, stop)]
        assert [run for runs, _ in found for run in runs] == list(range(start, stop))
        assert all(len(runs) == count for runs, count in found)
        assert len(found) <= max(1, 2 * len(shape) - 1)
