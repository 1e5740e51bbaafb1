"""ConstantStep: every pulse is a step of the same mean size up to hard bounds, w <- w +- s (1 + sigma xi).

Gokmen and Vlasov 2016, DOI 10.3389/fnins.2016.00333.
"""

from typing import Any

import numpy as np
from aihwkit.simulator.configs.devices import ConstantStepDevice

from crossbar.kernels.compiling import inlined
from crossbar.kernels.device import Common, Draws

DEVICES = (ConstantStepDevice,)


def draw(device: Any, cells: Common, draws: Draws) -> list[Any]:
    """Per cell: step up, step down."""
    return [cells.up, cells.down]


def constants(device: Any) -> list[float]:
    """Per chip: c2c spread."""
    return [device.dw_min_std]


def granularity(device: Any) -> float:
    """The weight change that one pulse is counted as when trains are planned."""
    return float(device.dw_min)


@inlined
def step(w: Any, is_down: Any, xi: Any, p: Any, o: int, i: int, g: Any) -> Any:
    """The weight after one pulse, before the bounds."""
    noise = np.float32(1.0) + g[0] * xi
    return w - p[3, o, i] * noise if is_down else w + p[2, o, i] * noise
