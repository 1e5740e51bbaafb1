"""fa: feedback alignment. Fixed random arrays carry the signal back; it still passes the true R transposed."""

from collections.abc import Sequence
from dataclasses import dataclass

from torch import nn

from analogdecor import passes
from analogdecor.draws import Draws
from analogdecor.initial import kaiming_uniform
from analogdecor.linear import crossbar_layers
from analogdecor.ranges import check
from analogdecor.rule import Batch, Proposal, RuleState, outer_products
from crossbar.array import Rate
from crossbar.exact import Exact


@dataclass(frozen=True, kw_only=True)
class FeedbackAlignment:
    """delta_{l-1} = f'(a_{l-1}) . (g R_l^T B_l^T delta_l) with B_l fixed, of W_l's shape and initial spread;  dW_l = -lr delta_l x*_l^T.

    Source: Lillicrap et al., Nat. Commun. 7:13276 (2016), doi 10.1038/ncomms13276; behind a decorrelator as in arXiv 2407.10780.
    Cost per step: as bp, with the transposed reads on B. B is digital here.

    Attributes:
        lr: learning rate.
    """

    lr: Rate = 0.1

    def __post_init__(self) -> None:
        check(self)

    def init(self, network: nn.Module, seeds: Sequence[int]) -> RuleState:
        layers = crossbar_layers(network)
        return {
            name: Exact(
                kaiming_uniform(seeds, layer.weight.shape, "feedback", name, dtype=layer.weight.dtype).to(layer.weight.device),
                dtype=layer.weight.dtype,
            )
            for name, layer in layers.items()
        }

    def propose(self, state: RuleState, network: nn.Module, batch: Batch, draws: Draws) -> Proposal:
        feedback = {layer: state[name] for name, layer in crossbar_layers(network).items()}
        trace = passes.run(network, batch.x_N, gradient=True, feedback=feedback)
        losses_KB = batch.losses(trace)
        deltas = passes.deltas(trace, losses_KB)
        return Proposal(outer_products(trace, deltas, self.lr), trace, losses_KB.detach())


RULE = FeedbackAlignment
