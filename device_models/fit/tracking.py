"""Following the state of a cell through noisy reads: an extended Kalman filter that ignores wrong reads.

The state x moves with each pulse of polarity d by d size(x), plus write noise of variance q = add^2 + (mult size(x))^2, which
stays in the state; a read is y = x plus read noise of variance r^2, which does not. So write noise makes successive changes
independent, and read noise gives them the lag-one covariance -r^2. The filter predicts each read from all before it; its innovations
v = y - prediction, of variance S, are independent if the model is right, and their likelihood tells the two noises apart.

At a hard bound the state is clipped: prediction and variance are those of a clipped normal variable, so that reads of a saturated
cell count as what they are.

A read much further off than ``GATE`` standard deviations does not move the state, but makes it uncertain by as much as it was off: if the
read was wrong, nothing is lost, and if the cell jumped, the next read finds it.

Shapes: J parameter sets, N segments, L pulses. Source of the filter: R. E. Kalman, J. Basic Eng. 82, 35 (1960), doi:10.1115/1.3662552.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from device_models.fit.estimate import Floats
from device_models.fit.law import StepLaw
from device_models.fit.segments import Segments

GATE = 5.0

_SURE = 40.0  # deviations beyond this are certain, and their squares still exact
_FAR = 6.0  # a bound this many deviations away does not matter

_PROBE = 1e-5  # weight difference for the slope of a step law


@dataclass(frozen=True)
class Noise:
    """Standard deviations in weights; numbers, or one for each of J parameter sets [J, 1].

    Attributes:
        add: write noise of a pulse, whatever its step.
        mult: write noise of a pulse, relative to its step.
        read: noise of a read.
    """

    add: float | Floats
    mult: float | Floats
    read: float | Floats


@dataclass(frozen=True)
class Track:
    """What the filter found.

    Attributes:
        prediction_JNL: the read that is expected after each pulse.
        innovation_JNL: read minus prediction; NaN where there was no read.
        variance_JNL: its expected variance S.
        step_JNL: mean step of the pulse at the state before it, signed.
    """

    prediction_JNL: Floats
    innovation_JNL: Floats
    variance_JNL: Floats
    step_JNL: Floats


def track(law: StepLaw, theta_JP: Floats, noise: Noise, segments: Segments) -> Track:
    """Follow all segments under J parameter sets at once."""
    sets, (cells, length) = len(theta_JP), segments.w_NL.shape
    track_ = Track(*(np.full((sets, cells, length), np.nan) for _ in range(4)))
    edges_J2 = law.edges(theta_JP)
    lower_JN, upper_JN = (segments.bounds_N2[:, side] + edges_J2[:, side, None] for side in (0, 1))
    bounded = bool(np.isfinite(lower_JN).any() or np.isfinite(upper_JN).any())
    x = np.broadcast_to(segments.start_N, (sets, cells))
    p = np.broadcast_to(np.square(noise.read), (sets, 1)) * np.ones((sets, cells))
    for i in range(length):
        polarity_N = segments.polarity_NL[:, i]
        step, slope = signed_step(law, theta_JP, x, polarity_N, segments.factor_N2)
        q = np.square(noise.add) * (polarity_N != 0) + np.square(noise.mult * step)
        x, p = x + step, (1 + slope) ** 2 * p + q
        if bounded:
            x, p = clipped(x, p, lower_JN, upper_JN)
        s = p + np.square(noise.read)
        v = segments.w_NL[:, i] - x
        track_.prediction_JNL[:, :, i], track_.innovation_JNL[:, :, i] = x, v
        track_.variance_JNL[:, :, i], track_.step_JNL[:, :, i] = s, step
        v = np.nan_to_num(v)
        trust = 1 / (1 + np.minimum(np.square(v / GATE) / s, 1e6) ** 4)  # a smooth gate, so that the fit has derivatives
        gain = np.where(np.isnan(segments.w_NL[:, i]), 0.0, trust * p / s)
        x, p = x + gain * v, (1 - gain) * p + (1 - trust) * np.square(v)
    return track_


def clipped(mean: Floats, variance: Floats, lower: Floats, upper: Floats) -> tuple[Floats, Floats]:
    """Mean and variance of a normal variable clipped to [lower, upper]."""
    sd = np.sqrt(variance) + 1e-12
    a, b = (lower - mean) / sd, (upper - mean) / sd
    near = (a > -_FAR) | (b < _FAR)
    if not near.any():
        return mean, variance
    first, second = _standard(np.clip(a[near], -_SURE, _SURE), np.clip(b[near], -_SURE, _SURE))
    mean, variance = mean.copy(), variance.copy()
    mean[near] = np.clip(mean[near] + sd[near] * first, *(np.broadcast_to(bound, near.shape)[near] for bound in (lower, upper)))
    variance[near] *= np.maximum(second - first**2, 0)
    return mean, variance


def _standard(a: Floats, b: Floats) -> tuple[Floats, Floats]:
    """First and second moment of a standard normal variable clipped to [a, b]."""
    below, above = ndtr(a), ndtr(-b)
    density_a, density_b = (np.exp(-0.5 * np.square(z)) / np.sqrt(2 * np.pi) for z in (a, b))
    first = density_a - density_b + a * below + b * above
    return first, 1 - below - above + a * density_a - b * density_b + a**2 * below + b**2 * above


def signed_step(law: StepLaw, theta_JP: Floats, x_JN: Floats, polarity_N: NDArray[np.int8], factor_N2: Floats) -> tuple[Floats, Floats]:
    """(step, d step / d x) of one pulse on each of N cells, of the cell's own polarity and size [J, N]."""
    step, probe = np.zeros_like(x_JN), np.zeros_like(x_JN)
    for up, sign in ((True, 1), (False, -1)):
        cells = polarity_N == sign
        if cells.any():
            x = x_JN[:, cells]
            size = law.size(theta_JP, np.concatenate([x, x + _PROBE], axis=1), up)
            both = sign * size * np.tile(factor_N2[cells, 0 if up else 1], 2)
            step[:, cells], probe[:, cells] = both[:, : x.shape[1]], both[:, x.shape[1] :]
    return step, (probe - step) / _PROBE
