"""One robust loss for everything: quadratic for ordinary residuals, linear for outliers.

rho(z) = 2 C^2 (sqrt(1 + z^2 / C^2) - 1) of a standardised residual z, scipy's ``soft_l1`` with ``f_scale`` C.
"""

import numpy as np
from scipy.integrate import quad
from scipy.stats import norm

from device_models.fit.estimate import Floats

C = 2.0
"""Residuals beyond two standard deviations lose influence. Of normal data this keeps 98 % of the efficiency [see the test]."""


def loss(z: Floats) -> Floats:
    """rho(z)."""
    return 2 * C**2 * (np.sqrt(1 + (z / C) ** 2) - 1)


def influence(z: Floats) -> Floats:
    """rho'(z) / 2 = z / sqrt(1 + z^2 / C^2)."""
    return z / np.sqrt(1 + (z / C) ** 2)


def weight(z: Floats) -> Floats:
    """influence(z) / z."""
    return 1 / np.sqrt(1 + (z / C) ** 2)


CONSISTENCY = 1 / quad(lambda z: z * influence(z) * norm.pdf(z), -10, 10)[0]
"""kappa with E[kappa z influence(z)] = 1 for normal z: log S + kappa rho(v / sqrt(S)) is then smallest at the true variance."""
