"""An array that lives on another device, for tests that speak to it from the CPU."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from torch import Tensor
from torch.utils._pytree import tree_map

from crossbar.array import Array

Context = Callable[[], AbstractContextManager[Any]]


class Ferried:
    """Everything that is given is moved to the array's device; everything that comes back is asserted to be there, and moved to the CPU.

    Args:
        make: makes the array.
        around: what the array is made and used in.
    """

    def __init__(self, make: Callable[[], Array], around: Context = nullcontext) -> None:
        self._around = around
        with around():
            self.array = make()
        self.chips, self.shape, self.dtype = self.array.chips, self.array.shape, self.array.dtype
        self.device = torch.device("cpu")

    def _there(self, name: str, *arguments: Any) -> Any:
        device = self.array.device
        with self._around():
            result = getattr(self.array, name)(*tree_map(lambda leaf: leaf.to(device) if isinstance(leaf, Tensor) else leaf, arguments))
            return tree_map(lambda leaf: self._back(leaf) if isinstance(leaf, Tensor) else leaf, result)

    def _back(self, tensor: Tensor) -> Tensor:
        assert tensor.device.type == self.array.device.type
        return tensor.cpu()

    def forward(self, x_KBI: Tensor) -> Tensor:
        return self._there("forward", x_KBI)

    def backward(self, d_KBO: Tensor) -> Tensor:
        return self._there("backward", d_KBO)

    def update(self, x_KBI: Tensor, d_KBO: Tensor, lr: Any) -> None:
        self._there("update", x_KBI, d_KBO, lr)

    def pulse(self, n_KOI: Tensor) -> None:
        self._there("pulse", n_KOI)

    def program(self, w_KOI: Tensor) -> None:
        self._there("program", w_KOI)

    def weights(self) -> Tensor:
        return self._there("weights")

    def steps(self) -> tuple[Tensor, Tensor]:
        return self._there("steps")

    def elapse(self, seconds: float) -> None:
        self._there("elapse", seconds)

    def state(self) -> dict[str, Tensor]:
        with self._around():
            return self.array.state()

    def load_state(self, state: dict[str, Tensor]) -> None:
        with self._around():
            self.array.load_state(state)

    def ledger(self) -> Any:
        with self._around():
            return self.array.ledger()
