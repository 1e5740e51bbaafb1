"""A silver / amorphous silicon memristor."""

from device_models.cell import Cell, Source
from device_models.neurosim import linear_step

CELL = Cell(
    name="ag_asi_jo2010",
    response=linear_step(label_up=2.4, label_down=-4.88, pulses_up=97, pulses_down=100, c2c=0.035),
    source=Source(
        citation="S. H. Jo et al., Nano Letters 10, 1297 (2010); MLP+NeuroSim V3.0 manual, Table II and Cell.cpp (RealDevice)",
        doi="10.1021/nl904092h",
        confidence="single-device",
        note=("Levels up/down 97/100 from Cell.cpp. Device-to-device spread is not given: all such fields are 0."),
    ),
    levels=97,
    g_min=1 / (26e6 * 12.5),  # on/off ratio 12.5
    g_max=1 / 26e6,  # R_on = 26 MOhm
    pulse_voltage_up=3.2,
    pulse_voltage_down=-2.8,
    pulse_width=300e-6,
)
