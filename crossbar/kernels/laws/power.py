"""PowStep: the step is a power of the distance to the bound, s ((w_max - w) / (w_max - w_min))^gamma up, likewise down from w_min."""

from typing import Any

import numpy as np
from aihwkit.simulator.configs.devices import PowStepDevice

from crossbar.kernels.compiling import inlined
from crossbar.kernels.device import Common, Draws
from crossbar.kernels.elementary import power

DEVICES = (PowStepDevice,)


def draw(device: Any, cells: Common, draws: Draws) -> list[Any]:
    """Per cell: bounds, steps up and down over the whole range, 1 / range, exponents up and down."""
    width = cells.high - cells.low
    gain = 1 + device.pow_gamma_dtod * draws.normal("pow_gamma")
    r = device.pow_up_down_dtod * draws.normal("pow_up_down")
    up = device.pow_gamma * (gain + min(device.pow_up_down, 0.0) + r)
    down = device.pow_gamma * (gain - max(device.pow_up_down, 0.0) - r)
    if device.enforce_consistency:
        up, down = np.abs(up), np.abs(down)
    return [cells.low, cells.high, cells.up, cells.down, np.divide(1.0, width, out=np.zeros(draws.shape), where=width != 0), up, down]


def constants(device: Any) -> list[float]:
    """Per chip: c2c spread."""
    return [device.dw_min_std]


def granularity(device: Any) -> float:
    """The mean step in the middle of the range, as aihwkit counts it."""
    return float(device.dw_min * 0.5**device.pow_gamma)


@inlined
def step(w: Any, is_down: Any, xi: Any, p: Any, o: int, i: int, g: Any) -> Any:
    """The weight after one pulse, before the bounds."""
    low, high, up, down = p[0, o, i], p[1, o, i], p[2, o, i], p[3, o, i]  # all are read, so that no address depends on the data
    scale, gamma_up, gamma_down = p[4, o, i], p[5, o, i], p[6, o, i]
    distance, gamma, most = (w - low, gamma_down, -down) if is_down else (high - w, gamma_up, up)
    moved = w + most * power(distance * scale, gamma) * (np.float32(1.0) + g[0] * xi)
    return moved if scale != 0 else w
