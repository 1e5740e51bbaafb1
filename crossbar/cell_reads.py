"""Reading single cells through the periphery, and driving them to their symmetric point: what calibration and verification need.

Shapes: K chips, O output lines, I input lines.
"""

import torch
from torch import Tensor

from crossbar.array import Array


def read_columns(array: Array, columns: Tensor, reads: int = 1) -> Tensor:
    """Weights of some input lines [K, O, C], as the ADC sees them: one one-hot vector per line and read, averaged over the reads.

    The ledger counts ``reads`` vectors per line among the forward reads.
    """
    one_hot_CI = torch.zeros(len(columns), array.shape[1], dtype=array.dtype, device=array.device)
    one_hot_CI[torch.arange(len(columns), device=array.device), columns] = 1.0
    seen_KRO = array.forward(one_hot_CI.repeat(reads, 1).expand(array.chips, -1, -1))
    return seen_KRO.reshape(array.chips, reads, len(columns), array.shape[0]).mean(1).mT


def read_cells(array: Array, reads: int = 1) -> Tensor:
    """All weights [K, O, I], column by column; see ``read_columns``."""
    return read_columns(array, torch.arange(array.shape[1], device=array.device), reads)


def to_symmetric_point(array: Array, pairs: int) -> None:
    """Alternate one up and one down pulse on every cell, ``pairs`` times.

    Where both directions saturate this ends at the weight where an up and a down pulse are equally large, wherever it started, to within
    one step and the cycle-to-cycle spread. A cell with constant steps stays where it is.
    Source: Gokmen and Haensch, Front. Neurosci. 14, 103 (2020), doi 10.3389/fnins.2020.00103 (zero shifting).
    """
    one_KOI = torch.ones(array.chips, *array.shape, device=array.device)
    for _ in range(pairs):
        array.pulse(one_KOI)
        array.pulse(-one_KOI)
