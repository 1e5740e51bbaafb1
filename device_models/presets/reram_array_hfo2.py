"""An HfO2 ReRAM array, baseline material: aihwkit's fit."""

from aihwkit.simulator.presets.devices import ReRamArrayHfO2PresetDevice

from device_models.cell import Cell, Source

CELL = Cell(
    name="reram_array_hfo2",
    response=ReRamArrayHfO2PresetDevice(),
    source=Source(
        citation="N. Gong, M. Rasch et al., IEDM 2022; aihwkit ReRamArrayHfO2PresetDevice",
        doi="10.1109/IEDM45625.2022.10019569",
        confidence="array",
        note=(
            "SoftBoundsReferenceDevice fitted by aihwkit to array statistics. The measured 10 % of stuck cells are left "
            "out (corrupt_devices_prob). The symmetric point is subtracted with an error of 5 % (assumed). Weights are in "
            "the fit's own units; conductances are not given."
        ),
    ),
    levels=4,  # (w_max - w_min) / dw_min
)
