"""What the data do not tell, in sentences."""

from collections.abc import Iterable, Mapping

import numpy as np

from device_models.fit.estimate import Estimate
from device_models.fit.noise import Form
from device_models.fit.result import Evidence

_VAGUE = 0.5  # an interval this wide on either side, relative to its value, leaves a number open
_FEW = 20  # reads per parameter, below which a law follows noise noticeably: it takes 1 / 20 of its variance
_UNSATURATED = 0.2  # steps at an end of the window this large, relative to the mean step, go on beyond it


def undetermined(
    evidence: Evidence,
    parameters: Mapping[str, Estimate],
    variability: Mapping[str, Estimate],
    equal: set[str],
    wanted: Form,
) -> tuple[str, ...]:
    """Sentences about a fit.

    Args:
        evidence: the data and the chosen law.
        parameters: of the law.
        variability: of the fit.
        equal: names of all laws that fit as well as the best.
        wanted: form of write noise that the data prefer.
    """
    return (
        *_laws(evidence.law.name, equal),
        *_bounds(evidence),
        *_vague(parameters),
        *_few(evidence),
        *_noise(variability, wanted == "add" and not evidence.law.additive, evidence.law.name),
        *_spreads(evidence),
        *_never(evidence),
    )


def _laws(chosen: str, equal: set[str]) -> Iterable[str]:
    others = sorted(equal - {chosen})
    if others:
        yield f"Step law: {', '.join(others)} predict{'s' if len(others) == 1 else ''} these reads as well as {chosen}."


def _bounds(evidence: Evidence) -> Iterable[str]:
    ends = np.array([[-1.0, 1.0]])
    mean = [evidence.law.size(evidence.theta_P[None], np.linspace(-1, 1, 21)[None], up).mean() for up in (False, True)]
    last = [evidence.law.size(evidence.theta_P[None], ends, up)[0, i] for i, up in enumerate((False, True))]
    for i, (name, way) in enumerate((("lowest", "down"), ("highest", "up"))):
        if last[i] > _UNSATURATED * mean[i] and not evidence.window.hard_2[i]:
            share = 100 * last[i] / mean[i]
            yield f"The {name} conductance: {way} steps at this end are still {share:.0f} % of the mean one and no read is saturated."


def _vague(parameters: Mapping[str, Estimate]) -> Iterable[str]:
    for name, estimate in parameters.items():
        if max(estimate.high - estimate.value, estimate.value - estimate.low) > _VAGUE * max(abs(estimate.value), 0.05):
            yield f"{name}: {estimate.value:.3g}, but anything from {estimate.low:.3g} to {estimate.high:.3g} fits."


def _few(evidence: Evidence) -> Iterable[str]:
    reads = int((~np.isnan(evidence.segments.w_NL)).sum())
    if reads < _FEW * len(evidence.law.parameters):
        yield f"{reads} reads for {len(evidence.law.parameters)} parameters: the noise is likely larger than fitted; measure more cycles."


def _noise(variability: Mapping[str, Estimate], averaged: bool, law: str) -> Iterable[str]:
    for name, what in (("c2c", "cycle-to-cycle"), ("read_noise", "read")):
        if variability[name].low == 0:
            yield f"The {what} noise cannot be told from none; it is below {100 * variability[name].high:.2g} % of the range."
    if averaged and variability["c2c"].low > 0:
        yield f"The noise of a pulse does not scale with its step in these data, but that of a {law} does; it was matched on average."
    yield "Noise that is drawn once per write (write_noise_std): with one read per pulse it looks like read noise, and counts there."


def _spreads(evidence: Evidence) -> Iterable[str]:
    devices = len(evidence.window.ends_D2)
    if devices == 1:
        yield "Device-to-device spread: one device was measured, and every *_dtod is 0."
    if evidence.window.drift is None:
        yield "Drift of the baseline: it takes at least five cycles of one device to see it."


def _never(evidence: Evidence) -> Iterable[str]:
    if evidence.unit is None:
        yield "g_min and g_max: the file gives no unit of conductance."
    yield "Pulse voltage, width, energy and endurance are not in the file; add them to the cell file where they are known."
