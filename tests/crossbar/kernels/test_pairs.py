"""Pairs of normal numbers: their distribution, their independence, and where they stand."""

import numba
import numpy as np
from scipy import stats

from crossbar.kernels.pairs import fill_normals, pair
from crossbar.kernels.streams import bits

LINES, ROWS = 1000, 1000


@numba.njit
def drawn(rows, count, key_0, key_1):
    out = np.empty((rows, count), np.float32)
    z = np.empty(count + 1, np.float32)
    for row in range(rows):
        fill_normals(z, count, key_0, key_1, np.uint64(row * count))
        out[row] = z[:count]
    return out


@numba.njit
def one_pair(word):
    return pair(word)


@numba.njit
def word(key_0, key_1, counter):
    return bits(key_0, key_1, counter)


def key():
    return np.uint64(0x0123456789ABCDEF), np.uint64(0xFEDCBA9876543210)


def test_they_are_standard_normal():
    """10^6 numbers: the first four moments within 5 sigma (false alarm 2e-6), Kolmogorov-Smirnov at 1e-5, and the number beyond 4 sigma."""
    z = drawn(ROWS, LINES, *key()).astype(np.float64).ravel()
    for power, mean, variance in ((1, 0, 1), (2, 1, 2), (3, 0, 15), (4, 3, 96)):
        sigma = np.sqrt(variance / z.size)
        assert abs((z**power).mean() - mean) < 5 * sigma, power
    assert stats.kstest(z, "norm").pvalue > 1e-5
    beyond = 2 * stats.norm.sf(4) * z.size
    assert abs((np.abs(z) > 4).sum() - beyond) < 5 * np.sqrt(beyond)


def test_the_two_of_a_pair_are_independent():
    """Correlations of z and z', of |z| and |z'|, and of their signs: within 5 sigma; and each of the eight octants alike (chi-squared)."""
    z = drawn(ROWS, LINES, *key()).astype(np.float64)
    a, b = z[:, : LINES // 2].ravel(), z[:, LINES // 2 :].ravel()
    for u, v in ((a, b), (np.abs(a), np.abs(b)), (a**2, b**2), (np.sign(a), np.sign(b)), (a, b**2)):
        assert abs(np.corrcoef(u, v)[0, 1]) < 5 / np.sqrt(a.size)
    octant = np.bincount((4 * (a > 0) + 2 * (b > 0) + (np.abs(a) > np.abs(b))).astype(int), minlength=8)
    assert stats.chisquare(octant).pvalue > 1e-5


def test_the_transform_in_float64():
    """r cos and r sin of the same bits, to 1e-6."""
    for counter in range(200):
        w = int(word(*key(), np.uint64(counter)))
        u = ((w >> 32) + 0.5) * 2.0**-32
        phi = ((w & 0x3FFFFFFF) - 0x20000000) * np.pi / 4 * 2.0**-29
        cosine, sine = np.sqrt(-2 * np.log(u)) * np.array([np.cos(phi) * (1 if w & 0x40000000 else -1), np.sin(phi)])
        wanted = (sine, cosine) if w & 0x80000000 else (cosine, sine)
        np.testing.assert_allclose(one_pair(np.uint64(w)), wanted, rtol=2e-6, atol=1e-6)


def test_a_number_belongs_to_its_place():
    odd = drawn(3, 7, *key())
    for i in range(7):
        first, second = one_pair(np.uint64(word(*key(), np.uint64(7 + i % 4))))
        assert odd[1, i] == np.float32(first if i < 4 else second)


def test_the_ends_of_the_range_are_finite():
    for w in (0, 2**64 - 1, 2**32 - 1, (2**32 - 1) << 32):
        assert np.isfinite(one_pair(np.uint64(w))).all()
