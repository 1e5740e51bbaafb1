"""Ageing on a clock and a counter: pure laws with source, unit and range. What remembers the clock and the counter is the array."""

from device_models.ageing.ageing import Ageing
from device_models.ageing.endurance import Endurance, stuck
from device_models.ageing.fatigue import Fatigue
from device_models.ageing.imprint import Imprint, shifted_up_down
from device_models.ageing.read_disturb import ReadDisturb
from device_models.ageing.retention import LogTime, PowerLaw, Retention, StretchedExponential, retain

__all__ = [
    "Ageing",
    "Endurance",
    "Fatigue",
    "Imprint",
    "LogTime",
    "PowerLaw",
    "ReadDisturb",
    "Retention",
    "StretchedExponential",
    "retain",
    "shifted_up_down",
    "stuck",
]
