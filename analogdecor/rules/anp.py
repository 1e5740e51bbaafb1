"""anp: activity-based node perturbation. Only measured activities are needed, not the noise that caused them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

import torch
from torch import Tensor, nn

from analogdecor.draws import Draws
from analogdecor.passes import Trace
from analogdecor.perturbed import NoisyPass, average, clean_pass, noisy_pass
from analogdecor.ranges import check
from analogdecor.rule import Batch, Proposal, RuleState, outer_products, per_position, per_sample
from crossbar.array import Rate


@dataclass(frozen=True, kw_only=True)
class ActivityNodePerturbation:
    """delta_l = N dL da_l / ||da||^2, da = a_noisy - a_clean, the norm over all N units of the network;  dW_l = -lr delta_l x*_l^T.

    For one layer da is the noise itself and the estimate is unbiased with variance N/(N+2) (|g|^2 + 2 g_i^2) - g_i^2; in deeper networks da
    also holds what earlier noise did, so that the estimate follows the activity and is only aligned with the gradient.
    Source: Dalm, van Gerven, Ahmad, arXiv 2310.00965.
    Cost per step: 1 + passes forward reads of each array, no transposed read.

    Attributes:
        lr: learning rate.
        sigma: standard deviation of the injected noise [1].
        passes: noisy passes averaged.
    """

    lr: Rate = 0.1
    sigma: Rate = 0.01
    passes: int = 1

    def __post_init__(self) -> None:
        check(self)

    def init(self, network: nn.Module, seeds: Sequence[int]) -> RuleState:
        return {}

    def propose(self, state: RuleState, network: nn.Module, batch: Batch, draws: Draws) -> Proposal:
        clean = trace, losses_KB = clean_pass(network, batch)
        noisy = [noisy_pass(network, batch, clean, self.sigma, draws) for _ in range(self.passes)]
        deltas = average([activity_deltas(trace, each) for each in noisy], losses_KB.shape[1])
        return Proposal(outer_products(trace, deltas, self.lr), trace, losses_KB)


def activity_deltas(trace: Trace, noisy: NoisyPass) -> tuple[Tensor, ...]:
    """N dL da_l / ||da||^2 for every visit [K, B, O], the norm over the whole network."""
    samples = noisy.dloss_KB.shape[1]
    square_KB = reduce(torch.add, [per_sample(change.square(), samples) for change in noisy.change])
    units = sum(change[0].numel() // samples for change in noisy.change)
    worth_KB = units * noisy.dloss_KB / square_KB.clamp(min=torch.finfo(square_KB.dtype).tiny)
    return tuple(per_position(worth_KB, visit) * change for visit, change in zip(trace.visits, noisy.change, strict=True))


RULE = ActivityNodePerturbation
