"""Reading single cells through the periphery, and driving them to their symmetric point: what calibration and verification need.

Shapes: K chips, O output lines, I input lines.
"""

from functools import reduce

import torch
from torch import Tensor

from crossbar.array import Array
from crossbar.reading import OneHot, read


def read_columns(array: Array, columns: Tensor, reads: int = 1, wanted_KC: Tensor | None = None) -> Tensor:
    """Weights of some input lines [K, O, C], as the ADC sees them: one one-hot vector per line and read, averaged over the reads.

    The ledger counts ``reads`` vectors per line among the forward reads.

    Args:
        array: whose cells are read.
        columns: the lines [C].
        reads: reads averaged.
        wanted_KC: bool, chips and lines whose weights somebody looks at, all where None. The others are read and counted, too, but what
            is returned for them is left open.
    """
    chips, outputs, count = array.chips, array.shape[0], len(columns)
    wanted_KC = torch.ones(chips, count, dtype=torch.bool, device=array.device) if wanted_KC is None else wanted_KC
    seen_KRO = read(array, "forward", OneHot(columns.repeat(reads).expand(chips, -1), wanted_KC.repeat(1, reads)))
    seen_RKCO = seen_KRO.reshape(chips, reads, count, outputs).transpose(0, 1)
    if bool(wanted_KC.all()):
        return _mean(seen_RKCO).mT
    k_M, c_M = wanted_KC.nonzero(as_tuple=True)
    mean_KCO = torch.zeros(chips, count, outputs, dtype=array.dtype, device=array.device)
    mean_KCO[k_M, c_M] = _mean(seen_RKCO[:, k_M, c_M])
    return mean_KCO.mT


def _mean(seen_R: Tensor) -> Tensor:
    """Over the reads, added in their order: the order of a library's mean hangs on where a number stands in its tensor."""
    return reduce(torch.add, seen_R) / len(seen_R)


def read_cells(array: Array, reads: int = 1, wanted_KI: Tensor | None = None) -> Tensor:
    """All weights [K, O, I], column by column; see ``read_columns``."""
    return read_columns(array, torch.arange(array.shape[1], device=array.device), reads, wanted_KI)


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
