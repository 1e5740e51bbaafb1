"""A cell from measured pulses: mean response, cycle-to-cycle and device-to-device spread, read noise, and what the data do not tell."""

from device_models.fit.estimate import Estimate
from device_models.fit.fitting import fit
from device_models.fit.result import Fit

__all__ = ["Estimate", "Fit", "fit"]
