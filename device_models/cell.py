"""One memory device as numbers with their source."""

from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from aihwkit.simulator.configs.compounds import DigitalRankUpdateCell, UnitCell
from aihwkit.simulator.configs.devices import IdealDevice, PulsedDevice

if TYPE_CHECKING:
    from device_models.ageing import Ageing  # these have sources, which are defined here
    from device_models.switching.film import Film

Confidence = Literal["array", "single-device", "simulated", "assumed"]

Response: TypeAlias = PulsedDevice | UnitCell | DigitalRankUpdateCell | IdealDevice
"""An aihwkit device: the pulse response of a cell."""


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where a cell's numbers come from.

    Attributes:
        citation: author, venue, year, and which table or figure.
        doi: digital object identifier, or None where there is none.
        confidence: what was measured: an ``array``, a ``single-device``, something ``simulated``, or a number that is ``assumed``.
        note: what was converted, extrapolated or assumed.
    """

    citation: str
    doi: str | None = None
    confidence: Confidence
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One memory device: how its conductance answers a pulse, how it reads, what a write costs.

    The pulse response is an aihwkit device, the single source of truth for the mean step, its device-to-device spread (``*_dtod``)
    and its cycle-to-cycle spread (``dw_min_std``, ``write_noise_std``). Weights on the array are dimensionless; for cells converted
    from conductances w = 2 (G - g_min) / (g_max - g_min) - 1.

    aihwkit's devices are mutable, so a cell keeps its own copy of the response: changing the object it was made from does not change it.

    Attributes:
        name: the preset's name, or a name for the user's own device.
        response: an aihwkit device (``LinearStepDevice``, ``SoftBoundsDevice``, ...) or unit cell.
        source: where the numbers come from.
        levels: nominal number of pulses across the window [1], or None where it has none.
        g_min: lowest conductance [S].
        g_max: highest conductance [S].
        pulse_voltage_up: amplitude of a potentiating pulse, with its sign [V].
        pulse_voltage_down: amplitude of a depressing pulse, with its sign [V].
        pulse_width: duration of one pulse [s], or None where the two directions differ.
        pulse_energy_up: energy of one potentiating pulse in the cell, without wires [J].
        pulse_energy_down: energy of one depressing pulse in the cell, without wires [J].
        read_noise: standard deviation of one read of one cell, as a fraction of the conductance range [1].
        endurance: writes before breakdown [1].
        film: switching physics behind the response, or None.
        ageing: laws of retention, imprint, fatigue, breakdown and read disturb, each with a source of its own, or None.

    Raises:
        ValueError: a number that must be positive is not, g_min is not below g_max, or the response is no aihwkit device.
    """

    name: str
    response: Response
    source: Source
    levels: int | None = None
    g_min: float | None = None
    g_max: float | None = None
    pulse_voltage_up: float | None = None
    pulse_voltage_down: float | None = None
    pulse_width: float | None = None
    pulse_energy_up: float | None = None
    pulse_energy_down: float | None = None
    read_noise: float = 0.0
    endurance: float | None = None
    film: "Film | None" = None
    ageing: "Ageing | None" = None

    def __post_init__(self) -> None:
        if not isinstance(self.response, Response):
            raise ValueError(f"a response is an aihwkit device, not {self.response!r}")
        for field in ("levels", "g_max", "pulse_width", "pulse_energy_up", "pulse_energy_down", "endurance"):
            value = getattr(self, field)
            if value is not None and not value > 0:
                raise ValueError(f"{field} of the cell {self.name!r} must be positive, not {value}")
        if not self.read_noise >= 0:
            raise ValueError(f"read_noise of the cell {self.name!r} is a standard deviation, not {self.read_noise}")
        if self.g_min is not None and self.g_max is not None and not self.g_min < self.g_max:
            raise ValueError(f"g_min of the cell {self.name!r} must be below g_max, not {self.g_min} S and {self.g_max} S")
        object.__setattr__(self, "response", deepcopy(self.response))


def as_cell(device: Any) -> Cell:
    """A cell from whatever describes one: a cell, a preset's name, a cell file, or the user's own aihwkit device object.

    Raises:
        ValueError: the name is unknown (all known ones are listed), the file is not a cell, or the object is no aihwkit device.
        FileNotFoundError: there is no such file.
    """
    from device_models.cell_file import read_cell  # both are built from cells
    from device_models.presets import preset

    if isinstance(device, Cell):
        return device
    if isinstance(device, Path) or (isinstance(device, str) and device.endswith(".toml")):
        return read_cell(Path(device))
    if isinstance(device, str):
        return preset(device)
    if isinstance(device, Response):
        kind = type(device).__name__
        source = Source(citation=f"aihwkit {kind}, given by the user", confidence="assumed")
        return Cell(name=kind, response=device, source=source)
    raise ValueError(
        f"not a cell: {device!r}; accepted: a preset's name, a cell.toml, a device_models.Cell, an aihwkit device such as LinearStepDevice"
    )
