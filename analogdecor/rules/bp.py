"""bp: backpropagation, with transposed reads of the arrays themselves."""

from collections.abc import Sequence
from dataclasses import dataclass

from torch import nn

from analogdecor import passes
from analogdecor.draws import Draws
from analogdecor.ranges import check
from analogdecor.rule import Batch, Proposal, RuleState, outer_products
from crossbar.array import Rate


@dataclass(frozen=True, kw_only=True)
class Backpropagation:
    """delta_{l-1} = f'(a_{l-1}) . (g R_l^T W_l^T delta_l);  dW_l = -lr delta_l x*_l^T, delta of the batch's mean loss.

    Source: Ahmad, arXiv 2407.10780 (with R in front); R itself gets no gradient of the loss.
    Cost per step: one forward read of each array, one transposed read of each but the first layer's.

    Attributes:
        lr: learning rate.
    """

    lr: Rate = 0.1

    def __post_init__(self) -> None:
        check(self)

    def init(self, network: nn.Module, seeds: Sequence[int]) -> RuleState:
        return {}

    def propose(self, state: RuleState, network: nn.Module, batch: Batch, draws: Draws) -> Proposal:
        trace = passes.run(network, batch.x_N, gradient=True)
        losses_KB = batch.losses(trace)
        deltas = passes.deltas(trace, losses_KB)
        return Proposal(outer_products(trace, deltas, self.lr), trace, losses_KB.detach())


RULE = Backpropagation
