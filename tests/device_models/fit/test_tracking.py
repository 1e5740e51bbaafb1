import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import multivariate_normal, norm

from device_models.fit.laws import Linear, SoftBounds
from device_models.fit.segments import Segments
from device_models.fit.tracking import Noise, clipped, track


def one_segment(start, w, polarity, bounds=(-np.inf, np.inf)):
    w = np.asarray(w, dtype=np.float64)[None]
    zeros = np.zeros(1, dtype=np.int64)
    return Segments(
        start_N=np.array([start]),
        w_NL=w,
        polarity_NL=np.asarray(polarity, dtype=np.int8)[None],
        bounds_N2=np.array([bounds], dtype=np.float64),
        factor_N2=np.ones((1, 2)),
        device_N=zeros,
        fold_NL=np.zeros(w.shape, dtype=np.int64),
        train_N=zeros,
        offset_N=zeros,
    )


def test_the_likelihood_is_that_of_the_joint_normal_distribution():
    """For a linear step the filter is exact: its innovations have the density of all reads together, given the first."""
    rng = np.random.default_rng(0)
    theta, add, read, length = np.array([0.06, 0.08, 0.5, 0.7]), 0.02, 0.015, 12
    polarity = np.array([1] * 7 + [-1] * 5)
    # x_0 = y_0 - noise; x_t = a x_t-1 + c + add xi; y_t = x_t + read eps: mean and covariance by recursion of the matrices
    slope = np.where(polarity > 0, 1 - theta[0] * theta[2], 1 - theta[1] * theta[3])
    shift = np.where(polarity > 0, theta[0], -theta[1])
    start = 0.1
    mean, state = [], start
    influence = np.zeros((length, length + 1))  # of the first read's noise and of each pulse's
    row = np.zeros(length + 1)
    row[0] = read
    for t in range(length):
        state = slope[t] * state + shift[t]
        row = slope[t] * row
        row[t + 1] = add
        mean.append(state)
        influence[t] = row
    covariance = influence @ influence.T + read**2 * np.eye(length)
    y = rng.multivariate_normal(mean, covariance)
    found = track(Linear(), theta[None], Noise(add, 0.0, read), one_segment(start, y, polarity))
    v, s = found.innovation_JNL[0, 0], found.variance_JNL[0, 0]
    # the gate is smooth: at z < 3 it takes (3 / 5)^8 = 0.017 of a read's weight at most, and 1e-4 at z < 1.6
    assert norm.logpdf(v, scale=np.sqrt(s)).sum() == pytest.approx(multivariate_normal(mean, covariance).logpdf(y), abs=0.02)


@pytest.mark.parametrize("mean", [-1.3, -0.99, 0.0, 0.97, 1.05])
@pytest.mark.parametrize("sd", [0.01, 0.2, 1.0])
def test_clipped_normal_moments_are_those_of_the_integral(mean, sd):
    def moment(power):
        inside = quad(lambda x: x**power * norm.pdf(x, mean, sd), -1, 1, points=[float(np.clip(mean, -1, 1))], epsabs=1e-13, limit=200)[0]
        return inside + (-1) ** power * norm.cdf(-1, mean, sd) + norm.sf(1, mean, sd)

    first, variance = (float(a[0, 0]) for a in clipped(*(np.array([[x]]) for x in (mean, sd**2, -1.0, 1.0))))
    assert first == pytest.approx(moment(1), abs=1e-9)
    assert variance == pytest.approx(moment(2) - moment(1) ** 2, abs=1e-9)


def test_a_state_far_beyond_its_bound_is_at_the_bound():
    mean, variance = clipped(np.array([[1.5]]), np.array([[1e-10]]), np.array([[-1.0]]), np.array([[1.0]]))
    assert mean[0, 0] == 1
    assert variance[0, 0] == 0


def test_a_wrong_read_moves_nothing_and_a_jump_is_followed_at_once():
    theta, noise = np.array([[0.02, 0.02, 0.0, 0.0]]), Noise(0.005, 0.0, 0.005)
    ramp = -0.5 + 0.02 * np.arange(1, 21)
    wrong, jumped = ramp.copy(), ramp + np.where(np.arange(20) >= 10, 0.5, 0.0)
    wrong[10] += 0.5
    for reads in (wrong, jumped):
        v = track(Linear(), theta, noise, one_segment(-0.5, reads, np.ones(20))).innovation_JNL[0, 0]
        assert v[10] == pytest.approx(0.5, abs=1e-3)
        # the wrong read leaves 1 / (1 + z^2 / 25)^4 of its weight, z > 60, and the read after it has a variance of 0.25 to weigh against
        assert np.abs(np.delete(v, [10, 11] if reads is jumped else 10)).max() < 1e-3


def test_missing_reads_widen_the_prediction_and_nothing_else():
    law, theta, noise = SoftBounds(), np.array([[0.05, 0.05, 1.1, -1.1]]), Noise(0.01, 0.0, 0.01)
    reads = np.array([-0.95, np.nan, np.nan, -0.8])
    found = track(law, theta, noise, one_segment(-1.0, reads, np.ones(4)))
    np.testing.assert_array_equal(np.isnan(found.innovation_JNL[0, 0]), [False, True, True, False])
    assert (np.diff(found.variance_JNL[0, 0][1:]) > 0).all()
