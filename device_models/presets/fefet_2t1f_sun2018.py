"""The least significant part of a 2T1F hybrid cell: charge on the gate of a FeFET."""

from device_models.cell import Cell, Source
from device_models.neurosim import linear_step

CELL = Cell(
    name="fefet_2t1f_sun2018",
    response=linear_step(label_up=0.5, label_down=0.5, pulses_up=64, pulses_down=64, c2c=0.005),
    source=Source(
        citation="X. Sun et al., IEDM 2018; MLP+NeuroSim V3.0, Cell.cpp (_2T1F)",
        doi="10.1109/IEDM.2018.8614611",
        confidence="simulated",
        note=(
            "Labels +0.5/+0.5: depression retraces potentiation, so that up and down steps are nearly equal at every "
            "weight. Only the 64 volatile levels of the gate charge; the 4 polarisation levels above them, the transfer "
            "(3 us) and leakage are not modelled. Device-to-device spread is not given: all such fields are 0."
        ),
    ),
    levels=64,
    g_min=3.973e-8,
    g_max=1.788e-6,
    pulse_width=1e-9,
)
