"""The resistive processing unit that Gokmen and Vlasov specified."""

from aihwkit.simulator.presets.devices import GokmenVlasovPresetDevice

from device_models.cell import Cell, Source

CELL = Cell(
    name="gokmen_vlasov",
    response=GokmenVlasovPresetDevice(),
    source=Source(
        citation="T. Gokmen, Y. Vlasov, Frontiers in Neuroscience 10, 333 (2016); aihwkit GokmenVlasovPresetDevice",
        doi="10.3389/fnins.2016.00333",
        confidence="assumed",
        note=(
            "A specification, not a measurement, scaled to weights within [-1, 1]. Weights are in the fit's own units; "
            "conductances are not given."
        ),
    ),
    levels=1250,  # (w_max - w_min) / dw_min
)
