"""An idealised constant-step device with 10000 steps."""

from aihwkit.simulator.presets.devices import IdealizedPresetDevice

from device_models.cell import Cell, Source

CELL = Cell(
    name="idealized",
    response=IdealizedPresetDevice(),
    source=Source(
        citation="M. Rasch, T. Gokmen, W. Haensch, IEEE Design & Test (2020), arXiv:1906.02698; aihwkit IdealizedPresetDevice",
        doi="10.48550/arXiv.1906.02698",
        confidence="assumed",
        note=(
            "A specification, not a measurement: gokmen_vlasov with eight times as many steps and no asymmetry. Weights "
            "are in the fit's own units; conductances are not given."
        ),
    ),
    levels=10000,  # (w_max - w_min) / dw_min
)
