"""Device-to-device spread: what differs between devices beyond what one device's own noise explains."""

from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import chi2

from device_models.fit.estimate import Estimate, Floats
from device_models.fit.intervals import over_devices, profile
from device_models.fit.law import Law, StepLaw
from device_models.fit.noise import NoiseFit, fit_noise
from device_models.fit.regression import Regression, regress
from device_models.fit.rescaled import Rescaled
from device_models.fit.segments import Segments
from device_models.fit.tracking import Noise
from device_models.fit.window import Window

_RELATIVE = ("dw_min", "w_min", "w_max", "pow_gamma")
"""Fields whose ``*_dtod`` aihwkit counts relative to the field; the others are absolute."""

_STEP = 1e-5


def spread(values_D: Floats, errors_D: Floats) -> Estimate:
    """Standard deviation of the true values, given measured ones with known errors.

    The sample variance is the true one plus the mean squared error. Its interval is that of a normal sample,
    (D - 1) s^2 / chi^2_(D - 1), less the same error; at the upper end s^2 is at least that error, so that luck is no certainty.
    """
    free = len(values_D) - 1
    variance, noise = float(np.var(values_D, ddof=1)), float(np.mean(errors_D**2))
    parts = (variance, free * variance / chi2.ppf(0.975, free), free * max(variance, noise) / chi2.ppf(0.025, free))
    return Estimate(*(float(np.sqrt(max(part - noise, 0.0))) for part in parts))


def matched(law: StepLaw, theta_P: Floats, noise: Noise, segments: Segments) -> Segments:
    """The segments with each device's size of steps, relative to the mean device.

    Devices of different size spend different numbers of pulses at the same weight, so that their pooled steps bend even where each
    device's are straight. With the sizes known, the pooled reads tell the shape.
    """
    count = int(segments.device_N.max()) + 1
    if count < 2:
        return segments
    own = Rescaled(law, theta_P)
    factor_D2 = np.array([regress(own, segments.only(segments.device_N == i), noise, [np.ones(2)]).theta_P for i in range(count)])
    return replace(segments, factor_N2=(factor_D2 / factor_D2.mean(axis=0))[segments.device_N])


@dataclass(frozen=True)
class Variability:
    """What varies.

    Attributes:
        noise: write and read noise of one device around its own response.
        write: its write noise, with its interval.
        read: its read noise, with its interval.
        spreads: the ``*_dtod`` fields; none for one device.
    """

    noise: NoiseFit
    write: Estimate
    read: Estimate
    spreads: dict[str, Estimate]


def variability(law: Law, theta_P: Floats, noise: NoiseFit, segments: Segments, window: Window) -> Variability:
    """Noise and device-to-device spread.

    Each device is fitted on its own in what its class allows to differ: every parameter of a linear or soft-bounds step, all but the
    bounds of a power step, the sizes of the two directions for the others. Hard bounds spread as the ends of the devices' windows do. The
    noise is that of each device around its own response, because around the mean one the devices' differences look like noise.

    Args:
        law: the chosen law.
        theta_P: the mean device's parameters.
        noise: what is known of the noise so far; its form stays.
        segments: the reads, not ``matched``.
        window: the devices' windows.
    """
    count = len(window.ends_D2)
    if count < 2:
        return Variability(noise, *profile(law, theta_P, segments, noise), {})
    own = law.individual(theta_P)
    start = theta_P if own is law else own.starts(0.0, 0.0)[0]
    parts = [segments.only(segments.device_N == i) for i in range(count)]
    fits = [regress(own, part, noise.noise, [start]) for part in parts]
    left = over_devices([fit_noise(own, fit.theta_P, part, noise.form) for fit, part in zip(fits, parts, strict=True)])
    return Variability(*left, _spreads(own, fits, window))


def _spreads(own: StepLaw, fits: list[Regression], window: Window) -> dict[str, Estimate]:
    values = [own.fields(fit.theta_P) for fit in fits]
    errors = [_errors(own, fit.theta_P, fit.covariance_PP) for fit in fits]
    found = {name: spread(np.array([v[name] for v in values]), np.array([e[name] for e in errors])) for name in values[0]}
    if "w_max" not in found:
        ends = {name: i for i, name in enumerate(("w_min", "w_max")) if window.hard_2[i]}
        found |= {name: spread(window.ends_D2[:, i], np.nan_to_num(window.errors_D2[:, i])) for name, i in ends.items()}
    mean = {"w_min": -1.0, "w_max": 1.0, **{name: float(np.mean([v[name] for v in values])) for name in values[0]}}
    return {f"{name}_dtod": s.times(1 / abs(mean[name])) if name in _RELATIVE else s for name, s in found.items()}


def _errors(law: StepLaw, theta_P: Floats, covariance_PP: Floats) -> dict[str, float]:
    """Standard errors of the fields, by their derivatives."""
    base = law.fields(theta_P)
    moved = [law.fields(theta_P + change) for change in _STEP * np.diag(np.abs(theta_P) + 1e-3)]
    slopes = {name: np.array([(m[name] - base[name]) for m in moved]) / (_STEP * (np.abs(theta_P) + 1e-3)) for name in base}
    return {name: float(np.sqrt(slope @ covariance_PP @ slope)) for name, slope in slopes.items()}
