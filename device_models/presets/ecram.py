"""A lithium ECRAM: aihwkit's fit."""

from aihwkit.simulator.presets.devices import EcRamPresetDevice

from device_models.cell import Cell, Source

CELL = Cell(
    name="ecram",
    response=EcRamPresetDevice(),
    source=Source(
        citation="J. Tang et al., IEDM 2018; aihwkit EcRamPresetDevice",
        doi="10.1109/IEDM.2018.8614551",
        confidence="single-device",
        note=(
            "LinearStepDevice fitted by aihwkit; the range is shifted so that the symmetric point is 0. The spreads are "
            "aihwkit's. Weights are in the fit's own units; conductances are not given."
        ),
    ),
    levels=1000,  # (w_max - w_min) / dw_min
)
