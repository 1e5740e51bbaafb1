"""dbp: decorrelated backpropagation's rule: remove correlations and pull variances to 1, balanced by kappa."""

from dataclasses import dataclass
from typing import ClassVar

from analogdecor.decorrelating import DecorrelationProposal, correlation_times, first, rows_times
from analogdecor.decorrelator import Decorrelator, Form
from analogdecor.passes import Visit
from analogdecor.ranges import check
from crossbar.array import Rate
from crossbar.moments import mean_square


@dataclass(frozen=True, kw_only=True)
class Dbp:
    """R <- R - lr [(1 - kappa) (C - diag C) + kappa V] R, V = diag(<x*^2> - 1), C = <x* x*^T>.

    (1 - kappa) C R by one outer product x* (R^T x*)^T per sample; the diagonal rest by one-hot rows.
    Fixed point for 0 < kappa < 1: C = I. kappa = 0 only decorrelates, kappa = 1 only normalises.
    Source: Dalm, Offergeld, Ahmad, van Gerven, arXiv 2405.02385 (the standard method).
    Cost on a crossbar: one transposed read of R per sample used and I one-hot transposed reads.

    Attributes:
        lr: eta_R.
        kappa: balance of decorrelation (0) and unit variance (1), [0, 1].
        share: part of the batch that C is estimated on, (0, 1].
        every: R is updated at every n-th step.
    """

    form: ClassVar[Form] = "matrix"
    lr: Rate = 1e-3
    kappa: float = 0.01
    share: float = 1.0
    every: int = 1

    def __post_init__(self) -> None:
        check(self)

    def propose(self, decorrelator: Decorrelator, visit: Visit) -> DecorrelationProposal:
        (xstar_KBI,) = first(self.share, visit.xstar_KBI)
        square_KI = mean_square(xstar_KBI)
        diagonal_KI = self.kappa * (square_KI - 1.0) - (1.0 - self.kappa) * square_KI
        array = decorrelator.array
        outer = correlation_times(array, xstar_KBI, self.lr, share=1.0 - self.kappa)
        return DecorrelationProposal((outer, *rows_times(array, diagonal_KI, self.lr)))


RULE = Dbp
