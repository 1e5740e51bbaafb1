"""anp: activity-based node perturbation. Only measured activities are needed, not the noise that caused them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

import torch
from torch import Tensor, nn

from analogdecor.draws import Draws
from analogdecor.passes import Trace
from analogdecor.perturbed import Noise, NoisyPass, Unit, added, clean_pass, noisy_passes, share_of
from analogdecor.ranges import check
from analogdecor.rule import Batch, Proposal, RuleState, outer_products, per_position, squares_per_sample
from crossbar.array import Rate


@dataclass(frozen=True, kw_only=True)
class ActivityNodePerturbation:
    """delta_l = N dL da_l / ||da||^2, da = a_noisy - a_clean, the norm over all N units of the network;  dW_l = -lr delta_l x*_l^T.

    For one layer da is the noise itself and the estimate is unbiased with variance N/(N+2) (|g|^2 + 2 g_i^2) - g_i^2; in deeper networks da
    also holds what earlier noise did, so that the estimate follows the activity and is only aligned with the gradient.
    Source: Dalm, van Gerven, Ahmad, arXiv 2310.00965.
    With ``noise = "read"`` nothing is injected: both passes are noisy by themselves, da = a_2 - a_1 and x* is that of pass 1, as in arXiv
    2412.12783. With several layers da then also holds the noise of x*, which no outer product with x* can correct.
    Cost per step: 1 + passes forward reads of each array, no transposed read; antithetic 1 + 2 passes; ``sigma_in = "read_noise"`` one
    more.

    Attributes:
        lr: learning rate.
        sigma: standard deviation of the injected noise, in units of ``sigma_in``.
        passes: noisy passes averaged.
        noise: ``injected``, or the reads' own (``read``; sigma then has no part in it).
        antithetic: every noisy pass comes with one of opposite noise, and their difference replaces that with the clean pass.
        sigma_in: ``absolute`` pre-activations, or multiples of each layer's read noise as measured in the same step (``read_noise``).
    """

    lr: Rate = 0.1
    sigma: Rate = 0.01
    passes: int = 1
    noise: Noise = "injected"
    antithetic: bool = False
    sigma_in: Unit = "absolute"

    def __post_init__(self) -> None:
        check(self)
        if self.noise == "read" and (self.antithetic or self.sigma_in != "absolute"):
            raise ValueError("noise = 'read' injects nothing, so that antithetic must be false and sigma_in 'absolute'")

    def init(self, network: nn.Module, seeds: Sequence[int]) -> RuleState:
        return {}

    def propose(self, state: RuleState, network: nn.Module, batch: Batch, draws: Draws) -> Proposal:
        clean = trace, losses_KB = clean_pass(network, batch)
        noisy = noisy_passes(
            network,
            batch,
            clean,
            draws,
            sigma=self.sigma,
            sigma_in=self.sigma_in,
            count=self.passes,
            antithetic=self.antithetic,
            noise=self.noise,
        )
        deltas = added([activity_deltas(trace, each, share_of(self.passes, losses_KB)) for each in noisy])
        return Proposal(outer_products(trace, deltas, self.lr), trace, losses_KB)


def activity_deltas(trace: Trace, noisy: NoisyPass, share: float) -> tuple[Tensor, ...]:
    """``share`` of N dL da_l / ||da||^2 for every visit [K, B, O], the norm over the whole network."""
    samples = noisy.dloss_KB.shape[1]
    square_KB = reduce(torch.add, [squares_per_sample(change, samples) for change in noisy.change])
    units = sum(change[0].numel() // samples for change in noisy.change)
    worth_KB = units * share * noisy.dloss_KB / square_KB.clamp(min=torch.finfo(square_KB.dtype).tiny)
    return tuple(per_position(worth_KB, visit) * change for visit, change in zip(trace.visits, noisy.change, strict=True))


RULE = ActivityNodePerturbation
