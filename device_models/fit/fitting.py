"""From a file of measured pulses to a cell.

    read -> check -> take the drift out -> find the window -> match the devices -> tell read from write noise -> fit every law
    -> cross-validate -> refit the chosen law with its own noise -> fit each device

Equations and the reasons are with each step: ``tracking.py`` (the likelihood), ``noise.py``, ``choice.py``, ``variability.py``.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np
from aihwkit.simulator.configs.devices import LinearStepDevice, PulsedDevice, SoftBoundsDevice
from numpy.typing import NDArray

from device_models.cell import Cell, Source
from device_models.fit.bounded import Bounded
from device_models.fit.checks import check
from device_models.fit.choice import Candidate, candidates, choose, typical_steps
from device_models.fit.estimate import Estimate, Floats
from device_models.fit.law import Law, StepLaw
from device_models.fit.noise import Form, NoiseFit, clear, fit_noise, moments, raw_residuals
from device_models.fit.piecewise import Piecewise
from device_models.fit.reading import Measurement, Train, read_trains
from device_models.fit.regression import Regression, forgiving, regress
from device_models.fit.result import Evidence, Fit
from device_models.fit.segments import Segments, segments
from device_models.fit.tracking import Noise, track
from device_models.fit.undetermined import undetermined
from device_models.fit.variability import Variability, matched, variability
from device_models.fit.window import Window, levelled, moved
from device_models.steps import nominal_steps

OUTLIER = 5.0
"""A read this many standard deviations from its prediction is counted as an outlier."""

_SCOUT = Piecewise(6)  # free enough for any response; only finds the window and the noise
_HARD = 0.03  # a bound is one if the reads alone place it to this, in weights


def fit(path: Path) -> Fit:
    """Fit a cell to the pulse trains in a CSV file (the accepted forms are in ``reading.py``).

    Raises:
        ValueError: the file cannot be read, or no cell can be fitted to it; one sentence that names the row or the reason.
    """
    measurement = read_trains(Path(path))
    check(measurement)
    trains, window = levelled(measurement.trains)
    window = _settled(trains, window)
    reads = segments(trains, window)
    scout = _scouted(_SCOUT, reads)
    alike = matched(_SCOUT, scout.theta_P, fit_noise(_SCOUT, scout.theta_P, reads, "add").noise, reads)
    common = _better_noise(_SCOUT, scout.theta_P, alike, True)
    found = candidates(alike, common.noise, clear(_SCOUT, scout.theta_P, alike))
    chosen, equal = choose(found)
    regression, noise = _refined(chosen, alike, common)
    varied = variability(chosen.law, regression.theta_P, noise, reads, window)
    evidence = Evidence(
        trains=trains,
        unit=measurement.unit,
        window=window,
        segments=alike,
        law=chosen.law,
        theta_P=regression.theta_P,
        noise=varied.noise.noise,
    )
    return _result(Path(path), measurement, evidence, regression, varied, found, equal, common.form)


def _settled(trains: tuple[Train, ...], window: Window) -> Window:
    """The window with its ends moved to the hard bounds that the reads show."""
    fitted = _scouted(Bounded(_SCOUT), segments(trains, window))
    return moved(window, fitted.theta_P[-2:], fitted.information_P[-2:] > _HARD**-2)


def _scouted(law: StepLaw, reads: Segments) -> Regression:
    """A law, from nothing: first under noise from the moments of the raw residuals, then under the likelihood's."""
    starts = law.starts(*typical_steps(reads))
    write, read = moments(raw_residuals(law, starts[0], reads)[0])
    first = regress(law, reads, Noise(add=write, mult=0.0, read=read), starts)
    noise = fit_noise(law, first.theta_P, reads, "add").noise
    return regress(law, reads, noise, [first.theta_P, *starts])


def _better_noise(law: StepLaw, theta_P: Floats, reads: Segments, additive: bool) -> NoiseFit:
    """The more likely form of noise; only the multiplicative one where the class has no other."""
    mult = fit_noise(law, theta_P, reads, "mult")
    if not additive:
        return mult
    add = fit_noise(law, theta_P, reads, "add")
    return add if add.cost < mult.cost else mult


def _refined(chosen: Candidate, reads: Segments, common: NoiseFit) -> tuple[Regression, NoiseFit]:
    law, theta_P = chosen.law, chosen.regression.theta_P
    noise = _better_noise(law, theta_P, reads, law.additive)
    regression = regress(law, reads, noise.noise, [theta_P])
    return regression, _better_noise(law, regression.theta_P, reads, law.additive)


def _result(
    path: Path,
    measurement: Measurement,
    evidence: Evidence,
    regression: Regression,
    varied: Variability,
    found: list[Candidate],
    equal: list[Candidate],
    wanted: Form,
) -> Fit:
    law = evidence.law
    z_NL, v_NL, rms_step = _residuals(evidence)
    device = law.device(regression.theta_P)
    relative_noise = varied.noise.form == "mult"
    c2c = varied.write.times((rms_step if relative_noise else 1.0) / 2)
    dw_min_std = varied.write.times(1.0 if relative_noise else 1 / _rms_scale(device))
    drift = {"drift": evidence.window.drift} if evidence.window.drift else {}
    varies = {"c2c": c2c, "read_noise": varied.read.times(0.5), "dw_min_std": dw_min_std, **varied.spreads, **drift}
    response = _with_spread(device, relative_noise, {"dw_min_std": dw_min_std, **varied.spreads})
    errors_P = np.sqrt(np.diag(regression.covariance_PP))
    parameters = _parameters(law, regression, errors_P)
    scores = _scores(found)
    return Fit(
        cell=_cell(path, evidence, response, varied.read.value / 2),
        law=law.name,
        parameters=parameters,
        scores=scores,
        residual_rms=float(np.sqrt(np.mean(v_NL[_ordinary(z_NL)] ** 2)) / 2),
        noise_form=varied.noise.form,
        variability=varies,
        reads=sum(int((~np.isnan(t.conductance_T)).sum()) for t in evidence.trains),
        missing=sum(int(np.isnan(t.conductance_T).sum()) for t in evidence.trains),
        outliers=int((np.abs(z_NL) >= OUTLIER).sum()),
        undetermined=undetermined(evidence, parameters, varies, {c.law.name for c in equal}, wanted),
        evidence=evidence,
    )


def _residuals(evidence: Evidence) -> tuple[Floats, Floats, float]:
    """(standardised innovations, innovations, root mean square step) over all reads."""
    found = track(evidence.law, evidence.theta_P[None], forgiving(evidence.noise), evidence.segments)
    v_NL = found.innovation_JNL[0]
    pulsed = evidence.segments.polarity_NL != 0
    return v_NL / np.sqrt(found.variance_JNL[0]), v_NL, float(np.sqrt(np.mean(found.step_JNL[0][pulsed] ** 2)))


def _ordinary(z_NL: Floats) -> NDArray[np.bool_]:
    """Reads that are no outliers and do not follow one by up to three pulses, while the state is unknown."""
    near_NL = np.abs(z_NL) >= OUTLIER
    for _ in range(3):
        near_NL[:, 1:] |= near_NL[:, :-1]
    return ~near_NL & ~np.isnan(z_NL)


def _parameters(law: Law, regression: Regression, errors_P: Floats) -> dict[str, Estimate]:
    named = zip(law.parameters, regression.theta_P, errors_P, *law.limits(), strict=True)
    return {name: Estimate.normal(value, error, lower, upper) for name, value, error, lower, upper in named}


def _scores(found: list[Candidate]) -> dict[str, float]:
    scores: dict[str, float] = {}
    for candidate in found:
        scores[candidate.law.name] = min(candidate.score, scores.get(candidate.law.name, np.inf))
    return scores


def _rms_scale(device: PulsedDevice) -> float:
    """Root mean square over the directions of the steps at weight 0, which aihwkit multiplies additive noise by."""
    up, down = nominal_steps(device)
    return float(np.sqrt((up**2 + down**2) / 2))


def _with_spread(device: PulsedDevice, relative_noise: bool, spreads: dict[str, Estimate]) -> PulsedDevice:
    values = {name: estimate.value for name, estimate in spreads.items()}
    if isinstance(device, LinearStepDevice | SoftBoundsDevice):
        return replace(device, mult_noise=relative_noise, **values)
    return replace(device, **values)


def _cell(path: Path, evidence: Evidence, response: PulsedDevice, read_noise: float) -> Cell:
    devices, trains = len(evidence.window.ends_D2), len(evidence.trains)
    window = evidence.window
    return Cell(
        name=path.stem,
        response=response,
        source=Source(
            citation=f"measured pulses in {path.name}",
            confidence="array" if devices > 1 else "single-device",
            note=f"fitted to {trains} pulse trains of {devices} device{'s' if devices > 1 else ''}; w = -1 and 1 are {window.low:.6g} "
            f"and {window.high:.6g}{' S' if evidence.unit else ', without a unit'}",
        ),
        levels=max(round(2 / float(np.mean(nominal_steps(response)))), 1),
        g_min=window.low if evidence.unit else None,
        g_max=window.high if evidence.unit else None,
        read_noise=read_noise,
    )
