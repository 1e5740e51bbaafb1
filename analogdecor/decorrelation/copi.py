"""copi: constrained parameter inference's rule: remove correlations between lines, leave variances alone."""

from dataclasses import dataclass
from typing import ClassVar

from analogdecor.decorrelating import DecorrelationProposal, correlation_times, first, rows_times
from analogdecor.decorrelator import Decorrelator, Form
from analogdecor.passes import Visit
from analogdecor.ranges import check
from crossbar.array import Rate
from crossbar.moments import mean_square


@dataclass(frozen=True, kw_only=True)
class Copi:
    """R <- R - lr (C - diag C) R, C = <x* x*^T>.

    C R by one outer product x* (R^T x*)^T per sample, diag(C) R added back by one-hot rows. Both are proposed from the same R.
    Fixed point: the off-diagonal of C vanishes. Variances shrink on the way and stay unequal.
    Source: Ahmad, Schrader, van Gerven, TMLR 2023, arXiv 2203.13203.
    Cost on a crossbar: one transposed read of R per sample used and I one-hot transposed reads.

    Attributes:
        lr: eta_R.
        share: part of the batch that C is estimated on, (0, 1].
        every: R is updated at every n-th step.
    """

    form: ClassVar[Form] = "matrix"
    lr: Rate = 1e-3
    share: float = 1.0
    every: int = 1

    def __post_init__(self) -> None:
        check(self)

    def propose(self, decorrelator: Decorrelator, visit: Visit) -> DecorrelationProposal:
        (xstar_KBI,) = first(self.share, visit.xstar_KBI)
        array, variance_KI = decorrelator.array, mean_square(xstar_KBI)
        return DecorrelationProposal((correlation_times(array, xstar_KBI, self.lr), *rows_times(array, -variance_KI, self.lr)))


RULE = Copi
