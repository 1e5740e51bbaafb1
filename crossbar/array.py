"""What an array is: the one protocol between learning rules and hardware.

An array is O x I cells with their periphery, for K chips at once. It is the only thing that remembers: nothing but ``update``,
``pulse``, ``program``, ``elapse`` and ``load_state`` changes it, and none of these writes into its arguments.

Shapes: K chips, B batch, I input lines, O output lines.
"""

from typing import Protocol, runtime_checkable

import torch
from torch import Tensor

from crossbar.ledger import Ledger

Rate = float | Tensor
"""A learning rate: one number, or one per chip [K]."""

State = dict[str, Tensor]
"""Everything an array remembers, as named tensors on the CPU, so that it can be restored on any device."""


@runtime_checkable
class Array(Protocol):
    """O x I cells of K chips. See the module for the rules that every array keeps."""

    @property
    def chips(self) -> int:
        """K, the number of chips advanced together."""
        ...

    @property
    def shape(self) -> tuple[int, int]:
        """(O, I): output lines, input lines."""
        ...

    @property
    def dtype(self) -> torch.dtype:
        """The dtype of what reads return and of the weights."""
        ...

    @property
    def device(self) -> torch.device:
        """Where the array lives: what it is given must be there, and so is what it returns, but for states and ledgers."""
        ...

    def forward(self, x_KBI: Tensor) -> Tensor:
        """Analog read y = W x through DAC, cells and ADC: [K, B, I] -> [K, B, O]."""
        ...

    def backward(self, d_KBO: Tensor) -> Tensor:
        """Transposed analog read e = W^T d: [K, B, O] -> [K, B, I]."""
        ...

    def update(self, x_KBI: Tensor, d_KBO: Tensor, lr: Rate) -> None:
        """Array-parallel write towards W - lr * sum_b d_b x_b^T, by pulses. The SUM over the batch; lr >= 0, one number or one per chip."""
        ...

    def pulse(self, n_KOI: Tensor) -> None:
        """Addressed write: n signed pulses on each cell, integers [K, O, I]; row by row in hardware."""
        ...

    def program(self, w_KOI: Tensor) -> None:
        """Write target weights [K, O, I], clipped to each cell's range."""
        ...

    def weights(self) -> Tensor:
        """A perfect copy of the weights [K, O, I], for diagnostics and tests only."""
        ...

    def steps(self) -> tuple[Tensor, Tensor]:
        """Nominal size of one up and one down pulse at weight 0, both positive, in this array's weights: two tensors [K].

        Nominal: of the published mean cell, without device-to-device spread. It is what a designer knows of the chip.
        """
        ...

    def elapse(self, seconds: float) -> None:
        """Let time pass: retention, imprint."""
        ...

    def state(self) -> State:
        """Everything the array remembers, as copies; ``load_state`` of it restores the array exactly."""
        ...

    def load_state(self, state: State) -> None:
        """Restore what ``state`` returned."""
        ...

    def ledger(self) -> Ledger:
        """What has been spent so far: pulses and reads, on the CPU."""
        ...
