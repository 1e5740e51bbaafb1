"""A TaOx/HfOx RRAM with improved linearity."""

from device_models.cell import Cell, Source
from device_models.neurosim import linear_step

CELL = Cell(
    name="taox_hfox_wu2018",
    response=linear_step(label_up=0.04, label_down=-0.63, pulses_up=128, pulses_down=128, c2c=0.037),
    source=Source(
        citation="W. Wu et al., Symposium on VLSI Technology 2018 (linear analog RRAM); MLP+NeuroSim V3.0 manual, Table II",
        confidence="single-device",
        note=(
            "The table gives 1.6 V for both directions; the polarity of depression is assumed. Device-to-device spread is "
            "not given: all such fields are 0."
        ),
    ),
    levels=128,
    g_min=1 / (100e3 * 10),  # on/off ratio 10
    g_max=1 / 100e3,  # R_on = 100 kOhm
    pulse_voltage_up=1.6,
    pulse_voltage_down=-1.6,  # polarity assumed
    pulse_width=50e-9,
)
