"""An HfO2 ReRAM: aihwkit's fit of the exponential step."""

from aihwkit.simulator.presets.devices import ReRamESPresetDevice

from device_models.cell import Cell, Source

CELL = Cell(
    name="reram_es",
    response=ReRamESPresetDevice(),
    source=Source(
        citation="N. Gong et al., Nature Communications 9, 2102 (2018); aihwkit ReRamESPresetDevice",
        doi="10.1038/s41467-018-04485-1",
        confidence="single-device",
        note=("ExpStepDevice fitted by aihwkit. Weights are in the fit's own units; conductances are not given."),
    ),
    levels=1481,  # (w_max - w_min) / dw_min
)
