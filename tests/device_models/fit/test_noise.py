import numpy as np
import pytest

from device_models.fit.intervals import over_devices, profile
from device_models.fit.laws import Linear
from device_models.fit.noise import NoiseFit, fit_noise, moments
from device_models.fit.segments import Segments

THETA = np.array([0.03, 0.03, 0.4, 0.4])


def _alternating(seed, *, add=0.0, mult=0.0, read=0.0, segments=40, length=32):
    """Reads far from the bounds, one step law that is known, so that only the noise is to be found."""
    rng = np.random.default_rng(seed)
    polarity = np.tile([1] * 8 + [-1] * 8, length // 16)
    x = rng.uniform(-0.2, 0.2, segments)
    start, w = x + read * rng.standard_normal(segments), np.empty((segments, length))
    for t, sign in enumerate(polarity):
        step = THETA[0] * (1 - THETA[2] * x) if sign > 0 else -THETA[1] * (1 + THETA[3] * x)
        x = x + step * (1 + mult * rng.standard_normal(segments)) + add * rng.standard_normal(segments)
        w[:, t] = x + read * rng.standard_normal(segments)
    zeros = np.zeros(segments, dtype=np.int64)
    return Segments(
        start_N=start,
        w_NL=w,
        polarity_NL=np.tile(polarity, (segments, 1)).astype(np.int8),
        bounds_N2=np.tile([-np.inf, np.inf], (segments, 1)),
        factor_N2=np.ones((segments, 2)),
        device_N=zeros,
        fold_NL=np.zeros(w.shape, dtype=np.int64),
        train_N=zeros,
        offset_N=zeros,
    )


def test_moments_of_known_noise():
    """Var = q + 2 R and lag-one covariance -R, 4000 x 30 residuals: medians are known to 1.3 / sqrt(2 n) = 0.3 %; bound 4 sigma."""
    rng = np.random.default_rng(1)
    read = 0.02 * rng.standard_normal((4000, 31))
    residual = 0.03 * rng.standard_normal((4000, 30)) + np.diff(read, axis=1)
    lag = np.mean(residual[:, 1:] * residual[:, :-1])
    assert lag == pytest.approx(-(0.02**2), rel=0.05)
    write, found = moments(residual)
    assert write == pytest.approx(0.03, rel=0.02)
    assert found == pytest.approx(0.02, rel=0.04)


def test_write_and_read_noise_are_told_apart_in_mean_and_spread():
    """20 data sets of 1280 reads. The mean is within 4 standard errors of the truth (false alarms 4 x 6e-5); an error of a
    standard deviation from 1280 reads, half of them spent on each noise, lies between the ideal 1 / sqrt(2 n) = 2 % and 8 %."""
    for form, size in (("add", 0.015), ("mult", 0.5)):
        fits = [fit_noise(Linear(), THETA, _alternating(seed, read=0.012, **{form: size}), form) for seed in range(20)]
        for found, true in ((np.array([f.write for f in fits]), size), (np.array([f.read for f in fits]), 0.012)):
            error = found.std(ddof=1)
            assert abs(found.mean() - true) < 4 * error / np.sqrt(20), (form, found.mean(), true, error)
            assert 0.01 * true < error < 0.08 * true, (form, error / true)


def test_the_form_of_the_noise_is_recognised():
    """Steps differ by 40 % at most over the visited range, but 40 x 32 reads tell: the likelihoods differ by about 2 n Var(log q) / 8."""
    # a law whose steps vary: up from 0.06 to 0.01
    data = _alternating(3, mult=0.6, read=0.002)
    mult, add = (fit_noise(Linear(), THETA, data, form) for form in ("mult", "add"))
    assert mult.cost < add.cost
    data = _alternating(4, add=0.018, read=0.002)
    mult, add = (fit_noise(Linear(), THETA, data, form) for form in ("mult", "add"))
    assert add.cost < mult.cost


def test_profile_intervals_hold_the_truth():
    """15 data sets: with 95 % intervals 5 or more misses happen by chance with 6e-4, so 1e-3 false alarms in all."""
    misses = np.zeros(2)
    for seed in range(15):
        data = _alternating(100 + seed, add=0.015, read=0.012, segments=8)
        write, read = profile(Linear(), THETA, data, fit_noise(Linear(), THETA, data, "add"))
        misses += [not write.low <= 0.015 <= write.high, not read.low <= 0.012 <= read.high]
    assert (misses < 5).all(), misses


@pytest.mark.parametrize(("absent", "noise"), [("write", {"read": 0.02}), ("read", {"add": 0.02})])
def test_an_absent_noise_cannot_be_told_from_none(absent, noise):
    data = _alternating(7, **noise)
    estimates = dict(zip(("write", "read"), profile(Linear(), THETA, data, fit_noise(Linear(), THETA, data, "add")), strict=True))
    assert estimates[absent].low == 0
    assert estimates[absent].high < 0.01
    assert min(e.low for name, e in estimates.items() if name != absent) > 0.018


def test_devices_are_pooled_by_their_variances():
    noise, write, read = over_devices([NoiseFit("add", w, 0.01, 1.0) for w in (0.03, 0.05)])
    assert noise.write == write.value == pytest.approx(np.sqrt((0.03**2 + 0.05**2) / 2))
    assert write.low == 0  # two devices say little
    assert (read.low, read.high) == pytest.approx((0.01, 0.01))
