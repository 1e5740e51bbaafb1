"""wp: weight perturbation. Noise on all weights and biases of a chip at once; the change of its mean loss scores the whole noise matrix."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from analogdecor.draws import Draws
from analogdecor.passes import Perturb, Trace, run
from analogdecor.perturbed import clean_pass
from analogdecor.ranges import check
from analogdecor.rule import Batch, Proposal, RuleState, per_chip
from analogdecor.update import Update
from crossbar import products
from crossbar.array import Array, Rate


@dataclass(frozen=True, kw_only=True)
class WeightPerturbation:
    """dW_l = -lr dL Xi_l / sigma^2, dL = the change of a chip's mean loss, Xi ~ sigma N(0, 1) on every weight and bias.

    Unbiased for small sigma; with g the gradient of the mean loss over all weights the variance of component i is |g|^2 + g_i^2, divided by
    the number of passes: it grows with the number of weights, where node perturbation's grows with the number of units.
    Xi is not written to the cells: it is added to the reads by a digital product beside the array. It is no outer product of the batch, so
    each row of Xi is proposed as one one-hot row (O addressed rows per step and pass).
    Source: Jabri and Flower, IEEE Trans. Neural Netw. 3(1), 154 (1992), doi 10.1109/72.105429.
    Cost per step: 1 + passes forward reads of each array, no transposed read.

    Attributes:
        lr: learning rate.
        sigma: standard deviation of the noise on every weight [1].
        passes: noisy passes averaged.
    """

    lr: Rate = 0.01
    sigma: Rate = 0.01
    passes: int = 1

    def __post_init__(self) -> None:
        check(self)

    def init(self, network: nn.Module, seeds: Sequence[int]) -> RuleState:
        return {}

    def propose(self, state: RuleState, network: nn.Module, batch: Batch, draws: Draws) -> Proposal:
        trace, losses_KB = clean_pass(network, batch)
        gradients: dict[Array, Tensor] = {}
        for _ in range(self.passes):
            noises: list[tuple[Array, Tensor]] = []
            noisy = run(network, batch.x_N, perturb=self._perturb(trace, draws, noises))
            worth_K11 = (batch.losses(noisy).mean(1) - losses_KB.mean(1)).reshape(-1, 1, 1) / (
                per_chip(self.sigma, losses_KB) ** 2 * self.passes
            )
            for array, noise_KOI in noises:
                gradients[array] = gradients.get(array, torch.zeros_like(noise_KOI)) + worth_K11 * noise_KOI
        return Proposal(tuple(_rows(array, gradient, self.lr) for array, gradient in gradients.items()), trace, losses_KB)

    def _perturb(self, trace: Trace, draws: Draws, noises: list[tuple[Array, Tensor]]) -> Perturb:
        def perturb(position: int, xstar_KBI: Tensor, a_KBO: Tensor) -> Tensor:
            layer = trace.visits[position].layer
            noise_KOI = self._noise(draws, layer.weight)
            noises.append((layer.weight, noise_KOI))
            a_KBO = a_KBO + products.product(xstar_KBI, noise_KOI.mT)
            if layer.bias is not None:
                noise_KO1 = self._noise(draws, layer.bias)
                noises.append((layer.bias, noise_KO1))
                a_KBO = a_KBO + noise_KO1.mT
            return a_KBO

        return perturb

    def _noise(self, draws: Draws, array: Array) -> Tensor:
        normal_KOI = draws.normal(*array.shape, dtype=array.dtype, device=array.device)
        return per_chip(self.sigma, normal_KOI) * normal_KOI


def _rows(array: Array, gradient_KOI: Tensor, lr: Rate) -> Update:
    """-lr G as one one-hot row per output line: x is the row of G, d the unit vector of the row."""
    chips, rows = gradient_KOI.shape[:2]
    return Update(array, gradient_KOI, torch.eye(rows, dtype=gradient_KOI.dtype, device=gradient_KOI.device).expand(chips, rows, rows), lr)


RULE = WeightPerturbation
