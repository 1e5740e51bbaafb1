"""A capacitor with three transistors: the volatile, nearly linear reference."""

from device_models.cell import Cell, Source
from device_models.neurosim import linear_step

CELL = Cell(
    name="cap_3t1c",
    response=linear_step(label_up=0.2, label_down=-0.2, pulses_up=32, pulses_down=32, c2c=0.005),
    source=Source(
        citation="P.-Y. Chen, X. Peng, S. Yu, IEEE TCAD 37, 3067 (2018); MLP+NeuroSim V3.0, Cell.cpp (_3T1C)",
        doi="10.1109/TCAD.2018.2789723",
        confidence="simulated",
        note=("Leakage is not modelled. Device-to-device spread is not given: all such fields are 0."),
    ),
    levels=32,
    g_min=4e-6,
    g_max=2e-5,
    pulse_width=500e-12,
)
