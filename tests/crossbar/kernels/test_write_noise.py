"""Write noise: which cells show it, and its size."""

import numpy as np

from crossbar.kernels import streams
from crossbar.kernels.streams import Purpose
from crossbar.kernels.write_noise import write_noise


def test_touched_cells_of_the_rows_show_new_noise_around_what_they_hold():
    """Mean and spread over some 25,000 cells: 5 sigma; the rest keep what was read of them."""
    draw = np.random.default_rng(0)
    w, before = draw.uniform(-0.5, 0.5, (100, 500)).astype(np.float32), np.full((100, 500), 9.0, dtype=np.float32)
    touched, apparent = draw.random(w.shape) < 0.5, before.copy()
    for begin, end in ((0, 40), (40, 99)):
        write_noise(streams.key(3, Purpose.WRITE_NOISE, 1), touched, begin, end, 0.01, w, apparent)
    touched[99] = False
    np.testing.assert_array_equal(apparent[~touched], before[~touched])
    z = (apparent - w)[touched].astype(np.float64) / 0.01
    assert abs(z.mean()) < 5 / np.sqrt(z.size)
    assert abs(z.var() - 1) < 5 * np.sqrt(2 / z.size)
    again = before.copy()
    write_noise(streams.key(3, Purpose.WRITE_NOISE, 1), touched, 0, 100, 0.01, w, again)
    np.testing.assert_array_equal(again, apparent)  # how rows are divided changes nothing
