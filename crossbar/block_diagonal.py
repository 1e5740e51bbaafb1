"""A square matrix too large for one array, of which only the blocks along the diagonal exist, each an array of its own.

Shapes: K chips, B batch, I lines, N blocks of M lines; I <= N M.
"""

import torch
from torch import Tensor
from torch.nn.functional import pad

from crossbar.array import Array, Rate, State
from crossbar.ledger import PER_CHIP, Ledger


def blocks_of(lines: int, largest: int) -> tuple[int, int]:
    """The fewest blocks of equal size that cover the lines with none larger than ``largest``: (N, M).

    Raises:
        ValueError: a number is not positive.
    """
    if lines < 1 or largest < 1:
        raise ValueError(f"lines and blocks must be positive, not {lines} in blocks of {largest}")
    count = -(-lines // largest)
    return count, -(-lines // count)


class BlockDiagonal:
    """y_n = W_n x_n and e_n = W_n^T d_n for the n-th M lines: no cell joins two blocks, so that what lies outside them is 0 for ever.

    An update of the whole changes the blocks by their own outer products. All blocks are read at the same time. Where the lines do not fill
    the last block, its last lines carry nothing.

    Args:
        inner: K N chips of M x M, the blocks of a chip one behind the other.
        lines: I.
        chips: K.

    Raises:
        ValueError: the blocks do not cover the lines, or are not square.
    """

    def __init__(self, inner: Array, lines: int, chips: int) -> None:
        size, count = inner.shape[0], inner.chips // chips
        if inner.shape != (size, size) or count * chips != inner.chips or not (count - 1) * size < lines <= count * size:
            raise ValueError(f"{inner.chips} blocks of {inner.shape} do not cover {lines} lines of {chips} chips")
        self.inner = inner
        self.count = count
        self._lines, self._chips, self._size = lines, chips, size

    @property
    def chips(self) -> int:
        return self._chips

    @property
    def shape(self) -> tuple[int, int]:
        return (self._lines, self._lines)

    @property
    def dtype(self) -> torch.dtype:
        return self.inner.dtype

    @property
    def device(self) -> torch.device:
        return self.inner.device

    def _apart(self, x_KBI: Tensor) -> Tensor:
        """[K, B, I] -> [K N, B, M]."""
        whole = pad(x_KBI, (0, self.count * self._size - self._lines))
        return whole.unflatten(2, (self.count, self._size)).transpose(1, 2).flatten(0, 1)

    def _together(self, y_NBM: Tensor) -> Tensor:
        """[K N, B, M] -> [K, B, I]."""
        return y_NBM.unflatten(0, (self.chips, self.count)).transpose(1, 2).flatten(2)[..., : self._lines]

    def forward(self, x_KBI: Tensor) -> Tensor:
        return self._together(self.inner.forward(self._apart(x_KBI)))

    def backward(self, d_KBO: Tensor) -> Tensor:
        return self._together(self.inner.backward(self._apart(d_KBO)))

    def update(self, x_KBI: Tensor, d_KBO: Tensor, lr: Rate) -> None:
        self.inner.update(self._apart(x_KBI), self._apart(d_KBO), self.rates(lr))

    def rates(self, lr: Rate) -> Rate:
        """The rate of every block, from one number or one per chip."""
        if not isinstance(lr, Tensor) or lr.numel() == 1:
            return lr
        return lr.repeat_interleave(self.count)

    def blocks(self, value_KI: Tensor) -> Tensor:
        """One number per line, block by block: [K, I] -> [K N, M]."""
        return self._apart(value_KI[:, None])[:, 0]

    def _cells(self, w_KOI: Tensor) -> Tensor:
        """What lies on the blocks: [K, I, I] -> [K N, M, M]."""
        spare = self.count * self._size - self._lines
        whole = pad(w_KOI, (0, spare, 0, spare)).unflatten(1, (self.count, self._size)).unflatten(3, (self.count, self._size))
        return whole.diagonal(dim1=1, dim2=3).movedim(3, 1).flatten(0, 1)

    def _whole(self, w_NMM: Tensor) -> Tensor:
        """[K N, M, M] -> [K, I, I] with zeros outside the blocks."""
        placed = torch.diag_embed(w_NMM.unflatten(0, (self.chips, self.count)).movedim(1, 3), dim1=1, dim2=3)
        return placed.flatten(3, 4).flatten(1, 2)[:, : self._lines, : self._lines]

    def pulse(self, n_KOI: Tensor) -> None:
        self.inner.pulse(self._cells(n_KOI))

    def program(self, w_KOI: Tensor) -> None:
        self.inner.program(self._cells(w_KOI))

    def weights(self) -> Tensor:
        return self._whole(self.inner.weights())

    def steps(self) -> tuple[Tensor, Tensor]:
        """Those of each chip's first block: the nominal cell is the same in all."""
        up_N, down_N = self.inner.steps()
        return up_N[:: self.count], down_N[:: self.count]

    def elapse(self, seconds: float) -> None:
        self.inner.elapse(seconds)

    def state(self) -> State:
        return self.inner.state()

    def load_state(self, state: State) -> None:
        self.inner.load_state(state)

    def ledger(self) -> Ledger:
        """Pulses per cell of the whole, 0 where there is none; what is spent per chip is summed over its blocks."""
        own = self.inner.ledger()
        per_chip = {name: getattr(own, name).unflatten(0, (self.chips, self.count)).sum(1) for name in PER_CHIP}
        pulses = {name: self._whole(getattr(own, name)) for name in ("pulses_up_KOI", "pulses_down_KOI")}
        return Ledger(counting=own.counting, **pulses, **per_chip)
