"""A metal-oxide ECRAM: aihwkit's fit."""

from aihwkit.simulator.presets.devices import EcRamMOPresetDevice

from device_models.cell import Cell, Source

CELL = Cell(
    name="ecram_mo",
    response=EcRamMOPresetDevice(),
    source=Source(
        citation="S. Kim et al., IEDM 2019; aihwkit EcRamMOPresetDevice",
        doi="10.1109/IEDM19573.2019.8993463",
        confidence="single-device",
        note=(
            "LinearStepDevice fitted by aihwkit; the range is shifted so that the symmetric point is 0. The spreads are "
            "aihwkit's. Weights are in the fit's own units; conductances are not given."
        ),
    ),
    levels=7089,  # (w_max - w_min) / dw_min
)
