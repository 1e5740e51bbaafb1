"""What arrays that wrap one array share: everything that passes through unchanged."""

from abc import ABC, abstractmethod

import torch
from torch import Tensor

from crossbar.array import Array, Rate, State
from crossbar.ledger import Ledger


class Wrapper(ABC):
    """An array around one array. Abstract, with final pass-throughs: a wrapper defines what is abstract here and overrides nothing.

    Args:
        inner: the array that is wrapped.
    """

    def __init__(self, inner: Array) -> None:
        self.inner = inner

    @property
    def chips(self) -> int:
        """K of the wrapped array."""
        return self.inner.chips

    @property
    def shape(self) -> tuple[int, int]:
        """(O, I) of the wrapped array."""
        return self.inner.shape

    @property
    def dtype(self) -> torch.dtype:
        """The dtype of the wrapped array."""
        return self.inner.dtype

    def pulse(self, n_KOI: Tensor) -> None:
        """Addressed pulses go to the cells unchanged."""
        self.inner.pulse(n_KOI)

    def elapse(self, seconds: float) -> None:
        """Time passes for the wrapped array."""
        self.inner.elapse(seconds)

    def ledger(self) -> Ledger:
        """What the wrapped array has spent."""
        return self.inner.ledger()

    def state(self) -> State:
        """The wrapped array's state and, behind the prefix of its class name, the wrapper's own."""
        own = {f"{type(self).__name__}.{name}": value.clone() for name, value in self.own_state().items()}
        return {**self.inner.state(), **own}

    def load_state(self, state: State) -> None:
        """Restore the wrapped array and the wrapper."""
        self.inner.load_state(state)
        prefix = f"{type(self).__name__}."
        self.load_own_state({name.removeprefix(prefix): value for name, value in state.items() if name.startswith(prefix)})

    @abstractmethod
    def own_state(self) -> State:
        """What the wrapper itself remembers (empty for most)."""

    @abstractmethod
    def load_own_state(self, state: State) -> None:
        """Restore what ``own_state`` returned."""

    @abstractmethod
    def forward(self, x_KBI: Tensor) -> Tensor:
        """As ``Array.forward``."""

    @abstractmethod
    def backward(self, d_KBO: Tensor) -> Tensor:
        """As ``Array.backward``."""

    @abstractmethod
    def update(self, x_KBI: Tensor, d_KBO: Tensor, lr: Rate) -> None:
        """As ``Array.update``."""

    @abstractmethod
    def program(self, w_KOI: Tensor) -> None:
        """As ``Array.program``."""

    @abstractmethod
    def weights(self) -> Tensor:
        """As ``Array.weights``."""

    @abstractmethod
    def steps(self) -> tuple[Tensor, Tensor]:
        """As ``Array.steps``."""
