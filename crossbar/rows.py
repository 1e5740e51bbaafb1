"""Writes row by row: W <- W - lr diag(factor) rows, which is the update with one-hot d.

Shapes: K chips, B samples, O output lines, I input lines.
"""

from abc import ABC, abstractmethod
from typing import NamedTuple

import torch
from torch import Tensor

from crossbar.array import Array, Rate


class Outer(NamedTuple):
    """sum_b d_b x_b^T.

    Attributes:
        x_KBI: what drives the input lines.
        d_KBO: what drives the output lines.
    """

    x_KBI: Tensor
    d_KBO: Tensor


class Weighted(NamedTuple):
    """diag(factor) rows.

    Attributes:
        rows_KOI: a row for every output line.
        factor_KO: a number for every row.
    """

    rows_KOI: Tensor
    factor_KO: Tensor


class Rowwise(ABC):
    """An array that adds to its rows without a sum over samples of which all but one are 0."""

    @abstractmethod
    def add_rows(self, rows: Weighted, lr: Rate, beside: Outer | None = None) -> None:
        """W <- W - lr (diag(factor) rows + beside), in one write."""


def add_rows(array: Array, rows: Weighted, lr: Rate, beside: Outer | None = None) -> None:
    """W <- W - lr (diag(factor) rows + beside): by the array itself where it can, else an update for each, rows as one-hot samples."""
    if isinstance(array, Rowwise):
        array.add_rows(rows, lr, beside)
        return
    if beside is not None:
        array.update(*beside, lr)
    array.update(rows.rows_KOI, torch.diag_embed(rows.factor_KO), lr)
