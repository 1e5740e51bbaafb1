"""An HfO2 ReRAM: aihwkit's loose fit of soft bounds."""

from aihwkit.simulator.presets.devices import ReRamSBPresetDevice

from device_models.cell import Cell, Source

CELL = Cell(
    name="reram_sb",
    response=ReRamSBPresetDevice(),
    source=Source(
        citation="N. Gong et al., Nature Communications 9, 2102 (2018); aihwkit ReRamSBPresetDevice",
        doi="10.1038/s41467-018-04485-1",
        confidence="single-device",
        note=(
            "SoftBoundsReferenceDevice loosely fitted by aihwkit; the device is assumed to be calibrated to its symmetric "
            "point. Weights are in the fit's own units; conductances are not given."
        ),
    ),
    levels=1000,  # (w_max - w_min) / dw_min
)
