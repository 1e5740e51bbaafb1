"""Draws one figure of a panel, written for plotly, with matplotlib: what the page shows and the paper shows are the same numbers.

Only what our own figures use is known; anything else is an error, so that no figure loses a part on its way to paper.
"""

from html import unescape
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import EngFormatter, FixedLocator, MaxNLocator, NullLocator, PercentFormatter

from experiments.figure_style import GRID, INK, Figure
from experiments.panel import Line

_DASHES: dict[str, Any] = {
    "solid": "-",
    "dash": (0, (4, 2)),
    "dot": (0, (1, 2)),
    "dashdot": (0, (4, 2, 1, 2)),
    "longdash": (0, (7, 3)),
    "longdashdot": (0, (7, 2, 1, 2)),
}
_MARKERS = {"circle": "o", "square": "s", "diamond": "D", "triangle-up": "^", "cross": "P", "x": "X", "star": "*"}


def key(line: Line) -> Line2D:
    """A line's entry in the legend."""
    pen = line.pen
    return Line2D([], [], color=pen.colour, linestyle=_DASHES[pen.dash], marker=_MARKERS[pen.symbol], markersize=4, label=line.label)


def draw(axes: Axes, figure: Figure) -> None:
    """Draw a figure of ``data`` and ``layout``.

    Raises:
        KeyError: it has a kind of trace, a dash or a marker that no figure of ours has.
    """
    _quiet(axes)
    for trace in figure["data"]:
        _KINDS[trace["type"]](axes, trace)
    for note in figure["layout"].get("annotations", ()):
        axes.text(note["x"], note["y"], unescape(note["text"]), transform=axes.transAxes, ha="center", va="center")
    if all(type(value) is int for trace in figure["data"] for value in trace["x"]):
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    _side(axes, "x", figure["layout"]["xaxis"])
    _side(axes, "y", figure["layout"]["yaxis"])


def _scatter(axes: Axes, trace: Figure) -> None:
    x, y = _values(trace["x"]), _values(trace["y"])
    if trace.get("fill") == "toself":
        axes.fill(x, y, color=_rgba(trace["fillcolor"]), linewidth=0)
        return
    line, marker = trace.get("line", {}), trace.get("marker", {})
    colour = line.get("color", marker.get("color"))
    if "lines" in trace["mode"]:
        axes.plot(x, y, color=colour, linestyle=_DASHES[line.get("dash", "solid")], linewidth=0.65 * line["width"])
    if "markers" in trace["mode"]:
        _markers(axes, x, y, colour, marker["symbol"])


def _markers(axes: Axes, x: Any, y: Any, colour: str, symbols: str | list[str]) -> None:
    every = [symbols] * len(x) if isinstance(symbols, str) else symbols
    for symbol in sorted(set(every)):
        here = [n for n, each in enumerate(every) if each == symbol]
        face = "white" if symbol.endswith("-open") else colour
        shape = _MARKERS[symbol.removesuffix("-open")]
        axes.plot([x[n] for n in here], [y[n] for n in here], linestyle="", marker=shape, markersize=4, color=colour, markerfacecolor=face)


def _heat_map(axes: Axes, trace: Figure) -> None:
    z = np.array(trace["z"], dtype=float)
    picture = axes.imshow(z, aspect="auto", origin="lower", cmap="cividis", vmin=trace["zmin"], vmax=trace["zmax"])
    middle = (trace["zmin"] + trace["zmax"]) / 2
    for (row, column), value in np.ndenumerate(z):
        colour = "white" if value < middle else "black"
        axes.text(column, row, trace["text"][row][column], ha="center", va="center", color=colour, fontsize=6)
    axes.set_xticks(range(len(trace["x"])), trace["x"])
    axes.set_yticks(range(len(trace["y"])), trace["y"])
    axes.grid(visible=False)
    assert axes.figure is not None
    axes.figure.colorbar(picture, ax=axes, format=PercentFormatter(1, decimals=0), fraction=0.05, pad=0.02).outline.set_visible(False)


_KINDS = {"scatter": _scatter, "heatmap": _heat_map}


def _values(values: list[Any]) -> list[Any]:
    """Words as they are; None, which JSON has for nan, as nan."""
    return [unescape(value) if isinstance(value, str) else np.nan if value is None else value for value in values]


def _rgba(text: str) -> tuple[float, float, float, float]:
    red, green, blue, alpha = (float(part) for part in text.removeprefix("rgba(").removesuffix(")").split(","))
    return red / 255, green / 255, blue / 255, alpha


def _side(axes: Axes, name: str, settings: Figure) -> None:
    axis = axes.xaxis if name == "x" else axes.yaxis
    if settings.get("type") == "log":
        axes.set(**{f"{name}scale": "log"})
    if "tickvals" in settings:
        axis.set_major_locator(FixedLocator(settings["tickvals"]))
        axis.set_minor_locator(NullLocator())
        axis.set_ticklabels(settings["ticktext"])
    if settings.get("tickformat") == ".0%":
        axis.set_major_formatter(PercentFormatter(1, decimals=0))
    elif settings.get("exponentformat") == "SI extended":
        axis.set_major_formatter(EngFormatter())
    if "range" in settings:
        axes.set(**{f"{name}lim": settings["range"]})
    elif settings.get("rangemode") == "tozero":
        axes.set(**{f"{name}lim": (0, None)})
    if settings.get("autorange") == "reversed":
        axes.set(**{f"{name}lim": axis.get_view_interval()[::-1]})
    if not settings.get("showgrid", True):
        axis.grid(visible=False)
    axis.set_label_text(unescape(settings.get("title", {}).get("text", "")))


def _quiet(axes: Axes) -> None:
    axes.grid(color=GRID, linewidth=0.5)
    axes.set_axisbelow(True)
    axes.tick_params(colors=INK, width=0.6)
    for side, spine in axes.spines.items():
        spine.set_visible(side in ("left", "bottom"))
        spine.set_color("#9aa0a6")
