"""The device of a results file as simulated measurements: its pulse response with the spread that the spec gives it."""

import json
from typing import Any

import numpy as np
import torch

from device_models.ageing import Ageing
from device_models.cell import Cell
from device_models.pulse_response import pulse_response
from device_models.steps import nominal_steps
from device_models.switching.response import film_response
from experiments.ageing import AgeingLaws, ageing_of
from experiments.cells import cell_of
from experiments.figure_style import COLOURS, Figure, band, layout, plain, titled
from experiments.panel import Panel, Plot
from experiments.physics_figure import physics_figures
from experiments.sections import Device
from experiments.summary import Axis, Results, Setting, settings

TITLE = "The device"
DEVICES = 200
_BEHIND = "Retention: median and middle 68 % of devices written to five levels. "
MOST_PULSES = 400
"""Up; as many again go down. Cells with finer steps are shown over a part of their range."""


def device_panel(results: Results) -> Panel:
    """The pulse response of the device, one view per swept value of [device]; without a plot, and with the reason, where there is none."""
    axes = tuple(axis for axis in results.factors if _field(axis) in Device.model_fields)
    try:
        cells = [_cell(results.spec["device"], axes, setting) for setting in settings(axes)]
        views = tuple(_response(cell) for cell in cells)
        behind = [physics_figures(cell, _ageing(results, cell)) for cell in cells]
    except ValueError as error:  # a file may name a preset that this version does not have
        return Panel(title=TITLE, caption=f"No pulse response can be shown: {error}.", plots=())
    return Panel(
        title=TITLE,
        caption=f"Weight of {DEVICES} simulated devices against pulse number: potentiation, then depression, from the lowest weight. "
        f"Line: mean; bands: the middle 68 % and 95 % of the devices; grey: three of them. "
        f"{_BEHIND if 'Retention' in dict(behind[0]) else ''}{_source(results)}",
        plots=(Plot("Pulse response" if behind[0] else "", views), *_behind(behind)),
        choices=axes,
        chosen=tuple(results.base(axis) for axis in axes),
    )


def _behind(figures: list[list[tuple[str, Figure]]]) -> list[Plot]:
    """One plot per heading that every cell has; a cell may lack what another one has only where their presets differ."""
    shared = [heading for heading, _ in figures[0] if all(heading in dict(one) for one in figures)]
    return [Plot(heading, tuple(dict(one)[heading] for one in figures)) for heading in shared]


def _ageing(results: Results, cell: Cell) -> Ageing | None:
    """The laws that the spec gives the cell."""
    return ageing_of(AgeingLaws.model_validate_json(json.dumps(results.spec.get("ageing", {}))), cell)


def _source(results: Results) -> str:
    names = ("preset", "preset_citation", "preset_confidence")
    preset, citation, confidence = (results.ds.attrs.get(name, "unknown") for name in names)
    return f"Cell: {preset}; source: {citation} ({confidence})."


def _field(axis: Axis) -> str:
    return axis.name.removeprefix("device_") if axis.name.startswith("device_") else ""


def _cell(section: dict[str, Any], axes: tuple[Axis, ...], setting: Setting) -> Cell:
    chosen = {_field(axis): axis.values[setting[axis.name]] for axis in axes}
    return cell_of(Device.model_validate_json(json.dumps({**section, **chosen})))


def _response(cell: Cell) -> Figure:
    area = layout(titled("pulse number"), titled("weight"), height=360)
    up = _pulses(cell)
    if up == 0:
        note = {"text": "an ideal device: it takes any change, not pulses", "xref": "paper", "yref": "paper", "x": 0.5, "y": 0.5}
        return {"data": [], "layout": {**area, "annotations": [{**note, "showarrow": False}]}}
    if cell.film is not None:
        return {"data": _traces(film_response(cell.film, devices=DEVICES, generator=torch.Generator().manual_seed(0))), "layout": area}
    return {"data": _traces(pulse_response(cell, up=up, down=up, devices=DEVICES, seed=0)), "layout": area}


def _pulses(cell: Cell) -> int:
    """Enough pulses to cross the window: the published number, or the range -1 to 1 at the size of a step in the middle; 0 if ideal."""
    step = min(nominal_steps(cell.response))
    return min(MOST_PULSES, cell.levels or int(np.ceil(2 / step))) if step > 0 else 0


def _traces(weights: np.ndarray) -> list[Figure]:
    numbers = list(range(len(weights)))
    parts = np.quantile(weights, (0.025, 0.16, 0.84, 0.975), axis=1)
    single = {"type": "scatter", "mode": "lines", "line": {"color": "#9aa0a6", "width": 1}, "hoverinfo": "skip"}
    mean = {
        "type": "scatter",
        "mode": "lines",
        "x": numbers,
        "y": plain(weights.mean(axis=1)),
        "line": {"color": COLOURS[0], "width": 2.5},
        "hovertemplate": "pulse %{x}<br>mean weight <b>%{y:.3f}</b><extra></extra>",
    }
    bands = [band(numbers, parts[0], parts[3], "rgba(0,114,178,0.12)"), band(numbers, parts[1], parts[2], "rgba(0,114,178,0.18)")]
    return [*bands, *({**single, "x": numbers, "y": plain(weights[:, i])} for i in range(3)), mean]
