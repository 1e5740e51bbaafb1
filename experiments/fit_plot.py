"""The picture of a fit: data, fitted mean, spread bands, residuals."""

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy.stats import norm

from device_models.fit.prediction import open_loop, residuals
from device_models.fit.reading import SIEMENS
from device_models.fit.result import Fit

_DATA, _UP, _DOWN = "0.45", "#0072b2", "#d55e00"
_TRAINS = 40  # more would only blacken the picture
_OUTLIER = 5.0


def plot_fit(fit: Fit, path: Path) -> None:
    """Write the picture of a fit; the format follows the name's ending (png, pdf, svg).

    Four panels: the pulse response with the fitted mean and the spread of one cell; the step over the conductance; the residuals
    over the expected conductance; their distribution beside the normal one.
    """
    figure = Figure(figsize=(11, 7.5), layout="constrained")
    response, step, residual, histogram = figure.subplots(2, 2).flat
    _response(response, fit)
    _steps(step, fit)
    _residuals(residual, fit)
    _histogram(histogram, fit)
    figure.suptitle(f"{fit.cell.name}: {fit.law}, residual {100 * fit.residual_rms:.2g} % of the range")
    figure.savefig(path, dpi=130)


def _scale(fit: Fit) -> tuple[float, str]:
    """(factor, label) of the conductance axis, in the file's own unit."""
    unit = fit.evidence.unit
    return (1 / SIEMENS[unit], f"conductance [{unit.replace('u', 'µ')}]") if unit else (1.0, "conductance [no unit]")


def _response(axes: Axes, fit: Fit) -> None:
    factor, label = _scale(fit)
    trains = fit.evidence.trains
    shown = trains[:: -(-len(trains) // _TRAINS)]
    for i, train in enumerate(shown):
        axes.plot(factor * train.conductance_T, ".", color=_DATA, ms=2.5, alpha=0.5, label="read" if i == 0 else None)
    kinds: dict[tuple[bool, bool], int] = {}
    for i, train in enumerate(trains):  # both directions in one train, or a train for each
        kinds.setdefault((bool((train.polarity_T[1:] > 0).any()), bool((train.polarity_T[1:] < 0).any())), i)
    for n, i in enumerate(kinds.values()):
        _bands(axes, fit, i, factor, n == 0)
    axes.set(title="pulse response", xlabel="read in the cycle", ylabel=label)
    axes.legend(frameon=False, fontsize=8)


def _bands(axes: Axes, fit: Fit, index: int, factor: float, named: bool) -> None:
    mean, state, read = (factor * values for values in open_loop(fit.evidence, fit.evidence.trains[index]))
    time = np.arange(mean.size)
    for spread, alpha, name in ((read, 0.15, "± 2 sd of a read, mean device"), (state, 0.25, "± 2 sd of the state")):
        axes.fill_between(time, mean - 2 * spread, mean + 2 * spread, color=_UP, alpha=alpha, lw=0, label=name if named else None)
    axes.plot(time, mean, color=_UP, lw=1.5, label="fitted mean" if named else None)


def _steps(axes: Axes, fit: Fit) -> None:
    factor, label = _scale(fit)
    evidence = fit.evidence
    w_NL = np.concatenate([evidence.segments.start_N[:, None], evidence.segments.w_NL], axis=1)
    grid, reach = np.linspace(-1, 1, 201), 0.0
    half = factor * (evidence.window.high - evidence.window.low) / 2
    for sign, color, name in ((1, _UP, "up"), (-1, _DOWN, "down")):
        chosen = evidence.segments.polarity_NL == sign
        at = factor * evidence.window.conductance(w_NL[:, :-1][chosen])
        axes.plot(at, half * np.diff(w_NL, axis=1)[chosen], ".", color=color, ms=2, alpha=0.25)
        mean = sign * evidence.law.size(evidence.theta_P[None], grid[None], sign > 0)[0]
        write = np.hypot(evidence.noise.add, evidence.noise.mult * mean)
        spread = np.sqrt(write**2 + 2 * np.square(evidence.noise.read))  # two reads make a step
        x = factor * evidence.window.conductance(grid)
        axes.fill_between(x, half * (mean - 2 * spread), half * (mean + 2 * spread), color=color, alpha=0.25, lw=0)
        axes.plot(x, half * mean, color=color, lw=1.5, label=f"{name} pulse, ± 2 sd as measured")
        reach = max(reach, half * float(np.max(np.abs(mean) + 5 * spread)))
    axes.axhline(0, color="0.7", lw=0.8)
    axes.set_ylim(-reach, reach)
    axes.set(title="step", xlabel=label, ylabel="change by one pulse" + label.removeprefix("conductance"))
    axes.legend(frameon=False, fontsize=8)


def _residuals(axes: Axes, fit: Fit) -> None:
    factor, label = _scale(fit)
    expected, z = residuals(fit.evidence)
    far = np.abs(z) >= _OUTLIER
    axes.axhspan(-2, 2, color="0.92", lw=0)
    axes.plot(factor * expected[~far], z[~far], ".", color=_DATA, ms=3, alpha=0.6)
    if far.any():
        axes.plot(factor * expected[far], np.clip(z[far], -8, 8), "x", color=_DOWN, ms=5, label=f"{far.sum()} outliers, cut at 8")
        axes.legend(frameon=False, fontsize=8)
    axes.set(title="residuals", xlabel=f"expected {label}", ylabel="read − prediction [sd]")


def _histogram(axes: Axes, fit: Fit) -> None:
    _, z = residuals(fit.evidence)
    edges = np.linspace(-6, 6, 49)
    axes.hist(np.clip(z, -6, 6), edges.tolist(), density=True, color="0.75", label="residuals")
    axes.plot(edges, norm.pdf(edges), color=_UP, lw=1.5, label="normal")
    axes.set(title="distribution of the residuals", xlabel="read − prediction [sd]", ylabel="density")
    axes.legend(frameon=False, fontsize=8)
