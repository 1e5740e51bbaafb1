"""A PCMO RRAM: strongly saturating in both directions."""

from device_models.cell import Cell, Source
from device_models.neurosim import linear_step

CELL = Cell(
    name="pcmo_park2013",
    response=linear_step(label_up=3.68, label_down=-6.76, pulses_up=50, pulses_down=50, c2c=0.01),
    source=Source(
        citation="S. Park et al., IEDM 2013, 625-628 (speech systems); MLP+NeuroSim V3.0 manual, Table II",
        confidence="single-device",
        note=(
            "c2c is the upper bound of <1 % of the range. Above a label of 6 the slope is 1 to three digits, so that a "
            "spread of the label would not show in it. Device-to-device spread is not given: all such fields are 0."
        ),
    ),
    levels=50,
    g_min=1 / (23e6 * 6.84),  # on/off ratio 6.84
    g_max=1 / 23e6,  # R_on = 23 MOhm
    pulse_voltage_up=-2.0,
    pulse_voltage_down=2.0,
    pulse_width=1e-3,
)
