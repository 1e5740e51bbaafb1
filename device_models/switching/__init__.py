"""Ferroelectric switching: domains that nucleate by chance and remember, and the cells that follow from them."""

from device_models.switching.cell import as_cell
from device_models.switching.film import Film
from device_models.switching.nodes import branches, piecewise_nodes
from device_models.switching.nucleation import DomainState, NucleationModel, apply_pulse, draw_state, rest
from device_models.switching.pulses import AmplitudeRamp, IdenticalPulses, PulseScheme, PulseTrain, WidthRamp

__all__ = [
    "AmplitudeRamp",
    "DomainState",
    "Film",
    "IdenticalPulses",
    "NucleationModel",
    "PulseScheme",
    "PulseTrain",
    "WidthRamp",
    "apply_pulse",
    "as_cell",
    "branches",
    "draw_state",
    "piecewise_nodes",
    "rest",
]
