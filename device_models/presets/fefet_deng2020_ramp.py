"""A FeFET of 20 domains under a ramp of 32 pulses of 75 ns from 1.1 MV/cm in steps of 0.03 MV/cm: what its switching physics predicts."""

from dataclasses import replace

from device_models.switching import AmplitudeRamp, PulseScheme, as_cell
from device_models.switching.activation import MV_PER_CM
from device_models.switching.stack import Stack
from device_models.switching.tables import DENG_FEFET

TRAIN = AmplitudeRamp(start=1.1 * MV_PER_CM, step=0.03 * MV_PER_CM, width=75e-9, count=32)
STACK = Stack(thickness=8e-9, permittivity=28, interlayer_thickness=1e-9)

CELL = replace(
    as_cell(DENG_FEFET, PulseScheme(TRAIN, TRAIN), domains=20, thickness=STACK.voltage(1.0)),
    name="fefet_deng2020_ramp",
)
