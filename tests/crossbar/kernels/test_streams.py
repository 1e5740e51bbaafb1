"""Counter-based draws: pure functions of their key and counter, uniform, normal to the tails, and unrelated between streams."""

import math

import numpy as np
import pytest
from scipy import stats

from crossbar.kernels import streams
from crossbar.kernels.streams import Purpose

N = 2_000_000
ONE, NORMAL = 0xB92C1B21B64BB763, 2.4106740951538086


@pytest.fixture(scope="module")
def normals():
    return streams.normals(streams.key(1, Purpose.PULSE, 7), N).astype(np.float64)


def test_moments_to_the_sixth(normals):
    """Each moment within 5 standard errors (false alarm 6e-7): variance of x^p is (2p-1)!! - (p-1)!!^2."""
    for power in range(1, 7):
        odd = math.prod(range(2 * power - 1, 0, -2))
        mean = math.prod(range(power - 1, 0, -2)) if power % 2 == 0 else 0
        error = (normals**power).mean() - mean
        assert abs(error) < 5 * np.sqrt((odd - mean**2) / N), (power, error)


def test_distribution_and_tails(normals):
    assert stats.kstest(normals, "norm").pvalue > 1e-6
    for edge in (2, 3, 4, 4.5):
        for tail in (normals > edge, normals < -edge):
            expected = N * stats.norm.sf(edge)
            assert abs(tail.sum() - expected) < 5.5 * np.sqrt(expected), edge  # Poisson at these counts
    assert np.abs(normals).max() > 4.9  # 4 such are expected


def test_inverse_distribution_is_exact_to_single_precision():
    """All of the tail: the normal of 33 chosen bits is the quantile of (m + 1/2) 2^-33."""
    for m in (0, 1, 2, 7, 100, 2**16, 2**24 - 3, 2**30, 2**31, 2**32 - 2):
        ours = float(streams.normal.py_func(np.uint64(m << 32)))
        exact = -stats.norm.ppf((m + 0.5) * 2.0**-33)
        # up to 5.5 sigma, relative 4e-7 of Giles' polynomial and of logf, and p rounded to 24 bits; beyond, the polynomial is extrapolated
        assert abs(abs(ours) - exact) <= (2e-6 if exact < 5.5 else 1e-3) * max(exact, 1.0), m
        assert float(streams.normal.py_func(np.uint64((m << 32) + 1))) == -ours


def test_neighbours_and_streams_are_unrelated(normals):
    """Correlations of neighbours in a stream, and of streams whose keys differ by one bit of one argument: 5 sigma each."""
    others = [streams.key(2, Purpose.PULSE, 7), streams.key(1, Purpose.ADDRESSED, 7), streams.key(1, Purpose.PULSE, 8)]
    pairs = [(normals[1:], normals[:-1]), (normals[1024:], normals[:-1024])]
    pairs += [(normals, streams.normals(other, N)) for other in others]
    for a, b in pairs:
        assert abs((a * b).mean()) < 5 / np.sqrt(N)
        assert abs(((a**2 - 1) * (b**2 - 1)).mean()) < 5 * 2 / np.sqrt(N)


def test_uniforms_and_every_bit():
    key = streams.key(5, Purpose.X_TRAIN, 1)
    u = streams.uniforms(key, N)
    assert 0 <= u.min() < 1e-5
    assert 1 - 1e-5 < u.max() < 1
    assert stats.kstest(u, "uniform").pvalue > 1e-6
    words = np.array([streams.one_word(key, n) for n in range(20000)], dtype=np.uint64)
    share = np.unpackbits(words.view(np.uint8).reshape(-1, 8), axis=1).mean(0)
    assert np.abs(share - 0.5).max() < 5.5 * 0.5 / np.sqrt(len(words))


def test_keys_depend_on_everything_and_draws_are_fixed_forever():
    """Published numbers: a change of these breaks every committed result."""
    known = {tuple(streams.key(seed, purpose, step)) for seed in (0, 1, 2**62) for purpose in (1, 2) for step in (0, 1)}
    assert len(known) == 12
    assert streams.one_word(streams.key(0, Purpose.PULSE, 1), 0) == ONE
    assert float(streams.one_normal(streams.key(0, Purpose.PULSE, 1), 5)) == pytest.approx(NORMAL, abs=0)
