"""What is known of the presets: one line for each, or every number of one with its unit and source."""

import math
from collections.abc import Iterator
from dataclasses import fields

from aihwkit.simulator.configs.compounds import UnitCell
from aihwkit.simulator.configs.devices import PulsedDevice
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from device_models import as_cell, preset, preset_names
from device_models.ageing import Endurance, Fatigue, Imprint, LogTime, PowerLaw, ReadDisturb, StretchedExponential
from device_models.cell import Cell
from device_models.noise import parts
from device_models.steps import nominal_steps, symmetric_point

_NONE = "–"
_PREFIXES = {-24: "y", -21: "z", -18: "a", -15: "f", -12: "p", -9: "n", -6: "µ", -3: "m", 0: "", 3: "k", 6: "M", 9: "G"}

CELL_UNITS = {
    "levels": "1",
    "g_min": "S",
    "g_max": "S",
    "pulse_voltage_up": "V",
    "pulse_voltage_down": "V",
    "pulse_width": "s",
    "pulse_energy_up": "J",
    "pulse_energy_down": "J",
    "read_noise": "conductance range",
    "endurance": "writes",
}
"""Unit of every number of a cell."""

RESPONSE_UNITS = {
    **dict.fromkeys(("dw_min", "w_min", "w_max", "reset", "reset_std", "reset_dtod", "reference_mean", "reference_std"), "weight"),
    **dict.fromkeys(
        ("dw_min_std", "write_noise_std", "dw_min_dtod", "up_down", "up_down_dtod", "piecewise_up", "piecewise_down"), "dw_min"
    ),
    **dict.fromkeys(("reverse_offset", "corrupt_devices_range", "diffusion", "range_min", "range_max"), "weight"),
    **dict.fromkeys(("dw_min_std_add",), "weight"),
    "w_min_dtod": "w_min",
    "w_max_dtod": "w_max",
    "lifetime": "mini-batches",
    "lifetime_dtod": "lifetime",
    "diffusion_dtod": "diffusion",
    "refresh_every": "mini-batches",
    "p_max": "pulses",
}
"""Unit of the numbers of aihwkit's devices; those that are not listed are pure numbers."""


AGEING_UNITS = {
    (LogTime, "r"): "per decade",
    (LogTime, "t0"): "s",
    (LogTime, "longest"): "s",
    (StretchedExponential, "tau"): "s",
    (StretchedExponential, "m"): "1",
    (StretchedExponential, "longest"): "s",
    (PowerLaw, "nu"): "1",
    (PowerLaw, "t0"): "s",
    (PowerLaw, "longest"): "s",
    (Imprint, "k"): "V/m per decade",
    (Imprint, "t0"): "s",
    (Imprint, "longest"): "s",
    (Fatigue, "wake_up"): "window",
    (Fatigue, "n_wake_up"): "writes",
    (Fatigue, "loss"): "window per decade",
    (Fatigue, "n_fatigue"): "writes",
    (Fatigue, "most"): "writes",
    (Endurance, "eta"): "writes",
    (Endurance, "k"): "1",
    (ReadDisturb, "n_r"): "reads",
    (ReadDisturb, "beta"): "1",
    (ReadDisturb, "towards"): "weight",
    (ReadDisturb, "most"): "reads",
}
"""Unit of every number of the laws of ageing."""


def si(value: float, unit: str) -> str:
    """A number with an SI prefix and three significant digits: 1.788e-6 S is ``1.79 µS``."""
    if value == 0:
        return f"0 {unit}"
    exponent = min(max(3 * math.floor(math.log10(abs(float(f"{value:.3g}"))) / 3), min(_PREFIXES)), max(_PREFIXES))
    return f"{value / 10**exponent:.3g} {_PREFIXES[exponent]}{unit}"


def device_listing() -> RenderableType:
    """All presets, one row each, within 100 columns."""
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    table.add_column("preset", no_wrap=True)
    for heading in ("levels", "on/off", "c2c %", "write %", "d2d %"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("confidence", no_wrap=True)
    table.add_column("source", overflow="fold")
    for name in preset_names():
        table.add_row(*_row(preset(name)))
    return Group(table, Text(f"\n{_LEGEND}", style="dim"))


_LEGEND = """levels: pulses across the window. c2c: spread of one pulse, write: of what is read after it, both in
% of the range. d2d: spread of the step between devices, %. A dash: not given, or none.
Every number of one with its unit: analogdecor devices NAME"""


def _row(cell: Cell) -> tuple[str, ...]:
    ratio = f"{cell.g_max / cell.g_min:.3g}" if cell.g_min and cell.g_max else _NONE
    levels = _NONE if cell.levels is None else str(cell.levels)
    return cell.name, levels, ratio, *_spreads(cell), cell.source.confidence, cell.source.citation.partition(";")[0]


def _spreads(cell: Cell) -> tuple[str, str, str]:
    """c2c and write noise in % of the range, d2d in % of the step; of a unit cell's first device."""
    device = next((part for part in parts(cell.response) if isinstance(part, PulsedDevice)), None)
    if device is None:
        return _NONE, _NONE, _NONE
    percent = 100 * device.dw_min / (device.w_max - device.w_min)
    write = getattr(device, "write_noise_std", 0.0)  # a constant step has none
    return f"{percent * device.dw_min_std:.2g}", f"{percent * write:.2g}", f"{100 * device.dw_min_dtod:.2g}"


def device_sheet(name: str) -> RenderableType:
    """Every number of one preset or cell file with its unit, and where they come from.

    Raises:
        ValueError: there is no such preset; the message names the nearest and lists all.
    """
    cell = as_cell(name)
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    table.add_column("number", no_wrap=True)
    table.add_column("value", justify="right", overflow="fold")
    table.add_column("unit", no_wrap=True)
    for section in (_cell_rows(cell), _derived_rows(cell), _ageing_rows(cell), _response_rows(cell)):
        for row in section:
            table.add_row(*row)
        table.add_section()
    return Group(Text(cell.name, style="bold"), Text(""), table, Text(""), _source(cell))


def _cell_rows(cell: Cell) -> Iterator[tuple[str, str, str]]:
    for field, unit in CELL_UNITS.items():
        value = getattr(cell, field)
        if value is None:
            yield field, "not given", ""
        elif unit in ("S", "V", "s", "J"):
            number, _, scaled_unit = si(value, unit).partition(" ")
            yield field, number, scaled_unit
        else:
            yield field, f"{value:g}", unit


def _derived_rows(cell: Cell) -> Iterator[tuple[str, str, str]]:
    """What follows from the response: the steps at weight 0 and where they are equal."""
    up, down = nominal_steps(cell.response)
    yield "step up at weight 0", f"{up:.5g}", "weight"
    yield "step down at weight 0", f"{down:.5g}", "weight"
    if isinstance(cell.response, PulsedDevice):
        point = symmetric_point(cell.response)
        yield "symmetric point", "none" if point is None else f"{point + 0.0:.3f}", "" if point is None else "weight"


def _ageing_rows(cell: Cell) -> Iterator[tuple[str, str, str]]:
    """The numbers of every law of ageing, and how sure they are."""
    if cell.ageing is None:
        yield "ageing", "not given", ""
        return
    for name, law in cell.ageing.laws().items():
        yield f"ageing.{name}", type(law).__name__, law.source.confidence
        for field in fields(law):
            value = getattr(law, field.name)
            if isinstance(value, float):
                yield f"ageing.{name}.{field.name}", f"{value:g}", AGEING_UNITS[type(law), field.name]
    if cell.ageing.imprint is not None:
        yield "ageing.sensitivity", f"{cell.ageing.sensitivity:g}", "m/V"


def _response_rows(cell: Cell) -> Iterator[tuple[str, str, str]]:
    """The numbers and switches of the response; in a unit cell also those of its devices, by position."""
    yield "response", type(cell.response).__name__, "aihwkit"
    yield from _fields("response", cell.response)
    if isinstance(cell.response, UnitCell):
        for i, device in enumerate(cell.response.unit_cell_devices):
            yield from _fields(f"response.unit_cell_devices.{i}", device)


def _fields(path: str, device: object) -> Iterator[tuple[str, str, str]]:
    for field in fields(device):  # type: ignore[arg-type]
        value = getattr(device, field.name)
        if isinstance(value, bool):
            yield f"{path}.{field.name}", str(value).lower(), ""
        elif isinstance(value, int | float):
            yield f"{path}.{field.name}", f"{value:.6g}", RESPONSE_UNITS.get(field.name, "1")


def _source(cell: Cell) -> Text:
    source = cell.source
    where = source.citation if source.doi is None else f"{source.citation}\nhttps://doi.org/{source.doi}"
    rest = "Numbers of the response that the source does not give are 0 or aihwkit's defaults (reset_std, corrupt_devices_range, ...)."
    note = f"\n{source.note}" if source.note else ""
    ageing = "".join(f"\nAgeing, {name}: {law.source.citation}" for name, law in (cell.ageing.laws() if cell.ageing else {}).items())
    return Text(f"Source: {where}\nConfidence: {source.confidence}{note}\n{rest}{ageing}")
