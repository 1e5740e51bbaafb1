"""ExpStep: the step shrinks exponentially towards the bound, s max(1 - A exp(+-gamma z), 0), z = 2 a w / (w_max - w_min) + b.

With ``dw_min_std_add`` or ``dw_min_std_slope`` the noise is sigma (|step| + add + slope |w|) xi. A, gamma, a and b are one number per chip.
Gong et al., Nature Communications 9, 2102 (2018), DOI 10.1038/s41467-018-04485-1.
"""

import math
from typing import Any

import numpy as np
from aihwkit.simulator.configs.devices import ExpStepDevice

from crossbar.kernels.compiling import inlined
from crossbar.kernels.device import Common, Draws
from crossbar.kernels.elementary import exp

DEVICES = (ExpStepDevice,)


def draw(device: Any, cells: Common, draws: Draws) -> list[Any]:
    """Per cell: bounds, steps up and down before the exponential, and 2 a / (w_max - w_min)."""
    width = cells.high - cells.low
    scale = np.divide(2 * device.a, width, out=np.zeros(draws.shape), where=width > 0)
    return [cells.low, cells.high, np.where(width > 0, cells.up, 0.0), np.where(width > 0, cells.down, 0.0), scale]


def constants(device: Any) -> list[float]:
    """Per chip: c2c spread, its two additions, A and gamma up and down, b."""
    noise = [device.dw_min_std, device.dw_min_std_add, device.dw_min_std_slope]
    return [*noise, device.A_up, device.gamma_up, device.A_down, device.gamma_down, device.b]


def granularity(device: Any) -> float:
    """The mean down step at weight 0, as aihwkit counts it, or dw_min where that step is 0."""
    down = device.dw_min * (1 - max(device.up_down, 0.0)) * max(1 - device.A_down * math.exp(-device.gamma_down * device.b), 0.0)
    return float(down) if down > 0 else float(device.dw_min)


@inlined
def step(w: Any, is_down: Any, xi: Any, p: Any, o: int, i: int, g: Any) -> Any:
    """The weight after one pulse, before the bounds."""
    scale, up, down = p[4, o, i], p[2, o, i], p[3, o, i]  # all are read, so that no address depends on the data
    a, gamma, most = (g[5], -g[6], -down) if is_down else (g[3], g[4], up)
    change = most * max(np.float32(1.0) - a * exp(gamma * (w * scale + g[7])), np.float32(0.0))
    moved = w + change + g[0] * (abs(change) + g[1] + g[2] * abs(w)) * xi
    return moved if scale != 0 else w
