"""Products in compiled code: exact where the sums are, and the same bits wherever a row stands."""

import numba
import numpy as np
import pytest

from crossbar.kernels.matrices import add_combined, add_weighted, dots

SHAPES = [(32, 64, 64), (1, 1, 1), (3, 5, 2), (7, 130, 81), (64, 10, 64), (33, 64, 10)]
"""(M, K, P): rows, terms, columns."""


@numba.njit
def by_dots(a_MK, b_PK, rows, y_MP):
    dots(a_MK, b_PK, rows, y_MP)


@numba.njit
def by_rows(a_MK, b_KP, rows, c_MP):
    add_combined(a_MK, b_KP, rows, c_MP)


@numba.njit
def by_weights(w_OI, transposed, chosen_K, b_KP, c_MP):
    add_weighted(w_OI, transposed, chosen_K, chosen_K.size, b_KP, c_MP)


def whole_numbers(draw, *shape):
    return draw.integers(-8, 9, shape).astype(np.float32)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_products_of_whole_numbers_are_exact_and_other_rows_stay(shape):
    m, k, p = shape
    draw = np.random.default_rng(0)
    a, b, c = whole_numbers(draw, m, k), whole_numbers(draw, k, p), whole_numbers(draw, m, p)
    rows = max(1, m - 2)
    y, changed = c.copy(), c.copy()
    by_dots(a, np.ascontiguousarray(b.T), rows, y)
    by_rows(a, b, rows, changed)
    wanted = a[:rows] @ b
    np.testing.assert_array_equal(y[:rows], wanted)
    np.testing.assert_array_equal(changed[:rows], c[:rows] + wanted)
    np.testing.assert_array_equal(y[rows:], c[rows:])
    np.testing.assert_array_equal(changed[rows:], c[rows:])


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_a_row_gives_the_same_bits_wherever_it_stands(shape):
    m, k, p = shape
    draw = np.random.default_rng(1)
    a, b = draw.standard_normal((m, k), dtype=np.float32), draw.standard_normal((k, p), dtype=np.float32)
    a[m // 2, ::3] = 0.0  # rows that share a tile with others leave out other terms
    b_T = np.ascontiguousarray(b.T)
    together = [np.zeros((m, p), np.float32) for _ in range(2)]
    by_dots(a, b_T, m, together[0])
    by_rows(a, b, m, together[1])
    for row in range(m):
        alone = [np.zeros((1, p), np.float32) for _ in range(2)]
        by_dots(a[row : row + 1], b_T, 1, alone[0])
        by_rows(a[row : row + 1], b, 1, alone[1])
        for one, all_rows in zip(alone, together, strict=True):
            np.testing.assert_array_equal(one[0], all_rows[row])


def test_sparse_factors_and_strided_ones():
    draw = np.random.default_rng(2)
    b = draw.standard_normal((50, 70)).astype(np.float32)
    selected, diagonal = np.zeros((50, 70), np.float32), np.eye(50, dtype=np.float32)
    by_rows(diagonal, b, 50, selected)
    np.testing.assert_array_equal(selected, b)
    a = whole_numbers(draw, 50, 9)
    dense, strided = (np.zeros((9, 70), np.float32) for _ in range(2))
    by_rows(np.ascontiguousarray(a.T), b, 9, dense)
    by_rows(a.T, b, 9, strided)
    np.testing.assert_array_equal(dense, strided)


@pytest.mark.parametrize("transposed", [False, True])
@pytest.mark.parametrize("columns", [1, 16, 32, 50])
def test_weights_combine_the_chosen_terms_in_both_directions(transposed, columns):
    draw = np.random.default_rng(3)
    w = whole_numbers(draw, 21, 150)
    terms, rows = w.shape[::-1] if not transposed else w.shape
    b, c = whole_numbers(draw, terms, columns), whole_numbers(draw, rows, columns)
    chosen = np.flatnonzero(draw.random(terms) < 0.9)
    used = (w.T if transposed else w)[:, chosen]
    wanted = c + used @ b[chosen]
    by_weights(w, transposed, chosen, b, c)
    np.testing.assert_array_equal(c, wanted)
