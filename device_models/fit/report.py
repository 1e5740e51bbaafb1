"""A fit in words."""

from device_models.fit.estimate import Estimate
from device_models.fit.result import Fit

_FORMS = {"mult": "noise scales with the step", "add": "noise has one size"}


def report(fit: Fit) -> str:
    """What was fitted, how well, and what the data do not tell: plain text."""
    window, unit = fit.evidence.window, fit.evidence.unit
    lines = [
        f"{fit.cell.name}: {fit.law}, {fit.reads} reads ({fit.missing} missing, {fit.outliers} outliers)",
        f"window          {window.low:.6g} to {window.high:.6g} {'S' if unit else '(no unit)'}, about {fit.cell.levels} pulses",
        f"residual        {100 * fit.residual_rms:.3g} % of the range, one pulse ahead",
        "",
        "step law (95 % intervals, in weights: -1 to 1 across the window)",
        *(_line(name, estimate) for name, estimate in fit.parameters.items()),
        "",
        f"variability (c2c, read_noise, drift: fractions of the range; the others as in aihwkit; {_FORMS[fit.noise_form]})",
        *(_line(name, estimate) for name, estimate in fit.variability.items()),
        "",
        "cross-validation (lower is better)",
        *(f"  {name:<22}{score:9.4f}" for name, score in sorted(fit.scores.items(), key=lambda item: item[1])),
        "",
        "not determined",
        *(f"  {sentence}" for sentence in fit.undetermined),
    ]
    return "\n".join(lines) + "\n"


def _line(name: str, estimate: Estimate) -> str:
    return f"  {name:<22}{estimate.value:11.4g}  [{estimate.low:.4g}, {estimate.high:.4g}]"
