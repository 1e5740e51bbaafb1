"""What lies behind a cell's step, as pictures: what one pulse switches, what time leaves, what write cycles leave."""

from collections.abc import Callable

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import EngFormatter

from device_models.ageing import Ageing
from device_models.cell import Cell
from device_models.switching.film import Film
from device_models.switching.response import switching_map
from experiments.ageing_curves import LEVELS, TIMES, Fan, Wear, retention_fan, wear
from experiments.figure_style import COLOURS

_MV_PER_CM = 1e8

Draw = Callable[[Axes], None]


def physics(cell: Cell) -> list[tuple[str, Draw]]:
    """A title and what draws it, for everything that is known of a cell beside its step."""
    drawn: list[tuple[str, Draw]] = []
    film, ageing = cell.film, cell.ageing or Ageing()
    if film is not None:
        drawn.append(("switched by one pulse", lambda axes: _draw_map(axes, film)))
    fan, worn = retention_fan(ageing), wear(ageing)
    if fan is not None:
        drawn.append(("retention", lambda axes: _draw_fan(axes, fan, ageing)))
    if worn is not None:
        drawn.append(("wear", lambda axes: _draw_wear(axes, worn)))
    return drawn


def _draw_map(axes: Axes, film: Film) -> None:
    """Probability over field and width, with the film's own pulses."""
    fields, widths = np.linspace(0.5, 3.0, 61) * _MV_PER_CM, np.geomspace(1e-9, 1e-3, 49)
    share = switching_map(film.model, fields, widths)
    mesh = axes.pcolormesh(fields / _MV_PER_CM, widths, share, cmap="cividis", vmin=0, vmax=1, shading="gouraud", rasterized=True)
    lines = axes.contour(fields / _MV_PER_CM, widths, share, levels=(0.1, 0.5, 0.9), colors="white", linewidths=0.9)
    axes.clabel(lines, fmt=lambda level: f"{level:.0%}", fontsize=8)
    up, down = film.scheme.up, film.scheme.down
    for train, marker in ((up, "o"),) if up == down else ((up, "^"), (down, "v")):
        axes.plot(train.fields() / _MV_PER_CM, train.widths(), marker, ms=5, mfc="none", mec="white", mew=0.8, lw=0)
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter(EngFormatter(unit="s"))
    axes.set_xlabel("field [MV/cm]")
    axes.set_ylabel("pulse width")
    axes.figure.colorbar(mesh, ax=axes, format=lambda share, _: f"{share:.0%}", pad=0.02, fraction=0.06)


def _draw_fan(axes: Axes, fan: Fan, ageing: Ageing) -> None:
    """Median and the middle 68 % of the devices, from five levels."""
    for colour, level, w_TD in zip(_shades(len(LEVELS)), LEVELS, fan.w_LTD, strict=True):
        low, middle, high = np.percentile(w_TD, [16, 50, 84], axis=1)
        axes.fill_between(fan.seconds_T, low, high, color=colour, alpha=0.25, lw=0)
        axes.plot(fan.seconds_T, middle, color=colour, lw=1.8, label=f"{level:g}")
    axes.set_xscale("log")
    axes.set_xlim(fan.seconds_T[0], fan.seconds_T[-1])
    shown = {at: text for at, text in TIMES.items() if at <= 1.01 * fan.seconds_T[-1] and text != "1 month"}
    axes.set_xticks(list(shown), list(shown.values()))
    axes.set_xticks([], minor=True)
    axes.set_xlabel("time since the write" + ("" if ageing.d2d else " (no spread given)"))
    axes.set_ylabel("weight")


def _draw_wear(axes: Axes, worn: Wear) -> None:
    if worn.window_N is not None:
        axes.plot(worn.cycles_N, worn.window_N, color=COLOURS[0], lw=2.0, label="window, of the woken cell's")
    if worn.alive_N is not None:
        axes.plot(worn.cycles_N, worn.alive_N, color=COLOURS[1], lw=2.0, ls=(0, (5, 2)), label="cells that have not broken")
    axes.set_xscale("log")
    axes.set_ylim(0, 1.08)
    axes.yaxis.set_major_formatter(lambda share, _: f"{share:.0%}")
    axes.set_xlabel("write cycles")
    axes.set_ylabel("share")
    axes.legend(loc="lower left", fontsize=8.5, frameon=False)


def _shades(count: int) -> list[str]:
    """From the colour of one end to that of the other."""
    return ["#0072B2", "#56B4E9", "#6a737d", "#E69F00", "#D55E00"][:count]
