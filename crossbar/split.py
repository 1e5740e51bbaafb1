"""A layer larger than one physical array: a grid of arrays with digital partial sums.

Shapes: K chips, B batch, I input lines, O output lines.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import reduce
from itertools import pairwise, product

import torch
from torch import Tensor

from crossbar.array import Array, Rate, State
from crossbar.ledger import Ledger

Factory = Callable[[tuple[int, int], int, int], Array]
"""Makes the array of one block from its shape (O, I) and its row and column in the grid."""


@dataclass(frozen=True)
class Block:
    """One array's place in the grid.

    Attributes:
        row: row in the grid.
        column: column in the grid.
        outputs: its output lines.
        inputs: its input lines.
    """

    row: int
    column: int
    outputs: slice
    inputs: slice

    @property
    def shape(self) -> tuple[int, int]:
        """(O, I) of the block."""
        return self.outputs.stop - self.outputs.start, self.inputs.stop - self.inputs.start


def split(shape: tuple[int, int], max_shape: tuple[int, int]) -> tuple[Block, ...]:
    """The fewest blocks that cover ``shape`` with none larger than ``max_shape``, row by row; equal sizes, up to one line.

    Raises:
        ValueError: a size is not positive.
    """
    if min(*shape, *max_shape) < 1:
        raise ValueError(f"sizes must be positive, not {shape} in blocks of {max_shape}")
    rows, columns = (_cuts(size, largest) for size, largest in zip(shape, max_shape, strict=True))
    return tuple(Block(*place, rows[place[0]], columns[place[1]]) for place in product(range(len(rows)), range(len(columns))))


def _cuts(size: int, largest: int) -> list[slice]:
    parts = -(-size // largest)
    return [slice(start, stop) for start, stop in pairwise(size * part // parts for part in range(parts + 1))]


class Split:
    """W as a grid of arrays: y_o = sum over the grid's columns of W_oi x_i, e_i = sum over its rows of W_oi^T d_o, summed digitally.

    Every array converts its own partial sums, so the ledger's reads are summed over the grid: one sample counts once for each array.

    Args:
        shape: (O, I) of the whole.
        max_shape: (O, I) of the largest physical array.
        factory: makes the array of one block, ``factory(block_shape, row, column)``; give each its own seeds.

    Raises:
        ValueError: a size is not positive, or the arrays differ in chips, dtype or device, or have another shape than their block.
    """

    def __init__(self, shape: tuple[int, int], max_shape: tuple[int, int], factory: Factory) -> None:
        self._shape = shape
        self.blocks = split(shape, max_shape)
        sizes = [block.shape for block in self.blocks]
        self.arrays = [factory(block.shape, block.row, block.column) for block in self.blocks]
        found = {(array.chips, array.dtype, array.device) for array in self.arrays}
        if len(found) != 1 or [array.shape for array in self.arrays] != sizes:
            shapes = [array.shape for array in self.arrays]
            raise ValueError(
                f"arrays of a grid share chips, dtype and device and fill their blocks {sizes}; made were {shapes} with {found}"
            )

    def _parts(self) -> Iterator[tuple[Array, slice, slice]]:
        return ((array, block.outputs, block.inputs) for array, block in zip(self.arrays, self.blocks, strict=True))

    @property
    def chips(self) -> int:
        return self.arrays[0].chips

    @property
    def shape(self) -> tuple[int, int]:
        return self._shape

    @property
    def dtype(self) -> torch.dtype:
        return self.arrays[0].dtype

    @property
    def device(self) -> torch.device:
        return self.arrays[0].device

    def forward(self, x_KBI: Tensor) -> Tensor:
        y_KBO = torch.zeros(self.chips, x_KBI.shape[1], self.shape[0], dtype=self.dtype, device=self.device)
        for array, rows, columns in self._parts():
            y_KBO[..., rows] += array.forward(x_KBI[..., columns])
        return y_KBO

    def backward(self, d_KBO: Tensor) -> Tensor:
        e_KBI = torch.zeros(self.chips, d_KBO.shape[1], self.shape[1], dtype=self.dtype, device=self.device)
        for array, rows, columns in self._parts():
            e_KBI[..., columns] += array.backward(d_KBO[..., rows])
        return e_KBI

    def update(self, x_KBI: Tensor, d_KBO: Tensor, lr: Rate) -> None:
        for array, rows, columns in self._parts():
            array.update(x_KBI[..., columns], d_KBO[..., rows], lr)

    def pulse(self, n_KOI: Tensor) -> None:
        for array, rows, columns in self._parts():
            array.pulse(n_KOI[:, rows, columns])

    def program(self, w_KOI: Tensor) -> None:
        for array, rows, columns in self._parts():
            array.program(w_KOI[:, rows, columns])

    def weights(self) -> Tensor:
        return self._assembled([array.weights() for array in self.arrays])

    def _assembled(self, parts: list[Tensor]) -> Tensor:
        whole_KOI = torch.empty(self.chips, *self.shape, dtype=parts[0].dtype, device=parts[0].device)
        for part, block in zip(parts, self.blocks, strict=True):
            whole_KOI[:, block.outputs, block.inputs] = part
        return whole_KOI

    def steps(self) -> tuple[Tensor, Tensor]:
        """Those of the first array: the nominal cell is the same in all."""
        return self.arrays[0].steps()

    def elapse(self, seconds: float) -> None:
        for array in self.arrays:
            array.elapse(seconds)

    def state(self) -> State:
        return {f"{index}/{name}": value for index, array in enumerate(self.arrays) for name, value in array.state().items()}

    def load_state(self, state: State) -> None:
        for index, array in enumerate(self.arrays):
            prefix = f"{index}/"
            array.load_state({name.removeprefix(prefix): value for name, value in state.items() if name.startswith(prefix)})

    def ledger(self) -> Ledger:
        """Pulses per cell of the whole; reads and conversions summed over the arrays of the grid; a partial sum is one addition."""
        parts = [array.ledger() for array in self.arrays]
        forward_K = [part.forward_reads_K * block.shape[0] for part, block in zip(parts, self.blocks, strict=True) if block.column]
        backward_K = [part.backward_reads_K * block.shape[1] for part, block in zip(parts, self.blocks, strict=True) if block.row]
        whole = Ledger.of_parts(parts, self._assembled)
        return whole.plus(digital_ops_K=reduce(torch.add, [*forward_K, *backward_K], torch.zeros_like(whole.digital_ops_K)))
