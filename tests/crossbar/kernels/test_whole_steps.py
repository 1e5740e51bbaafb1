"""Whole steps taken out of a wanted change, against the formula in float64."""

import numpy as np
import pytest

from crossbar.kernels import threads, whole_steps


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_takes_the_largest_whole_number_of_steps_of_the_right_sign(dtype):
    """Steps are powers of two, so that all is exact."""
    wanted = (np.random.default_rng(0).integers(-400, 401, (3, 5, 37)) / 64).astype(dtype)
    wanted[0, 0, :2] = 0.0, -0.0
    up, down = np.array([0.5, 0.25, 1.0], dtype), np.array([0.25, 0.5, 0.125], dtype)
    cut = np.clip(wanted.astype(np.float64), -2, 2)
    step = np.where(cut > 0, up[:, None, None], down[:, None, None])
    n = whole_steps.take(wanted, up, down, 2.0)
    np.testing.assert_array_equal(n, np.trunc(cut / step))
    np.testing.assert_array_equal(wanted, cut - np.trunc(cut / step) * step)
    assert (np.abs(wanted) < step).all()


def test_neither_threads_nor_the_fleet_change_a_bit():
    start = np.random.default_rng(1).standard_normal((4, 60, 300), dtype=np.float32)
    steps = np.full(4, 0.03, np.float32)
    before, found = threads.threads(), []
    for count in (1, 3):
        threads.limit(count)
        wanted = start.copy()
        found.append((whole_steps.take(wanted, steps, steps, 2.0), wanted))
    threads.limit(before)
    alone = start[2:3].copy()
    found.append((whole_steps.take(alone, steps[2:3], steps[2:3], 2.0), alone))
    for a, b, c in zip(*found, strict=True):
        np.testing.assert_array_equal(a, b)
        np.testing.assert_array_equal(a[2], c[0])
