"""What a decorrelation rule is: it looks at one decorrelator's input and output and proposes; it changes nothing.

A frozen dataclass of hyper-parameters; every file in ``analogdecor/decorrelation/`` defines one and names it ``RULE``. All rules are built
from two local pieces, with C = <x* x*^T> over the batch's samples:

    C R            = <x* (R^T x*)^T>     a rank-1 update per sample, driven by x* and one transposed read of R
    diag(v) R                            row by row: each row of R is read by a one-hot transposed read and written back scaled

Shapes: K chips, B samples, I lines (R is I x I).
"""

import math
from functools import lru_cache
from typing import ClassVar, NamedTuple, Protocol

import torch
from torch import Tensor

from analogdecor.decorrelator import Decorrelator, Form
from analogdecor.passes import Visit
from analogdecor.update import Rows, Update
from crossbar.array import Array, Rate
from crossbar.block_diagonal import BlockDiagonal
from crossbar.exact import Exact
from crossbar.low_rank import LowRank
from crossbar.reading import After, every_line, read


class DecorrelationProposal(NamedTuple):
    """What a decorrelation rule returns for one decorrelator.

    Attributes:
        updates: outer products for R.
        gain_K: the new digital gain, or None where the rule leaves it.
    """

    updates: tuple[Update | Rows, ...]
    gain_K: Tensor | None = None


class DecorrelationRule(Protocol):
    """A decorrelation rule."""

    form: ClassVar[Form]

    @property
    def lr(self) -> Rate:
        """eta_R, one number or one per chip [K]."""
        ...

    @property
    def every(self) -> int:
        """R is updated at every n-th step."""
        ...

    def propose(self, decorrelator: Decorrelator, visit: Visit) -> DecorrelationProposal:
        """What to write to R after this visit. Writes nothing."""
        ...


def first(share: float, *tensors_KBI: Tensor) -> tuple[Tensor, ...]:
    """The first ceil(share B) samples of a batch, detached: R's statistics need only some (arXiv 2407.10780 uses a tenth)."""
    samples = tensors_KBI[0].shape[1]
    count = math.ceil(share * samples)
    return tuple(x.detach() if count == samples else x.detach()[:, :count] for x in tensors_KBI)


def correlation_times(array: Array, xstar_KBI: Tensor, lr: Rate, share: float = 1.0) -> Update:
    """R <- R - lr share C R, as one outer product x* (R^T x*)^T per sample. Costs one transposed read of R per sample."""
    after = _scaling(share / xstar_KBI.shape[1], array.chips, array.dtype, array.device)
    return Update(array, read(array, "backward", xstar_KBI, after), xstar_KBI, lr)


@lru_cache(maxsize=64)
def _scaling(factor: float, chips: int, dtype: torch.dtype, device: torch.device) -> After:
    """A factor behind the ADC: the same object for the same arguments."""
    return After(torch.full((chips,), factor, dtype=dtype, device=device))


def rows_times(array: Array, factor_KI: Tensor, lr: Rate) -> tuple[Update | Rows, ...]:
    """R <- R - lr diag(factor) R, as one one-hot row per line. Costs I one-hot transposed reads of R, block by block of a block-diagonal R.

    A digital array multiplies its rows instead, which is the same; the factors of a low-rank R take their parts of it at r reads each way.
    """
    if isinstance(array, BlockDiagonal):
        return rows_times(array.inner, array.blocks(factor_KI), array.rates(lr))
    if isinstance(array, LowRank):
        return tuple(Update(*each, lr) for each in array.rows_times(factor_KI))
    if isinstance(array, Exact):
        return (Rows(array, array.rows(), factor_KI, lr),)
    chips, lines = factor_KI.shape
    return (Rows(array, read(array, "backward", every_line(chips, lines, factor_KI.device)), factor_KI, lr),)
