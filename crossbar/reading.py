"""Reads with what digital logic does to them behind the ADC, in one pass where an array can.

Shapes: K chips, B samples, M lines in, N lines out; O output lines, I input lines of the array.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import cache, partial
from typing import Literal, NamedTuple

import torch
from torch import Tensor

from crossbar.array import Array

Way = Literal["forward", "backward"]
"""W x, or W^T d by a transposed read."""


class OneHot(NamedTuple):
    """Samples with 1 on one line each.

    Attributes:
        line_KB: the lines.
        wanted_KB: bool, samples that somebody looks at, all where None. The others are read and counted, too, but what they return is left
            open.
    """

    line_KB: Tensor
    wanted_KB: Tensor | None = None

    def drives(self, lines: int, dtype: torch.dtype) -> Tensor:
        """The same as vectors [K, B, M]."""
        return torch.nn.functional.one_hot(self.line_KB, lines).to(dtype)

    def looked_at(self) -> Tensor:
        """The lines, -1 where nobody looks [K, B]; contiguous."""
        return (self.line_KB if self.wanted_KB is None else torch.where(self.wanted_KB, self.line_KB, -1)).contiguous()


@cache
def every_line(chips: int, lines: int, device: torch.device) -> OneHot:
    """Each line of each chip once, in order; the same object for the same arguments."""
    return OneHot(torch.arange(lines, device=device).expand(chips, lines))


Drives = Tensor | OneHot
"""What is on the lines that are driven: vectors [K, B, M], or one-hot ones by their lines."""


def samples(v: Drives) -> int:
    """B."""
    return v.line_KB.shape[1] if isinstance(v, OneHot) else v.shape[1]


class After(NamedTuple):
    """What digital logic does behind the ADC: y -> s y + c v + b, v what drove the lines.

    Attributes:
        scale_K: s of each chip; 1 where None.
        carry_K: c of each chip; 0 where None. Only a square array can carry.
        offset_KN: b of each line out; 0 where None.
    """

    scale_K: Tensor | None = None
    carry_K: Tensor | None = None
    offset_KN: Tensor | None = None

    def scaled(self, scale_K: Tensor) -> "After":
        """The same after y -> scale y."""
        return self._replace(scale_K=scale_K if self.scale_K is None else self.scale_K * scale_K)

    def carrying(self, one_K: Tensor) -> "After":
        """The same after y -> y + v."""
        wire_K = one_K if self.scale_K is None else self.scale_K
        return self._replace(carry_K=wire_K if self.carry_K is None else self.carry_K + wire_K)

    def of(self, y_KBN: Tensor, v_KBM: Tensor) -> Tensor:
        """s y + c v + b, in place."""
        if self.scale_K is not None:
            y_KBN.mul_(self.scale_K[:, None, None])
        if self.carry_K is not None:
            y_KBN.addcmul_(self.carry_K[:, None, None], v_KBM)
        if self.offset_KN is not None:
            y_KBN.add_(self.offset_KN[:, None, :])
        return y_KBN


NOTHING = After()


class Finishing(ABC):
    """An array whose reads come finished by digital logic."""

    def forward(self, x_KBI: Tensor) -> Tensor:
        """As ``Array.forward``."""
        return self.read("forward", x_KBI)

    def backward(self, d_KBO: Tensor) -> Tensor:
        """As ``Array.backward``."""
        return self.read("backward", d_KBO)

    @abstractmethod
    def read(self, way: Way, v: Drives, after: After = NOTHING) -> Tensor:
        """s W v + c v + b, or the same with W^T [K, B, N].

        Raises:
            ValueError: a number does not fit the chips or lines, or an array that is not square is to carry.
        """


def read(array: Array, way: Way, v: Drives, after: After = NOTHING) -> Tensor:
    """``Finishing.read`` of any array."""
    return reader(array)(way, v, after)


def reader(array: Array) -> Callable[[Way, Drives, After], Tensor]:
    """What reads an array and finishes: the array itself where it can, else passes over what it returns."""
    return array.read if isinstance(array, Finishing) else partial(_read, array)


def _read(array: Array, way: Way, v: Drives, after: After) -> Tensor:
    v_KBM = v.drives(array.shape[1 if way == "forward" else 0], array.dtype) if isinstance(v, OneHot) else v
    return after.of(array.forward(v_KBM) if way == "forward" else array.backward(v_KBM), v_KBM)
