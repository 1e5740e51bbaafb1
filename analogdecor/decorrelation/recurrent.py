"""recurrent: Foldiak's anti-Hebbian lateral connections, the form that needs nothing but x* itself."""

from dataclasses import dataclass
from typing import ClassVar

from analogdecor.decorrelating import DecorrelationProposal, first
from analogdecor.decorrelator import Decorrelator, Form
from analogdecor.passes import Visit
from analogdecor.ranges import check
from analogdecor.update import Update
from crossbar.array import Rate


@dataclass(frozen=True, kw_only=True)
class Recurrent:
    """x* = M^-1 z, settled through lateral connections;  M <- M + lr <x* x*^T>.

    Purely presynaptic times postsynaptic: one outer product x* x*^T per sample, no read for the update. To first order in lr the same as
    R <- R - lr R C R with R = M^-1. With the diagonal in C activity keeps shrinking slowly; there is no gain in this rule.
    Source: Foldiak, Biol. Cybern. 64, 165 (1990), doi 10.1007/BF02331346; the option "foldiak" of arXiv 2407.10780.
    Cost on a crossbar: the settling reads of every forward and transposed pass (see ``Decorrelator``), no read for the update.

    Attributes:
        lr: eta_R.
        share: part of the batch that C is estimated on, (0, 1].
        every: M is updated at every n-th step.
    """

    form: ClassVar[Form] = "lateral"
    lr: Rate = 1e-3
    share: float = 1.0
    every: int = 1

    def __post_init__(self) -> None:
        check(self)

    def propose(self, decorrelator: Decorrelator, visit: Visit) -> DecorrelationProposal:
        (xstar_KBI,) = first(self.share, visit.xstar_KBI)
        return DecorrelationProposal((Update(decorrelator.array, xstar_KBI, -xstar_KBI / xstar_KBI.shape[1], self.lr),))


RULE = Recurrent
