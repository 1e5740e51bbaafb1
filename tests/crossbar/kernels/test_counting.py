"""The net counts of a batch against bits counted one by one."""

import numpy as np
import pytest

from crossbar.kernels import counting


@pytest.mark.parametrize("dtype", [np.uint16, np.uint32, np.uint64])
@pytest.mark.parametrize("words", [3, 8, 21])
def test_up_and_all_pulses_of_a_row(dtype: type, words: int) -> None:
    """Eight words share one passage and the rest goes one by one; words in which the row is silent are left out."""
    rng, (rows, first, cells) = np.random.default_rng(words), (4, 5, 40)
    largest = np.iinfo(dtype).max
    x, x_negative = (rng.integers(0, largest, (words, 60), dtype=dtype, endpoint=True) for _ in range(2))
    d, d_negative = (rng.integers(0, largest, (words, rows), dtype=dtype, endpoint=True) for _ in range(2))
    d[::3] = 0
    for o in range(rows):
        at, u = np.empty(words, np.int64), np.full(2 * counting.SIZE, 7, dtype)
        active = counting.active(d, 0, words, o, at)
        assert at[:active].tolist() == np.flatnonzero(d[:, o]).tolist()
        counting.total(x, x_negative, d, d_negative, o, first, cells, at, active, u)
        for j in range(cells):
            together = [int(a & b) for a, b in zip(x[:, first + j], d[:, o], strict=True)]
            opposite = [int(a ^ b) for a, b in zip(x_negative[:, first + j], d_negative[:, o], strict=True)]
            up = sum((a & b).bit_count() for a, b in zip(together, opposite, strict=True))
            assert (u[j], u[counting.SIZE + j]) == (up, sum(a.bit_count() for a in together))
