"""What arrays made of several arrays share: time, state and costs of all of them."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from functools import reduce

import torch
from torch import Tensor

from crossbar.array import Array, Rate, State
from crossbar.ledger import Ledger


class Several(ABC):
    """One array made of several of the same chips and dtype. Abstract, with final pass-throughs: what is abstract here is defined, nothing
    is overridden.

    The ledger's pulses of a weight are those of all cells behind it, its reads those of all arrays.

    Args:
        arrays: by name; the first one gives shape, chips and dtype.
    """

    def __init__(self, arrays: Mapping[str, Array]) -> None:
        self.arrays = dict(arrays)
        self._first = next(iter(self.arrays.values()))
        self._digital_ops_K = torch.zeros(self.chips, dtype=torch.float64)

    @property
    def chips(self) -> int:
        """K of the first array."""
        return self._first.chips

    @property
    def shape(self) -> tuple[int, int]:
        """(O, I) of the first array."""
        return self._first.shape

    @property
    def dtype(self) -> torch.dtype:
        """The dtype of the first array."""
        return self._first.dtype

    @property
    def device(self) -> torch.device:
        """Where the first array lives."""
        return self._first.device

    def spend(self, *, digital_ops: Tensor | float) -> None:
        """Count digital operations, one number or one per chip [K]."""
        self._digital_ops_K += digital_ops

    def elapse(self, seconds: float) -> None:
        """Time passes for all arrays."""
        for array in self.arrays.values():
            array.elapse(seconds)

    def ledger(self) -> Ledger:
        """What all arrays have spent, and the digital operations beside them; pulses per weight are summed over its cells.

        Arrays of another shape (a line that all share) give their pulses to the whole by equal parts.
        """
        parts = [array.ledger() for array in self.arrays.values()]
        return Ledger.of_parts(parts, self._summed).plus(digital_ops_K=self._digital_ops_K)

    def _summed(self, parts: list[Tensor]) -> Tensor:
        whole = self.shape[0] * self.shape[1]
        alike = [part if part.shape[1:] == self.shape else part.sum((1, 2), keepdim=True).expand(-1, *self.shape) / whole for part in parts]
        return reduce(torch.add, alike)

    def state(self) -> State:
        """The state of every array behind its name, and one's own behind the class's."""
        kind = type(self).__name__
        arrays = {f"{kind}.{name}/{key}": value for name, array in self.arrays.items() for key, value in array.state().items()}
        own = {
            f"{kind}.{name}": value.to("cpu", copy=True)
            for name, value in {"digital_ops_K": self._digital_ops_K, **self.own_state()}.items()
        }
        return {**arrays, **own}

    def load_state(self, state: State) -> None:
        """Restore all arrays and what is one's own."""
        left = _behind(f"{type(self).__name__}.", state)
        for name, array in self.arrays.items():
            array.load_state(_behind(f"{name}/", left))
        own = {name: value for name, value in left.items() if "/" not in name}
        self._digital_ops_K = own.pop("digital_ops_K").clone()
        self.load_own_state(own)

    @abstractmethod
    def own_state(self) -> State:
        """What is remembered beside the arrays (empty for most)."""

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
    def pulse(self, n_KOI: Tensor) -> None:
        """As ``Array.pulse``."""

    @abstractmethod
    def program(self, w_KOI: Tensor) -> None:
        """As ``Array.program``."""

    @abstractmethod
    def weights(self) -> Tensor:
        """As ``Array.weights``."""

    @abstractmethod
    def steps(self) -> tuple[Tensor, Tensor]:
        """As ``Array.steps``."""


def _behind(prefix: str, state: State) -> State:
    return {name.removeprefix(prefix): value for name, value in state.items() if name.startswith(prefix)}
