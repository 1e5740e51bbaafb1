"""What a rule proposes and the loop applies."""

from collections.abc import Iterable
from typing import NamedTuple

from torch import Tensor

from crossbar.array import Array, Rate


class Update(NamedTuple):
    """W <- W - lr sum_b d_b x_b^T, on one array.

    Attributes:
        array: the array to be written.
        x_KBI: what drives the input lines [K, B, I].
        d_KBO: what drives the output lines [K, B, O]; already divided by the number of samples.
        lr: learning rate, one number or one per chip [K].
    """

    array: Array
    x_KBI: Tensor
    d_KBO: Tensor
    lr: Rate


def apply(updates: Iterable[Update]) -> None:
    """Write all proposals. They were all made before the first write: a lazy proposal would see an array that had already changed."""
    for array, x_KBI, d_KBO, lr in tuple(updates):
        array.update(x_KBI, d_KBO, lr)
