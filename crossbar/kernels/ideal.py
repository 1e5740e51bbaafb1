"""Cells without faults behind a real periphery: aihwkit's IdealDevice, which follows the gradient in floating point."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from aihwkit.simulator.parameters.training import UpdateParameters
from numpy.typing import NDArray

from crossbar.kernels import streams
from crossbar.kernels.streams import Purpose
from crossbar.products import product

Floats = NDArray[np.float32]
STEP = 1e-3
"""Size of one addressed pulse [1], as of the exact array: an ideal device has no pulses of its own."""


@dataclass
class IdealCells:
    """One chip's ideal cells: w <- w - lr d^T x, unbounded. Only addressed pulses are pulses and counted."""

    response: Any
    seed: int
    w: Floats
    up: NDArray[np.uint32]
    down: NDArray[np.uint32]

    @staticmethod
    def made(response: Any, shape: tuple[int, int], seed: int) -> "IdealCells":
        """Cells of one chip with weight 0."""
        counts = np.zeros((2, *shape), dtype=np.uint32)
        return IdealCells(response, seed, np.zeros(shape, dtype=np.float32), counts[0], counts[1])

    @property
    def apparent(self) -> Floats:
        """What is read is what is held."""
        return self.w

    def live_in(self, own: dict[str, NDArray[Any]], apparent_OI: Floats | None) -> None:
        """Keep the named arrays in this memory, which already holds them, so that a fleet's lie in one block."""
        for name, array in own.items():
            setattr(self, name, array)

    def touched(self) -> None:
        """Nothing to remember before a write: ideal cells have no write noise."""

    def show(self, before: None, step: int) -> None:
        """What is held is what is read."""

    def update(self, x_BI: Floats, d_BO: Floats, lr: float, parameters: UpdateParameters, step: int, order: str, samples: int) -> None:
        """Gradient descent; trains, order and pieces do not matter."""
        self.w -= np.float32(lr) * product(torch.from_numpy(d_BO).T[None], torch.from_numpy(x_BI)[None])[0].numpy()

    def program(self, w_OI: Floats, step: int) -> None:
        """Write targets."""
        np.copyto(self.w, w_OI)

    def rest(self, step: int) -> None:
        """Decay towards 0 and diffusion, once per batch."""
        if self.response.lifetime > 1:
            self.w *= np.float32(1 - 1 / self.response.lifetime)
        if self.response.diffusion > 0:
            xi = streams.normals(streams.key(self.seed, Purpose.DIFFUSION, step), *self.w.shape)
            self.w += np.float32(self.response.diffusion) * xi

    def nominal(self) -> tuple[float, float]:
        """Steps up and down at weight 0."""
        return STEP, STEP

    def state(self) -> dict[str, NDArray[Any]]:
        """Copies of everything that is remembered."""
        return {"w": self.w.copy(), "up": self.up.copy(), "down": self.down.copy()}

    def load_state(self, state: dict[str, NDArray[Any]]) -> None:
        """Restore what ``state`` returned."""
        for name, value in state.items():
            np.copyto(getattr(self, name), value)
