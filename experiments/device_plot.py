"""The picture of one cell: how simulated devices answer pulses, and how large a step is at every weight."""

import textwrap
from pathlib import Path

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter
from numpy.typing import ArrayLike, NDArray

from device_models.cell import Cell
from device_models.pulse_response import pulse_response
from device_models.steps import bounds, mean_step, symmetric_point
from device_models.switching.response import film_response
from experiments.figure_style import COLOURS, GRID, INK
from experiments.outputs import check_picture
from experiments.physics_plot import physics

UP, DOWN = COLOURS[0], COLOURS[1]
_GREY = "#6a737d"
_FEWEST, _UNKNOWN = 16, 100  # pulses each way of a cell with fewer levels, and of one that states none
_POINTS = 1500  # of a drawn line
_PHYSICS = 3.6  # inches of the row of pictures below
_GRID = {"left": 0.075, "right": 0.985}

Floats = NDArray[np.float64]


def plot_cell(cell: Cell, path: str | Path, *, pulses: int | None = None, devices: int = 400, seed: int = 0) -> Path:
    """Draw a cell into a file: potentiation and depression with their spread, step size against weight, and the source; below, what is
    known of its switching and its ageing.

    Every curve at the upper left is measured on an aihwkit tile, one pulse at a time (``pulse_response``), or on cells of domains where
    the cell has a film (``film_response``). At the right are the mean steps of the device's law; for a unit cell, which has none, the mean
    steps measured on the left.

    Args:
        cell: any cell with pulses.
        path: the file; its suffix, one of .png, .pdf, .svg, decides the format.
        pulses: number of pulses in each direction; as a rule the cell's number of levels.
        devices: simulated devices behind the mean and the bands.
        seed: which devices are drawn.

    Returns:
        The path of the file.

    Raises:
        ValueError: the suffix is none of the three (the message lists them), or the cell has no pulses.
    """
    path = Path(path)
    check_picture(path)
    count = pulses if pulses is not None else max(cell.levels or _UNKNOWN, _FEWEST)
    if cell.film is not None and pulses is None:
        count = cell.film.scheme.up.count
        w_ND = film_response(cell.film, devices=devices, generator=torch.Generator().manual_seed(seed))
    else:
        w_ND = pulse_response(cell, up=count, down=count, devices=devices, seed=seed)
    figure = _drawn(cell, w_ND, count)
    figure.savefig(path, dpi=160)
    return path


def _drawn(cell: Cell, w_ND: Floats, count: int) -> Figure:
    caption = _caption(cell)
    below = 1.05 + 0.158 * (caption.count("\n") + 1)  # inches: ticks, axis label, legend, caption
    more = physics(cell)
    height = below + 4.2 + (_PHYSICS if more else 0.0)
    figure = Figure(figsize=(11.0, height), facecolor="white")
    upper = (below + (_PHYSICS if more else 0.0)) / height
    left, right = figure.subplots(1, 2, gridspec_kw=dict(_GRID, width_ratios=(1.7, 1.0), top=1 - 0.85 / height, bottom=upper, wspace=0.42))
    if more:
        lower = dict(_GRID, top=(below + 2.85 - 0.4) / height, bottom=(below - 0.4) / height, wspace=0.38)
        row = figure.subplots(1, len(more), squeeze=False, gridspec_kw=lower)[0]
        for axes, (title, draw) in zip(row, more, strict=True):
            draw(axes)
            axes.text(0.5, 1.02, title, transform=axes.transAxes, ha="center", va="bottom", fontsize=9.5, color=_GREY)
            _quiet(axes)
    figure.text(0.075, 1 - 0.3 / height, cell.name, fontsize=14, fontweight="bold", color=INK, va="center")
    figure.text(0.075, 0.12 / height, caption, fontsize=8.2, color=_GREY, va="bottom", linespacing=1.35)
    _draw_response(left, cell, w_ND, count)
    _draw_steps(right, cell, w_ND, count)
    return figure


def _draw_response(axes: Axes, cell: Cell, w_ND: Floats, count: int) -> None:
    """Mean and bands of the devices against pulse number, and three of them."""
    keep = np.unique(np.linspace(0, 2 * count, min(2 * count + 1, _POINTS)).astype(int))
    low95, low68, high68, high95 = np.percentile(w_ND[keep], [2.5, 16, 84, 97.5], axis=1)
    axes.axvspan(count, 2 * count, color="#f4f5f6", lw=0)
    axes.fill_between(keep, low95, high95, color=UP, alpha=0.15, lw=0, label="95 % of the devices")
    axes.fill_between(keep, low68, high68, color=UP, alpha=0.30, lw=0, label="68 %")
    axes.plot(keep, w_ND[keep, 1:3], color=_GREY, lw=0.6, alpha=0.6)
    axes.plot(keep, w_ND[keep, 0], color=_GREY, lw=0.6, alpha=0.6, label="three of them")
    axes.plot(keep, w_ND[keep].mean(axis=1), color=UP, lw=2.0, label=f"mean of {w_ND.shape[1]}")
    axes.set_xlim(0, 2 * count)
    axes.set_xlabel("pulse number")
    axes.set_ylabel("weight")
    for x, text in ((0.25, "potentiation"), (0.75, "depression")):
        axes.text(x, 1.02, text, transform=axes.transAxes, ha="center", va="bottom", fontsize=9.5, color=_GREY)
    _legend(axes, 4)
    _quiet(axes)
    if cell.g_min is not None and cell.g_max is not None:
        _add_conductance(axes, cell.g_min, cell.g_max)


def _add_conductance(axes: Axes, g_min: float, g_max: float) -> None:
    """A second axis: G = g_min + (w + 1) (g_max - g_min) / 2."""
    half = (g_max - g_min) / 2

    def conductance(w: ArrayLike) -> ArrayLike:
        return g_min + (np.asarray(w) + 1) * half

    def weight(g: ArrayLike) -> ArrayLike:
        return (np.asarray(g) - g_min) / half - 1

    second = axes.secondary_yaxis("right", functions=(conductance, weight))
    second.yaxis.set_major_formatter(EngFormatter(unit="S"))
    second.set_ylabel("conductance", color=INK, fontsize=10)
    second.tick_params(colors=INK, labelsize=9)
    second.spines["right"].set_color("#9aa0a6")


def _draw_steps(axes: Axes, cell: Cell, w_ND: Floats, count: int) -> None:
    """Size of one pulse's mean change against the weight, in both directions."""
    (w_up, up), (w_down, down), law = _steps(cell, w_ND, count)
    axes.plot(w_up, up, color=UP, lw=2.0, label="up")
    axes.plot(w_down, down, color=DOWN, lw=2.0, ls=(0, (5, 2)), label="down")
    point = symmetric_point(cell.response) if law else None
    if point is not None:
        axes.axvline(point, color=_GREY, lw=0.9, ls=":", label=f"equal at w = {point + 0.0:.3f}")
    axes.set_ylim(bottom=0)
    axes.set_xlabel("weight")
    axes.set_ylabel("size of one mean step")
    axes.text(
        0.5, 1.02, "step" if law else "step, as measured", transform=axes.transAxes, ha="center", va="bottom", fontsize=9.5, color=_GREY
    )
    _legend(axes, 3)
    _quiet(axes)


def _steps(cell: Cell, w_ND: Floats, count: int) -> tuple[tuple[Floats, Floats], tuple[Floats, Floats], bool]:
    """(weights, sizes) up and down, and whether they are the device's law."""
    try:
        w = np.linspace(*bounds(cell.response), 201)
    except ValueError:  # a unit cell's step depends on more than its weight
        w_up, up = _binned(w_ND[:count], np.diff(w_ND[: count + 1], axis=0))
        w_down, down = _binned(w_ND[count:-1], np.diff(w_ND[count:], axis=0))
        return (w_up, up), (w_down, -down), False
    return (w, mean_step(cell.response, w, +1)), (w, -mean_step(cell.response, w, -1)), True


def _binned(w: Floats, change: Floats) -> tuple[Floats, Floats]:
    """Mean weight and mean change of all pulses in each of 25 equally filled bins of the weight."""
    order = np.argsort(w, axis=None)
    bins = np.array_split(order, 25)
    return np.array([w.ravel()[i].mean() for i in bins]), np.array([change.ravel()[i].mean() for i in bins])


def _legend(axes: Axes, columns: int) -> None:
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.13), ncols=columns, fontsize=8.5, frameon=False, columnspacing=1.4)


def _quiet(axes: Axes) -> None:
    axes.grid(color=GRID, lw=0.7)
    axes.set_axisbelow(True)
    axes.tick_params(colors=INK, labelsize=9)
    for name, spine in axes.spines.items():
        spine.set_visible(name in ("left", "bottom"))
        spine.set_color("#9aa0a6")


def _caption(cell: Cell) -> str:
    source = cell.source
    where = f"{source.citation}, doi:{source.doi}" if source.doi else source.citation
    text = f"Source: {where}. Confidence: {source.confidence}. {source.note}"
    return "\n".join(textwrap.wrap(text, 162, break_on_hyphens=False))
