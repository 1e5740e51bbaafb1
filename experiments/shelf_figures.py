"""The figures of a report about chips after training: time on the shelf, further learning, further write cycles."""

from collections.abc import Sequence
from html import escape

import numpy as np

from experiments.ageing_curves import TIMES
from experiments.figure_style import Figure, at_values, band, layout, plain, share_range, titled
from experiments.panel import Panel, Picture, assembled, lines
from experiments.summary import Results, Setting


def shelf_panels(results: Results) -> list[Panel]:
    """Those that the file has numbers for."""
    made = []
    if results.has("shelf_accuracy"):
        made.append(
            _panel(
                results,
                "Test accuracy against time on the shelf",
                "After training, without learning. Retention and imprint act.",
                (("", "shelf_accuracy"),),
                "time since the end of training",
            )
        )
    if results.has("healing_accuracy"):
        made.append(
            _panel(
                results,
                "Learning on after the shelf",
                f"Left: {results.long_name('healing_accuracy')}. Right: {results.long_name('unaged_accuracy')}.",
                (("after the shelf", "healing_accuracy"), ("at once", "unaged_accuracy")),
                "further epochs",
            )
        )
    if results.has("wear_accuracy"):
        made.append(
            _panel(
                results,
                "Further write cycles",
                "Every cell goes through so many cycles after training and ends where it began; then the chip is tested, without learning.",
                (("Test accuracy", "wear_accuracy"), ("Share of broken cells", "wear_broken")),
                "write cycles",
            )
        )
    return made


def _panel(results: Results, title: str, caption: str, plots: Sequence[tuple[str, str]], x: str) -> Panel:
    averaged = " Line: mean over the seeds; band: one standard deviation." if results.repeated else ""
    names = [variable for _, variable in plots]
    return assembled(
        results,
        title=title,
        caption=caption + averaged,
        used=(),
        plots=tuple((heading, _view(results, variable, names, x)) for heading, variable in plots),
    )


def _view(results: Results, variable: str, together: Sequence[str], x: str) -> Picture:
    """Draws a variable over its own dimension; all of the panel share one range."""
    dim = str(results.ds[variable].dims[-1])
    at, spread = results.ds[dim].values.astype(float), results.spread(variable, dim)
    ends = [results.spread(name, str(results.ds[name].dims[-1])) for name in together]
    low = np.concatenate([(one.mean - one.sd.fillna(0)).values.ravel() for one in ends])
    high = np.concatenate([(one.mean + one.sd.fillna(0)).values.ravel() for one in ends])
    area = layout(titled(x, **_ticks(dim, at)), titled("", tickformat=".0%", range=share_range(low, high)), height=360)

    def view(held: Setting) -> Figure:
        bands, curves = [], []
        for index, line in enumerate(lines(results)):
            mean, sd = (part[{**line.setting, **held}].values for part in (spread.mean, spread.sd))
            bands.append({**band(at.tolist(), mean - sd, mean + sd, line.pen.wash), "meta": index})
            curves.append(
                {
                    "type": "scatter",
                    "mode": "lines+markers",
                    "name": escape(line.label),
                    "x": plain(at),
                    "y": plain(mean),
                    "hovertemplate": f"{escape(line.label)}<br>%{{x:.3s}}: <b>%{{y:.1%}}</b><extra></extra>",
                    "line": {"color": line.pen.colour, "dash": line.pen.dash, "width": 2},
                    "marker": {"size": 8, "color": line.pen.colour, "symbol": line.pen.symbol},
                    "meta": index,
                }
            )
        return {"data": [*bands, *curves], "layout": area}

    return view


def _ticks(dim: str, at: np.ndarray) -> Figure:
    if dim != "shelf_time":
        return at_values(at.tolist())
    shown = {second: text for second, text in TIMES.items() if 0.99 * at.min() <= second <= 1.01 * at.max()}
    return {"type": "log", "tickmode": "array", "tickvals": list(shown), "ticktext": list(shown.values())}
