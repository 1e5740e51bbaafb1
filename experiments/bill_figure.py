"""What learning cost, in a report: energy by its parts, and how much of the cells' life is used up."""

from html import escape

import numpy as np

from experiments.bill import ENERGIES
from experiments.figure_style import COLOURS, Figure, from_zero, layout, plain, titled
from experiments.panel import Panel, assembled, lines
from experiments.summary import Results, Setting

_NAMES = dict(zip(ENERGIES, ("pulses in the cells", "wires", "reads in the cells", "DAC", "ADC", "digital work"), strict=True))
_USED = {"endurance_used_largest": "busiest cell", "endurance_used_mean": "mean cell"}


def bill_panel(results: Results) -> Panel | None:
    """Energy by its parts after the last epoch, one bar per line, and the endurance used; None where the file does not say."""
    plots = []
    if results.has("energy_total"):
        plots.append(("Energy of learning [J]", lambda held: _energies(results, held)))
    if any(results.has(name) for name in _USED):
        plots.append(("Share of the rated endurance", lambda held: _endurance(results, held)))
    if not plots:
        return None
    total = results.long_name("energy_total") if results.has("energy_total") else ""
    parts = ", ".join(_NAMES.values())
    words = [f"Energy: {total}; from left to right {parts}."] if total else []
    words += ["Endurance: writes of the busiest (filled) and of the mean cell (open) over the cell's rating; at 1 it is used up."]
    return assembled(results, title="What learning cost", caption=" ".join(words), used=(), plots=plots, keyed=False)


def _rows(results: Results) -> tuple[list[str], Figure, int]:
    every = lines(results)
    names = [escape(line.label) or "all runs" for line in every]
    return names, {"type": "category", "autorange": "reversed", "showgrid": False}, 110 + 34 * len(every)


def _energies(results: Results, held: Setting) -> Figure:
    names, rows, height = _rows(results)
    data = []
    for colour, (variable, name) in zip(COLOURS, _NAMES.items(), strict=False):
        mean = results.last(variable).mean
        joules = [float(mean[{**line.setting, **held}]) for line in lines(results)]
        bar = {"type": "bar", "orientation": "h", "name": name, "y": names, "x": plain(joules), "marker": {"color": colour}}
        data.append({**bar, "hovertemplate": f"%{{y}}<br>{name}: <b>%{{x:.3s}}J</b><extra></extra>"})
    area = layout(titled("", exponentformat="SI extended", rangemode="tozero"), rows, height=height)
    return {"data": data, "layout": {**area, "barmode": "stack"}}


def _endurance(results: Results, held: Setting) -> Figure:
    names, rows, height = _rows(results)
    shares = {name: [float(results.last(name).mean[{**line.setting, **held}]) for line in lines(results)] for name in _USED}
    found = np.array([share for row in shares.values() for share in row])
    data = []
    for variable, open_marker in (("endurance_used_largest", ""), ("endurance_used_mean", "-open")):
        marker = {"size": 11, "color": COLOURS[0], "symbol": f"circle{open_marker}"}
        form = f"%{{y}}<br>{_USED[variable]}: <b>%{{x:.3g}}</b><extra></extra>"
        trace = {"type": "scatter", "mode": "markers", "x": plain(shares[variable]), "y": names, "marker": marker, "hovertemplate": form}
        data.append(trace)
    return {"data": data, "layout": layout(from_zero(found[np.isfinite(found)].tolist() or [0.0]), rows, height=height)}
