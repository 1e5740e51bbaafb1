"""What lies behind a cell's step, in a report: what one pulse switches, what time leaves, what write cycles leave."""

import numpy as np

from device_models.ageing import Ageing
from device_models.cell import Cell
from device_models.switching.film import Film
from device_models.switching.pulses import PulseTrain
from device_models.switching.response import switching_map
from experiments.ageing_curves import LEVELS, TIMES, Fan, Wear, retention_fan, wear
from experiments.figure_style import COLOURS, Figure, band, layout, plain, titled

_MV_PER_CM = 1e8
_HEIGHT = 340


def physics_figures(cell: Cell, ageing: Ageing | None) -> list[tuple[str, Figure]]:
    """A heading and a figure for everything that is known of a cell beside its step.

    Args:
        cell: with its film, if it has one.
        ageing: the laws that it aged by, or None.
    """
    drawn = [("Switched by one pulse", _map(cell.film))] if cell.film is not None else []
    fan, worn = (retention_fan(ageing), wear(ageing)) if ageing is not None else (None, None)
    drawn += [("Retention", _fan(fan))] if fan is not None else []
    return drawn + ([("Wear", _wear(worn))] if worn is not None else [])


def _map(film: Film) -> Figure:
    fields, widths = np.linspace(0.5, 3.0, 51) * _MV_PER_CM, np.geomspace(1e-9, 1e-3, 37)
    share = switching_map(film.model, fields, widths)
    heat = {
        "type": "heatmap",
        "x": plain(fields / _MV_PER_CM),
        "y": plain(widths),
        "z": [plain(row) for row in share],
        "colorscale": "Cividis",
        "zmin": 0,
        "zmax": 1,
        "colorbar": {"tickformat": ".0%", "thickness": 10, "outlinewidth": 0},
        "hovertemplate": "%{x:.2f} MV/cm<br>%{y:.3s}s<br><b>%{z:.1%}</b> switched<extra></extra>",
    }
    pulses = [
        {
            "type": "scatter",
            "mode": "markers",
            "x": plain(train.fields() / _MV_PER_CM),
            "y": plain(train.widths()),
            "marker": {"size": 7, "symbol": f"{symbol}-open", "color": "white"},
            "hovertemplate": f"pulses {way}<br>%{{x:.2f}} MV/cm<extra></extra>",
        }
        for way, train, symbol in _trains(film)
    ]
    y = titled("pulse width [s]", type="log", exponentformat="SI extended")
    return {"data": [heat, *pulses], "layout": layout(titled("field [MV/cm]"), y, height=_HEIGHT)}


def _trains(film: Film) -> list[tuple[str, PulseTrain, str]]:
    up, down = film.scheme.up, film.scheme.down
    return [("both ways", up, "circle")] if up == down else [("up", up, "triangle-up"), ("down", down, "triangle-down")]


def _fan(fan: Fan) -> Figure:
    data: list[Figure] = []
    for colour, level, w_TD in zip(COLOURS, LEVELS, fan.w_LTD, strict=False):
        low, middle, high = np.percentile(w_TD, [16, 50, 84], axis=1)
        red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
        form = f"written {level:g}<br>%{{x:.3s}}s: median <b>%{{y:.3f}}</b><extra></extra>"
        curve = {"type": "scatter", "mode": "lines", "x": plain(fan.seconds_T), "y": plain(middle), "hovertemplate": form}
        data.append(band(fan.seconds_T.tolist(), low, high, f"rgba({red},{green},{blue},0.2)"))
        data.append({**curve, "line": {"color": colour, "width": 2}})
    shown = {at: text for at, text in TIMES.items() if at <= 1.01 * fan.seconds_T[-1]}
    x = titled("time since the write", type="log", tickmode="array", tickvals=list(shown), ticktext=list(shown.values()))
    return {"data": data, "layout": layout(x, titled("weight"), height=_HEIGHT)}


def _wear(worn: Wear) -> Figure:
    rows = (("window, of the woken cell's", worn.window_N, "solid"), ("cells that have not broken", worn.alive_N, "dash"))
    data = []
    for colour, (name, share_N, dash) in zip(COLOURS, rows, strict=False):
        if share_N is not None:
            form = f"{name}<br>%{{x:.3s}} cycles: <b>%{{y:.1%}}</b><extra></extra>"
            trace = {"type": "scatter", "mode": "lines", "name": name, "x": plain(worn.cycles_N), "y": plain(share_N)}
            data.append({**trace, "line": {"color": colour, "dash": dash, "width": 2.5}, "hovertemplate": form})
    legend = {"x": 0.02, "y": 0.05, "xanchor": "left", "yanchor": "bottom"}
    x = titled("write cycles", type="log", exponentformat="power", dtick=1)
    area = layout(x, titled("share", tickformat=".0%", range=[0, 1.08]), height=_HEIGHT)
    return {"data": data, "layout": {**area, "showlegend": True, "legend": legend}}
