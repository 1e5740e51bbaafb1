"""Confidence intervals of the two noises.

One device: the profile of the robust likelihood, the values for which some value of the other noise keeps the loss within the 95 % point
of chi^2 with one degree of freedom of its minimum. Unlike standard errors, that holds where the likelihood is not a parabola: one of
the noises may well be zero. The robust loss falls by 0.85 of what the likelihood would, which leaves the intervals a little wide.
Several devices: Student's interval over the devices' variances.
"""

from collections.abc import Callable

import numpy as np
from scipy.stats import chi2
from scipy.stats import t as student

from device_models.fit.estimate import Estimate, Floats
from device_models.fit.law import StepLaw
from device_models.fit.noise import LEAST, NoiseFit, Objective
from device_models.fit.segments import Segments

_GRID = 11
_HALVINGS = 7  # of an interval that spans a factor of two: to half a percent


def profile(law: StepLaw, theta_P: Floats, segments: Segments, fitted: NoiseFit) -> tuple[Estimate, Estimate]:
    """(write, read) of one device with their intervals."""
    objective = Objective(law, theta_P, segments, fitted.form)
    best = np.array([fitted.write, fitted.read])
    threshold = fitted.cost + float(chi2.ppf(0.95, 1))

    def fits(which: int) -> Callable[[float], bool]:
        return lambda value: _lowest(objective, best, which, value) <= threshold

    found = [_interval(float(best[which]), fits(which)) for which in (0, 1)]
    return found[0], found[1]


def _lowest(objective: Objective, best_2: Floats, which: int, value: float) -> float:
    """The smallest loss with one noise held, over the other: a wide grid, a fine one, and a parabola."""
    centre, width = max(best_2[1 - which], 30 * LEAST), np.log(30.0)
    for _ in range(2):
        other_J = centre * np.exp(np.linspace(-width, width, _GRID))
        pairs_J2 = np.stack([np.full(_GRID, value), other_J][:: 1 if which == 0 else -1], axis=1)
        cost_J = objective.cost(pairs_J2)
        centre, width = other_J[np.argmin(cost_J)], 2 * width / (_GRID - 1)
    return _vertex(cost_J)


def _vertex(cost_J: Floats) -> float:
    """Lowest point of the parabola through the smallest value and its neighbours, where it has two."""
    i = int(np.argmin(cost_J))
    if i in (0, cost_J.size - 1):
        return float(cost_J[i])
    before, at, after = cost_J[i - 1 : i + 2]
    return float(at - (after - before) ** 2 / (8 * max(before - 2 * at + after, 1e-12)))


def _interval(value: float, fits: Callable[[float], bool]) -> Estimate:
    inside = max(value, 10 * LEAST)
    outside = 2 * inside
    while fits(outside):
        inside, outside = outside, 2 * outside
    high = _edge(inside, outside, fits)
    if fits(LEAST):
        return Estimate(value if value > 4 * LEAST else 0.0, 0.0, high)
    inside, outside = value, value / 2
    while fits(outside):
        inside, outside = outside, outside / 2
    return Estimate(value, _edge(inside, outside, fits), high)


def _edge(inside: float, outside: float, fits: Callable[[float], bool]) -> float:
    for _ in range(_HALVINGS):
        middle = (inside + outside) / 2
        inside, outside = (middle, outside) if fits(middle) else (inside, middle)
    return outside


def over_devices(fits: list[NoiseFit]) -> tuple[NoiseFit, Estimate, Estimate]:
    """(mean noise, write, read) of several devices, whose noise has the same form."""
    variances_D2 = np.array([[fit.write, fit.read] for fit in fits]) ** 2
    half = student.ppf(0.975, len(fits) - 1) * variances_D2.std(axis=0, ddof=1) / np.sqrt(len(fits))
    mean = variances_D2.mean(axis=0)
    value, low, high = np.sqrt(mean), np.sqrt(np.maximum(mean - half, 0)), np.sqrt(mean + half)
    write, read = (Estimate(float(value[i]), float(low[i]), float(high[i])) for i in (0, 1))
    return NoiseFit(fits[0].form, write.value, read.value, sum(fit.cost for fit in fits)), write, read
