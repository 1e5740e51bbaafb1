"""Where a cell stands on its programming curve: how many pulses lead from one weight to another, for the mean cell.

A ramp raises the amplitude from pulse to pulse, so that the n-th pulse of the ramp moves a cell that stands where n - 1 pulses brought it.
Whoever writes by a ramp must know where the cell stands: it is read before it is written. NeuroSim's curves of the FeFET of Jerry et
al. (IEDM 2017, doi 10.1109/IEDM.2017.8268338) are of this kind: 2.85 V + 0.05 V per pulse up, 2.1 V + 0.05 V per pulse down.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from device_models.cell import Response
from device_models.steps import bounds, mean_step

Floats = NDArray[np.float64]

_LONGEST = 100_000


@dataclass(frozen=True)
class Ramp:
    """One direction of the mean cell's programming curve.

    Attributes:
        weight_N: weights in ascending order, from the lower to the upper bound.
        pulse_N: pulses of this direction from the lower bound to each of them; for the down direction counted as negative pulses, so that
            it rises with the weight too.
    """

    weight_N: Floats
    pulse_N: Floats

    def pulses(self, start: Floats, target: Floats) -> Floats:
        """Pulses from one weight to another, with the sign of the change; a fraction where it is no whole number. Weights are clipped."""
        there: Floats = np.interp(target, self.weight_N, self.pulse_N)
        return there - np.interp(start, self.weight_N, self.pulse_N)

    def after(self, start: Floats, pulses: Floats) -> Floats:
        """Where the mean cell stands after so many pulses, clipped to its bounds."""
        reached: Floats = np.interp(np.interp(start, self.weight_N, self.pulse_N) + pulses, self.pulse_N, self.weight_N)
        return reached


def ramp(response: Response, direction: int) -> Ramp:
    """The curve of one direction, walked pulse by pulse from one bound to the other.

    Args:
        response: a pulsed aihwkit device whose step depends on the weight alone.
        direction: +1 up, -1 down.

    Raises:
        ValueError: the device has no such step, or one direction does not cross its window in 100,000 pulses.
    """
    low, high = bounds(response)
    start, end = (low, high) if direction > 0 else (high, low)
    walk = [start]
    while (end - walk[-1]) * direction > 1e-3 * (high - low):
        step = float(mean_step(response, walk[-1], direction))
        if step * direction <= 0 or len(walk) > _LONGEST:
            raise ValueError(f"pulses of direction {direction} do not cross the window of a {type(response).__name__}")
        walk.append(float(np.clip(walk[-1] + step, low, high)))
    weight_N, pulse_N = np.array(walk), np.arange(len(walk), dtype=np.float64)
    return Ramp(weight_N, pulse_N) if direction > 0 else Ramp(weight_N[::-1], -pulse_N[::-1])
