import numpy as np
import pytest

from crossbar.kernels.finite import finite


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("size", [1, 7, 16, 33, 1000])
def test_every_place_is_looked_at(size, dtype):
    v = np.full((3, size), np.finfo(dtype).max, dtype)
    assert finite(v, 3).all()
    for at in {0, size // 2, size - 1}:
        for value in (np.nan, np.inf, -np.inf):
            broken = v.copy()
            broken[1, at] = value
            assert finite(broken, 3).tolist() == [True, False, True]
