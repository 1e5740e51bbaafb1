"""The figures of a report, each from the results alone."""

from collections.abc import Callable, Iterable
from html import escape
from itertools import combinations

import numpy as np
import xarray as xr

from experiments.bill_figure import bill_panel
from experiments.figure_style import Figure, at_values, band, from_zero, layout, plain, share_range, titled
from experiments.panel import Line, Panel, Plot, assembled, legend, lines
from experiments.shelf_figures import shelf_panels
from experiments.summary import Axis, Results, Setting
from experiments.table import accuracy_text

MEAN = "Mean over the seeds."


def panels(results: Results) -> list[Panel]:
    """Every figure that the file has numbers for."""
    if not results.has("test_accuracy"):
        return []
    numeric = [axis for axis in results.factors if axis.numeric and axis.varies]
    made: list[Panel | None] = [against(results, axis) for axis in numeric]
    made += [heat_maps(results, x, y) for x, y in combinations(numeric, 2)]
    made += [learning_curves(results), correlation(results), costs(results), bill_panel(results), *shelf_panels(results)]
    return [panel for panel in made if panel is not None]


def against(results: Results, axis: Axis) -> Panel:
    """Test accuracy after the last epoch against one numeric axis, with the spread over the seeds."""
    spread = results.last("test_accuracy")
    low, high = (spread.mean - spread.sd.fillna(0)).values, (spread.mean + spread.sd.fillna(0)).values
    area = layout(
        titled(escape(axis.label), **at_values(axis.values)),
        titled("test accuracy", tickformat=".0%", range=share_range(low, high)),
        height=420,
    )

    def view(held: Setting) -> Figure:
        return {"data": _bands_below(_curve(results, axis, i, line, held) for i, line in enumerate(lines(results))), "layout": area}

    return assembled(
        results,
        title=f"Test accuracy against {axis.label}",
        caption=f"After the last epoch. {_averaged(results)} An open marker means that some of its runs did not end well and are left out.",
        used=(axis,),
        plots=(("", view),),
    )


def _averaged(results: Results) -> str:
    return "Line: mean over the seeds; band: one standard deviation." if results.repeated else ""


def _curve(results: Results, axis: Axis, index: int, line: Line, held: Setting) -> tuple[Figure, Figure]:
    at = {**line.setting, **held}
    chosen = [c for c in results.conditions if at.items() <= c.setting.items()]  # in the order of the axis
    mean, sd = np.array([c.accuracy for c in chosen]), np.array([c.accuracy_sd for c in chosen])
    whole = [set(c.statuses) == {"ok"} for c in chosen]
    curve = {
        "type": "scatter",
        "mode": "lines+markers",
        "name": escape(line.label),
        "x": plain(axis.values),
        "y": plain(mean),
        "text": [f"{escape(results.words(c.setting))}<br><b>{accuracy_text(c)}</b>, {_ended(c.statuses)}" for c in chosen],
        "hovertemplate": "%{text}<extra></extra>",
        "line": {"color": line.pen.colour, "dash": line.pen.dash, "width": 2},
        "marker": {"size": 9, "color": line.pen.colour, "symbol": [line.pen.symbol + ("" if ok else "-open") for ok in whole]},
    }
    return {**band(axis.values, mean - sd, mean + sd, line.pen.wash), "meta": index}, {**curve, "meta": index}


def _bands_below(pairs: Iterable[tuple[Figure, Figure]]) -> list[Figure]:
    """Bands first, so that none covers a curve."""
    bands, curves = zip(*pairs, strict=True)
    return [*bands, *curves]


def _ended(statuses: dict[str, int]) -> str:
    return f"{statuses.get('ok', 0)} of {sum(statuses.values())} runs ok"


def heat_maps(results: Results, x: Axis, y: Axis) -> Panel:
    """Test accuracy after the last epoch over two numeric axes, one map per line."""
    mean = results.last("test_accuracy").mean
    limits = [float(mean.min()), float(mean.max())]

    def plot(line: Line) -> tuple[str, Callable[[Setting], Figure]]:
        return line.label, lambda held: _heat_map(mean[{**line.setting, **held}].transpose(y.name, x.name).values, x, y, limits)

    return assembled(
        results,
        title=f"Test accuracy over {x.label} and {y.label}",
        caption=f"Per cent after the last epoch. {MEAN if results.repeated else ''} An empty cell has no run that ended well.",
        used=(x, y),
        plots=tuple(plot(line) for line in lines(results)),
        keyed=False,
    )


def _heat_map(z: np.ndarray, x: Axis, y: Axis, limits: list[float]) -> Figure:
    names = [[axis.text(i) for i in range(len(axis.values))] for axis in (x, y)]
    trace = {
        "type": "heatmap",
        "x": names[0],
        "y": names[1],
        "z": [plain(row) for row in z],
        "text": [["" if np.isnan(v) else f"{100 * v:.0f}" for v in row] for row in z],
        "texttemplate": "%{text}",
        "hovertemplate": f"{escape(x.label)} %{{x}}<br>{escape(y.label)} %{{y}}<br><b>%{{z:.1%}}</b><extra></extra>",
        "colorscale": "Cividis",
        "zmin": limits[0],
        "zmax": limits[1],
        "xgap": 1,
        "ygap": 1,
        "colorbar": {"tickformat": ".0%", "thickness": 10, "outlinewidth": 0},
    }
    words = {"type": "category", "showgrid": False}
    return {"data": [trace], "layout": layout(titled(escape(x.label), **words), titled(escape(y.label), **words), height=320)}


def learning_curves(results: Results) -> Panel | None:
    """Accuracy and loss against the epoch."""
    present = [
        f"{part}_{what}" for part in ("test", "validation", "train") for what in ("accuracy", "loss") if results.has(f"{part}_{what}")
    ]
    if results.ds.sizes["epoch"] < 2:
        return None
    met = f" Training: {results.long_name('train_loss')}." if "train_loss" in present else ""
    return assembled(
        results,
        title="Learning curves",
        caption=f"Epoch 0 is before training. Only runs that ended well. {_averaged(results)}{met}",
        used=(),
        plots=tuple((results.title(v), _epochs(results, v)) for v in present),
    )


def _epochs(results: Results, variable: str) -> Callable[[Setting], Figure]:
    spread, epochs = results.spread(variable), results.ds["epoch"].values.tolist()
    share = variable.endswith("accuracy")
    low, high = spread.mean - spread.sd.fillna(0), spread.mean + spread.sd.fillna(0)
    y = {"tickformat": ".0%", "range": share_range(low.values, high.values)} if share else {"rangemode": "tozero"}
    ticks = {"dtick": 1} if len(epochs) <= 12 else {}
    area = layout(titled("epoch", **ticks), y, height=320)  # the heading names the variable
    form = "%{y:.1%}" if share else "%{y:.3g}"

    def view(held: Setting) -> Figure:
        pairs = []
        for index, line in enumerate(lines(results)):
            mean, sd = (part[{**line.setting, **held}].values for part in (spread.mean, spread.sd))
            curve = {
                "type": "scatter",
                "mode": "lines",
                "name": escape(line.label),
                "x": epochs,
                "y": plain(mean),
                "hovertemplate": f"{escape(line.label)}<br>epoch %{{x}}: <b>{form}</b><extra></extra>",
                "line": {"color": line.pen.colour, "dash": line.pen.dash, "width": 2},
            }
            pairs.append(({**band(epochs, mean - sd, mean + sd, line.pen.wash), "meta": index}, {**curve, "meta": index}))
        return {"data": _bands_below(pairs), "layout": area}

    return view


def correlation(results: Results) -> Panel | None:
    """What decorrelation does: its loss before and after training."""
    if not results.has("decorrelation_loss"):
        return None
    before = results.spread("decorrelation_loss").mean.isel(epoch=0).values
    after = results.last("decorrelation_loss").mean
    ends = xr.concat([after.copy(data=before), after], "end")
    every = lines(results)
    rows = {"type": "category", "autorange": "reversed", "showgrid": False}
    area = layout(from_zero(ends.values[np.isfinite(ends.values)]), rows, height=110 + 34 * len(every))

    def view(held: Setting) -> Figure:
        data = [_dumbbell(line, ends[{**line.setting, **held}].values) for line in every]
        return {"data": data, "layout": area}

    return assembled(
        results,
        title="Correlation before and after",
        caption="Open: before training; filled: after the last epoch. Further left is less correlated. "
        f"Shown is the {results.long_name('decorrelation_loss')}.",
        used=(),
        plots=((results.title("decorrelation_loss"), view),),
        keyed=False,
    )


def _dumbbell(line: Line, pair: np.ndarray) -> Figure:
    name = escape(line.label) or "all layers"
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "x": plain(pair),
        "y": [name, name],
        "text": ["before training", "after the last epoch"],
        "hovertemplate": "%{y}<br>%{text}: <b>%{x:.3g}</b><extra></extra>",
        "line": {"color": line.pen.colour, "width": 2},
        "marker": {"size": 11, "color": line.pen.colour, "symbol": [f"{line.pen.symbol}-open", line.pen.symbol]},
    }


COSTS = ("pulses_per_cell", "energy", "energy_total", "latency", "endurance_used_largest")


def costs(results: Results) -> Panel | None:
    """Accuracy against what it cost: pulses, energy, time and endurance, those that the file has numbers for."""
    plots = tuple(Plot(results.title(name), (_cost(results, name),)) for name in COSTS if results.has(name))
    if not plots or len(results.conditions) < 2:
        return None
    return Panel(
        title="Accuracy and cost",
        caption="Every marker is one condition after the last epoch. Up is better learning, left is cheaper.",
        plots=plots,
        lines=legend(results),
    )


def _cost(results: Results, name: str) -> Figure:
    mean, data, spent = results.last(name).mean, [], []
    for index, line in enumerate(lines(results)):
        pairs = [(c, float(mean[c.setting])) for c in results.conditions if line.setting.items() <= c.setting.items()]
        known = [(c, cost) for c, cost in pairs if cost >= 0]
        spent += [cost for _, cost in known]
        markers = {
            "type": "scatter",
            "mode": "markers",
            "x": plain(cost for _, cost in known),
            "y": plain(c.accuracy for c, _ in known),
            "text": [f"{escape(results.words(c.setting))}<br><b>{accuracy_text(c)}</b>" for c, _ in known],
            "hovertemplate": "%{text}<br>%{x:.3s}<extra></extra>",
            "marker": {"size": 10, "color": line.pen.colour, "symbol": line.pen.symbol},
        }
        data.append({**markers, "meta": index})
    accuracies = np.array([c.accuracy for c in results.conditions])
    x = {"exponentformat": "SI extended", **from_zero(spent)}  # the heading names it
    y = titled("test accuracy", tickformat=".0%", range=share_range(accuracies, accuracies))
    return {"data": data, "layout": layout(x, y, height=360)}
