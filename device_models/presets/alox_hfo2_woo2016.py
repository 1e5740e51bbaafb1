"""An AlOx/HfO2 bilayer RRAM under identical pulses."""

from device_models.cell import Cell, Source
from device_models.neurosim import linear_step

CELL = Cell(
    name="alox_hfo2_woo2016",
    response=linear_step(label_up=1.94, label_down=-0.61, pulses_up=40, pulses_down=40, c2c=0.05),
    source=Source(
        citation="J. Woo et al., IEEE Electron Device Letters 37(8), 994-997 (2016); MLP+NeuroSim V3.0 manual, Table II",
        confidence="single-device",
        note=("Labels and c2c as tabulated; mirrored curves. Device-to-device spread is not given: all such fields are 0."),
    ),
    levels=40,
    g_min=1 / (16.9e3 * 4.43),  # on/off ratio 4.43
    g_max=1 / 16.9e3,  # R_on = 16.9 kOhm
    pulse_voltage_up=0.9,
    pulse_voltage_down=-1.0,
    pulse_width=100e-6,
)
