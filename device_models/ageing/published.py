"""Ageing laws with numbers that somebody published, and what is assumed where nobody did.

Only endurance is published: cycles that devices reached. No source that we could read gives the slope of the Weibull distribution, nor the
time constants of retention and imprint, nor the cycles of wake-up. Those have round numbers and the confidence "assumed": they say how a
cell might age, not how a certain one does.
"""

from device_models.ageing.ageing import Ageing
from device_models.ageing.endurance import Endurance
from device_models.ageing.fatigue import Fatigue
from device_models.ageing.imprint import Imprint
from device_models.ageing.retention import LogTime
from device_models.cell import Source

_SLOPE = 2.0
_ASSUMED = "The reported cycles are taken as the characteristic life, and the slope 2 is assumed; neither is a measured distribution."

SI_FEFET = Endurance(
    eta=1e4,
    k=_SLOPE,
    source=Source(
        citation="Endurance Paradox in Hafnium-Oxide-Based Silicon-Channel Ferroelectric Transistors, Fraunhofer (2026): about 1e4 cycles",
        confidence="assumed",
        note=f"Ends by trapping at the interface, which closes the window, while the film still switches. {_ASSUMED}",
    ),
)
"""FeFET on silicon with an oxide interlayer."""

HZO_FEFET_NI2018 = Endurance(
    eta=5e6,
    k=_SLOPE,
    source=Source(
        citation="K. Ni et al., IEEE TED 65, 2461 (2018), abstract: up to 5e6 cycles, ended by breakdown of the interlayer",
        confidence="assumed",
        note=_ASSUMED,
    ),
)
"""HZO FeFET, breakdown of the interlayer."""

SIN_FEFET_TAN2021 = Endurance(
    eta=1e10,
    k=_SLOPE,
    source=Source(
        citation="A. J. Tan et al., arXiv:2103.08806, abstract: more than 1e10 cycles at +-3 V, 250 ns",
        confidence="assumed",
        note=f"A lower bound: the devices had not failed. {_ASSUMED}",
    ),
)
"""FeFET with a silicon nitride interlayer."""


def _assumed(what: str) -> Source:
    return Source(citation=f"none: {what}", confidence="assumed")


HZO_FEFET = Ageing(
    retention=LogTime(
        r=0.03,
        t0=1.0,
        longest=1e9,
        source=_assumed(
            "3 % of the distance per decade, 26 % in 10 years; K. Ni et al., IEEE TED 65, 2461 (2018) extrapolate to 10 years at 85 C "
            "and their abstract states no loss"
        ),
    ),
    imprint=Imprint(k=2e6, t0=1.0, longest=1e9, source=_assumed("0.02 MV/cm per decade for a saturated cell")),
    sensitivity=4e-8,  # ln(0.61 / 0.28) / 0.2 MV/cm: fractions switched by 32 pulses of 75 ns at 1.4 and 1.2 MV/cm in DENG_FEFET
    fatigue=Fatigue(
        wake_up=0.1,
        n_wake_up=1e3,
        loss=0.05,
        n_fatigue=1e5,
        most=1e15,
        source=_assumed("10 % of wake-up within 1e3 cycles, then 5 % per decade from 1e5 on"),
    ),
    endurance=HZO_FEFET_NI2018,
)
"""HZO FeFET: the endurance of one that was measured, everything else assumed."""
