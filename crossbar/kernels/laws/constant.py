"""ConstantStep: every pulse is a step of the same mean size up to hard bounds, w <- w +- s (1 + sigma xi).

Gokmen and Vlasov 2016, DOI 10.3389/fnins.2016.00333.
"""

from typing import Any

import numpy as np
from aihwkit.simulator.configs.devices import ConstantStepDevice

from crossbar.kernels.affine import step
from crossbar.kernels.device import Common, Draws

__all__ = ["DEVICES", "constants", "draw", "granularity", "step"]
DEVICES = (ConstantStepDevice,)


def draw(device: Any, cells: Common, draws: Draws) -> list[Any]:
    """Per cell: bounds, a up and down, b = 0."""
    flat = np.zeros(draws.shape)
    return [cells.low, cells.high, cells.up, cells.down, flat, flat]


def constants(device: Any) -> list[float]:
    """Per chip: c2c spread in proportion to the step, which is constant; no other."""
    return [device.dw_min_std, 0.0]


def granularity(device: Any) -> float:
    """The weight change that one pulse is counted as when trains are planned."""
    return float(device.dw_min)
