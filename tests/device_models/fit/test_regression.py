import numpy as np
import pytest

from device_models.fit.laws import Linear
from device_models.fit.reading import Train
from device_models.fit.regression import _Problem, regress
from device_models.fit.robust import CONSISTENCY
from device_models.fit.segments import FOLDS, LONGEST, segments
from device_models.fit.tracking import Noise
from device_models.fit.window import Window

TRUE = np.array([0.04, 0.05, 0.6, 0.5])
UNIT = Window(
    low=-1.0,
    high=1.0,
    ends_D2=np.array([[-1.0, 1.0]]),
    errors_D2=np.full((1, 2), np.nan),
    hard_2=np.array([True, True]),
    drift=None,
)


def _reads(simulate, linear, seed, **noise):
    rows = simulate(linear, seed, up=40, down=40, **noise)
    cycles = sorted({cycle for _, cycle, *_ in rows})
    trains = []
    for cycle in cycles:
        own = [row for row in rows if row[1] == cycle]
        polarity, w = np.array([row[3] for row in own], dtype=np.int8), np.array([row[4] for row in own])
        trains.append(Train(device="1", cycle=str(cycle), polarity_T=polarity, conductance_T=w, row_T=np.arange(w.size)))
    return segments(tuple(trains), UNIT)


def test_a_law_without_noise_is_found_exactly(simulate, linear):
    found = regress(Linear(), _reads(simulate, linear, 0, cycles=1), Noise(0.0, 0.0, 0.0), Linear().starts(0.03, 0.03))
    np.testing.assert_allclose(found.theta_P, TRUE, rtol=1e-6)


def test_intervals_hold_the_truth_and_are_no_wider_than_needed(simulate, linear):
    """30 data sets with both noises. Errors in standard errors have mean 0 and variance 1: the mean within 4 / sqrt(30), the variance
    within 4 sqrt(2 / 29) of 1, both 6e-5 per parameter for normal errors."""
    z = []
    for seed in range(30):
        found = regress(Linear(), _reads(simulate, linear, seed, cycles=6, add=0.01, read=0.01), Noise(0.01, 0.0, 0.01), [TRUE])
        z.append((found.theta_P - TRUE) / np.sqrt(np.diag(found.covariance_PP)))
    z = np.array(z)
    assert (np.abs(z.mean(axis=0)) < 4 / np.sqrt(30)).all(), z.mean(axis=0)
    assert (np.abs(z.var(axis=0, ddof=1) - 1) < 4 * np.sqrt(2 / 29)).all(), z.var(axis=0, ddof=1)


def test_held_out_losses_are_those_of_fits_without_the_fold(simulate, linear):
    """The one step of Gauss and Newton against a fit to the rest, which sees the fold's reads as the filter does, but not as residuals.

    Holding reads out costs 2 P / M = 0.025 per read, which is what must be right: to a fifth.
    """
    data, noise = _reads(simulate, linear, 1, cycles=4, add=0.01, read=0.01), Noise(0.01, 0.0, 0.01)
    full = regress(Linear(), data, noise, [TRUE])
    problem = _Problem(Linear(), data, noise)
    problem.hold_variance(full.theta_P)
    fold_M = data.fold_NL[problem.seen_NL]
    residuals, jacobian = problem.residuals, problem.jacobian
    for fold in range(FOLDS):
        keep = (fold_M != fold).astype(float)
        problem.residuals = lambda theta, keep=keep: keep * residuals(theta)
        problem.jacobian = lambda theta, keep=keep: keep[:, None] * jacobian(theta)
        _, theta = problem.descend(full.theta_P)
        z = problem.innovations(theta[None])[0][fold_M == fold]
        exact = 2 * np.log(problem.scale_M[fold_M == fold]) + CONSISTENCY * 8 * (np.sqrt(1 + z**2 / 4) - 1)
        assert full.loss_M[fold_M == fold].mean() == pytest.approx(exact.mean(), abs=5e-3)


def test_segments_are_the_trains_in_order(simulate, linear):
    data = _reads(simulate, linear, 2, cycles=2)
    assert data.w_NL.shape[1] == LONGEST
    first = data.only(data.train_N == 0)
    whole = np.concatenate([np.append(s, w[~np.isnan(w)]) for s, w in zip(first.start_N, first.w_NL, strict=True)])
    assert whole.size == 81 + len(first.offset_N) - 1  # a read that ends one segment starts the next
    assert set(np.unique(data.fold_NL)) == set(range(FOLDS))
