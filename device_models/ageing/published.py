"""Ageing laws with numbers that somebody published.

Only endurance has any: cycles that devices reached. No source that we could read gives the slope of the Weibull distribution, nor the time
constants of retention and imprint, nor the cycles of wake-up; a law for those has numbers of the user's own, with the confidence "assumed".
"""

from device_models.ageing.endurance import Endurance
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
