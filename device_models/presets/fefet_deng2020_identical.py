"""A FeFET of 20 domains under 32 identical pulses of 1.4 MV/cm, 75 ns each: what its switching physics predicts."""

from dataclasses import replace

from device_models.switching import IdenticalPulses, PulseScheme, as_cell
from device_models.switching.activation import MV_PER_CM
from device_models.switching.stack import Stack
from device_models.switching.tables import DENG_FEFET

TRAIN = IdenticalPulses(field=1.4 * MV_PER_CM, width=75e-9, count=32)
STACK = Stack(thickness=8e-9, permittivity=28, interlayer_thickness=1e-9)

CELL = replace(
    as_cell(DENG_FEFET, PulseScheme(TRAIN, TRAIN), domains=20, thickness=STACK.voltage(1.0)),
    name="fefet_deng2020_identical",
)
