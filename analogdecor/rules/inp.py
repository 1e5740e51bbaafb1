"""inp: iterative node perturbation. One noisy pass per layer, with noise in that layer only."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from analogdecor.draws import Draws
from analogdecor.passes import Trace
from analogdecor.perturbed import added, clean_pass, noisy_layer, share_of
from analogdecor.ranges import check
from analogdecor.rule import Batch, Proposal, RuleState, outer_products, per_position, squares_per_sample
from crossbar.array import Rate


@dataclass(frozen=True, kw_only=True)
class IterativeNodePerturbation:
    """delta_l = N_l dL_l da_l / ||da_l||^2, from a pass with noise in layer l only;  dW_l = -lr delta_l x*_l^T.

    Unbiased for small sigma in every layer; with g the layer's gradient of one sample's loss the variance of component i is
    N/(N+2) (|g|^2 + 2 g_i^2) - g_i^2, N = N_l, divided by the number of passes.
    Source: Dalm, van Gerven, Ahmad, arXiv 2310.00965.
    Cost per step: 1 + layers x passes forward reads of each array, no transposed read.

    Attributes:
        lr: learning rate.
        sigma: standard deviation of the injected noise [1].
        passes: noisy passes averaged, for each layer.
    """

    lr: Rate = 0.01
    sigma: Rate = 0.01
    passes: int = 1

    def __post_init__(self) -> None:
        check(self)

    def init(self, network: nn.Module, seeds: Sequence[int]) -> RuleState:
        return {}

    def propose(self, state: RuleState, network: nn.Module, batch: Batch, draws: Draws) -> Proposal:
        clean = trace, losses_KB = clean_pass(network, batch)
        estimates = [
            tuple(self._delta(network, batch, clean, layer, draws) for layer in range(len(trace.visits))) for _ in range(self.passes)
        ]
        deltas = added(estimates)
        return Proposal(outer_products(trace, deltas, self.lr), trace, losses_KB)

    def _delta(self, network: nn.Module, batch: Batch, clean: tuple[Trace, Tensor], layer: int, draws: Draws) -> Tensor:
        noisy = noisy_layer(network, batch, clean, self.sigma, draws, layer)
        change_KBO, visit = noisy.change[layer], clean[0].visits[layer]
        samples = noisy.dloss_KB.shape[1]
        square_KB = squares_per_sample(change_KBO, samples)
        units = change_KBO[0].numel() // samples
        worth_KB = units * share_of(self.passes, noisy.dloss_KB) * noisy.dloss_KB / square_KB.clamp(min=torch.finfo(square_KB.dtype).tiny)
        return per_position(worth_KB, visit) * change_KBO


RULE = IterativeNodePerturbation
