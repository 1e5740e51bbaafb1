"""How figures look: colours that colour-blind readers tell apart, and beside every colour a dash and a marker that do the same in print."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Figure = dict[str, Any]
"""``data`` and ``layout`` as plotly.js takes them."""

# Okabe and Ito, "Color Universal Design", 2008; without its yellow, which is too faint on white
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "cross", "x", "star")
INK, GRID = "#1f2328", "#e6e8eb"
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"


@dataclass(frozen=True)
class Pen:
    """What sets one line apart from the others.

    Attributes:
        colour: a hexadecimal RGB colour.
        dash: a dash of plotly.
        symbol: a marker of plotly.
    """

    colour: str
    dash: str
    symbol: str

    @property
    def wash(self) -> str:
        """The colour as the filling of a band."""
        red, green, blue = (int(self.colour[i : i + 2], 16) for i in (1, 3, 5))
        return f"rgba({red},{green},{blue},0.15)"


def pen(number: int, colour: int, dash: int) -> Pen:
    """The pen of a line: a marker of its own, the n-th colour, the m-th dash; each begins again when it is used up."""
    return Pen(COLOURS[colour % len(COLOURS)], DASHES[dash % len(DASHES)], SYMBOLS[number % len(SYMBOLS)])


def plain(values: Iterable[Any]) -> list[Any]:
    """Numbers for JSON: five significant digits, None for what is not finite."""
    return [float(f"{v:.5g}") if math.isfinite(v) else None for v in (float(value) for value in values)]


def layout(x: Figure, y: Figure, *, height: int = 380) -> Figure:
    """A quiet plot area with two axes; the legend belongs to the page."""
    line = {"showgrid": True, "gridcolor": GRID, "zeroline": False, "linecolor": "#9aa0a6", "ticks": "outside", "tickcolor": "#9aa0a6"}
    return {
        "height": height,
        "autosize": True,
        "margin": {"l": 8, "r": 12, "t": 12, "b": 8},
        "paper_bgcolor": "white",
        "plot_bgcolor": "white",
        "font": {"family": FONT, "size": 13, "color": INK},
        "hovermode": "closest",
        "hoverlabel": {"font": {"family": FONT, "size": 13}, "align": "left"},
        "showlegend": False,
        "xaxis": {**line, "automargin": True, **x},
        "yaxis": {**line, "automargin": True, **y},
    }


def titled(text: str, **settings: Any) -> Figure:
    """An axis with a title, and further settings of plotly's axes."""
    return {"title": {"text": text, "standoff": 10}, **settings}


def at_values(values: Sequence[float]) -> Figure:
    """An axis with ticks at the values themselves, as long as they are few."""
    ticks = {"tickmode": "array", "tickvals": list(values), "ticktext": [f"{v:g}" for v in values]} if len(values) <= 9 else {}
    return {"type": "log" if wide(values) else "linear", **ticks}


def from_zero(values: Sequence[float]) -> Figure:
    """An axis that begins at zero, or is logarithmic where that would hide the small values."""
    return {"type": "log", "dtick": 1} if wide(values) else {"type": "linear", "rangemode": "tozero"}


def wide(values: Sequence[float]) -> bool:
    """Whether positive values span more than a factor of 30."""
    return min(values) > 0 and max(values) > 30 * min(values)


def share_range(low: np.ndarray, high: np.ndarray) -> list[float]:
    """A range of tenths that holds all shares between ``low`` and ``high``; 0 to 1 where there is none."""
    if not np.isfinite(low).any():
        return [0.0, 1.0]
    bottom, top = math.floor(10 * np.nanmin(low)) / 10, math.ceil(10 * np.nanmax(high)) / 10
    return [max(0.0, bottom), min(1.0, top) + 0.01]


def band(x: Sequence[float], low: np.ndarray, high: np.ndarray, fill: str) -> Figure:
    """The area between two curves, without what is not finite."""
    keep = np.isfinite(low) & np.isfinite(high)
    xs = np.asarray(x, dtype=float)[keep]
    return {
        "type": "scatter",
        "mode": "lines",
        "x": plain([*xs, *xs[::-1]]),
        "y": plain([*high[keep], *low[keep][::-1]]),
        "fill": "toself",
        "fillcolor": fill,
        "line": {"width": 0, "color": fill},
        "hoverinfo": "skip",
    }
