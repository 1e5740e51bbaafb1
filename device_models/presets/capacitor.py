"""A capacitor cell with leakage: aihwkit's fit."""

from aihwkit.simulator.presets.devices import CapacitorPresetDevice

from device_models.cell import Cell, Source

CELL = Cell(
    name="capacitor",
    response=CapacitorPresetDevice(),
    source=Source(
        citation="Y. Li et al., VLSI Technology 2018; aihwkit CapacitorPresetDevice",
        doi="10.1109/VLSIT.2018.8510648",
        confidence="single-device",
        note=(
            "LinearStepDevice fitted by aihwkit. The leak, lifetime 1e6, is counted in mini-batches, not in seconds. "
            "Weights are in the fit's own units; conductances are not given."
        ),
    ),
    levels=400,  # (w_max - w_min) / dw_min
)
