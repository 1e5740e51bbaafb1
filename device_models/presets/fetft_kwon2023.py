"""An IGZO ferroelectric thin-film transistor (MFMIS) under identical pulses."""

from device_models.cell import Cell, Source
from device_models.neurosim import linear_step

CELL = Cell(
    name="fetft_kwon2023",
    response=linear_step(label_up=0.21, label_down=-0.21, pulses_up=64, pulses_down=64, c2c=0.0047),
    source=Source(
        citation="D. Kwon et al., Advanced Intelligent Systems 5(12), 2023, abstract",
        doi="10.1002/aisy.202300125",
        confidence="assumed",
        note=(
            "Measured: non-linearity |alpha| = 0.21, c2c 0.47 % of the range, G_max/G_min 53.2. Assumed: alpha is a "
            "NeuroSim label, with mirrored curves, and 64 pulses cross the window. The absolute conductances are not in "
            "the abstract. Device-to-device spread is not given: all such fields are 0."
        ),
    ),
    levels=64,  # assumed
)
