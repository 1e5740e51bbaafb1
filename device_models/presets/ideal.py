"""A cell without faults: any change, exactly. The reference every other cell is compared with."""

from aihwkit.simulator.configs.devices import IdealDevice

from device_models.cell import Cell, Source

CELL = Cell(
    name="ideal",
    response=IdealDevice(),
    source=Source(citation="no device: exact arithmetic", confidence="assumed"),
)
