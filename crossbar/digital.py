"""A digital memory of weights that an optimizer changes: what optimizers for digital hardware share.

Shapes: K chips, B batch, O output lines, I input lines.
"""

from typing import Protocol

import torch
from torch import Tensor

from crossbar import products
from crossbar.array import Array, Rate, State
from crossbar.exact import Exact
from crossbar.wrapper import Wrapper


class Optimizer(Protocol):
    """Makes a change of the weights out of what one batch wants. Remembers what it needs between batches."""

    def change(self, w_KOI: Tensor, x_KBI: Tensor, d_KBO: Tensor, lr: Rate) -> Tensor:
        """What is added to the weights [K, O, I]."""
        ...

    def state(self) -> State:
        """Everything it remembers, as named tensors."""
        ...

    def load_state(self, state: State) -> None:
        """Restore what ``state`` returned."""
        ...


class Digital(Wrapper):
    """W <- W + change(sum_b d_b x_b^T): the batch's outer products are summed digitally, and every weight is written anew at every batch.

    The hardware assumed is a digital one: W and what the optimizer remembers lie in digital memory, at full precision. Cells could not take
    this: each of them would be programmed at every step. One ``update`` is one step of the optimizer, so a layer that a pass visits twice
    takes two.

    Args:
        inner: an exact array, the digital memory.
        optimizer: makes the changes.
        name: of the optimizer, for messages.

    Raises:
        ValueError: the array is not digital.
    """

    def __init__(self, inner: Array, optimizer: Optimizer, name: str) -> None:
        if not isinstance(inner, Exact):
            accepted = "array.host = 'exact' and write.scheme = 'direct'"
            raise ValueError(f"the optimizer {name!r} keeps weights in digital memory: accepted with {accepted} only")
        super().__init__(inner)
        self._optimizer = optimizer

    def update(self, x_KBI: Tensor, d_KBO: Tensor, lr: Rate) -> None:
        w_KOI = self.inner.weights()
        self.inner.program(w_KOI + self._optimizer.change(w_KOI, x_KBI.to(self.dtype), d_KBO.to(self.dtype), lr))

    def program(self, w_KOI: Tensor) -> None:
        self.inner.program(w_KOI)

    def weights(self) -> Tensor:
        return self.inner.weights()

    def steps(self) -> tuple[Tensor, Tensor]:
        return self.inner.steps()

    def own_state(self) -> State:
        return self._optimizer.state()

    def load_own_state(self, state: State) -> None:
        self._optimizer.load_state({name: value.to(self.device) for name, value in state.items()})


def gradient(x_KBI: Tensor, d_KBO: Tensor) -> Tensor:
    """sum_b d_b x_b^T [K, O, I]."""
    return products.product(d_KBO.mT, x_KBI)


def rates(lr: Rate, w_KOI: Tensor) -> Tensor:
    """One rate, or one per chip, so that it multiplies weights: [1, 1, 1] or [K, 1, 1]."""
    return torch.as_tensor(lr, dtype=w_KOI.dtype, device=w_KOI.device).reshape(-1, 1, 1)
