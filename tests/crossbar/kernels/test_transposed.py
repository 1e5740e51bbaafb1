"""Transposed copies of blocks whose sides are padded to whole squares."""

import numba
import numpy as np
import pytest

from crossbar.kernels.transposed import transpose


@numba.njit
def transposed(a_MN, rows, columns, b_NM):
    transpose(a_MN, rows, columns, b_NM)


@pytest.mark.parametrize(("rows", "columns"), [(32, 48), (16, 10), (1, 33)], ids=str)
def test_the_first_rows_and_columns_are_transposed(rows, columns):
    a = np.random.default_rng(0).standard_normal((32, 48)).astype(np.float32)
    b = np.zeros((48, 32), np.float32)
    transposed(a, rows, columns, b)
    np.testing.assert_array_equal(b[:columns, :rows], a.T[:columns, :rows])
    assert not b[-(-columns // 16) * 16 :].any()
    assert not b[:, -(-rows // 16) * 16 :].any()
