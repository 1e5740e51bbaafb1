"""A GST phase change cell, whose depression retraces its potentiation."""

from device_models.cell import Cell, Source
from device_models.neurosim import linear_step

CELL = Cell(
    name="gst_pcm_kuzum2012",
    response=linear_step(label_up=0.105, label_down=2.4, pulses_up=100, pulses_down=120, c2c=0.015),
    source=Source(
        citation="D. Kuzum et al., Nano Letters 12, 2179 (2012); MLP+NeuroSim V3.0 manual, Table II",
        doi="10.1021/nl201040y",
        confidence="single-device",
        note=(
            "Labels +0.105/+2.4 with NeuroSim's signs: depression steps grow on the way down. 100 pulses up, 120 down. "
            "Both voltages are means of ramps; a pulse lasts 6 us up and 125 ns down. Device-to-device spread is not "
            "given: all such fields are 0."
        ),
    ),
    levels=100,
    g_min=1 / (4.71e3 * 19.8),  # on/off ratio 19.8
    g_max=1 / 4.71e3,  # R_on = 4.71 kOhm
    pulse_voltage_up=0.7,
    pulse_voltage_down=3.0,
)
