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

from device_models.fit.estimate import Floats
from device_models.fit.law import StepLaw
from device_models.fit.robust import CONSISTENCY, loss
from device_models.fit.segments import Segments
from device_models.fit.tracking import GATE, Noise, Track, signed_step, track

Form = Literal["add", "mult"]

LEAST = 1e-5  # standard deviations below this, in weights, are none
_CLEAR = 3.0  # standard deviations between a read that counts and a hard bound
_MOST = {"add": 2.0, "mult": 50.0}


@dataclass(frozen=True)
class NoiseFit:
    """Fitted noise.

    Attributes:
        form: ``add`` where write noise has one size, ``mult`` where it scales with the step.
        write: standard deviation of one pulse, in weights (``add``) or relative to its step (``mult``).
        read: standard deviation of one read, in weights.
        cost: minus two log likelihoods, robust; comparable between the forms.
    """

    form: Form
    write: float
    read: float
    cost: float

    @property
    def noise(self) -> Noise:
        """For the filter."""
        return Noise(add=self.write if self.form == "add" else 0.0, mult=self.write if self.form == "mult" else 0.0, read=self.read)


def moments(residual_NL: Floats) -> tuple[float, float]:
    """(write, read) standard deviations from residuals of successive changes [N, L], NaN where there is none.

    Var(e_t + e_t+1) = 2 q + 2 R, so q = Var(sum) - Var(e) and R = Var(e) - Var(sum) / 2; variances from median absolute deviations.
    """
    one = _spread(residual_NL) ** 2
    two = _spread(residual_NL[:, 1:] + residual_NL[:, :-1]) ** 2
    least = 1e-4 * one + LEAST**2
    return float(np.sqrt(max(two - one, least))), float(np.sqrt(max(one - two / 2, least)))


def _spread(values: Floats) -> float:
    seen = values[~np.isnan(values)]
    return float(median_abs_deviation(seen, scale="normal")) if seen.size else 0.0


def raw_residuals(law: StepLaw, theta_P: Floats, segments: Segments) -> tuple[Floats, Floats]:
    """(residual, mean step) of each change between two reads [N, L], each read taken at its word."""
    before_NL = np.concatenate([segments.start_N[:, None], segments.w_NL[:, :-1]], axis=1)
    known = np.nan_to_num(before_NL).reshape(1, -1)
    factors = np.repeat(segments.factor_N2, before_NL.shape[1], axis=0)
    step_NL = signed_step(law, theta_P[None], known, segments.polarity_NL.ravel(), factors)[0].reshape(before_NL.shape)
    step_NL[np.isnan(before_NL)] = np.nan
    lower_N, upper_N = (segments.bounds_N2 + law.edges(theta_P[None])[0]).T
    return segments.w_NL - np.clip(before_NL + step_NL, lower_N[:, None], upper_N[:, None]), step_NL


def fit_noise(law: StepLaw, theta_P: Floats, segments: Segments, form: Form) -> NoiseFit:
    """The noise of one form under a given mean response.

    Reads of cells that may be at a hard bound are followed but not counted: their noise is cut off on one side.
    """
    residual_NL, step_NL = raw_residuals(law, theta_P, segments)
    write, read = moments(residual_NL)
    step = float(np.sqrt(np.nanmean(step_NL[segments.polarity_NL != 0] ** 2))) + LEAST
    objective = Objective(law, theta_P, segments, form)
    found = minimize(
        objective.value_and_slope,
        np.clip(np.log([write / (step if form == "mult" else 1.0), read]), np.log(10 * LEAST), np.log(_MOST[form] / 2)),
        jac=True,
        method="L-BFGS-B",
        bounds=[(np.log(LEAST), np.log(_MOST[form])), (np.log(LEAST), np.log(_MOST["add"]))],
        options={"maxiter": 60},
    )
    write, read = np.exp(found.x).tolist()
    return NoiseFit(form=form, write=write, read=read, cost=float(found.fun))


def clear(law: StepLaw, theta_P: Floats, segments: Segments) -> NDArray[np.bool_]:
    """Reads that are there and whose pulse stays clear of the hard bounds; all that are there if those are too few."""
    sd = sum(moments(raw_residuals(law, theta_P, segments)[0]))
    seen_NL = ~np.isnan(segments.w_NL)
    expected_NL = track(law, theta_P[None], Noise(sd, 0.0, sd), segments).prediction_JNL[0]
    lower_N, upper_N = (segments.bounds_N2 + law.edges(theta_P[None])[0]).T
    clear_NL = seen_NL & (expected_NL > lower_N[:, None] + _CLEAR * sd) & (expected_NL < upper_N[:, None] - _CLEAR * sd)
    return clear_NL if clear_NL.sum() > 0.2 * seen_NL.sum() else seen_NL


class Objective:
    """sum of log S + kappa rho(v / sqrt(S)) over the reads, as a function of the two standard deviations."""

    def __init__(self, law: StepLaw, theta_P: Floats, segments: Segments, form: Form) -> None:
        self.law, self.theta_P, self.segments, self.form = law, theta_P, segments, form
        self.counted_NL = clear(law, theta_P, segments)

    def cost(self, sd_J2: Floats) -> Floats:
        """The sums [J] under J pairs (write, read) of standard deviations."""
        return self.terms(sd_J2).sum(axis=1)

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
        values_J = self.cost(np.exp(log_2 + change * np.array([[0, 0], [1, 0], [-1, 0], [0, 1], [0, -1]])))
        return float(values_J[0]), np.array([values_J[1] - values_J[2], values_J[3] - values_J[4]]) / (2 * change)


def _likelihood(found: Track, counted_NL: NDArray[np.bool_]) -> Floats:
    s = found.variance_JNL[:, counted_NL] + LEAST**2
    z = found.innovation_JNL[:, counted_NL] / np.sqrt(s)
    return np.log(s) + CONSISTENCY * loss(np.clip(z, -GATE, GATE))  # an outlier's size says nothing about the noise
