"""Fitting a step law: least squares of the standardised innovations, their covariance, and cross-validation.

Two things are not left to the optimiser. The variances S are held while the law moves, because a law that predicted more noise would
otherwise be rewarded; and cross-validation takes one Gauss-Newton step away from the full fit instead of a new fit for each fold,
which is exact for a linear problem.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import least_squares

from device_models.fit.estimate import Floats
from device_models.fit.law import StepLaw
from device_models.fit.robust import CONSISTENCY, C, influence, loss, weight
from device_models.fit.segments import FOLDS, Segments
from device_models.fit.tracking import Noise, track

_DAMPING = 1e-3  # relative: what the reads hardly determine stays as in the full fit, where one linear step cannot follow it
_FLOOR = 1e-3  # weights: a law that is wrong by less is right
_FORGET = 0.05  # write noise, at least, relative to read noise
_MEDIAN = 0.6745  # of the size of a standard normal number
_STEP = 1e-6  # relative change of a parameter for a derivative


@dataclass(frozen=True, eq=False)
class Regression:
    """A fitted law.

    Attributes:
        theta_P: parameters.
        covariance_PP: their covariance, from the scatter of the residuals themselves (sandwich), so that it holds for any noise.
        information_P: what the reads alone say about each parameter, the others held: inverse variances.
        cost: robust cost at the optimum.
        loss_M: for each of the M reads, log S + kappa rho(v / sqrt(S)) when it was held out in cross-validation: minus twice the log of
            its predicted density, made robust. The density counts, not the error alone: a law must not gain by predicting more noise.
    """

    theta_P: Floats
    covariance_PP: Floats
    information_P: Floats
    cost: float
    loss_M: Floats


def regress(law: StepLaw, segments: Segments, noise: Noise, starts: list[Floats]) -> Regression:
    """The parameters that predict each read best from those before it."""
    problem = _Problem(law, segments, noise)
    found = [problem.solve(start) for start in starts]
    cost, theta_P = min(found, key=lambda pair: pair[0])
    rows_MP, z_M, hessian_PP = problem.linearised(theta_P)
    inverse_PP = np.linalg.pinv(hessian_PP, rcond=1e-10, hermitian=True)
    scores_MP = rows_MP * influence(z_M)[:, None]
    spare = z_M.size / max(z_M.size - theta_P.size, 1)
    return Regression(
        theta_P=theta_P,
        covariance_PP=spare * inverse_PP @ (scores_MP.T @ scores_MP) @ inverse_PP,
        information_P=(weight(z_M)[:, None] * rows_MP**2).sum(axis=0),
        cost=cost,
        loss_M=problem.held_out(theta_P, rows_MP, z_M, hessian_PP),
    )


def forgiving(noise: Noise) -> Noise:
    """Noise that a fit assumes: never none, because every law is a little wrong, and a filter that trusted it fully would not come back."""
    read = np.maximum(noise.read, _FLOOR)
    return Noise(add=np.maximum(noise.add, _FORGET * read), mult=noise.mult, read=read)


class _Problem:
    """Residuals of one law on one set of segments, and their derivatives, all parameter changes at once."""

    def __init__(self, law: StepLaw, segments: Segments, noise: Noise) -> None:
        self.law, self.segments = law, segments
        self.noise = forgiving(noise)
        self.lower_P, self.upper_P = law.limits()
        self.seen_NL = ~np.isnan(segments.w_NL)
        self.scale_M = np.ones(int(self.seen_NL.sum()))

    def innovations(self, theta_JP: Floats) -> Floats:
        """Standardised innovations [J, M] of the reads that are there."""
        return track(self.law, theta_JP, self.noise, self.segments).innovation_JNL[:, self.seen_NL] / self.scale_M

    def hold_variance(self, theta_P: Floats) -> None:
        variance_NL = track(self.law, theta_P[None], self.noise, self.segments).variance_JNL[0]
        self.scale_M = np.sqrt(variance_NL[self.seen_NL])

    def residuals(self, theta_P: Floats) -> Floats:
        return np.concatenate([self.innovations(theta_P[None])[0], self.law.roughness(theta_P)])

    def jacobian(self, theta_P: Floats) -> Floats:
        size_P = _STEP * np.maximum(np.abs(theta_P), 1e-2)
        size_P = np.where(theta_P + size_P > self.upper_P, -size_P, size_P)
        moved_JP = np.concatenate([theta_P[None], theta_P + np.diag(size_P)])
        z_JM = self.innovations(moved_JP)
        prior_JM = np.array([self.law.roughness(theta) for theta in moved_JP])
        all_JM = np.concatenate([z_JM, prior_JM], axis=1)
        return ((all_JM[1:] - all_JM[0]) / size_P[:, None]).T

    def solve(self, start_P: Floats) -> tuple[float, Floats]:
        """Least squares under noise that falls to the given one from what the start leaves unexplained.

        Far from its optimum, under little noise, every read is an outlier and the hard bounds make steps in the cost: the search would stay
        where it is. Under more noise both are smooth.
        """
        theta_P = np.clip(start_P, self.lower_P + 1e-9, self.upper_P - 1e-9)
        given = self.noise
        self.hold_variance(theta_P)
        excess = float(np.median(np.abs(self.innovations(theta_P[None])))) / _MEDIAN
        steps = max(int(np.ceil(np.log2(max(excess, 1.0)))), 0)
        for factor in (*2.0 ** np.arange(steps, 0, -1), 1.0, 1.0):  # twice at the end, because the variances depend on the law a little
            self.noise = Noise(add=factor * given.add, mult=factor * given.mult, read=factor * given.read)
            self.hold_variance(theta_P)
            cost, found_P = self.descend(theta_P)
            theta_P = np.clip(found_P, self.lower_P + 1e-9, self.upper_P - 1e-9)
        return cost, found_P

    def descend(self, theta_P: Floats) -> tuple[float, Floats]:
        found = least_squares(
            self.residuals,
            theta_P,
            jac=self.jacobian,
            bounds=(self.lower_P, self.upper_P),
            loss="soft_l1",
            f_scale=C,
            x_scale="jac",
            tr_solver="lsmr",  # the other one decomposes the whole Jacobian, ten times slower on a busy machine
            max_nfev=60,
            ftol=1e-5,  # of a sum of about one per read: far below what noise does to it
            xtol=1e-5,
        )
        return float(found.cost), found.x

    def linearised(self, theta_P: Floats) -> tuple[Floats, Floats, Floats]:
        """(derivatives [M, P], residuals [M], Hessian [P, P]) at the optimum; the Hessian includes what is believed beforehand."""
        self.hold_variance(theta_P)
        rows, z = self.jacobian(theta_P), self.residuals(theta_P)
        reads = self.scale_M.size
        hessian_PP = rows.T @ (rows * np.where(np.arange(z.size) < reads, weight(z), 1.0)[:, None])
        return rows[:reads], z[:reads], hessian_PP

    def held_out(self, theta_P: Floats, rows_MP: Floats, z_M: Floats, hessian_PP: Floats) -> Floats:
        """Score of each read under the parameters that its own fold had no part in."""
        fold_M = self.segments.fold_NL[self.seen_NL]
        theta_JP = np.empty((FOLDS, theta_P.size))
        for fold in range(FOLDS):
            rows, z = rows_MP[fold_M == fold], z_M[fold_M == fold]
            rest_PP = hessian_PP - rows.T @ (rows * weight(z)[:, None])
            rest_PP += np.diag(_DAMPING * np.diag(hessian_PP) + 1e-12)
            step_P = np.linalg.solve(rest_PP, rows.T @ influence(z))
            theta_JP[fold] = np.clip(theta_P + step_P, self.lower_P, self.upper_P)
        z_M = self.innovations(theta_JP)[fold_M, np.arange(z_M.size)]
        return 2 * np.log(self.scale_M) + CONSISTENCY * loss(z_M)
