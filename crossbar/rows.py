"""Writes row by row: W <- W - lr diag(factor) rows, which is the update with one-hot d.

Shapes: K chips, O output lines, I input lines.
"""

from abc import ABC, abstractmethod

import torch
from torch import Tensor

from crossbar.array import Array, Rate


class Rowwise(ABC):
    """An array that adds to its rows without a sum over samples of which all but one are 0."""

    @abstractmethod
    def add_rows(self, rows_KOI: Tensor, factor_KO: Tensor, lr: Rate) -> None:
        """W <- W - lr diag(factor) rows."""


def add_rows(array: Array, rows_KOI: Tensor, factor_KO: Tensor, lr: Rate) -> None:
    """W <- W - lr diag(factor) rows: by the array itself where it can, else as one sample per row, one-hot at the output lines."""
    if isinstance(array, Rowwise):
        array.add_rows(rows_KOI, factor_KO, lr)
    else:
        array.update(rows_KOI, torch.diag_embed(factor_KO), lr)
