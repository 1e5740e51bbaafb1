"""An epitaxial Ag:SiGe memory."""

from device_models.cell import Cell, Source
from device_models.neurosim import linear_step

CELL = Cell(
    name="epiram_choi2018",
    response=linear_step(label_up=0.5, label_down=-0.5, pulses_up=64, pulses_down=64, c2c=0.02),
    source=Source(
        citation="S. Choi et al., Nature Materials 17, 335 (2018); MLP+NeuroSim V3.0 manual, Table II",
        doi="10.1038/s41563-017-0001-5",
        confidence="single-device",
        note=("Labels and c2c as tabulated; mirrored curves. Device-to-device spread is not given: all such fields are 0."),
    ),
    levels=64,
    g_min=1 / (81e3 * 50.2),  # on/off ratio 50.2
    g_max=1 / 81e3,  # R_on = 81 kOhm
    pulse_voltage_up=5.0,
    pulse_voltage_down=-3.0,
    pulse_width=5e-6,
)
