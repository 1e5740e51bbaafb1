"""np: node perturbation. Noise on all pre-activations at once; the change of the loss says how much each piece of noise was worth."""

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor, nn

from analogdecor.draws import Draws
from analogdecor.passes import Visit
from analogdecor.perturbed import NoisyPass, Unit, added, clean_pass, noisy_passes, share_of
from analogdecor.ranges import check
from analogdecor.rule import Batch, Proposal, RuleState, outer_products, per_chip, per_position
from crossbar.array import Rate


@dataclass(frozen=True, kw_only=True)
class NodePerturbation:
    """delta_l = dL xi_l / sigma^2;  dW_l = -lr delta_l x*_l^T.

    dL = L_noisy - L_clean per sample, xi ~ sigma N(0, 1) on every pre-activation.
    Unbiased for small sigma. With g the gradient of one sample's loss over all N perturbed units, the variance of component i is
    |g|^2 + g_i^2, divided by the number of passes.
    Source: the form in arXiv 2407.10780 (clean input x*, normaliser 1 / sigma^2).
    Cost per step: 1 + passes forward reads of each array, no transposed read; antithetic 1 + 2 passes; ``sigma_in = "read_noise"`` one
    more. The injected noise must be known.

    Attributes:
        lr: learning rate.
        sigma: standard deviation of the injected noise, in units of ``sigma_in``.
        passes: noisy passes averaged.
        antithetic: every noisy pass comes with one of opposite noise, and half their difference replaces that with the clean pass.
        sigma_in: ``absolute`` pre-activations, or multiples of each layer's read noise as measured in the same step (``read_noise``).
    """

    lr: Rate = 0.01
    sigma: Rate = 0.01
    passes: int = 1
    antithetic: bool = False
    sigma_in: Unit = "absolute"

    def __post_init__(self) -> None:
        check(self)

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
        )
        deltas = added([self._deltas(trace.visits, each, share_of(self.passes, losses_KB)) for each in noisy])
        return Proposal(outer_products(trace, deltas, self.lr), trace, losses_KB)

    def _deltas(self, visits: Sequence[Visit], noisy: NoisyPass, share: float) -> tuple[Tensor, ...]:
        return tuple(
            per_position(share * noisy.dloss_KB, visit) / per_chip(sigma, noise_KBO) ** 2 * noise_KBO
            for visit, noise_KBO, sigma in zip(visits, noisy.noise, noisy.sigma, strict=True)
        )


RULE = NodePerturbation
