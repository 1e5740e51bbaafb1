"""SoftBoundsReference: soft bounds on v = w + reference, where the weight is read against a fixed reference cell.

Up: v <- v + s_up (1 - v / v_max) (1 + sigma xi), or v + s_up (1 - v / v_max + sigma xi) without ``mult_noise``; down with v_min.
Each cell's asymptotes spread by ``slope_*_dtod``; ``subtract_symmetry_point`` puts w = 0 where up and down steps are equal.
Gong et al., IEDM 2022, DOI 10.1109/IEDM45625.2022.10019569.
"""

from typing import Any

import numpy as np
from aihwkit.simulator.configs.devices import SoftBoundsReferenceDevice

from crossbar.kernels.affine import step
from crossbar.kernels.device import Common, Draws

__all__ = ["DEVICES", "constants", "draw", "granularity", "step"]
DEVICES = (SoftBoundsReferenceDevice,)


def draw(device: Any, cells: Common, draws: Draws) -> list[Any]:
    """Per cell: bounds of w under pulses, a and b of w = v - reference (b = 0 where a bound is on the wrong side), c: steps at v = 0."""
    inside = (cells.high > 0) & (cells.low < 0)
    up_slope = np.abs(1 + device.slope_up_dtod * draws.normal("slope_up"))
    down_slope = np.abs(1 + device.slope_down_dtod * draws.normal("slope_down"))
    cells.high = np.where(inside, cells.high / up_slope, cells.high)
    cells.low = np.where(inside, cells.low / down_slope, cells.low)
    reference = device.reference_mean + device.reference_std * draws.normal("reference")
    per_high = np.divide(1.0, cells.high, out=np.zeros(draws.shape), where=cells.high > 0)
    per_low = np.divide(1.0, cells.low, out=np.zeros(draws.shape), where=cells.low < 0)
    if device.subtract_symmetry_point:
        slopes = cells.up * per_high - cells.down * per_low
        point = np.divide(cells.up - cells.down, slopes, out=np.zeros(draws.shape), where=inside & (slopes != 0))
        reference = reference + point
        cells.reset = cells.reset + point
    b_up, b_down = -cells.up * per_high, -cells.down * per_low
    affine = [cells.up + b_up * reference, cells.down + b_down * reference, b_up, b_down]
    return [cells.low - reference, cells.high - reference, *affine, cells.up, cells.down]


def constants(device: Any) -> list[float]:
    """Per chip: c2c spread in proportion to the step, and c2c spread in proportion to the step at v = 0."""
    return [device.dw_min_std, 0.0] if device.mult_noise else [0.0, device.dw_min_std]


def granularity(device: Any) -> float:
    """The weight change that one pulse is counted as when trains are planned."""
    return float(device.dw_min)
