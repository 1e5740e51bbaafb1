"""Cells driven pulse by pulse on a real aihwkit tile: the measurement that every claim about a cell is checked with."""

import numpy as np
import torch
from aihwkit.simulator.configs import SingleRPUConfig, UnitCellRPUConfig, UpdateParameters
from aihwkit.simulator.configs.compounds import UnitCell
from aihwkit.simulator.configs.devices import IdealDevice, PulsedDevice
from aihwkit.simulator.tiles import AnalogTile
from numpy.typing import NDArray

from device_models.cell import Cell
from device_models.noise import parts, with_fields

_BELOW_EVERY_BOUND = -1e6  # set_weights clips it to each device's own lowest weight


def pulse_response(cell: Cell, *, up: int, down: int, devices: int, seed: int) -> NDArray[np.float64]:
    """Weights of simulated devices under ``up`` potentiating and then ``down`` depressing pulses, from their lowest weight.

    Each call of the tile's update is one pulse on every device: a train of length 1 (``desired_bl=1``, no update management) with
    x = 1, d = -1 or +1 and lr = 1, so that a pulse has the probability min(1, sqrt(lr / dw_min)) = 1.

    The seed fixes the devices (aihwkit's ``construction_seed``: bounds, steps, slopes). It cannot fix anything that is drawn later, the
    cycle-to-cycle noise, the write noise and the noisy refresh reads of a one-sided pair: aihwkit seeds that generator from the clock.
    Two calls with one seed show the same devices under different noise.

    Args:
        cell: any cell with pulses.
        up: number of potentiating pulses.
        down: number of depressing pulses after them.
        devices: number of simulated devices.
        seed: 0 to 2**31 - 2, which devices are drawn.

    Returns:
        Weights as they are read, [up + down + 1, devices]; row 0 is before the first pulse.

    Raises:
        ValueError: the cell has no pulses, a count or the seed is out of range, or a step is above 1, so that a pulse is not certain.
    """
    if up < 0 or down < 0:
        raise ValueError(f"numbers of pulses must be 0 or more, not {up} up and {down} down")
    tile = _tile(cell, devices, seed)
    x_BI = torch.ones(1, devices)
    d_BO = torch.ones(1, 1)  # the update descends: d > 0 depresses
    weights = [_read(tile)]
    for sign in [-1] * up + [1] * down:
        tile.update(x_BI, sign * d_BO)
        weights.append(_read(tile))
    return np.stack(weights)


def _tile(cell: Cell, devices: int, seed: int) -> AnalogTile:
    """A 1 x devices tile at the lowest weights."""
    if isinstance(cell.response, IdealDevice):
        raise ValueError(f"the cell {cell.name!r} is ideal and has no pulses")
    if devices < 1 or not 0 <= seed < 2**31 - 1:
        raise ValueError(f"devices must be at least 1 and seed within [0, 2**31 - 2], not {devices} and {seed}")
    if any(isinstance(part, PulsedDevice) and (part.dw_min or 0) > 1 for part in parts(cell.response)):
        raise ValueError(f"a step of the cell {cell.name!r} is above 1, so that one pulse per call is not certain")
    response = with_fields(cell, {"response.construction_seed": seed + 1}).response  # 0 would mean: from the clock
    config = UnitCellRPUConfig if isinstance(response, UnitCell) else SingleRPUConfig
    train = UpdateParameters(desired_bl=1, update_bl_management=False, update_management=False)
    tile = AnalogTile(1, devices, config(device=response, update=train))
    tile.set_learning_rate(1.0)
    tile.set_weights(torch.full((1, devices), _BELOW_EVERY_BOUND))
    return tile


def _read(tile: AnalogTile) -> NDArray[np.float64]:
    return tile.tile.get_weights()[0].numpy().astype(np.float64)
