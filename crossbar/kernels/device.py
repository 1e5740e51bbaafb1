"""Draw the cells of one chip from an aihwkit device: everything that all pulsed devices have in common.

Device-to-device spread, as in aihwkit 1.1.0's PulsedDevice (xi: independent standard normals per cell and parameter):

- w_max = mean (1 + w_max_dtod xi), w_min likewise; gain = 1 + dw_min_dtod xi, or exp(dw_min_dtod xi) where ``dw_min_dtod_log_normal``
- one-sided ``up_down``: step up = dw_min (gain + min(u, 0) + r), step down = dw_min (gain - max(u, 0) - r), r = up_down_dtod xi
- ``enforce_consistency`` makes steps positive and bounds enclose 0; without it crossed bounds collapse to their middle
- a corrupt cell (``corrupt_devices_prob``) is stuck at a uniform value within its bounds and +-``corrupt_devices_range``
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crossbar.kernels import streams
from crossbar.seeds import derive

Cells = NDArray[np.float32]
"""One number per cell of one chip [O, I]."""


@dataclass(frozen=True)
class Draws:
    """Named device-to-device draws of one chip: adding a parameter changes no other draw.

    Attributes:
        seed: the chip's seed.
        shape: (O, I).
        spread: False for the nominal cell, for which every normal is 0 and no cell is corrupt.
    """

    seed: int
    shape: tuple[int, int]
    spread: bool = True

    def normal(self, name: str) -> NDArray[np.float64]:
        """Standard normals of the parameter ``name`` [O, I]."""
        if not self.spread:
            return np.zeros(self.shape)
        return streams.normals(self._stream(name), *self.shape).astype(np.float64)

    def uniform(self, name: str) -> NDArray[np.float64]:
        """Uniforms in [0, 1) of the parameter ``name`` [O, I]; all 1 for the nominal cell."""
        if not self.spread:
            return np.ones(self.shape)
        return streams.uniforms(self._stream(name), *self.shape).astype(np.float64)

    def _stream(self, name: str) -> NDArray[np.uint64]:
        return streams.key(derive(self.seed, "device", name), streams.Purpose.DEVICE)


@dataclass
class Common:
    """What every pulsed cell has [O, I each]: bounds, steps at weight 0, and what changes it without pulses."""

    low: NDArray[np.float64]
    high: NDArray[np.float64]
    up: NDArray[np.float64]
    down: NDArray[np.float64]
    decay: NDArray[np.float64]
    diffusion: NDArray[np.float64]
    reset: NDArray[np.float64]


def common(device: Any, draws: Draws) -> Common:
    """The common parameters of one chip's cells (see the module)."""
    high = device.w_max * (1 + device.w_max_dtod * draws.normal("w_max"))
    low = device.w_min * (1 + device.w_min_dtod * draws.normal("w_min"))
    up, down = _steps(device, draws)
    if device.enforce_consistency:
        up, down = np.abs(up), np.abs(down)
        low, high = np.minimum(low, high), np.maximum(low, high)
        low, high = -np.abs(low), np.abs(high)
    else:
        crossed = low > high
        middle = (low + high) / 2
        low, high = np.where(crossed, middle, low), np.where(crossed, middle, high)
    cells = Common(low, high, up, down, *_unpulsed(device, draws))
    _corrupt(cells, device, draws)
    if device.perfect_bias:
        cells.up[:, -1] = cells.down[:, -1] = device.dw_min
        cells.low[:, -1], cells.high[:, -1] = 100 * device.w_min, 100 * device.w_max
    return cells


def _steps(device: Any, draws: Draws) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    xi = draws.normal("dw_min")
    gain = np.exp(device.dw_min_dtod * xi) if device.dw_min_dtod_log_normal else 1 + device.dw_min_dtod * xi
    r = device.up_down_dtod * draws.normal("up_down")
    up = device.dw_min * (gain + min(device.up_down, 0.0) + r)
    return up, device.dw_min * (gain - max(device.up_down, 0.0) - r)


def _unpulsed(device: Any, draws: Draws) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    diffusion = np.abs(device.diffusion * (1 + device.diffusion_dtod * draws.normal("diffusion")))
    reset = device.reset + max(device.reset_dtod, 0.0) * draws.normal("reset")
    if not device.lifetime > 0:
        return np.ones(draws.shape), diffusion, reset
    lifetime = device.lifetime * (1 + device.lifetime_dtod * draws.normal("lifetime"))
    return np.where(lifetime > 1, 1 - 1 / np.where(lifetime > 1, lifetime, 1.0), 0.0), diffusion, reset


def _corrupt(cells: Common, device: Any, draws: Draws) -> None:
    stuck = draws.uniform("corrupt") < device.corrupt_devices_prob
    reach = abs(device.corrupt_devices_range)
    low, high = np.maximum(np.minimum(cells.low, cells.high), -reach), np.minimum(np.maximum(cells.low, cells.high), reach)
    value = low + (high - low) * draws.uniform("corrupt value")
    for bound in (cells.low, cells.high):
        bound[stuck] = value[stuck]
    for step in (cells.up, cells.down):
        step[stuck] = 0.0
