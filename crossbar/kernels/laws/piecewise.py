"""PiecewiseStep: the step is interpolated between nodes at equal distances from each cell's w_min to its w_max."""

from typing import Any

import numpy as np
from aihwkit.simulator.configs.devices import PiecewiseStepDevice

from crossbar.kernels.compiling import inlined
from crossbar.kernels.device import Common, Draws

DEVICES = (PiecewiseStepDevice,)


def draw(device: Any, cells: Common, draws: Draws) -> list[Any]:
    """Per cell: bounds, steps up and down where a node is 1, and sections / (w_max - w_min)."""
    width = cells.high - cells.low
    sections = len(device.piecewise_up) - 1
    return [cells.low, cells.high, cells.up, cells.down, np.divide(sections, width, out=np.zeros(draws.shape), where=width > 0)]


def constants(device: Any) -> list[float]:
    """Per chip: c2c spread, number of sections, the nodes up and the nodes down.

    Raises:
        ValueError: no nodes, or not as many up as down.
    """
    up, down = list(device.piecewise_up), list(device.piecewise_down)
    if not up or len(up) != len(down):
        raise ValueError(f"piecewise_up and piecewise_down need equally many nodes, at least one, not {len(up)} and {len(down)}")
    return [device.dw_min_std, float(len(up) - 1), *up, *down]


def granularity(device: Any) -> float:
    """The mean up step at the middle node, as aihwkit counts it."""
    return float(device.dw_min * device.piecewise_up[len(device.piecewise_up) // 2])


@inlined
def step(w: Any, is_down: Any, xi: Any, p: Any, o: int, i: int, g: Any) -> Any:
    """The weight after one pulse, before the bounds."""
    sections, up, down = np.int32(g[1]), p[2, o, i], p[3, o, i]
    place = max((w - p[0, o, i]) * p[4, o, i], np.float32(0.0))  # 0 where there is one node, or no way between the bounds
    left = np.int32(max(min(np.int32(place), np.int32(sections - 1)), np.int32(0)))
    right = np.int32(min(np.int32(left + 1), sections))
    part = min(place - np.float32(left), np.float32(1.0))
    first, most = (np.int32(3 + sections), -down) if is_down else (np.int32(2), up)
    node = (np.float32(1.0) - part) * g[first + left] + part * g[first + right]
    return w + most * node * (np.float32(1.0) + g[0] * xi)
