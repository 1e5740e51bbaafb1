"""Write noise and read noise, told apart.

With successive residuals e = v(change of the read - mean step), write noise of variance q and read noise of variance R give
Var(e) = q + 2 R and Cov(e_t, e_t+1) = -R: a wrong read counts twice with opposite signs, a wrong write stays. These moments start the
fit; the filter's likelihood, made robust, finishes it and gives the intervals.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.stats import median_abs_deviation

from device_models.fit.estimate import Estimate, Floats
from device_models.fit.law import StepLaw
from device_models.fit.robust import CONSISTENCY, loss
from device_models.fit.segments import Segments
from device_models.fit.tracking import Noise, Track, signed_step, track

Form = Literal["add", "mult"]

_LEAST = 1e-5  # standard deviations below this, in weights, are none
_CLEAR = 3.0  # standard deviations between a read that counts and a hard bound
_MOST = {"add": 2.0, "mult": 50.0}


@dataclass(frozen=True)
class NoiseFit:
    """Fitted noise.

    Attributes:
        form: ``add`` where write noise has one size, ``mult`` where it scales with the step.
        noise: the standard deviations.
        write: standard deviation of one pulse, in weights (``add``) or relative to its step (``mult``).
        read: standard deviation of one read, in weights.
        errors_2: standard errors of the two variances.
        cost: minus two log likelihoods, robust; comparable between the forms.
    """

    form: Form
    noise: Noise
    write: Estimate
    read: Estimate
    errors_2: Floats
    cost: float


def moments(residual_NL: Floats) -> tuple[float, float]:
    """(write, read) standard deviations from residuals of successive changes [N, L], NaN where there is none.

    Var(e_t + e_t+1) = 2 q + 2 R, so q = Var(sum) - Var(e) and R = Var(e) - Var(sum) / 2; variances from median absolute deviations.
    """
    one = _spread(residual_NL) ** 2
    two = _spread(residual_NL[:, 1:] + residual_NL[:, :-1]) ** 2
    least = 1e-4 * one + _LEAST**2
    return float(np.sqrt(max(two - one, least))), float(np.sqrt(max(one - two / 2, least)))


def _spread(values: Floats) -> float:
    seen = values[~np.isnan(values)]
    return float(median_abs_deviation(seen, scale="normal")) if seen.size else 0.0


def raw_residuals(law: StepLaw, theta_P: Floats, segments: Segments) -> tuple[Floats, Floats]:
    """(residual, mean step) of each change between two reads [N, L], each read taken at its word."""
    before_NL = np.concatenate([segments.start_N[:, None], segments.w_NL[:, :-1]], axis=1)
    step_NL = signed_step(law, theta_P[None], before_NL.reshape(1, -1), segments.polarity_NL.ravel())[0].reshape(before_NL.shape)
    lower_N, upper_N = (segments.bounds_N2 + law.edges(theta_P[None])[0]).T
    return segments.w_NL - np.clip(before_NL + step_NL, lower_N[:, None], upper_N[:, None]), step_NL


def fit_noise(law: StepLaw, theta_P: Floats, segments: Segments, form: Form) -> NoiseFit:
    """The noise of one form under a given mean response.

    Reads of cells that may be at a hard bound are followed but not counted: their noise is cut off on one side.
    """
    residual_NL, step_NL = raw_residuals(law, theta_P, segments)
    write, read = moments(residual_NL)
    step = float(np.sqrt(np.nanmean(step_NL[segments.polarity_NL != 0] ** 2))) + _LEAST
    objective = _Objective(law, theta_P, segments, form, step, clear(law, theta_P, segments))
    found = minimize(
        objective.value_and_slope,
        np.clip(np.log([write / objective.steps_2[0], read]), np.log(10 * _LEAST), np.log(_MOST[form] / 2)),
        jac=True,
        method="L-BFGS-B",
        bounds=[(np.log(_LEAST), np.log(_MOST[form])), (np.log(_LEAST), np.log(_MOST["add"]))],
        options={"maxiter": 60},
    )
    variances_2 = np.exp(2 * found.x)
    return _noise_fit(form, variances_2, objective.errors(variances_2), float(found.fun))


def pooled(fits: list[NoiseFit]) -> NoiseFit:
    """The noise of several devices of the same form: the means of their variances."""
    variances_D2 = np.array([[fit.write.value, fit.read.value] for fit in fits]) ** 2
    own = np.sqrt(np.sum([fit.errors_2**2 for fit in fits], axis=0)) / len(fits)
    between = variances_D2.std(axis=0, ddof=1) / np.sqrt(len(fits))
    return _noise_fit(fits[0].form, variances_D2.mean(axis=0), np.maximum(own, between), sum(fit.cost for fit in fits))


def _noise_fit(form: Form, variances_2: Floats, errors_2: Floats, cost: float) -> NoiseFit:
    write, read = (_root(float(value), float(error)) for value, error in zip(variances_2, errors_2, strict=True))
    sd = np.maximum(np.sqrt(variances_2), _LEAST)
    noise = Noise(add=float(sd[0]) if form == "add" else 0.0, mult=float(sd[0]) if form == "mult" else 0.0, read=float(sd[1]))
    return NoiseFit(form=form, noise=noise, write=write, read=read, errors_2=errors_2, cost=cost)


def clear(law: StepLaw, theta_P: Floats, segments: Segments) -> NDArray[np.bool_]:
    """Reads that are there and whose pulse stays clear of the hard bounds; all that are there if those are too few."""
    sd = sum(moments(raw_residuals(law, theta_P, segments)[0]))
    seen_NL = ~np.isnan(segments.w_NL)
    expected_NL = track(law, theta_P[None], Noise(sd, 0.0, sd), segments).prediction_JNL[0]
    lower_N, upper_N = (segments.bounds_N2 + law.edges(theta_P[None])[0]).T
    clear_NL = seen_NL & (expected_NL > lower_N[:, None] + _CLEAR * sd) & (expected_NL < upper_N[:, None] - _CLEAR * sd)
    return clear_NL if clear_NL.sum() > 0.2 * seen_NL.sum() else seen_NL


def _root(variance: float, error: float) -> Estimate:
    """The standard deviation of a variance: a variance that is no larger than its error includes 0."""
    interval = Estimate.normal(variance, error, lower=0.0)
    low, value, high = (0.0 if v <= 4 * _LEAST**2 else float(np.sqrt(v)) for v in (interval.low, interval.value, interval.high))
    return Estimate(value, low, high)


class _Objective:
    """sum of log S + kappa rho(v / sqrt(S)) over the reads, as a function of the two standard deviations."""

    def __init__(self, law: StepLaw, theta_P: Floats, segments: Segments, form: Form, step: float, counted_NL: NDArray[np.bool_]) -> None:
        self.law, self.theta_P, self.segments, self.form = law, theta_P, segments, form
        self.steps_2 = np.array([step if form == "mult" else 1.0, 1.0])  # what turns each deviation into weights
        self.counted_NL = counted_NL

    def terms(self, sd_J2: Floats) -> Floats:
        """The summands [J, M] under J pairs of standard deviations."""
        theta_JP = np.broadcast_to(self.theta_P, (len(sd_J2), self.theta_P.size))
        write_J1, read_J1 = sd_J2[:, :1], sd_J2[:, 1:]
        none = np.zeros_like(write_J1)
        noise = Noise(
            add=write_J1 if self.form == "add" else none,
            mult=write_J1 if self.form == "mult" else none,
            read=read_J1,
        )
        return _likelihood(track(self.law, theta_JP, noise, self.segments), self.counted_NL)

    def value_and_slope(self, log_2: Floats) -> tuple[float, Floats]:
        change = 1e-4
        values_J = self.terms(np.exp(log_2 + change * np.array([[0, 0], [1, 0], [-1, 0], [0, 1], [0, -1]]))).sum(axis=1)
        return float(values_J[0]), np.array([values_J[1] - values_J[2], values_J[3] - values_J[4]]) / (2 * change)

    def errors(self, variance_2: Floats) -> Floats:
        """Standard errors of the two variances, from the scatter of the summands' slopes (sandwich)."""
        squares_2 = self.steps_2**2
        size_2 = 0.05 * variance_2 + 1e-3 * (variance_2 @ squares_2) / squares_2
        grid = np.array([[0, 0], [1, 0], [0, 1], [2, 0], [0, 2], [1, 1]])
        terms_JM = self.terms(np.sqrt(variance_2 + grid * size_2))
        base, a, b, aa, bb, ab = terms_JM.sum(axis=1)
        slopes_2M = (terms_JM[1:3] - terms_JM[0]) / size_2[:, None]
        slopes_2M = slopes_2M - slopes_2M.mean(axis=1, keepdims=True)
        cross = (ab - a - b + base) / (size_2[0] * size_2[1])
        hessian = np.array([[(aa - 2 * a + base) / size_2[0] ** 2, cross], [cross, (bb - 2 * b + base) / size_2[1] ** 2]])
        inverse = np.linalg.pinv(hessian, hermitian=True)
        return np.sqrt(np.diag(inverse @ (slopes_2M @ slopes_2M.T) @ inverse))


def _likelihood(found: Track, counted_NL: NDArray[np.bool_]) -> Floats:
    s = found.variance_JNL[:, counted_NL] + _LEAST**2
    return np.log(s) + CONSISTENCY * loss(found.innovation_JNL[:, counted_NL] / np.sqrt(s))
