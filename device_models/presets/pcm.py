"""A pair of unidirectional phase change devices with refresh."""

from aihwkit.simulator.presets.compounds import PCMPresetUnitCell

from device_models.cell import Cell, Source

CELL = Cell(
    name="pcm",
    response=PCMPresetUnitCell(),
    source=Source(
        citation="S. R. Nandakumar et al., Frontiers in Neuroscience 14, 406 (2020); aihwkit PCMPresetUnitCell",
        doi="10.3389/fnins.2020.00406",
        confidence="simulated",
        note=(
            "A phase change device only potentiates gradually: alone (aihwkit's PCMPresetDevice, 0 to 2) it holds no sign "
            "and cannot come down. The unit cell takes the difference of two, pulses one for each direction, and resets "
            "and rewrites a pair that nears its end, after every mini-batch. ExpStepDevice fitted by aihwkit to the "
            "paper's model. Weights are in the fit's own units; conductances are not given."
        ),
    ),
)
