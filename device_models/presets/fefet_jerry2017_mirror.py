"""A 5-bit HZO FeFET, read pessimistically: depression mirrors potentiation."""

from device_models.ageing.published import HZO_FEFET
from device_models.cell import Cell, Source
from device_models.neurosim import linear_step

CELL = Cell(
    name="fefet_jerry2017_mirror",
    response=linear_step(label_up=1.75, label_down=-1.46, pulses_up=32, pulses_down=32, c2c=0.005),
    source=Source(
        citation="M. Jerry et al., IEDM 2017; MLP+NeuroSim V3.0 manual, Table II",
        doi="10.1109/IEDM.2017.8268338",
        confidence="single-device",
        note=(
            "Labels +1.75/-1.46: the sizes of NeuroSim's labels, with the sign of depression turned, so that both "
            "directions saturate and a symmetric point exists. fefet_jerry2017_retrace has NeuroSim's own signs. c2c is "
            "the upper bound of <0.5 % of the range. The measured pulses are an amplitude ramp indexed by the present "
            "state (a read before each write). Linearity of conductance in polarisation is assumed. Device-to-device "
            "spread is not given: all such fields are 0."
        ),
    ),
    levels=32,
    g_min=1 / (559.28e3 * 45),  # on/off ratio 45
    g_max=1 / 559.28e3,  # R_on = 559.28 kOhm
    pulse_voltage_up=3.65,  # mean of the ramp 2.85 V + 0.05 V per pulse
    pulse_voltage_down=-2.95,  # mean of the ramp 2.1 V + 0.05 V per pulse
    pulse_width=75e-9,
    pulse_energy_up=2.1717e-18 * 3.65**2,  # C V^2 of the gate, C = 2.1717e-18 F in Cell.cpp
    pulse_energy_down=2.1717e-18 * 2.95**2,
    endurance=5e6,  # of another HZO FeFET: K. Ni et al., IEEE TED 65, 2461 (2018)
    ageing=HZO_FEFET,
)
