"""LinearStep and SoftBounds: the mean step is linear in the weight, s(w) = a + b w.

Up: w <- w + s_up(w) (1 + sigma xi), b_up = -gamma_up s_up / w_max; down: w <- w - s_down(w) (1 + sigma xi), b_down = -gamma_down
s_down / w_min, so that the step has shrunk by the fraction gamma at the bound; SoftBounds is gamma = 1 at each cell's own bound. Without
``mult_noise`` the noise is a sigma xi, whatever the weight. ``reverse_*`` lets the step grow towards the bound.
"""

from typing import Any

import numpy as np
from aihwkit.simulator.configs.devices import LinearStepDevice, SoftBoundsDevice

from crossbar.kernels.affine import step
from crossbar.kernels.device import Common, Draws

__all__ = ["DEVICES", "constants", "draw", "granularity", "step"]
DEVICES = (LinearStepDevice, SoftBoundsDevice)


def draw(device: Any, cells: Common, draws: Draws) -> list[Any]:
    """Per cell: bounds, a_up, a_down, b_up, b_down.

    Raises:
        ValueError: ``reverse_*`` with additive noise, which aihwkit does not have either.
    """
    if (device.reverse_up or device.reverse_down) and not device.mult_noise:
        raise ValueError("reverse_up and reverse_down need mult_noise=True")
    gamma_up, gamma_down = _gammas(device, draws)
    mean = not isinstance(device, SoftBoundsDevice) and device.mean_bound_reference
    low, high = (device.w_min, device.w_max) if mean else (cells.low, cells.high)
    up_bound = low - device.reverse_offset if device.reverse_up else high
    down_bound = high + device.reverse_offset if device.reverse_down else low
    b_up, b_down = _over(-gamma_up * cells.up, up_bound), _over(-gamma_down * cells.down, down_bound)
    return [cells.low, cells.high, cells.up, cells.down, b_up, b_down]


def _gammas(device: Any, draws: Draws) -> tuple[Any, Any]:
    if isinstance(device, SoftBoundsDevice):
        return 1.0, 1.0
    up = device.gamma_up + device.gamma_up_dtod * draws.normal("gamma_up")
    down = device.gamma_down + device.gamma_down_dtod * draws.normal("gamma_down")
    return (up, down) if device.allow_increasing else (np.abs(up), np.abs(down))


def _over(numerator: Any, bound: Any) -> Any:
    bound = np.broadcast_to(bound, numerator.shape)
    return np.divide(numerator, bound, out=np.zeros_like(numerator), where=bound != 0)


def constants(device: Any) -> list[float]:
    """Per chip: c2c spread in proportion to the step, and c2c spread in proportion to the step at weight 0."""
    return [device.dw_min_std, 0.0] if device.mult_noise else [0.0, device.dw_min_std]


def granularity(device: Any) -> float:
    """The weight change that one pulse is counted as when trains are planned."""
    return float(device.dw_min)
